/* On the virtual clock: it moves only where the test lets it.  The inner future
 * is a bell that the test rings. */
#include ANSWER
#include "exercise_executor.h"

struct bell_ { /* a future: READY once it has rung */
    struct future future;
    struct waker waker;
    bool rung, over, dropped;
    int polls;
};

static enum poll bell_poll_(struct future *f, struct context *cx)
{
    struct bell_ *self = container_of(f, struct bell_, future);
    self->polls++;
    self->over = self->rung;
    self->waker = self->rung ? (struct waker){ NULL, NULL } : context_waker(cx);
    return self->rung ? POLL_READY : POLL_PENDING;
}

static void bell_drop_(struct future *f)
{
    struct bell_ *self = container_of(f, struct bell_, future);
    self->dropped = true;
    self->waker = (struct waker){ NULL, NULL };
}

static const struct future_ops bell_ops_ = { .name = "a bell",
                                             .poll = bell_poll_,
                                             .drop = bell_drop_ };

/* ---- One timeout, by hand ------------------------------------------------ */

static struct bell_ bell_;
static struct with_timeout limited_;
static struct poller task_;

static void set_up_(uint64_t ms)
{
    task_ = (struct poller){ .executor = virtual_executor() };
    bell_ = (struct bell_){ .future.ops = &bell_ops_ };
    with_timeout(&limited_, &bell_.future, ms);
}

static void pass_(uint64_t ms)
{
    struct sleep nap;
    block_on(task_.executor, sleep_ms(&nap, ms));
}

static void ring_(void)
{
    bell_.rung = true;
    waker_wake(bell_.waker);
}

/* A running sleep stands in a list of timers.  Written over and started anew,
 * it is its own neighbour there. */
static bool made_over_a_running_one_(void)
{
    return limited_.limit.timer.link.next == &limited_.limit.timer.link;
}

static enum poll poll_it_(void)
{
    uint64_t before = executor_now(task_.executor);
    enum poll result = poll_by(&task_, &limited_.future);
    CHECK(executor_now(task_.executor) == before,
          "%d ms went by inside one poll: a poll never waits, it returns "
          "PENDING",
          (int)(executor_now(task_.executor) - before));
    CHECK(!made_over_a_running_one_(),
          "the limit is made anew in each poll, over the one that runs: then "
          "it "
          "never comes, and the list of timers is broken");
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
          "READY, and the limit still runs: its timer will wake "
          "a task that has long gone on, or is gone");
}

static void must_be_too_late_(void)
{
    bool ready = poll_it_() == POLL_READY;
    CHECK(ready || !timer_runs_(),
          "time is up, and it is PENDING, and the limit still runs: is it made "
          "anew in each poll, or longer than it should be?");
    CHECK(ready, "time is up, and it is PENDING: when the limit is READY, so "
                 "are we, in the same poll");
    CHECK(limited_.status == UV_ETIMEDOUT,
          "time is up, and the status is %d, not UV_ETIMEDOUT (%d)",
          limited_.status, UV_ETIMEDOUT);
    CHECK(bell_.dropped, "time is up, and the inner future is not dropped: it "
                         "still waits for what nobody wants any more");
    CHECK(bell_.future.ops == &future_over_ops,
          "time is up, and the inner future does not know that it is over: "
          "drop it by future_drop(), not by its ops");
}

/* ---- In time ------------------------------------------------------------- */

static void making_it_runs_nothing(void **state)
{
    (void)state;
    set_up_(100);
    CHECK(bell_.polls == 0, "it was made, and the inner future was polled: "
                            "nothing may happen before the first poll");
    pass_(1000);
    CHECK(poll_it_() == POLL_PENDING,
          "READY in the first poll: the limit counts from there, not from when "
          "it was made");
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
    CHECK(task_.woken == 0, "it woke itself: that is to poll without end; bell "
                            "and clock will wake it");
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
    (void)poll_it_();
    pass_(100);
    CHECK(task_.woken > 0,
          "100 of 100 ms are over, and nobody was woken: the limit must be "
          "polled as well, or it does not even run");
    must_be_too_late_();
    set_up_(0);
    (void)poll_it_();
    pass_(0);
    must_be_too_late_();
}

