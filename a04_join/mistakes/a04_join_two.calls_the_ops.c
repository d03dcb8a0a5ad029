/* Expect: call future_poll() and future_drop(), which note it */
/* The functions of the child, past the ones of future.h. */
#include "future.h"

struct join_two {
    struct future future;
    struct future *one, *two; /* the children; do with these as you like */
};

static enum poll join_two_poll(struct future *f, struct context *cx)
{
    struct join_two *self = container_of(f, struct join_two, future);
    if (self->one && self->one->ops->poll(self->one, cx) == POLL_READY)
        self->one = NULL;
    if (self->two && self->two->ops->poll(self->two, cx) == POLL_READY)
        self->two = NULL;
    return self->one || self->two ? POLL_PENDING : POLL_READY;
}

static void join_two_drop(struct future *f)
{
    struct join_two *self = container_of(f, struct join_two, future);
    if (self->one)
        self->one->ops->drop(self->one);
    if (self->two)
        self->two->ops->drop(self->two);
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
