/* The test sets the value, and lets two observers wait by hand. */
#include ANSWER
#include <limits.h>
#include "exercise.h"
#include "probes.h"

static struct watch watch_;

struct eye_ { /* an observer, and who polls it */
    struct poller poller;
    struct observer observer;
    struct changed changed;
    const char *name;
};

static struct eye_ ann_, bob_;

static void observe_(struct eye_ *eye, const char *name)
{
    *eye = (struct eye_){ .name = name };
    observe(&eye->observer, &watch_);
    changed(&eye->changed, &eye->observer);
}

/* The value is 1, and two observe it. */
static void start_(void)
{
    watch_init(&watch_, 1);
    observe_(&ann_, "Ann");
    observe_(&bob_, "Bob");
}

static enum poll poll_(struct eye_ *eye)
{
    int woken = eye->poller.woken;
    enum poll result = poll_by(&eye->poller, &eye->changed.future);
    CHECK(eye->poller.woken == woken,
          "a wait wakes itself: it would be polled again and again, although "
          "nothing has happened");
    return result;
}

/* There is no news for this one: it waits, or it still waits. */
static void must_wait_(struct eye_ *eye, const char *why)
{
    CHECK(poll_(eye) == POLL_PENDING, "%s, and %s's wait is READY", why,
          eye->name);
}

static void must_see_(struct eye_ *eye, int value)
{
    CHECK(poll_(eye) == POLL_READY,
          "%d was set, %s has not seen it, and its wait is PENDING", value,
          eye->name);
    CHECK(eye->changed.ok,
          "%d was set, %s has not seen it, and is told that there will be no "
          "news",
          value, eye->name);
    CHECK(eye->changed.value == value, "the newest value is %d, and %s gets %d",
          value, eye->name, eye->changed.value);
    changed(&eye->changed, &eye->observer);
}

static void must_end_(struct eye_ *eye)
{
    CHECK(poll_(eye) == POLL_READY,
          "the watch has ended, %s has seen the last value, and still waits",
          eye->name);
    CHECK(!eye->changed.ok,
          "the watch has ended, %s has seen the last value, and is told that "
          "there is news",
          eye->name);
    changed(&eye->changed, &eye->observer);
}

/* ---- What is news -------------------------------------------------------- */

static void the_first_value_is_no_news(void **state)
{
    (void)state;
    start_();
    must_wait_(&ann_, "nothing was set since it began");
    must_wait_(&ann_, "nothing was set since it began");
}

static void a_set_is_news_once(void **state)
{
    (void)state;
    start_();
    for (int n = 2; n < 9; n++) {
        watch_set(&watch_, n);
        must_see_(&ann_, n);
        must_wait_(&ann_, "the news was seen");
    }
}

static void only_the_newest_value_counts(void **state)
{
    static char aside[80];
    int value = 1;
    (void)state;
    start_();
    for (int sets = 2; sets <= 5; sets++) {
        for (int i = 0; i < sets; i++)
            watch_set(&watch_, ++value);
        snprintf(aside, sizeof aside,
                 "It was set %d times, each time to another value.", sets);
        ASIDE(aside);
        must_see_(&ann_, value);
        must_wait_(&ann_, "the last value was seen, and there is nothing "
                          "newer");
        ASIDE("");
    }
}

static void any_number_may_be_set(void **state)
{
    static const int values[] = { 0, -1, INT_MIN, INT_MAX, 0 };
    (void)state;
    start_();
    for (int i = 0; i < 5; i++) {
        watch_set(&watch_, values[i]);
        must_see_(&ann_, values[i]);
    }
}

static void however_often_it_was_set_it_is_news(void **state)
{
    static const uint64_t counts[] = { 255, 256, 65536, UINT64_C(1) << 32 };
    (void)state;
    start_();
    for (int i = 0; i < 4; i++) {
        watch_.version += counts[i] - 3; /* as if it had been set so often */
        for (int n = 3; n > 0; n--)
            watch_set(&watch_, n + 6);
        ASIDE("The value was set 255, 256, 65536 or 4294967296 times since "
              "then.");
        must_see_(&ann_, 7);
        ASIDE("");
        must_wait_(&ann_, "the news was seen");
    }
}

static void the_value_is_that_of_the_poll(void **state)
{
    (void)state;
    start_();
    watch_set(&watch_, 2);
    changed(&ann_.changed, &ann_.observer);
    watch_set(&watch_, 3);
    must_see_(&ann_, 3);
}

static void the_same_value_is_news(void **state)
{
    (void)state;
    start_();
    watch_set(&watch_, 1);
    ASIDE("The value was 1, and was set to 1 again: each set is news.");
    must_see_(&ann_, 1);
    watch_set(&watch_, 2);
    watch_set(&watch_, 1);
    must_see_(&ann_, 1);
    ASIDE("");
    must_wait_(&ann_, "the news was seen");
}

