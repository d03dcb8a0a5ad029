/* join.h: several futures at once, READY when all are.
 *
 * order    Results stay in the children's own structs, whichever finishes
 *          first.  The first poll polls the children in the order of the
 *          arguments.  A later poll of join_all polls those that were woken, in
 *          the order in which they were woken.  A later poll of join_two polls
 *          both, and they take turns to be first.  The children share the
 *          budget of a poll (a06), and each has its turn.
 * memory   You own the children and their struct child; both must stay until
 *          the join is over.  Nothing is allocated.
 * empty    A join of nothing is READY in the first poll.  try_join_all() ends
 *          with the first error, and drops the others before it is READY.
 * drop     drops the children that are not over, in order.  If the clean-up of
 *          a child drops the join again, that does nothing.  A join is not
 *          cancel-safe (a07): a child that is over has taken something.
 * threads  join_two() lends its own context to both children, so it runs on any
 *          executor on which they run.  For the others see unordered.h.
 */
#ifndef A04_JOIN_H
#define A04_JOIN_H

#include "a04_join/unordered.h"

/* ---- join_two ------------------------------------------------------------ */

struct join_two {
    struct future future;
    struct future *children[2]; /* NULL once it is READY */
    unsigned first;             /* which of them is polled first */
};

static inline enum poll join_two_poll(struct future *f, struct context *cx)
{
    struct join_two *self = container_of(f, struct join_two, future);
    unsigned first = self->first;
    if (!context_is_spent(cx)) /* by turns: one may spend the whole budget */
        self->first = !first;
    for (unsigned i = 0; i < 2; i++) {
        struct future **child = &self->children[(first + i) % 2];
        if (*child && future_poll(*child, cx) == POLL_READY)
            *child = NULL;
    }
    return self->children[0] || self->children[1] ? POLL_PENDING : POLL_READY;
}

static inline void join_two_drop(struct future *f)
{
    struct join_two *self = container_of(f, struct join_two, future);
    future_drop(self->children[0]);
    future_drop(self->children[1]);
}

static inline void join_two_children(struct future *f, future_visit *visit,
                                     void *data)
{
    struct join_two *self = container_of(f, struct join_two, future);
    for (unsigned i = 0; i < 2; i++)
        if (self->children[i])
            visit(self->children[i], data);
}

static const struct future_ops join_two_ops_ = COMBINATOR_OPS(join_two);

/* Both at once.  Each poll polls the children that are not over. */
static inline struct future *join_two(struct join_two *self, struct future *one,
                                      struct future *two)
{
    *self = (struct join_two){ .future.ops = &join_two_ops_,
                               .children = { one, two } };
    return &self->future;
}

/* ---- join_all, try_join_all ---------------------------------------------- */

struct join_all {
    struct future future;
    struct child *children; /* yours: an array, each with its future set */
    size_t n;
    bool started;         /* the children are in the set */
    bool gives_up;        /* at the first error */
    bool dropping;        /* join_all_drop() is at work */
    int status;           /* result of try_join_all: 0, or the first error */
    struct child *failed; /* result of try_join_all: whose error; or NULL */
    struct unordered set;
};

static inline void join_all_start_(struct join_all *self)
{
    if (self->n && !self->children)
        misuse("%s: there is no array of children (NULL)",
               self->future.ops->name);
    unordered_init(&self->set);
    for (size_t i = 0; i < self->n; i++) {
        struct child *c = &self->children[i];
        c->set = NULL; /* until now only its future was set */
        unordered_push(&self->set, c, c->future);
    }
    self->started = true;
}

static inline void join_all_drop(struct future *f)
{
    struct join_all *self = container_of(f, struct join_all, future);
    if (self->dropping)
        return;
    self->dropping = true;
    unordered_release(&self->set, f);
    for (size_t i = 0; i < self->n; i++)
        if (self->started)
            unordered_remove(&self->children[i]);
        else
            future_drop(self->children[i].future);
}

static inline enum poll join_all_poll(struct future *f, struct context *cx)
{
    struct join_all *self = container_of(f, struct join_all, future);
    struct child *c;
    if (!self->started)
        join_all_start_(self);
    unordered_begin(&self->set, f);
    while ((c = unordered_step(&self->set, cx)))
        if (self->gives_up && c->status && *c->status < 0) {
            self->status = *c->status;
            self->failed = c;
            join_all_drop(f);
            return POLL_READY;
        }
    return unordered_end(&self->set, self->set.len == 0, cx);
}

static inline void join_all_children(struct future *f, future_visit *visit,
                                     void *data)
{
    struct join_all *self = container_of(f, struct join_all, future);
    for (size_t i = 0; i < self->n; i++)
        if (!self->started || self->children[i].set)
            visit(self->children[i].future, data);
}

static const struct future_ops join_all_ops_ = COMBINATOR_OPS(join_all);

/* All of them at once; `n` may be 0.  It polls only those that were woken. */
static inline struct future *join_all(struct join_all *self,
                                      struct child *children, size_t n)
{
    *self = (struct join_all){ .future.ops = &join_all_ops_,
                               .children = children,
                               .n = n };
    return &self->future;
}

static const struct future_ops try_join_all_ops_ = {
    .name = "try_join_all",
    .poll = join_all_poll,
    .drop = join_all_drop,
    .children = join_all_children,
};

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
