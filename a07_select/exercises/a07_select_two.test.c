/* The two are probes: each is READY once the test lets it go. */
#include ANSWER
#include "exercise.h"
#include "probes.h"

static const char *const names_[] = { "first", "second" };

struct hall_ { /* a select, its two, and who polls it */
    struct select_two select;
    struct probe_child child[2];
    struct poller task;
};

static struct future *set_up_(struct hall_ *h)
{
    h->task = (struct poller){ .executor = probe_executor() };
    struct future *first = probe_child(&h->child[0], "the first");
    struct future *second = probe_child(&h->child[1], "the second");
    h->child[0].executor = h->child[1].executor = NULL;
    select_two(&h->select, first, second); /* a constructor has no context */
    h->child[0].executor = h->child[1].executor = probe_executor();
    return &h->select.future;
}

static void let_go_(struct hall_ *h, int i)
{
    int before = h->task.woken;
    probe_child_can_go(&h->child[i]);
    CHECK(h->task.woken == before + 1,
          "the %s can go on, and its waker did not wake the task", names_[i]);
}

static void must_wait_(struct hall_ *h)
{
    int polls[] = { h->child[0].polls, h->child[1].polls };
    int woken = h->task.woken;
    CHECK(poll_by(&h->task, &h->select.future) == POLL_PENDING,
          "READY, and neither of its two futures is READY");
    CHECK(h->task.woken == woken,
          "your future wakes itself: nothing has happened, so it is polled "
          "again at once, without end; the child that is ready first will wake "
          "it");
    for (int i = 0; i < 2; i++) {
        CHECK(h->child[i].drops == 0,
              "the %s was dropped, and nobody has won "
              "yet",
              names_[i]);
        CHECK(h->child[i].polls > polls[i],
              "the %s was not polled: neither is ready, so poll both, because "
              "either of them may wake the task",
              names_[i]);
        CHECK(h->child[i].polls == polls[i] + 1,
              "one poll polled the %s %d times", names_[i],
              h->child[i].polls - polls[i]);
    }
    CHECK(h->child[0].when < h->child[1].when,
          "the second was polled before the first: poll the first one first, "
          "in every poll");
}

/* A poll that number i must win. */
static void must_win_(struct hall_ *h, int i)
{
    int loser = h->child[1].polls;
    bool both = h->child[0].ready && h->child[1].ready;
    CHECK(poll_by(&h->task, &h->select.future) == POLL_READY,
          "PENDING, and the %s is ready", names_[i]);
    CHECK(h->child[i].over, "READY, and the %s, which is ready, did not win%s",
          names_[i],
          both ? ": both are ready, and then the first one wins" : "");
    CHECK(i == 1 || h->child[1].polls == loser,
          "the first is READY, and the second was polled nevertheless: it may "
          "take something that nobody will use");
    CHECK(h->select.winner == i + 1, "the %s is READY, and `winner` is %d",
          names_[i], h->select.winner);
    CHECK(h->child[!i].drops > 0,
          "READY, and the %s, which lost, is not dropped: it still waits, and "
          "may take something that nobody will use",
          names_[!i]);
    for (int k = 0; k < 2; k++)
        probe_child_must_be_dropped(&h->child[k], &h->child[k].future);
}

static void making_it_runs_nothing(void **state)
{
    struct hall_ h;
    (void)state;
    set_up_(&h);
    CHECK(h.child[0].polls + h.child[1].polls == 0,
          "one of the two was polled before the first poll: a future is lazy, "
          "its constructor runs nothing");
}

static void it_waits_for_both(void **state)
{
    struct hall_ h;
    (void)state;
    set_up_(&h);
    must_wait_(&h);
    must_wait_(&h);
}

static void whichever_comes_first_wins(void **state)
{
    struct hall_ h;
    (void)state;
    for (int winner = 0; winner < 2; winner++) {
        for (int polls = 0; polls < 4; polls++) {
            set_up_(&h);
            for (int k = 0; k < polls; k++)
                must_wait_(&h);
            h.child[winner].ready = true;
            if (polls > 0)
                let_go_(&h, winner);
            must_win_(&h, winner);
        }
    }
}

