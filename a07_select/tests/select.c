/* select_any, select_biased, future_keep: by hand, and on an executor. */
#include "arms.h"
#include "desk.h"

static struct select sel;
static struct keep keeps[MANY];

/* ---- Who wins ------------------------------------------------------------ */

/* SEL-01 */
static void the_first_that_is_ready_wins(void **state)
{
    for (size_t i = 0; i < 3; i++) {
        fresh();
        select_any(&sel, arms, 3);
        expect_trace("");
        assert_int_equal(poll_once(&sel.future), POLL_PENDING);
        probe_open(&probes[i]);
        assert_int_equal(bell.rings, 1);
        assert_int_equal(poll_once(&sel.future), POLL_READY);
        assert_int_equal(sel.winner, i);
    }
}

/* SEL-02, SEL-10 */
static void arms_after_the_winner_are_not_polled(void **state)
{
    fresh();
    probes[1].open = probes[2].open = true;
    assert_int_equal(poll_once(select_biased(&sel, arms, 4)), POLL_READY);
    assert_int_equal(sel.winner, 1);
    expect_trace("a? b! ~a ~c ~d");
}

/* SEL-03, SEL-04: the trace ends with the drops; then comes the handler. */
static void losers_are_dropped_before_the_winners_branch_runs(void **state)
{
    fresh();
    select_biased(&sel, arms, 3);
    poll_once(&sel.future);
    probe_open(&probes[1]);
    poll_once(&sel.future);
    trace("handler");
    expect_trace("a? b? c? a? b! ~a ~c handler");
    for (int i = 0; i < 3; i++)
        waker_wake(probes[i].waker);
    assert_int_equal(bell.rings, 1); /* no loser has kept a waker */
    future_drop(&sel.future);
    expect_trace("");
}

/* SEL-10 */
static void biased_goes_from_first_to_last_every_time(void **state)
{
    fresh();
    select_biased(&sel, arms, 3);
    for (int i = 0; i < 3; i++)
        poll_once(&sel.future);
    expect_trace("a? b? c? a? b? c? a? b? c?");
    future_drop(&sel.future);
    trace_text[0] = '\0';
    for (int i = 0; i < 100; i++) {
        fresh();
        probes[0].open = probes[1].open = true;
        poll_once(select_biased(&sel, arms, 2));
        assert_int_equal(sel.winner, 0);
    }
}

/* ---- While nobody is ready ----------------------------------------------- */

/* SEL-06 */
static void every_arm_can_wake(void **state)
{
    for (int i = 0; i < MANY; i++) {
        fresh();
        poll_once(select_any(&sel, arms, MANY));
        for (int k = 0; k < MANY; k++)
            assert_int_equal(probes[k].polls, 1);
        assert_int_equal(bell.rings, 0);
        waker_wake(probes[i].waker);
        assert_int_equal(bell.rings, 1);
        future_drop(&sel.future);
    }
}

/* SEL-06, FUT-03, FUT-06 */
static void the_latest_waker_counts_in_all_arms(void **state)
{
    struct bell first = { 0 };
    struct context cx = context_make(bell_waker(&first), NULL);
    fresh();
    future_poll(select_any(&sel, arms, 3), &cx);
    poll_once(&sel.future);
    for (int i = 0; i < 3; i++)
        waker_wake(probes[i].waker);
    assert_int_equal(first.rings, 0);
    assert_int_equal(bell.rings, 3);
    future_drop(&sel.future);
}

/* SEL-12 */
static void dropping_a_select_drops_all_its_arms(void **state)
{
    fresh();
    future_drop(select_any(&sel, arms, 2));
    expect_trace("~a ~b");
    fresh();
    poll_once(select_biased(&sel, arms, 2));
    future_drop(&sel.future);
    future_drop(&sel.future);
    expect_trace("a? b? ~a ~b");
}

/* ---- Disabled arms ------------------------------------------------------- */

/* SEL-07 */
static void a_disabled_arm_is_never_polled(void **state)
{
    fresh();
    arms[0] = arms[2] = NULL;
    probes[0].open = true;
    poll_once(select_biased(&sel, arms, 4));
    probe_open(&probes[3]);
    poll_once(&sel.future);
    assert_int_equal(sel.winner, 3);
    expect_trace("b? d? b? d! ~b");
}

/* SEL-08: two that are over, a third that is not. */
static void an_arm_that_is_over_is_disabled_for_the_next_round(void **state)
{
    fresh();
    for (int round = 0; round < 3; round++) {
        struct future *lent[3];
        for (int i = 0; i < 3; i++)
            lent[i] = probes[i].open
                          ? NULL
                          : future_keep(&keeps[i], &probes[i].future);
        poll_once(select_biased(&sel, lent, 3));
        probe_open(&probes[round]);
        assert_int_equal(poll_once(&sel.future), POLL_READY);
        assert_int_equal(sel.winner, round);
    }
    expect_trace("a? b? c? a! b? c? b! c? c!");
}

