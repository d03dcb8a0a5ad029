/* Exercise: the items of two streams, as they come.
 *
 * Read:   notes/a09_streams.md, "Streams made of streams", up to the place
 *         where this exercise is named
 * Build:  merge_two: it gives the items of both its sources.
 * Why:    A source may be pending, or may have ended, or may have an item each
 *         time.  None of these may keep the items of the other source away.
 * Rules:  merge_two is PENDING only if no source has an item.  Then each source
 *         that has not ended must have the waker.
 *         It ends when both sources have ended.
 *         It is fair: if both sources have an item each time, neither gives
 *         more than two in a row.
 *         One item is asked for at a time: an item that you do not give now
 *         must not be asked for now.
 *         It owns both sources.  Poll and drop them only through
 *         stream_poll_next() and stream_drop(), and not after their end.
 * Check:  ./learn check a09_merge_two
 */
#include "a09_streams/stream.h"

struct merge_two {
    struct stream stream;
    struct stream *sources[2];
    bool ended[2]; /* these sources have */
    int first;     /* the source that is asked first, 0 or 1 */
};

static enum stream_poll merge_two_poll_next(struct stream *s,
                                            struct context *cx)
{
    struct merge_two *self = container_of(s, struct merge_two, stream);
    for (int i = 0; i < 2; i++) {
        int which = i == 0 ? self->first : !self->first;
        enum stream_poll result = STREAM_END;
        if (!self->ended[which])
            result = stream_poll_next(self->sources[which], cx);
        self->ended[which] = result == STREAM_END;
        if (result == STREAM_ITEM) {
            s->item = self->sources[which]->item;
            self->first = !which;
            return STREAM_ITEM;
        }
    }
    return self->ended[0] && self->ended[1] ? STREAM_END : STREAM_PENDING;
}

static void merge_two_drop(struct stream *s)
{
    struct merge_two *self = container_of(s, struct merge_two, stream);
    stream_drop(self->sources[0]);
    stream_drop(self->sources[1]);
}

static const struct stream_ops merge_two_ops = STREAM_OPS(merge_two);

static struct stream *merge_two(struct merge_two *self, struct stream *a,
                                struct stream *b)
{
    *self =
        (struct merge_two){ .stream.ops = &merge_two_ops, .sources = { a, b } };
    return &self->stream;
}
