/* process.h: another program, as a future, on uv_spawn.
 *
 * It starts at the first poll, reads nothing, writes where we write (or into a
 * file), and is READY when it has ended.  Drop sends SIGTERM to it and to all
 * that it started, and does not wait for them: the job on the heap does, so
 * run the loop once more before you close it.
 *
 * source  uv_process_t must live until it is closed, which a future, dropped
 *         at any time, cannot promise; hence a job that outlives its owner.
 */
#ifndef LEARN_PROCESS_H
#define LEARN_PROCESS_H

#include <signal.h>
#include <unistd.h>
#include "executor.h"

struct process_job {
    uv_process_t handle;
    struct process *owner; /* whom to tell; NULL once it is dropped */
};

struct process {
    struct future future;
    const char *const *argv; /* borrowed until it is READY; ends with NULL */
    const char *cwd;         /* borrowed; NULL: ours */
    FILE *into;              /* its stdout and stderr; NULL: ours */
    struct process_job *job; /* while it runs */
    struct waker waker;
    bool started;
    int status; /* result: as the shell's $?, or negative: did not start */
};

static inline void process_closed_cb_(uv_handle_t *handle)
{
    free(container_of((uv_process_t *)(void *)handle, struct process_job,
                      handle));
}

static inline void process_exit_cb_(uv_process_t *handle, int64_t status,
                                    int signal)
{
    struct process_job *job = container_of(handle, struct process_job, handle);
    if (job->owner) {
        job->owner->status = signal ? 128 + signal : (int)status;
        job->owner->job = NULL;
        waker_wake(job->owner->waker);
    }
    uv_close((uv_handle_t *)handle, process_closed_cb_);
}

static inline int process_start_(struct process *self, uv_loop_t *loop)
{
    int out = self->into ? fileno(self->into) : STDOUT_FILENO;
    int err = self->into ? out : STDERR_FILENO;
    uv_stdio_container_t stdio[] = {
        { .flags = UV_IGNORE },
        { .flags = UV_INHERIT_FD, .data.fd = out },
        { .flags = UV_INHERIT_FD, .data.fd = err },
    };
    uv_process_options_t options = {
        .file = self->argv[0],
        .args = (char **)(uintptr_t)self->argv,
        .cwd = self->cwd,
        .flags = UV_PROCESS_DETACHED, /* a group of its own, to be killed */
        .stdio = stdio,
        .stdio_count = 3,
        .exit_cb = process_exit_cb_,
    };
    int rc;
    self->job = malloc(sizeof *self->job);
    if (!self->job)
        return UV_ENOMEM;
    self->job->owner = self;
    fflush(NULL); /* what we said comes before what it says */
    rc = uv_spawn(loop, &self->job->handle, &options);
    if (rc) {
        uv_close((uv_handle_t *)&self->job->handle, process_closed_cb_);
        self->job = NULL;
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

static inline void process_drop_(struct future *f)
{
    struct process *self = container_of(f, struct process, future);
    if (!self->job)
        return;
    self->job->owner = NULL;
    kill(-uv_process_get_pid(&self->job->handle), SIGTERM);
    self->job = NULL;
}

static const struct future_ops process_ops_ = { .name = "process",
                                                .poll = process_poll_,
                                                .drop = process_drop_ };

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
