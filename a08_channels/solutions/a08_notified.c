/* Exercise: a wake that is not lost with the one who gets it.
 *
 * Read:   notes/a08_channels.md, "notify: something has changed"
 * Build:  A notify: notify_one() lets one waiting future go on.
 * Why:    One of several futures is chosen, and may be dropped before its task
 *         runs.  If the wake is lost with it, there is work to do, and all the
 *         others sleep.
 * Rules:  The future that waits longest is chosen, and woken once.  If none
 *         waits, one permit is kept, never more, and the next wait takes it.
 *         A future waits from its first poll that is PENDING.  One that was
 *         chosen is READY at its next poll; if it is dropped before, notify
 *         somebody else, as if it had not been there.
 * Check:  ./learn check a08_notified
 */
#include "future.h"
#include "list.h"

struct notify {
    struct list waiting; /* of struct notified, the longest first */
    bool permit;         /* a notify_one() that nobody waited for */
};

struct notified {
    struct future future;
    struct notify *notify;
    struct list link; /* in notify->waiting; link.next is NULL: not in it */
    bool chosen;      /* by notify_one(), and not polled since */
    struct waker waker;
};

static void notify_init(struct notify *notify)
{
    list_init(&notify->waiting);
    notify->permit = false;
}

/* ---- Yours --------------------------------------------------------------- */

static void notify_one(struct notify *notify)
{
    struct notified *first;
    if (list_is_empty(&notify->waiting)) {
        notify->permit = true;
        return;
    }
    first = container_of(notify->waiting.next, struct notified, link);
    list_remove(&first->link);
    first->chosen = true;
    waker_wake(first->waker);
}

static enum poll notified_poll(struct future *f, struct context *cx)
{
    struct notified *self = container_of(f, struct notified, future);
    struct notify *notify = self->notify;
    if (self->chosen) {
        self->chosen = false;
        return POLL_READY;
    }
    if (notify->permit) {
        notify->permit = false;
        return POLL_READY;
    }
    self->waker = context_waker(cx);
    if (!self->link.next)
        list_append(&notify->waiting, &self->link);
    return POLL_PENDING;
}

static void notified_drop(struct future *f)
{
    struct notified *self = container_of(f, struct notified, future);
    if (self->link.next)
        list_remove(&self->link);
    if (self->chosen)
        notify_one(self->notify);
}

static const struct future_ops notified_ops = FUTURE_OPS(notified);

/* Wait until notify_one() chooses this one. */
static struct future *notified(struct notified *self, struct notify *notify)
{
    *self = (struct notified){ .future.ops = &notified_ops, .notify = notify };
    return &self->future;
}
