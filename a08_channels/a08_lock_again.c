/* Why does a task in a select loop never get the lock?
 *
 * Two busy tasks share a lock: each holds it for 80 ms, and then waits for it
 * again.  A third task wants it, too, and looks at something else every 100 ms.
 * A select drops its losers, so at each tick the third task's mutex_lock() is
 * dropped, and leaves the queue.
 *
 * Run:    ./a08_lock_again
 * Watch:  A lock that is made again in each round is last in the queue again,
 *         every time.  A lock that is kept moves up, and has its turn.
 *
 * Expected output:
 *     made again in each round
 *       100 ms  tick
 *       200 ms  tick
 *       300 ms  tick, and still no lock
 *     kept
 *       100 ms  tick
 *       160 ms  the lock
 *
 * Try:    Let the busy tasks hold the lock for 15 ms only: all is well.  Such a
 *         mistake shows only under load.
 */
#include "a07_select/keep.h"
#include "a07_select/select.h"
#include "a08_channels/mutex.h"
#include "runtime.h"

enum { BUSY = 2, TICKS = 3, HOLD = 80 /* ms */ };

/* ---- A busy task --------------------------------------------------------- */

struct busy {
    struct async async;
    struct mutex *mutex;
    struct mutex_lock lock;
    struct guard guard;
    struct sleep work;
};

static enum poll busy_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct busy);
    for (;;) {
        AWAIT(mutex_lock(&self->lock, &self->guard, self->mutex));
        AWAIT(sleep_ms(&self->work, HOLD));
        mutex_unlock(&self->guard);
    }
    ASYNC_FINALLY
    mutex_unlock(&self->guard);
    ASYNC_END;
}

static const struct future_ops busy_ops = ASYNC_OPS(busy);

static struct future *busy(struct busy *self, struct mutex *mutex)
{
    *self = (struct busy){ .async.future.ops = &busy_ops, .mutex = mutex };
    return &self->async.future;
}

/* ---- The third task ------------------------------------------------------ */

struct third {
    struct async async;
    struct mutex mutex;
    struct task *others[BUSY];
    bool keeps;
    struct mutex_lock lock;
    struct keep kept;
    struct guard guard;
    struct sleep tick;
    struct select select;
    int ticks;
    bool locked;
    uint64_t began;
};

static int ms_since(const struct third *self, struct executor *executor)
{
    return (int)(executor_now(executor) - self->began) / 10 * 10;
}

static void third_begins(struct third *self, struct executor *executor)
{
    printf(self->keeps ? "kept\n" : "made again in each round\n");
    mutex_init(&self->mutex);
    for (int i = 0; i < BUSY; i++)
        self->others[i] =
            task_spawn(executor, busy(task_slot(struct busy), &self->mutex));
    self->began = executor_now(executor);
    self->ticks = 0;
    self->locked = false;
}

static void third_ends(struct third *self)
{
    keep_drop(&self->kept);
    mutex_unlock(&self->guard);
    for (int i = 0; i < BUSY; i++) {
        task_abort(self->others[i]);
        task_detach(self->others[i]);
        self->others[i] = NULL;
    }
    mutex_drop(&self->mutex);
}

static enum poll third_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct third);
    for (;;) {
        third_begins(self, cx->executor);
        AWAIT(sleep_ms(&self->tick, 0)); /* the others come first */
        if (self->keeps)
            keep_init(&self->kept,
                      mutex_lock(&self->lock, &self->guard, &self->mutex));
        while (!self->locked && self->ticks < TICKS) {
            SELECT_BIASED() {
                ARM(self->keeps
                        ? keep_lend(&self->kept)
                        : mutex_lock(&self->lock, &self->guard, &self->mutex))
                    self->locked = true;
                ARM(sleep_ms(&self->tick, 100))
                    printf("  %d ms  tick%s\n", ms_since(self, cx->executor),
                           ++self->ticks < TICKS ? "" : ", and still no lock");
            }
        }
        if (self->locked)
            printf("  %d ms  the lock\n", ms_since(self, cx->executor));
        third_ends(self);
        if (self->keeps)
            ASYNC_RETURN((void)0);
        self->keeps = true;
    }
    ASYNC_FINALLY
    third_ends(self);
    ASYNC_END;
}

static const struct future_ops third_ops = ASYNC_OPS(third);

int main(int argc, char **argv)
{
    struct runtime rt;
    struct third third = { .async.future.ops = &third_ops };
    runtime_open(&rt, argc, argv);
    return runtime_run(&rt, &third.async.future);
}
