/* budget.h: a cooperative budget for leaves that are always ready.
 *
 * A task gives the thread back when it waits.  But some leaves never have to
 * wait, such as a channel that another thread keeps full, and a loop over such
 * a leaf keeps the thread.  So the leaf spends a step of the budget of its poll
 * for each item that it has.  When all steps are spent, it wakes its task and
 * returns PENDING although it has an item.  Nothing is lost: the item comes
 * with the next poll.  A leaf that really waits spends nothing.
 *
 *     static enum poll next_poll(struct future *f, struct context *cx)
 *     {
 *         if (!budget_spend(cx))
 *             return POLL_PENDING;
 *         ...
 *
 * The steps are counted in the context, and each poll of a task has a new
 * context.
 * Combinators pass the count on (context_child, context_merge), and poll
 * another child first in the next poll, so that each has its turn.  As in
 * tokio, 128 steps make a budget: BUDGET_STEPS.
 */
#ifndef A06_BUDGET_H
#define A06_BUDGET_H

#include "executor.h"

/* Call it before the leaf takes an item, so that a PENDING takes none.  False:
 * the budget is spent, and the task was woken; return POLL_PENDING. */
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

struct budget { /* a future: READY while there is budget; else it yields */
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