static void each_observer_sees_for_itself(void **state)
{
    (void)state;
    start_();
    watch_set(&watch_, 2);
    must_see_(&ann_, 2);
    ASIDE("The other observer has seen it before.");
    must_see_(&bob_, 2);
    watch_set(&watch_, 3);
    watch_set(&watch_, 4);
    must_see_(&bob_, 4);
    must_see_(&ann_, 4);
    ASIDE("");
    must_wait_(&ann_, "the news was seen");
    must_wait_(&bob_, "the news was seen");
}

static void a_late_observer_has_seen_the_value_of_that_moment(void **state)
{
    (void)state;
    start_();
    watch_set(&watch_, 2);
    observe_(&bob_, "Bob");
    must_wait_(&bob_, "2 was set before it began, so it has seen 2");
    watch_set(&watch_, 3);
    must_see_(&bob_, 3);
}

/* ---- Waiting ------------------------------------------------------------- */

static void a_set_wakes_all_who_wait(void **state)
{
    (void)state;
    start_();
    must_wait_(&ann_, "nothing was set");
    must_wait_(&bob_, "nothing was set");
    watch_set(&watch_, 2);
    CHECK(ann_.poller.woken > 0 && bob_.poller.woken > 0,
          "2 was set, and of two who wait %s was not woken",
          ann_.poller.woken ? "the second" : "the first");
    CHECK(ann_.poller.woken == 1 && bob_.poller.woken == 1,
          "2 was set, and the two who wait were woken %d and %d times",
          ann_.poller.woken, bob_.poller.woken);
    watch_set(&watch_, 3);
    must_see_(&ann_, 3);
    must_see_(&bob_, 3);
}

static void however_many_wait_all_are_woken(void **state)
{
    static struct eye_ eyes[300];
    (void)state;
    start_();
    for (int i = 0; i < 300; i++) {
        observe_(&eyes[i], "one of 300");
        must_wait_(&eyes[i], "nothing was set");
    }
    watch_set(&watch_, 2);
    for (int i = 0; i < 300; i++) {
        CHECK(eyes[i].poller.woken == 1,
              "300 wait, 2 was set, and number %d was woken %d times", i + 1,
              eyes[i].poller.woken);
        must_see_(&eyes[i], 2);
    }
}

static void polls_at_once_(struct poller *who)
{
    if (who->woken > 1)
        return;
    CHECK(poll_by(who, &ann_.changed.future) == POLL_READY,
          "the waker was called before there was news: the one who polls at "
          "once finds nothing, and still waits");
    CHECK(ann_.changed.value == 2,
          "2 was set, and the one who polls at once gets %d",
          ann_.changed.value);
}

static void the_one_who_is_woken_may_poll_at_once(void **state)
{
    (void)state;
    start_();
    must_wait_(&ann_, "nothing was set");
    ann_.poller.on_wake = polls_at_once_;
    watch_set(&watch_, 2);
    CHECK(ann_.poller.woken == 1,
          "2 was set, and the one who waits was woken "
          "%d times",
          ann_.poller.woken);
    changed(&ann_.changed, &ann_.observer);
    must_wait_(&ann_, "the news was seen");
}

/* Ann's and Bob's waits are parts of one task, which polls both. */
static void polls_the_other_(struct poller *who)
{
    (void)who;
    CHECK(poll_(&bob_) == POLL_READY,
          "2 was set, and of two who wait one polls both at once: the second "
          "is PENDING");
}

static void who_is_woken_may_poll_the_others(void **state)
{
    (void)state;
    start_();
    must_wait_(&ann_, "nothing was set");
    must_wait_(&bob_, "nothing was set");
    ann_.poller.on_wake = polls_the_other_;
    watch_set(&watch_, 2);
    CHECK(bob_.poller.woken == 0,
          "Ann was woken, and at once Bob's wait was polled, too; it was "
          "READY, and after that its waker was called: leave the list before "
          "you return READY");
    must_see_(&ann_, 2);
}

static void only_the_latest_waker_is_woken(void **state)
{
    struct poller other = { 0 };
    (void)state;
    start_();
    must_wait_(&ann_, "nothing was set");
    CHECK(poll_by(&other, &ann_.changed.future) == POLL_PENDING,
          "nothing was set, and a second poll is READY");
    watch_set(&watch_, 2);
    CHECK(ann_.poller.woken == 0, "you woke the waker of an earlier poll: the "
                                  "latest counts, the future may have changed "
                                  "hands");
    CHECK(other.woken == 1, "the waker of the latest poll was called %d times",
          other.woken);
    must_see_(&ann_, 2);
}

