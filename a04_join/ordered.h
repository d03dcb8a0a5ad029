/* ordered.h: futures that run together and come out in the order pushed.
 *
 * This is the set of unordered.h with a queue beside it.  A child that finishes
 * early waits there until all that were pushed before it have been taken out.
 * Memory, wakers, threads, polls, drop and errors are as in unordered.h.
 */
#ifndef A04_ORDERED_H
#define A04_ORDERED_H

#include "a04_join/unordered.h"

struct ordered {
    struct unordered set; /* those that still run */
    struct child *first;  /* the queue: those not taken out, over or not */
    struct child **last;  /* where the next one is linked in */
    size_t len;           /* of the queue */
};

/* Do this where it stays, so not in a constructor: it must not move. */
static inline void ordered_init(struct ordered *o)
{
    unordered_init(&o->set);
    o->first = NULL;
    o->last = &o->first;
    o->len = 0;
}

/* How many were pushed and not taken out. */
static inline size_t ordered_len(const struct ordered *o)
{
    return o->len;
}

/* Let `f` run; it comes out after all that were pushed before it. */
static inline void ordered_push(struct ordered *o, struct child *c,
                                struct future *f)
{
    unordered_push(&o->set, c, f);
    *o->last = c;
    o->last = &c->after;
    o->len++;
}

static inline struct child *ordered_pop_(struct ordered *o)
{
    struct child *c = o->first;
    o->first = c->after;
    if (!o->first)
        o->last = &o->first;
    o->len--;
    return c;
}

/* Cancel all that run, oldest first, and forget the others.  In the clean-up of
 * a child, while they are being dropped, this does nothing. */
static inline void ordered_drop(struct ordered *o)
{
    if (o->set.dropping)
        return;
    o->set.dropping = true;
    while (o->first)
        unordered_remove(ordered_pop_(o));
    o->set.dropping = false;
}

static inline bool ordered_has_next_(const struct ordered *o)
{
    return o->first && !o->first->set;
}

/* If the oldest is over, return it without a poll.  Otherwise poll woken
 * children until the oldest is over; NULL: it is not. */
static inline struct child *ordered_step(struct ordered *o, struct context *cx)
{
    while (!ordered_has_next_(o) && unordered_step(&o->set, cx)) {
    }
    return ordered_has_next_(o) ? ordered_pop_(o) : NULL;
}

/* ---- ordered_next: as they were pushed ----------------------------------- */

struct ordered_next {
    struct future future;
    struct ordered *ordered;
    struct child *child; /* result: the oldest, over; NULL: none was left */
};

static inline enum poll ordered_next_poll(struct future *f, struct context *cx)
{
    struct ordered_next *self = container_of(f, struct ordered_next, future);
    struct ordered *o = self->ordered;
    unordered_begin(&o->set, f);
    self->child = ordered_step(o, cx);
    return unordered_end(&o->set, self->child || o->len == 0, cx);
}

static inline void ordered_next_drop(struct future *f)
{
    struct ordered_next *self = container_of(f, struct ordered_next, future);
    unordered_release(&self->ordered->set, f);
}

static inline void ordered_next_children(struct future *f, future_visit *visit,
                                         void *data)
{
    struct ordered_next *self = container_of(f, struct ordered_next, future);
    unordered_children(&self->ordered->set, visit, data);
}

static const struct future_ops ordered_next_ops_ = COMBINATOR_OPS(ordered_next);

/* Wait until the oldest is over.  Cancel-safe: all stay where they are. */
static inline struct future *ordered_next(struct ordered_next *self,
                                          struct ordered *o)
{
    *self =
        (struct ordered_next){ .future.ops = &ordered_next_ops_, .ordered = o };
    return &self->future;
}
#endif
