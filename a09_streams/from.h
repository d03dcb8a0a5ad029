/* from.h: streams out of things that are no streams, such as an array.
 *
 * stream_empty()      ends at once
 * stream_pending()    gives nothing, and does not end
 * stream_once()       gives one item, which is yours, and ends
 * stream_from_array() gives each element of an array that is yours
 * stream_from_mpsc()  gives what comes through a channel
 *
 * An array never has to wait.  Therefore each element spends one step of the
 * budget of a poll (a06_yield/budget.h), so that a loop over a million elements
 * lets other tasks run.
 */
#ifndef A09_FROM_H
#define A09_FROM_H

#include "a06_yield/budget.h"
#include "a08_channels/mpsc.h"
#include "a09_streams/stream.h"

/* ---- stream_empty -------------------------------------------------------- */

static inline enum stream_poll stream_empty_poll_next(struct stream *s,
                                                      struct context *cx)
{
    (void)s, (void)cx;
    return STREAM_END;
}

static const struct stream_ops stream_empty_ops_ = {
    .name = "stream_empty",
    .poll_next = stream_empty_poll_next,
    .drop = stream_drop_nothing,
};

static inline struct stream *stream_empty(struct stream *self)
{
    *self = (struct stream){ .ops = &stream_empty_ops_ };
    return self;
}

/* ---- stream_pending ------------------------------------------------------ */

static inline enum stream_poll stream_pending_poll_next(struct stream *s,
                                                        struct context *cx)
{
    (void)s;
    (void)context_waker(cx); /* nobody will call it */
    return STREAM_PENDING;
}

static const struct stream_ops stream_pending_ops_ = {
    .name = "stream_pending",
    .poll_next = stream_pending_poll_next,
    .drop = stream_drop_nothing,
};

static inline struct stream *stream_pending(struct stream *self)
{
    *self = (struct stream){ .ops = &stream_pending_ops_ };
    return self;
}

/* ---- stream_from_array --------------------------------------------------- */

struct stream_array {
    struct stream stream;
    char *next, *end;
    size_t size; /* of an element */
};

static inline enum stream_poll stream_array_poll_next(struct stream *s,
                                                      struct context *cx)
{
    struct stream_array *self = container_of(s, struct stream_array, stream);
    if (self->next == self->end)
        return STREAM_END;
    if (!budget_spend(cx))
        return STREAM_PENDING;
    s->item = self->next;
    self->next += self->size;
    return STREAM_ITEM;
}

static const struct stream_ops stream_array_ops_ = {
    .name = "stream_array",
    .poll_next = stream_array_poll_next,
    .drop = stream_drop_nothing,
};

/* Each item is a pointer to an element of the array, which stays yours. */
#define stream_from_array(self, array, n) \
    stream_from_array_(self, array, n, sizeof *(array))
static inline struct stream *stream_from_array_(struct stream_array *self,
                                                void *array, size_t n,
                                                size_t size)
{
    *self = (struct stream_array){ .stream.ops = &stream_array_ops_,
                                   .next = array,
                                   .end = n ? (char *)array + n * size : array,
                                   .size = size };
    return &self->stream;
}

/* One item, at `item`.  An array of one. */
#define stream_once(self, item) stream_from_array(self, item, 1)

/* ---- stream_from_mpsc ---------------------------------------------------- */

struct stream_mpsc {
    struct stream stream;
    struct mpsc *channel;
    void *into;
    struct mpsc_recv recv;
    bool waits; /* at the channel */
    bool has;   /* an item, which is ours until the next poll */
};

static inline void stream_mpsc_drop_item_(struct stream_mpsc *self)
{
    if (self->has)
        value_drop(&self->channel->type, self->into);
    self->has = false;
}

static inline enum stream_poll stream_mpsc_poll_next(struct stream *s,
                                                     struct context *cx)
{
    struct stream_mpsc *self = container_of(s, struct stream_mpsc, stream);
    stream_mpsc_drop_item_(self);
    if (!self->waits)
        mpsc_recv_make(&self->recv, self->channel, self->into);
    self->waits = future_poll(&self->recv.future, cx) == POLL_PENDING;
    if (self->waits)
        return STREAM_PENDING;
    if (self->recv.status)
        return STREAM_END;
    self->has = true;
    s->item = self->into;
    return STREAM_ITEM;
}

static inline void stream_mpsc_drop(struct stream *s)
{
    struct stream_mpsc *self = container_of(s, struct stream_mpsc, stream);
    stream_mpsc_drop_item_(self);
    if (self->waits)
        future_drop(&self->recv.future);
}

static inline void stream_mpsc_children(struct stream *s, future_visit *visit,
                                        void *data)
{
    struct stream_mpsc *self = container_of(s, struct stream_mpsc, stream);
    if (self->waits)
        visit(&self->recv.future, data);
}

static const struct stream_ops stream_mpsc_ops_ =
    STREAM_COMBINATOR_OPS(stream_mpsc);

/* Each item is a value that was received, at `into`.  The receiver is lent: it
 * stays yours, and outlives the stream. */
#define stream_from_mpsc(self, receiver, into)                    \
    stream_from_mpsc_(self, mpsc_receiver_handle((receiver)->rx), \
                      CARRIED(receiver, into))
static inline struct stream *stream_from_mpsc_(struct stream_mpsc *self,
                                               struct mpsc *rx, void *into)
{
    *self = (struct stream_mpsc){ .stream.ops = &stream_mpsc_ops_,
                                  .channel = rx,
                                  .into = into };
    return &self->stream;
}
#endif
