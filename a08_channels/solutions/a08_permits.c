/* Exercise: a semaphore that is fair, and loses no permit.
 *
 * Read:   notes/a08_channels.md, "semaphore: at most so many at a time"
 * Build:  A semaphore: acquire n permits, wait for them in turn, release them.
 * Why:    If a small request may pass a large one, the large one may wait
 *         without end.  And a permit that is lost with a dropped future is lost
 *         for all.
 * Rules:  First come, first served: an acquire takes what is free only if none
 *         waits.  A release hands the permits to those that wait, from the
 *         head, as long as they suffice for the first one.  An acquire that was
 *         handed its permits is READY at its next poll.  If it is dropped
 *         before that, it gives them back.  If an acquire is dropped while it
 *         waits, those behind it may now have enough.
 * Check:  ./learn check a08_permits
 */
#include "future.h"
#include "list.h"

struct semaphore {
    size_t free;         /* permits that nobody has */
    struct list waiting; /* of struct acquire, the longest first */
};

struct acquire {
    struct future future;
    struct semaphore *semaphore;
    size_t n;         /* as many as it needs, all at once */
    struct list link; /* in semaphore->waiting; link.next is NULL: not in it */
    bool handed;      /* the permits are its own; not polled since */
    struct waker waker;
};

static void semaphore_init(struct semaphore *s, size_t permits)
{
    list_init(&s->waiting);
    s->free = permits;
}

/* ---- Yours --------------------------------------------------------------- */

/* Give n permits back.  A task calls this when it is done. */
static void semaphore_release(struct semaphore *s, size_t n)
{
    s->free += n;
    while (!list_is_empty(&s->waiting)) {
        struct acquire *first =
            container_of(s->waiting.next, struct acquire, link);
        if (first->n > s->free)
            break;
        s->free -= first->n;
        list_remove(&first->link);
        first->handed = true;
        waker_wake(first->waker);
    }
}

static enum poll acquire_poll(struct future *f, struct context *cx)
{
    struct acquire *self = container_of(f, struct acquire, future);
    struct semaphore *s = self->semaphore;
    if (self->handed) {
        self->handed = false;
        return POLL_READY;
    }
    if (list_is_empty(&s->waiting) && self->n <= s->free) {
        s->free -= self->n;
        return POLL_READY;
    }
    self->waker = context_waker(cx);
    if (!self->link.next)
        list_append(&s->waiting, &self->link);
    return POLL_PENDING;
}

static void acquire_drop(struct future *f)
{
    struct acquire *self = container_of(f, struct acquire, future);
    if (self->link.next) {
        list_remove(&self->link);
        semaphore_release(self->semaphore, 0);
    }
    if (self->handed)
        semaphore_release(self->semaphore, self->n);
}

static const struct future_ops acquire_ops = FUTURE_OPS(acquire);

/* Wait for n permits. */
static struct future *acquire(struct acquire *self, struct semaphore *s,
                              size_t n)
{
    *self =
        (struct acquire){ .future.ops = &acquire_ops, .semaphore = s, .n = n };
    return &self->future;
}
