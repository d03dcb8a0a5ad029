/* leaves.h: three futures that come with the executor: yield, sleep, join.
 *
 * A leaf awaits no other future: something else calls the waker it took.  All
 * are cancel-safe: dropped while they wait and made again, nothing is lost but
 * time.  A part of executor.h, which includes it.
 */
#ifndef LEAVES_H
#define LEAVES_H

#ifndef EXECUTOR_H
#error "include executor.h"
#endif

/* ---- yield_now: it wakes itself ------------------------------------------ */

struct yield {
    struct future future;
    bool yielded;
};

static inline enum poll yield_poll_(struct future *f, struct context *cx)
{
    struct yield *self = container_of(f, struct yield, future);
    if (self->yielded)
        return POLL_READY;
    self->yielded = true;
    waker_wake(context_waker(cx));
    return POLL_PENDING;
}

static const struct future_ops yield_ops_ = { .name = "yield_now",
                                              .poll = yield_poll_,
                                              .drop = future_drop_nothing };

/* Go behind every task that is ready now. */
static inline struct future *yield_now(struct yield *self)
{
    *self = (struct yield){ .future.ops = &yield_ops_ };
    return &self->future;
}

/* ---- sleep_ms: the wheel wakes it ---------------------------------------- */

struct sleep {
    struct future future;
    struct timer timer; /* its deadline: the duration, until the first poll */
    bool started;
};

static inline enum poll sleep_poll_(struct future *f, struct context *cx)
{
    struct sleep *self = container_of(f, struct sleep, future);
    struct executor *ex = cx->executor;
    if (!ex)
        misuse_("sleep_ms: this context has no executor; run it by block_on() "
                "or task_spawn() of executor.h");
    self->timer.waker = context_waker(cx);
    if (!self->started) {
        uint64_t now = executor_now(ex), ms = self->timer.deadline;
        if (ms && !ex->options.virtual_clock)
            now++; /* the millisecond that has begun does not count */
        self->timer.deadline =
            ms < UINT64_MAX - 1 - now ? now + ms : UINT64_MAX - 1;
        self->started = true;
        wheel_add(&ex->wheel, &self->timer);
    }
    return self->timer.link.next ? POLL_PENDING : POLL_READY;
}

static inline void sleep_drop_(struct future *f)
{
    wheel_remove(&container_of(f, struct sleep, future)->timer);
}

static const struct future_ops sleep_ops_ = { .name = "sleep_ms",
                                              .poll = sleep_poll_,
                                              .drop = sleep_drop_ };

/* At least `ms` milliseconds, counted from the first poll; 0 lets libuv and
 * every ready task have a turn. */
static inline struct future *sleep_ms(struct sleep *self, uint64_t ms)
{
    *self = (struct sleep){ .future.ops = &sleep_ops_, .timer.deadline = ms };
    return &self->future;
}

/* ---- task_join: the end of the task wakes it ----------------------------- */

static inline enum poll join_poll_(struct future *f, struct context *cx)
{
    struct join *self = container_of(f, struct join, future);
    struct task *t = self->task;
    if (!t->done)
        executor_check_thread_(t->executor, "task_join() was polled",
                               "let the task post a message");
    if (t->join && t->join != self)
        misuse_("%s: two joins wait for one task; let one of them tell the "
                "other",
                t->ops->name);
    t->join = t->done ? NULL : self;
    self->waker = context_waker(cx);
    self->status = t->cancelled ? UV_ECANCELED : 0;
    return t->done ? POLL_READY : POLL_PENDING;
}

static inline void join_drop_(struct future *f)
{
    struct join *self = container_of(f, struct join, future);
    if (self->task->join == self)
        self->task->join = NULL;
}

static const struct future_ops join_ops_ = { .name = "task_join",
                                             .poll = join_poll_,
                                             .drop = join_drop_ };

/* Wait for the end of a task.  Cancel-safe; the handle remains yours. */
static inline struct future *task_join(struct join *self, struct task *t)
{
    *self = (struct join){ .future.ops = &join_ops_, .task = t };
    return &self->future;
}
#endif
