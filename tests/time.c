/* Sleeps, on the real clock and on the virtual one.  No test here says how long
 * something takes, only that it never ends too early. */
#include "support.h"

static struct bell bell, other;

static enum poll step(struct future *f, struct bell *b)
{
    struct context cx = context_make(bell_waker(b), &ex);
    return future_poll(f, &cx);
}

static void pass(uint64_t ms)
{
    struct sleep nap;
    block_on(&ex, sleep_ms(&nap, ms));
}

static void up_virtual(void)
{
    bell.rings = other.rings = 0;
    up(&virtual_clock);
}

/* ---- Never early --------------------------------------------------------- */

/* TIME-01 */
static void a_sleep_never_ends_before_its_time(void **state)
{
    up(NULL);
    for (uint64_t ms = 0; ms <= 5; ms++) {
        uint64_t start = uv_hrtime();
        pass(ms);
        assert_true(uv_hrtime() - start >= ms * 1000000);
    }
    down();
}

/* TIME-01 */
static void the_millisecond_that_has_begun_does_not_count(void **state)
{
    struct sleep nap;
    up(NULL);
    for (int i = 0; i < 20; i++) { /* most of them well inside of one */
        uint64_t before = uv_hrtime();
        step(sleep_ms(&nap, 5), &bell);
        assert_true(ex.start + nap.timer.deadline * 1000000 >=
                    before + 5000000);
        future_drop(&nap.future);
        while (uv_hrtime() - before < 70000) {
        }
    }
    down();
}

/* DRV-03, TIME-01 */
static void a_sleep_counts_from_now_not_from_the_last_turn_of_the_loop(
    void **state)
{
    uint64_t start;
    up(NULL);
    uv_update_time(&loop);
    for (start = uv_hrtime(); uv_hrtime() - start < 10000000;) {
    } /* the loop's own time is 10 ms old now */
    start = uv_hrtime();
    pass(5);
    assert_true(uv_hrtime() - start >= 5000000);
    down();
}

/* TIME-02 */
static void sleeps_of_zero_end_promptly_a_thousand_in_a_row_too(void **state)
{
    up(NULL);
    for (int i = 0; i < 1000; i++)
        pass(0);
    down();
    up_virtual();
    for (int i = 0; i < 1000; i++)
        pass(0);
    assert_int_equal(executor_now(&ex), 0);
    down();
}

/* ---- Order --------------------------------------------------------------- */

struct nap { /* starts late, sleeps, and says at what time it is done */
    struct async async;
    const char *name;
    uint64_t late, ms;
    struct sleep sleep;
};

static enum poll nap_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct nap);
    AWAIT(sleep_ms(&self->sleep, self->late));
    AWAIT(sleep_ms(&self->sleep, self->ms));
    trace("%s=%d", self->name, (int)executor_now(cx->executor));
    ASYNC_END;
}

static const struct future_ops nap_ops = ASYNC_OPS(nap);

static struct task *spawn_nap(const char *name, uint64_t late, uint64_t ms)
{
    struct nap *self = task_slot(struct nap);
    *self = (struct nap){
        .async.future.ops = &nap_ops, .name = name, .late = late, .ms = ms
    };
    return task_spawn(&ex, &self->async.future);
}

/* TIME-04, TIME-b */
static void sleeps_end_in_order_of_deadline_ties_in_order_started(void **state)
{
    up_virtual();
    task_detach(spawn_nap("c", 0, 30));
    task_detach(spawn_nap("a", 0, 10));
    task_detach(spawn_nap("B", 5, 15)); /* 20, started last */
    task_detach(spawn_nap("b", 0, 20));
    task_detach(spawn_nap("b2", 1, 19));
    executor_run(&ex);
    expect_trace("a=10 b=20 b2=20 B=20 c=30");
    down();
}

/* TIME-a */
static void each_of_512_sleepers_ends_at_its_own_time(void **state)
{
    static char expected[512 * 8];
    size_t n = 0;
    up_virtual();
    for (unsigned i = 0; i < 512; i++) {
        unsigned ms = i * 389 % 512 + 1; /* each once, mixed */
        task_detach(spawn_nap("", 0, ms));
        n += (size_t)snprintf(expected + n, sizeof expected - n, "%s=%u",
                              i ? " " : "", i + 1);
    }
    executor_run(&ex);
    expect_trace(expected);
    down();
}

/* TIME-e */
static void a_sleep_counts_from_its_first_poll(void **state)
{
    struct sleep nap;
    up_virtual();
    sleep_ms(&nap, 10);
    pass(100);
    block_on(&ex, &nap.future);
    assert_int_equal(executor_now(&ex), 110);
    down();
}

/* TIME-07 */
static void dropped_and_made_anew_a_sleep_starts_again(void **state)
{
    struct sleep nap;
    up_virtual();
    step(sleep_ms(&nap, 10), &bell);
    pass(5);
    future_drop(&nap.future);
    step(sleep_ms(&nap, 20), &bell); /* later: 25 */
    pass(19);
    assert_int_equal(bell.rings, 0);
    pass(1);
    assert_int_equal(bell.rings, 1);
    step(sleep_ms(&nap, 10), &bell); /* once more, after it rang: 35 */
    future_drop(&nap.future);
    step(sleep_ms(&nap, 3), &bell); /* sooner: 28 */
    pass(3);
    assert_int_equal(bell.rings, 2);
    assert_int_equal(step(&nap.future, &bell), POLL_READY);
    pass(100);
    assert_int_equal(bell.rings, 2);
    down();
}

