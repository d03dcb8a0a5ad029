/* notify.h: "something has changed, look again", without a value.
 *
 *     notify_init(&room->changed);
 *     notify_one(&room->changed);          one future may go on
 *     notify_all(&room->changed);          all that wait may go on
 *     while (room->free == 0)
 *         AWAIT(notified(&self->wait, &room->changed));
 *
 * one     wakes the future that waits longest.  If none waits, the notify keeps
 *         one permit: the next wait is READY at once.  Never more than one.
 * all     wakes every future that waits, and keeps nothing.
 * waits   A future waits from its first poll that is PENDING.  On one thread
 *         no other task runs between your look and that poll.
 * dropped  A future that notify_one() woke may be dropped before it is polled.
 *         Then it passes the wake on, as if it had not waited.  So notified()
 *         is cancel-safe.  A wait that is made again loses its place: it waits
 *         behind all others.
 * budget  A wait that finds the permit costs a step of the budget (budget.h).
 * end     A notify must not move, and owns no memory.  notify_drop() aborts the
 *         program if a future still waits, or if notify_one() woke one that is
 *         not over; drop that future first.
 * threads All of it belongs to the executor's thread.
 */
#ifndef A08_NOTIFY_H
#define A08_NOTIFY_H

#include "a06_yield/budget.h"
#include "a08_channels/wait_list.h"

struct notify {
    struct list waiters;
    size_t granted; /* futures that notify_one() woke, and that are not over */
    bool permit;    /* a notify_one() that nobody waited for */
};

struct notified {
    struct future future;
    struct notify *notify;
    struct waiter waiter;
};

static inline void notify_init(struct notify *notify)
{
    list_init(&notify->waiters);
    notify->permit = false;
    notify->granted = 0;
}

static inline void notify_check_(const struct notify *notify)
{
    wait_check(&notify->waiters, "notify: this one");
}

static inline void notify_one(struct notify *notify)
{
    notify_check_(notify);
    if (!wait_first(&notify->waiters)) {
        notify->permit = true;
        return;
    }
    notify->granted++;
    wait_grant_first(&notify->waiters);
}

static inline void notify_all(struct notify *notify)
{
    notify_check_(notify);
    wait_wake_all(&notify->waiters);
}

/* No future may wait at it any more.  A notify that is all zeroes is left
 * alone. */
static inline void notify_drop(struct notify *notify)
{
    if (!notify->waiters.next)
        return;
    notify_check_(notify);
    if (wait_first(&notify->waiters) || notify->granted)
        misuse("notify: it is dropped while a notified() waits at it; drop "
               "that first");
    *notify = (struct notify){ .permit = false };
}

static inline enum poll notified_poll(struct future *f, struct context *cx)
{
    struct notified *self = container_of(f, struct notified, future);
    struct notify *notify = self->notify;
    if (self->waiter.granted || self->waiter.woken) {
        if (wait_leave(&self->waiter))
            notify->granted--;
        return POLL_READY;
    }
    notify_check_(notify);
    if (notify->permit && !budget_spend(cx))
        return POLL_PENDING;
    if (notify->permit) { /* then no other future waits: none is overtaken */
        notify->permit = false;
        return POLL_READY;
    }
    wait_in(&notify->waiters, &self->waiter, cx);
    return POLL_PENDING;
}

static inline void notified_drop(struct future *f)
{
    struct notified *self = container_of(f, struct notified, future);
    if (wait_leave(&self->waiter)) {
        self->notify->granted--;
        notify_one(self->notify);
    }
}

static const struct future_ops notified_ops_ = FUTURE_OPS(notified);

/* Wait until notify_one() or notify_all() is called. */
static inline struct future *notified(struct notified *self,
                                      struct notify *notify)
{
    *self = (struct notified){ .future.ops = &notified_ops_, .notify = notify };
    return &self->future;
}
#endif
