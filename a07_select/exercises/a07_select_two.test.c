/* By hand, over two doors that the test opens.  A door counts who waits at it,
 * and lets one in: a loser that still stands there would swallow the chance. */
#include ANSWER
#include "exercise.h"

struct door_ {
    bool open;
    int waiting; /* futures that stand at it */
    struct waker waker;
    int polls;
};

struct enter_ { /* a future: READY when its door is open */
    struct future future;
    struct door_ *door;
    bool waits, dropped;
    struct executor *executor; /* who polled it */
};

static enum poll enter_poll_(struct future *f, struct context *cx)
{
    struct enter_ *self = container_of(f, struct enter_, future);
    self->door->polls++;
    self->executor = cx->executor;
    self->door->waiting += !self->waits;
    self->waits = true;
    self->door->waker = context_waker(cx);
    if (!self->door->open)
        return POLL_PENDING;
    self->door->waiting--;
    self->door->waker = (struct waker){ NULL, NULL };
    return POLL_READY;
}

static void enter_drop_(struct future *f)
{
    struct enter_ *self = container_of(f, struct enter_, future);
    self->dropped = true;
    if (!self->waits)
        return;
    self->door->waiting--;
    self->door->waker = (struct waker){ NULL, NULL };
}

static const struct future_ops enter_ops_ = { .name = "a door",
                                              .poll = enter_poll_,
                                              .drop = enter_drop_ };

struct hall_ { /* a select over two doors, with all it needs */
    struct door_ doors[2];
    struct enter_ enters[2];
    struct select_two both;
    struct poller task;
};

static const char *const names_[2] = { "first", "second" };

static void set_up_(struct hall_ *h)
{
    *h = (struct hall_){ .task.polls = 0 };
    for (int i = 0; i < 2; i++)
        h->enters[i] =
            (struct enter_){ .future.ops = &enter_ops_, .door = &h->doors[i] };
    select_two(&h->both, &h->enters[0].future, &h->enters[1].future);
}

static enum poll poll_it_(struct hall_ *h)
{
    return poll_by(&h->task, &h->both.future);
}

/* Neither is ready. */
static void must_wait_for_both_(struct hall_ *h)
{
    CHECK(poll_it_(h) == POLL_PENDING, "READY, and neither of them is");
    CHECK(h->task.woken == 0, "it woke itself: that is to poll without end; "
                              "those it waits for will wake it");
    for (int i = 0; i < 2; i++) {
        CHECK(!h->enters[i].dropped,
              "PENDING, and the %s of the two is dropped: nobody has won yet",
              names_[i]);
        CHECK(h->doors[i].waiting > 0,
              "PENDING, and the %s was not polled: while neither is ready both "
              "must have been, or only one of them can ever wake us",
              names_[i]);
    }
}

/* Whoever waits at it is woken. */
static void open_door_(struct hall_ *h, int i)
{
    int before = h->task.woken;
    h->doors[i].open = true;
    waker_wake(h->doors[i].waker);
    CHECK(h->task.woken > before, "the %s came, and nobody was woken",
          names_[i]);
}

static void must_win_(struct hall_ *h, int i)
{
    int before = h->task.woken;
    CHECK(poll_it_(h) == POLL_READY, "PENDING, although the %s is ready",
          names_[i]);
    CHECK(h->task.woken == before,
          "woke the task although it is READY: whoever polled knows");
    CHECK(h->both.winner == i + 1,
          "the %s was ready, and the winner is %d, not %d", names_[i],
          h->both.winner, i + 1);
}

static void must_be_dropped_(struct hall_ *h, int i)
{
    CHECK(h->enters[i].dropped,
          "READY, and the %s, which lost, is not dropped: it still waits, and "
          "will take what nobody wants any more",
          names_[i]);
    CHECK(h->doors[i].waiting == 0, "READY, and the %s, which lost, is waiting",
          names_[i]);
}

/* ---- One comes ----------------------------------------------------------- */

static void making_it_runs_nothing(void **state)
{
    struct hall_ h;
    (void)state;
    set_up_(&h);
    CHECK(h.doors[0].polls + h.doors[1].polls == 0,
          "it was made, and something was polled: nothing may happen before "
          "the first poll");
}

static void it_waits_for_both(void **state)
{
    struct hall_ h;
    (void)state;
    for (int i = 0; i < 2; i++) {
        set_up_(&h);
        must_wait_for_both_(&h);
        open_door_(&h, i);
        must_win_(&h, i);
    }
}

