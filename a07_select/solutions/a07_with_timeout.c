/* Exercise: a future with a time limit.
 *
 * Read:   notes/a07_select.md, "A time limit", down to the exercise
 * Build:  A future that holds an inner future and a sleep.  If the inner one is
 *         READY in time, status is 0.  If time is up before that, the inner one
 *         is dropped, and status is UV_ETIMEDOUT.
 * Why:    A future that waits for a network may wait without end.
 * Rules:  Poll the inner future first.  If it is READY, status is 0, even if
 *         time is up as well.  When your future is READY or dropped, neither of
 *         the two waits for anything any more.
 * Check:  ./learn check a07_with_timeout
 */
#include "executor.h"

struct with_timeout {
    struct future future;
    struct future *inner;
    uint64_t ms;
    struct sleep limit;
    bool started; /* the limit is made, and runs */
    int status;   /* result: 0 or UV_ETIMEDOUT */
};

static enum poll with_timeout_poll(struct future *f, struct context *cx)
{
    struct with_timeout *self = container_of(f, struct with_timeout, future);
    if (!self->started)
        sleep_ms(&self->limit, self->ms);
    self->started = true;
    if (future_poll(self->inner, cx) == POLL_READY) {
        future_drop(&self->limit.future);
        self->status = 0;
        return POLL_READY;
    }
    if (future_poll(&self->limit.future, cx) == POLL_READY) {
        future_drop(self->inner);
        self->status = UV_ETIMEDOUT;
        return POLL_READY;
    }
    return POLL_PENDING;
}

static void with_timeout_drop(struct future *f)
{
    struct with_timeout *self = container_of(f, struct with_timeout, future);
    future_drop(self->inner);
    future_drop(&self->limit.future); /* only zeroed: does nothing */
}

static const struct future_ops with_timeout_ops = { .name = "with_timeout",
                                                    .poll = with_timeout_poll,
                                                    .drop = with_timeout_drop };

static struct future *with_timeout(struct with_timeout *self,
                                   struct future *inner, uint64_t ms)
{
    *self = (struct with_timeout){ .future.ops = &with_timeout_ops,
                                   .inner = inner,
                                   .ms = ms };
    return &self->future;
}
