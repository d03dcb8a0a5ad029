/* Who says when to poll again?
 *
 * The one who knows: here a worker thread, when its work is done.  It calls the
 * waker that the future took; until then nobody polls.
 *
 * Run:    ./a01_waker
 * Watch:  Two polls in all.  The first starts the work, between the two the
 *         main thread sleeps and costs nothing, the second takes the result.
 *
 * Expected output:
 *     poll 1: started a worker thread -> PENDING
 *     main sleeps until somebody calls its waker
 *     woken by another thread: yes
 *     poll 2: the worker has answered -> READY
 *     result 42 after 2 polls; waited <n> ms, used <n> ms of processor time
 *
 * Try:    Delete the line `self->waker = context_waker(cx);`: polling stops
 *         with a message, instead of the program hanging for ever.
 *         Delete `bed_sleep();`: main spins, and prints how many thousand
 *         polls and how much processor time that took.
 */
#include <pthread.h>
#include <time.h>
#include "async.h"

/* ---- A future that a thread completes ------------------------------------ */

struct answer {
    struct future future;
    pthread_mutex_t lock; /* protects the three below                         */
    struct waker waker;   /* of the latest poll                               */
    bool ready;
    int result;
    pthread_t worker;
    bool started;
    int polls;
};

static void *answer_work(void *arg)
{
    struct answer *self = arg;
    struct waker waker;
    nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
    pthread_mutex_lock(&self->lock);
    self->result = 42;
    self->ready = true;
    waker = self->waker;
    pthread_mutex_unlock(&self->lock);
    waker_wake(waker); /* never under the lock: a waker may do anything */
    return NULL;
}

static enum poll answer_poll(struct future *f, struct context *cx)
{
    struct answer *self = container_of(f, struct answer, future);
    bool ready;
    self->polls++;
    pthread_mutex_lock(&self->lock);
    ready = self->ready;
    if (!ready)
        self->waker = context_waker(cx); /* under the lock: none is missed */
    pthread_mutex_unlock(&self->lock);
    if (ready) {
        pthread_join(self->worker, NULL);
        printf("poll %d: the worker has answered -> READY\n", self->polls);
        return POLL_READY;
    }
    if (!self->started) {
        self->started = true;
        printf("poll %d: started a worker thread -> PENDING\n", self->polls);
        if (pthread_create(&self->worker, NULL, answer_work, self)) {
            fprintf(stderr, "no thread to be had\n");
            exit(1);
        }
    }
    return POLL_PENDING;
}

/* The thread uses our struct, so a cancel has to wait for it; a05 does better. */
static void answer_drop(struct future *f)
{
    struct answer *self = container_of(f, struct answer, future);
    if (self->started)
        pthread_join(self->worker, NULL);
}

static const struct future_ops answer_ops = { .name = "answer",
                                              .poll = answer_poll,
                                              .drop = answer_drop };

static struct future *answer(struct answer *self)
{
    *self = (struct answer){ .future.ops = &answer_ops,
                             .lock = PTHREAD_MUTEX_INITIALIZER };
    return &self->future;
}

/* ---- A thread that sleeps until it is woken ------------------------------ */

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
    bed.woken = true; /* also if nobody sleeps yet: then nobody will */
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

static long clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int main(void)
{
    struct answer a;
    struct future *f = answer(&a);
    struct context cx = context_make((struct waker){ bed_wake, NULL }, NULL);
    long wall = clock_ms(CLOCK_MONOTONIC);
    long cpu = clock_ms(CLOCK_PROCESS_CPUTIME_ID);

    while (future_poll(f, &cx) == POLL_PENDING) {
        context_check(&cx, f);
        bed_sleep();
    }
    printf("result %d after %d polls; waited %ld ms, used %ld ms of processor "
           "time\n",
           a.result, a.polls, clock_ms(CLOCK_MONOTONIC) - wall,
           clock_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    return 0;
}
