/* On the virtual clock: it moves only where the test lets it.  The inner future
 * is a bell, a probe that the test rings. */
#include ANSWER
#include "exercise_executor.h"
#include "probes.h"

/* ---- One timeout, by hand ------------------------------------------------ */

static struct probe_child bell_;
static struct timer *timer_; /* of the limit; NULL before it runs */
static struct with_timeout limited_;
static struct poller task_;

static void set_up_(uint64_t ms)
{
    task_ = (struct poller){ .executor = virtual_executor() };
    with_timeout(&limited_, probe_child(&bell_, "the inner future"), ms);
    bell_.executor = task_.executor;
    timer_ = NULL;
}

static void pass_(uint64_t ms)
{
    struct sleep nap;
    block_on(task_.executor, sleep_ms(&nap, ms));
}

static void ring_(void)
{
    probe_child_can_go(&bell_);
}

/* A running sleep stands in a list of timers, behind `neighbour`.  If it was
 * written over, its old neighbour still points to it, but not it back. */
static bool made_over_a_running_one_(const struct list *neighbour)
{
    return neighbour && neighbour->next == &timer_->link &&
           timer_->link.prev != neighbour;
}

static enum poll poll_it_(void)
{
    uint64_t before = executor_now(task_.executor);
    bool runs = timer_ && timer_is_running(timer_);
    int polls = bell_.polls;
    const struct list *neighbour = runs ? timer_->link.prev : NULL;
    enum poll result = poll_by(&task_, &limited_.future);
    CHECK(executor_now(task_.executor) == before,
          "%d ms went by inside one poll: a poll never waits, it returns "
          "PENDING",
          (int)(executor_now(task_.executor) - before));
    CHECK(bell_.polls <= polls + 1, "one poll polled the inner future %d times",
          bell_.polls - polls);
    CHECK(!made_over_a_running_one_(neighbour),
          "each poll makes a new limit in the place of the one that runs: so "
          "the limit never ends, and the list of timers is broken");
    struct list *slot = wheel_first(&task_.executor->wheel);
    if (!timer_ && result == POLL_PENDING && slot)
        timer_ = container_of(slot->next, struct timer, link);
    return result;
}

/* Is a timer left in the wheel? */
static bool timer_runs_(void)
{
    return wheel_first(&task_.executor->wheel) != NULL;
}

static void must_be_in_time_(void)
{
    CHECK(poll_it_() == POLL_READY, "PENDING, although the inner future is "
                                    "ready");
    CHECK(limited_.status == 0, "it came in time, and the status is %d, not 0",
          limited_.status);
    CHECK(!timer_runs_(),
          "READY, and the limit still runs: its timer will wake the task "
          "later, when that task may do something else or may be freed");
}

/* What must be true after the last poll. */
static void is_too_late_(bool ready)
{
    CHECK(ready || !timer_runs_(),
          "time is up, and it is PENDING, and the limit still runs: does each "
          "poll make a new limit, or is the limit too long?");
    CHECK(ready, "time is up, and it is PENDING: when the limit is READY, your "
                 "future must be READY in the same poll");
    CHECK(limited_.status == UV_ETIMEDOUT,
          "time is up, and the status is %d, not UV_ETIMEDOUT (%d)",
          limited_.status, UV_ETIMEDOUT);
    CHECK(bell_.drops > 0,
          "time is up, and the inner future is not dropped: it still waits for "
          "something that nobody wants any more");
    probe_child_must_be_dropped(&bell_, &bell_.future);
}

static void must_be_too_late_(void)
{
    is_too_late_(poll_it_() == POLL_READY);
}

/* ---- In time ------------------------------------------------------------- */

static void time_is_up_100_ms_after_the_first_poll(void **state)
{
    (void)state;
    set_up_(100);
    CHECK(bell_.polls == 0, "it was made, and the inner future was polled: "
                            "nothing may happen before the first poll");
    pass_(1000);
    CHECK(poll_it_() == POLL_PENDING,
          "READY in the first poll: the limit counts from the first poll, not "
          "from when the future was made");
    pass_(99);
    CHECK(task_.woken == 0 && poll_it_() == POLL_PENDING,
          "time is up 99 ms after the first poll, and 100 ms are allowed");
    future_drop(&limited_.future);
}

static void what_is_ready_at_once_is_in_time(void **state)
{
    (void)state;
    set_up_(100);
    ring_();
    must_be_in_time_();
    set_up_(0);
    ring_();
    must_be_in_time_();
}

static void a_second_poll_changes_nothing(void **state)
{
    (void)state;
    set_up_(100);
    for (int i = 0; i < 2; i++)
        CHECK(poll_it_() == POLL_PENDING,
              "READY, and nothing has happened yet");
    future_drop(&limited_.future);
}

