/* timeout_ms: by hand with a clock that only the test moves. */
#include "a06_yield/budget.h"
#include "a07_select/interval.h"
#include "a07_select/select.h"
#include "a07_select/timeout.h"
#include "tests/by_hand.h"

static struct timeout limit;

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

static enum poll step(void)
{
    return poll_with(&ex, &limit.future);
}

/* ---- In time ------------------------------------------------------------- */

/* TIME-11 */
static void what_comes_in_time_wakes_and_cancels_the_timer(void **state)
{
    up_virtual();
    timeout_ms(&limit, &probes[0].future, 100);
    assert_int_equal(step(), POLL_PENDING);
    pass(99);
    assert_int_equal(bell.rings, 0);
    probe_open(&probes[0]);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(step(), POLL_READY);
    assert_int_equal(limit.status, 0);
    expect_trace("a? a!");
    assert_null(wheel_first(&ex.wheel));
    pass(100);
    assert_int_equal(bell.rings, 1);
    down();
}

/* TIME-11 */
static void what_is_ready_at_once_starts_no_timer(void **state)
{
    up_virtual();
    probes[0].open = true;
    timeout_ms(&limit, &probes[0].future, 0);
    assert_int_equal(step(), POLL_READY);
    assert_int_equal(limit.status, 0);
    assert_null(wheel_first(&ex.wheel));
    down();
}

/* TIME-09 */
static void ready_wins_even_after_the_deadline(void **state)
{
    up_virtual();
    timeout_ms(&limit, &probes[0].future, 100);
    step();
    pass(200); /* time is up, but nobody has looked */
    assert_int_equal(bell.rings, 1);
    probes[0].open = true;
    assert_int_equal(step(), POLL_READY);
    assert_int_equal(limit.status, 0);
    down();
}

/* ---- Too late ------------------------------------------------------------ */

/* TIME-10 */
static void when_time_is_up_the_future_is_dropped(void **state)
{
    up_virtual();
    timeout_ms(&limit, &probes[0].future, 100);
    step();
    pass(100);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(step(), POLL_READY);
    trace("handler");
    assert_int_equal(limit.status, UV_ETIMEDOUT);
    expect_trace("a? a? ~a handler");
    waker_wake(probes[0].waker);
    assert_int_equal(bell.rings, 1);
    down();
}

/* TIME-10: deadline_now_elapses */
static void a_limit_of_zero_ends_in_the_next_turn(void **state)
{
    up_virtual();
    block_on(&ex, timeout_ms(&limit, &probes[0].future, 0));
    assert_int_equal(limit.status, UV_ETIMEDOUT);
    expect_trace("a? a? ~a");
    assert_int_equal(executor_now(&ex), 0);
    down();
}

/* TIME-08 */
static void a_huge_limit_neither_overflows_nor_ends_early(void **state)
{
    struct worker w;
    up_virtual();
    pass(3);
    worker(&w, "w", 2, 1000);
    block_on(&ex, timeout_ms(&limit, &w.async.future, UINT64_MAX));
    assert_int_equal(limit.status, 0);
    expect_trace("w1 w2 w.");
    down();
}

/* TIME-e */
static void the_limit_counts_from_the_first_poll(void **state)
{
    up_virtual();
    timeout_ms(&limit, &probes[0].future, 100);
    pass(1000);
    assert_int_equal(step(), POLL_PENDING);
    pass(99);
    assert_int_equal(bell.rings, 0);
    pass(1);
    assert_int_equal(bell.rings, 1);
    step();
    down();
}

/* ---- Drop, keep, nest ---------------------------------------------------- */

/* SEL-12 */
static void dropping_a_timeout_drops_future_and_timer(void **state)
{
    up_virtual();
    timeout_ms(&limit, &probes[0].future, 100);
    step();
    future_drop(&limit.future);
    future_drop(&limit.future);
    expect_trace("a? ~a");
    assert_null(wheel_first(&ex.wheel));
    pass(200);
    assert_int_equal(bell.rings, 0);
    down();
}

