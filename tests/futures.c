/* The poll contract, by hand: no task, no loop. */
#include "support.h"

static struct bell bell;

static struct context rings(struct bell *b)
{
    b->rings = 0;
    return context_make(bell_waker(b), NULL);
}

/* FUT-01 */
static void making_a_future_runs_nothing(void **state)
{
    struct probe p;
    struct worker w;
    struct yield y;
    struct sleep s;
    up(NULL);
    probe(&p, "p");
    worker(&w, "w", 3, 10);
    yield_now(&y);
    sleep_ms(&s, 10);
    expect_trace("");
    assert_true(ex.wheel.next == UINT64_MAX);
    assert_int_equal(p.polls, 0);
    down();
}

/* FUT-02 */
static void pending_means_that_the_event_will_wake(void **state)
{
    struct context cx = rings(&bell);
    struct probe p;
    assert_int_equal(future_poll(probe(&p, "p"), &cx), POLL_PENDING);
    assert_int_equal(bell.rings, 0);
    probe_open(&p);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(future_poll(&p.future, &cx), POLL_READY);
    expect_trace("p? p!");
}

static void only_the_waker_of_the_latest_poll_is_called(void **state)
{
    struct bell first;
    struct context cx1 = rings(&first), cx2 = rings(&bell);
    struct worker w;
    struct probe p;
    future_poll(probe(&p, "p"), &cx1);
    future_poll(&p.future, &cx2);
    probe_open(&p);
    assert_int_equal(first.rings, 0);
    assert_int_equal(bell.rings, 1);

    future_poll(worker(&w, "w", 2, 0), &cx1); /* also through an AWAIT */
    future_poll(&w.async.future, &cx2);
    assert_int_equal(first.rings, 1);
    assert_int_equal(bell.rings, 2);
    future_drop(&w.async.future);
    expect_trace("p? p? w1 w2 ~w");
}

/* FUT-04 */
static void a_finished_or_dropped_future_holds_no_waker(void **state)
{
    struct context cx = rings(&bell);
    struct probe p;
    future_poll(probe(&p, "p"), &cx);
    future_drop(&p.future);
    probe_open(&p);
    assert_int_equal(bell.rings, 0);

    future_poll(probe(&p, "q"), &cx);
    probe_open(&p);
    future_poll(&p.future, &cx);
    probe_open(&p);
    assert_int_equal(bell.rings, 1);
    expect_trace("p? ~p q? q!");
}

/* FUT-06 */
static void a_poll_without_an_event_changes_nothing(void **state)
{
    struct context cx = rings(&bell);
    struct probe p;
    probe(&p, "p");
    for (int i = 0; i < 3; i++)
        assert_int_equal(future_poll(&p.future, &cx), POLL_PENDING);
    assert_int_equal(bell.rings, 0);
    probe_open(&p);
    assert_int_equal(bell.rings, 1);
    future_drop(&p.future);
    expect_trace("p? p? p? ~p");
}

/* FUT-09 */
static void a_future_may_move_until_its_first_poll(void **state)
{
    struct context cx = rings(&bell);
    struct probe here, there;
    probe(&here, "p");
    there = here;
    assert_int_equal(future_poll(&there.future, &cx), POLL_PENDING);
    future_drop(&there.future);
    expect_trace("p? ~p");
}

/* FUT-a */
static void dropping_a_future_never_polled_runs_nothing(void **state)
{
    struct worker w;
    struct sleep s;
    struct join j;
    struct yield y;
    struct task *t;
    up(&virtual_clock);
    t = spawn_worker("t", 1, 5);
    future_drop(worker(&w, "w", 3, 0));
    future_drop(sleep_ms(&s, 10));
    future_drop(yield_now(&y));
    future_drop(task_join(&j, t));
    executor_run(&ex);
    expect_trace("t1 t.");
    assert_int_equal(executor_now(&ex), 5);
    task_detach(t);
    down();
}

