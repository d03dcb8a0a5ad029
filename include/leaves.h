/* leaves.h: three futures that come with the executor: yield, sleep, join.
 *
 * A leaf awaits no other future: something else calls the waker that it took.
 * All three are cancel-safe: if you drop one while it waits, and make it again,
 * only time is lost.
 */
#ifndef LEAVES_H
#define LEAVES_H

#include "run.h"

/* ---- yield_now: it wakes itself ------------------------------------------ */

struct yield {
    struct future future;
    bool yielded;
};

static inline enum poll yield_now_poll(struct future *f, struct context *cx)
{
    struct yield *self = container_of(f, struct yield, future);
    if (self->yielded)
        return POLL_READY;
    self->yielded = true;
    waker_wake(context_waker(cx));
    return POLL_PENDING;
}

static const struct future_ops yield_ops_ = {
    .name = "yield_now",
    .poll = yield_now_poll,
    .drop = future_drop_nothing,
};

/* Go behind every task that is ready now. */
static inline struct future *yield_now(struct yield *self)
{
    *self = (struct yield){ .future.ops = &yield_ops_ };
    return &self->future;
}

/* Should this poll end, so that others have their turn? */
enum { BUDGET_STEPS = 128 }; /* of one poll: see a06_yield/budget.h */
static inline bool context_is_spent(const struct context *cx)
{
    return cx->spent >= BUDGET_STEPS;
}

/* ---- sleep_ms: the wheel wakes it ---------------------------------------- */

struct sleep {
    struct future future;
    struct timer timer;
    uint64_t ms; /* how long, counted from the first poll */
};

static inline void sleep_start_(struct sleep *self, struct executor *ex)
{
    uint64_t now = executor_now(ex), last = UINT64_MAX - 1;
    if (self->ms && !ex->options.virtual_clock)
        now++; /* the millisecond that has begun does not count */
    self->timer.deadline = self->ms < last - now ? now + self->ms : last;
    wheel_add(&ex->wheel, &self->timer);
}

static inline enum poll sleep_ms_poll(struct future *f, struct context *cx)
{
    struct sleep *self = container_of(f, struct sleep, future);
    if (!cx->executor)
        misuse("sleep_ms: this context has no executor; run it by block_on() "
               "or task_spawn() of executor.h");
    self->timer.waker = context_waker(cx);
    if (!timer_was_added(&self->timer))
        sleep_start_(self, cx->executor);
    return timer_is_running(&self->timer) ? POLL_PENDING : POLL_READY;
}

static inline void sleep_ms_drop(struct future *f)
{
    wheel_remove(&container_of(f, struct sleep, future)->timer);
}

static const struct future_ops sleep_ops_ = FUTURE_OPS(sleep_ms);

/* At least `ms` milliseconds, counted from the first poll; 0 lets libuv and
 * every ready task have a turn. */
static inline struct future *sleep_ms(struct sleep *self, uint64_t ms)
{
    *self = (struct sleep){ .future.ops = &sleep_ops_, .ms = ms };
    return &self->future;
}

/* ---- task_join: the end of the task wakes it ----------------------------- */

static inline enum poll task_join_poll(struct future *f, struct context *cx)
{
    struct join *self = container_of(f, struct join, future);
    struct task *t = self->task;
    if (t->join && t->join != self)
        misuse("%s: two joins wait for one task; let one of them tell the "
               "other",
               t->ops->name);
    if (task_is_over(t)) {
        t->join = NULL;
        self->status = task_is_cancelled(t) ? UV_ECANCELED : 0;
        return POLL_READY;
    }
    executor_check_thread(t->executor, "task_join() was polled",
                          "let the task post a message");
    if (t == t->executor->current)
        misuse("%s: the task joins itself, so it waits for its own end",
               t->ops->name);
    t->join = self;
    self->waker = context_waker(cx);
    return POLL_PENDING;
}

static inline void task_join_drop(struct future *f)
{
    struct join *self = container_of(f, struct join, future);
    if (self->task->join == self)
        self->task->join = NULL;
}

static const struct future_ops join_ops_ = FUTURE_OPS(task_join);

/* Wait for the end of a task.  Cancel-safe; the handle remains yours. */
static inline struct future *task_join(struct join *self, struct task *t)
{
    task_check(t, "task_join()");
    *self = (struct join){ .future.ops = &join_ops_, .task = t };
    return &self->future;
}
#endif