static void a_dropped_wait_loses_nothing(void **state)
{
    (void)state;
    start_();
    must_wait_(&ann_, "nothing was set");
    must_wait_(&bob_, "nothing was set");
    future_drop(&ann_.changed.future);
    CHECK(bob_.poller.woken == 0,
          "one wait was dropped, and that woke another one, for nothing");
    watch_set(&watch_, 2);
    CHECK(ann_.poller.woken == 0,
          "a wait was dropped, and later its waker was called: by then its "
          "task may be gone");
    ASIDE("A wait was dropped before.");
    changed(&ann_.changed, &ann_.observer);
    future_drop(&ann_.changed.future);
    changed(&ann_.changed, &ann_.observer);
    must_see_(&ann_, 2);
    must_wait_(&ann_, "the news was seen");
    watch_set(&watch_, 3);
    future_drop(&ann_.changed.future);
    changed(&ann_.changed, &ann_.observer);
    must_see_(&ann_, 3);
}

/* ---- The end ------------------------------------------------------------- */

static void what_is_not_seen_comes_before_the_end(void **state)
{
    (void)state;
    start_();
    watch_set(&watch_, 2);
    must_see_(&bob_, 2);
    watch_set(&watch_, 3);
    must_see_(&bob_, 3);
    watch_end(&watch_);
    must_see_(&ann_, 3);
    must_end_(&ann_);
    must_end_(&ann_);
    must_end_(&bob_);
}

static void the_end_wakes_all_who_wait(void **state)
{
    (void)state;
    start_();
    must_wait_(&ann_, "nothing was set");
    watch_end(&watch_);
    CHECK(ann_.poller.woken == 1, "the watch has ended, and the one who waits "
                                  "was not woken: it is not in the list");
    must_end_(&ann_);
}

static void hears_the_end_at_once_(struct poller *who)
{
    CHECK(poll_by(who, &ann_.changed.future) == POLL_READY,
          "the waker was called before the watch had ended: the one who polls "
          "at once finds nothing, and still waits");
    CHECK(!ann_.changed.ok, "the watch has ended, and the one who polls at "
                            "once is told that there is news");
}

static void at_the_end_the_one_who_is_woken_may_poll_at_once(void **state)
{
    (void)state;
    start_();
    must_wait_(&ann_, "nothing was set");
    ann_.poller.on_wake = hears_the_end_at_once_;
    watch_end(&watch_);
    CHECK(ann_.poller.woken == 1, "the watch has ended, and the one who waits "
                                  "was not woken");
}

/* ---- Two watches at the same time ---------------------------------------- */

struct life_ {
    struct watch watch;
    struct eye_ eye;
    int value;
};

static void begins_(void *life)
{
    static int values;
    struct life_ *me = life;
    me->value = 10 * ++values;
    watch_init(&me->watch, me->value);
    me->eye = (struct eye_){ .name = "an observer" };
    observe(&me->eye.observer, &me->watch);
    changed(&me->eye.changed, &me->eye.observer);
}

static void waits_(void *life)
{
    struct life_ *me = life;
    must_wait_(&me->eye, "nothing was set");
}

static void sets_(void *life)
{
    struct life_ *me = life;
    watch_set(&me->watch, me->value + 1);
}

static void sees_(void *life)
{
    struct life_ *me = life;
    must_see_(&me->eye, me->value + 1);
    must_wait_(&me->eye, "the news was seen");
    future_drop(&me->eye.changed.future);
}

static void two_watches_do_not_know_each_other(void **state)
{
    (void)state;
    PROBE_LIVES(life_, begins_, waits_, sets_, sees_);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_first_value_is_no_news),
    cmocka_unit_test(a_set_is_news_once),
    cmocka_unit_test(only_the_newest_value_counts),
    cmocka_unit_test(the_same_value_is_news),
    cmocka_unit_test(any_number_may_be_set),
    cmocka_unit_test(however_often_it_was_set_it_is_news),
    cmocka_unit_test(the_value_is_that_of_the_poll),
    cmocka_unit_test(each_observer_sees_for_itself),
    cmocka_unit_test(a_late_observer_has_seen_the_value_of_that_moment),
    cmocka_unit_test(a_set_wakes_all_who_wait),
    cmocka_unit_test(however_many_wait_all_are_woken),
    cmocka_unit_test(the_one_who_is_woken_may_poll_at_once),
    cmocka_unit_test(who_is_woken_may_poll_the_others),
    cmocka_unit_test(only_the_latest_waker_is_woken),
    cmocka_unit_test(a_dropped_wait_loses_nothing),
    cmocka_unit_test(what_is_not_seen_comes_before_the_end),
    cmocka_unit_test(the_end_wakes_all_who_wait),
    cmocka_unit_test(at_the_end_the_one_who_is_woken_may_poll_at_once),
    cmocka_unit_test(two_watches_do_not_know_each_other),
};
EXERCISE_MAIN(tests)
