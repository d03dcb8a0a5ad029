/* When does the work begin?
 *
 * A promise is eager: making it starts the work, as in JavaScript.  A future is
 * lazy: its first poll starts the work, as in Rust.  Both give the same job to
 * libuv's thread pool.
 *
 * Run:    ./a02_promise
 * Watch:  Two promises run at the same time, although no code awaits them yet.
 *         Two futures that are awaited in turn run one after the other.  A
 *         promise that is never awaited did its work for nothing; a future that
 *         is never awaited did no work.
 *
 * Expected output:
 *     made two promises: 2 jobs begun
 *     awaited both: 2 jobs begun, at most 2 at once
 *     made two futures: 0 jobs begun
 *     awaited the first: 1 job begun
 *     awaited both: 2 jobs begun, at most 1 at once
 *     made one of each, awaited none: 1 job begun
 *
 * Try:    Let two_futures() call seen_reset(2), spawn both futures as tasks,
 *         and join the tasks: now the jobs overlap.  With lazy futures, you
 *         decide what runs at the same time.
 */
#include "runtime.h"

/* ---- A job for the thread pool, and what can be seen of it --------------- */

static struct {
    uv_mutex_t lock;
    uv_cond_t changed;
    int begun, running, most;
    int wanted; /* a job may end only when so many have begun */
} seen;

static void job_run(uv_work_t *request)
{
    (void)request;
    uv_mutex_lock(&seen.lock);
    seen.begun++;
    if (++seen.running > seen.most)
        seen.most = seen.running;
    uv_cond_broadcast(&seen.changed);
    while (seen.begun < seen.wanted)
        uv_cond_wait(&seen.changed, &seen.lock);
    seen.running--;
    uv_mutex_unlock(&seen.lock);
}

static void seen_reset(int wanted)
{
    uv_mutex_lock(&seen.lock);
    seen.begun = seen.most = 0;
    seen.wanted = wanted;
    uv_mutex_unlock(&seen.lock);
}

/* How many have begun, once `at_least` have. */
static int seen_begun(int at_least)
{
    int begun;
    uv_mutex_lock(&seen.lock);
    while (seen.begun < at_least)
        uv_cond_wait(&seen.changed, &seen.lock);
    begun = seen.begun;
    uv_mutex_unlock(&seen.lock);
    return begun;
}

/* ---- Promise and future: the same but for one line ----------------------- */

/* Not to be dropped while its job runs; a05_spawn has one that may be. */
struct job {
    struct future future;
    uv_work_t request;
    uv_loop_t *loop;
    struct waker waker;
    bool started, done;
};

static void job_done(uv_work_t *request, int status)
{
    struct job *self = container_of(request, struct job, request);
    (void)status;
    self->done = true;
    waker_wake(self->waker);
}

static void job_start(struct job *self)
{
    self->started = true;
    runtime_check(uv_queue_work(self->loop, &self->request, job_run, job_done),
                  "queue a job");
}

static enum poll job_poll(struct future *f, struct context *cx)
{
    struct job *self = container_of(f, struct job, future);
    self->waker = context_waker(cx);
    if (!self->started)
        job_start(self);
    return self->done ? POLL_READY : POLL_PENDING;
}

static const struct future_ops job_ops = { .name = "job",
                                           .poll = job_poll,
                                           .drop = future_drop_nothing };

static struct future *job_future(struct job *self, uv_loop_t *loop)
{
    *self = (struct job){ .future.ops = &job_ops, .loop = loop };
    return &self->future;
}

static struct future *job_promise(struct job *self, uv_loop_t *loop)
{
    job_future(self, loop);
    job_start(self); /* the one line */
    return &self->future;
}

/* ---- The order of events ------------------------------------------------- */

static void two_promises(struct runtime *rt)
{
    struct job one, two;
    seen_reset(2); /* each waits for the other: they do overlap */
    job_promise(&one, &rt->loop);
    job_promise(&two, &rt->loop);
    printf("made two promises: %d jobs begun\n", seen_begun(2));
    block_on(&rt->executor, &one.future);
    block_on(&rt->executor, &two.future);
    printf("awaited both: %d jobs begun, at most %d at once\n", seen.begun,
           seen.most);
}

static void two_futures(struct runtime *rt)
{
    struct job one, two;
    seen_reset(0);
    job_future(&one, &rt->loop);
    job_future(&two, &rt->loop);
    printf("made two futures: %d jobs begun\n", seen_begun(0));
    block_on(&rt->executor, &one.future);
    printf("awaited the first: %d job begun\n", seen.begun);
    block_on(&rt->executor, &two.future);
    printf("awaited both: %d jobs begun, at most %d at once\n", seen.begun,
           seen.most);
}

int main(int argc, char **argv)
{
    struct runtime rt;
    struct job one, two;

    runtime_open(&rt, argc, argv);
    /* Two, because the jobs wait for each other. */
    program_setenv("UV_THREADPOOL_SIZE", "2", true);
    runtime_check_pool();
    runtime_check(uv_mutex_init(&seen.lock), "make a mutex");
    runtime_check(uv_cond_init(&seen.changed), "make a condition variable");
    two_promises(&rt);
    two_futures(&rt);

    seen_reset(0);
    job_future(&one, &rt.loop);
    job_promise(&two, &rt.loop);
    printf("made one of each, awaited none: %d job begun\n", seen_begun(1));
    return runtime_close(&rt); /* waits for `two` */
}
