/* process.h: another program, as a future, on uv_spawn.
 *
 * It starts at the first poll and is READY when it has ended.
 *
 * with `into`   It reads nothing, and all that it prints is written there, up
 *               to 256 KB.  When it has ended, all that it had started and that
 *               is still in its process group is killed.  Drop sends SIGTERM to
 *               the group, and SIGKILL five seconds later; it does not wait for
 *               that, the job on the heap does: run the loop once more before
 *               you close it.
 * without       The terminal is its own: an editor, or a program that is run.
 *               Drop sends SIGTERM, and that is all.
 *
 * source  uv_process_t must live until it is closed, which a future, dropped
 *         at any time, cannot promise; hence a job that outlives its owner.
 */
#ifndef LEARN_PROCESS_H
#define LEARN_PROCESS_H

#include <signal.h>
#include <unistd.h>
#include "executor.h"

enum { PROCESS_PATIENCE_MS = 5000, PROCESS_OUTPUT = 1 << 18 };

struct process_job {
    uv_process_t handle;
    uv_pipe_t pipe;        /* what it prints */
    uv_timer_t patience;   /* from drop to SIGKILL */
    int open;              /* of these three */
    struct process *owner; /* whom to tell; NULL once it is dropped */
    char buffer[4096];
};

struct process {
    struct future future;
    const char *const *argv; /* borrowed until it is READY; ends with NULL */
    const char *cwd;         /* borrowed; NULL: ours */
    FILE *into;              /* where its output goes; NULL: the terminal */
    struct process_job *job; /* while it runs */
    struct waker waker;
    bool started;
    int status; /* result: as the shell's $?, or negative: did not start */
};

static inline void process_closed_cb_(uv_handle_t *handle)
{
    struct process_job *job = handle->data;
    if (--job->open == 0)
        free(job);
}

static inline void process_close_(struct process_job *job)
{
    uv_handle_t *handles[] = { (uv_handle_t *)&job->handle,
                               (uv_handle_t *)&job->pipe,
                               (uv_handle_t *)&job->patience };
    for (int i = 0; i < 3; i++)
        if (!uv_is_closing(handles[i]))
            uv_close(handles[i], process_closed_cb_);
}

static inline void process_printed_(struct process_job *job, size_t n)
{
    if (job->owner && ftell(job->owner->into) < PROCESS_OUTPUT)
        fwrite(job->buffer, 1, n, job->owner->into);
}

static inline void process_alloc_cb_(uv_handle_t *handle, size_t size,
                                     uv_buf_t *buf)
{
    struct process_job *job = handle->data;
    (void)size;
    *buf = uv_buf_init(job->buffer, sizeof job->buffer);
}

static inline void process_read_cb_(uv_stream_t *stream, ssize_t n,
                                    const uv_buf_t *buf)
{
    (void)buf;
    if (n > 0)
        process_printed_(stream->data, (size_t)n);
}

/* What is in the pipe now; a process that got away may keep it open. */
static inline void process_read_rest_(struct process_job *job)
{
    ssize_t n;
    int fd;
    if (uv_fileno((uv_handle_t *)&job->pipe, &fd) != 0)
        return;
    while ((n = read(fd, job->buffer, sizeof job->buffer)) > 0)
        process_printed_(job, (size_t)n);
}

static inline void process_exit_cb_(uv_process_t *handle, int64_t status,
                                    int signal)
{
    struct process_job *job = handle->data;
    struct process *owner = job->owner;
    if (!owner || owner->into)
        kill(-uv_process_get_pid(handle), SIGKILL);
    if (owner) {
        if (owner->into)
            process_read_rest_(job);
        owner->status = signal ? 128 + signal : (int)status;
        owner->job = NULL;
        waker_wake(owner->waker);
    }
    process_close_(job);
}

/* Both of its outputs are the one pipe, so that their order is kept. */
static inline int process_spawn_(struct process *self, uv_loop_t *loop,
                                 int output)
{
    uv_stdio_container_t stdio[3];
    uv_process_options_t options = {
        .file = self->argv[0],
        .args = (char **)(uintptr_t)self->argv,
        .cwd = self->cwd,
        .flags = self->into ? UV_PROCESS_DETACHED : 0, /* a group of its own */
        .stdio = stdio,
        .stdio_count = 3,
        .exit_cb = process_exit_cb_,
    };
    for (int fd = 0; fd < 3; fd++)
        stdio[fd] =
            (uv_stdio_container_t){ .flags = UV_INHERIT_FD, .data.fd = fd };
    if (self->into) {
        stdio[0].flags = UV_IGNORE;
        stdio[1].data.fd = stdio[2].data.fd = output;
    }
    fflush(NULL); /* what we said comes before what it says */
    return uv_spawn(loop, &self->job->handle, &options);
}

static inline int process_start_(struct process *self, uv_loop_t *loop)
{
    struct process_job *job = calloc(1, sizeof *job);
    int ends[2] = { -1, -1 }, rc = job ? 0 : UV_ENOMEM;
    if (rc == 0 && self->into)
        rc = uv_pipe(ends, UV_NONBLOCK_PIPE, 0);
    if (rc) {
        free(job);
        return rc;
    }
    self->job = job;
    job->owner = self;
    job->open = 3;
    uv_pipe_init(loop, &job->pipe, 0);
    uv_timer_init(loop, &job->patience);
    rc = process_spawn_(self, loop, ends[1]);
    job->handle.data = job->pipe.data = job->patience.data = job;
    if (self->into) {
        close(ends[1]);
        uv_pipe_open(&job->pipe, ends[0]);
        uv_read_start((uv_stream_t *)&job->pipe, process_alloc_cb_,
                      process_read_cb_);
    }
    if (rc) {
        self->job = NULL;
        process_close_(job);
    }
    return rc;
}

static inline enum poll process_poll_(struct future *f, struct context *cx)
{
    struct process *self = container_of(f, struct process, future);
    self->waker = context_waker(cx);
    if (!self->started)
        self->status = process_start_(self, cx->executor->loop);
    self->started = true;
    return self->job ? POLL_PENDING : POLL_READY;
}

static inline void process_patience_cb_(uv_timer_t *timer)
{
    struct process_job *job = timer->data;
    kill(-uv_process_get_pid(&job->handle), SIGKILL);
}

static inline void process_drop_(struct future *f)
{
    struct process *self = container_of(f, struct process, future);
    struct process_job *job = self->job;
    if (!job)
        return;
    self->job = NULL;
    job->owner = NULL;
    if (!self->into) {
        uv_process_kill(&job->handle, SIGTERM);
        process_close_(job);
        return;
    }
    kill(-uv_process_get_pid(&job->handle), SIGTERM);
    kill(-uv_process_get_pid(&job->handle), SIGCONT); /* had it been stopped */
    uv_timer_start(&job->patience, process_patience_cb_, PROCESS_PATIENCE_MS,
                   0);
}

static const struct future_ops process_ops_ = {
    .name = "process",
    .poll = process_poll_,
    .drop = process_drop_,
};

static inline struct future *process(struct process *self,
                                     const char *const *argv, const char *cwd,
                                     FILE *into)
{
    *self = (struct process){
        .future.ops = &process_ops_, .argv = argv, .cwd = cwd, .into = into
    };
    return &self->future;
}
#endif
