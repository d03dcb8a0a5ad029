/* Exercise: wait for two futures at once.
 *
 * Read:   notes/a01_futures.md; the listing in notes/a04_join.md afterwards
 * Build:  join_two(), a future that is READY when both of its children are.
 * Why:    With two AWAITs, one after the other, the second future does not
 *         begin before the first one is over.  A join polls both, so both make
 *         progress.
 * Rules:  Each poll polls every child that is not over, `one` before `two`.
 *         Never poll a child again that was READY: that would abort.
 *         Dropping the join drops its children.
 * Check:  ./learn check a04_join_two
 */
#include "future.h"

struct join_two {
    struct future future;
    struct future *one, *two; /* the children; you may change these */
};

static enum poll join_two_poll(struct future *f, struct context *cx)
{
    struct join_two *self = container_of(f, struct join_two, future);
    if (self->one && future_poll(self->one, cx) == POLL_READY)
        self->one = NULL;
    if (self->two && future_poll(self->two, cx) == POLL_READY)
        self->two = NULL;
    return self->one || self->two ? POLL_PENDING : POLL_READY;
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
