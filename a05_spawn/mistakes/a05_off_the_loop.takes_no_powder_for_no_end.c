/* Expect: 0 g is a result */
/* No powder, so it still grinds. */
#include "executor.h"

/* Blocks for long.  Returns the grams of powder. */
int grinder(int beans);

struct grind_job { /* on the heap                                             */
    uv_work_t request;
    struct grind *owner; /* NULL: it was dropped                              */
    int beans, powder;
};

struct grind {
    struct future future;
    int beans, powder;     /* powder: result                                  */
    struct grind_job *job; /* NULL: not started                               */
    bool done;
    struct waker waker;
};

static void job_work(uv_work_t *request) /* on a thread of the pool */
{
    struct grind_job *job = container_of(request, struct grind_job, request);
    job->powder = grinder(job->beans);
}

static void job_done(uv_work_t *request, int status) /* on the loop's thread */
{
    struct grind_job *job = container_of(request, struct grind_job, request);
    (void)status; /* only drop cancels, and then there is no owner */
    if (job->owner) {
        job->owner->powder = job->powder;
        job->owner->done = true;
        job->owner->job = NULL;
        waker_wake(job->owner->waker);
    }
    free(job);
}

static enum poll grind_poll(struct future *f, struct context *cx)
{
    struct grind *self = container_of(f, struct grind, future);
    if (self->powder)
        return POLL_READY;
    if (!self->job) {
        self->job = malloc(sizeof *self->job);
        if (!self->job)
            abort();
        *self->job = (struct grind_job){ .owner = self, .beans = self->beans };
        uv_queue_work(cx->executor->loop, &self->job->request, job_work,
                      job_done);
    }
    self->waker = context_waker(cx);
    return POLL_PENDING;
}

static void grind_drop(struct future *f)
{
    struct grind *self = container_of(f, struct grind, future);
    if (!self->job)
        return;
    self->job->owner = NULL;
    uv_cancel((uv_req_t *)&self->job->request); /* or it is too late */
    self->job = NULL;
}

static const struct future_ops grind_ops = { .name = "grind",
                                             .poll = grind_poll,
                                             .drop = grind_drop };

static struct future *grind(struct grind *self, int beans)
{
    *self = (struct grind){ .future.ops = &grind_ops, .beans = beans };
    return &self->future;
}
