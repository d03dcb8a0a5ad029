/* The same jobs, six ways: which is the fastest, and what does it cost?
 *
 * Twelve jobs that only wait, as a download does.  They run one after the
 * other; all at once, in tasks or in threads; or with three workers that take
 * the next job whenever they are free.
 *
 * Run:    ./a04_workers
 * Watch:  Waiting for all at once takes as long as the longest job, in one
 *         task, in many tasks, or in threads.  What differs is the memory.
 *         Three workers take longer, but ask less of the server.
 *
 * Expected output:
 *     12 jobs that wait 42 s in all            wall    threads      bytes
 *     tasks: exact, on the virtual clock
 *       one after the other                   42.0 s          1        <n>
 *       three workers                         14.0 s          1        <n>
 *       a task each                            8.0 s          1        <n>
 *       all in one task                        8.0 s          1        <n>
 *     threads: measured, jobs 100 times as short, wall multiplied by 100
 *       three workers                          <n> s          4        <n>
 *       a thread each                          <n> s         13        <n>
 *
 * Try:    Sort the jobs, the short ones first: how long do three workers need
 *         for the 42 s now, and which order is the best for them?
 *         EXECUTOR_CLOCK=real ./a04_workers takes 72 seconds.  This is why
 *         people want tests that do not wait.
 */
#include <pthread.h>
#include <time.h>
#include "runtime.h"
#include "a04_join/join.h"

enum { JOBS = 12, FASTER = 100 };

static const int job_seconds[JOBS] = { 8, 4, 2, 5, 3, 6, 4, 3, 3, 2, 1, 1 };
static int next_job; /* the first that nobody has taken */

static void show(const char *how, double seconds, int threads, size_t bytes)
{
    printf("  %-34s %7.1f s %10d %10zu\n", how, seconds, threads, bytes);
}

/* ---- Tasks --------------------------------------------------------------- */

struct worker {
    struct async async;
    int job;
    struct sleep sleep;
};

static enum poll worker_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct worker);
    while (next_job < JOBS) {
        self->job = next_job++;
        AWAIT(sleep_ms(&self->sleep, (uint64_t)job_seconds[self->job] * 1000));
    }
    ASYNC_END;
}

static const struct future_ops worker_ops = ASYNC_OPS(worker);

static struct future *worker(struct worker *self)
{
    *self = (struct worker){ .async.future.ops = &worker_ops };
    return &self->async.future;
}

static void run_tasks(struct executor *ex, const char *how, int workers)
{
    uint64_t start = executor_now(ex);
    next_job = 0;
    for (int i = 0; i < workers; i++)
        task_detach(task_spawn(ex, worker(task_slot(struct worker))));
    executor_run(ex);
    show(how, (double)(executor_now(ex) - start) / 1000, 1,
         (size_t)workers * (sizeof(struct task) + sizeof(struct worker)));
}

/* A sleep for each job, and one task that awaits them all. */
struct all {
    struct sleep sleeps[JOBS];
    struct child children[JOBS];
    struct join_all join;
};

static void run_one_task(struct executor *ex, const char *how)
{
    uint64_t start = executor_now(ex);
    struct all all;
    for (int i = 0; i < JOBS; i++)
        all.children[i].future =
            sleep_ms(&all.sleeps[i], (uint64_t)job_seconds[i] * 1000);
    block_on(ex, join_all(&all.join, all.children, JOBS));
    show(how, (double)(executor_now(ex) - start) / 1000, 1,
         sizeof(struct task) + sizeof all);
}

/* ---- Threads ------------------------------------------------------------- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for next_job */

static int take_job(void)
{
    int job;
    pthread_mutex_lock(&lock);
    job = next_job++;
    pthread_mutex_unlock(&lock);
    return job;
}

static void *thread_main(void *unused)
{
    for (int job = take_job(); job < JOBS; job = take_job()) {
        long ms = job_seconds[job] * 1000 / FASTER;
        struct timespec left = { ms / 1000, ms % 1000 * 1000000 };
        while (nanosleep(&left, &left) != 0) {
            /* a signal came: sleep for what is left */
        }
    }
    return unused;
}

/* Bytes of this process in memory now; 0 where the system does not tell. */
static size_t resident(void)
{
    char line[100];
    size_t kb = 0;
    FILE *f = fopen("/proc/self/smaps_rollup", "r");
    while (f && !kb && fgets(line, sizeof line, f))
        if (sscanf(line, "Rss: %zu", &kb) == 1)
            break;
    if (f)
        fclose(f);
    return kb * 1024;
}

static void run_threads(const char *how, int workers, size_t before)
{
    pthread_t threads[JOBS];
    uint64_t start = uv_hrtime();
    size_t bytes;
    next_job = 0;
    for (int i = 0; i < workers; i++) {
        int rc = pthread_create(&threads[i], NULL, thread_main, NULL);
        if (rc)
            program_exit(1, "cannot start a thread: %s", strerror(rc));
    }
    bytes = resident();
    for (int i = 0; i < workers; i++)
        pthread_join(threads[i], NULL);
    show(how, (double)(uv_hrtime() - start) / 1e9 * FASTER, workers + 1,
         bytes > before ? bytes - before : 0);
}

int main(int argc, char **argv)
{
    static const struct executor_options options = { .virtual_clock = true };
    size_t before;
    struct runtime rt;

    program_begin(argc, argv);
    runtime_init(&rt, &options);
    printf("12 jobs that wait 42 s in all %15s %10s %10s\n", "wall", "threads",
           "bytes");
    printf("tasks: exact, on the virtual clock\n");
    run_tasks(&rt.executor, "one after the other", 1);
    run_tasks(&rt.executor, "three workers", 3);
    run_tasks(&rt.executor, "a task each", JOBS);
    run_one_task(&rt.executor, "all in one task");
    printf("threads: measured, jobs %d times as short, wall multiplied by %d\n",
           FASTER, FASTER);
    before = resident();
    run_threads("three workers", 3, before);
    run_threads("a thread each", JOBS, before);
    return runtime_close(&rt);
}