/* SEL-05, TIME-10 */
static void what_is_kept_survives_the_timeout(void **state)
{
    struct worker w;
    struct keep keep;
    int timeouts = 0;
    up_virtual();
    keep_init(&keep, worker(&w, "w", 3, 20));
    do {
        block_on(&ex, timeout_ms(&limit, keep_lend(&keep), 25));
        timeouts += limit.status != 0;
    } while (limit.status != 0);
    expect_trace("w1 w2 w3 w.");
    assert_int_equal(timeouts, 2);
    down();
}

/* SEL-05: the trap, and the way out. */
static void a_deadline_made_anew_in_each_round_never_comes(void **state)
{
    for (int kept = 0; kept < 2; kept++) {
        struct interval every;
        struct interval_tick tick;
        struct sleep deadline;
        struct keep keep;
        struct select select;
        int ticks = 0;
        up_virtual();
        interval_init(&every, 10, INTERVAL_BURST);
        keep_init(&keep, sleep_ms(&deadline, 45));
        do {
            arms[0] = interval_tick(&tick, &every);
            arms[1] = kept ? keep_lend(&keep) : sleep_ms(&deadline, 45);
            block_on(&ex, select_any(&select, arms, 2));
        } while (select.winner == 0 && ++ticks < 100);
        assert_int_equal(ticks, kept ? 5 : 100);
        keep_drop(&keep);
        down();
    }
}

static void timeouts_nest(void **state)
{
    struct timeout inner;
    up_virtual();
    timeout_ms(&inner, &probes[0].future, 50);
    block_on(&ex, timeout_ms(&limit, &inner.future, 100));
    assert_int_equal(limit.status, 0);
    assert_int_equal(inner.status, UV_ETIMEDOUT);
    assert_int_equal(executor_now(&ex), 50);
    fresh();
    timeout_ms(&inner, &probes[0].future, 100);
    block_on(&ex, timeout_ms(&limit, &inner.future, 50));
    assert_int_equal(limit.status, UV_ETIMEDOUT);
    assert_null(wheel_first(&ex.wheel));
    down();
}

static void poll_without_an_executor(void)
{
    poll_once(timeout_ms(&limit, &probes[0].future, 100));
}

static void misuse_is_reported(void **state)
{
    fresh();
    assert_misuse(poll_without_an_executor, "no executor");
}

/* ---- Beside a budget ----------------------------------------------------- */

static enum poll greedy_poll(struct future *f, struct context *cx)
{
    while (budget_spend(cx)) {
    } /* takes all there is, every time */
    return POLL_PENDING;
}

static const struct future_ops greedy_ops = { .name = "greedy",
                                              .poll = greedy_poll,
                                              .drop = future_drop_nothing };

/* SCHED-10 */
static void it_ends_a_future_that_spends_the_whole_budget(void **state)
{
    struct future greedy = { .ops = &greedy_ops };
    up_virtual();
    timeout_ms(&limit, &greedy, 100);
    assert_int_equal(step(), POLL_PENDING);
    assert_int_equal(bell.rings, 1);
    pass(100);
    assert_int_equal(step(), POLL_READY);
    assert_int_equal(limit.status, UV_ETIMEDOUT);
    down();
    up(NULL); /* on the real clock, always ready, and nobody else */
    greedy = (struct future){ .ops = &greedy_ops };
    block_on(&ex, timeout_ms(&limit, &greedy, 5));
    assert_int_equal(limit.status, UV_ETIMEDOUT);
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_in_time_wakes_and_cancels_the_timer),
        cmocka_unit_test(what_is_ready_at_once_starts_no_timer),
        cmocka_unit_test(ready_wins_even_after_the_deadline),
        cmocka_unit_test(when_time_is_up_the_future_is_dropped),
        cmocka_unit_test(a_limit_of_zero_ends_in_the_next_turn),
        cmocka_unit_test(a_huge_limit_neither_overflows_nor_ends_early),
        cmocka_unit_test(the_limit_counts_from_the_first_poll),
        cmocka_unit_test(dropping_a_timeout_drops_future_and_timer),
        cmocka_unit_test(what_is_kept_survives_the_timeout),
        cmocka_unit_test(a_deadline_made_anew_in_each_round_never_comes),
        cmocka_unit_test(timeouts_nest),
        cmocka_unit_test(misuse_is_reported),
        cmocka_unit_test(it_ends_a_future_that_spends_the_whole_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