static void no_arms(void)
{
    poll_once(select_any(&sel, arms, 0));
}

static void null_arms(void)
{
    memset(arms, 0, sizeof arms);
    poll_once(select_biased(&sel, arms, 3));
}

/* SEL-09 */
static void all_disabled_is_an_error_not_a_hang(void **state)
{
    fresh();
    assert_misuse(no_arms, "select_any: all arms are disabled");
    assert_misuse(null_arms, "select_biased: all arms are disabled");
}

static void an_arm_again(void)
{
    probes[0].open = true;
    poll_once(select_any(&sel, arms, 2));
    poll_once(select_any(&sel, arms, 2));
}

#ifndef NDEBUG
static enum poll mute_poll(struct future *f, struct context *cx)
{
    (void)f, (void)cx;
    return POLL_PENDING; /* and takes no waker */
}

static const struct future_ops mute_ops = { .name = "mute",
                                            .poll = mute_poll,
                                            .drop = future_drop_nothing };

static void mute_arm(void)
{
    static struct future mute = { .ops = &mute_ops };
    arms[1] = &mute;
    poll_once(select_biased(&sel, arms, 3));
}
#endif

/* SEL-08, FUT-02 */
static void misuse_is_reported(void **state)
{
    fresh();
    assert_misuse(an_arm_again, "polled again after READY or drop");
#ifndef NDEBUG
    assert_misuse(mute_arm, "mute returned PENDING but took no waker");
#endif
}

/* SEL-c (decided: no form of its own): a last arm that is READY at once. */
static void a_default_is_a_last_arm_that_is_ready_at_once(void **state)
{
    struct future ready = { .ops = &ready_ops };
    fresh();
    arms[2] = &ready;
    assert_int_equal(poll_once(select_biased(&sel, arms, 3)), POLL_READY);
    assert_int_equal(sel.winner, 2);
    expect_trace("a? b? ~a ~b");
}

/* ---- Arms that are kept -------------------------------------------------- */

/* SEL-05 */
static void a_kept_loser_goes_on_in_the_next_round(void **state)
{
    struct worker w;
    struct sleep nap;
    int naps = 0;
    up(&virtual_clock);
    worker(&w, "w", 3, 20);
    do {
        struct future *lent[2] = { future_keep(&keeps[0], &w.async.future),
                                   sleep_ms(&nap, 25) };
        block_on(&ex, select_biased(&sel, lent, 2));
        if (sel.winner == 1)
            trace("%d", ++naps);
    } while (sel.winner != 0);
    expect_trace("w1 w2 1 w3 2 w.");
    assert_int_equal(w.result, 3);
    assert_int_equal(executor_now(&ex), 60);
    down();
}

/* SEL-05 */
static void a_kept_loser_can_be_awaited_later(void **state)
{
    fresh();
    arms[0] = future_keep(&keeps[0], &probes[0].future);
    poll_once(select_biased(&sel, arms, 2));
    probe_open(&probes[1]);
    poll_once(&sel.future);
    assert_int_equal(sel.winner, 1);
    probe_open(&probes[0]);
    assert_int_equal(poll_once(&probes[0].future), POLL_READY);
    expect_trace("a? b? a? b! a!");
}

/* SEL-12: but not what is only lent. */
static void dropping_a_select_leaves_kept_arms_alone(void **state)
{
    fresh();
    arms[0] = future_keep(&keeps[0], &probes[0].future);
    poll_once(select_biased(&sel, arms, 2));
    future_drop(&sel.future);
    expect_trace("a? b? ~b");
    future_drop(&probes[0].future);
    expect_trace("~a");
}

/* ---- Losers leave every list --------------------------------------------- */

/* SEL-04 */
static void a_loser_swallows_no_item(void **state)
{
    struct desk desk = { .items = 0 };
    struct take loser, next;
    fresh();
    list_init(&desk.waiters);
    arms[0] = take(&loser, &desk);
    poll_once(select_biased(&sel, arms, 2));
    probe_open(&probes[1]);
    poll_once(&sel.future);
    assert_true(list_is_empty(&desk.waiters));
    desk_put(&desk);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_once(take(&next, &desk)), POLL_READY);
    assert_false(loser.got);
}

/* SEL-04: it was handed the item in the moment it lost. */
static void a_loser_that_was_granted_an_item_passes_it_on(void **state)
{
    struct desk desk = { .items = 0 };
    struct take loser, next;
    fresh();
    list_init(&desk.waiters);
    arms[1] = take(&loser, &desk);
    poll_once(select_biased(&sel, arms, 2));
    poll_once(take(&next, &desk));
    desk_put(&desk);
    assert_true(loser.got);
    probes[0].open = true;
    poll_once(&sel.future);
    assert_true(next.got);
    assert_int_equal(poll_once(&next.future), POLL_READY);
}

/* ---- Order --------------------------------------------------------------- */

