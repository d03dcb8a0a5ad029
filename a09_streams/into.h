/* into.h: what becomes of a stream: futures that take all its items.
 *
 * stream_for_each()  calls a function for each item, one after the other
 *                    (for a fold, the function changes `data`, the result)
 * stream_collect()   copies the items into an array that grows
 *
 * Each is READY at the end of the stream, which it owns.
 *
 * A collect copies only the bytes of an item, and the stream drops the item
 * after that.  So it is not for items that own memory.  To keep such items, use
 * stream_for_each(): its function copies the item, and leaves zeroes in its
 * place.
 */
#ifndef A09_INTO_H
#define A09_INTO_H

#include "a09_streams/stream.h"

/* ---- for_each ------------------------------------------------------------ */

struct stream_for_each {
    struct future future;
    struct stream *stream;
    void (*fn)(void *data, void *item);
    void *data;
};

/* It owns the stream and waits for nothing else.  So it needs no stream_next(),
 * which would be made and polled for each item. */
static inline enum poll stream_for_each_poll(struct future *f,
                                             struct context *cx)
{
    struct stream_for_each *self =
        container_of(f, struct stream_for_each, future);
    enum stream_poll result;
    while ((result = stream_poll_next(self->stream, cx)) == STREAM_ITEM)
        self->fn(self->data, self->stream->item);
    return result == STREAM_END ? POLL_READY : POLL_PENDING;
}

static inline void stream_for_each_drop(struct future *f)
{
    stream_drop(container_of(f, struct stream_for_each, future)->stream);
}

static inline void stream_for_each_children(struct future *f,
                                            future_visit *visit, void *data)
{
    stream_children(container_of(f, struct stream_for_each, future)->stream,
                    visit, data);
}

static const struct future_ops stream_for_each_ops_ =
    COMBINATOR_OPS(stream_for_each);

static inline struct future *stream_for_each(struct stream_for_each *self,
                                             struct stream *stream,
                                             void (*fn)(void *data, void *item),
                                             void *data)
{
    *self = (struct stream_for_each){ .future.ops = &stream_for_each_ops_,
                                      .stream = stream,
                                      .fn = fn,
                                      .data = data };
    return &self->future;
}

/* ---- collect ------------------------------------------------------------- */

struct stream_collect {
    struct async async;
    struct stream *stream;
    size_t size; /* of an item */
    void *items; /* result: n copies, yours to free; NULL: n is 0 */
    size_t n;    /* result */
    int status;  /* result: 0 or UV_ENOMEM; then there is no array */
    size_t room;
    struct stream_next next;
};

/* False: no memory. */
static inline bool stream_collect_add_(struct stream_collect *self,
                                       const void *item)
{
    if (self->n == self->room) {
        size_t room = self->room ? 2 * self->room : 16;
        void *items = NULL;
        if (room <= SIZE_MAX / self->size)
            items = realloc(self->items, room * self->size);
        if (!items)
            return false;
        self->items = items;
        self->room = room;
    }
    memcpy((char *)self->items + self->n++ * self->size, item, self->size);
    return true;
}

static inline enum poll stream_collect_poll(struct future *f,
                                            struct context *cx)
{
    ASYNC_BEGIN(struct stream_collect);
    for (;;) {
        AWAIT(stream_next(&self->next, self->stream));
        if (!self->next.item)
            ASYNC_RETURN(self->status = 0);
        if (!stream_collect_add_(self, self->next.item))
            ASYNC_RETURN(self->status = UV_ENOMEM);
    }
    ASYNC_FINALLY
    stream_drop(self->stream);
    if (self->status) {
        free(self->items);
        self->items = NULL;
        self->n = 0;
    }
    ASYNC_END;
}

static const struct future_ops stream_collect_ops_ = ASYNC_OPS(stream_collect);

/* `type` is what an item points to; its bytes are copied. */
#define stream_collect(self, stream, type) \
    stream_collect_(self, stream, sizeof(type))
static inline struct future *stream_collect_(struct stream_collect *self,
                                             struct stream *stream, size_t size)
{
    *self = (struct stream_collect){ .async.future.ops = &stream_collect_ops_,
                                     .stream = stream,
                                     .size = size,
                                     .status = UV_ECANCELED }; /* if dropped */
    return &self->async.future;
}
#endif
