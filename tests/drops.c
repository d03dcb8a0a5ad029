/* Tasks dropped at every suspension point, with all that they hold: a sleep, a
 * yield, a task, a child like themselves; alone, beside others, watched. */
#include "tests/every_drop.h"

static int alive; /* what the scenarios hold, and must let go of */

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

static void nothing_is_held(void)
{
    assert_int_equal(alive, 0);
    trace_text[0] = '\0';
}

static struct future *alone(void *memory)
{
    nothing_is_held();
    return holder(memory, 0);
}

static struct future *nested(void *memory)
{
    nothing_is_held();
    return holder(memory, 3);
}

static struct future *beside_others(void *memory)
{
    for (int i = 0; i < 3; i++) {
        task_detach(spawn_worker("yields", 20, 0));
        task_detach(spawn_worker("sleeps", 20, 3)); /* due with the holder */
    }
    return nested(memory);
}

struct watcher { /* waits for the task, and must hear of its end */
    struct async async;
    struct task *task;
    struct join join;
};

static enum poll watcher_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct watcher);
    AWAIT(task_join(&self->join, self->task));
    assert_int_equal(self->join.status != 0, task_is_cancelled(self->task));
    ASYNC_END;
}

static const struct future_ops watcher_ops = ASYNC_OPS(watcher);

static void watch(struct task *t)
{
    struct watcher *self = task_slot(struct watcher);
    *self = (struct watcher){ .async.future.ops = &watcher_ops, .task = t };
    spawn(&self->async.future);
}

static int drop_everywhere(struct future *(*make)(void *memory))
{
    int polls = every_drop(sizeof(struct holder), make);
    nothing_is_held();
    return polls;
}

/* DROP-01, DROP-02, TASK-05, TASK-09, ASYNC-03, TIME-05 */
static void a_task_can_be_dropped_after_each_of_its_polls(void **state)
{
    assert_int_equal(drop_everywhere(alone), 5);
    assert_int_equal(drop_everywhere(nested), 17);
    assert_int_equal(drop_everywhere(beside_others), 17);
}

/* DROP-02, WAIT-02, WAIT-05 */
static void whoever_waits_for_it_hears_of_its_end(void **state)
{
    every_drop_beside = watch;
    assert_int_equal(drop_everywhere(nested), 17);
    every_drop_beside = NULL;
}

/* DROP-01, DROP-02, SEED-03 */
static void and_in_whatever_order_tasks_run(void **state)
{
    for (uint64_t seed = 1; seed <= 60; seed++) {
        every_drop_options.seed = seed;
        every_drop_beside = seed % 2 ? watch : NULL;
        drop_everywhere(beside_others);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_can_be_dropped_after_each_of_its_polls),
        cmocka_unit_test(whoever_waits_for_it_hears_of_its_end),
        cmocka_unit_test(and_in_whatever_order_tasks_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
