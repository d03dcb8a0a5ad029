/* join.h: several futures at once, READY when all are.
 *
 * order    Results stay in the children's own structs: they are where you put
 *          them, whoever finishes first.  The first poll goes in the order of
 *          the arguments; later ones to those that were woken, first woken
 *          first (join_all), or to both, in order (join_two).
 * memory   You own the children and their struct child; both must stay until
 *          the join is over.  Nothing is allocated.
 * result   Of nothing: READY in the first poll.  try_join_all() ends with the
 *          first error, and drops the others before it is READY.
 * drop     drops the children that are not over, in order.  Cancel-safe no
 *          more, no less than they are.
 * threads  join_two() lends both the context it was lent: it runs wherever they
 *          do; and a budget (a06) they have to share.  Others: see unordered.h.
 */
#ifndef A04_JOIN_H
#define A04_JOIN_H

#include "a04_join/unordered.h"

/* ---- join_two ------------------------------------------------------------ */

struct join_two {
    struct future future;
    struct future *one, *two; /* NULL once it is READY */
};

static inline enum poll join_two_poll_(struct future *f, struct context *cx)
{
    struct join_two *self = container_of(f, struct join_two, future);
    if (self->one && future_poll(self->one, cx) == POLL_READY)
        self->one = NULL;
    if (self->two && future_poll(self->two, cx) == POLL_READY)
        self->two = NULL;
    return self->one || self->two ? POLL_PENDING : POLL_READY;
}

static inline void join_two_drop_(struct future *f)
{
    struct join_two *self = container_of(f, struct join_two, future);
    future_drop(self->one);
    future_drop(self->two);
}

static const struct future_ops join_two_ops_ = { .name = "join_two",
                                                 .poll = join_two_poll_,
                                                 .drop = join_two_drop_ };

/* Both at once.  Each wake polls whichever is not READY. */
static inline struct future *join_two(struct join_two *self, struct future *one,
                                      struct future *two)
{
    *self = (struct join_two){ .future.ops = &join_two_ops_,
                               .one = one,
                               .two = two };
    return &self->future;
}

/* ---- join_all, try_join_all ---------------------------------------------- */

struct join_all {
    struct future future;
    struct child *children; /* yours: an array, each with its future set */
    size_t n;
    bool started;         /* the children are in the set */
    bool gives_up;        /* at the first error */
    int status;           /* result of try_join_all: 0, or the first error */
    struct child *failed; /* result of try_join_all: whose; NULL: nobody's */
    struct unordered set;
};

static inline void join_all_start_(struct join_all *self)
{
    unordered_init(&self->set);
    for (size_t i = 0; i < self->n; i++)
        unordered_push(&self->set, &self->children[i],
                       self->children[i].future);
    self->started = true;
}

static inline void join_all_drop_(struct future *f)
{
    struct join_all *self = container_of(f, struct join_all, future);
    unordered_release_(&self->set, f);
    for (size_t i = 0; i < self->n; i++)
        if (self->started)
            unordered_remove(&self->children[i]);
        else
            future_drop(self->children[i].future);
}

static inline enum poll join_all_poll_(struct future *f, struct context *cx)
{
    struct join_all *self = container_of(f, struct join_all, future);
    struct child *c;
    if (!self->started)
        join_all_start_(self);
    unordered_begin_(&self->set, f, cx);
    while ((c = unordered_step_(&self->set, cx)))
        if (self->gives_up && c->status && *c->status < 0) {
            self->status = *c->status;
            self->failed = c;
            join_all_drop_(f);
            return POLL_READY;
        }
    return unordered_end_(&self->set, self->set.len == 0, cx);
}

static const struct future_ops join_all_ops_ = { .name = "join_all",
                                                 .poll = join_all_poll_,
                                                 .drop = join_all_drop_ };

/* All of them at once, also none.  A wake polls only who was woken. */
static inline struct future *join_all(struct join_all *self,
                                      struct child *children, size_t n)
{
    *self = (struct join_all){ .future.ops = &join_all_ops_,
                               .children = children,
                               .n = n };
    return &self->future;
}

static const struct future_ops try_join_all_ops_ = { .name = "try_join_all",
                                                     .poll = join_all_poll_,
                                                     .drop = join_all_drop_ };

/* The same, but over as soon as one child has failed: READY with *child.status
 * below 0.  Then the others are dropped before the join is READY. */
static inline struct future *try_join_all(struct join_all *self,
                                          struct child *children, size_t n)
{
    *self = (struct join_all){ .future.ops = &try_join_all_ops_,
                               .children = children,
                               .n = n,
                               .gives_up = true };
    return &self->future;
}
#endif
