/* Do tasks make a computation faster?
 *
 * No.  Tasks share one thread, and a thread uses one core.  Async is for
 * waiting.  To compute on several cores you need several threads; a task can
 * split the work and wait for the parts.
 *
 * Run:    ./a05_cpu_split
 * Watch:  Four tasks take as long as one.  Four jobs on the thread pool are
 *         faster, at most by the number of cores; the last line says how many
 *         this machine has.  If every part has a tail that runs in its task,
 *         the tails run one after the other, because all tasks together use one
 *         core.
 *
 * Expected output:
 *     primes below 120000    count       time   speed-up
 *     one task               11301     <n> ms        1.0
 *     four tasks             11301     <n> ms        <n>
 *     four jobs              11301     <n> ms        <n>
 *     jobs, half as tails    11301     <n> ms        <n>
 *     cores: <n>, so four jobs can be <n> times as fast at most
 *
 * Try:    taskset -c 0 ./a05_cpu_split, or another way to leave it only one
 *         core: what is left of the speed-up?
 *         Split by quarters, `all` = { 3 + BELOW / n * i, 2, 3 + BELOW / n * (i
 *         + 1), 0 }: the last part costs seven times as much as the first, and
 *         all wait for it.
 */
#include "runtime.h"
#include "a05_spawn/blocking.h"

/* ---- The work ------------------------------------------------------------ */

struct range { /* what a part counts: first, first + step, … */
    int first, step, below, count;
};

static bool is_odd_prime(int n)
{
    for (int d = 3; d <= n / 3; d += 2) /* the slow way, on purpose */
        if (n % d == 0)
            return false;
    return true;
}

static void count_odd_primes(void *data)
{
    struct range *r = data;
    for (int n = r->first; n < r->below; n += r->step)
        r->count += is_odd_prime(n);
}

/* ---- One part of it, as a task ------------------------------------------- */

struct part {
    struct async async;
    struct range job;  /* for the thread pool, */
    struct range tail; /* and what the task does itself after that */
    struct blocking work;
};

static enum poll part_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct part);
    if (self->job.below) {
        AWAIT(blocking_run(&self->work, count_odd_primes, &self->job,
                           sizeof self->job));
        runtime_check(self->work.status, "use the thread pool");
    }
    count_odd_primes(&self->tail);
    ASYNC_END;
}

static const struct future_ops part_ops = ASYNC_OPS(part);

static struct future *part(struct part *self, struct range job,
                           struct range tail)
{
    *self = (struct part){ .async.future.ops = &part_ops,
                           .job = job,
                           .tail = tail };
    return &self->async.future;
}

/* ---- All parts ----------------------------------------------------------- */

enum { BELOW = 120000, PARTS = 4 };
enum how { IN_TASKS, IN_JOBS, HALF_AND_HALF };

/* Part i of n takes every n-th odd number, so that all cost alike. */
static struct task *spawn_part(struct executor *ex, enum how how, int i, int n)
{
    struct range all = { 3 + 2 * i, 2 * n, BELOW, 0 }, none = { 0, 1, 0, 0 };
    struct range even = { all.first, 2 * all.step, all.below, 0 };
    struct range odd = { all.first + all.step, 2 * all.step, all.below, 0 };
    struct part *p = task_slot(struct part);
    if (how == IN_TASKS)
        return task_spawn(ex, part(p, none, all));
    if (how == IN_JOBS)
        return task_spawn(ex, part(p, all, none));
    return task_spawn(ex, part(p, even, odd));
}

/* One row; returns its time in ms. */
static double measure(const char *what, enum how how, int parts, double one)
{
    struct runtime rt;
    struct task *tasks[PARTS];
    uint64_t start = uv_hrtime();
    int count = 1; /* 2 is prime */
    double ms;
    runtime_init(&rt, NULL);
    for (int i = 0; i < parts; i++)
        tasks[i] = spawn_part(&rt.executor, how, i, parts);
    executor_run(&rt.executor);
    ms = (double)(uv_hrtime() - start) / 1e6;
    for (int i = 0; i < parts; i++) {
        struct part *p = task_output(tasks[i], struct part);
        count += p->job.count + p->tail.count;
        task_detach(tasks[i]);
    }
    printf("%-20s %7d %7.0f ms %10.1f\n", what, count, ms,
           one > 0 ? one / ms : 1);
    runtime_close(&rt);
    return ms;
}

int main(int argc, char **argv)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    double one;
    program_begin(argc, argv);
    program_setenv("UV_THREADPOOL_SIZE", "4", false);
    runtime_check_pool();
    printf("primes below %d    count       time   speed-up\n", BELOW);
    one = measure("one task", IN_TASKS, 1, 0);
    measure("four tasks", IN_TASKS, PARTS, one);
    measure("four jobs", IN_JOBS, PARTS, one);
    measure("jobs, half as tails", HALF_AND_HALF, PARTS, one);
    printf("cores: %ld, so four jobs can be %ld times as fast at most\n", cores,
           cores < PARTS ? cores : PARTS);
    return program_end(0);
}
