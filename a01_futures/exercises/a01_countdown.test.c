/* Polled by hand, one promise at a time; the test itself is what ticks. */
#include "exercise.h"
#include ANSWER

static struct poller task, other;
static struct countdown c;

static void must_wait(struct poller *who)
{
    CHECK(poll_by(who, &c.future) == POLL_PENDING,
          "READY while %d tick%s still to come", c.left,
          c.left == 1 ? " is" : "s are");
    CHECK(who->woken == 0,
          "your future wakes itself: nothing has happened yet, so it is polled "
          "again at once, for ever; only a tick may wake it");
}

static void tick(int left)
{
    countdown_tick(&c);
    CHECK(c.left == left, "after a tick `left` is %d, it should be %d", c.left,
          left);
}

static void it_is_ready_at_once_when_nothing_is_left(void **state)
{
    (void)state;
    CHECK(poll_by(&task, countdown(&c, 0)) == POLL_READY,
          "PENDING although no tick is left to wait for");
    CHECK(task.woken == 0, "READY needs no wake: whoever polled has the "
                           "answer in hand");
}

static void it_is_pending_until_the_last_tick(void **state)
{
    (void)state;
    countdown(&c, 3);
    for (int left = 3; left > 0; left--) {
        must_wait(&task);
        CHECK(c.left == left,
              "a poll changed `left` from %d to %d: only a tick counts", left,
              c.left);
        tick(left - 1);
        CHECK(left == 1 || task.woken == 0,
              "a tick woke the task with %d still to come: to be polled only "
              "to hear PENDING is work for nothing; wake at 0",
              left - 1);
    }
    CHECK(task.woken > 0, "the last tick came, and the waker was not called: "
                          "whoever waits never hears of it");
    CHECK(task.woken == 1,
          "the last tick called the waker %d times: once is "
          "enough",
          task.woken);
    CHECK(poll_by(&task, &c.future) == POLL_READY,
          "still PENDING after the last tick");
}

static void polls_at_once(void)
{
    CHECK(poll_by(&other, &c.future) == POLL_READY,
          "you called the waker before the last tick was counted: whoever "
          "polls at once finds %d left, and is not woken again",
          c.left);
}

static void whoever_is_woken_may_poll_at_once(void **state)
{
    (void)state;
    countdown(&c, 1);
    must_wait(&task);
    task.on_wake = polls_at_once;
    tick(0);
    CHECK(task.woken == 1, "the last tick called the waker %d times",
          task.woken);
}

static void the_ticks_may_come_before_the_first_poll(void **state)
{
    (void)state;
    countdown(&c, 2);
    tick(1);
    tick(0);
    CHECK(poll_by(&task, &c.future) == POLL_READY,
          "both ticks came before the first poll, and it is PENDING: nobody "
          "will ever wake it");
}

static void the_waker_of_the_latest_poll_counts(void **state)
{
    (void)state;
    countdown(&c, 1);
    must_wait(&task);
    must_wait(&other);
    tick(0);
    CHECK(task.woken == 0, "you woke the waker of an earlier poll: the latest "
                           "counts, the future may have changed hands");
    CHECK(other.woken == 1, "the waker of the latest poll was called %d times",
          other.woken);
}

static void ticks_after_the_last_change_nothing(void **state)
{
    (void)state;
    countdown(&c, 1);
    must_wait(&task);
    tick(0);
    tick(0);
    CHECK(task.woken == 1, "a tick after the last one called the waker again: "
                           "wake once, when `left` becomes 0");
    CHECK(poll_by(&task, &c.future) == POLL_READY,
          "still PENDING after the last tick");
    tick(0);
    CHECK(task.woken == 1, "a tick woke the task although its future was READY "
                           "already: by then that task may be gone");
}

/* ---- What the woken one does with the memory ----------------------------- */

static struct countdown *boxed;
static unsigned char reused[sizeof c];

static void finishes_and_reuses_it(void)
{
    (void)poll_by(&other, &c.future);
    memset(&c, 0x55, sizeof c);
    memset(reused, 0x55, sizeof reused);
}

static void finishes_and_frees_it(void)
{
    (void)poll_by(&other, &boxed->future);
    free(boxed);
}

static void whoever_is_woken_may_free_it_at_once(void **state)
{
    (void)state;
    countdown(&c, 1);
    must_wait(&task);
    task.on_wake = finishes_and_reuses_it;
    countdown_tick(&c);
    CHECK(memcmp(&c, reused, sizeof c) == 0,
          "your tick called the waker and then wrote into the future: whoever "
          "is woken may be done with it, and has freed it by then; the wake "
          "comes last");
    boxed = malloc(sizeof *boxed);
    CHECK(boxed, "the test itself: no memory");
    (void)poll_by(&task, countdown(boxed, 1));
    task.on_wake = finishes_and_frees_it;
    countdown_tick(boxed);
}

/* ---- Dropped ------------------------------------------------------------- */

static void a_dropped_countdown_wakes_nobody(void **state)
{
    (void)state;
    countdown(&c, 1);
    must_wait(&task);
    future_drop(&c.future);
    CHECK(task.woken == 0, "drop called the waker: nobody waits any more");
    CHECK(c.left == 1,
          "drop changed `left` from 1 to %d: only a tick counts.  What is over "
          "is the wait: forget the waker",
          c.left);
    countdown_tick(&c);
    CHECK(task.woken == 0, "a tick woke the task although its future was "
                           "dropped: by then that task may be gone, memory "
                           "and all");
}

static void it_may_be_dropped_before_its_first_poll(void **state)
{
    (void)state;
    future_drop(countdown(&c, 1));
    countdown_tick(&c);
}

static void two_countdowns_do_not_know_each_other(void **state)
{
    struct countdown second;
    (void)state;
    countdown(&c, 1);
    must_wait(&task);
    CHECK(poll_by(&other, countdown(&second, 2)) == POLL_PENDING,
          "the second countdown is READY, and the first one was polled only");
    tick(0);
    CHECK(other.woken == 0 && second.left == 2,
          "a tick for one countdown reached another: what belongs to one "
          "future stands in its struct, not in a static");
    CHECK(task.woken == 1, "the first of two countdowns got its last tick, and "
                           "its task was not woken");
    countdown_tick(&second);
    countdown_tick(&second);
    CHECK(other.woken == 1, "the second of two countdowns got its last tick, "
                            "and its task was not woken");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_is_ready_at_once_when_nothing_is_left),
    cmocka_unit_test(it_is_pending_until_the_last_tick),
    cmocka_unit_test(whoever_is_woken_may_poll_at_once),
    cmocka_unit_test(the_ticks_may_come_before_the_first_poll),
    cmocka_unit_test(the_waker_of_the_latest_poll_counts),
    cmocka_unit_test(ticks_after_the_last_change_nothing),
    cmocka_unit_test(whoever_is_woken_may_free_it_at_once),
    cmocka_unit_test(a_dropped_countdown_wakes_nobody),
    cmocka_unit_test(it_may_be_dropped_before_its_first_poll),
    cmocka_unit_test(two_countdowns_do_not_know_each_other),
};
EXERCISE_MAIN(tests)
