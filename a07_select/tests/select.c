/* select_any, select_biased, their blocks of arms, and keep.h: polled by hand,
 * and on an executor. */
#include "a04_join/buffered.h"
#include "a04_join/join.h"
#include "a07_select/select.h"
#include "a07_select/timeout.h"
#include "tests/by_hand.h"
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
    for (int i = 0; i < 3; i++)
        keep_init(&keeps[i], arms[i]);
    for (int round = 0; round < 3; round++) {
        struct future *lent[3];
        for (int i = 0; i < 3; i++)
            lent[i] = probes[i].open ? NULL : keep_lend(&keeps[i]);
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
static void mute_arm(void)
{
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
    keep_init(&keeps[0], worker(&w, "w", 3, 20));
    do {
        struct future *lent[2] = { keep_lend(&keeps[0]), sleep_ms(&nap, 25) };
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
    keep_init(&keeps[0], &probes[0].future);
    arms[0] = keep_lend(&keeps[0]);
    poll_once(select_biased(&sel, arms, 2));
    probe_open(&probes[1]);
    poll_once(&sel.future);
    assert_int_equal(sel.winner, 1);
    probe_open(&probes[0]);
    assert_int_equal(bell.rings, 1); /* nobody awaits it now */
    assert_int_equal(poll_once(keep_lend(&keeps[0])), POLL_READY);
    expect_trace("a? b? a? b! a!");
}

/* SEL-12: but not what is only lent. */
static void dropping_a_select_leaves_kept_arms_alone(void **state)
{
    fresh();
    keep_init(&keeps[0], &probes[0].future);
    arms[0] = keep_lend(&keeps[0]);
    poll_once(select_biased(&sel, arms, 2));
    future_drop(&sel.future);
    expect_trace("a? b? ~b");
    keep_drop(&keeps[0]);
    keep_drop(&keeps[0]);
    expect_trace("~a");
    keeps[0] = (struct keep){ .kept = NULL };
    keep_drop(&keeps[0]); /* only zeroed */
}

/* SEL-05, SEL-e: tokio's block_on(timeout(&mut work)), and the work's timer
 * rings when that task is long gone. */
static void a_kept_future_may_wake_when_its_poller_is_gone(void **state)
{
    static struct timeout limit;
    struct sleep work, pause;
    up(&virtual_clock);
    keep_init(&keeps[0], sleep_ms(&work, 80));
    block_on(&ex, timeout_ms(&limit, keep_lend(&keeps[0]), 20));
    assert_int_equal(limit.status, UV_ETIMEDOUT);
    block_on(&ex, sleep_ms(&pause, 100));
    block_on(&ex, keep_lend(&keeps[0]));
    assert_int_equal(executor_now(&ex), 120);
    down();
}

struct watcher { /* awaits what others keep */
    struct async async;
    struct keep *work;
};

static enum poll watcher_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct watcher);
    AWAIT(keep_lend(self->work));
    trace("done");
    ASYNC_END;
}

static const struct future_ops watcher_ops = ASYNC_OPS(watcher);

static struct task *spawn_watcher(struct keep *work)
{
    struct watcher *w = task_slot(struct watcher);
    *w = (struct watcher){ .async.future.ops = &watcher_ops, .work = work };
    return task_spawn(&ex, &w->async.future);
}

/* SEL-05, SEL-e: a download outlives the task that watched it. */
static void a_kept_future_outlives_the_task_that_awaits_it(void **state)
{
    struct sleep work, pause;
    struct task *t;
    up(&virtual_clock);
    keep_init(&keeps[0], sleep_ms(&work, 80));
    t = spawn_watcher(&keeps[0]);
    block_on(&ex, sleep_ms(&pause, 20));
    task_abort(t);
    task_detach(t);
    block_on(&ex, sleep_ms(&pause, 100)); /* the timer of the work rings */
    task_detach(spawn_watcher(&keeps[0]));
    executor_run(&ex);
    expect_trace("done");
    down();
}

