/* Exercise: a join handle.
 *
 * Read:   notes/a05_spawn.md, "A task runs on its own"
 * Build:  handle_poll() and handle_drop(), the future that waits for a job, and
 *         job_finish(), which the worker calls once, when the job is done.
 * Why:    Behind every JoinHandle is a block of memory that two parties hold,
 *         the worker and the code that waits, and neither knows which of them
 *         lets go first.
 * Rules:  The handle is READY with the result when the job is finished, also
 *         if that was before the first poll.  After READY it does not use the
 *         job any more.
 *         Dropping the handle detaches it: the job goes on, and wakes nobody.
 *         The last of the two to use the job frees it, and also a result that
 *         nobody took.
 *         The waker that you call may poll the handle before it returns.
 * Check:  ./learn check a05_join_handle
 */
#include "future.h"

struct job { /* on the heap                                                   */
    bool finished;
    bool detached;      /* the handle was dropped                             */
    char *result;       /* malloc'ed, or NULL; once it is finished            */
    struct waker waker; /* of the handle's latest poll                        */
};

struct handle {
    struct future future;
    struct job *job; /* NULL when the handle does not use it any more         */
    char *result;    /* yours when READY: free() it                           */
};

static enum poll handle_poll(struct future *f, struct context *cx)
{
    struct handle *self = container_of(f, struct handle, future);
    if (!self->job->finished) {
        self->job->waker = context_waker(cx);
        return POLL_PENDING;
    }
    self->result = self->job->result;
    free(self->job);
    self->job = NULL;
    return POLL_READY;
}

static void handle_drop(struct future *f)
{
    struct handle *self = container_of(f, struct handle, future);
    if (self->job->finished) {
        free(self->job->result);
        free(self->job);
    } else {
        self->job->detached = true;
        self->job->waker = (struct waker){ NULL, NULL };
    }
    self->job = NULL;
}

/* The job is done.  It now belongs to the handle, if there is one. */
static void job_finish(struct job *job, char *result)
{
    if (job->detached) {
        free(result);
        free(job);
        return;
    }
    job->result = result;
    job->finished = true;
    waker_wake(job->waker); /* the last word: the job may be gone now */
}

/* ---- Given --------------------------------------------------------------- */

static const struct future_ops handle_ops = { .name = "handle",
                                              .poll = handle_poll,
                                              .drop = handle_drop };

static struct job *job_start(void)
{
    struct job *job = calloc(1, sizeof *job);
    if (!job)
        abort();
    return job;
}

/* There is one handle for each job. */
static struct future *handle(struct handle *self, struct job *job)
{
    *self = (struct handle){ .future.ops = &handle_ops, .job = job };
    return &self->future;
}
