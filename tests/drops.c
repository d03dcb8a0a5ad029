/* Drop at every suspension point: each scenario is run again and again, and its
 * task is cancelled after 0 polls, after 1, after 2, … until it gets to its
 * end; then once more, cancelled when it has been woken for the 1st time, the
 * 2nd, …, so that what it was granted is lost on the way.  AddressSanitizer
 * sees what leaks or is touched too late; the executor must close clean. */
#include "support.h"

static int alive; /* what the scenarios hold, and must let go of */
static struct task *victim;
static int countdown; /* to the event that cancels the victim; < 0: none */

static void on_poll_ends(struct task *t, enum poll result)
{
    if (t == victim && --countdown == 0)
        task_abort(t);
}

static void on_woken(struct task *t)
{
    if (t == victim && --countdown == 0)
        task_abort(t);
}

static const struct executor_hooks after_polls = { .poll_ends = on_poll_ends };
static const struct executor_hooks after_wakes = { .woken = on_woken };

/* One run; true if the task got to its end. */
static bool run_and_cancel(struct task *(*scenario)(void), int after,
                           struct executor_options options)
{
    bool finished;
    alive = 0;
    victim = NULL;
    up(&options);
    victim = scenario();
    countdown = after;
    if (after == 0)
        task_abort(victim);
    executor_run(&ex); /* what the others do is not disturbed */
    finished = !task_is_cancelled(victim);
    task_detach(victim);
    assert_int_equal(alive, 0);
    assert_null(wheel_first(&ex.wheel));
    down();
    trace_text[0] = '\0';
    return finished;
}

/* How many different points there were. */
static int cancel_everywhere(struct task *(*scenario)(void),
                             const struct executor_hooks *hooks, uint64_t seed)
{
    struct executor_options options = { .virtual_clock = true,
                                        .seed = seed,
                                        .hooks = hooks };
    int after = 0;
    while (!run_and_cancel(scenario, after, options)) {
        after++;
        assert_true(after < 1000);
    }
    return after;
}

/* ---- Scenarios: each holds something, and waits in its own way ----------- */

struct
    holder { /* waits for a sleep, a yield, a task, and a child like itself */
    struct async async;
    bool began;
    int depth;
    struct sleep nap;
    struct yield yield;
    struct task *task;
    struct join join;
    struct holder *child;
};

static struct future *holder(struct holder *self, int depth);

static enum poll holder_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct holder);
    alive++;
    self->began = true;
    AWAIT(sleep_ms(&self->nap, 3));
    AWAIT(yield_now(&self->yield));
    self->task = spawn_worker("task", 2, 5);
    AWAIT(task_join(&self->join, self->task));
    if (self->depth > 0) {
        self->child = malloc(sizeof *self->child);
        assert_non_null(self->child);
        AWAIT(holder(self->child, self->depth - 1));
    }
    AWAIT(sleep_ms(&self->nap, 0));
    ASYNC_FINALLY
    alive -= self->began;
    task_detach(self->task);
    free(self->child);
    ASYNC_END;
}

static const struct future_ops holder_ops = ASYNC_OPS(holder);

static struct future *holder(struct holder *self, int depth)
{
    *self = (struct holder){ .async.future.ops = &holder_ops, .depth = depth };
    return &self->async.future;
}

static struct task *alone(void)
{
    return task_spawn(&ex, holder(task_slot(struct holder), 0));
}

static struct task *nested(void)
{
    return task_spawn(&ex, holder(task_slot(struct holder), 3));
}

static struct task *beside_others(void)
{
    for (int i = 0; i < 3; i++) {
        task_detach(spawn_worker("yields", 20, 0));
        task_detach(spawn_worker("sleeps", 20, 3)); /* due with the holder */
    }
    return nested();
}

struct watcher { /* waits for the victim, and must hear of its end */
    struct async async;
    bool began;
    struct task *task;
    struct join join;
};

static enum poll watcher_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct watcher);
    alive++;
    self->began = true;
    AWAIT(task_join(&self->join, self->task));
    assert_int_equal(self->join.status != 0, task_is_cancelled(self->task));
    alive -= self->began;
    ASYNC_END;
}

static const struct future_ops watcher_ops = ASYNC_OPS(watcher);

static struct task *watched(void)
{
    struct task *t = nested();
    struct watcher *self = task_slot(struct watcher);
    *self = (struct watcher){ .async.future.ops = &watcher_ops, .task = t };
    spawn(&self->async.future);
    return t;
}

/* DROP-01, TASK-05, TASK-09, ASYNC-03, TIME-05 */
static void a_task_can_be_dropped_after_each_of_its_polls(void **state)
{
    assert_int_equal(cancel_everywhere(alone, &after_polls, 0), 5);
    assert_int_equal(cancel_everywhere(nested, &after_polls, 0), 17);
    assert_int_equal(cancel_everywhere(beside_others, &after_polls, 0), 17);
    assert_int_equal(cancel_everywhere(watched, &after_polls, 0), 17);
}

/* DROP-02, WAIT-02, WAIT-05 */
static void a_task_can_be_dropped_at_each_of_its_wakes(void **state)
{
    assert_int_equal(cancel_everywhere(alone, &after_wakes, 0), 5);
    assert_int_equal(cancel_everywhere(watched, &after_wakes, 0), 17);
}

/* DROP-01, DROP-02, SEED-03 */
static void and_in_whatever_order_tasks_run(void **state)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        cancel_everywhere(beside_others, &after_polls, seed);
        cancel_everywhere(watched, &after_wakes, seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_can_be_dropped_after_each_of_its_polls),
        cmocka_unit_test(a_task_can_be_dropped_at_each_of_its_wakes),
        cmocka_unit_test(and_in_whatever_order_tasks_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