/* FUT-03, WAKE-03 */
static void a_loan_wakes_its_latest_poller_also_during_its_poll(void **state)
{
    struct worker w;
    struct bell first = { 0 };
    struct context cx = context_make(bell_waker(&first), NULL);
    fresh();
    keep_init(&keeps[0], &probes[0].future);
    future_poll(keep_lend(&keeps[0]), &cx);
    poll_once(&keeps[0].loan);
    probe_open(&probes[0]);
    assert_int_equal(first.rings, 0);
    assert_int_equal(bell.rings, 1);
    keep_drop(&keeps[0]);

    fresh();
    keep_init(&keeps[0], worker(&w, "w", 2, 0)); /* it yields: wakes itself */
    assert_int_equal(poll_once(keep_lend(&keeps[0])), POLL_PENDING);
    assert_int_equal(bell.rings, 1);
    keep_drop(&keeps[0]);
}

static void lend_twice(void)
{
    fresh();
    keep_init(&keeps[0], &probes[0].future);
    poll_once(keep_lend(&keeps[0]));
    keep_lend(&keeps[0]);
}

static void lend_nothing(void)
{
    memset(&keeps[0], 0, sizeof keeps[0]);
    keep_lend(&keeps[0]);
}

static void lend_what_is_over(void)
{
    fresh();
    keep_init(&keeps[0], &probes[0].future);
    probes[0].open = true;
    poll_once(keep_lend(&keeps[0]));
    poll_once(keep_lend(&keeps[0]));
}

#ifndef NDEBUG
static void keep_a_mute(void)
{
    keep_init(&keeps[0], &mute);
    poll_once(keep_lend(&keeps[0]));
}

static void idle_after_a_loan(void)
{
    fresh();
    probes[0].open = true;
    keep_init(&keeps[0], &probes[0].future);
    poll_idler(keep_lend(&keeps[0]));
}
#endif

struct hoarder { /* its keep dies with the task, what it keeps does not */
    struct async async;
    struct future *work;
    struct keep keep;
};

static enum poll hoarder_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct hoarder);
    keep_init(&self->keep, self->work);
    AWAIT(keep_lend(&self->keep));
    ASYNC_END;
}

static const struct future_ops hoarder_ops = ASYNC_OPS(hoarder);

/* A task is aborted that awaits `work`; then the timer of `work` rings. */
static void hoard(struct future *work)
{
    struct hoarder *h = task_slot(struct hoarder);
    struct sleep pause;
    struct task *t;
    *h = (struct hoarder){ .async.future.ops = &hoarder_ops, .work = work };
    t = task_spawn(&ex, &h->async.future);
    block_on(&ex, sleep_ms(&pause, 20));
    task_abort(t);
    task_detach(t);
    block_on(&ex, sleep_ms(&pause, 100));
}

static void hoard_what_is_on_the_stack(void)
{
    struct sleep work;
    up(&virtual_clock);
    hoard(sleep_ms(&work, 80));
}

/* SEL-g */
static void a_keep_that_dies_before_the_future_is_refused(void **state)
{
#ifdef NDEBUG
    skip();
#endif
    assert_misuse(hoard_what_is_on_the_stack,
                  "keep_lend: the keep is in the memory of the task hoarder, "
                  "but sleep_ms is not");
}

/* SEL-08, FUT-02 */
static void misuse_of_a_keep_is_reported(void **state)
{
    assert_misuse(lend_twice, "keep_lend: probe is lent already");
    assert_misuse(lend_nothing, "keep_lend: nothing is kept here");
    assert_misuse(lend_what_is_over, "polled again after READY or drop");
#ifndef NDEBUG
    assert_misuse(keep_a_mute, "mute returned PENDING but took no waker");
    assert_misuse(idle_after_a_loan, "idler returned PENDING but took no");
#endif
}

/* ---- A block of arms ----------------------------------------------------- */

struct chooser { /* three probes, each beside its reaction */
    struct async async;
    bool biased, without_b, waits, nested;
    int made; /* how often an arm was made */
    struct select select;
    struct yield yield;
};

static struct future *made(struct chooser *self, int i)
{
    self->made++;
    return &probes[i].future;
}

static enum poll chooser_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct chooser);
    if (self->biased)
        SELECT_BIASED() {
            ARM(made(self, 0))
                trace("[a]");
            ARM_IF(!self->without_b, made(self, 1)) {
                trace("[b");
                if (self->waits)
                    AWAIT(yield_now(&self->yield));
                trace("b]");
            }
            ARM(made(self, 2))
                if (self->nested)
                    SELECT_BIASED() {
                        ARM(&probes[3].future)
                            trace("[d]");
                        ARM(&probes[4].future) {
                            trace("[e]");
                            break;
                        }
                    }
                else
                    trace("[c]");
        }
    else
        SELECT_ANY() {
            ARM(made(self, 0))
                continue;
            ARM(made(self, 1))
                break;
            ARM(made(self, 2))
                ASYNC_RETURN(trace("[c]"));
        }
    trace("on");
    ASYNC_FINALLY
    trace("end");
    ASYNC_END;
}

