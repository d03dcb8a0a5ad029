/* marc_writer.h: the actor that owns the output file of a08_marc.
 *
 * Nobody else writes there, so each record is whole, and no lock is needed.  It
 * ends when no sender is left, or when it cannot write: then its receiver is
 * dropped, and all who send to it hear UV_EPIPE.
 */
#ifndef A08_MARC_WRITER_H
#define A08_MARC_WRITER_H

#include "a08_channels/marc_record.h"
#include "a08_channels/marc_title.h"

struct marc_writer {
    struct async async;
    record_rx rx; /* its own */
    struct file *file;
    bool titles; /* a line for each record, and not the record */
    struct record *record;
    size_t n; /* bytes in the buffer */
    struct mpsc_recv recv;
    struct file_write write;
    int status;              /* result: 0, or why it cannot write */
    uint64_t records, bytes; /* result: written, if the status is 0 */
    char buffer[1 << 17];    /* more than the longest record */
};

static inline bool marc_writer_has_room_(const struct marc_writer *self)
{
    return self->record->size <= sizeof self->buffer - self->n;
}

/* A title and its line end are shorter than their record. */
static inline void marc_writer_take_(struct marc_writer *self)
{
    struct record *r = self->record;
    char *to = self->buffer + self->n;
    size_t n = r->size;
    if (self->titles) {
        n = marc_title(r->bytes, to);
        to[n++] = '\n';
    } else {
        memcpy(to, r->bytes, n);
    }
    self->n += n;
    self->bytes += n;
    self->records++;
    self->record = NULL;
    free(r);
}

/* Many records are written at once, because a trip to the thread pool costs
 * more than copying them. */
static inline enum poll marc_writer_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct marc_writer);
    do {
        AWAIT(mpsc_recv(&self->recv, &self->rx, &self->record));
        if (self->recv.status || !marc_writer_has_room_(self)) {
            AWAIT(file_write(&self->write, self->file, self->buffer, self->n));
            self->n = 0;
            self->status = self->write.status;
        }
        if (self->recv.status == 0)
            marc_writer_take_(self);
    } while (self->status == 0 && self->recv.status == 0);
    ASYNC_FINALLY
    free(self->record);
    mpsc_receiver_drop(&self->rx);
    ASYNC_END;
}

static const struct future_ops marc_writer_ops_ = ASYNC_OPS(marc_writer);

/* Write what comes through `rx` to the file, which stays yours. */
static inline struct future *marc_writer(struct marc_writer *self, record_rx rx,
                                         struct file *file, bool titles)
{
    *self = (struct marc_writer){ .async.future.ops = &marc_writer_ops_,
                                  .rx = rx,
                                  .file = file,
                                  .titles = titles };
    return &self->async.future;
}
#endif
