/* Polled by hand, one promise at a time; the test itself is what ticks. */
#include <limits.h>
#include ANSWER
#include "exercise.h"
#include "probes.h"

static struct poller task_, other_;
static struct countdown c_;

static void must_wait_(struct poller *who, struct countdown *c)
{
    int left = c->left, woken = who->woken;
    CHECK(poll_by(who, &c->future) == POLL_PENDING,
          "READY while %d tick%s still to come", left,
          left == 1 ? " is" : "s are");
    CHECK(c->left == left,
          "a poll changed `left` from %d to %d: only a tick counts", left,
          c->left);
    CHECK(who->woken == woken,
          "your future wakes itself: nothing has happened yet, so it is polled "
          "again at once, without end; only a tick may wake it");
}

static void must_be_ready_(struct poller *who, struct countdown *c)
{
    CHECK(poll_by(who, &c->future) == POLL_READY,
          "still PENDING after the last tick");
}

static void tick_(struct countdown *c)
{
    int left = c->left ? c->left - 1 : 0;
    countdown_tick(c);
    CHECK(c->left == left, "after a tick `left` is %d, it should be %d",
          c->left, left);
}

static void it_is_ready_at_once_when_nothing_is_left(void **state)
{
    (void)state;
    CHECK(poll_by(&task_, countdown(&c_, 0)) == POLL_READY,
          "PENDING although no tick is left to wait for");
}

static void it_is_pending_until_the_last_tick(void **state)
{
    (void)state;
    countdown(&c_, 3);
    for (int left = 3; left > 0; left--) {
        must_wait_(&task_, &c_);
        tick_(&c_);
        CHECK(c_.future.ops != &future_over_ops,
              "a tick polled your future: a tick only calls the waker, and the "
              "task that is woken polls");
        CHECK(left == 1 || task_.woken == 0,
              "a tick woke the task with %d still to come: that poll could "
              "only return PENDING, so it is work for nothing; wake when "
              "`left` is 0",
              left - 1);
    }
    CHECK(task_.woken > 0, "the last tick came, and the waker was not called: "
                           "the task that waits is never polled again");
    CHECK(task_.woken == 1,
          "the last tick called the waker %d times: once is enough",
          task_.woken);
    must_be_ready_(&task_, &c_);
}

static void however_many_ticks_there_are(void **state)
{
    static const int many[] = { 255,     256,     257,         32768,  65536,
                                1 << 24, 1 << 30, INT_MAX - 1, INT_MAX };
    (void)state;
    for (size_t i = 0; i < sizeof many / sizeof *many; i++) {
        countdown(&c_, many[i]);
        must_wait_(&task_, &c_);
        tick_(&c_);
        CHECK(task_.woken == 0, "a tick woke the task with %d still to come",
              c_.left);
        must_wait_(&task_, &c_);
        future_drop(&c_.future);
    }
    countdown(&c_, 300);
    must_wait_(&task_, &c_);
    for (int i = 0; i < 300; i++)
        tick_(&c_);
    CHECK(task_.woken == 1,
          "300 ticks came, and the waker was called %d "
          "times",
          task_.woken);
}

static void polls_at_once_(struct poller *who)
{
    (void)who;
    CHECK(poll_by(&other_, &c_.future) == POLL_READY,
          "you called the waker before the last tick was counted: a task that "
          "polls at once still finds %d left, and nothing wakes it again",
          c_.left);
}

static void whoever_is_woken_may_poll_at_once(void **state)
{
    (void)state;
    countdown(&c_, 1);
    must_wait_(&task_, &c_);
    task_.on_wake = polls_at_once_;
    tick_(&c_);
    CHECK(task_.woken == 1, "the last tick called the waker %d times",
          task_.woken);
}

static void the_ticks_may_come_before_the_first_poll(void **state)
{
    (void)state;
    countdown(&c_, 2);
    tick_(&c_);
    tick_(&c_);
    CHECK(poll_by(&task_, &c_.future) == POLL_READY,
          "both ticks came before the first poll, and it is PENDING: nobody "
          "will ever wake it");
}

static struct future *one_tick_away_(void)
{
    return countdown(&c_, 1);
}

static void last_tick_(void)
{
    tick_(&c_);
}

static void the_waker_of_the_latest_poll_counts(void **state)
{
    (void)state;
    probe_wakers(one_tick_away_, last_tick_);
}

static void ticks_after_the_last_change_nothing(void **state)
{
    (void)state;
    countdown(&c_, 1);
    must_wait_(&task_, &c_);
    tick_(&c_);
    tick_(&c_);
    CHECK(task_.woken == 1, "a tick after the last one called the waker again: "
                            "wake once, when `left` becomes 0");
    must_be_ready_(&task_, &c_);
    tick_(&c_);
    CHECK(task_.woken == 1,
          "a tick woke the task although its future was READY already: by then "
          "that task may be finished, and its memory freed");
}

