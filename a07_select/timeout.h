/* timeout.h: a future with a time limit.
 *
 * It is a select_biased() of the future and a sleep, with a name and a status.
 *
 * tie     The future is polled first.  If it is READY, it has won, even if time
 *         is up as well.
 * time    Milliseconds, counted from the first poll; 0: time is up in the next
 *         turn of the executor, so the future is polled twice.
 * threads Everything is called on the executor's thread.
 * status  0: the future was READY in time, its result is in its own struct.
 *         UV_ETIMEDOUT: time was up, and the future is dropped by then.  What
 *         was only in its frame is lost: see a07_cancel_safety.
 * drop    drops the future too.  A future that must live on is kept and lent,
 *         see keep.h.
 */
#ifndef A07_TIMEOUT_H
#define A07_TIMEOUT_H

#include "executor.h"

struct timeout {
    struct future future;
    struct future *inner;
    struct sleep limit;
    int status; /* result: 0 or UV_ETIMEDOUT */
};

static inline void timeout_ms_drop(struct future *f)
{
    struct timeout *self = container_of(f, struct timeout, future);
    future_drop(self->inner);
    future_drop(&self->limit.future);
}

static inline enum poll timeout_ms_poll(struct future *f, struct context *cx)
{
    struct timeout *self = container_of(f, struct timeout, future);
    if (future_poll(self->inner, cx) == POLL_READY)
        self->status = 0;
    else if (future_poll(&self->limit.future, cx) == POLL_READY)
        self->status = UV_ETIMEDOUT;
    else
        return POLL_PENDING;
    timeout_ms_drop(f); /* the loser; to drop the winner does nothing */
    return POLL_READY;
}

static inline void timeout_ms_children(struct future *f, future_visit *visit,
                                       void *data)
{
    struct timeout *self = container_of(f, struct timeout, future);
    visit(self->inner, data);
    visit(&self->limit.future, data);
}

static const struct future_ops timeout_ops_ = COMBINATOR_OPS(timeout_ms);

/* READY when `inner` is, or after `ms` milliseconds without it. */
static inline struct future *timeout_ms(struct timeout *self,
                                        struct future *inner, uint64_t ms)
{
    *self = (struct timeout){ .future.ops = &timeout_ops_, .inner = inner };
    sleep_ms(&self->limit, ms);
    return &self->future;
}
#endif
