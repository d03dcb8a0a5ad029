/* marc_reader.h: the task that reads one input of a08_marc.
 *
 * It sends each good record to the writer, and waits there while the channel is
 * full.  If a record is broken, it says where, and goes on after that record.
 */
#ifndef A08_MARC_READER_H
#define A08_MARC_READER_H

#include "a08_channels/marc_files.h"
#include "a08_channels/marc_record.h"

struct marc_reader {
    struct async async;
    struct marc_input *input;
    record_tx tx; /* its own */
    struct file *file;
    struct marc *marc;
    enum marc_event event;
    struct record *record; /* not sent yet */
    int status; /* result: 0, an error, or UV_EPIPE: the writer has ended */
    struct file_open open;
    struct file_read read;
    struct mpsc_send send;
};

static inline struct future *marc_reader_read_(struct marc_reader *self)
{
    size_t size;
    unsigned char *room = marc_room(self->marc, &size);
    return file_read(&self->read, self->file, room, size);
}

static inline void marc_reader_complain_(struct marc_reader *self)
{
    self->input->broken++;
    fprintf(stderr, "%s: record %llu at byte %llu: %s\n", self->input->name,
            (unsigned long long)self->marc->number,
            (unsigned long long)self->marc->offset, self->marc->error);
}

static inline enum poll marc_reader_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct marc_reader);
    self->marc = malloc(sizeof *self->marc);
    if (!self->marc)
        ASYNC_RETURN(self->status = UV_ENOMEM);
    marc_init(self->marc);
    if (self->input->fd < 0)
        AWAIT(file_open(&self->open, &self->file, self->input->name, O_RDONLY,
                        0));
    else
        self->open.status = file_from(&self->file, self->input->fd);
    self->status = self->open.status;
    while (self->status == 0 &&
           (self->event = marc_next(self->marc)) != MARC_END) {
        if (self->event == MARC_MORE) {
            AWAIT(marc_reader_read_(self));
            if (self->read.n < 0)
                ASYNC_RETURN(self->status = (int)self->read.n);
            marc_add(self->marc, (size_t)self->read.n);
        } else if (self->event == MARC_BROKEN) {
            marc_reader_complain_(self);
        } else {
            self->record =
                record_copy(self->marc->record, (size_t)self->marc->size);
            if (!self->record)
                ASYNC_RETURN(self->status = UV_ENOMEM);
            AWAIT(mpsc_send(&self->send, &self->tx, &self->record));
            self->status = self->send.status;
            if (self->status == 0) {
                self->record = NULL; /* it belongs to the channel */
                self->input->records++;
            }
        }
    }
    ASYNC_FINALLY
    free(self->record);
    free(self->marc);
    file_close(self->file);
    mpsc_sender_drop(&self->tx);
    ASYNC_END;
}

static const struct future_ops marc_reader_ops_ = ASYNC_OPS(marc_reader);

static inline struct future *marc_reader(struct marc_reader *self,
                                         struct marc_input *input, record_tx tx)
{
    *self = (struct marc_reader){ .async.future.ops = &marc_reader_ops_,
                                  .input = input,
                                  .tx = tx };
    return &self->async.future;
}
#endif