/* TIME-08 */
static void huge_sleeps_neither_overflow_nor_end_early(void **state)
{
    uint64_t ten_years = 315576000000, last = UINT64_MAX - 1;
    up_virtual();
    pass(3);
    pass(ten_years);
    assert_true(executor_now(&ex) == ten_years + 3);
    pass((uint64_t)1 << 63);
    assert_true(executor_now(&ex) == ten_years + 3 + ((uint64_t)1 << 63));
    pass(UINT64_MAX);
    assert_true(executor_now(&ex) == last);
    down();
    up(NULL);
    task_detach(spawn_nap("max", 0, UINT64_MAX));
    task_detach(spawn_nap("years", 0, ten_years));
    pass(2);
    expect_trace("");
    down();
}

/* ---- Many at the same moment --------------------------------------------- */

static struct task *naps[100];

static enum poll cutter_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct nap);
    AWAIT(sleep_ms(&self->sleep, self->ms));
    for (int i = 0; i < 100; i++)
        task_abort(naps[i]);
    trace("cut");
    ASYNC_END;
}

static const struct future_ops cutter_ops = ASYNC_OPS(cutter);

/* TIME-06 */
static void one_sleeper_may_cancel_99_that_are_due_with_it(void **state)
{
    struct nap *self = task_slot(struct nap);
    *self = (struct nap){ .async.future.ops = &cutter_ops, .ms = 10 };
    up_virtual();
    for (int i = 0; i < 100; i++) {
        naps[i] = i == 50 ? task_spawn(&ex, &self->async.future)
                          : spawn_nap("n", 0, i < 50 ? 20 : 10);
    }
    executor_run(&ex);
    expect_trace("cut");
    for (int i = 0; i < 100; i++) {
        assert_int_equal(task_is_cancelled(naps[i]), i != 50);
        task_detach(naps[i]);
    }
    down();
}

/* ---- A sleep: every way to wait, every way to go ------------------------- */

/* WAIT-01, TIME-05, FUT-04 */
static void a_sleep_dropped_while_waiting_does_not_ring(void **state)
{
    struct sleep nap;
    up_virtual();
    step(sleep_ms(&nap, 10), &bell);
    future_drop(&nap.future);
    assert_null(wheel_first(&ex.wheel));
    pass(20);
    assert_int_equal(bell.rings, 0);
    down();
}

/* WAIT-02 */
static void a_sleep_dropped_after_it_rang_leaves_nothing_behind(void **state)
{
    struct sleep nap;
    up_virtual();
    step(sleep_ms(&nap, 10), &bell);
    pass(10);
    future_drop(&nap.future);
    pass(10);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(step(sleep_ms(&nap, 10), &bell), POLL_PENDING);
    future_drop(&nap.future);
    down();
}

/* WAIT-03, FUT-03, FUT-06 */
static void a_sleep_rings_the_latest_bell_once(void **state)
{
    struct sleep nap;
    up_virtual();
    sleep_ms(&nap, 10);
    for (int i = 0; i < 3; i++)
        assert_int_equal(step(&nap.future, &bell), POLL_PENDING);
    for (int i = 0; i < 3; i++)
        assert_int_equal(step(&nap.future, &other), POLL_PENDING);
    pass(9);
    assert_int_equal(other.rings, 0);
    pass(20);
    assert_int_equal(bell.rings, 0);
    assert_int_equal(other.rings, 1);
    assert_int_equal(step(&nap.future, &other), POLL_READY);
    down();
}

static struct sleep pair[2];

static void drop_both(void *data)
{
    struct bell *b = data;
    b->rings++;
    assert_int_equal(step(&pair[0].future, &other), POLL_READY);
    future_drop(&pair[1].future);
}

/* WAIT-05, WAKE-07, TIME-06 */
static void the_waker_of_a_sleep_may_poll_it_and_drop_its_neighbour(
    void **state)
{
    struct waker waker = { drop_both, &bell };
    struct context cx;
    up_virtual();
    cx = context_make(waker, &ex);
    for (int i = 0; i < 2; i++)
        future_poll(sleep_ms(&pair[i], 10), &cx);
    pass(10);
    assert_int_equal(bell.rings, 1);
    down();
}

/* ---- The virtual clock --------------------------------------------------- */

/* TIME-i: the clock is 50 ms behind at the start, and later once more. */
static void a_clock_that_goes_back_stands_still(void **state)
{
    struct sleep nap;
    uint64_t before;
    up(NULL);
    ex.start = uv_hrtime() + 50000000;
    assert_int_equal(executor_now(&ex), 0);
    block_on(&ex, sleep_ms(&nap, 5));
    before = ex.wheel.now;
    assert_true(before >= 5);
    ex.start += 50000000;
    assert_int_equal(executor_now(&ex), before);
    block_on(&ex, sleep_ms(&nap, 5));
    assert_true(executor_now(&ex) >= before + 5);
    down();
}