static void a_poll_in_between_does_not_put_it_off(void **state)
{
    (void)state;
    set_up_(100);
    for (int i = 0; i < 10; i++) {
        CHECK(poll_it_() == POLL_PENDING, "READY after %d of 100 ms", 10 * i);
        pass_(10);
    }
    CHECK(task_.woken > 0,
          "polled every 10 ms, and after 100 ms time is not up: is the limit "
          "made anew in each poll?");
    must_be_too_late_();
}

static void one_that_was_late_counts_if_nobody_had_looked(void **state)
{
    (void)state;
    set_up_(100);
    (void)poll_it_();
    pass_(150);
    bell_.rung = true;
    CHECK(poll_it_() == POLL_READY, "PENDING, although both are ready");
    CHECK(limited_.status == 0,
          "the inner future was ready, and so was the limit: the inner one is "
          "asked first; its result is there, why throw it away?");
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
        CHECK(bell_.dropped,
              "dropped %s, and the inner future is not: it still waits",
              when_[polls]);
        CHECK(!timer_runs_(), "dropped %s, and the limit still runs",
              when_[polls]);
        pass_(200);
        CHECK(task_.woken == 0, "dropped, and still it woke somebody");
    }
}

static void the_latest_waker_counts(void **state)
{
    struct poller other = { 0 };
    (void)state;
    for (int i = 0; i < 2; i++) {
        set_up_(100);
        other = (struct poller){ .executor = task_.executor };
        (void)poll_it_();
        (void)poll_by(&other, &limited_.future);
        if (i)
            ring_();
        else
            pass_(100);
        CHECK(task_.woken == 0 && other.woken == 1,
              "another task polls now, and the %s still wakes the old one",
              i ? "inner future" : "limit");
        future_drop(&limited_.future);
    }
}

static void two_limits_do_not_mix(void **state)
{
    struct with_timeout other;
    struct bell_ silent = { .future.ops = &bell_ops_ };
    struct poller another;
    (void)state;
    set_up_(100);
    another = (struct poller){ .executor = task_.executor };
    with_timeout(&other, &silent.future, 200);
    (void)poll_it_();
    WHILE("a second limit runs beside the first");
    (void)poll_by(&another, &other.future);
    CHECK(limited_.limit.timer.link.next && other.limit.timer.link.next,
          "two limits at the same time, and they do not both run: each needs a "
          "limit of its own, in its struct");
    pass_(100);
    CHECK(task_.woken == 1 && another.woken == 0,
          "limits of 100 and of 200 ms at the same time: after 100 ms the "
          "first was woken %d times, the second %d: each needs a limit of its "
          "own, in its struct",
          task_.woken, another.woken);
    must_be_too_late_();
    pass_(100);
    CHECK(another.woken == 1 &&
              poll_by(&another, &other.future) == POLL_READY &&
              other.status == UV_ETIMEDOUT,
          "limits of 100 and of 200 ms at the same time: the second never "
          "comes: each needs a limit of its own, in its struct");
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
    cmocka_unit_test(making_it_runs_nothing),
    cmocka_unit_test(what_is_ready_at_once_is_in_time),
    cmocka_unit_test(a_second_poll_changes_nothing),
    cmocka_unit_test(what_comes_in_time_is_not_dropped),
    cmocka_unit_test(when_time_is_up_the_inner_future_is_dropped),
    cmocka_unit_test(a_poll_in_between_does_not_put_it_off),
    cmocka_unit_test(one_that_was_late_counts_if_nobody_had_looked),
    cmocka_unit_test(a_long_limit_is_not_cut_short),
    cmocka_unit_test(to_drop_it_is_to_drop_both),
    cmocka_unit_test(the_latest_waker_counts),
    cmocka_unit_test(two_limits_do_not_mix),
    cmocka_unit_test(limits_can_be_awaited_and_nested),
};
EXERCISE_MAIN(tests)
