/* The test is the lamp's and the sensors' world: it polls by hand, and lets a
 * sensor answer between two polls. */
#include ANSWER
#include "exercise.h"
#include "probes.h"

struct
    bench_ { /* one measurement, with all it needs                          */
    struct measure measure;
    struct lamp lamp;
    struct sensor first, second;
    struct poller task;
    int said; /* what the first sensor has come to, meanwhile                 */
};

static void set_up_(struct bench_ *b, int first, int second)
{
    *b = (struct bench_){ .first.value = -1000, .second.value = -1000000 };
    measure(&b->measure, &b->lamp, &b->first, &b->second);
    b->first.value = first;
    b->second.value = second;
}

/* Until a sensor answers, it shows nonsense. */
static void answer_(struct bench_ *b, struct sensor *sensor, int value)
{
    int before = b->task.woken;
    struct waker waker = sensor->waker;
    sensor->answers = true;
    sensor->value = value;
    sensor->waker = (struct waker){ NULL, NULL };
    waker_wake(waker);
    CHECK(b->task.woken == before + 1,
          "a sensor answered, and the task was not woken");
}

static void must_be_lit_(const struct bench_ *b)
{
    CHECK(b->lamp.on > 0, "it measures, and the lamp is not on");
    CHECK(b->lamp.on == 1,
          "the lamp was switched on %d times: once is enough, and not at every "
          "poll",
          b->lamp.on);
    CHECK(b->lamp.off == 0, "the lamp was switched off while it measures");
}

static void must_be_dark_(const struct bench_ *b, const char *when)
{
    CHECK(b->lamp.off > 0, "%s, and the lamp is still on", when);
    CHECK(b->lamp.off == 1,
          "the lamp was switched off %d times: the code after ASYNC_FINALLY "
          "also runs on return",
          b->lamp.off);
}

static void must_wait_for_the_first_(struct bench_ *b)
{
    CHECK(poll_by(&b->task, &b->measure.async.future) == POLL_PENDING,
          "READY, and no sensor has answered");
    CHECK(b->first.waker.wake || !b->second.waker.wake,
          "it waits for the second sensor, but the first one has not answered "
          "yet");
    CHECK(b->first.waker.wake, "PENDING, and it waits for neither sensor");
    CHECK(!b->second.asked,
          "the second sensor was asked before the first one has answered: one "
          "AWAIT after the other");
    CHECK(b->first.asked == 1,
          "the first sensor was asked %d times: construct the reading inside "
          "AWAIT( ), because that constructs it only once",
          b->first.asked);
    must_be_lit_(b);
}

static void must_wait_for_the_second_(struct bench_ *b)
{
    enum poll result = poll_by(&b->task, &b->measure.async.future);
    CHECK(b->first.asked == 1, "the first sensor has answered, and it was "
                               "asked again: ask the second one now");
    CHECK(result == POLL_PENDING,
          "READY, and only the first sensor has answered");
    CHECK(b->second.waker.wake, "the first sensor has answered, and nobody "
                                "waits for the second one");
    must_be_lit_(b);
    b->first.value = b->said = b->first.value + 1000;
}

static void must_be_ready_(struct bench_ *b, int first, int second)
{
    CHECK(poll_by(&b->task, &b->measure.async.future) == POLL_READY,
          "both sensors have answered, and it is still PENDING");
    CHECK(b->first.asked && b->second.asked,
          "READY, and the %s sensor was never asked",
          b->first.asked ? "second" : "first");
    CHECK(b->measure.sum != first || second == 0,
          "the sum is %d: the second value is missing", first);
    CHECK(b->measure.sum != second || first == 0,
          "the sum is %d: the first value is missing", second);
    CHECK(b->measure.sum != 2 * second || first == second,
          "the sum is %d, twice the second value: the second reading took the "
          "place of the first one; keep what you need of it in the frame",
          b->measure.sum);
    CHECK(b->measure.sum != b->said + second,
          "the first sensor answered %d, now it shows %d, and the sum is %d: "
          "take the answer from the reading, not from the sensor",
          first, b->said, b->measure.sum);
    CHECK(b->measure.sum == first + second,
          "the sensors said %d and %d, and the sum is %d", first, second,
          b->measure.sum);
    must_be_dark_(b, "it is READY");
}

/* ---- To the end ---------------------------------------------------------- */

static void nothing_happens_before_the_first_poll(void **state)
{
    struct bench_ b;
    (void)state;
    set_up_(&b, 0, 0);
    CHECK(b.lamp.on == 0 && b.lamp.off == 0,
          "the lamp was switched before the first poll: a future is lazy, its "
          "constructor runs nothing");
    CHECK(!b.first.asked && !b.second.asked,
          "a sensor was asked before the first poll: a future is lazy");
}

static void it_reads_one_sensor_then_the_other(void **state)
{
    struct bench_ b;
    (void)state;
    set_up_(&b, 0, 0);
    must_wait_for_the_first_(&b);
    answer_(&b, &b.first, 20);
    must_wait_for_the_second_(&b);
    answer_(&b, &b.second, 3);
    must_be_ready_(&b, 20, 3);
}

