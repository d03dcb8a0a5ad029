/* Who polls?
 *
 * An executor polls.  The smallest one is block_on, in the 30 lines below: it
 * polls, sleeps until it is woken, and polls again.  Rust's `pollster` does no
 * more than that.
 *
 * Run:    ./a02_block_on
 * Watch:  There is one poll to begin with, and one for each wake.  Between them
 *         the thread sleeps and uses no processor time.
 *
 * Expected output:
 *     waited 10 ms
 *     waited 20 ms
 *     waited 30 ms
 *     result 60: polled 4 times, woken 3 times
 *     used <n> ms of processor time
 *
 * Try:    Delete `p->woken = false;`: block_on never sleeps again, it spins.
 *         Delete `while (!p->woken)`, and put a nanosleep() of 50 ms before
 *         parker_park(p): the wake comes before the sleep and is lost, so the
 *         program hangs.  Without the nanosleep() it hangs only once in a
 *         while.  This is the lost wakeup, a classic bug; the exercise
 *         a02_block_on is about it.
 */
#include "async.h"
#include "program.h"
#include "a01_futures/alarm.h" /* a leaf that a thread completes */

/* ---- The executor -------------------------------------------------------- */

struct parker { /* where a thread sleeps until it is woken */
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool woken; /* remembers a wake that comes before the sleep */
    int polls, wakes;
};

static void parker_wake(void *data) /* on any thread */
{
    struct parker *p = data;
    pthread_mutex_lock(&p->lock);
    p->woken = true;
    p->wakes++;
    pthread_cond_signal(&p->cond);
    pthread_mutex_unlock(&p->lock);
}

static void parker_park(struct parker *p)
{
    pthread_mutex_lock(&p->lock);
    while (!p->woken)
        pthread_cond_wait(&p->cond, &p->lock);
    p->woken = false; /* before the poll: a wake during it counts */
    pthread_mutex_unlock(&p->lock);
}

static void block_on(struct parker *p, struct future *f)
{
    struct context cx = context_make((struct waker){ parker_wake, p }, NULL);
    for (p->polls = 1; future_poll(f, &cx) == POLL_PENDING; p->polls++) {
        context_check(&cx, f);
        parker_park(p);
    }
}

/* ---- Something to run ---------------------------------------------------- */

struct naps {
    struct async async;
    struct alarm alarm;
    int i, total;
};

static enum poll naps_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct naps);
    for (self->i = 1; self->i <= 3; self->i++) {
        AWAIT(alarm_ms(&self->alarm, self->i * 10));
        self->total += self->i * 10;
        printf("waited %d ms\n", self->i * 10);
    }
    ASYNC_END;
}

static const struct future_ops naps_ops = ASYNC_OPS(naps);

static struct future *naps(struct naps *self)
{
    *self = (struct naps){ .async.future.ops = &naps_ops };
    return &self->async.future;
}

int main(int argc, char **argv)
{
    struct parker here = { .lock = PTHREAD_MUTEX_INITIALIZER,
                           .cond = PTHREAD_COND_INITIALIZER };
    struct naps sleepy;
    struct timespec cpu;

    program_begin(argc, argv);
    block_on(&here, naps(&sleepy));
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    printf("result %d: polled %d times, woken %d times\n", sleepy.total,
           here.polls, here.wakes);
    printf("used %ld ms of processor time\n", cpu.tv_nsec / 1000000);
    return program_end(0);
}