static const struct future_ops chooser_ops = ASYNC_OPS(chooser);
static struct chooser chooser;

/* The probe `i` opens in the second poll; then what happens. */
static void choose(struct chooser how, int i)
{
    fresh();
    chooser = how;
    chooser.async.future.ops = &chooser_ops;
    assert_int_equal(poll_once(&chooser.async.future), POLL_PENDING);
    trace_text[0] = '\0';
    probe_open(&probes[i]);
    while (poll_once(&chooser.async.future) == POLL_PENDING)
        trace("-");
}

/* SEL-d */
static void the_reaction_of_the_winner_runs_and_no_other(void **state)
{
    choose((struct chooser){ .biased = true }, 0);
    expect_trace("a! ~b ~c [a] on end");
    choose((struct chooser){ .biased = true }, 1);
    expect_trace("a? b! ~a ~c [b b] on end");
    choose((struct chooser){ .biased = true }, 2);
    expect_trace("a? b? c! ~a ~b [c] on end");
    assert_int_equal(chooser.made, 3); /* not again for the reaction */
}

/* SEL-07, SEL-d */
static void a_disabled_arm_of_a_block_is_not_even_made(void **state)
{
    choose((struct chooser){ .biased = true, .without_b = true }, 2);
    expect_trace("a? c! ~a [c] on end");
    assert_int_equal(chooser.made, 2);
    assert_int_equal(chooser.select.winner, 2);
}

/* SEL-d */
static void a_reaction_may_wait_choose_leave_and_return(void **state)
{
    choose((struct chooser){ .biased = true, .waits = true }, 1);
    expect_trace("a? b! ~a ~c [b - b] on end");
    fresh();
    chooser = (struct chooser){ .async.future.ops = &chooser_ops,
                                .biased = true,
                                .nested = true };
    probes[2].open = true;
    assert_int_equal(poll_once(&chooser.async.future), POLL_PENDING);
    expect_trace("a? b? c! ~a ~b d? e?");
    probe_open(&probes[4]);
    assert_int_equal(poll_once(&chooser.async.future), POLL_READY);
    expect_trace("d? e! ~d [e] on end");
    for (int i = 0; i < 3; i++) { /* continue, break, ASYNC_RETURN */
        choose((struct chooser){ .biased = false }, i);
        assert_string_equal(strstr(trace_text, i == 2 ? "[c]" : "on"),
                            i == 2 ? "[c] end" : "on end");
    }
}

/* SEL-12, SEL-d */
static void dropping_a_block_drops_its_arms(void **state)
{
    fresh();
    chooser =
        (struct chooser){ .async.future.ops = &chooser_ops, .biased = true };
    poll_once(&chooser.async.future);
    future_drop(&chooser.async.future);
    expect_trace("a? b? c? ~a ~b ~c end");
}

struct crowded { /* one arm more than fits */
    struct async async;
    int i;
    struct select select;
};

static enum poll crowded_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct crowded);
    SELECT_ANY() {
        for (self->i = 0; self->i <= SELECT_ARMS; self->i++)
            ARM(&probes[0].future)
                continue;
    }
    ASYNC_END;
}

static const struct future_ops crowded_ops = ASYNC_OPS(crowded);

static void poll_crowded(void)
{
    struct crowded c = { .async.future.ops = &crowded_ops };
    poll_once(&c.async.future);
}

