/* Exercise: a countdown that somebody else ticks.
 *
 * Read:   notes/a01_futures.md, to the end of "Wakers"
 * Build:  The three functions that say TODO.  The future is READY when no tick
 *         is left.  Until then it waits, and countdown_tick() wakes it.
 * Why:    In a01_futures.c the future woke itself and was polled again at once.
 *         Here it need not be polled again before it can be READY.
 * Rules:  The waker of the latest poll counts.  Call that waker once: at 0.
 *         Only a tick counts: a poll or a drop leaves `left` as it is.
 *         The task that you wake may free the future at once, so wake last.
 *         A future that was dropped wakes nobody any more.
 * Check:  ./learn check a01_countdown
 */
#include "future.h"

struct countdown {
    struct future future;
    int left;           /* ticks still to come                                */
    struct waker waker; /* of the task to wake at 0; empty: nobody waits      */
};

static enum poll countdown_poll(struct future *f, struct context *cx)
{
    struct countdown *self = container_of(f, struct countdown, future);
    if (self->left == 0)
        return POLL_READY;
    self->waker = context_waker(cx);
    return POLL_PENDING;
}

static void countdown_drop(struct future *f)
{
    struct countdown *self = container_of(f, struct countdown, future);
    self->waker = (struct waker){ NULL, NULL };
}

/* Called by the outside world: one tick less to wait for.  Once it is 0, more
 * ticks change nothing. */
static void countdown_tick(struct countdown *self)
{
    if (self->left > 0 && --self->left == 0)
        waker_wake(self->waker);
}

static const struct future_ops countdown_ops = { .name = "countdown",
                                                 .poll = countdown_poll,
                                                 .drop = countdown_drop };

static struct future *countdown(struct countdown *self, int from)
{
    *self = (struct countdown){ .future.ops = &countdown_ops, .left = from };
    return &self->future;
}
