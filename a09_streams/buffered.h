/* buffered.h: a stream of jobs becomes a stream of jobs that are over.
 *
 * The source gives jobs: each item is a struct child (a04_join/unordered.h)
 * whose `future` is set.  At most `limit` of them run at the same time.
 *
 * stream_buffered_unordered()  gives each job when it is over
 * stream_buffered()            gives them in the order of the source; a job
 *                              that is over and waits for its turn still
 *                              counts as one of the `limit`
 *
 * jobs    The child and its future are yours.  They stay where they are until
 *         the job has been given, or the stream is dropped.
 * polls   Jobs run only while a task awaits this stream.  As long as the body
 *         of your loop awaits something else, they make no progress.
 */
#ifndef A09_BUFFERED_H
#define A09_BUFFERED_H

#include "a04_join/ordered.h"
#include "a09_streams/stream.h"

struct stream_buffered {
    struct stream stream;
    struct stream *source;
    bool ended; /* the source has */
    bool in_order, begun;
    bool jobs_first; /* because the source has spent the last budget */
    size_t limit;
    struct ordered jobs; /* in flight; unordered: only jobs.set is used */
    union {
        struct ordered_next ordered;
        struct unordered_next unordered;
    } next;
};

static inline size_t stream_buffered_len_(const struct stream_buffered *self)
{
    return self->in_order ? ordered_len(&self->jobs)
                          : unordered_len(&self->jobs.set);
}

/* Begin as many jobs as there is room for. */
static inline void stream_buffered_fill_(struct stream_buffered *self,
                                         struct context *cx)
{
    while (!self->ended && stream_buffered_len_(self) < self->limit) {
        enum stream_poll result = stream_poll_next(self->source, cx);
        struct child *c = self->source->item;
        if (result == STREAM_PENDING)
            return;
        self->ended = result == STREAM_END;
        if (self->ended)
            return;
        if (self->in_order)
            ordered_push(&self->jobs, c, c->future);
        else
            unordered_push(&self->jobs.set, c, c->future);
    }
}

/* The future that waits for a job; a new one in each poll, because a push would
 * call the waker of the old one. */
static inline struct future *stream_buffered_next_(struct stream_buffered *self)
{
    return self->in_order
               ? ordered_next(&self->next.ordered, &self->jobs)
               : unordered_next(&self->next.unordered, &self->jobs.set);
}

static inline struct future *stream_buffered_waits_(
    struct stream_buffered *self)
{
    return self->in_order ? &self->next.ordered.future
                          : &self->next.unordered.future;
}

static inline enum stream_poll stream_buffered_poll_next(struct stream *s,
                                                         struct context *cx)
{
    struct stream_buffered *self =
        container_of(s, struct stream_buffered, stream);
    bool turn;
    if (!self->begun)
        ordered_init(&self->jobs);
    else
        future_drop(stream_buffered_waits_(self));
    self->begun = true;
    turn = self->jobs_first && stream_buffered_len_(self) > 0;
    self->jobs_first = false;
    if (!turn) {
        bool spent = context_is_spent(cx);
        stream_buffered_fill_(self, cx);
        self->jobs_first = !spent && context_is_spent(cx);
    }
    if (stream_buffered_len_(self) == 0)
        return self->ended ? STREAM_END : STREAM_PENDING;
    if (future_poll(stream_buffered_next_(self), cx) == POLL_PENDING) {
        if (turn) /* the source was not asked yet */
            waker_wake(context_waker(cx));
        return STREAM_PENDING;
    }
    s->item =
        self->in_order ? self->next.ordered.child : self->next.unordered.child;
    return STREAM_ITEM;
}

static inline void stream_buffered_drop(struct stream *s)
{
    struct stream_buffered *self =
        container_of(s, struct stream_buffered, stream);
    if (self->begun) {
        future_drop(stream_buffered_waits_(self));
        if (self->in_order)
            ordered_drop(&self->jobs);
        else
            unordered_drop(&self->jobs.set);
    }
    stream_drop(self->source);
}

static inline void stream_buffered_children(struct stream *s,
                                            future_visit *visit, void *data)
{
    struct stream_buffered *self =
        container_of(s, struct stream_buffered, stream);
    if (self->begun)
        unordered_children(&self->jobs.set, visit, data);
    if (!self->ended)
        stream_children(self->source, visit, data);
}

static const struct stream_ops stream_buffered_ops_ =
    STREAM_COMBINATOR_OPS(stream_buffered);

static inline struct stream *stream_buffered_(struct stream_buffered *self,
                                              struct stream *source,
                                              size_t limit, bool in_order)
{
    if (limit == 0)
        misuse("stream_buffered: with a limit of 0 no job would ever begin; "
               "a limit of 1 runs one job after the other");
    *self = (struct stream_buffered){ .stream.ops = &stream_buffered_ops_,
                                      .source = source,
                                      .limit = limit,
                                      .in_order = in_order };
    return &self->stream;
}

static inline struct stream *stream_buffered(struct stream_buffered *self,
                                             struct stream *source,
                                             size_t limit)
{
    return stream_buffered_(self, source, limit, true);
}

static inline struct stream *stream_buffered_unordered(
    struct stream_buffered *self, struct stream *source, size_t limit)
{
    return stream_buffered_(self, source, limit, false);
}
#endif
