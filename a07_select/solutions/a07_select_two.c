/* Exercise: whichever of two comes first.
 *
 * Read:   notes/a07_select.md, "The first one counts", down to the exercise
 * Build:  A future that holds two others.  It is READY as soon as one of them
 *         is.  It says which one, and it has dropped the other.
 * Why:    Each timeout, and each "or until Ctrl-C", is a select.  What the
 *         loser held is released before your code goes on.
 * Rules:  Poll the first one first.  If it is READY, it wins, and the second is
 *         not polled any more.  While neither is ready, either may wake the
 *         task.
 *         Dropping your future drops both.
 * Check:  ./learn check a07_select_two
 */
#include "future.h"

struct select_two {
    struct future future;
    struct future *first, *second;
    int winner; /* result: 1 or 2 */
};

static enum poll select_two_poll(struct future *f, struct context *cx)
{
    struct select_two *self = container_of(f, struct select_two, future);
    if (future_poll(self->first, cx) == POLL_READY) {
        self->winner = 1;
        future_drop(self->second);
        return POLL_READY;
    }
    if (future_poll(self->second, cx) == POLL_READY) {
        self->winner = 2;
        future_drop(self->first);
        return POLL_READY;
    }
    return POLL_PENDING;
}

static void select_two_drop(struct future *f)
{
    struct select_two *self = container_of(f, struct select_two, future);
    future_drop(self->first);
    future_drop(self->second);
}

static const struct future_ops select_two_ops = { .name = "select_two",
                                                  .poll = select_two_poll,
                                                  .drop = select_two_drop };

static struct future *select_two(struct select_two *self, struct future *first,
                                 struct future *second)
{
    *self = (struct select_two){ .future.ops = &select_two_ops,
                                 .first = first,
                                 .second = second };
    return &self->future;
}