static void a_poll_too_many_changes_nothing(void **state)
{
    struct bench_ b;
    (void)state;
    set_up_(&b, 0, 0);
    must_wait_for_the_first_(&b);
    must_wait_for_the_first_(&b);
    answer_(&b, &b.first, 7);
    must_wait_for_the_second_(&b);
    must_wait_for_the_second_(&b);
    must_wait_for_the_second_(&b);
    CHECK(b.second.asked == 1, "the second sensor was asked %d times",
          b.second.asked);
    answer_(&b, &b.second, -7);
    must_be_ready_(&b, 7, -7);
}

static void sensors_that_have_answered_need_no_wait(void **state)
{
    struct bench_ b;
    (void)state;
    set_up_(&b, 5, 6);
    b.first.answers = b.second.answers = true;
    CHECK(poll_by(&b.task, &b.measure.async.future) == POLL_READY,
          "both sensors had answered before the first poll, and it is PENDING");
    CHECK(b.measure.sum == 11, "the sensors said 5 and 6, and the sum is %d",
          b.measure.sum);
    CHECK(b.lamp.on == 1,
          "it has measured, and the lamp was switched on %d "
          "times",
          b.lamp.on);
    must_be_dark_(&b, "it is READY");
}

static void any_values_are_added(void **state)
{
    static const int values[][2] = { { 0, 5 },
                                     { 5, 0 },
                                     { 7, 7 },
                                     { -3, -4 },
                                     { 100000, 200000 },
                                     { 0, 0 },
                                     { -1000000000, 1000000001 } };
    struct bench_ b;
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        set_up_(&b, 0, 0);
        must_wait_for_the_first_(&b);
        answer_(&b, &b.first, values[i][0]);
        must_wait_for_the_second_(&b);
        answer_(&b, &b.second, values[i][1]);
        must_be_ready_(&b, values[i][0], values[i][1]);
    }
}

static void both_sensors_may_be_the_same(void **state)
{
    struct bench_ b;
    (void)state;
    set_up_(&b, 0, 0);
    measure(&b.measure, &b.lamp, &b.first, &b.first);
    must_wait_for_the_first_(&b);
    answer_(&b, &b.first, 4);
    CHECK(poll_by(&b.task, &b.measure.async.future) == POLL_READY,
          "the only sensor has answered, and it is still PENDING");
    CHECK(b.first.asked == 2,
          "one sensor is to be read twice, and it was "
          "asked %d times",
          b.first.asked);
    CHECK(b.measure.sum == 8, "one sensor said 4, twice, and the sum is %d",
          b.measure.sum);
}

/* Somebody else waits for a sensor that this one is done with. */
static void must_stay_(const struct sensor *sensor, const char *when)
{
    CHECK(sensor->waker.wake,
          "%s, and the waker of another task, which waits for the same sensor, "
          "is lost: a reading that is over needs no drop",
          when);
    CHECK(sensor->answers, "%s, and changed a sensor: a reading only reads",
          when);
}

static void others_may_wait_for_the_same_sensors(void **state)
{
    struct reading others[4];
    struct poller other = { 0 };
    struct bench_ b;
    (void)state;
    set_up_(&b, 0, 0);
    must_wait_for_the_first_(&b);
    ASIDE("Another reading was made meanwhile, and has not been polled yet.");
    reading(&others[0], &b.first);
    must_wait_for_the_first_(&b);
    ASIDE("");
    answer_(&b, &b.first, 4);
    must_wait_for_the_second_(&b);
    b.first.answers = false;
    (void)poll_by(&other, reading(&others[0], &b.first));
    b.first.answers = true;
    answer_(&b, &b.second, 5);
    b.second.answers = false;
    (void)poll_by(&other, reading(&others[1], &b.second));
    b.second.answers = true;
    must_be_ready_(&b, 4, 5);
    must_stay_(&b.first, "it is READY");
    must_stay_(&b.second, "it is READY");

    set_up_(&b, 0, 0);
    must_wait_for_the_first_(&b);
    (void)poll_by(&other, reading(&others[2], &b.second));
    b.second.answers = true;
    future_drop(&b.measure.async.future);
    must_stay_(&b.second, "it was dropped while it waited for the first");

    set_up_(&b, 0, 0);
    must_wait_for_the_first_(&b);
    answer_(&b, &b.first, 4);
    must_wait_for_the_second_(&b);
    b.first.answers = false;
    (void)poll_by(&other, reading(&others[3], &b.first));
    b.first.answers = true;
    future_drop(&b.measure.async.future);
    must_stay_(&b.first, "it was dropped while it waited for the second");
}

/* ---- Dropped midway ------------------------------------------------------ */