/* FUT-c */
static void dropping_twice_is_dropping_once(void **state)
{
    struct context cx = rings(&bell);
    struct worker w;
    struct probe p;
    future_poll(probe(&p, "p"), &cx);
    future_drop(&p.future);
    future_drop(&p.future);
    future_poll(worker(&w, "w", 1, 0), &cx);
    future_drop(&w.async.future);
    future_drop(&w.async.future);
    expect_trace("p? ~p w1 ~w");
}

/* FUT-d */
static void dropping_a_ready_future_does_nothing(void **state)
{
    struct context cx = rings(&bell);
    struct probe p;
    probe(&p, "p");
    p.open = true;
    assert_int_equal(future_poll(&p.future, &cx), POLL_READY);
    future_drop(&p.future);
    expect_trace("p!");
}

/* FUT-e */
static void dropping_nothing_at_all_is_fine(void **state)
{
    struct probe zeroed = { .name = "z" };
    future_drop(NULL);
    future_drop(&zeroed.future);
    expect_trace("");
}

/* FUT-f */
static void a_future_that_is_over_can_be_made_anew(void **state)
{
    struct context cx = rings(&bell);
    struct probe p;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(future_poll(probe(&p, "p"), &cx), POLL_PENDING);
        future_drop(&p.future);
    }
    expect_trace("p? ~p p? ~p p? ~p");
}

/* WAKE-08 */
static void an_empty_waker_wakes_nobody(void **state)
{
    struct waker empty = { NULL, NULL };
    struct context cx = context_make(empty, NULL);
    struct probe p;
    waker_wake(empty);
    future_poll(probe(&p, "p"), &cx);
    probe_open(&p); /* not remembered for a waker that comes later */
    p.open = false;
    cx = rings(&bell);
    future_poll(&p.future, &cx);
    assert_int_equal(bell.rings, 0);
    probe_open(&p);
    assert_int_equal(bell.rings, 1);
    future_drop(&p.future);
    expect_trace("p? p? ~p");
}

void drop_elsewhere(struct future *f); /* elsewhere.c */

/* FUT-h */
static void a_future_that_is_over_is_so_in_every_source_file(void **state)
{
    struct context cx = context_make((struct waker){ NULL, NULL }, NULL);
    struct probe p;
    probe(&p, "p");
    probe_open(&p);
    assert_int_equal(future_poll(&p.future, &cx), POLL_READY);
    drop_elsewhere(&p.future);
    expect_trace("p!");
}

struct outer {
    int before;
    struct probe inner;
};

/* FUT-g */
static void container_of_finds_the_struct_around(void **state)
{
    struct outer outer;
    struct future *f = &outer.inner.future;
    assert_ptr_equal(container_of(f, struct outer, inner.future), &outer);
    assert_ptr_equal(container_of(f, struct probe, future), &outer.inner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(making_a_future_runs_nothing),
        cmocka_unit_test(pending_means_that_the_event_will_wake),
        cmocka_unit_test(only_the_waker_of_the_latest_poll_is_called),
        cmocka_unit_test(a_finished_or_dropped_future_holds_no_waker),
        cmocka_unit_test(a_poll_without_an_event_changes_nothing),
        cmocka_unit_test(a_future_may_move_until_its_first_poll),
        cmocka_unit_test(dropping_a_future_never_polled_runs_nothing),
        cmocka_unit_test(dropping_twice_is_dropping_once),
        cmocka_unit_test(dropping_a_ready_future_does_nothing),
        cmocka_unit_test(dropping_nothing_at_all_is_fine),
        cmocka_unit_test(a_future_that_is_over_is_so_in_every_source_file),
        cmocka_unit_test(a_future_that_is_over_can_be_made_anew),
        cmocka_unit_test(an_empty_waker_wakes_nobody),
        cmocka_unit_test(container_of_finds_the_struct_around),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
