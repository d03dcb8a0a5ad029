/* interval_tick: by hand, with a clock that only the test moves. */
#include "tests/by_hand.h"
#include "a07_select/interval.h"

static struct interval every;
static struct interval_tick tick;

static void up_virtual(void)
{
    up(&virtual_clock);
    fresh();
}

static void pass(uint64_t ms)
{
    struct sleep nap;
    block_on(&ex, sleep_ms(&nap, ms));
}

/* Is a tick due now?  Traces when it was due, or "-". */
static bool take(void)
{
    if (poll_with(&ex, interval_tick(&tick, &every)) == POLL_READY) {
        trace("%d", (int)tick.due);
        return true;
    }
    future_drop(&tick.future);
    trace("-");
    return false;
}

/* Wait for a tick. */
static void await_tick(void)
{
    block_on(&ex, interval_tick(&tick, &every));
    trace("%d@%d", (int)tick.due, (int)executor_now(&ex));
}

/* ---- On time ------------------------------------------------------------- */

/* TIME-12 */
static void the_first_tick_is_at_once_the_others_a_period_apart(void **state)
{
    up_virtual();
    pass(7);
    interval_init(&every, 100, INTERVAL_BURST);
    pass(1000); /* it has not begun */
    for (int i = 0; i < 4; i++)
        await_tick();
    expect_trace("1007@1007 1107@1107 1207@1207 1307@1307");
    down();
}

/* TIME-12 */
static void work_in_between_makes_it_drift_not(void **state)
{
    for (enum interval_missed m = INTERVAL_BURST; m <= INTERVAL_SKIP; m++) {
        up_virtual();
        interval_init(&every, 100, m);
        for (int i = 0; i < 4; i++) {
            await_tick();
            pass(60); /* less than a period: no tick is late */
        }
        expect_trace("0@0 100@100 200@200 300@300");
        down();
    }
}

/* TIME-12: never before it is due. */
static void on_the_real_clock_no_tick_is_early(void **state)
{
    up(NULL);
    interval_init(&every, 2, INTERVAL_BURST);
    block_on(&ex, interval_tick(&tick, &every));
    uint64_t start = tick.due;
    for (uint64_t i = 1; i <= 5; i++) {
        block_on(&ex, interval_tick(&tick, &every));
        assert_int_equal(tick.due, start + 2 * i);
        assert_true(executor_now(&ex) >= tick.due);
    }
    down();
}

/* ---- Late ---------------------------------------------------------------- */

/* TIME-14 */
static void burst_catches_up(void **state)
{
    up_virtual();
    interval_init(&every, 100, INTERVAL_BURST);
    take();
    pass(350);
    while (take()) {
    }
    await_tick();
    expect_trace("0 100 200 300 - 400@400");
    down();
}

/* TIME-15 */
static void delay_counts_from_now(void **state)
{
    up_virtual();
    interval_init(&every, 100, INTERVAL_DELAY);
    take();
    pass(350);
    take();
    take();
    await_tick();
    await_tick();
    expect_trace("0 100 - 450@450 550@550");
    down();
}

/* TIME-15 */
static void skip_goes_to_the_next_multiple(void **state)
{
    up_virtual();
    interval_init(&every, 100, INTERVAL_SKIP);
    take();
    pass(350);
    take();
    take();
    await_tick();
    pass(100); /* exactly at a multiple */
    take();
    pass(300);
    take();
    take();
    await_tick();
    expect_trace("0 100 - 400@400 500 600 - 900@900");
    down();
}

/* TIME-15: five milliseconds are nobody's fault. */
static void a_little_late_is_on_time(void **state)
{
    for (enum interval_missed m = INTERVAL_BURST; m <= INTERVAL_SKIP; m++) {
        up_virtual();
        interval_init(&every, 100, m);
        take();
        pass(105);
        take();
        await_tick();
        pass(106);
        take();
        await_tick();
        expect_trace(m == INTERVAL_DELAY ? "0 100 200@200 300 406@406"
                                         : "0 100 200@200 300 400@400");
        down();
    }
}

/* SCHED-08, SCHED-09: it lags behind for ever, and lets others run. */
static void one_that_lags_behind_spends_budget(void **state)
{
    struct context cx;
    int taken = 0;
    up_virtual();
    interval_init(&every, 1, INTERVAL_BURST);
    take();
    pass(1000);
    cx = context_make(bell_waker(&bell), &ex);
    while (future_poll(interval_tick(&tick, &every), &cx) == POLL_READY)
        taken++;
    context_check(&cx, &tick.future);
    assert_int_equal(taken, BUDGET_STEPS);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_with(&ex, &tick.future), POLL_READY);
    assert_int_equal(tick.due, taken + 1); /* none was lost */
    trace_text[0] = '\0';
    down();
}

/* ---- Limits -------------------------------------------------------------- */

static void a_period_of_zero(void)
{
    interval_init(&every, 0, INTERVAL_BURST);
}

static void poll_without_an_executor(void)
{
    interval_init(&every, 1, INTERVAL_BURST);
    poll_once(interval_tick(&tick, &every));
}

/* TIME-13 */
static void misuse_is_reported(void **state)
{
    assert_misuse(a_period_of_zero, "interval_init: a period of 0");
    assert_misuse(poll_without_an_executor, "interval_tick: this context has "
                                            "no executor");
}

