/* Exercise: from pieces to lines.
 *
 * Read:   notes/a09_streams.md, "Lines of a file", up to the place where this
 *         exercise is named
 * Build:  A stream of lines over a stream of pieces.  The bytes come in pieces,
 *         and a piece may end anywhere.
 * Why:    One read is not one line.  A reader that takes each piece for a line
 *         works as long as the pieces are large, and then it does not.
 * Rules:  A line ends with LF or with CR LF, and neither is part of it.  A CR
 *         anywhere else is a byte like others.
 *         The last line may have no LF.  If no byte follows the last LF, no
 *         line follows it either.
 *         Use a whole piece before you ask for the next one.  While the source
 *         is pending, keep what has come.
 *         The stream owns its source.
 *         No line has more than LINE bytes, its LF or CR LF included.
 * Check:  ./learn check a09_split_lines
 */
#include "a09_streams/stream.h"

enum { LINE = 64 };

struct piece { /* the source's item: gone when the source is polled again */
    const char *bytes;
    size_t n; /* at least 1 */
};

struct split_lines {
    struct stream stream;
    struct stream *source;
    struct piece piece;  /* what is left of the latest one */
    bool ended;          /* the source has */
    size_t n;            /* how many bytes of a line have come */
    char line[LINE + 1]; /* the item: ends with a NUL */
};

static enum stream_poll split_lines_give(struct split_lines *self)
{
    self->line[self->n] = '\0';
    self->n = 0;
    self->stream.item = self->line;
    return STREAM_ITEM;
}

static enum stream_poll split_lines_poll_next(struct stream *s,
                                              struct context *cx)
{
    struct split_lines *self = container_of(s, struct split_lines, stream);
    while (!self->ended) {
        enum stream_poll result;
        while (self->piece.n > 0) {
            char byte = *self->piece.bytes++;
            self->piece.n--;
            if (byte != '\n') {
                self->line[self->n++] = byte;
                continue;
            }
            if (self->n > 0 && self->line[self->n - 1] == '\r')
                self->n--;
            return split_lines_give(self);
        }
        result = stream_poll_next(self->source, cx);
        if (result == STREAM_PENDING)
            return STREAM_PENDING;
        if (result == STREAM_ITEM)
            self->piece = *(struct piece *)self->source->item;
        self->ended = result == STREAM_END;
    }
    return self->n > 0 ? split_lines_give(self) : STREAM_END;
}

static void split_lines_drop(struct stream *s)
{
    struct split_lines *self = container_of(s, struct split_lines, stream);
    stream_drop(self->source);
}

static const struct stream_ops split_lines_ops = STREAM_OPS(split_lines);

/* Each item is a char *, a line that ends with a NUL. */
static struct stream *split_lines(struct split_lines *self,
                                  struct stream *source)
{
    *self = (struct split_lines){ .stream.ops = &split_lines_ops,
                                  .source = source };
    return &self->stream;
}