/* ---- What the woken one does with the memory ----------------------------- */

static struct countdown *boxed_;
static unsigned char reused_[sizeof c_];

static void finishes_and_reuses_it_(struct poller *who)
{
    (void)who;
    (void)poll_by(&other_, &c_.future);
    memset(&c_, 0x55, sizeof c_);
    memset(reused_, 0x55, sizeof reused_);
}

static void finishes_and_frees_it_(struct poller *who)
{
    (void)who;
    (void)poll_by(&other_, &boxed_->future);
    free(boxed_);
}

static void whoever_is_woken_may_free_it_at_once(void **state)
{
    (void)state;
    countdown(&c_, 1);
    must_wait_(&task_, &c_);
    task_.on_wake = finishes_and_reuses_it_;
    countdown_tick(&c_);
    CHECK(memcmp(&c_, reused_, sizeof c_) == 0,
          "your tick called the waker and then wrote into the future: the "
          "woken task may have finished and freed the future by then; call the "
          "waker last");
    boxed_ = malloc(sizeof *boxed_);
    CHECK(boxed_, "the test itself: no memory");
    (void)poll_by(&task_, countdown(boxed_, 1));
    task_.on_wake = finishes_and_frees_it_;
    countdown_tick(boxed_);
}

/* ---- Dropped ------------------------------------------------------------- */

static void must_wake_nobody_when_dropped_(struct poller *who,
                                           struct countdown *c)
{
    int left = c->left, woken = who->woken;
    future_drop(&c->future);
    CHECK(who->woken == woken,
          "drop called the waker, but after a drop nobody waits any more");
    CHECK(c->left == left,
          "drop changed `left` from %d to %d: only a tick counts.  A drop ends "
          "the wait and nothing else: forget the waker",
          left, c->left);
    while (left-- > 0)
        tick_(c);
    CHECK(who->woken == woken,
          "a tick woke the task although its future was dropped: by then that "
          "task may be finished, and its memory freed");
}

static void a_dropped_countdown_wakes_nobody(void **state)
{
    (void)state;
    for (int from = 1; from <= 3; from++) {
        countdown(&c_, from);
        must_wait_(&task_, &c_);
        must_wake_nobody_when_dropped_(&task_, &c_);
    }
}

static void it_may_be_dropped_before_its_first_poll(void **state)
{
    (void)state;
    countdown(&c_, 1);
    must_wake_nobody_when_dropped_(&task_, &c_);
}

static void it_may_be_dropped_after_the_last_tick(void **state)
{
    (void)state;
    countdown(&c_, 1);
    must_wait_(&task_, &c_);
    tick_(&c_);
    must_wake_nobody_when_dropped_(&task_, &c_);
}

/* ---- Two at the same time ------------------------------------------------ */

struct life_ {
    struct poller task;
    struct countdown c;
};

static void begins_(void *life)
{
    struct life_ *me = life;
    me->task = (struct poller){ 0 };
    countdown(&me->c, 2);
}

static void waits_(void *life)
{
    struct life_ *me = life;
    must_wait_(&me->task, &me->c);
}

static void hears_a_tick_(void *life)
{
    struct life_ *me = life;
    tick_(&me->c);
    CHECK(me->task.woken == (me->c.left == 0),
          "with %d left, its task was woken %d times", me->c.left,
          me->task.woken);
}

static void is_ready_(void *life)
{
    struct life_ *me = life;
    must_be_ready_(&me->task, &me->c);
}

static void is_dropped_(void *life)
{
    struct life_ *me = life;
    must_wake_nobody_when_dropped_(&me->task, &me->c);
}

static void two_countdowns_do_not_know_each_other(void **state)
{
    (void)state;
    PROBE_LIVES(life_, begins_, waits_, hears_a_tick_, waits_, hears_a_tick_,
                is_ready_);
    PROBE_LIVES(life_, begins_, waits_, hears_a_tick_, is_dropped_);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_is_ready_at_once_when_nothing_is_left),
    cmocka_unit_test(it_is_pending_until_the_last_tick),
    cmocka_unit_test(whoever_is_woken_may_poll_at_once),
    cmocka_unit_test(the_ticks_may_come_before_the_first_poll),
    cmocka_unit_test(ticks_after_the_last_change_nothing),
    cmocka_unit_test(whoever_is_woken_may_free_it_at_once),
    cmocka_unit_test(a_dropped_countdown_wakes_nobody),
    cmocka_unit_test(it_may_be_dropped_before_its_first_poll),
    cmocka_unit_test(it_may_be_dropped_after_the_last_tick),
    cmocka_unit_test(the_waker_of_the_latest_poll_counts),
    cmocka_unit_test(however_many_ticks_there_are),
    cmocka_unit_test(two_countdowns_do_not_know_each_other),
};
EXERCISE_MAIN(tests)
