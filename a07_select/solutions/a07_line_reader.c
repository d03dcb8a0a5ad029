/* Exercise: a line reader that may be interrupted.
 *
 * Read:   notes/a07_select.md, "What is lost with a loser"
 * Build:  next_line(), which collects bytes until a whole line is there, and
 *         hands it out without its newline.  The bytes come in pieces, and a
 *         piece may end anywhere in a line.
 * Why:    In a select loop next_line() often loses.  Then it is dropped, and
 *         made again in the next round.  So it must be cancel-safe: no byte may
 *         be lost with it.
 * Rules:  Bytes that were read and not handed out are kept in struct lines,
 *         which is not dropped.  If a whole line is there already, hand it out
 *         and do not read.  The last line may lack its newline.
 * Check:  ./learn check a07_line_reader
 */
#include "async.h"

/* ---- Given: bytes come in pieces, when they like ------------------------- */

enum { PIECE = 8, LINE = 80 }; /* the longest, with a byte to spare */

struct source {
    const char *piece; /* has come, and was not read yet; or NULL */
    bool end;          /* nothing more will come */
    struct waker waker;
};

struct
    source_read { /* a leaf; only READY takes a piece, so it is cancel-safe */
    struct future future;
    struct source *source;
    char bytes[PIECE]; /* result */
    size_t n;          /* result: how many; 0: the end */
};

static enum poll source_read_poll(struct future *f, struct context *cx)
{
    struct source_read *self = container_of(f, struct source_read, future);
    struct source *from = self->source;
    if (!from->piece && !from->end) {
        from->waker = context_waker(cx);
        return POLL_PENDING;
    }
    self->n = from->piece ? strlen(from->piece) : 0;
    memcpy(self->bytes, from->piece ? from->piece : "", self->n);
    from->piece = NULL;
    return POLL_READY;
}

static void source_read_drop(struct future *f)
{
    struct source_read *self = container_of(f, struct source_read, future);
    self->source->waker = (struct waker){ NULL, NULL };
}

static const struct future_ops source_read_ops = { .name = "source_read",
                                                   .poll = source_read_poll,
                                                   .drop = source_read_drop };

static inline struct future *source_read(struct source_read *self,
                                         struct source *source)
{
    *self = (struct source_read){ .future.ops = &source_read_ops,
                                  .source = source };
    return &self->future;
}

/* ---- Yours --------------------------------------------------------------- */

struct lines { /* lives as long as its source */
    struct source *source;
    char bytes[LINE + PIECE]; /* read, and not handed out yet */
    size_t n;                 /* how many */
    bool end;                 /* of the source */
};

struct next_line {
    struct async async;
    struct lines *lines;
    struct source_read read;
    char line[LINE]; /* result, without the newline */
    bool end;        /* result: there is no line any more */
};

/* Hand out the first `length` bytes, and forget those and `skip` more. */
static void hand_out(struct next_line *self, size_t length, size_t skip)
{
    struct lines *lines = self->lines;
    memcpy(self->line, lines->bytes, length);
    self->line[length] = '\0';
    lines->n -= length + skip;
    memmove(lines->bytes, lines->bytes + length + skip, lines->n);
}

static enum poll next_line_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct next_line);
    while (!memchr(self->lines->bytes, '\n', self->lines->n) &&
           !self->lines->end) {
        AWAIT(source_read(&self->read, self->lines->source));
        memcpy(self->lines->bytes + self->lines->n, self->read.bytes,
               self->read.n);
        self->lines->n += self->read.n;
        self->lines->end = self->read.n == 0;
    }
    {
        char *newline = memchr(self->lines->bytes, '\n', self->lines->n);
        if (newline)
            hand_out(self, (size_t)(newline - self->lines->bytes), 1);
        else if (self->lines->n > 0)
            hand_out(self, self->lines->n, 0);
        else
            self->end = true;
    }
    ASYNC_END;
}

static const struct future_ops next_line_ops = ASYNC_OPS(next_line);

static struct future *next_line(struct next_line *self, struct lines *lines)
{
    *self = (struct next_line){ .async.future.ops = &next_line_ops,
                                .lines = lines };
    return &self->async.future;
}
