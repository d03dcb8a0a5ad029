/* Exercise: a stream that leaves items out.
 *
 * Read:   notes/a09_streams.md, "Streams made of streams", up to the place
 *         where this exercise is named
 * Build:  A filter: it gives those items of its source for which keep() says
 *         true.
 * Why:    When the filter leaves an item out, it has nothing to give yet, but
 *         its source was not PENDING.  So nobody has the waker.
 * Rules:  The filter is PENDING only if its source is.
 *         The source is not asked for an item before that item is needed.
 *         The item is the one of the source: it is not copied.
 *         The filter owns its source.  Poll and drop it only through
 *         stream_poll_next() and stream_drop(), and not after its end.
 * Check:  ./learn check a09_filter
 */
#include "a09_streams/stream.h"

struct filter {
    struct stream stream;
    struct stream *source;
    bool (*keep)(void *item); /* is called once for each item of the source */
};

static enum stream_poll filter_poll_next(struct stream *s, struct context *cx)
{
    struct filter *self = container_of(s, struct filter, stream);
    enum stream_poll result;
    do {
        result = stream_poll_next(self->source, cx);
    } while (result == STREAM_ITEM && !self->keep(self->source->item));
    if (result == STREAM_ITEM)
        s->item = self->source->item;
    return result;
}

static void filter_drop(struct stream *s)
{
    struct filter *self = container_of(s, struct filter, stream);
    stream_drop(self->source);
}

static const struct stream_ops filter_ops = STREAM_OPS(filter);

static struct stream *filter(struct filter *self, struct stream *source,
                             bool (*keep)(void *item))
{
    *self = (struct filter){ .stream.ops = &filter_ops,
                             .source = source,
                             .keep = keep };
    return &self->stream;
}
