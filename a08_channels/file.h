/* file.h: files, read and written on libuv's thread pool, as futures.
 *
 *     AWAIT(file_open(&self->open, &self->file, path, O_RDONLY, 0));
 *     AWAIT(file_read(&self->read, self->file, buffer, sizeof buffer));
 *     file_close(self->file);                             in ASYNC_FINALLY
 *
 * pool     A file is always "ready", and nevertheless a read may wait for the
 *          disk.  So a thread of libuv's pool makes the call, while other tasks
 *          run.  A pipe that nobody writes into occupies such a thread.
 * owner    An open file is yours until file_close().  One future at a time
 *          uses it.
 * offset   A read or a write begins at the file's offset, which moves when the
 *          future is READY.  So a read is cancel-safe.  Pipes and terminals
 *          have no offset (-1): there, a read that is dropped loses bytes.
 *          With O_APPEND (on Linux) a write goes to the end of the file, and
 *          moves the offset only by its length.  To read there, open the file
 *          again.
 * drop     never waits.  What has begun cannot be stopped: the request, its
 *          bytes and the descriptor outlive the future.  A write that is
 *          dropped has written all, nothing or a part.  Then close the file.
 * close    is a call, and no future, so that ASYNC_FINALLY can make it.  If
 *          libuv still has a request, the descriptor is closed after that.
 * status   0, or libuv's error.
 */
#ifndef A08_FILE_H
#define A08_FILE_H

#include <fcntl.h>
#include "a08_channels/file_request.h"

/* ---- file_open ----------------------------------------------------------- */

struct file_open {
    struct future future;
    struct file_request request;
    struct file **file;
    const char *path;
    int flags, mode;
    int status; /* result */
};

/* Take over a descriptor that is open.  0 or UV_ENOMEM: then `fd` is still
 * yours. */
static inline int file_from(struct file **file, int fd)
{
    *file = malloc(sizeof **file);
    if (!*file)
        return UV_ENOMEM;
    **file = (struct file){ .fd = fd, .offset = lseek(fd, 0, SEEK_CUR) };
    return 0;
}

static inline void file_open_start_(struct file_open *self, struct context *cx)
{
    struct file_job *job;
    if (file_from(&self->request.file, -1) ||
        !(job = file_request_begin(&self->request, cx, 0)))
        return;
    file_request_sent(job,
                      uv_fs_open(cx->executor->loop, &job->fs, self->path,
                                 self->flags, self->mode, file_request_cb));
}

static inline enum poll file_open_poll(struct future *f, struct context *cx)
{
    struct file_open *self = container_of(f, struct file_open, future);
    ssize_t result;
    if (!self->request.file)
        file_open_start_(self, cx);
    if (file_request_waits(&self->request, cx))
        return POLL_PENDING;
    result = file_request_result(&self->request);
    file_request_end(&self->request);
    if (result < 0) {
        self->status = (int)result;
        file_close(self->request.file);
        return POLL_READY;
    }
    *self->file = self->request.file;
    (*self->file)->offset = lseek((*self->file)->fd, 0, SEEK_CUR);
    return POLL_READY;
}

static inline void file_open_drop(struct future *f)
{
    struct file_open *self = container_of(f, struct file_open, future);
    file_request_drop(&self->request);
    file_close(self->request.file);
}

static const struct future_ops file_open_ops_ = FUTURE_OPS(file_open);

/* Open it as open(2) does; the path is copied by the first poll.  `file` is
 * NULL until the status is 0.  If this is dropped, nothing stays open, but a
 * file that O_CREAT has made stays. */
static inline struct future *file_open(struct file_open *self,
                                       struct file **file, const char *path,
                                       int flags, int mode)
{
    *file = NULL;
    *self = (struct file_open){ .future.ops = &file_open_ops_,
                                .file = file,
                                .path = path,
                                .flags = flags,
                                .mode = mode };
    return &self->future;
}

static inline void file_check_(const struct file *file, const char *call)
{
    if (!file)
        misuse("%s: this file is not open; look at the status of file_open()",
               call);
}

/* ---- file_read ----------------------------------------------------------- */