static void dropped_at_the_first_sensor_it_puts_the_lamp_out(void **state)
{
    struct bench_ b;
    (void)state;
    set_up_(&b, 0, 0);
    must_wait_for_the_first_(&b);
    future_drop(&b.measure.async.future);
    must_be_dark_(&b, "it was dropped while it waited for the first sensor");
    CHECK(!b.first.waker.wake, "it was dropped, and the first sensor still "
                               "holds its waker");
    CHECK(!b.second.asked, "it was dropped, and then it asked the second "
                           "sensor");
}

static void dropped_at_the_second_sensor_too(void **state)
{
    struct bench_ b;
    (void)state;
    set_up_(&b, 0, 0);
    must_wait_for_the_first_(&b);
    answer_(&b, &b.first, 20);
    must_wait_for_the_second_(&b);
    future_drop(&b.measure.async.future);
    must_be_dark_(&b, "it was dropped while it waited for the second sensor");
    CHECK(!b.second.waker.wake, "it was dropped, and the second sensor still "
                                "holds its waker");
}

static void dropped_before_the_first_poll_it_leaves_the_lamp_alone(void **state)
{
    struct bench_ b;
    (void)state;
    set_up_(&b, 0, 0);
    future_drop(&b.measure.async.future);
    CHECK(b.lamp.on == 0 && b.lamp.off == 0,
          "it was dropped before its first poll, and it switched the lamp: it "
          "never switched it on, so it must not switch it off");
}

/* ---- Two at the same time ------------------------------------------------ */

struct life_ {
    struct bench_ bench;
    int one, two;
};

static void begins_(void *life)
{
    static int value;
    struct life_ *me = life;
    me->one = ++value;
    me->two = 1000 * value;
    set_up_(&me->bench, 0, 0);
}

static void waits_for_the_first_(void *life)
{
    struct life_ *me = life;
    must_wait_for_the_first_(&me->bench);
}

static void hears_the_first_(void *life)
{
    struct life_ *me = life;
    answer_(&me->bench, &me->bench.first, me->one);
}

static void waits_for_the_second_(void *life)
{
    struct life_ *me = life;
    must_wait_for_the_second_(&me->bench);
}

static void hears_the_second_(void *life)
{
    struct life_ *me = life;
    answer_(&me->bench, &me->bench.second, me->two);
}

static void is_ready_(void *life)
{
    struct life_ *me = life;
    must_be_ready_(&me->bench, me->one, me->two);
}

static void is_dropped_(void *life)
{
    struct life_ *me = life;
    future_drop(&me->bench.measure.async.future);
    must_be_dark_(&me->bench, "it was dropped");
}

static void two_may_measure_at_the_same_time(void **state)
{
    (void)state;
    PROBE_LIVES(life_, begins_, waits_for_the_first_, hears_the_first_,
                waits_for_the_second_, hears_the_second_, is_ready_);
    PROBE_LIVES(life_, begins_, waits_for_the_first_, hears_the_first_,
                waits_for_the_second_, is_dropped_);
}

static void two_may_share_a_lamp(void **state)
{
    struct bench_ a, b;
    (void)state;
    set_up_(&a, 0, 0);
    set_up_(&b, 0, 0);
    measure(&b.measure, &a.lamp, &b.first, &b.second);
    (void)poll_by(&a.task, &a.measure.async.future);
    future_drop(&b.measure.async.future);
    CHECK(a.lamp.off == 0,
          "two share a lamp, and the second was dropped before its first poll: "
          "it switched off what the first has switched on");
    measure(&b.measure, &a.lamp, &b.first, &b.second);
    (void)poll_by(&b.task, &b.measure.async.future);
    CHECK(a.lamp.on == 2,
          "two share a lamp, and it was switched on %d times: each switches it "
          "on once",
          a.lamp.on);
    future_drop(&b.measure.async.future);
    CHECK(a.lamp.off == 1,
          "two share a lamp, and when one of them was dropped, it was switched "
          "off %d times: switch it off only if you have switched it on",
          a.lamp.off);
    future_drop(&a.measure.async.future);
    CHECK(a.lamp.off == 2,
          "two shared a lamp, and both were dropped: it was switched off %d "
          "times, and on 2 times",
          a.lamp.off);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(nothing_happens_before_the_first_poll),
    cmocka_unit_test(it_reads_one_sensor_then_the_other),
    cmocka_unit_test(a_poll_too_many_changes_nothing),
    cmocka_unit_test(sensors_that_have_answered_need_no_wait),
    cmocka_unit_test(any_values_are_added),
    cmocka_unit_test(dropped_at_the_first_sensor_it_puts_the_lamp_out),
    cmocka_unit_test(dropped_at_the_second_sensor_too),
    cmocka_unit_test(dropped_before_the_first_poll_it_leaves_the_lamp_alone),
    cmocka_unit_test(two_may_share_a_lamp),
    cmocka_unit_test(both_sensors_may_be_the_same),
    cmocka_unit_test(others_may_wait_for_the_same_sensors),
    cmocka_unit_test(two_may_measure_at_the_same_time),
};
EXERCISE_MAIN(tests)