/* TIME-08 */
static void a_huge_period_does_not_overflow(void **state)
{
    for (enum interval_missed m = INTERVAL_BURST; m <= INTERVAL_SKIP; m++) {
        up_virtual();
        pass(10);
        interval_init(&every, UINT64_MAX, m);
        take();
        pass(1000000);
        take();
        expect_trace("10 -");
        pass((uint64_t)1 << 63);
        take();
        expect_trace("-");
        down();
    }
}

/* ---- A tick: every way to wait, every way to go -------------------------- */

/* TIME-g, WAIT-01, FUT-04 */
static void a_tick_dropped_while_waiting_is_not_taken(void **state)
{
    up_virtual();
    interval_init(&every, 100, INTERVAL_BURST);
    take();
    for (int i = 0; i < 9; i++) {
        pass(10);
        take();
    }
    assert_null(wheel_first(&ex.wheel));
    pass(20);
    assert_int_equal(bell.rings, 0);
    take();
    expect_trace("0 - - - - - - - - - 100");
    down();
}

/* TIME-g, WAIT-02 */
static void a_tick_dropped_after_it_rang_is_not_taken(void **state)
{
    up_virtual();
    interval_init(&every, 100, INTERVAL_BURST);
    take();
    poll_with(&ex, interval_tick(&tick, &every));
    pass(100);
    assert_int_equal(bell.rings, 1);
    future_drop(&tick.future);
    take();
    expect_trace("0 100");
    down();
}

/* WAIT-03, FUT-03, FUT-06 */
static void a_tick_rings_the_latest_bell_once(void **state)
{
    struct bell first = { 0 };
    struct context cx;
    up_virtual();
    interval_init(&every, 100, INTERVAL_BURST);
    take();
    cx = context_make(bell_waker(&first), &ex);
    assert_int_equal(future_poll(interval_tick(&tick, &every), &cx),
                     POLL_PENDING);
    for (int i = 0; i < 3; i++)
        assert_int_equal(poll_with(&ex, &tick.future), POLL_PENDING);
    pass(200);
    assert_int_equal(first.rings, 0);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_with(&ex, &tick.future), POLL_READY);
    expect_trace("0");
    down();
}

/* Found READY before its timer rang: it leaves the wheel. */
static void a_tick_found_ready_leaves_no_timer(void **state)
{
    struct interval_tick other;
    up_virtual();
    interval_init(&every, 100, INTERVAL_BURST);
    take();
    poll_with(&ex, interval_tick(&tick, &every));
    poll_with(&ex, interval_tick(&other, &every));
    every.next = executor_now(&ex);
    assert_int_equal(poll_with(&ex, &tick.future), POLL_READY);
    pass(100); /* the tick of 0 was taken; 100 is due */
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_with(&ex, &other.future), POLL_READY);
    assert_int_equal(other.due, 100);
    assert_null(wheel_first(&ex.wheel));
    trace_text[0] = '\0';
    down();
}

/* TIME-h */
static void each_tick_is_taken_once(void **state)
{
    struct interval_tick other;
    up_virtual();
    interval_init(&every, 100, INTERVAL_BURST);
    take();
    poll_with(&ex, interval_tick(&tick, &every));
    poll_with(&ex, interval_tick(&other, &every));
    pass(100);
    assert_int_equal(bell.rings, 2);
    assert_int_equal(poll_with(&ex, &tick.future), POLL_READY);
    assert_int_equal(poll_with(&ex, &other.future), POLL_PENDING);
    pass(100);
    assert_int_equal(bell.rings, 3);
    assert_int_equal(poll_with(&ex, &other.future), POLL_READY);
    assert_int_equal(tick.due, 100);
    assert_int_equal(other.due, 200);
    expect_trace("0");
    down();
}

static void drop_and_take_anew(void *data)
{
    struct bell *b = data;
    b->rings++;
    future_drop(&tick.future);
    assert_int_equal(poll_with(&ex, interval_tick(&tick, &every)), POLL_READY);
}

/* WAIT-05, WAKE-07 */
static void the_waker_of_a_tick_may_drop_it_and_take_it(void **state)
{
    struct bell b = { 0 };
    struct waker waker = { drop_and_take_anew, &b };
    struct context cx;
    up_virtual();
    interval_init(&every, 100, INTERVAL_BURST);
    take();
    cx = context_make(waker, &ex);
    future_poll(interval_tick(&tick, &every), &cx);
    pass(100);
    assert_int_equal(b.rings, 1);
    assert_int_equal(tick.due, 100);
    expect_trace("0");
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_tick_is_at_once_the_others_a_period_apart),
        cmocka_unit_test(work_in_between_makes_it_drift_not),
        cmocka_unit_test(on_the_real_clock_no_tick_is_early),
        cmocka_unit_test(burst_catches_up),
        cmocka_unit_test(delay_counts_from_now),
        cmocka_unit_test(skip_goes_to_the_next_multiple),
        cmocka_unit_test(a_little_late_is_on_time),
        cmocka_unit_test(one_that_lags_behind_spends_budget),
        cmocka_unit_test(misuse_is_reported),
        cmocka_unit_test(a_huge_period_does_not_overflow),
        cmocka_unit_test(a_tick_dropped_while_waiting_is_not_taken),
        cmocka_unit_test(a_tick_dropped_after_it_rang_is_not_taken),
        cmocka_unit_test(a_tick_rings_the_latest_bell_once),
        cmocka_unit_test(a_tick_found_ready_leaves_no_timer),
        cmocka_unit_test(each_tick_is_taken_once),
        cmocka_unit_test(the_waker_of_a_tick_may_drop_it_and_take_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
