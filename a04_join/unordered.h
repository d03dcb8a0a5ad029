/* unordered.h: a set of futures in one task, polled only when woken.
 *
 * children  You own the memory: a struct child beside each future.  Both stay
 *           where they are until the child is over, or dropped.
 * wakers    Each child has its own, a function and the child, so the set knows
 *           which was woken: one wake, one poll, with three children or 10,000.
 *           Set and wakers are for the executor's own thread only.
 * polls     Children run only while a task awaits unordered_next().  One poll
 *           of unordered_next() polls each woken child once at most, in the
 *           order in which they were woken.
 * budget    The children share the budget of that poll (a06).  When it is
 *           spent, the next poll goes on with the next woken child, so that no
 *           child can starve its siblings.
 * drop      The set is no future: call unordered_drop() in ASYNC_FINALLY.  A
 *           child may call it in its own poll ("the first failure cancels
 *           all"): its siblings are dropped at once, and the child itself after
 *           that poll.
 * errors    None: nothing is allocated.  A child that returns PENDING without
 *           taking its waker is reported at once, whatever its siblings do.
 */
#ifndef A04_UNORDERED_H
#define A04_UNORDERED_H

#include "executor.h"

struct child {
    struct future *future; /* what runs; when over, what holds the result */
    const int *status;     /* for try_join_all(): its status, or NULL */
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
    struct child *running;   /* the child that is being polled, or NULL */
    struct future *awaiting; /* the one future that polls the set, or NULL */
    struct waker waker;      /* of `awaiting`; empty while it polls the set */
    unsigned turn;           /* counts the polls of the set */
    bool dropping;           /* unordered_drop() is at work */
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

/* Note which child it was, then wake the task that the set is a part of. */
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

static inline bool child_is_in_(const struct child *c, const struct list *list)
{
    for (const struct list *l = list->next; l != list; l = l->next)
        if (l == &c->link)
            return true;
    return false;
}

/* Let `f` run in the set, from the set's next poll on.  May be called at any
 * time, also while a task awaits the set, and in a child's own poll. */
static inline void unordered_push(struct unordered *set, struct child *c,
                                  struct future *f)
{
    /* Before its first push a child may hold any bytes: c->set is a guess. */
    if (c->set == set &&
        (child_is_in_(c, &set->woken) || child_is_in_(c, &set->waiting)))
        misuse("%s: its struct child is in this set already; a future needs "
               "a struct child of its own until it is over",
               f->ops->name);
    c->future = f;
    c->set = set;
    c->link.next = NULL;
    c->after = NULL;
    c->turn = set->turn;
    set->len++;
    child_move_(c, true);
    waker_wake(set->waker);
}

/* Cancel one child.  One that is over is left alone.  A child that removes
 * itself in its own poll is dropped after that poll.  A removed child does not
 * come out of unordered_next(); of ordered_next() it comes out in its turn. */
static inline void unordered_remove(struct child *c)
{
    struct unordered *set = c->set;
    if (!set)
        return;
    child_leave_(c);
    waker_wake(set->waker); /* it may have been the last */
    if (c == set->running)
        set->running = NULL; /* unordered_step() sees it, and drops */
    else
        future_drop(c->future);
}

/* The first child in one of the two lists of the set. */
static inline struct child *unordered_first_(const struct unordered *set,
                                             const struct list *list)
{
    struct child *c = container_of(list->next, struct child, link);
    if (c->set != set)
        misuse("%s: its struct child was pushed into a second set; a future "
               "needs a struct child of its own until it is over",
               c->future->ops->name);
    return c;
}

/* Cancel all that are left.  The set can be filled again.  In the clean-up of a
 * child, while the set is being dropped, this does nothing. */
static inline void unordered_drop(struct unordered *set)
{
    if (set->dropping)
        return;
    set->dropping = true;
    while (set->len > 0)
        unordered_remove(unordered_first_(set, list_is_empty(&set->woken)
                                                   ? &set->waiting
                                                   : &set->woken));
    set->dropping = false;
}

/* ---- One poll of the set, by future `f`: begin, steps, end --------------- */

/* `f` is the future that awaits the set; a second one is misuse. */
static inline void unordered_begin(struct unordered *set, struct future *f)
{
    if (set->awaiting && set->awaiting != f)
        misuse("%s: another one awaits this set already, and a set wakes only "
               "one",
               f->ops->name);
    set->awaiting = f;
    set->waker = (struct waker){ NULL, NULL }; /* the task is awake */
    set->turn++;
}

/* Poll one child, with a waker of its own. */
static inline enum poll child_poll_(struct child *c, struct context *cx)
{
    struct context own = context_child(cx, (struct waker){ child_wake_, c });
    struct unordered *set = c->set;
    struct future *f = c->future;
    enum poll result;
    c->turn = set->turn;
    child_move_(c, false); /* first: the poll may wake it */
    set->running = c;
    result = future_poll(f, &own);
    cx->spent = own.spent;
    if (set->running != c) { /* it was removed in this poll */
        future_drop(f);
        return POLL_PENDING;
    }
    set->running = NULL;
    if (result == POLL_PENDING)
        context_check(&own, f);
    return result;
}

/* Poll the woken children until one is READY, and return it; NULL: none is.  A
 * child that wakes itself in its poll waits for the next poll of the set.  When
 * the budget is spent, all woken children wait for that poll. */
static inline struct child *unordered_step(struct unordered *set,
                                           struct context *cx)
{
    while (!list_is_empty(&set->woken) && !context_is_spent(cx)) {
        struct child *c = unordered_first_(set, &set->woken);
        if (c->turn == set->turn)
            break;
        if (child_poll_(c, cx) == POLL_READY) {
            child_leave_(c);
            return c;
        }
    }
    return NULL;
}

/* Nobody awaits the set any more, so it holds no waker. */
static inline void unordered_release(struct unordered *set, struct future *f)
{
    if (set->awaiting != f)
        return;
    set->awaiting = NULL;
    set->waker = (struct waker){ NULL, NULL };
}

/* What the poll returns.  If it is PENDING, this takes the waker. */
static inline enum poll unordered_end(struct unordered *set, bool ready,
                                      struct context *cx)
{
    if (ready) {
        unordered_release(set, set->awaiting);
        return POLL_READY;
    }
    set->waker = context_waker(cx);
    if (!list_is_empty(&set->woken))
        waker_wake(set->waker);
    return POLL_PENDING;
}

/* For future_ops.children: each child that is not over. */
static inline void unordered_children(struct unordered *set,
                                      future_visit *visit, void *data)
{
    struct list *lists[] = { &set->woken, &set->waiting };
    for (int i = 0; i < 2; i++)
        for (struct list *l = lists[i]->next; l != lists[i]; l = l->next)
            visit(container_of(l, struct child, link)->future, data);
}

/* ---- unordered_next: as they finish -------------------------------------- */

struct unordered_next {
    struct future future;
    struct unordered *set;
    struct child *child; /* result: it is over; NULL: the set is empty */
};

static inline enum poll unordered_next_poll(struct future *f,
                                            struct context *cx)
{
    struct unordered_next *self =
        container_of(f, struct unordered_next, future);
    unordered_begin(self->set, f);
    self->child = unordered_step(self->set, cx);
    return unordered_end(self->set, self->child || self->set->len == 0, cx);
}

static inline void unordered_next_drop(struct future *f)
{
    struct unordered_next *self =
        container_of(f, struct unordered_next, future);
    unordered_release(self->set, f);
}

static inline void unordered_next_children(struct future *f,
                                           future_visit *visit, void *data)
{
    unordered_children(container_of(f, struct unordered_next, future)->set,
                       visit, data);
}

static const struct future_ops unordered_next_ops_ =
    COMBINATOR_OPS(unordered_next);

/* Wait until any of the children is over.  Only one future at a time may await
 * a set.  Cancel-safe: the children stay in the set. */
static inline struct future *unordered_next(struct unordered_next *self,
                                            struct unordered *set)
{
    *self = (struct unordered_next){ .future.ops = &unordered_next_ops_,
                                     .set = set };
    return &self->future;
}
#endif
