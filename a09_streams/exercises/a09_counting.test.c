/* The test sends people through the gate, between polls and while it waits. */
#include ANSWER
#include "exercise.h"
#include "probes.h"
#include "a09_streams/tests/source.h"

struct turn_ { /* a gate, its stream, and the task that asks */
    struct gate gate;
    struct counting counting;
    struct stream *stream;
    struct poller task;
};

static void start_(struct turn_ *t, int last)
{
    memset(t, 0, sizeof *t);
    t->stream = counting(&t->counting, &t->gate, last);
}

static enum stream_poll poll_(struct turn_ *t)
{
    int passed = t->gate.passed;
    enum stream_poll result = probe_poll_next(&t->task, t->stream, NULL);
    CHECK(t->gate.passed == passed,
          "a poll of your stream has changed `passed` of the gate, which "
          "counts "
          "for others, too: how many you gave is in self->number");
    return result;
}

static void must_give_(struct turn_ *t, int number)
{
    enum stream_poll result = poll_(t);
    const char *item = t->stream->item;
    CHECK(result != STREAM_PENDING,
          "person %d went through the gate, and the stream is PENDING", number);
    CHECK(result != STREAM_END,
          "person %d of %d went through the gate, and the stream ends", number,
          t->counting.last);
    CHECK(item >= (char *)&t->counting && item < (char *)(&t->counting + 1),
          "the item does not lie in the struct of the stream: s->item must "
          "point to something that is still there after your function has "
          "returned");
    CHECK(*(int *)t->stream->item == number,
          "the next item is %d, and the stream gives %d", number,
          *(int *)t->stream->item);
}

static void must_wait_(struct turn_ *t)
{
    int before = t->task.woken;
    enum stream_poll result = poll_(t);
    CHECK(result != STREAM_ITEM,
          "%d went through the gate and were counted, and the stream gives one "
          "item more",
          t->gate.passed);
    CHECK(result != STREAM_END,
          "%d of %d went through the gate, and the stream ends", t->gate.passed,
          t->counting.last);
    CHECK(t->task.woken == before,
          "your stream wakes itself: it would be polled again and again, "
          "although nobody goes through the gate");
}

static void must_end_(struct turn_ *t)
{
    enum stream_poll result = poll_(t);
    CHECK(result != STREAM_ITEM, "item %d was the last one, and one more comes",
          t->counting.last);
    CHECK(result == STREAM_END,
          "item %d was the last one, and the stream is PENDING: it must not "
          "wait for somebody who is not counted",
          t->counting.last);
}

static void each_person_is_an_item(void **state)
{
    struct turn_ t;
    (void)state;
    start_(&t, 5);
    for (int number = 1; number <= 3; number++) {
        gate_pass(&t.gate);
        must_give_(&t, number);
    }
}

static void it_waits_until_somebody_comes(void **state)
{
    struct turn_ t;
    (void)state;
    start_(&t, 5);
    must_wait_(&t);
    gate_pass(&t.gate);
    CHECK(t.task.woken == 1, "the stream was PENDING, somebody went through "
                             "the gate, and the task was not woken");
    must_give_(&t, 1);
    must_wait_(&t);
}

static void after_the_last_one_it_ends(void **state)
{
    struct turn_ t;
    (void)state;
    start_(&t, 2);
    gate_pass(&t.gate);
    must_give_(&t, 1);
    must_wait_(&t);
    gate_pass(&t.gate);
    must_give_(&t, 2);
    must_end_(&t);
    t.task.woken = 0;
    gate_pass(&t.gate);
    CHECK(t.task.woken == 0,
          "the stream has ended, somebody else went through the gate, and that "
          "called the stream's waker: by then the task may be gone");
    start_(&t, 0);
    ASIDE("This stream counts up to 0.");
    must_end_(&t);
}

static void those_who_come_together_are_all_counted(void **state)
{
    struct turn_ t;
    (void)state;
    start_(&t, 3);
    for (int i = 0; i < 5; i++)
        gate_pass(&t.gate);
    ASIDE("5 people came between two polls.");
    for (int number = 1; number <= 3; number++)
        must_give_(&t, number);
    must_end_(&t);
}

