/* map.h: a stream made of one other: what happens to each item.
 *
 * stream_map()         each item, changed
 * stream_filter()      the items for which a function says true
 * stream_filter_map()  both in one: NULL leaves an item out
 * stream_take()        the first n
 * stream_take_while()  those before the first for which a function says false
 * stream_skip()        all but the first n
 * stream_chunks()      n at a time, in an array of yours; the last may be fewer
 *
 * Each owns its source.  Each keeps the pace of its source: it polls only when
 * it is polled, and it is PENDING only if its source is.
 *
 * A chunk has copies of the bytes, and the source drops each item after that.
 * So stream_chunks() is not for items that own memory.
 *
 * A function gets `data`, which is yours, and the source's item.  What a map
 * returns is the item, so it must live until the next call: in `data`, or in
 * place of the old item.  For a running sum (a "scan"), keep the sum in `data`.
 */
#ifndef A09_MAP_H
#define A09_MAP_H

#include "a09_streams/stream.h"

typedef void *stream_map_fn(void *data, void *item);
typedef bool stream_test_fn(void *data, void *item);

struct stream_over { /* over one source; each constructor uses what it needs */
    struct stream stream;
    struct stream *source;
    stream_map_fn *map;
    stream_test_fn *test;
    void *data;
    size_t n; /* still to take, or to skip */
};

static inline void stream_over_drop(struct stream *s)
{
    stream_drop(container_of(s, struct stream_over, stream)->source);
}

static inline void stream_over_children(struct stream *s, future_visit *visit,
                                        void *data)
{
    stream_children(container_of(s, struct stream_over, stream)->source, visit,
                    data);
}

/* The source's next item, or why there is none. */
static inline enum stream_poll stream_over_poll(struct stream_over *self,
                                                struct context *cx)
{
    enum stream_poll result = stream_poll_next(self->source, cx);
    if (result == STREAM_ITEM)
        self->stream.item = self->source->item;
    return result;
}

/* The combinator ends before its source does, so it drops the source. */
static inline enum stream_poll stream_over_end(struct stream_over *self)
{
    stream_drop(self->source);
    return STREAM_END;
}

#define STREAM_OVER_OPS_(fn)                                                  \
    static const struct stream_ops fn##_ops_ = { .name = #fn,                 \
                                                 .poll_next = fn##_poll_next, \
                                                 .drop = stream_over_drop,    \
                                                 .children =                  \
                                                     stream_over_children }

/* ---- map, filter, filter_map --------------------------------------------- */

static inline enum stream_poll stream_map_poll_next(struct stream *s,
                                                    struct context *cx)
{
    struct stream_over *self = container_of(s, struct stream_over, stream);
    enum stream_poll result = stream_over_poll(self, cx);
    if (result == STREAM_ITEM)
        s->item = self->map(self->data, s->item);
    return result;
}
STREAM_OVER_OPS_(stream_map);

static inline struct stream *stream_map(struct stream_over *self,
                                        struct stream *source,
                                        stream_map_fn *map, void *data)
{
    *self = (struct stream_over){ .stream.ops = &stream_map_ops_,
                                  .source = source,
                                  .map = map,
                                  .data = data };
    return &self->stream;
}

/* After an item that is left out, the filter asks for the next one at once.
 * Otherwise nothing would wake it. */
static inline enum stream_poll stream_filter_poll_next(struct stream *s,
                                                       struct context *cx)
{
    struct stream_over *self = container_of(s, struct stream_over, stream);
    enum stream_poll result;
    do {
        result = stream_over_poll(self, cx);
    } while (result == STREAM_ITEM && !self->test(self->data, s->item));
    return result;
}
STREAM_OVER_OPS_(stream_filter);

static inline struct stream *stream_filter(struct stream_over *self,
                                           struct stream *source,
                                           stream_test_fn *test, void *data)
{
    *self = (struct stream_over){ .stream.ops = &stream_filter_ops_,
                                  .source = source,
                                  .test = test,
                                  .data = data };
    return &self->stream;
}

static inline enum stream_poll stream_filter_map_poll_next(struct stream *s,
                                                           struct context *cx)
{
    struct stream_over *self = container_of(s, struct stream_over, stream);
    enum stream_poll result;
    do {
        result = stream_over_poll(self, cx);
        if (result == STREAM_ITEM)
            s->item = self->map(self->data, s->item);
    } while (result == STREAM_ITEM && !s->item);
    return result;
}
STREAM_OVER_OPS_(stream_filter_map);

static inline struct stream *stream_filter_map(struct stream_over *self,
                                               struct stream *source,
                                               stream_map_fn *map, void *data)
{
    *self = (struct stream_over){ .stream.ops = &stream_filter_map_ops_,
                                  .source = source,
                                  .map = map,
                                  .data = data };
    return &self->stream;
}

