/* ticks.h: the simplest leaf, PENDING n times, then READY.
 *
 * It waits for nothing real: it wakes itself, so it can be polled again at
 * once.  Programs use it where something has to suspend, and the reason does
 * not matter.  `countdown` in a01_futures.c is the same, and prints its steps.
 */
#ifndef A01_TICKS_H
#define A01_TICKS_H

#include "future.h"

struct ticks {
    struct future future;
    int left; /* polls that will still be PENDING */
};

static inline enum poll ticks_poll(struct future *f, struct context *cx)
{
    struct ticks *self = container_of(f, struct ticks, future);
    if (self->left-- == 0)
        return POLL_READY;
    waker_wake(context_waker(cx));
    return POLL_PENDING;
}

static const struct future_ops ticks_ops = { .name = "ticks",
                                             .poll = ticks_poll,
                                             .drop = future_drop_nothing };

static inline struct future *ticks(struct ticks *self, int n)
{
    *self = (struct ticks){ .future.ops = &ticks_ops, .left = n };
    return &self->future;
}
#endif
