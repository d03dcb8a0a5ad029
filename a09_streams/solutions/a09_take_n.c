/* Exercise: the first n items, and not one more.
 *
 * Read:   notes/a09_streams.md, "Streams made of streams", up to the place
 *         where this exercise is named
 * Build:  take_n: it gives the first n items of its source, and then it ends.
 * Why:    To ask a source for an item too many is not harmless.  It may wait
 *         without end, or the item that it gives is lost for the others.
 * Rules:  After n items the source is not asked again, also not to find out
 *         whether it has ended.
 *         The source may end earlier.  Then take_n ends, too.
 *         The n-th item must still be there until the next poll.
 *         When take_n ends before its source, it drops the source: nobody else
 *         will.  Drop it only through stream_drop().
 * Check:  ./learn check a09_take_n
 */
#include "a09_streams/stream.h"

struct take_n {
    struct stream stream;
    struct stream *source;
    size_t n; /* how many are still to come; 0 is allowed from the start */
};

static enum stream_poll take_n_poll_next(struct stream *s, struct context *cx)
{
    struct take_n *self = container_of(s, struct take_n, stream);
    enum stream_poll result;
    if (self->n == 0) {
        stream_drop(self->source);
        return STREAM_END;
    }
    result = stream_poll_next(self->source, cx);
    if (result == STREAM_ITEM) {
        self->n--;
        s->item = self->source->item;
    }
    return result;
}

static void take_n_drop(struct stream *s)
{
    struct take_n *self = container_of(s, struct take_n, stream);
    stream_drop(self->source);
}

static const struct stream_ops take_n_ops = STREAM_OPS(take_n);

static struct stream *take_n(struct take_n *self, struct stream *source,
                             size_t n)
{
    *self =
        (struct take_n){ .stream.ops = &take_n_ops, .source = source, .n = n };
    return &self->stream;
}
