/* budget.h: a cooperative budget for leaves that are always ready.
 *
 * A task gives the thread back when it waits.  A leaf that never has to wait, a
 * full channel or a file in the cache, never does, and a loop over it keeps the
 * thread for itself.  So such a leaf spends a step of its poll's budget each
 * time it could go on; when all are spent, it returns PENDING although it has
 * something, and has woken itself.  Nothing is lost: it comes with the next
 * poll.  A leaf that waits for something real spends nothing.
 *
 *     static enum poll next_poll(struct future *f, struct context *cx)
 *     {
 *         if (!budget_spend(cx))
 *             return POLL_PENDING;
 *         ...
 *
 * The steps are counted in the context, and each poll of a task has a new one.
 * Combinators hand the count on (context_child, context_merge), and ask another
 * child first in the next poll, so that each has its turn.  As in tokio, 128
 * steps make a budget: BUDGET_STEPS.
 */
#ifndef A06_BUDGET_H
#define A06_BUDGET_H

#include "executor.h"

/* False: the budget is spent and the waker woken; return POLL_PENDING.  Before
 * the leaf takes an item, so that a PENDING takes none. */
static inline bool budget_spend(struct context *cx)
{
    if (!context_is_spent(cx)) {
        cx->spent++;
        return true;
    }
    waker_wake(context_waker(cx));
    return false;
}

/* ---- A budget for loops that compute ------------------------------------- */

struct budget { /* a future: READY while there is budget, else yields once */
    struct future future;
};

static inline enum poll budget_poll_(struct future *f, struct context *cx)
{
    (void)f;
    return budget_spend(cx) ? POLL_READY : POLL_PENDING;
}

static const struct future_ops budget_ops_ = { .name = "budget_step",
                                               .poll = budget_poll_,
                                               .drop = future_drop_nothing };

/* AWAIT it in each round of a long loop: it yields in one round of 128. */
static inline struct future *budget_step(struct budget *self)
{
    *self = (struct budget){ .future.ops = &budget_ops_ };
    return &self->future;
}
#endif
