/* Exercise: grind the coffee off the loop.
 *
 * Read:   notes/a05_spawn.md, "Off the loop", down to the exercise
 * Build:  grind(), a future that runs grinder() on libuv's thread pool.  Its
 *         first poll starts grinder(), and the end of grinder() wakes it.  It
 *         may be dropped at any moment.
 * Why:    grinder() takes seconds.  Called in a poll, it stops every task.  On
 *         another thread it goes on even if nobody waits any more, and by then
 *         the future's memory may be freed.
 * Rules:  So the thread does not use the future, but a job on the heap.  The
 *         job's `owner` points to the future; drop clears `owner`, and does not
 *         wait.
 *         libuv calls job_work() on a thread: it uses the job, nothing else.
 *         Then libuv calls job_done() on the loop's thread.  Only from then on
 *         the job may be freed, and it must be freed once, in every case.
 *         If grind() is dropped before the thread has begun, the work must not
 *         begin: uv_cancel().  libuv calls job_done() then as well, a turn
 *         later, with UV_ECANCELED.
 *         uv_queue_work() never fails here.
 * Check:  ./learn check a05_off_the_loop
 */
#include "executor.h"

/* Blocks for a long time.  Returns the grams of powder. */
int grinder(int beans);

struct grind_job { /* on the heap                                             */
    uv_work_t request;
    struct grind *owner; /* NULL: the future was dropped                      */
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
    TODO("call grinder(); use nothing but the job");
}

static void job_done(uv_work_t *request, int status) /* on the loop's thread */
{
    struct grind_job *job = container_of(request, struct grind_job, request);
    (void)job, (void)status;
    TODO("if there is an owner: give it the powder, wake it; free the job");
}

static enum poll grind_poll(struct future *f, struct context *cx)
{
    struct grind *self = container_of(f, struct grind, future);
    (void)self, (void)cx, (void)job_work, (void)job_done;
    TODO("done: READY; not started: make a job, uv_queue_work(); PENDING: "
         "take the waker");
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
