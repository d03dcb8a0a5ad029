/* read_some.h: a leaf that reads bytes of a file on libuv's thread pool.
 *
 * The first poll hands a request to the pool; when it is done, libuv calls back
 * on the loop's own thread, so nothing is locked.  A read that has begun cannot
 * be stopped: request and bytes are in a job that outlives a drop.
 *
 * result  n: the number of bytes, 0 at the end of the file, or libuv's error;
 *         UV_ENOMEM if there is no memory for the job.
 * owner   `into` and the open file are yours.  If a read may have been dropped,
 *         close the file after the executor.
 * drop    takes the job back from the pool; if the read has begun, its bytes
 *         are discarded.  Cancel-safe, because a read moves no offset: you pass
 *         the offset each time.
 */
#ifndef A04_READ_SOME_H
#define A04_READ_SOME_H

#include "executor.h"

struct read_some {
    struct future future;
    uv_file file;
    int64_t offset; /* bytes from the beginning of the file */
    char *into;
    size_t size; /* of `into` */
    struct waker waker;
    bool started;
    struct read_job *job; /* while it is out */
    ssize_t n;            /* result */
};

struct read_job {
    uv_fs_t request;
    struct read_some *owner; /* NULL: dropped meanwhile */
    char bytes[];
};

static inline void read_job_cb_(uv_fs_t *request)
{
    struct read_job *job = container_of(request, struct read_job, request);
    struct read_some *owner = job->owner;
    if (owner) {
        owner->job = NULL;
        owner->n = request->result;
        if (owner->n > 0)
            memcpy(owner->into, job->bytes, (size_t)owner->n);
        waker_wake(owner->waker);
    }
    uv_fs_req_cleanup(request);
    free(job);
}

static inline void read_some_start_(struct read_some *self, uv_loop_t *loop)
{
    struct read_job *job = malloc(sizeof *job + self->size);
    uv_buf_t buffer;
    self->started = true;
    self->n = UV_ENOMEM;
    if (!job)
        return;
    buffer = uv_buf_init(job->bytes, (unsigned)self->size);
    self->n = uv_fs_read(loop, &job->request, self->file, &buffer, 1,
                         self->offset, read_job_cb_);
    if (self->n == 0) {
        job->owner = self;
        self->job = job;
    } else {
        free(job);
    }
}

static inline enum poll read_some_poll(struct future *f, struct context *cx)
{
    struct read_some *self = container_of(f, struct read_some, future);
    if (!cx->executor)
        misuse("read_some: this context has no executor; run it by "
               "block_on() or task_spawn() of executor.h");
    if (!self->started)
        read_some_start_(self, cx->executor->loop);
    if (!self->job)
        return POLL_READY;
    self->waker = context_waker(cx);
    return POLL_PENDING;
}

static inline void read_some_drop(struct future *f)
{
    struct read_some *self = container_of(f, struct read_some, future);
    if (!self->job)
        return;
    self->job->owner = NULL;
    (void)uv_cancel((uv_req_t *)&self->job->request); /* or it has begun */
}

static const struct future_ops read_some_ops_ = FUTURE_OPS(read_some);

/* Up to `size` bytes from `offset` on; fewer need not mean the end. */
static inline struct future *read_some(struct read_some *self, uv_file file,
                                       int64_t offset, char *into, size_t size)
{
    *self = (struct read_some){ .future.ops = &read_some_ops_,
                                .file = file,
                                .offset = offset,
                                .into = into,
                                .size = size };
    return &self->future;
}
#endif
