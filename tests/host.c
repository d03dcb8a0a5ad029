/* The executor inside a loop that somebody else runs. */
#include "support.h"

static void up_hosted(const struct executor_options *options)
{
    up(options);
    executor_attach(&ex);
}

/* HOST-01 */
static void the_hosts_uv_run_runs_tasks_and_sleeps_and_returns(void **state)
{
    up_hosted(NULL);
    task_detach(spawn_worker("a", 2, 0));
    task_detach(spawn_worker("b", 2, 5));
    expect_trace("");
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    expect_trace("a1 b1 a2 a. b2 b.");
    assert_true(list_is_empty(&ex.tasks));
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    down();
}

static void spawn_from_callback(uv_timer_t *timer)
{
    task_detach(spawn_worker("a", 2, 0));
    trace("callback");
    uv_close((uv_handle_t *)timer, NULL);
}

/* HOST-01, WAKE-10 */
static void a_callback_of_the_host_may_spawn_and_wake(void **state)
{
    struct probe *p = task_slot(struct probe);
    uv_timer_t timer;
    up_hosted(NULL);
    spawn(probe(p, "p"));
    uv_run(&loop, UV_RUN_NOWAIT);
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, spawn_from_callback, 1, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    expect_trace("p? callback a1 a2 a.");
    probe_open(p);
    uv_run(&loop, UV_RUN_DEFAULT);
    expect_trace("p!");
    down();
}

/* HOST-02 */
static void it_returns_although_tasks_wait_for_what_never_comes(void **state)
{
    up_hosted(NULL);
    spawn(probe(task_slot(struct probe), "p"));
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    expect_trace("p?");
    down();
    expect_trace("~p");
}

struct killer {
    struct async async;
    struct task *victim;
};

static enum poll killer_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct killer);
    task_abort(self->victim);
    ASYNC_END;
}

static const struct future_ops killer_ops = ASYNC_OPS(killer);

static struct future *killer(struct killer *self, struct task *victim)
{
    *self =
        (struct killer){ .async.future.ops = &killer_ops, .victim = victim };
    return &self->async.future;
}

/* HOST-02 */
static void it_does_not_wait_for_a_sleep_that_was_dropped(void **state)
{
    struct task *t;
    up_hosted(NULL);
    t = spawn_worker("hour", 1, 3600000);
    spawn(killer(task_slot(struct killer), t));
    uv_run(&loop, UV_RUN_DEFAULT);
    expect_trace("hour1 ~hour");
    task_detach(t);

    t = spawn_worker("hour", 1, 3600000);
    uv_run(&loop, UV_RUN_NOWAIT);
    task_abort(t); /* by the host, outside of any task */
    uv_run(&loop, UV_RUN_DEFAULT);
    expect_trace("hour1 ~hour");
    task_detach(t);
    down();
}

/* HOST-03 */
static void a_host_that_polls_its_loop_gets_on_too(void **state)
{
    int turns = 0;
    up_hosted(NULL);
    task_detach(spawn_worker("a", 3, 0));
    task_detach(spawn_worker("b", 1, 1));
    while (!list_is_empty(&ex.tasks)) {
        uv_run(&loop, UV_RUN_NOWAIT);
        turns++;
    }
    assert_true(turns > 1);
    expect_trace("a1 b1 a2 a3 a. b.");
    down();
}

static void trace_host(uv_check_t *check)
{
    trace("host");
}

/* HOST-03, SCHED-05 */
static void tasks_that_never_rest_leave_the_host_its_turns(void **state)
{
    struct executor_options options = { .polls_per_turn = 2 };
    uv_check_t check;
    up_hosted(&options);
    uv_check_init(&loop, &check);
    uv_check_start(&check, trace_host);
    task_detach(spawn_worker("a", 3, 0));
    task_detach(spawn_worker("b", 1, 0));
    while (!list_is_empty(&ex.tasks))
        uv_run(&loop, UV_RUN_NOWAIT);
    expect_trace("a1 b1 host a2 b. host a3 a. host");
    uv_close((uv_handle_t *)&check, NULL);
    down();
}

struct stamp {
    struct async async;
    struct sleep nap;
    uint64_t ms;
};

static enum poll stamp_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct stamp);
    AWAIT(sleep_ms(&self->nap, self->ms));
    trace("%d", (int)executor_now(cx->executor));
    ASYNC_END;
}

static const struct future_ops stamp_ops = ASYNC_OPS(stamp);

static struct future *stamp(struct stamp *self, uint64_t ms)
{
    *self = (struct stamp){ .async.future.ops = &stamp_ops, .ms = ms };
    return &self->async.future;
}

/* HOST-04 */
static void the_virtual_clock_keeps_to_deadlines_there_too(void **state)
{
    uint64_t start = uv_hrtime();
    up_hosted(&virtual_clock);
    spawn(stamp(task_slot(struct stamp), 7));
    spawn(stamp(task_slot(struct stamp), 3));
    spawn(stamp(task_slot(struct stamp), 70));
    uv_run(&loop, UV_RUN_DEFAULT);
    expect_trace("3 7 70");
    assert_true(uv_hrtime() - start > 50000000); /* it did not jump */
    down();
}

/* HOST-05, BLK-c */
static void one_loop_can_host_two_executors(void **state)
{
    struct executor ex2;
    up_hosted(NULL);
    executor_init(&ex2, &loop, NULL);
    executor_attach(&ex2);
    task_detach(spawn_worker("a", 2, 2));
    task_detach(task_spawn(&ex2, worker(task_slot(struct worker), "b", 1, 3)));
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(list_is_empty(&ex.tasks) && list_is_empty(&ex2.tasks));
    assert_int_equal(executor_close(&ex2), UV_EBUSY); /* the other is there */
    down();
}

static int turns;

static void count_turn(uv_prepare_t *prepare)
{
    turns++;
}

/* HOST-06, DRV-a */
static void without_attach_the_loop_runs_without_the_tasks(void **state)
{
    uv_timer_t timer;
    uv_prepare_t prepare;
    up(NULL);
    task_detach(spawn_worker("b", 1, 0));
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, spawn_from_callback, 20, 0);
    uv_prepare_init(&loop, &prepare);
    uv_prepare_start(&prepare, count_turn);
    uv_unref((uv_handle_t *)&prepare);
    turns = 0;
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_in_range(turns, 1, 10); /* it slept, it did not spin */
    expect_trace("callback");
    executor_run(&ex);
    expect_trace("b1 a1 b. a2 a.");
    uv_close((uv_handle_t *)&prepare, NULL);
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hosts_uv_run_runs_tasks_and_sleeps_and_returns),
        cmocka_unit_test(a_callback_of_the_host_may_spawn_and_wake),
        cmocka_unit_test(it_returns_although_tasks_wait_for_what_never_comes),
        cmocka_unit_test(it_does_not_wait_for_a_sleep_that_was_dropped),
        cmocka_unit_test(a_host_that_polls_its_loop_gets_on_too),
        cmocka_unit_test(tasks_that_never_rest_leave_the_host_its_turns),
        cmocka_unit_test(the_virtual_clock_keeps_to_deadlines_there_too),
        cmocka_unit_test(one_loop_can_host_two_executors),
        cmocka_unit_test(without_attach_the_loop_runs_without_the_tasks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
