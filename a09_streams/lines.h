/* lines.h: a stream of the lines of a file, a connection or any other reader.
 *
 *     struct line *line = self->next.item;     "%s" of line->text
 *
 * line     ends with LF or CR LF, which are not part of it.  The last line
 *          needs no end.  A NUL in a line is a byte like others.  Behind each
 *          line the stream puts a NUL, which is not part of it.  The text lies
 *          in the buffer, until the next poll.
 * buffer   yours.  It needs room for the longest line and its CR LF.
 * status   after the end: 0; the error of a read; UV_EMSGSIZE: line `number`
 *          does not fit into the buffer.
 * next     Bytes that have come stay in the buffer: a stream_next() that is
 *          dropped loses no part of a line.  A line costs a step of the budget
 *          (budget.h).
 * ahead    While you handle the lines of one read of a file, the next read is
 *          under way, if the buffer has room for it; never a second one.
 *
 * A struct reader reads the bytes.  There is one for files and one for
 * connections; neither closes what it reads from.
 */
#ifndef A09_LINES_H
#define A09_LINES_H

#include "a05_spawn/tcp.h"
#include "a06_yield/budget.h"
#include "a08_channels/file.h"
#include "a09_streams/stream.h"

/* ---- Who reads ----------------------------------------------------------- */

struct reader { /* the first member of your own struct */
    /* A future that reads 1 to `size` bytes. */
    struct future *(*read)(struct reader *self, void *into, size_t size);
    /* What came of it: how many, 0: the end, or an error. */
    ssize_t (*result)(const struct reader *self);
    /* It may read before more is needed, because a read neither waits for a
     * peer nor loses anything if it is dropped. */
    bool ahead;
};

struct file_reader {
    struct reader reader;
    struct file *file;
    struct file_read read;
};

static inline struct future *file_reader_read_(struct reader *r, void *into,
                                               size_t size)
{
    struct file_reader *self = container_of(r, struct file_reader, reader);
    return file_read(&self->read, self->file, into, size);
}

static inline ssize_t file_reader_result_(const struct reader *r)
{
    return container_of(r, const struct file_reader, reader)->read.n;
}

static inline struct reader *file_reader(struct file_reader *self,
                                         struct file *file)
{
    bool ahead = file->offset >= 0; /* no pipe, no terminal */
    *self = (struct file_reader){ .reader = { file_reader_read_,
                                              file_reader_result_, ahead },
                                  .file = file };
    return &self->reader;
}

struct tcp_reader {
    struct reader reader;
    struct tcp *tcp;
    struct tcp_read read;
};

static inline struct future *tcp_reader_read_(struct reader *r, void *into,
                                              size_t size)
{
    struct tcp_reader *self = container_of(r, struct tcp_reader, reader);
    return tcp_read(&self->read, self->tcp, into, size);
}

static inline ssize_t tcp_reader_result_(const struct reader *r)
{
    return container_of(r, const struct tcp_reader, reader)->read.n;
}

static inline struct reader *tcp_reader(struct tcp_reader *self,
                                        struct tcp *tcp)
{
    *self = (struct tcp_reader){
        .reader = { tcp_reader_read_, tcp_reader_result_, false }, .tcp = tcp
    };
    return &self->reader;
}

/* ---- Lines --------------------------------------------------------------- */

struct line { /* the item */
    char *text;
    size_t size;
    uint64_t number; /* from 1 */
};

struct lines {
    struct stream stream;
    struct reader *reader;
    struct future *reading; /* the read that is under way, or NULL */
    char *buffer;
    size_t size;       /* of the buffer */
    size_t begin, end; /* what has come, and is not given yet */
    bool ended;        /* all has come */
    struct line line;
    int status; /* result, at the end */
};

/* The line up to `end`; the next one begins at `next`.  There is room for the
 * NUL: it replaces the LF or CR.  Behind a last line without LF there is room,
 * too, because the read that found the end of the file had room for a byte. */
