/* Expect: polled again after READY */
/* Locals are forgotten when poll returns. */
#include "future.h"

struct join_two {
    struct future future;
    struct future *one, *two; /* the children; do with these as you like */
};

static enum poll join_two_poll(struct future *f, struct context *cx)
{
    struct join_two *self = container_of(f, struct join_two, future);
    bool one = false, two = false;
    if (!one)
        one = future_poll(self->one, cx) == POLL_READY;
    if (!two)
        two = future_poll(self->two, cx) == POLL_READY;
    return one && two ? POLL_READY : POLL_PENDING;
}

static void join_two_drop(struct future *f)
{
    struct join_two *self = container_of(f, struct join_two, future);
    future_drop(self->one);
    future_drop(self->two);
}

static const struct future_ops join_two_ops = { .name = "join_two",
                                                .poll = join_two_poll,
                                                .drop = join_two_drop };

static struct future *join_two(struct join_two *self, struct future *one,
                               struct future *two)
{
    *self = (struct join_two){ .future.ops = &join_two_ops,
                               .one = one,
                               .two = two };
    return &self->future;
}
