/* Tests of budget.h. */
#include "tests/support.h"
#include "a06_yield/budget.h"

/* ---- A source that always has something ---------------------------------- */

struct source {
    struct future future;
    int *taken;
};

static enum poll source_poll(struct future *f, struct context *cx)
{
    struct source *self = container_of(f, struct source, future);
    if (!budget_spend(cx))
        return POLL_PENDING;
    ++*self->taken;
    return POLL_READY;
}

static const struct future_ops source_ops = { .name = "source",
                                              .poll = source_poll,
                                              .drop = future_drop_nothing };

static struct future *source(struct source *self, int *taken)
{
    *self = (struct source){ .future.ops = &source_ops, .taken = taken };
    return &self->future;
}

struct reader { /* takes `wanted` items */
    struct async async;
    int *taken, wanted;
    struct source next;
};

static enum poll reader_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct reader);
    while (*self->taken < self->wanted)
        AWAIT(source(&self->next, self->taken));
    ASYNC_END;
}

static const struct future_ops reader_ops = ASYNC_OPS(reader);

static struct future *reader(struct reader *self, int *taken, int wanted)
{
    *self = (struct reader){ .async.future.ops = &reader_ops,
                             .taken = taken,
                             .wanted = wanted };
    return &self->async.future;
}

/* ---- By hand ------------------------------------------------------------- */

/* SCHED-08, SCHED-09 */
static void a_poll_takes_128_items_and_wakes_itself_for_the_next(void **state)
{
    struct bell bell = { 0 };
    struct reader r;
    int taken = 0;
    struct future *f = reader(&r, &taken, 300);
    for (int poll = 1; poll <= 2; poll++) {
        struct context cx = context_make(bell_waker(&bell), NULL);
        assert_int_equal(future_poll(f, &cx), POLL_PENDING);
        context_check(&cx, f); /* not mute: it took the waker */
        assert_int_equal(taken, 128 * poll);
        assert_int_equal(bell.rings, poll);
    }
    struct context cx = context_make(bell_waker(&bell), NULL);
    assert_int_equal(future_poll(f, &cx), POLL_READY);
    assert_int_equal(taken, 300);
    assert_int_equal(bell.rings, 2);
}

/* SCHED-09 */
static void a_reader_dropped_without_budget_has_taken_what_it_counted(
    void **state)
{
    struct bell bell = { 0 };
    struct context cx = context_make(bell_waker(&bell), NULL);
    struct reader r;
    int taken = 0;
    struct future *f = reader(&r, &taken, 300);
    assert_int_equal(future_poll(f, &cx), POLL_PENDING);
    future_drop(f);
    assert_int_equal(taken, 128);
}

static void all_leaves_of_a_poll_share_one_budget(void **state)
{
    struct context cx = context_make((struct waker){ NULL, NULL }, NULL);
    struct context child = context_child(&cx, (struct waker){ NULL, NULL });
    for (int i = 0; i < BUDGET_STEPS / 2; i++)
        assert_true(budget_spend(&cx));
    context_merge(&child, &cx);
    for (int i = 0; i < BUDGET_STEPS / 2; i++)
        assert_true(budget_spend(&child));
    context_merge(&cx, &child);
    assert_false(budget_spend(&cx));
}

static void budget_step_suspends_in_one_round_of_128(void **state)
{
    struct budget step;
    int pending = 0;
    struct context cx = context_make((struct waker){ NULL, NULL }, NULL);
    for (int i = 0; i < 1280; i++) {
        struct future *f = budget_step(&step);
        while (future_poll(f, &cx) == POLL_PENDING) {
            pending++;
            cx = context_make((struct waker){ NULL, NULL }, NULL);
        }
    }
    assert_int_equal(pending, 9); /* the tenth would come next */
}

/* ---- On an executor ------------------------------------------------------ */

/* SCHED-08 */
static void another_task_runs_between_two_budgets(void **state)
{
    int taken = 0;
    up(&virtual_clock);
    spawn(reader(task_slot(struct reader), &taken, 400));
    spawn(worker(task_slot(struct worker), "w", 3, 0));
    executor_run(&ex);
    expect_trace("w1 w2 w3 w.");
    assert_int_equal(taken, 400);
    down();
}

/* SCHED-10 */
static void a_sleep_beside_a_source_that_never_waits_rings_in_time(void **state)
{
    int taken = 0;
    struct sleep nap;
    up(NULL);
    spawn(reader(task_slot(struct reader), &taken, INT32_MAX));
    block_on(&ex, sleep_ms(&nap, 5));
    assert_true(executor_now(&ex) >= 5);
    assert_true(taken > 0);
    down();
}

/* SCHED-09 */
static void nothing_is_lost_in_any_order(void **state)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        int taken[3] = { 0 };
        up(&(struct executor_options){ .virtual_clock = true, .seed = seed });
        for (int i = 0; i < 3; i++)
            spawn(reader(task_slot(struct reader), &taken[i], 200 * (i + 1)));
        executor_run(&ex);
        for (int i = 0; i < 3; i++)
            assert_int_equal(taken[i], 200 * (i + 1));
        down();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_poll_takes_128_items_and_wakes_itself_for_the_next),
        cmocka_unit_test(
            a_reader_dropped_without_budget_has_taken_what_it_counted),
        cmocka_unit_test(all_leaves_of_a_poll_share_one_budget),
        cmocka_unit_test(budget_step_suspends_in_one_round_of_128),
        cmocka_unit_test(another_task_runs_between_two_budgets),
        cmocka_unit_test(
            a_sleep_beside_a_source_that_never_waits_rings_in_time),
        cmocka_unit_test(nothing_is_lost_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