static void the_loser_is_dropped_before_it_is_ready(void **state)
{
    struct hall_ h;
    (void)state;
    for (int i = 0; i < 2; i++) {
        set_up_(&h);
        (void)poll_it_(&h);
        open_door_(&h, i);
        must_win_(&h, i);
        must_be_dropped_(&h, 1 - i);
    }
}

static void it_may_be_ready_at_once(void **state)
{
    struct hall_ h;
    (void)state;
    for (int i = 0; i < 2; i++) {
        set_up_(&h);
        h.doors[i].open = true;
        must_win_(&h, i);
        must_be_dropped_(&h, 1 - i);
    }
}

static void afterwards_both_are_over(void **state)
{
    struct hall_ h;
    (void)state;
    for (int i = 0; i < 2; i++) {
        set_up_(&h);
        (void)poll_it_(&h);
        open_door_(&h, i);
        must_win_(&h, i);
        CHECK(h.enters[i].future.ops == &future_over_ops,
              "the %s was READY, and does not know that it is over: poll by "
              "future_poll(), not by its ops",
              names_[i]);
        CHECK(h.enters[1 - i].future.ops == &future_over_ops,
              "the %s was dropped, and does not know that it is over: drop by "
              "future_drop(), not by its ops",
              names_[1 - i]);
    }
}

static void the_executor_is_passed_on(void **state)
{
    struct hall_ h;
    (void)state;
    set_up_(&h);
    h.task.executor = (struct executor *)(void *)&h; /* nobody looks inside */
    (void)poll_it_(&h);
    for (int i = 0; i < 2; i++)
        CHECK(h.enters[i].executor == h.task.executor,
              "the %s was polled with a context that has no executor: a sleep "
              "or a task could not be awaited in it; pass on cx",
              names_[i]);
}

/* ---- Both come ----------------------------------------------------------- */

static void if_both_are_ready_the_first_wins(void **state)
{
    struct hall_ h;
    (void)state;
    set_up_(&h);
    h.doors[0].open = h.doors[1].open = true;
    CHECK(poll_it_(&h) == POLL_READY, "PENDING, although both are ready");
    CHECK(h.both.winner == 1,
          "both were ready, and the winner is %d: the "
          "first is asked first",
          h.both.winner);
    CHECK(h.doors[1].polls == 0,
          "the first has won, and the second was polled all the same: it was "
          "ready too, and now its result is lost");
    must_be_dropped_(&h, 1);
}

static void the_latest_waker_counts_for_both(void **state)
{
    struct poller other = { 0 };
    struct hall_ h;
    (void)state;
    for (int i = 0; i < 2; i++) {
        set_up_(&h);
        (void)poll_it_(&h);
        (void)poll_by(&other, &h.both.future);
        waker_wake(h.doors[i].waker);
        CHECK(other.woken == i + 1 && h.task.woken == 0,
              "another task polls now, and the %s would wake the old one: both "
              "are polled, every time",
              names_[i]);
    }
}

static void a_wake_for_nothing_does_no_harm(void **state)
{
    struct hall_ h;
    (void)state;
    set_up_(&h);
    for (int i = 0; i < 5; i++)
        must_wait_for_both_(&h);
    open_door_(&h, 1);
    must_win_(&h, 1);
}

/* ---- Dropped ------------------------------------------------------------- */

static const char *const when_[3] = { "before its first poll", "after one poll",
                                      "after two polls" };

static void to_drop_it_is_to_drop_both(void **state)
{
    struct hall_ h;
    (void)state;
    for (int polls = 0; polls < 3; polls++) {
        set_up_(&h);
        for (int i = 0; i < polls; i++)
            (void)poll_it_(&h);
        future_drop(&h.both.future);
        for (int i = 0; i < 2; i++) {
            CHECK(h.enters[i].dropped,
                  "dropped %s, and the %s of the two is not: it still waits",
                  when_[polls], names_[i]);
            waker_wake(h.doors[i].waker);
        }
        CHECK(h.task.woken == 0, "dropped, and still it woke somebody");
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(making_it_runs_nothing),
    cmocka_unit_test(it_waits_for_both),
    cmocka_unit_test(the_loser_is_dropped_before_it_is_ready),
    cmocka_unit_test(it_may_be_ready_at_once),
    cmocka_unit_test(afterwards_both_are_over),
    cmocka_unit_test(the_executor_is_passed_on),
    cmocka_unit_test(if_both_are_ready_the_first_wins),
    cmocka_unit_test(the_latest_waker_counts_for_both),
    cmocka_unit_test(a_wake_for_nothing_does_no_harm),
    cmocka_unit_test(to_drop_it_is_to_drop_both),
};
EXERCISE_MAIN(tests)
