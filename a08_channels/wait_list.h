/* wait_list.h: futures that wait for the same thing, first come first served.
 *
 * A future that waits has a struct waiter in itself, and is in a list until it
 * is granted what it waits for.  A grant takes it out of the list and wakes it;
 * it is READY at its next poll.  It may be dropped before that.  So its drop
 * asks wait_leave(), and gives to the next one what was granted.
 * If all may go on, wait_wake_all() wakes them, so that they look again.  Then
 * nothing was granted, and there is nothing to give back.
 *
 * A waker may do anything, also change this list, or free it.  So it is called
 * last, and after that nobody looks at the list.
 */
#ifndef A08_WAIT_LIST_H
#define A08_WAIT_LIST_H

#include "executor.h"

struct waiter {
    struct list link;   /* in the list; link.next == NULL: in none */
    struct waker waker; /* of the latest poll */
    bool granted;       /* it has what it waited for; not polled since */
    bool woken;         /* by wait_wake_all(); not polled since */
    bool counted;       /* for mpsc.h: it was PENDING, and is not over */
};

/* For a struct that has a list: `what` was initialised, is not dropped, and is
 * where it was. */
static inline void wait_check(const struct list *waiters, const char *what)
{
    if (!waiters->next)
        misuse("%s is all zeroes; was it dropped, or never initialised?", what);
    if (waiters->next->prev != waiters)
        misuse("%s was moved; it has to stay where it was initialised, so give "
               "others a pointer to it, and no copy",
               what);
}

static inline bool waiter_waits(const struct waiter *w)
{
    return w->link.next;
}

/* In a poll that is going to return PENDING: take the waker, and a place at the
 * end unless it has one. */
static inline void wait_in(struct list *waiters, struct waiter *w,
                           struct context *cx)
{
    wait_check(waiters, "what this future waits for");
    w->waker = context_waker(cx);
    w->woken = false;
    if (!waiter_waits(w))
        list_append(waiters, &w->link);
}

/* Call it when the future is over.  True: it was granted what it waited for. */
static inline bool wait_leave(struct waiter *w)
{
    bool granted = w->granted;
    if (waiter_waits(w))
        list_remove(&w->link);
    w->granted = w->woken = false;
    return granted;
}

/* NULL: nobody waits.  A list that is all zeroes has nobody, too. */
static inline struct waiter *wait_first(const struct list *waiters)
{
    return !waiters->next || list_is_empty(waiters)
               ? NULL
               : container_of(waiters->next, struct waiter, link);
}

/* Grant it to the one that waits longest, and wake it.  False: nobody waits. */
static inline bool wait_grant_first(struct list *waiters)
{
    struct waiter *w = wait_first(waiters);
    if (!w)
        return false;
    list_remove(&w->link);
    w->granted = true;
    waker_wake(w->waker);
    return true;
}

/* Grant it to this one, which wait_wake_all(granted) will wake. */
static inline void wait_grant_later(struct list *granted, struct waiter *w)
{
    list_remove(&w->link);
    w->granted = true;
    list_append(granted, &w->link);
}

/* Move all that wait in `from` to the end of another list. */
static inline void wait_move_all(struct list *to, struct list *from)
{
    while (wait_first(from)) {
        struct list *first = from->next;
        list_remove(first);
        list_append(to, first);
    }
}

/* Wake all that wait now, so that they look at what has changed.  This grants
 * nothing.  One that begins to wait during this call waits for the next one. */
static inline void wait_wake_all(struct list *waiters)
{
    struct list now;
    if (!wait_first(waiters))
        return;
    now = *waiters; /* the head moves, with all that hangs on it */
    now.next->prev = now.prev->next = &now;
    list_init(waiters);
    for (struct list *l = now.next; l != &now; l = l->next)
        container_of(l, struct waiter, link)->woken = true;
    while (!list_is_empty(&now)) {
        struct waiter *w = wait_first(&now);
        list_remove(&w->link);
        waker_wake(w->waker);
    }
}
#endif