/* ---- take, take_while, skip ---------------------------------------------- */

/* The source is not asked for one item too many. */
static inline enum stream_poll stream_take_poll_next(struct stream *s,
                                                     struct context *cx)
{
    struct stream_over *self = container_of(s, struct stream_over, stream);
    enum stream_poll result;
    if (self->n == 0)
        return stream_over_end(self);
    result = stream_over_poll(self, cx);
    self->n -= result == STREAM_ITEM;
    return result;
}
STREAM_OVER_OPS_(stream_take);

static inline struct stream *stream_take(struct stream_over *self,
                                         struct stream *source, size_t n)
{
    *self = (struct stream_over){ .stream.ops = &stream_take_ops_,
                                  .source = source,
                                  .n = n };
    return &self->stream;
}

static inline enum stream_poll stream_take_while_poll_next(struct stream *s,
                                                           struct context *cx)
{
    struct stream_over *self = container_of(s, struct stream_over, stream);
    enum stream_poll result = stream_over_poll(self, cx);
    if (result == STREAM_ITEM && !self->test(self->data, s->item))
        return stream_over_end(self);
    return result;
}
STREAM_OVER_OPS_(stream_take_while);

static inline struct stream *stream_take_while(struct stream_over *self,
                                               struct stream *source,
                                               stream_test_fn *test, void *data)
{
    *self = (struct stream_over){ .stream.ops = &stream_take_while_ops_,
                                  .source = source,
                                  .test = test,
                                  .data = data };
    return &self->stream;
}

static inline enum stream_poll stream_skip_poll_next(struct stream *s,
                                                     struct context *cx)
{
    struct stream_over *self = container_of(s, struct stream_over, stream);
    enum stream_poll result;
    while ((result = stream_over_poll(self, cx)) == STREAM_ITEM && self->n > 0)
        self->n--;
    return result;
}
STREAM_OVER_OPS_(stream_skip);

static inline struct stream *stream_skip(struct stream_over *self,
                                         struct stream *source, size_t n)
{
    *self = (struct stream_over){ .stream.ops = &stream_skip_ops_,
                                  .source = source,
                                  .n = n };
    return &self->stream;
}

/* ---- chunks -------------------------------------------------------------- */

struct stream_chunk { /* the item */
    void *items;      /* copies, in your array */
    size_t n;
};

struct stream_chunks {
    struct stream_over over;
    struct stream_chunk chunk;
    size_t most, size; /* items in a chunk; bytes of an item */
    bool ended;        /* the source has; the last chunk was given */
};

static inline enum stream_poll stream_chunks_poll_next(struct stream *s,
                                                       struct context *cx)
{
    struct stream_chunks *self =
        container_of(s, struct stream_chunks, over.stream);
    enum stream_poll result = STREAM_ITEM;
    if (self->ended)
        return STREAM_END;
    if (self->chunk.n == self->most) /* that one was given */
        self->chunk.n = 0;
    while (self->chunk.n < self->most) {
        result = stream_over_poll(&self->over, cx);
        if (result != STREAM_ITEM)
            break;
        memcpy((char *)self->chunk.items + self->chunk.n++ * self->size,
               s->item, self->size);
    }
    self->ended = result == STREAM_END;
    if (result == STREAM_PENDING || self->chunk.n == 0)
        return result;
    s->item = &self->chunk;
    return STREAM_ITEM;
}

static inline void stream_chunks_drop(struct stream *s)
{
    stream_drop(
        container_of(s, struct stream_chunks, over.stream)->over.source);
}

static inline void stream_chunks_children(struct stream *s, future_visit *visit,
                                          void *data)
{
    stream_children(container_of(s, struct stream_chunks, over.stream)
                        ->over.source,
                    visit, data);
}

static const struct stream_ops stream_chunks_ops_ =
    STREAM_COMBINATOR_OPS(stream_chunks);

/* Each item is a struct stream_chunk.  `array` has room for n items. */
#define stream_chunks(self, source, array, n) \
    stream_chunks_(self, source, array, n, sizeof *(array))
static inline struct stream *stream_chunks_(struct stream_chunks *self,
                                            struct stream *source, void *array,
                                            size_t n, size_t size)
{
    if (n == 0)
        misuse("stream_chunks: chunks of 0 items would never end");
    *self = (struct stream_chunks){ .over.stream.ops = &stream_chunks_ops_,
                                    .over.source = source,
                                    .chunk.items = array,
                                    .most = n,
                                    .size = size };
    return &self->over.stream;
}
#endif
