/* merge.h: a stream made of two others.
 *
 * stream_merge()  the items of both, as they come; ends when both have ended
 * stream_zip()    pairs, the n-th of one with the n-th of the other; ends when
 *                 one of them has ended
 * stream_chain()  first all of one, then all of the other
 *
 * Each owns both sources.
 */
#ifndef A09_MERGE_H
#define A09_MERGE_H

#include "a09_streams/stream.h"

struct stream_pair { /* the item of a zip: two items */
    void *a, *b;
};

struct stream_two { /* over two sources */
    struct stream stream;
    struct stream *sources[2];
    bool ended[2];
    int first;               /* merge: who is asked first; chain: who gives */
    struct stream_pair pair; /* zip: NULL, for what has not come yet */
};

static inline void stream_two_drop(struct stream *s)
{
    struct stream_two *self = container_of(s, struct stream_two, stream);
    for (int i = 0; i < 2; i++)
        stream_drop(self->sources[i]);
}

static inline void stream_two_children(struct stream *s, future_visit *visit,
                                       void *data)
{
    struct stream_two *self = container_of(s, struct stream_two, stream);
    for (int i = 0; i < 2; i++)
        stream_children(self->sources[i], visit, data);
}

/* A source that has ended is not polled again. */
static inline enum stream_poll stream_two_poll(struct stream_two *self, int i,
                                               struct context *cx)
{
    enum stream_poll result =
        self->ended[i] ? STREAM_END : stream_poll_next(self->sources[i], cx);
    self->ended[i] = result == STREAM_END;
    if (result == STREAM_ITEM)
        self->stream.item = self->sources[i]->item;
    return result;
}

/* ---- merge --------------------------------------------------------------- */

/* The source that gave the last item is asked last.  After a poll that spent
 * the budget, the two change places.  So neither source can starve. */
static inline enum stream_poll stream_merge_poll_next(struct stream *s,
                                                      struct context *cx)
{
    struct stream_two *self = container_of(s, struct stream_two, stream);
    enum stream_poll result = STREAM_END;
    bool spent = context_is_spent(cx);
    for (int i = 0; i < 2; i++) {
        int which = i == 0 ? self->first : !self->first;
        enum stream_poll one = stream_two_poll(self, which, cx);
        if (one == STREAM_ITEM) {
            self->first = !which;
            return STREAM_ITEM;
        }
        if (one == STREAM_PENDING)
            result = STREAM_PENDING;
    }
    if (!spent && context_is_spent(cx))
        self->first = !self->first;
    return result;
}

static const struct stream_ops stream_merge_ops_ = {
    .name = "stream_merge",
    .poll_next = stream_merge_poll_next,
    .drop = stream_two_drop,
    .children = stream_two_children,
};

static inline struct stream *stream_merge(struct stream_two *self,
                                          struct stream *a, struct stream *b)
{
    *self = (struct stream_two){ .stream.ops = &stream_merge_ops_,
                                 .sources = { a, b } };
    return &self->stream;
}

/* ---- zip ----------------------------------------------------------------- */

/* The item of one source stays in that source until the other has one, too. */
static inline enum stream_poll stream_zip_poll_next(struct stream *s,
                                                    struct context *cx)
{
    struct stream_two *self = container_of(s, struct stream_two, stream);
    void **halves[2] = { &self->pair.a, &self->pair.b };
    bool pending = false;
    if (self->pair.a && self->pair.b) /* that pair was given */
        self->pair = (struct stream_pair){ NULL, NULL };
    for (int i = 0; i < 2; i++) {
        enum stream_poll result = STREAM_ITEM;
        if (!*halves[i])
            result = stream_two_poll(self, i, cx);
        if (result == STREAM_END) {
            stream_two_drop(s);
            return STREAM_END;
        }
        if (result == STREAM_PENDING)
            pending = true;
        else
            *halves[i] = self->sources[i]->item;
    }
    s->item = &self->pair;
    return pending ? STREAM_PENDING : STREAM_ITEM;
}

static const struct stream_ops stream_zip_ops_ = {
    .name = "stream_zip",
    .poll_next = stream_zip_poll_next,
    .drop = stream_two_drop,
    .children = stream_two_children,
};

/* Each item is a struct stream_pair. */
static inline struct stream *stream_zip(struct stream_two *self,
                                        struct stream *a, struct stream *b)
{
    *self = (struct stream_two){ .stream.ops = &stream_zip_ops_,
                                 .sources = { a, b } };
    return &self->stream;
}

/* ---- chain --------------------------------------------------------------- */

static inline enum stream_poll stream_chain_poll_next(struct stream *s,
                                                      struct context *cx)
{
    struct stream_two *self = container_of(s, struct stream_two, stream);
    if (self->first == 0) {
        enum stream_poll result = stream_two_poll(self, 0, cx);
        if (result != STREAM_END)
            return result;
        self->first = 1;
    }
    return stream_two_poll(self, 1, cx);
}

static const struct stream_ops stream_chain_ops_ = {
    .name = "stream_chain",
    .poll_next = stream_chain_poll_next,
    .drop = stream_two_drop,
    .children = stream_two_children,
};

static inline struct stream *stream_chain(struct stream_two *self,
                                          struct stream *a, struct stream *b)
{
    *self = (struct stream_two){ .stream.ops = &stream_chain_ops_,
                                 .sources = { a, b } };
    return &self->stream;
}
#endif