static inline enum stream_poll lines_give_(struct lines *self, size_t end,
                                           size_t next)
{
    struct line *line = &self->line;
    line->text = self->buffer + self->begin;
    line->size = end - self->begin;
    if (next > end && line->size > 0 && line->text[line->size - 1] == '\r')
        line->size--;
    line->text[line->size] = '\0';
    line->number++;
    self->begin = next;
    self->stream.item = line;
    return STREAM_ITEM;
}

/* Begin to read behind what has come.  Before that, move it to the front if it
 * is small, or if there is no room behind it.  False: there is none at all. */
static inline bool lines_ask_(struct lines *self)
{
    size_t has = self->end - self->begin;
    if (self->begin >= has || self->end == self->size) {
        memmove(self->buffer, self->buffer + self->begin, has);
        self->begin = 0;
        self->end = has;
    }
    if (self->end == self->size)
        return false;
    self->reading = self->reader->read(self->reader, self->buffer + self->end,
                                       self->size - self->end);
    return true;
}

/* READY: more has come, or the end, or an error. */
static inline enum poll lines_take_(struct lines *self, struct context *cx)
{
    ssize_t n;
    if (future_poll(self->reading, cx) == POLL_PENDING)
        return POLL_PENDING;
    self->reading = NULL;
    n = self->reader->result(self->reader);
    if (n < 0)
        self->status = (int)n;
    else
        self->end += (size_t)n;
    self->ended = n == 0;
    return POLL_READY;
}

static inline enum poll lines_fill_(struct lines *self, struct context *cx)
{
    if (!self->reading && !lines_ask_(self)) {
        self->status = UV_EMSGSIZE;
        self->line.number++;
        return POLL_READY;
    }
    if (lines_take_(self, cx) == POLL_PENDING)
        return POLL_PENDING;
    if (self->reader->ahead && !self->ended && !self->status &&
        lines_ask_(self))
        (void)lines_take_(self, cx); /* so that it begins */
    return POLL_READY;
}

static inline enum stream_poll lines_poll_next(struct stream *s,
                                               struct context *cx)
{
    struct lines *self = container_of(s, struct lines, stream);
    size_t seen = 0; /* bytes in which there is no end of a line */
    if (!budget_spend(cx))
        return STREAM_PENDING;
    for (;;) {
        char *from = self->buffer + self->begin + seen;
        size_t n = self->end - self->begin - seen;
        char *lf = memchr(from, '\n', n);
        if (lf)
            return lines_give_(self, (size_t)(lf - self->buffer),
                               (size_t)(lf - self->buffer) + 1);
        if (self->ended && self->begin < self->end)
            return lines_give_(self, self->end, self->end);
        if (self->ended || self->status)
            return STREAM_END;
        seen += n;
        if (lines_fill_(self, cx) == POLL_PENDING) {
            cx->spent--; /* it waits, so it costs no step */
            return STREAM_PENDING;
        }
    }
}

static inline void lines_drop(struct stream *s)
{
    future_drop(container_of(s, struct lines, stream)->reading);
}

static inline void lines_children(struct stream *s, future_visit *visit,
                                  void *data)
{
    struct lines *self = container_of(s, struct lines, stream);
    if (self->reading)
        visit(self->reading, data);
}

static const struct stream_ops lines_ops_ = STREAM_COMBINATOR_OPS(lines);

/* The lines of what `reader` reads; each item is a struct line. */
static inline struct stream *lines(struct lines *self, struct reader *reader,
                                   char *buffer, size_t size)
{
    if (size < 2)
        misuse("lines: a buffer of %zu bytes has no room for a line", size);
    if (!reader || !reader->read)
        misuse("lines: the reader is NULL or all zeroes; make one with "
               "file_reader() or tcp_reader()");
    *self = (struct lines){ .stream.ops = &lines_ops_,
                            .reader = reader,
                            .buffer = buffer,
                            .size = size };
    return &self->stream;
}
#endif