static void hundreds_may_come_together(void **state)
{
    struct turn_ t;
    (void)state;
    start_(&t, 300);
    for (int i = 0; i < 256; i++)
        gate_pass(&t.gate);
    ASIDE("256 people came between two polls.");
    for (int number = 1; number <= 256; number++)
        must_give_(&t, number);
    ASIDE("");
    must_wait_(&t);
    for (int i = 256; i < 300; i++)
        gate_pass(&t.gate);
    for (int number = 257; number <= 300; number++)
        must_give_(&t, number);
    must_end_(&t);
}

static void the_task_is_woken_once(void **state)
{
    struct turn_ t;
    (void)state;
    start_(&t, 3);
    must_wait_(&t);
    must_wait_(&t);
    gate_pass(&t.gate);
    gate_pass(&t.gate);
    CHECK(t.task.woken == 1,
          "the task was woken %d times, and it had not polled in between",
          t.task.woken);
}

static void only_the_latest_waker_is_woken(void **state)
{
    struct turn_ t;
    struct poller other = { 0 };
    (void)state;
    start_(&t, 3);
    must_wait_(&t);
    (void)probe_poll_next(&other, t.stream, NULL);
    gate_pass(&t.gate);
    CHECK(t.task.woken == 0 && other.woken == 1,
          "another task has polled the stream last, and it was woken %d times: "
          "the latest waker counts",
          other.woken);
}

static void a_dropped_stream_is_not_woken(void **state)
{
    struct turn_ t;
    (void)state;
    start_(&t, 3);
    must_wait_(&t);
    stream_drop(t.stream);
    CHECK(t.task.woken == 0, "the drop called the waker");
    CHECK(t.gate.passed == 0,
          "the drop has changed how many people went through the gate: only "
          "the waker in it is the stream's");
    gate_pass(&t.gate);
    CHECK(t.task.woken == 0,
          "the stream was dropped, somebody went through the gate, and that "
          "called its waker: by then the task may be gone");
}

/* ---- Two gates at the same time ------------------------------------------ */

static void opens_(void *life)
{
    start_(life, 2);
    must_wait_(life);
}

static void counts_one_(void *life)
{
    struct turn_ *me = life;
    gate_pass(&me->gate);
    must_give_(me, 1);
}

static void counts_two_(void *life)
{
    struct turn_ *me = life;
    must_wait_(me);
    gate_pass(&me->gate);
    must_give_(me, 2);
}

static void closes_(void *life)
{
    must_end_(life);
}

static void two_gates_do_not_know_each_other(void **state)
{
    (void)state;
    PROBE_LIVES(turn_, opens_, counts_one_, counts_two_, closes_);
}

static void each_has_a_last_item_of_its_own(void **state)
{
    static struct turn_ small, large;
    (void)state;
    start_(&small, 1);
    start_(&large, 2);
    for (int i = 0; i < 2; i++) {
        gate_pass(&small.gate);
        gate_pass(&large.gate);
    }
    ASIDE("There are two at the same time here: one counts to 1, the other one "
          "to 2.");
    must_give_(&small, 1);
    must_end_(&small);
    must_give_(&large, 1);
    must_give_(&large, 2);
    must_end_(&large);
    ASIDE("");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_person_is_an_item),
    cmocka_unit_test(it_waits_until_somebody_comes),
    cmocka_unit_test(after_the_last_one_it_ends),
    cmocka_unit_test(those_who_come_together_are_all_counted),
    cmocka_unit_test(hundreds_may_come_together),
    cmocka_unit_test(the_task_is_woken_once),
    cmocka_unit_test(only_the_latest_waker_is_woken),
    cmocka_unit_test(a_dropped_stream_is_not_woken),
    cmocka_unit_test(two_gates_do_not_know_each_other),
    cmocka_unit_test(each_has_a_last_item_of_its_own),
};
EXERCISE_MAIN(tests)
