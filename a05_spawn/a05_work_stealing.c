/* How do many threads share the tasks?
 *
 * Each worker has a deque.  The tasks that its tasks spawn and wake go there,
 * so that work stays where it is.  Only a worker with nothing to do looks
 * elsewhere, and takes half of another worker's tasks.
 *
 * Run:    ./a05_work_stealing [--workers N]
 * Watch:  One task spawns 26 others, so at first one worker has them all.  The
 *         others steal: few trips, many tasks.  Each task computes for 2 ms,
 *         yields, and computes again; often the second half is on the same
 *         worker as the first.  Run it twice: the workers get other tasks each
 *         time, but every task is polled exactly twice.
 *
 * Expected output:
 *     worker  polls  stole  in trips  slept  polled
 *          0    <n>    <n>       <n>    <n>  <text>
 *          1    <n>    <n>       <n>    <n>  <text>
 *          2    <n>    <n>       <n>    <n>  <text>
 *     all        53                          A to Z each twice: yes
 *
 *     woken by a thread that is no worker: READY after 2 polls
 *
 * Try:    --workers 1: there is nobody to steal from, and it takes as long as
 *         all the work together.  --workers 16: that is more than there are
 *         cores; which of them sleep?
 *         In worker.h let worker_steal() take one task instead of half: count
 *         the trips.
 */
#include "runtime.h"
#include "a01_futures/alarm.h"
#include "a05_spawn/work_stealing.h"

enum { TASKS = 26, MOST_WORKERS = 16 };

static struct pool pool;

/* What each worker polled; each writes its own row only. */
static char polled[MOST_WORKERS][2 * TASKS + 1];

static void compute(uint64_t ms)
{
    uint64_t end = uv_hrtime() + ms * 1000000;
    while (uv_hrtime() < end) {
    }
}

/* ---- Tasks for a pool ---------------------------------------------------- */

struct half_and_half {
    struct async async;
    char name;
    struct yield yield; /* needs no executor, only the waker */
};

static void note(char name)
{
    char *row = polled[pool_worker_running->index];
    row[strlen(row)] = name;
}

static enum poll half_and_half_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct half_and_half);
    note(self->name);
    compute(2);
    AWAIT(yield_now(&self->yield));
    note(self->name); /* perhaps on another thread */
    compute(2);
    ASYNC_END;
}

static const struct future_ops half_and_half_ops = ASYNC_OPS(half_and_half);

static enum poll spawner_poll(struct future *f, struct context *cx)
{
    (void)f, (void)cx;
    for (char name = 'A'; name < 'A' + TASKS; name++) {
        struct half_and_half *self = pool_slot(struct half_and_half);
        *self = (struct half_and_half){ .async.future.ops = &half_and_half_ops,
                                        .name = name };
        pool_spawn(&pool, &self->async.future);
    }
    return POLL_READY;
}

static const struct future_ops spawner_ops = { .name = "spawner",
                                               .poll = spawner_poll,
                                               .drop = future_drop_nothing };

/* ---- What each worker did ------------------------------------------------ */

static unsigned polls_of_all(void)
{
    unsigned polls = 0;
    for (unsigned i = 0; i < pool.size; i++)
        polls += pool.workers[i].polls;
    return polls;
}

static bool each_was_polled_twice(void)
{
    for (char name = 'A'; name < 'A' + TASKS; name++) {
        int times = 0;
        for (unsigned i = 0; i < pool.size; i++)
            for (const char *at = polled[i]; *at; at++)
                times += *at == name;
        if (times != 2)
            return false;
    }
    return true;
}

static void show(void)
{
    printf("worker  polls  stole  in trips  slept  polled\n");
    for (unsigned i = 0; i < pool.size; i++) {
        struct pool_worker *w = &pool.workers[i];
        printf("%6u %6u %6u %9u %6u  %s\n", i, w->polls, w->stolen, w->steals,
               w->naps, polled[i][0] ? polled[i] : "nothing");
    }
    printf("all    %6u%26sA to Z each twice: %s\n", polls_of_all(), "",
           each_was_polled_twice() ? "yes" : "no");
}

static void wake_from_outside(void)
{
    struct alarm alarm; /* its own thread calls our waker */
    unsigned before = polls_of_all();
    pool_block_on(&pool, alarm_ms(&alarm, 20));
    printf("\nwoken by a thread that is no worker: READY after %u polls\n",
           polls_of_all() - before);
}

static unsigned workers_wanted(int argc, char **argv)
{
    static const struct option options[] = {
        { "workers", required_argument, NULL, 'w' }, { 0 }
    };
    long n = 3;
    program_begin_options(argc, argv, "[--workers N]");
    while (program_option(argc, argv, "", options) != -1)
        n = program_number("--workers", optarg, 1, MOST_WORKERS);
    program_no_more(argc, argv);
    return (unsigned)n;
}

int main(int argc, char **argv)
{
    struct future spawner = { .ops = &spawner_ops };
    unsigned workers = workers_wanted(argc, argv);
    runtime_check(pool_init(&pool, workers), "start the workers");
    pool_block_on(&pool, &spawner);
    pool_wait(&pool);
    show();
    wake_from_outside();
    pool_close(&pool);
    return program_end(0);
}
