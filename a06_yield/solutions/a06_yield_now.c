/* Exercise: yield, by hand.
 *
 * Read:   notes/a06_yield.md, the beginning, down to the exercise
 * Build:  A future that is PENDING once and READY the next time.  It waits for
 *         nothing, so nothing else will wake it.
 * Why:    This is how a task that computes lets the others run: a task that is
 *         woken goes to the end of the queue.
 * Rules:  PENDING exactly once.  One wake, in that poll.
 * Check:  ./learn check a06_yield_now
 */
#include "future.h"

struct pass {
    struct future future;
    bool passed; /* have the others had their turn? */
};

static enum poll pass_poll(struct future *f, struct context *cx)
{
    struct pass *self = container_of(f, struct pass, future);
    if (self->passed)
        return POLL_READY;
    self->passed = true;
    waker_wake(context_waker(cx));
    return POLL_PENDING;
}

static const struct future_ops pass_ops = { .name = "pass",
                                            .poll = pass_poll,
                                            .drop = future_drop_nothing };

static struct future *pass(struct pass *self)
{
    *self = (struct pass){ .future.ops = &pass_ops };
    return &self->future;
}
