/* Does a future know which executor runs it?
 *
 * No.  It has a poll function, and it is lent a waker.  So the same future runs
 * on four executors: a loop by hand, a block_on like that of a02_block_on,
 * executor.h, and a pool of threads.
 *
 * Run:    ./a05_one_future_four_executors
 * Watch:  Each of the four takes the same number of polls and gets the same
 *         sum.  They differ in the thread that polls, and in what it does
 *         between two polls.  A leaf that needs more than a waker binds its
 *         future to one executor: sleep_ms needs a clock, so it asks
 *         context.executor, and if there is none, it says so.
 *
 * Expected output:
 *                         sum  polls  on      between two polls
 *     a loop by hand       21      7  main    nothing: it polls again at once
 *     block_on, as in a02  21      7  main    sleeps until woken
 *     executor.h           21      7  main    runs other tasks, or sleeps
 *     a pool of threads    21      7  worker  the same, on any of its threads
 *
 *     a timer, on the pool:
 *     async-in-c: sleep_ms: this context has no executor; run it by block_on() or task_spawn() of executor.h
 *       the process was stopped by abort()
 *
 * Try:    In sum_poll(), take the waker and do not call it: which of the four
 *         still gets to the end?  Which one says what is wrong?  Ctrl-C ends
 *         one that waits without end; delete its row to see the next.
 *         Run the alarm of a01_futures/alarm.h on the pool, where any thread
 *         may call a waker.  Why does it not work on executor.h?
 */
#include "runtime.h"
#include "a05_spawn/work_stealing.h"
#include "program_try.h"

/* ---- The future ---------------------------------------------------------- */

struct sum { /* 6 + 5 + 4 + 3 + 2 + 1, a number in each poll */
    struct future future;
    int next, polls, sum;
    uv_thread_t thread; /* of the latest poll */
};

static enum poll sum_poll(struct future *f, struct context *cx)
{
    struct sum *self = container_of(f, struct sum, future);
    self->polls++;
    self->thread = uv_thread_self();
    if (self->next == 0)
        return POLL_READY;
    self->sum += self->next--;
    waker_wake(context_waker(cx));
    return POLL_PENDING;
}

static const struct future_ops sum_ops = { .name = "sum",
                                           .poll = sum_poll,
                                           .drop = future_drop_nothing };

static struct future *sum(struct sum *self, int from)
{
    *self = (struct sum){ .future.ops = &sum_ops, .next = from };
    return &self->future;
}

/* ---- Four executors ------------------------------------------------------ */

static void by_hand(struct future *f)
{
    struct waker nobody = { NULL, NULL };
    struct context cx = context_make(nobody, NULL);
    while (future_poll(f, &cx) == POLL_PENDING) {
    }
}

struct parker {
    uv_mutex_t lock;
    uv_cond_t cond;
    bool woken;
};

static void parker_wake(void *data)
{
    struct parker *p = data;
    uv_mutex_lock(&p->lock);
    p->woken = true;
    uv_cond_signal(&p->cond);
    uv_mutex_unlock(&p->lock);
}

static void by_condition_variable(struct future *f)
{
    struct parker here = { .woken = false };
    struct context cx =
        context_make((struct waker){ parker_wake, &here }, NULL);
    runtime_check(uv_mutex_init(&here.lock), "make a mutex");
    runtime_check(uv_cond_init(&here.cond), "make a condition variable");
    while (future_poll(f, &cx) == POLL_PENDING) {
        context_check(&cx, f);
        uv_mutex_lock(&here.lock);
        while (!here.woken)
            uv_cond_wait(&here.cond, &here.lock);
        here.woken = false;
        uv_mutex_unlock(&here.lock);
    }
    uv_cond_destroy(&here.cond);
    uv_mutex_destroy(&here.lock);
}

static void by_executor(struct future *f)
{
    struct runtime rt;
    runtime_init(&rt, NULL);
    runtime_run(&rt, f);
}

static void by_pool(struct future *f)
{
    struct pool pool;
    runtime_check(pool_init(&pool, 2), "start a pool of two threads");
    pool_block_on(&pool, f);
    pool_close(&pool);
}

/* ---- The table ----------------------------------------------------------- */

static void show(const char *who, void (*run)(struct future *f),
                 const char *between)
{
    uv_thread_t here = uv_thread_self();
    struct sum s;
    run(sum(&s, 6));
    printf("%-20s %2d %6d  %-6s  %s\n", who, s.sum, s.polls,
           uv_thread_equal(&s.thread, &here) ? "main" : "worker", between);
}

static void sleep_on_the_pool(void *unused)
{
    struct sleep nap;
    (void)unused;
    by_pool(sleep_ms(&nap, 20));
}

int main(int argc, char **argv)
{
    program_begin(argc, argv);
    printf("%-19s sum  polls  %-6s  %s\n", "", "on", "between two polls");
    show("a loop by hand", by_hand, "nothing: it polls again at once");
    show("block_on, as in a02", by_condition_variable, "sleeps until woken");
    show("executor.h", by_executor, "runs other tasks, or sleeps");
    show("a pool of threads", by_pool, "the same, on any of its threads");
    printf("\na timer, on the pool:\n");
    program_try(sleep_on_the_pool, NULL);
    return program_end(0);
}
