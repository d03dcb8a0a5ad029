/* within.h: a future with a time limit.  Late means dropped: that is all a
 * timeout is.  (Room a07 takes this further.) */
#ifndef LEARN_WITHIN_H
#define LEARN_WITHIN_H

#include "executor.h"

struct within {
    struct future future;
    struct future *work; /* borrowed */
    struct sleep limit;
    bool late; /* result: the work was dropped */
};

static inline enum poll within_poll_(struct future *f, struct context *cx)
{
    struct within *self = container_of(f, struct within, future);
    if (future_poll(self->work, cx) == POLL_READY) {
        future_drop(&self->limit.future);
        return POLL_READY;
    }
    self->late = future_poll(&self->limit.future, cx) == POLL_READY;
    if (!self->late)
        return POLL_PENDING;
    future_drop(self->work);
    return POLL_READY;
}

static inline void within_drop_(struct future *f)
{
    struct within *self = container_of(f, struct within, future);
    future_drop(self->work);
    future_drop(&self->limit.future);
}

static const struct future_ops within_ops_ = { .name = "within",
                                               .poll = within_poll_,
                                               .drop = within_drop_ };

static inline struct future *within(struct within *self, uint64_t ms,
                                    struct future *work)
{
    *self = (struct within){ .future.ops = &within_ops_, .work = work };
    sleep_ms(&self->limit, ms);
    return &self->future;
}
#endif