struct file_read {
    struct future future;
    struct file_request request;
    void *into;
    size_t size;
    ssize_t n; /* result: how many bytes, 0 at the end; or an error */
};

static inline void file_move_(struct file *file, ssize_t n)
{
    if (file->offset >= 0)
        file->offset += n;
}

static inline void file_read_start_(struct file_read *self, struct context *cx)
{
    size_t size = self->size < FILE_MOST ? self->size : FILE_MOST;
    struct file_job *job = file_request_begin(&self->request, cx, size);
    uv_buf_t bytes;
    if (!job)
        return;
    bytes = uv_buf_init(job->bytes, (unsigned)size);
    file_request_sent(job, uv_fs_read(cx->executor->loop, &job->fs,
                                      job->file->fd, &bytes, 1,
                                      job->file->offset, file_request_cb));
}

static inline enum poll file_read_poll(struct future *f, struct context *cx)
{
    struct file_read *self = container_of(f, struct file_read, future);
    if (!self->request.job)
        file_read_start_(self, cx);
    if (file_request_waits(&self->request, cx))
        return POLL_PENDING;
    self->n = file_request_result(&self->request);
    if (self->n > 0) {
        memcpy(self->into, self->request.job->bytes, (size_t)self->n);
        file_move_(self->request.file, self->n);
    }
    file_request_end(&self->request);
    return POLL_READY;
}

static inline void file_read_drop(struct future *f)
{
    file_request_drop(&container_of(f, struct file_read, future)->request);
}

static const struct future_ops file_read_ops_ = FUTURE_OPS(file_read);

/* Read up to `size` bytes.  Fewer do not mean that the file has ended. */
static inline struct future *file_read(struct file_read *self,
                                       struct file *file, void *into,
                                       size_t size)
{
    file_check_(file, "file_read");
    if (size == 0)
        misuse("file_read: a buffer of 0 bytes; the result would look like the "
               "end of the file");
    *self = (struct file_read){ .future.ops = &file_read_ops_,
                                .request.file = file,
                                .into = into,
                                .size = size };
    return &self->future;
}

/* ---- file_write ---------------------------------------------------------- */

struct file_write {
    struct future future;
    struct file_request request;
    const char *from;
    size_t size;
    size_t written; /* result: all of them, unless there is an error */
    int status;     /* result */
};

static inline void file_write_start_(struct file_write *self,
                                     struct context *cx)
{
    size_t rest = self->size - self->written;
    size_t size = rest < FILE_MOST ? rest : FILE_MOST;
    struct file_job *job = file_request_begin(&self->request, cx, size);
    uv_buf_t bytes;
    if (!job)
        return;
    memcpy(job->bytes, self->from + self->written, size);
    bytes = uv_buf_init(job->bytes, (unsigned)size);
    file_request_sent(job, uv_fs_write(cx->executor->loop, &job->fs,
                                       job->file->fd, &bytes, 1,
                                       job->file->offset, file_request_cb));
}

/* The system may write fewer bytes than it is given. */
static inline enum poll file_write_poll(struct future *f, struct context *cx)
{
    struct file_write *self = container_of(f, struct file_write, future);
    while (self->written < self->size && self->status == 0) {
        ssize_t n;
        if (!self->request.job)
            file_write_start_(self, cx);
        if (file_request_waits(&self->request, cx))
            return POLL_PENDING;
        n = file_request_result(&self->request);
        file_request_end(&self->request);
        if (n > 0) {
            self->written += (size_t)n;
            file_move_(self->request.file, n);
        } else {
            self->status = n < 0 ? (int)n : UV_EIO;
        }
    }
    return POLL_READY;
}

static inline void file_write_drop(struct future *f)
{
    file_request_drop(&container_of(f, struct file_write, future)->request);
}

static const struct future_ops file_write_ops_ = FUTURE_OPS(file_write);

/* Write all of the bytes.  They are yours again when it is READY or dropped. */
static inline struct future *file_write(struct file_write *self,
                                        struct file *file, const void *from,
                                        size_t size)
{
    file_check_(file, "file_write");
    *self = (struct file_write){ .future.ops = &file_write_ops_,
                                 .request.file = file,
                                 .from = from,
                                 .size = size };
    return &self->future;
}
#endif
