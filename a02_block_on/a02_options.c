/* What can be set?
 *
 * An executor has options for the clock, for the seed, and for how many polls
 * make a turn; a02_hooks.c shows the fourth, the hooks.  libuv has an option,
 * too: the size of its thread pool.  (tokio has a runtime::Builder for these.)
 *
 * Run:    ./a02_options
 *         EXECUTOR_SEED=3 ./a02_options    (overrides the program's options)
 * Watch:  Tasks a, b and c each print their letter and yield, three times.  A
 *         seed changes the order, and always gives the same one again.
 *
 * Expected output:
 *     defaults        abcabcabc
 *     seed 7          ccbaacabb
 *     seed 7 again    the same
 *     clock           3600000 ms of sleep took <n> ms
 *     turn of 61      61 polls, then libuv
 *     turn of 5       5 polls, then libuv
 *     thread pool     4 jobs, at most 2 at once
 *
 * Try:    Find a seed that lets task a finish before c has begun.
 *         EXECUTOR_CLOCK=real ./a02_options: now the program really sleeps, and
 *         for 100 ms only.
 *         Let POOL_SIZE be 4, the number of jobs: at most 4 at once.
 */
#include "runtime.h"

/* ---- A task that leaves a trace ------------------------------------------ */

static char trace[32];

struct letters {
    struct async async;
    char letter;
    int i;
    struct yield yield;
};

static enum poll letters_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct letters);
    for (self->i = 0; self->i < 3; self->i++) {
        strncat(trace, &self->letter, 1);
        AWAIT(yield_now(&self->yield));
    }
    ASYNC_END;
}

static const struct future_ops letters_ops = ASYNC_OPS(letters);

static struct future *letters(struct letters *self, char letter)
{
    *self =
        (struct letters){ .async.future.ops = &letters_ops, .letter = letter };
    return &self->async.future;
}

/* Run tasks a, b and c under these options. */
static const char *run_letters(const struct executor_options *options)
{
    struct runtime rt;
    struct executor *ex = &rt.executor;
    runtime_init(&rt, options);
    trace[0] = '\0';
    for (char c = 'a'; c <= 'c'; c++)
        task_detach(task_spawn(ex, letters(task_slot(struct letters), c)));
    executor_run(ex);
    runtime_close(&rt);
    return trace;
}

static void show_seed(void)
{
    struct executor_options seven = { .seed = 7 };
    char first[sizeof trace];
    printf("defaults        %s\n", run_letters(NULL));
    snprintf(first, sizeof first, "%s", run_letters(&seven));
    printf("seed 7          %s\n", first);
    printf("seed 7 again    %s\n",
           strcmp(run_letters(&seven), first) == 0 ? "the same" : "another!");
}

static void show_clock(void)
{
    struct executor_options options = { .virtual_clock = true };
    struct runtime rt;
    struct sleep nap;
    uint64_t start = uv_hrtime(), ms;
    runtime_init(&rt, &options);
    ms = rt.executor.options.virtual_clock ? 3600 * 1000 : 100;
    runtime_run(&rt, sleep_ms(&nap, ms));
    printf("clock           %d ms of sleep took %d ms\n", (int)ms,
           (int)((uv_hrtime() - start) / 1000000));
}

/* ---- How long libuv has to wait ------------------------------------------ */

struct hog { /* polls until libuv has had its turn */
    struct async async;
    int polls;
    bool libuv_ran;
    struct yield yield;
};

static enum poll hog_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct hog);
    for (; !self->libuv_ran; self->polls++)
        AWAIT(yield_now(&self->yield));
    ASYNC_END;
}

static const struct future_ops hog_ops = ASYNC_OPS(hog);

static void check_cb(uv_check_t *check)
{
    struct hog *hog = check->data;
    hog->libuv_ran = true;
}

static void show_turn(int polls)
{
    struct executor_options options = { .polls_per_turn = polls };
    struct runtime rt;
    struct hog hog = { .async.future.ops = &hog_ops };
    uv_check_t check; /* called once in each turn of the loop */
    runtime_init(&rt, &options);
    uv_check_init(&rt.loop, &check);
    check.data = &hog;
    uv_check_start(&check, check_cb);
    block_on(&rt.executor, &hog.async.future);
    uv_close((uv_handle_t *)&check, NULL);
    runtime_close(&rt);
    printf("turn of %-2d      %d polls, then libuv\n", polls, hog.polls);
}

/* ---- libuv's own option -------------------------------------------------- */

#define POOL_SIZE "2"

static struct {
    uv_mutex_t lock;
    uv_cond_t all_run;
    int running, most;
} pool;

/* The first ones wait until every thread of the pool has a job. */
static void pool_job(uv_work_t *request)
{
    (void)request;
    uv_mutex_lock(&pool.lock);
    if (++pool.running > pool.most)
        pool.most = pool.running;
    uv_cond_broadcast(&pool.all_run);
    while (pool.most < atoi(POOL_SIZE))
        uv_cond_wait(&pool.all_run, &pool.lock);
    pool.running--;
    uv_mutex_unlock(&pool.lock);
}

static void show_pool(void)
{
    struct runtime rt;
    uv_work_t jobs[4];
    runtime_check(uv_mutex_init(&pool.lock), "make a mutex");
    runtime_check(uv_cond_init(&pool.all_run), "make a condition variable");
    runtime_init(&rt, NULL);
    for (int i = 0; i < 4; i++)
        runtime_check(uv_queue_work(&rt.loop, &jobs[i], pool_job, NULL),
                      "queue a job");
    uv_run(&rt.loop, UV_RUN_DEFAULT);
    runtime_close(&rt);
    printf("thread pool     4 jobs, at most %d at once\n", pool.most);
    uv_cond_destroy(&pool.all_run);
    uv_mutex_destroy(&pool.lock);
}

int main(int argc, char **argv)
{
    program_begin(argc, argv);
    /* libuv reads this at the first job. */
    program_setenv("UV_THREADPOOL_SIZE", POOL_SIZE, true);
    runtime_check_pool();
    show_seed();
    show_clock();
    show_turn(61);
    show_turn(5);
    show_pool();
    return program_end(0);
}
