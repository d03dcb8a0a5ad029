/* What if a task never waits?
 *
 * Then no other task runs: there is one thread, and nothing takes it away from
 * the task.  A task that yields goes behind all tasks that are ready, and then
 * goes on.
 *
 * Run:    ./a06_yield
 * Watch:  Two tasks have four steps each.  Without a yield, each of them does
 *         its four steps at once.  With a yield they take turns.
 *
 * Expected output:
 *     without yield: tick tick tick tick tock tock tock tock
 *     with yield:    tick tock tick tock tick tock tick tock
 *
 * Try:    Let the task that says "tock" yield twice for each step.
 *         EXECUTOR_SEED=1 ./a06_yield: with a seed the next task is any of
 *         those that are ready, in random order.
 */
#include "runtime.h"

struct ticker {
    struct async async;
    const char *sound;
    bool polite;
    int i;
    struct yield yield;
};

static enum poll ticker_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct ticker);
    for (self->i = 0; self->i < 4; self->i++) {
        printf(" %s", self->sound);
        if (self->polite)
            AWAIT(yield_now(&self->yield));
    }
    ASYNC_END;
}

static const struct future_ops ticker_ops = ASYNC_OPS(ticker);

static struct future *ticker(struct ticker *self, const char *sound,
                             bool polite)
{
    *self = (struct ticker){ .async.future.ops = &ticker_ops,
                             .sound = sound,
                             .polite = polite };
    return &self->async.future;
}

static void run(struct executor *ex, const char *title, bool polite)
{
    printf("%s", title);
    task_detach(
        task_spawn(ex, ticker(task_slot(struct ticker), "tick", polite)));
    task_detach(
        task_spawn(ex, ticker(task_slot(struct ticker), "tock", polite)));
    executor_run(ex);
    printf("\n");
}

int main(int argc, char **argv)
{
    struct runtime rt;
    runtime_open(&rt, argc, argv);
    run(&rt.executor, "without yield:", false);
    run(&rt.executor, "with yield:   ", true);
    return runtime_close(&rt);
}
