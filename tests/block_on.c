/* block_on() and executor_run(): what they run, and when they return. */
#include "support.h"

static void open_it(uv_timer_t *timer)
{
    probe_open(timer->data);
    uv_close((uv_handle_t *)timer, NULL);
}

/* What opens a probe from outside: a libuv timer of somebody else. */
static void open_later(uv_timer_t *timer, struct probe *p, uint64_t ms)
{
    uv_timer_init(&loop, timer);
    timer->data = p;
    uv_timer_start(timer, open_it, ms, 0);
}

static void trace_turn(uv_prepare_t *prepare)
{
    trace("turn");
}

/* BLK-01 */
static void a_ready_future_returns_without_a_turn_of_the_loop(void **state)
{
    struct worker w;
    uv_prepare_t prepare;
    up(NULL);
    uv_prepare_init(&loop, &prepare);
    uv_prepare_start(&prepare, trace_turn);
    block_on(&ex, worker(&w, "w", 0, 0));
    expect_trace("~w");
    uv_close((uv_handle_t *)&prepare, NULL);
    down();
}

/* BLK-02 */
static void it_waits_for_its_future_when_the_queue_is_empty(void **state)
{
    struct probe p;
    uv_timer_t timer;
    up(NULL);
    open_later(&timer, &p, 1);
    block_on(&ex, probe(&p, "p"));
    expect_trace("p? p!");
    down();
}

/* BLK-03 */
static void a_spawned_task_does_nothing_until_somebody_runs(void **state)
{
    up(NULL);
    task_detach(spawn_worker("a", 1, 0));
    expect_trace("");
    let_run(1);
    expect_trace("a1");
    down();
    expect_trace("~a");
}

/* BLK-04, BLK-05 */
static void tasks_run_meanwhile_and_stay_when_it_returns(void **state)
{
    struct worker w;
    up(&virtual_clock);
    task_detach(spawn_worker("a", 4, 10));
    block_on(&ex, worker(&w, "w", 1, 25));
    expect_trace("a1 w1 a2 a3 w.");
    executor_run(&ex);
    expect_trace("a4 a.");
    assert_int_equal(executor_now(&ex), 40);
    down();
}

struct parent { /* spawns two workers and ends */
    struct async async;
    struct yield yield;
};

static enum poll parent_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct parent);
    spawn(worker(task_slot(struct worker), "a", 2, 10));
    AWAIT(yield_now(&self->yield));
    spawn(worker(task_slot(struct worker), "b", 1, 0));
    trace("parent");
    ASYNC_END;
}

static const struct future_ops parent_ops = ASYNC_OPS(parent);

static struct future *parent(struct parent *self)
{
    *self = (struct parent){ .async.future.ops = &parent_ops };
    return &self->async.future;
}

/* BLK-06 */
static void run_ends_when_no_task_is_left_also_none_that_a_task_spawned(
    void **state)
{
    up(&virtual_clock);
    spawn(parent(task_slot(struct parent)));
    executor_run(&ex);
    expect_trace("a1 parent b1 b. a2 a.");
    executor_run(&ex);
    expect_trace("");
    down();
}

struct forever {
    struct async async;
    struct yield yield;
    int rounds;
};

static enum poll forever_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct forever);
    for (;; self->rounds++)
        AWAIT(yield_now(&self->yield));
    ASYNC_END;
}

static const struct future_ops forever_ops = ASYNC_OPS(forever);

static struct future *forever(struct forever *self)
{
    *self = (struct forever){ .async.future.ops = &forever_ops };
    return &self->async.future;
}

/* BLK-09, SCHED-05 */
static void it_ends_although_others_yield_for_ever(void **state)
{
    struct worker w;
    up(NULL);
    spawn(forever(task_slot(struct forever)));
    spawn(forever(task_slot(struct forever)));
    block_on(&ex, worker(&w, "y", 2, 0));
    block_on(&ex, worker(&w, "s", 2, 1)); /* by the real clock */
    expect_trace("y1 y2 y. s1 s2 s.");
    down();
}

