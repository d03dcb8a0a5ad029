/* Where do you put work that blocks, or that computes for a long time?
 *
 * On another thread.  libuv has a pool of threads, and blocking.h makes the
 * work there a future: the task awaits it, and the loop goes on.
 *
 * Run:    ./a05_spawn_blocking
 * Watch:  Primes are counted, at first in the task itself: its poll is long,
 *         and the heartbeat stops.  Then they are counted on the pool: all
 *         polls are short, and the heartbeat goes on.  Below, there are three
 *         jobs for one thread.  Dropping a job that waits cancels it.  Dropping
 *         a job that runs neither stops it nor waits for it: the job runs to
 *         its end, and nobody gets the result.
 *
 * Expected output:
 *     primes below 100000   count   beats   longest poll
 *     in the task            9592       0         <n> ms
 *     on the thread pool     9592     <n>         <n> ms
 *
 *     three jobs for one thread: job 1 runs, the others wait
 *     dropped jobs 1 and 3, in <n> ms
 *     job 3 is discarded: it never ran
 *     now let job 1 end
 *     job 1 is discarded: it ran for nobody
 *     job 2 ran, and its task has the result
 *
 * Try:    UV_THREADPOOL_SIZE=3 ./a05_spawn_blocking: no job has to wait for a
 *         thread, so job 3 runs for nobody, too.
 *         Count the primes below 300000: the heartbeat goes on all the while.
 */
#include "runtime.h"
#include "a05_spawn/blocking.h"
#include "a05_spawn/heartbeat.h"

/* ---- Work: plain C that knows nothing of tasks --------------------------- */

struct primes { /* what the thread is given, and gives back */
    int below, count;
};

static bool is_prime(int n)
{
    if (n % 2 == 0)
        return n == 2;
    for (int d = 3; d <= n / 3; d += 2) /* the slow way, on purpose */
        if (n % d == 0)
            return false;
    return n > 1;
}

static void count_primes(void *data)
{
    struct primes *p = data;
    for (int n = 0; n < p->below; n++)
        p->count += is_prime(n);
}

static void must_have_run(const struct blocking *work)
{
    runtime_check(work->status, "use the thread pool");
}

/* ---- In the task, and off the loop --------------------------------------- */

struct counter {
    struct async async;
    bool on_pool;
    struct primes primes;
    struct pulse pulse;
    struct blocking work;
    struct sleep sleep;
};

static enum poll counter_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct counter);
    heartbeat_start(&self->pulse, cx->executor, 20);
    AWAIT(sleep_ms(&self->sleep, 0)); /* so that the heartbeat has begun */
    if (self->on_pool) {
        AWAIT(blocking_run(&self->work, count_primes, &self->primes,
                           sizeof self->primes)); /* on another thread */
        must_have_run(&self->work);
    } else {
        count_primes(&self->primes); /* on this thread */
    }
    ASYNC_FINALLY
    heartbeat_stop(&self->pulse);
    ASYNC_END;
}

static const struct future_ops counter_ops = ASYNC_OPS(counter);

static void count(struct executor *ex, const char *where, bool on_pool)
{
    struct stopwatch watch;
    struct counter c = { .async.future.ops = &counter_ops,
                         .on_pool = on_pool,
                         .primes.below = 100000 };
    block_on(ex, stopwatch(&watch, &c.async.future));
    printf("%-20s %6d %7d %10d ms\n", where, c.primes.count, c.pulse.beats,
           (int)(watch.longest / 1000000));
}

/* ---- Drop ---------------------------------------------------------------- */

struct job {
    int number;
    bool ran;
};

static uv_sem_t begun, may_end; /* of job 1 */

static void job_work(void *data)
{
    struct job *job = data;
    if (job->number == 1) {
        uv_sem_post(&begun);
        uv_sem_wait(&may_end);
    }
    job->ran = true;
}

static void job_discard(void *data)
{
    struct job *job = data;
    printf("job %d is discarded: it %s\n", job->number,
           job->ran ? "ran for nobody" : "never ran");
}

struct runner {
    struct async async;
    struct job job;
    struct blocking work;
};

static enum poll runner_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct runner);
    AWAIT(blocking_run_or_discard(&self->work, job_work, &self->job,
                                  sizeof self->job, job_discard));
    must_have_run(&self->work);
    printf("job %d ran, and its task has the result\n", self->job.number);
    ASYNC_END;
}

static const struct future_ops runner_ops = ASYNC_OPS(runner);

static struct task *spawn_runner(struct executor *ex, int number)
{
    struct runner *self = task_slot(struct runner);
    *self = (struct runner){ .async.future.ops = &runner_ops,
                             .job.number = number };
    return task_spawn(ex, &self->async.future);
}

static void three_jobs(struct executor *ex)
{
    struct task *tasks[3];
    struct sleep sleep;
    uint64_t start;
    runtime_check(uv_sem_init(&begun, 0), "make a semaphore");
    runtime_check(uv_sem_init(&may_end, 0), "make a semaphore");
    for (int i = 0; i < 3; i++)
        tasks[i] = spawn_runner(ex, i + 1);
    block_on(ex, sleep_ms(&sleep, 0));
    uv_sem_wait(&begun);
    printf("\nthree jobs for one thread: job 1 runs, the others wait\n");

    start = uv_hrtime();
    task_abort(tasks[2]);
    task_abort(tasks[0]);
    printf("dropped jobs 1 and 3, in %d ms\n",
           (int)((uv_hrtime() - start) / 1000000));
    block_on(ex, sleep_ms(&sleep, 20)); /* libuv tells that 3 is cancelled */

    printf("now let job 1 end\n");
    uv_sem_post(&may_end);
    executor_run(ex);
    for (int i = 0; i < 3; i++)
        task_detach(tasks[i]);
    uv_sem_destroy(&begun);
    uv_sem_destroy(&may_end);
}

int main(int argc, char **argv)
{
    struct runtime rt;
    runtime_open(&rt, argc, argv);
    /* Read when the first job comes. */
    program_setenv("UV_THREADPOOL_SIZE", "1", false);
    runtime_check_pool();
    printf("primes below 100000   count   beats   longest poll\n");
    count(&rt.executor, "in the task", false);
    count(&rt.executor, "on the thread pool", true);
    three_jobs(&rt.executor);
    return runtime_close(&rt);
}
