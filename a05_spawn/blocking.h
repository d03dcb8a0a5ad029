/* blocking.h: work that blocks or computes, as a future, off the loop.
 *
 * The first poll gives work(data) to libuv's thread pool.  When work() has
 * returned, the future is woken.  (tokio: spawn_blocking, but lazy.)
 *
 * data    moves: a copy, the job, goes to the thread, and the caller's bytes
 *         are zero until READY brings them back.  So no two threads use them.
 * drop    never waits.  Work that is still queued never runs.  Work that runs
 *         cannot be stopped; nobody gets its result.  The last of the two to
 *         use the job, the future or libuv, frees it, on the executor's thread.
 * close   executor_close() waits for work that runs, and cancels queued work.
 * clock   The virtual clock does not jump while work runs, dropped or not.
 * pool    4 threads, or UV_THREADPOOL_SIZE, for the whole process, and shared
 *         with libuv's files and DNS.  Further jobs wait in a queue.
 */
#ifndef A05_BLOCKING_H
#define A05_BLOCKING_H

#include "executor.h"

struct blocking_job { /* on the heap: all that the thread may touch */
    uv_work_t request;
    void (*work)(void *data);
    void (*discard)(void *data);
    struct blocking *owner; /* NULL: dropped, nobody wants the result */
    bool done;              /* libuv has given it back */
    _Alignas(max_align_t) unsigned char data[];
};

struct blocking {
    struct future future;
    void (*work)(void *data);
    void (*discard)(void *data);
    void *data; /* the caller's, `size` bytes */
    size_t size;
    struct blocking_job *job; /* from the first poll to READY or drop */
    struct waker waker;       /* of the latest poll */
    int status; /* result: 0, UV_ENOMEM, or UV_ECANCELED: executor closed */
};

/* Nobody takes the result. */
static inline void blocking_discard_(struct blocking_job *job)
{
    if (job->discard)
        job->discard(job->data);
    free(job);
}

static inline void blocking_work_cb_(uv_work_t *request) /* on the thread */
{
    struct blocking_job *job =
        container_of(request, struct blocking_job, request);
    job->work(job->data);
}

/* On the executor's thread again: finished, or cancelled while it was queued.
 * Until here libuv uses the request, so only from here on it may be freed. */
static inline void blocking_done_cb_(uv_work_t *request, int status)
{
    struct blocking_job *job =
        container_of(request, struct blocking_job, request);
    (void)status; /* only drop cancels, and it has cleared the owner */
    job->done = true;
    if (job->owner)
        waker_wake(job->owner->waker);
    else
        blocking_discard_(job);
}

/* The data moves out.  0 or UV_ENOMEM. */
static inline int blocking_start_(struct blocking *self,
                                  struct executor *executor)
{
    struct blocking_job *job = malloc(sizeof *job + self->size);
    if (!job)
        return UV_ENOMEM;
    *job = (struct blocking_job){ .work = self->work,
                                  .discard = self->discard,
                                  .owner = self };
    if (self->size) {
        memcpy(job->data, self->data, self->size);
        memset(self->data, 0, self->size);
    }
    self->job = job;
    return uv_queue_work(executor->loop, &job->request, blocking_work_cb_,
                         blocking_done_cb_); /* 0: both functions are given */
}

static inline enum poll blocking_poll_(struct future *f, struct context *cx)
{
    struct blocking *self = container_of(f, struct blocking, future);
    if (!cx->executor)
        misuse("blocking_run: this context has no executor, whose loop would "
               "tell that the work is done; run it by block_on() or "
               "task_spawn() of executor.h");
    if (!self->job) {
        self->status = cx->executor->closed
                           ? UV_ECANCELED
                           : blocking_start_(self, cx->executor);
        if (self->status)
            return POLL_READY;
    }
    if (!self->job->done) {
        self->waker = context_waker(cx);
        return POLL_PENDING;
    }
    if (self->size)
        memcpy(self->data, self->job->data, self->size);
    free(self->job);
    self->job = NULL;
    return POLL_READY;
}

static inline void blocking_drop_(struct future *f)
{
    struct blocking *self = container_of(f, struct blocking, future);
    if (!self->job)
        return;
    if (self->job->done) {
        blocking_discard_(self->job);
    } else {
        self->job->owner = NULL;
        uv_cancel((uv_req_t *)&self->job->request); /* EBUSY: too late */
    }
    self->job = NULL;
}

static const struct future_ops blocking_ops_ = { .name = "blocking_run",
                                                 .poll = blocking_poll_,
                                                 .drop = blocking_drop_ };

/* As blocking_run() below, for data that owns something.  If the future is
 * dropped while the job has the data, discard(data) is called: once, on the
 * executor's thread, whether the work ran or not. */
static inline struct future *blocking_run_or_discard(
    struct blocking *self, void (*work)(void *data), void *data, size_t size,
    void (*discard)(void *data))
{
    if (!work || (size && !data))
        misuse("blocking_run: no %s (NULL)", work ? "data" : "work to run");
    *self = (struct blocking){ .future.ops = &blocking_ops_,
                               .work = work,
                               .discard = discard,
                               .data = data,
                               .size = size };
    return &self->future;
}

/* Run work() on a thread of the pool.  It gets `size` bytes of data, which are
 * yours again, changed, once the future is READY.  On an error they have not
 * moved.  Work must use nothing that other code uses at the same time.  If the
 * data holds pointers, what they point to must stay until work() has returned,
 * also if the future is dropped.  Not cancel-safe: a drop loses the data. */
static inline struct future *blocking_run(struct blocking *self,
                                          void (*work)(void *data), void *data,
                                          size_t size)
{
    return blocking_run_or_discard(self, work, data, size, NULL);
}
#endif
