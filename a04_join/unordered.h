/* unordered.h: a set of futures in one task, polled only when woken.
 *
 * children  You own the memory: a struct child beside each future.  Both stay
 *           where they are until the child is over, or dropped.
 * wakers    Each child has its own, a function and the child, so the set knows
 *           who was woken: one wake, one poll, with three children or 10,000.
 *           They are for the executor's own thread, as all of executor.h.
 * polls     Children run only while somebody awaits unordered_next().  One poll
 *           of it polls each woken child once at most, first woken first.
 * budget    (a06) Each child has all that the set was polled with, so that none
 *           can starve a sibling.
 * drop      The set is no future: call unordered_drop() in ASYNC_FINALLY.
 * errors    None: nothing is allocated.  A child that returns PENDING without
 *           taking its waker is reported at once, whatever its siblings do.
 */
#ifndef A04_UNORDERED_H
#define A04_UNORDERED_H

#include "executor.h"

struct child {
    struct future *future; /* what runs; when over, what holds the result */
    const int *status;     /* join.h: where that result is, or NULL */
    struct unordered *set; /* where it runs; NULL: nowhere, or it is over */
    struct list link;      /* in set->woken or set->waiting */
    struct child *after;   /* ordered.h: the one pushed next */
    unsigned turn;         /* set->turn when it was last polled, or pushed */
    bool woken;            /* in which of the two lists it is */
};

struct unordered {
    struct list woken;       /* to be polled, oldest wake first */
    struct list waiting;     /* all the others */
    size_t len;              /* of both */
    struct future *awaiting; /* the one future that polls us, or NULL */
    struct waker waker;      /* its own; empty while it polls us */
    unsigned turn;           /* counts our polls */
    unsigned spent;          /* of the budget, when this turn began */
};

/* Do this where the set stays, so not in a constructor: it must not move. */
static inline void unordered_init(struct unordered *set)
{
    *set = (struct unordered){ .len = 0 };
    list_init(&set->woken);
    list_init(&set->waiting);
}

/* How many children are not over. */
static inline size_t unordered_len(const struct unordered *set)
{
    return set->len;
}

/* ---- A waker for each child ---------------------------------------------- */

static inline void child_move_(struct child *c, bool woken)
{
    if (c->link.next)
        list_remove(&c->link);
    c->woken = woken;
    list_append(woken ? &c->set->woken : &c->set->waiting, &c->link);
}

/* Note who it was, then wake the task that we are a part of. */
static inline void child_wake_(void *data)
{
    struct child *c = data;
    if (!c->set || c->woken)
        return;
    child_move_(c, true);
    waker_wake(c->set->waker);
}

static inline void child_leave_(struct child *c)
{
    c->set->len--;
    c->set = NULL; /* from now on a wake does nothing */
    list_remove(&c->link);
}

/* Let `f` run in the set, from the set's next poll on.  Any time is fine, also
 * while somebody awaits the set, and in a child's own poll. */
static inline void unordered_push(struct unordered *set, struct child *c,
                                  struct future *f)
{
    c->future = f;
    c->set = set;
    c->link.next = NULL;
    c->after = NULL;
    c->turn = set->turn;
    set->len++;
    child_move_(c, true);
    waker_wake(set->waker);
}

/* Cancel one child.  One that is over is left alone.  In a struct ordered it
 * still comes out in its turn. */
static inline void unordered_remove(struct child *c)
{
    struct unordered *set = c->set;
    if (!set)
        return;
    child_leave_(c);
    future_drop(c->future);
    waker_wake(set->waker); /* it may have been the last */
}

/* Cancel all that are left.  The set can be filled again. */
static inline void unordered_drop(struct unordered *set)
{
    while (set->len > 0) {
        struct list *l = set->woken.next;
        if (list_is_empty(&set->woken))
            l = set->waiting.next;
        unordered_remove(container_of(l, struct child, link));
    }
}

/* ---- One poll of the set, by future `f`: begin, steps, end --------------- */

static inline void unordered_begin_(struct unordered *set, struct future *f,
                                    const struct context *cx)
{
    if (set->awaiting && set->awaiting != f)
        misuse("%s: another one awaits this set already, and a set wakes only "
               "one",
               f->ops->name);
    set->awaiting = f;
    set->waker = (struct waker){ NULL, NULL }; /* we are awake */
    set->turn++;
    set->spent = cx->spent;
}

/* Poll those that were woken until one is READY: that one; or NULL.  One that
 * wakes itself in its poll has to wait for the set's next. */
static inline struct child *unordered_step_(struct unordered *set,
                                            struct context *cx)
{
    while (!list_is_empty(&set->woken)) {
        struct child *c = container_of(set->woken.next, struct child, link);
        struct waker waker = { child_wake_, c };
        struct context own = context_child(cx, waker);
        enum poll result;
        if (c->turn == set->turn)
            break;
        c->turn = set->turn;
        child_move_(c, false); /* first: the poll may wake it */
        own.spent = set->spent;
        result = future_poll(c->future, &own);
        if (own.spent > cx->spent)
            cx->spent = own.spent;
        if (result == POLL_READY) {
            child_leave_(c);
            return c;
        }
        context_check(&own, c->future);
    }
    return NULL;
}

/* Nobody awaits the set any more, so it holds no waker. */
static inline void unordered_release_(struct unordered *set, struct future *f)
{
    if (set->awaiting != f)
        return;
    set->awaiting = NULL;
    set->waker = (struct waker){ NULL, NULL };
}

static inline enum poll unordered_end_(struct unordered *set, bool ready,
                                       struct context *cx)
{
    if (ready) {
        unordered_release_(set, set->awaiting);
        return POLL_READY;
    }
    set->waker = context_waker(cx);
    if (!list_is_empty(&set->woken))
        waker_wake(set->waker);
    return POLL_PENDING;
}

/* ---- unordered_next: as they finish -------------------------------------- */

struct unordered_next {
    struct future future;
    struct unordered *set;
    struct child *child; /* result: it is over; NULL: the set is empty */
};

static inline enum poll unordered_next_poll_(struct future *f,
                                             struct context *cx)
{
    struct unordered_next *self =
        container_of(f, struct unordered_next, future);
    unordered_begin_(self->set, f, cx);
    self->child = unordered_step_(self->set, cx);
    return unordered_end_(self->set, self->child || self->set->len == 0, cx);
}

static inline void unordered_next_drop_(struct future *f)
{
    struct unordered_next *self =
        container_of(f, struct unordered_next, future);
    unordered_release_(self->set, f);
}

static const struct future_ops unordered_next_ops_ = {
    .name = "unordered_next",
    .poll = unordered_next_poll_,
    .drop = unordered_next_drop_
};

/* Wait until one of the children is over, whichever.  One at a time awaits a
 * set.  Cancel-safe: the children stay in the set. */
static inline struct future *unordered_next(struct unordered_next *self,
                                            struct unordered *set)
{
    *self = (struct unordered_next){ .future.ops = &unordered_next_ops_,
                                     .set = set };
    return &self->future;
}
#endif
