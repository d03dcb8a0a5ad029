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
    (void)notify;
    TODO("choose and wake the future that waits longest; or keep a permit");
}

static enum poll notified_poll(struct future *f, struct context *cx)
{
    struct notified *self = container_of(f, struct notified, future);
    (void)self, (void)cx;
    TODO("chosen, or a permit: READY; otherwise wait, at the end of the list");
}

static void notified_drop(struct future *f)
{
    struct notified *self = container_of(f, struct notified, future);
    (void)self;
    TODO("it waits no longer; and what if it was chosen, and did not run?");
}

static const struct future_ops notified_ops = FUTURE_OPS(notified);

/* Wait until notify_one() chooses this one. */
static struct future *notified(struct notified *self, struct notify *notify)
{
    *self = (struct notified){ .future.ops = &notified_ops, .notify = notify };
    return &self->future;
}