/* TIME-i: also where no timer runs, so that no turn has looked at the clock */
static void a_clock_that_goes_back_between_two_questions(void **state)
{
    uint64_t before;
    up(NULL);
    uv_sleep(10);
    before = executor_now(&ex);
    assert_true(before >= 10);
    ex.start += 5000000;
    assert_true(executor_now(&ex) >= before);
    down();
}

/* TIME-b */
static void idle_time_jumps_and_every_run_is_the_same(void **state)
{
    for (int run = 0; run < 3; run++) {
        up_virtual();
        task_detach(spawn_nap("day", 0, 86400000));
        task_detach(spawn_worker("hour", 2, 3600000));
        executor_run(&ex);
        assert_int_equal(executor_now(&ex), 86400000);
        expect_trace("hour1 hour2 hour. day=86400000");
        down();
    }
}

static void trace_now(uv_timer_t *timer)
{
    static uint64_t last;
    if (executor_now(&ex) != last || !trace_text[0])
        trace("%d", (int)executor_now(&ex));
    last = executor_now(&ex);
}

/* TIME-f */
static void beside_other_handles_it_keeps_to_deadlines_at_real_pace(
    void **state)
{
    uv_timer_t timer;
    uint64_t start = uv_hrtime();
    up_virtual();
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, trace_now, 1, 1);
    pass(10);
    trace_now(&timer);
    pass(90);
    trace_now(&timer);
    assert_true(uv_hrtime() - start > 60000000); /* it did not jump */
    uv_timer_stop(&timer);
    expect_trace("0 10 100");
    uv_close((uv_handle_t *)&timer, NULL);
    down();
}

static void close_timer(uv_timer_t *timer)
{
    uv_close((uv_handle_t *)timer, NULL);
}

/* TIME-b, TIME-f */
static void when_the_others_have_gone_it_jumps_and_forgets_its_alarm(
    void **state)
{
    uv_timer_t timer;
    uv_async_t async;
    up_virtual();
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, close_timer, 1, 0);
    pass(3600000); /* at real pace for a millisecond, then at once */
    uv_async_init(&loop, &async, NULL);
    pass(0); /* due at the very time for which the alarm was set before */
    assert_int_equal(executor_now(&ex), 3600000);
    uv_close((uv_handle_t *)&async, NULL);
    down();
}

/* TIME-f */
static void the_alarm_of_a_dropped_sleep_moves_no_time(void **state)
{
    struct sleep dropped, later;
    uv_timer_t timer;
    up_virtual();
    uv_timer_init(&loop, &timer); /* so that the clock keeps to real pace */
    uv_timer_start(&timer, trace_now, 3600000, 0);
    step(sleep_ms(&dropped, 1), &bell);
    step(sleep_ms(&later, 3600000), &other);
    executor_set_alarm(&ex);
    future_drop(&dropped.future);
    uv_sleep(5);
    uv_run(&loop, UV_RUN_NOWAIT); /* the alarm rings */
    assert_int_equal(executor_now(&ex), 0);
    assert_int_equal(bell.rings + other.rings, 0);
    future_drop(&later.future);
    uv_close((uv_handle_t *)&timer, NULL);
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sleep_never_ends_before_its_time),
        cmocka_unit_test(the_millisecond_that_has_begun_does_not_count),
        cmocka_unit_test(
            a_sleep_counts_from_now_not_from_the_last_turn_of_the_loop),
        cmocka_unit_test(sleeps_of_zero_end_promptly_a_thousand_in_a_row_too),
        cmocka_unit_test(sleeps_end_in_order_of_deadline_ties_in_order_started),
        cmocka_unit_test(each_of_512_sleepers_ends_at_its_own_time),
        cmocka_unit_test(a_sleep_counts_from_its_first_poll),
        cmocka_unit_test(dropped_and_made_anew_a_sleep_starts_again),
        cmocka_unit_test(huge_sleeps_neither_overflow_nor_end_early),
        cmocka_unit_test(one_sleeper_may_cancel_99_that_are_due_with_it),
        cmocka_unit_test(a_sleep_dropped_while_waiting_does_not_ring),
        cmocka_unit_test(a_sleep_dropped_after_it_rang_leaves_nothing_behind),
        cmocka_unit_test(a_sleep_rings_the_latest_bell_once),
        cmocka_unit_test(
            the_waker_of_a_sleep_may_poll_it_and_drop_its_neighbour),
        cmocka_unit_test(a_clock_that_goes_back_stands_still),
        cmocka_unit_test(a_clock_that_goes_back_between_two_questions),
        cmocka_unit_test(idle_time_jumps_and_every_run_is_the_same),
        cmocka_unit_test(
            beside_other_handles_it_keeps_to_deadlines_at_real_pace),
        cmocka_unit_test(
            when_the_others_have_gone_it_jumps_and_forgets_its_alarm),
        cmocka_unit_test(the_alarm_of_a_dropped_sleep_moves_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
