/* Exercise: grind the coffee off the loop.
 *
 * Read:   notes/a05_spawn.md, "Off the loop"
 * Build:  grind(), a future that has grinder() run on libuv's thread pool.  Its
 *         first poll starts it, the end wakes it; and it may be dropped at any
 *         moment.
 * Why:    grinder() takes seconds.  Called in a poll, it stops every task.  On
 *         another thread it goes on when nobody waits any more; then the future
 *         may be gone, memory and all.
 * Rules:  So what the thread uses is not the future but a job on the heap.  Its
 *         `owner` leads to the future; drop clears that, and does not wait.
 *         libuv calls job_work() on a thread: it touches the job, no more.
 *         Then it calls job_done() on the loop's thread: only from here on the
 *         job may be freed.  Somebody has to, in every case, once.
 *         Dropped before the thread has begun, it is not to begin: uv_cancel().
 *         job_done() comes then, too, a turn later, with UV_ECANCELED.
 *         uv_queue_work() never fails here.
 * Check:  ./learn check a05_off_the_loop
 */
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
    (void)job;
    TODO("grind");
}

static void job_done(uv_work_t *request, int status) /* on the loop's thread */
{
    struct grind_job *job = container_of(request, struct grind_job, request);
    (void)job, (void)status;
    TODO("is there an owner? give it the powder and wake it; free the job");
}

static enum poll grind_poll(struct future *f, struct context *cx)
{
    struct grind *self = container_of(f, struct grind, future);
    (void)self, (void)cx, (void)job_work, (void)job_done;
    TODO("done: READY; not started: make a job, uv_queue_work(); take the "
         "waker");
}

static void grind_drop(struct future *f)
{
    struct grind *self = container_of(f, struct grind, future);
    (void)self;
    TODO("if it is under way: clear the owner, uv_cancel() the request");
}

static const struct future_ops grind_ops = { .name = "grind",
                                             .poll = grind_poll,
                                             .drop = grind_drop };

static struct future *grind(struct grind *self, int beans)
{
    *self = (struct grind){ .future.ops = &grind_ops, .beans = beans };
    return &self->future;
}
