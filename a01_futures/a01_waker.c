/* Who says when to poll again?
 *
 * The code that finishes the work: here a thread, when its time is up
 * (alarm.h).  It calls the waker that the future took.  Until then no code
 * polls the future.
 *
 * Run:    ./a01_waker
 * Watch:  There are two polls in all.  The first one starts the thread.  Then
 *         the main thread sleeps, and uses no processor time.  The second poll
 *         sees that the time is up.
 *
 * Expected output:
 *     poll 1 -> PENDING: another thread has begun to wait
 *     main sleeps until somebody calls its waker
 *     woken by another thread: yes
 *     poll 2 -> READY
 *     waited <n> ms, used <n> ms of processor time
 *
 * Try:    In alarm.h, delete `self->waker = context_waker(cx);`: the program
 *         does not hang, but stops and says what is missing.
 *         Here, delete `bed_sleep();`: main spins, and the last lines show that
 *         this takes millions of polls, and how much processor time.
 */
#include "async.h"
#include "program.h"
#include "a01_futures/alarm.h" /* the future; read it next */

/* ---- Where main sleeps --------------------------------------------------- */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool woken;
    pthread_t by;
} bed = { .lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER };

static void bed_wake(void *data)
{
    (void)data;
    pthread_mutex_lock(&bed.lock);
    bed.woken = true; /* stored, because main is perhaps still awake */
    bed.by = pthread_self();
    pthread_cond_signal(&bed.cond);
    pthread_mutex_unlock(&bed.lock);
}

static void bed_sleep(void)
{
    printf("main sleeps until somebody calls its waker\n");
    pthread_mutex_lock(&bed.lock);
    while (!bed.woken)
        pthread_cond_wait(&bed.cond, &bed.lock);
    bed.woken = false;
    pthread_mutex_unlock(&bed.lock);
    printf("woken by another thread: %s\n",
           pthread_equal(bed.by, pthread_self()) ? "no" : "yes");
}

/* ---- Poll, sleep, poll --------------------------------------------------- */

static long clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int main(int argc, char **argv)
{
    struct alarm alarm;
    struct future *f = alarm_ms(&alarm, 100);
    struct context cx = context_make((struct waker){ bed_wake, NULL }, NULL);
    long wall = clock_ms(CLOCK_MONOTONIC);
    long cpu = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
    int polls = 1;

    program_begin(argc, argv);
    while (future_poll(f, &cx) == POLL_PENDING) {
        if (polls == 1)
            printf("poll 1 -> PENDING: another thread has begun to wait\n");
        context_check(&cx, f);
        bed_sleep();
        polls++;
    }
    printf("poll %d -> READY\n", polls);
    printf("waited %ld ms, used %ld ms of processor time\n",
           clock_ms(CLOCK_MONOTONIC) - wall,
           clock_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    return program_end(0);
}