/* BLK-02 */
static void it_returns_at_once_when_its_future_is_ready(void **state)
{
    struct worker w;
    up(NULL);
    task_detach(spawn_worker("a", 9, 0));
    block_on(&ex, worker(&w, "w", 2, 0));
    expect_trace("a1 w1 a2 w2 a3 w.");
    down();
}

/* BLK-12 */
static void the_main_future_is_polled_only_when_woken(void **state)
{
    struct probe p;
    uv_timer_t timer;
    up(NULL);
    task_detach(spawn_worker("a", 24, 0));
    open_later(&timer, &p, 1);
    block_on(&ex, probe(&p, "p"));
    assert_int_equal(p.polls, 2);
    executor_run(&ex);
    down();
}

/* ---- No wake is lost between the last poll and the sleep ----------------- */

static struct probe p;

static void open_from_prepare(uv_prepare_t *handle)
{
    probe_open(&p);
    uv_close((uv_handle_t *)handle, NULL);
}

static void open_from_close(uv_handle_t *handle)
{
    probe_open(&p);
}

static void close_it(uv_timer_t *handle)
{
    uv_close((uv_handle_t *)handle, open_from_close);
}

/* WAKE-10 */
static void a_wake_just_before_libuv_sleeps_keeps_it_awake(void **state)
{
    uv_timer_t hour, timer, closed;
    uv_prepare_t prepare;
    up(NULL);
    uv_timer_init(&loop, &hour); /* so long would libuv sleep */
    uv_timer_start(&hour, open_it, 3600000, 0);

    uv_prepare_init(&loop, &prepare);
    uv_prepare_start(&prepare, open_from_prepare);
    block_on(&ex, probe(&p, "prepare"));
    open_later(&timer, &p, 1);
    block_on(&ex, probe(&p, "timer"));
    uv_timer_init(&loop, &closed);
    uv_timer_start(&closed, close_it, 1, 0);
    block_on(&ex, probe(&p, "close"));

    expect_trace("prepare? prepare! timer? timer! close? close!");
    uv_close((uv_handle_t *)&hour, NULL);
    down();
}

/* ---- More than one ------------------------------------------------------- */

struct opener { /* opens a probe that waits somewhere else */
    struct async async;
    struct probe *other;
    struct sleep nap;
};

static enum poll opener_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct opener);
    AWAIT(sleep_ms(&self->nap, 1));
    trace("opens");
    probe_open(self->other);
    ASYNC_END;
}

static const struct future_ops opener_ops = ASYNC_OPS(opener);

static struct future *opener(struct opener *self, struct probe *other)
{
    *self = (struct opener){ .async.future.ops = &opener_ops, .other = other };
    return &self->async.future;
}

/* BLK-c */
static void two_executors_run_their_own_tasks_and_wake_each_others(void **state)
{
    uv_loop_t loop2;
    struct executor ex2;
    struct probe *here;
    up(NULL);
    assert_int_equal(uv_loop_init(&loop2), 0);
    executor_init(&ex2, &loop2, NULL);
    here = task_slot(struct probe);
    spawn(probe(here, "p"));
    task_detach(task_spawn(&ex2, opener(task_slot(struct opener), here)));

    let_run(1);
    expect_trace("p?");
    executor_run(&ex2);
    expect_trace("opens");
    executor_run(&ex);
    expect_trace("p!");
    assert_int_equal(executor_close(&ex2), 0);
    assert_int_equal(uv_loop_close(&loop2), 0);
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ready_future_returns_without_a_turn_of_the_loop),
        cmocka_unit_test(it_waits_for_its_future_when_the_queue_is_empty),
        cmocka_unit_test(a_spawned_task_does_nothing_until_somebody_runs),
        cmocka_unit_test(tasks_run_meanwhile_and_stay_when_it_returns),
        cmocka_unit_test(
            run_ends_when_no_task_is_left_also_none_that_a_task_spawned),
        cmocka_unit_test(it_ends_although_others_yield_for_ever),
        cmocka_unit_test(it_returns_at_once_when_its_future_is_ready),
        cmocka_unit_test(the_main_future_is_polled_only_when_woken),
        cmocka_unit_test(a_wake_just_before_libuv_sleeps_keeps_it_awake),
        cmocka_unit_test(
            two_executors_run_their_own_tasks_and_wake_each_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
