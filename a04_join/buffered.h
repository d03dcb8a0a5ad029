/* buffered.h: many jobs, and at most n of them in flight.
 *
 * source  A function that makes the next job when there is room for it: it sets
 *         child->future in memory of its choice and returns the child, or NULL
 *         after the last one.  It is called in a poll of buffered_next(), and
 *         not again after NULL.  The memory of a job that came out may be used
 *         again.
 * flight  buffered_init(): jobs that are not over.  buffered_init_ordered():
 *         jobs that are not taken out.  So a slow job holds up the others, and
 *         finished ones cannot pile up behind it.
 * n       0 is refused, because it could mean "none" or "no limit".
 * polls   Jobs run only while a task awaits buffered_next().  As long as the
 *         body of your loop awaits something else, they make no progress.
 * drop    It is no future: call buffered_drop() in ASYNC_FINALLY.
 * memory, wakers, threads, errors   as in unordered.h
 */
#ifndef A04_BUFFERED_H
#define A04_BUFFERED_H

#include "a04_join/ordered.h"

struct buffered {
    struct ordered jobs; /* in flight; unordered: only jobs.set is used */
    bool in_order;
    bool over;    /* the source has no more */
    size_t limit; /* the most in flight */
    struct child *(*source)(void *data);
    void *data;
};

static inline void buffered_init_(struct buffered *b, size_t limit,
                                  struct child *(*source)(void *data),
                                  void *data, bool in_order)
{
    if (!source)
        misuse("buffered: there is no source (NULL), so no job");
    if (limit == 0)
        misuse("buffered: at most 0 in flight would never begin; 1 runs one "
               "after the other");
    *b = (struct buffered){
        .in_order = in_order, .limit = limit, .source = source, .data = data
    };
    ordered_init(&b->jobs);
}

/* Jobs come out as they finish.  Do this where `b` stays: it must not move. */
static inline void buffered_init(struct buffered *b, size_t limit,
                                 struct child *(*source)(void *data),
                                 void *data)
{
    buffered_init_(b, limit, source, data, false);
}

/* The same, but jobs come out in the order of the source. */
static inline void buffered_init_ordered(struct buffered *b, size_t limit,
                                         struct child *(*source)(void *data),
                                         void *data)
{
    buffered_init_(b, limit, source, data, true);
}

/* How many are in flight. */
static inline size_t buffered_len(const struct buffered *b)
{
    return b->in_order ? ordered_len(&b->jobs) : unordered_len(&b->jobs.set);
}

/* Cancel all that are in flight; the source is not asked again. */
static inline void buffered_drop(struct buffered *b)
{
    b->over = true;
    if (b->in_order)
        ordered_drop(&b->jobs);
    else
        unordered_drop(&b->jobs.set);
}

/* ---- buffered_next ------------------------------------------------------- */

struct buffered_next {
    struct future future;
    struct buffered *buffered;
    struct child *child; /* result: a job that is over; NULL: all are out */
};

static inline void buffered_fill_(struct buffered *b)
{
    while (!b->over && buffered_len(b) < b->limit) {
        struct child *c = b->source(b->data);
        if (!c)
            b->over = true;
        else if (b->in_order)
            ordered_push(&b->jobs, c, c->future);
        else
            unordered_push(&b->jobs.set, c, c->future);
    }
}

static inline enum poll buffered_next_poll(struct future *f, struct context *cx)
{
    struct buffered_next *self = container_of(f, struct buffered_next, future);
    struct buffered *b = self->buffered;
    unordered_release(&b->jobs.set, f); /* a push must not call an old waker */
    buffered_fill_(b);
    unordered_begin(&b->jobs.set, f);
    if (b->in_order)
        self->child = ordered_step(&b->jobs, cx);
    else
        self->child = unordered_step(&b->jobs.set, cx);
    return unordered_end(&b->jobs.set, self->child || buffered_len(b) == 0, cx);
}

static inline void buffered_next_drop(struct future *f)
{
    struct buffered_next *self = container_of(f, struct buffered_next, future);
    unordered_release(&self->buffered->jobs.set, f);
}

static inline void buffered_next_children(struct future *f, future_visit *visit,
                                          void *data)
{
    struct buffered_next *self = container_of(f, struct buffered_next, future);
    unordered_children(&self->buffered->jobs.set, visit, data);
}

static const struct future_ops buffered_next_ops_ =
    COMBINATOR_OPS(buffered_next);

/* Wait for the next job that is over.  Cancel-safe: all stay in flight. */
static inline struct future *buffered_next(struct buffered_next *self,
                                           struct buffered *b)
{
    *self = (struct buffered_next){ .future.ops = &buffered_next_ops_,
                                    .buffered = b };
    return &self->future;
}
#endif