enum { ROUNDS = 1000 };

/* How often each of three arms wins that are all ready, always. */
static void count_wins(struct executor *executor, int wins[3])
{
    memset(wins, 0, 3 * sizeof *wins);
    for (int i = 0; i < ROUNDS; i++) {
        fresh();
        probes[0].open = probes[1].open = probes[2].open = true;
        assert_int_equal(poll_with(executor, select_any(&sel, arms, 3)),
                         POLL_READY);
        wins[sel.winner]++;
    }
}

/* SEL-11 */
static void arms_always_ready_win_about_equally_often(void **state)
{
    int wins[3], again[3];
    up(NULL);
    count_wins(&ex, wins);
    down();
    for (int i = 0; i < 3; i++)
        assert_in_range(wins[i], 280, 390);
    up(&(struct executor_options){ .seed = 7 });
    count_wins(&ex, again);
    down();
    for (int i = 0; i < 3; i++)
        assert_in_range(again[i], 280, 390);
    assert_memory_not_equal(wins, again, sizeof wins);
    up(&(struct executor_options){ .seed = 7 });
    count_wins(&ex, wins); /* a seed repeats it */
    down();
    assert_memory_equal(wins, again, sizeof wins);
}

/* SEL-11 */
static void without_an_executor_they_take_turns(void **state)
{
    int wins[3];
    count_wins(NULL, wins);
    for (int i = 0; i < 3; i++)
        assert_in_range(wins[i], 333, 334);
}

/* SEL-10: the others starve. */
static void what_is_always_ready_starves_a_biased_select(void **state)
{
    for (int i = 0; i < 100; i++) {
        fresh();
        probes[0].open = probes[1].open = true;
        poll_once(select_biased(&sel, arms, 2));
        assert_int_equal(sel.winner, 0);
        assert_int_equal(probes[1].polls, 0);
    }
}

/* ---- Nested, and many ---------------------------------------------------- */

/* SEL-a */
static void selects_nest(void **state)
{
    struct select inner;
    struct future *outer[2];
    fresh();
    outer[0] = select_biased(&inner, arms, 2);
    outer[1] = &probes[2].future;
    poll_once(select_biased(&sel, outer, 2));
    probe_open(&probes[1]);
    assert_int_equal(poll_once(&sel.future), POLL_READY);
    assert_int_equal(sel.winner, 0);
    assert_int_equal(inner.winner, 1);
    expect_trace("a? b? c? a? b! ~a ~c");

    fresh();
    outer[0] = select_biased(&inner, arms, 2);
    poll_once(select_biased(&sel, outer, 2));
    probe_open(&probes[2]);
    poll_once(&sel.future);
    assert_int_equal(sel.winner, 1);
    expect_trace("a? b? c? a? b? c! ~a ~b");
}

/* SEL-a */
static void sixty_four_arms_work(void **state)
{
    static struct sleep naps[64];
    static struct future *many[64];
    up(&virtual_clock);
    for (unsigned i = 0; i < 64; i++)
        many[i] = sleep_ms(&naps[i], 100 + (i + 23) * 37 % 64);
    block_on(&ex, select_any(&sel, many, 64));
    assert_int_equal((sel.winner + 23) * 37 % 64, 0);
    assert_int_equal(executor_now(&ex), 100);
    assert_null(wheel_first(&ex.wheel)); /* 63 timers are gone */
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_that_is_ready_wins),
        cmocka_unit_test(arms_after_the_winner_are_not_polled),
        cmocka_unit_test(losers_are_dropped_before_the_winners_branch_runs),
        cmocka_unit_test(biased_goes_from_first_to_last_every_time),
        cmocka_unit_test(every_arm_can_wake),
        cmocka_unit_test(the_latest_waker_counts_in_all_arms),
        cmocka_unit_test(dropping_a_select_drops_all_its_arms),
        cmocka_unit_test(a_disabled_arm_is_never_polled),
        cmocka_unit_test(an_arm_that_is_over_is_disabled_for_the_next_round),
        cmocka_unit_test(all_disabled_is_an_error_not_a_hang),
        cmocka_unit_test(misuse_is_reported),
        cmocka_unit_test(a_default_is_a_last_arm_that_is_ready_at_once),
        cmocka_unit_test(a_kept_loser_goes_on_in_the_next_round),
        cmocka_unit_test(a_kept_loser_can_be_awaited_later),
        cmocka_unit_test(dropping_a_select_leaves_kept_arms_alone),
        cmocka_unit_test(a_loser_swallows_no_item),
        cmocka_unit_test(a_loser_that_was_granted_an_item_passes_it_on),
        cmocka_unit_test(arms_always_ready_win_about_equally_often),
        cmocka_unit_test(without_an_executor_they_take_turns),
        cmocka_unit_test(what_is_always_ready_starves_a_biased_select),
        cmocka_unit_test(selects_nest),
        cmocka_unit_test(sixty_four_arms_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