static void what_comes_in_time_is_not_dropped(void **state)
{
    (void)state;
    set_up_(100);
    CHECK(poll_it_() == POLL_PENDING, "READY, and nothing has happened yet");
    CHECK(task_.woken == 0, "it woke itself, so it is polled again and again; "
                            "the bell and the clock will wake it");
    pass_(99);
    CHECK(task_.woken == 0, "woken after 99 of 100 ms, and the bell is silent");
    ring_();
    CHECK(task_.woken > 0, "the inner future is ready, and nobody was woken");
    must_be_in_time_();
    CHECK(bell_.over, "READY, and the inner future was not polled to its end");
    pass_(100);
    CHECK(task_.woken == 1, "woken again after READY");
}

/* ---- Too late ------------------------------------------------------------ */

static void when_time_is_up_the_inner_future_is_dropped(void **state)
{
    (void)state;
    set_up_(100);
    pass_(1000);
    (void)poll_it_();
    pass_(100);
    CHECK(task_.woken > 0,
          "100 of 100 ms are over, and nobody was woken: poll the limit as "
          "well, otherwise it does not even start");
    must_be_too_late_();
    ASIDE("The limit was 0 ms: that is no time at all, and not \"no limit\".");
    set_up_(0);
    bool ready = poll_it_() == POLL_READY; /* or in the next poll: */
    pass_(0);
    is_too_late_(ready || poll_it_() == POLL_READY);
    ASIDE("");
}

static void a_poll_in_between_does_not_put_it_off(void **state)
{
    (void)state;
    set_up_(100);
    for (int i = 0; i < 10; i++) {
        CHECK(poll_it_() == POLL_PENDING, "READY after %d of 100 ms", 10 * i);
        pass_(10);
    }
    CHECK(task_.woken > 0, "polled every 10 ms, and after 100 ms time is not "
                           "up: does each poll make a new limit?");
    must_be_too_late_();
}

static void one_that_was_late_counts_if_nobody_had_looked(void **state)
{
    (void)state;
    set_up_(100);
    (void)poll_it_();
    pass_(150);
    bell_.ready = true;
    CHECK(poll_it_() == POLL_READY, "PENDING, although both are ready");
    CHECK(limited_.status == 0,
          "the inner future was ready, and so was the limit: poll the inner "
          "one first, because its result is there and should not be lost");
}

static void a_long_limit_is_not_cut_short(void **state)
{
    (void)state;
    set_up_(5000000000);
    (void)poll_it_();
    pass_(4000000000);
    CHECK(task_.woken == 0 && poll_it_() == POLL_PENDING,
          "a limit of 5000000000 ms, and after 4000000000 it is over: "
          "milliseconds are uint64_t, an int is too small");
    future_drop(&limited_.future);
}

static void the_longest_limit_is_one_too(void **state)
{
    (void)state;
    set_up_(UINT64_MAX);
    pass_(1000); /* now + UINT64_MAX does not fit */
    CHECK(poll_it_() == POLL_PENDING, "a limit of UINT64_MAX ms is over in the "
                                      "first poll");
    pass_(1000000000);
    CHECK(task_.woken == 0 && poll_it_() == POLL_PENDING,
          "a limit of UINT64_MAX ms is over after 1000000000 ms");
    future_drop(&limited_.future);
}

/* ---- Dropped, and in company --------------------------------------------- */

static const char *const when_[3] = { "before its first poll", "after one poll",
                                      "after two polls" };

static void to_drop_it_is_to_drop_both(void **state)
{
    (void)state;
    for (int polls = 0; polls < 3; polls++) {
        set_up_(100);
        for (int i = 0; i < polls; i++)
            (void)poll_it_();
        future_drop(&limited_.future);
        CHECK(bell_.drops > 0,
              "dropped %s, and the inner future is not: it still waits",
              when_[polls]);
        CHECK(!timer_runs_(), "dropped %s, and the limit still runs",
              when_[polls]);
        probe_child_must_be_dropped(&bell_, &bell_.future);
        pass_(200);
        CHECK(task_.woken == 0, "dropped, and it woke a task nevertheless");
    }
}

static struct future *waiting_(void)
{
    set_up_(100);
    return &limited_.future;
}

static void time_is_up_(void)
{
    pass_(100);
}

static void the_latest_waker_counts(void **state)
{
    (void)state;
    ASIDE("Here the bell wakes.");
    probe_wakers_in(virtual_executor(), waiting_, ring_);
    ASIDE("Here the limit wakes.");
    probe_wakers_in(virtual_executor(), waiting_, time_is_up_);
    ASIDE("");
}

static void both_at_the_second_poll(void **state)
{
    (void)state;
    for (int polls = 1; polls < 4; polls++) {
        set_up_(100);
        for (int i = 0; i < polls; i++)
            (void)poll_it_();
        pass_(100);
        ring_();
        must_be_in_time_();
        probe_child_must_be_dropped(&bell_, &bell_.future);
    }
}