/* SEL-d */
static void a_block_has_room_for_8_arms(void **state)
{
    fresh();
    assert_misuse(poll_crowded, "select_any: more than 8 arms");
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
static void without_an_executor_they_win_about_equally_often(void **state)
{
    int wins[3];
    count_wins(NULL, wins);
    for (int i = 0; i < 3; i++)
        assert_in_range(wins[i], 280, 390);
}

/* SEL-11 */
static void two_selects_by_turns_starve_no_arm(void **state)
{
    int wins[2][2] = { { 0 } };
    for (int i = 0; i < ROUNDS; i++) {
        fresh();
        probes[0].open = probes[1].open = true;
        assert_int_equal(poll_with(NULL, select_any(&sel, arms, 2)),
                         POLL_READY);
        wins[i % 2][sel.winner]++;
    }
    for (int i = 0; i < 2; i++)
        assert_in_range(wins[i][0], ROUNDS / 5, ROUNDS / 2 - ROUNDS / 5);
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

/* ---- The backtrace ------------------------------------------------------- */

struct everything { /* awaits a tree of all that polls others */
    struct join_two two;
    struct join_all all;
    struct child children[2], members[3];
    struct buffered buffered;
    struct buffered_next buffered_next;
    struct ordered queue;
    struct ordered_next ordered_next;
    struct unordered set;
    struct unordered_next unordered_next;
    struct select select;
    struct future *arms[5];
    struct timeout timeout;
    struct keep keep;
};

static struct child *one_probe(void *data)
{
    struct everything *e = data;
    struct child *c = e->buffered.over ? NULL : &e->members[0];
    if (c)
        c->future = &probes[3].future;
    e->buffered.over = true;
    return c;
}

static struct future *make_everything(struct everything *e)
{
    fresh();
    memset(e, 0, sizeof *e);
    e->children[0].future = &probes[0].future;
    keep_init(&e->keep, &probes[1].future);
    e->children[1].future = timeout_ms(&e->timeout, keep_lend(&e->keep), 50);
    buffered_init(&e->buffered, 1, one_probe, e);
    ordered_init(&e->queue);
    ordered_push(&e->queue, &e->members[1], &probes[4].future);
    unordered_init(&e->set);
    unordered_push(&e->set, &e->members[2], &probes[5].future);
    e->arms[0] = join_all(&e->all, e->children, 2);
    e->arms[1] = buffered_next(&e->buffered_next, &e->buffered);
    e->arms[3] = ordered_next(&e->ordered_next, &e->queue);
    e->arms[4] = unordered_next(&e->unordered_next, &e->set);
    return join_two(&e->two, &probes[2].future,
                    select_biased(&e->select, e->arms, 5));
}

/* SEL-f */
static void a_backtrace_reaches_every_leaf(void **state)
{
    static struct everything e;
    char text[1000] = "";
    FILE *out = tmpfile();
    assert_non_null(out);
    up(&virtual_clock);
    assert_int_equal(poll_with(&ex, make_everything(&e)), POLL_PENDING);
    future_backtrace(&e.two.future, out);
    rewind(out);
    text[fread(text, 1, sizeof text - 1, out)] = '\0';
    fclose(out);
    assert_string_equal(text, "join_two\n"
                              "  |- probe\n"
                              "  `- select_biased\n"
                              "    |- join_all\n"
                              "      |- probe\n"
                              "      `- timeout_ms\n"
                              "        |- keep_lend -> probe\n"
                              "        `- sleep_ms\n"
                              "    |- buffered_next -> probe\n"
                              "    |- ordered_next -> probe\n"
                              "    `- unordered_next -> probe");
    future_drop(&e.two.future);
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
        cmocka_unit_test(a_kept_future_may_wake_when_its_poller_is_gone),
        cmocka_unit_test(a_kept_future_outlives_the_task_that_awaits_it),
        cmocka_unit_test(a_loan_wakes_its_latest_poller_also_during_its_poll),
        cmocka_unit_test(a_keep_that_dies_before_the_future_is_refused),
        cmocka_unit_test(misuse_of_a_keep_is_reported),
        cmocka_unit_test(the_reaction_of_the_winner_runs_and_no_other),
        cmocka_unit_test(a_disabled_arm_of_a_block_is_not_even_made),
        cmocka_unit_test(a_reaction_may_wait_choose_leave_and_return),
        cmocka_unit_test(dropping_a_block_drops_its_arms),
        cmocka_unit_test(a_block_has_room_for_8_arms),
        cmocka_unit_test(a_loser_swallows_no_item),
        cmocka_unit_test(a_loser_that_was_granted_an_item_passes_it_on),
        cmocka_unit_test(arms_always_ready_win_about_equally_often),
        cmocka_unit_test(without_an_executor_they_win_about_equally_often),
        cmocka_unit_test(two_selects_by_turns_starve_no_arm),
        cmocka_unit_test(what_is_always_ready_starves_a_biased_select),
        cmocka_unit_test(selects_nest),
        cmocka_unit_test(sixty_four_arms_work),
        cmocka_unit_test(a_backtrace_reaches_every_leaf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
