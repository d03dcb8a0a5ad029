/* How do I run many jobs, but only so many at a time?
 *
 * Buffered: at most 3 are in flight, and when one is over, the next begins.
 * There is a trap.  The jobs are polled only while you await the next result.
 * While you await something else, they make no progress.
 *
 * Run:    ./a04_buffered
 * Watch:  Each job has two steps.  A column is 40 ms: # is a step at work, and
 *         . is a step that is over while nothing polls the job.  In the third
 *         chart you store each result (=), which takes 80 ms, and the dots
 *         begin.  In the fourth the jobs are tasks: the executor polls them,
 *         whatever you do.
 *
 * Expected output:
 *     as they finish: badcfe, 400 ms
 *       a    ####
 *       b    ##
 *       c    ######
 *       d      ##
 *       e        ######
 *       f        ##
 *     in order: abcdef, 400 ms
 *       a    ####
 *       b    ##
 *       c    ######
 *       d        ##
 *       e        ######
 *       f          ##
 *     the trap, each result is stored: bacdef, 640 ms
 *       a    ####
 *       b    ##
 *       c    ###.###
 *       d          #..#
 *       e          ######
 *       f             #..#.
 *       you    ==== == ======
 *     the fix, the jobs are tasks: badcfe, 560 ms
 *       a    ####
 *       b    ##
 *       c    ######
 *       d      ##
 *       e        ######
 *       f          ##
 *       you    ============
 *
 * Try:    AT_MOST 1: which trap is gone, and what does that cost?  AT_MOST 6?
 *         STORE 200: how long does a step of 40 ms take now, in the third
 *         chart?  A peer at the other end of a connection would have given up
 *         by then.
 */
#include "runtime.h"
#include "a04_join/buffered.h"
#include "a04_join/jobs.h" /* six jobs that draw themselves */
#include "a04_join/join_set.h"

enum { AT_MOST = 3, STORE = 80 };

static char results[JOBS + 1]; /* in the order in which you got them */

/* You get a result, and store it. */
static struct future *store(struct sleep *sleep, struct executor *ex,
                            int number, uint64_t ms)
{
    results[strlen(results)] = (char)('a' + number);
    jobs_draw(JOBS, executor_now(ex), executor_now(ex) + ms, '=');
    return sleep_ms(sleep, ms);
}

/* ---- Buffered futures ---------------------------------------------------- */

struct buffer {
    struct async async;
    bool in_order;
    uint64_t store_ms; /* for each result */
    int begun;
    struct job jobs[JOBS];
    struct buffered buffered;
    struct buffered_next next;
    struct sleep sleep;
};

/* Called when there is room for another job. */
static struct child *next_job(void *data)
{
    struct buffer *self = data;
    struct job *j = &self->jobs[self->begun];
    if (self->begun == JOBS)
        return NULL;
    j->child.future = job(j, self->begun++);
    return &j->child;
}

static enum poll buffer_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct buffer);
    if (self->in_order)
        buffered_init_ordered(&self->buffered, AT_MOST, next_job, self);
    else
        buffered_init(&self->buffered, AT_MOST, next_job, self);
    AWAIT(buffered_next(&self->next, &self->buffered));
    while (self->next.child) {
        AWAIT(store(&self->sleep, cx->executor,
                    container_of(self->next.child, struct job, child)->number,
                    self->store_ms));
        AWAIT(buffered_next(&self->next, &self->buffered));
    }
    ASYNC_FINALLY
    buffered_drop(&self->buffered);
    ASYNC_END;
}

static const struct future_ops buffer_ops = ASYNC_OPS(buffer);

static struct future *buffer(struct buffer *self, bool in_order,
                             uint64_t store_ms)
{
    *self = (struct buffer){ .async.future.ops = &buffer_ops,
                             .in_order = in_order,
                             .store_ms = store_ms };
    return &self->async.future;
}

/* ---- Tasks --------------------------------------------------------------- */

struct crew {
    struct async async;
    int begun;
    struct join_set set;
    struct join_set_next next;
    struct sleep sleep;
};

static void spawn_next(struct crew *self, struct executor *ex)
{
    if (self->begun < JOBS &&
        join_set_spawn(&self->set, ex,
                       job(task_slot(struct job), self->begun++)) != 0)
        program_exit(1, "no memory for another task");
}

/* Its result; then the handle is given back. */
static int take(struct task *t)
{
    int number = task_output(t, struct job)->number;
    task_detach(t);
    return number;
}

static enum poll crew_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct crew);
    join_set_init(&self->set);
    while (self->begun < AT_MOST)
        spawn_next(self, cx->executor);
    while (join_set_len(&self->set) > 0) {
        AWAIT(join_set_next(&self->next, &self->set));
        spawn_next(self, cx->executor);
        AWAIT(store(&self->sleep, cx->executor, take(self->next.task), STORE));
    }
    ASYNC_FINALLY
    join_set_drop(&self->set);
    ASYNC_END;
}

static const struct future_ops crew_ops = ASYNC_OPS(crew);

/* Run it, and show what happened. */
static void run(struct executor *ex, const char *title, struct future *f)
{
    memset(results, 0, sizeof results);
    jobs_begin(ex);
    block_on(ex, f);
    printf("%s: ", title);
    jobs_print(ex, results);
}

int main(int argc, char **argv)
{
    struct runtime rt;
    struct buffer b;
    struct crew crew = { .async.future.ops = &crew_ops };

    runtime_open(&rt, argc, argv);
    run(&rt.executor, "as they finish", buffer(&b, false, 0));
    run(&rt.executor, "in order", buffer(&b, true, 0));
    run(&rt.executor, "the trap, each result is stored",
        buffer(&b, false, STORE));
    run(&rt.executor, "the fix, the jobs are tasks", &crew.async.future);
    return runtime_close(&rt);
}