static void an_inner_future_without_a_waker_is_told_of(void **state)
{
    (void)state;
    set_up_(100);
    bell_.mute = true;
    probe_must_tell_of_in(task_.executor, "child", &limited_.future);
    future_drop(&limited_.future);
}

/* ---- Two at the same time ------------------------------------------------ */

struct life_ {
    struct with_timeout limited;
    struct probe_child bell;
    struct poller task;
    int end; /* 0: the bell rings; 1: time is up; 2: it is dropped */
};

static void begins_(void *life)
{
    static int number;
    struct life_ *me = life;
    me->task = (struct poller){ .executor = virtual_executor() };
    me->end = number++ % 3;
    with_timeout(&me->limited, probe_child(&me->bell, "the inner future"),
                 me->end == 1 ? 20 : 1000000);
    me->bell.executor = me->task.executor;
}

static void waits_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_by(&me->task, &me->limited.future) == POLL_PENDING,
          "READY, and nothing has happened yet");
}

static void something_happens_(void *life)
{
    struct life_ *me = life;
    if (me->end == 0)
        probe_child_can_go(&me->bell);
    else if (me->end == 1)
        block_on(me->task.executor, sleep_ms(&(struct sleep){ 0 }, 20));
    else
        future_drop(&me->limited.future);
    CHECK(me->task.woken == (me->end < 2),
          "%s, and the task was woken %d times",
          me->end == 0   ? "the inner future is ready"
          : me->end == 1 ? "time is up"
                         : "it was dropped",
          me->task.woken);
}

static void it_ends_(void *life)
{
    struct life_ *me = life;
    if (me->end < 2) {
        int status = me->end == 0 ? 0 : UV_ETIMEDOUT;
        CHECK(poll_by(&me->task, &me->limited.future) == POLL_READY,
              "PENDING, although %s",
              me->end == 0 ? "the inner future is ready" : "time is up");
        CHECK(me->limited.status == status, "the status is %d, not %d",
              me->limited.status, status);
    }
    probe_child_must_be_dropped(&me->bell, &me->bell.future);
}

static void two_limits_do_not_mix(void **state)
{
    (void)state;
    PROBE_LIVES(life_, begins_, waits_, something_happens_, it_ends_);
}

struct client_ { /* one limit in another one */
    struct async async;
    struct with_timeout outer, inner;
    struct sleep work;
};

static enum poll client__poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct client_);
    AWAIT(with_timeout(&self->inner, sleep_ms(&self->work, 30), 50));
    CHECK(self->inner.status == 0, "30 ms of work, 50 allowed: status %d",
          self->inner.status);
    AWAIT(with_timeout(&self->inner, sleep_ms(&self->work, 70), 50));
    CHECK(self->inner.status == UV_ETIMEDOUT,
          "70 ms of work, 50 allowed: status %d", self->inner.status);
    with_timeout(&self->inner, sleep_ms(&self->work, 70), 50);
    AWAIT(with_timeout(&self->outer, &self->inner.future, 20));
    CHECK(self->outer.status == UV_ETIMEDOUT,
          "a limit of 50 in one of 20 ms: status %d", self->outer.status);
    ASYNC_END;
}

static const struct future_ops client_ops_ = ASYNC_OPS(client_);

static void limits_can_be_awaited_and_nested(void **state)
{
    struct client_ client = { .async.future.ops = &client_ops_ };
    struct executor *ex = virtual_executor();
    (void)state;
    WHILE("limits of 50, 50 and 20 ms are awaited");
    block_on(ex, &client.async.future);
    CHECK(executor_now(ex) == 30 + 50 + 20,
          "30 ms of work, a limit of 50 and one of 20 took %d ms",
          (int)executor_now(ex));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(time_is_up_100_ms_after_the_first_poll),
    cmocka_unit_test(what_is_ready_at_once_is_in_time),
    cmocka_unit_test(a_second_poll_changes_nothing),
    cmocka_unit_test(what_comes_in_time_is_not_dropped),
    cmocka_unit_test(when_time_is_up_the_inner_future_is_dropped),
    cmocka_unit_test(a_poll_in_between_does_not_put_it_off),
    cmocka_unit_test(one_that_was_late_counts_if_nobody_had_looked),
    cmocka_unit_test(a_long_limit_is_not_cut_short),
    cmocka_unit_test(the_longest_limit_is_one_too),
    cmocka_unit_test(to_drop_it_is_to_drop_both),
    cmocka_unit_test(the_latest_waker_counts),
    cmocka_unit_test(both_at_the_second_poll),
    cmocka_unit_test(an_inner_future_without_a_waker_is_told_of),
    cmocka_unit_test(two_limits_do_not_mix),
    cmocka_unit_test(limits_can_be_awaited_and_nested),
};
EXERCISE_MAIN(tests)