static void if_both_are_ready_the_first_wins(void **state)
{
    struct hall_ h;
    (void)state;
    for (int polls = 0; polls < 4; polls++) {
        set_up_(&h);
        for (int k = 0; k < polls; k++)
            must_wait_(&h);
        h.child[0].ready = h.child[1].ready = true;
        if (polls > 0)
            let_go_(&h, 1);
        must_win_(&h, 0);
    }
}

static void a_wake_for_nothing_does_no_harm(void **state)
{
    struct hall_ h;
    (void)state;
    for (int i = 0; i < 2; i++) {
        set_up_(&h);
        must_wait_(&h);
        probe_child_wakes(&h.child[i]);
        probe_child_wakes(&h.child[i]);
        must_wait_(&h);
        probe_child_wakes(&h.child[!i]);
        must_wait_(&h);
        let_go_(&h, i);
        must_win_(&h, i);
    }
}

static struct hall_ hall_;

static struct future *waiting_(void)
{
    return set_up_(&hall_);
}

static void the_first_goes_(void)
{
    probe_child_can_go(&hall_.child[0]);
}

static void the_second_goes_(void)
{
    probe_child_can_go(&hall_.child[1]);
}

static void the_latest_waker_counts_for_both(void **state)
{
    (void)state;
    probe_wakers(waiting_, the_first_goes_);
    probe_wakers(waiting_, the_second_goes_);
}

static void one_that_takes_no_waker_is_told_of(void **state)
{
    struct hall_ h;
    (void)state;
    for (int i = 0; i < 2; i++) {
        set_up_(&h);
        h.child[i].mute = true;
        probe_must_tell_of("child", &h.select.future);
    }
}

/* ---- Two at the same time ------------------------------------------------ */

struct life_ {
    struct hall_ hall;
    int winner; /* 0 or 1; 2: it is dropped while it waits */
};

static void begins_(void *life)
{
    static int number;
    struct life_ *me = life;
    me->winner = number++ % 3;
    set_up_(&me->hall);
}

static void waits_(void *life)
{
    struct life_ *me = life;
    must_wait_(&me->hall);
}

static void drop_(struct hall_ *h)
{
    int polls = h->child[0].polls + h->child[1].polls, woken = h->task.woken;
    h->child[0].executor = h->child[1].executor = NULL; /* it has no context */
    future_drop(&h->select.future);
    for (int i = 0; i < 2; i++)
        probe_child_must_be_dropped(&h->child[i], &h->child[i].future);
    CHECK(h->child[0].polls + h->child[1].polls == polls,
          "the drop polled one of the two");
    CHECK(h->task.woken == woken,
          "the drop called the waker, but after a drop nobody waits any more");
}

static void one_can_go_(void *life)
{
    struct life_ *me = life;
    if (me->winner == 2)
        drop_(&me->hall);
    else
        let_go_(&me->hall, me->winner);
}

static void is_ready_(void *life)
{
    struct life_ *me = life;
    if (me->winner < 2)
        must_win_(&me->hall, me->winner);
}

static void two_do_not_know_each_other(void **state)
{
    (void)state;
    PROBE_LIVES(life_, begins_, waits_, waits_, one_can_go_, is_ready_);
}

/* ---- Dropped ------------------------------------------------------------- */

static void to_drop_it_is_to_drop_both(void **state)
{
    struct hall_ h;
    (void)state;
    for (int polls = 0; polls < 3; polls++) {
        set_up_(&h);
        for (int k = 0; k < polls; k++)
            must_wait_(&h);
        drop_(&h);
    }
}

static void dropped_with_both_ready_too(void **state)
{
    struct hall_ h;
    (void)state;
    set_up_(&h);
    must_wait_(&h);
    let_go_(&h, 0);
    let_go_(&h, 1);
    drop_(&h);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(making_it_runs_nothing),
    cmocka_unit_test(it_waits_for_both),
    cmocka_unit_test(whichever_comes_first_wins),
    cmocka_unit_test(if_both_are_ready_the_first_wins),
    cmocka_unit_test(to_drop_it_is_to_drop_both),
    cmocka_unit_test(dropped_with_both_ready_too),
    cmocka_unit_test(a_wake_for_nothing_does_no_harm),
    cmocka_unit_test(the_latest_waker_counts_for_both),
    cmocka_unit_test(one_that_takes_no_waker_is_told_of),
    cmocka_unit_test(two_do_not_know_each_other),
};
EXERCISE_MAIN(tests)
