/* file_request.h: one request for a file: its memory, its end, its drop.
 *
 * This is what open, read and write of file.h share.  A request that a thread
 * of the pool has begun cannot be stopped.  So all that the thread touches is
 * in a job on the heap: the request, and a copy of the bytes.  The future and
 * the job point to each other.  When the future is dropped, its job has no
 * owner any more, and is freed when libuv gives it back.  The file counts its
 * requests, because the number of a descriptor that is closed too early could
 * soon be that of another file.
 */
#ifndef A08_FILE_REQUEST_H
#define A08_FILE_REQUEST_H

#include <unistd.h>
#include "executor.h"

enum { FILE_MOST = 1 << 18 }; /* bytes of one request */

struct file {       /* on the heap, because a request may outlive your frame */
    uv_file fd;     /* -1: not open yet */
    int64_t offset; /* or -1 */
    bool in_use;    /* by a future */
    bool closed;    /* by you; the descriptor is, when `requests` is 0 */
    int requests;   /* that libuv has */
};

struct file_job { /* what libuv and the thread may touch */
    uv_fs_t fs;
    struct file *file;
    struct file_request *owner; /* NULL: dropped, nobody wants the result */
    bool done;                  /* libuv has given it back */
    ssize_t result;
    char bytes[];
};

struct file_request { /* what the futures have in common */
    struct file *file;
    struct file_job *job; /* from its begin to its end */
    struct waker waker;   /* of the latest poll */
};

/* ---- Closing ------------------------------------------------------------- */

static inline int file_release_(struct file *file)
{
    uv_fs_t fs;
    int rc = 0;
    if (!file->closed || file->requests > 0)
        return 0;
    if (file->fd >= 0)
        rc = uv_fs_close(NULL, &fs, file->fd, NULL); /* NULL: libuv waits */
    free(file);
    return rc;
}

/* The file is yours no more.  0, or why the system could not write all of it.
 * NULL is left alone. */
static inline int file_close(struct file *file)
{
    if (!file)
        return 0;
    if (file->in_use)
        misuse("file_close: a future still uses this file; drop it first");
    file->closed = true;
    return file_release_(file);
}

/* ---- One request --------------------------------------------------------- */

/* The job of a new request, with room for `size` bytes; then send it.  NULL: no
 * memory.  Then there is no job, and the result is UV_ENOMEM. */
static inline struct file_job *file_request_begin(struct file_request *request,
                                                  struct context *cx,
                                                  size_t size)
{
    struct file_job *job;
    if (!cx->executor)
        misuse("file.h: this context has no executor, whose loop would tell "
               "that a request is done; run it by block_on() or task_spawn() "
               "of executor.h");
    if (request->file->in_use)
        misuse("file.h: two futures use one file, which has one offset; let "
               "one task use it, and send it messages");
    job = malloc(sizeof *job + size);
    if (!job)
        return NULL;
    memset(job, 0, sizeof *job);
    job->file = request->file;
    job->owner = request;
    job->file->requests++;
    job->file->in_use = true;
    return request->job = job;
}

/* What libuv returned when it was given the request.  If it has refused the
 * request, there is nothing to wait for. */
static inline void file_request_sent(struct file_job *job, int rc)
{
    if (rc == 0)
        return;
    job->done = true;
    job->result = rc;
    job->file->requests--;
}

/* libuv calls this on the executor's thread. */
static inline void file_request_cb(uv_fs_t *fs)
{
    struct file_job *job = container_of(fs, struct file_job, fs);
    job->done = true;
    job->result = fs->result;
    job->file->requests--;
    if (fs->fs_type == UV_FS_OPEN && fs->result >= 0)
        job->file->fd = (uv_file)fs->result;
    uv_fs_req_cleanup(fs);
    if (job->owner) {
        waker_wake(job->owner->waker);
        return;
    }
    file_release_(job->file);
    free(job);
}

/* True: the request is not done, and the waker was taken.  Return PENDING. */
static inline bool file_request_waits(struct file_request *request,
                                      struct context *cx)
{
    if (!request->job || request->job->done)
        return false;
    request->waker = context_waker(cx);
    return true;
}

static inline ssize_t file_request_result(const struct file_request *request)
{
    return request->job ? request->job->result : UV_ENOMEM;
}

/* Free the job.  Look at its result before. */
static inline void file_request_end(struct file_request *request)
{
    if (!request->job)
        return;
    request->file->in_use = false;
    free(request->job);
    request->job = NULL;
}

static inline void file_request_drop(struct file_request *request)
{
    struct file_job *job = request->job;
    if (!job || job->done) {
        file_request_end(request);
        return;
    }
    request->file->in_use = false;
    request->job = NULL;
    job->owner = NULL;
    uv_cancel((uv_req_t *)&job->fs); /* EBUSY: it has begun */
}
#endif
