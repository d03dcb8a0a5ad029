/* What does the executor do, step by step?
 *
 * Hooks show it: functions that the executor calls when a task is spawned,
 * woken, polled, finished or dropped.  Tracing is built on them.  A hook that
 * is not set costs one branch.
 *
 * Run:    ./a02_hooks
 * Watch:  A task runs in short polls.  After PENDING, nothing happens to it
 *         until it is woken.  Task 3 is the one of block_on.  When the executor
 *         closes, task 2 has not finished, so it is dropped.
 *
 * Expected output:
 *       0 ms  task 1  spawned
 *       0 ms  task 1  woken
 *       0 ms  task 2  spawned
 *       0 ms  task 2  woken
 *       0 ms  task 3  spawned
 *       0 ms  task 3  woken
 *       0 ms  task 1  poll: PENDING
 *       0 ms  task 2  poll: PENDING
 *       0 ms  task 3  poll: PENDING
 *      20 ms  task 1  woken
 *      20 ms  task 1  poll: READY
 *      20 ms  task 1  finished
 *      40 ms  task 3  woken
 *      40 ms  task 3  poll: READY
 *      40 ms  task 3  finished
 *      40 ms  task 2  dropped
 *
 * Try:    Swap the naps of tasks 1 and 2: now task 1 is dropped.
 *         EXECUTOR_SEED=2 ./a02_hooks: the order is another one, but each task
 *         has the same events.
 */
#include "runtime.h"

static void say(const struct task *t, const char *what)
{
    int now = (int)executor_now(t->executor) / 10 * 10;
    printf("%3d ms  task %u  %s\n", now, t->id, what);
}

static void on_spawned(struct task *t)
{
    say(t, "spawned");
}

static void on_woken(struct task *t)
{
    say(t, "woken");
}

static void on_poll_ends(struct task *t, enum poll result)
{
    say(t, result == POLL_READY ? "poll: READY" : "poll: PENDING");
}

static void on_finished(struct task *t)
{
    say(t, "finished");
}

static void on_dropped(struct task *t)
{
    say(t, "dropped");
}

static const struct executor_hooks hooks = {
    .spawned = on_spawned,
    .woken = on_woken,
    .poll_ends = on_poll_ends,
    .finished = on_finished,
    .dropped = on_dropped,
};

int main(int argc, char **argv)
{
    struct runtime rt;
    struct executor *ex = &rt.executor;
    struct sleep nap;

    program_begin(argc, argv);
    runtime_init(&rt, &(struct executor_options){ .hooks = &hooks });
    task_detach(task_spawn(ex, sleep_ms(task_slot(struct sleep), 20)));
    task_detach(task_spawn(ex, sleep_ms(task_slot(struct sleep), 60)));
    return runtime_run(&rt, sleep_ms(&nap, 40));
}
