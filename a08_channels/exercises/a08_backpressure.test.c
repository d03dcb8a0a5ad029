/* The test is both neighbours: the quick one in front of the stage, and the
 * slow one behind it. */
#include ANSWER
#include <limits.h>
#include "exercise.h"
#include "probes.h"

static struct stage stage_;
static struct future *future_; /* the stage's */
static struct poller task_;
static size_t blocks_;
static number_tx before_; /* numbers go into the stage here */
static number_rx after_;  /* and come out of it here */

static void start_(size_t room_before, size_t room_after)
{
    number_rx in;
    number_tx out;
    blocks_ = blocks_in_use();
    CHECK(mpsc_open(&before_, &in, room_before, NULL) == 0 &&
              mpsc_open(&out, &after_, room_after, NULL) == 0,
          "no memory for two channels");
    future_ = stage(&stage_, in, out);
    task_ = (struct poller){ 0 };
}

/* Both neighbours go; the stage is over or dropped. */
static void end_(void)
{
    mpsc_sender_drop(&before_);
    mpsc_receiver_drop(&after_);
}

static void put_(int number)
{
    CHECK(mpsc_try_send(&before_, &number) == 0,
          "%d cannot be sent to the stage, although there is room", number);
}

/* Until it waits for a neighbour: between two numbers it may yield. */
static enum poll poll_on_(struct poller *task, struct future *f)
{
    WHILE("a stage is polled");
    for (int polls = 0; polls < 40; polls++) {
        int woken = task->woken;
        if (poll_by(task, f) == POLL_READY)
            return POLL_READY;
        if (task->woken == woken)
            return POLL_PENDING;
    }
    reject("the stage wakes itself while it has to wait: so it would be polled "
           "again and again.  AWAIT what you wait for");
}

static void must_wait_(const char *why)
{
    CHECK(poll_on_(&task_, future_) == POLL_PENDING,
          "the stage is over, although %s", why);
}

static void must_be_over_(const char *why)
{
    bool over = poll_on_(&task_, future_) == POLL_READY;
    CHECK(over || !after_.rx || list_is_empty(&after_.rx->waiting),
          "%s, and the stage waits for room behind it: for which number?  "
          "None is left.  When recv.status is not 0, `number` is an old one",
          why);
    CHECK(over, "%s, and the stage is not over", why);
}

/* The next number that comes out. */
static void must_come_(int number)
{
    int got = -1, rc = mpsc_try_recv(&after_, &got);
    CHECK(rc == 0,
          "%d was sent to the stage, and %d does not come out of it: "
          "it was lost, or it is kept",
          number, refine(number));
    CHECK(got == refine(number),
          "%d went in, so %d should come out next, and it is %d", number,
          refine(number), got);
}

/* ---- Numbers go through -------------------------------------------------- */

static void it_waits_for_a_number(void **state)
{
    (void)state;
    start_(4, 4);
    must_wait_("the stage in front of it may still send");
    put_(1);
    CHECK(task_.woken == 1,
          "a number was sent to the stage, and it was woken "
          "%d times",
          task_.woken);
    must_wait_("the stage in front of it may still send");
    must_come_(1);
    put_(2);
    put_(3);
    must_wait_("the stage in front of it may still send");
    must_come_(2);
    must_come_(3);
    future_drop(future_);
    end_();
}

static void with_no_room_behind_it_takes_one_number_at_most(void **state)
{
    (void)state;
    start_(8, 2);
    for (int i = 0; i < 8; i++)
        put_(i);
    must_wait_("there is no room behind it for what it has taken");
    CHECK(before_.tx->count <= 6,
          "there is room for two behind the stage, and it has passed on none");
    CHECK(before_.tx->count >= 5,
          "there is room for two behind the stage, and it has taken %zu "
          "numbers: two went out, so it has more than one in its hands, or "
          "has thrown some away",
          8 - before_.tx->count);
    for (int i = 0; i < 8; i++) {
        int woken = task_.woken;
        must_come_(i);
        CHECK(i >= 6 || task_.woken > woken,
              "there is room behind the stage again, and it was not woken");
        must_wait_("the stage in front of it may still send");
    }
    future_drop(future_);
    end_();
}

static void the_quick_one_in_front_has_to_wait(void **state)
{
    int sent = 0;
    (void)state;
    start_(2, 1);
    for (int round = 0; round < 10; round++) {
        while (mpsc_try_send(&before_, &sent) == 0)
            sent++;
        must_wait_("there is no room behind it for what it has taken");
    }
    CHECK(sent <= 4,
          "there is room for two in front of the stage and for one behind it; "
          "nobody takes numbers out, and %d have gone in",
          sent);
    for (int i = 0; i < sent; i++) {
        must_come_(i);
        must_wait_("the stage in front of it may still send");
    }
    future_drop(future_);
    end_();
}

static void any_number_may_go_through(void **state)
{
    static const int numbers[] = { 0, -1, -1000, 0, INT_MAX / 2 - 1 };
    (void)state;
    start_(8, 8);
    for (int i = 0; i < 5; i++)
        put_(numbers[i]);
    ASIDE("0 and negative numbers were sent: none of them means the end.");
    must_wait_("the stage in front of it may still send");
    for (int i = 0; i < 5; i++)
        must_come_(numbers[i]);
    ASIDE("");
    future_drop(future_);
    end_();
}

static void there_may_be_hundreds_of_numbers(void **state)
{
    (void)state;
    start_(2, 1);
    for (int i = 0; i < 300; i++) {
        put_(i);
        must_wait_("the stage in front of it may still send");
        must_come_(i);
    }
    mpsc_sender_drop(&before_);
    must_be_over_("no more numbers come");
    CHECK(stage_.passed == 300, "300 numbers went through, and passed is %d",
          stage_.passed);
    end_();
}

/* ---- The end ------------------------------------------------------------- */

static void the_end_goes_through_behind_the_numbers(void **state)
{
    int got;
    (void)state;
    start_(4, 1);
    put_(1);
    put_(2);
    must_wait_("there is no room behind it for what it has taken");
    mpsc_sender_drop(&before_);
    must_come_(1);
    must_be_over_("all numbers have come, and there is room for the last");
    must_come_(2);
    CHECK(mpsc_try_recv(&after_, &got) == UV_EOF,
          "the stage is over, and the one behind it does not hear of it: it "
          "would wait for ever, because the stage has not dropped its sender");
    CHECK(stage_.passed == 2, "two numbers went through, and passed is %d",
          stage_.passed);
    end_();
}

static void what_was_sent_before_the_end_goes_through(void **state)
{
    (void)state;
    start_(4, 1);
    for (int i = 1; i <= 4; i++)
        put_(i);
    mpsc_sender_drop(&before_);
    ASIDE("The stage in front of it had sent 4 numbers and was gone, and there "
          "was room for one number behind it.");
    for (int i = 1; i <= 3; i++) {
        must_wait_("numbers are left that were sent before the end");
        must_come_(i);
    }
    must_be_over_("all numbers have come, and there is room for the last");
    must_come_(4);
    ASIDE("");
    end_();
}

static void when_nobody_takes_its_numbers_it_is_over(void **state)
{
    int woken;
    (void)state;
    start_(4, 1);
    put_(1);
    put_(2);
    put_(3);
    must_wait_("there is no room behind it for what it has taken");
    woken = task_.woken;
    mpsc_receiver_drop(&after_);
    CHECK(task_.woken > woken, "the stage behind it has gone, and our stage, "
                               "which waits for room, was not woken");
    must_be_over_("the stage behind it has gone");
    CHECK(mpsc_is_closed(&before_),
          "nobody takes the numbers of the stage, and the one in front of it "
          "does not hear of it: the stage has not dropped its receiver");
    CHECK(stage_.passed == 1, "one number went through, and passed is %d",
          stage_.passed);
    end_();
}

/* ---- Dropped ------------------------------------------------------------- */

static void dropped_it_lets_go_of_both_ends(void **state)
{
    static const char *const when[] = { "before its first poll",
                                        "while it waits for a number",
                                        "while it waits for room" };
    (void)state;
    for (int i = 0; i < 3; i++) {
        int got;
        start_(4, 1);
        for (int j = 0; i == 2 && j < 3; j++)
            put_(j);
        if (i > 0)
            must_wait_("its neighbours are there");
        future_drop(future_);
        CHECK(mpsc_is_closed(&before_),
              "the stage was dropped %s, and the one in front of it can still "
              "send",
              when[i]);
        while (mpsc_try_recv(&after_, &got) == 0) {
        }
        CHECK(mpsc_try_recv(&after_, &got) == UV_EOF,
              "the stage was dropped %s, and the one behind it still waits for "
              "numbers",
              when[i]);
        end_();
    }
}

static void all_must_be_freed_(const char *when)
{
    end_();
    CHECK_FREED(blocks_,
                "the stage is over %s, its neighbours are gone, and a channel "
                "is not freed: drop both ends on every way out",
                when);
}

static void on_every_way_out_both_channels_are_freed(void **state)
{
    (void)state;
    start_(4, 4);
    put_(1);
    mpsc_sender_drop(&before_);
    must_be_over_("no more numbers come");
    all_must_be_freed_("because no more numbers come");
    start_(4, 1);
    put_(1);
    put_(2);
    must_wait_("there is no room behind it for what it has taken");
    mpsc_receiver_drop(&after_);
    must_be_over_("the stage behind it has gone");
    all_must_be_freed_("because nobody takes its numbers");
}

/* ---- Two at the same time ------------------------------------------------ */

struct life_ {
    struct stage stage;
    struct future *future;
    struct poller task;
    number_tx before;
    number_rx after;
    int number;
};

static void opens_(void *life)
{
    static int numbers;
    struct life_ *me = life;
    number_rx in;
    number_tx out;
    memset(me, 0, sizeof *me);
    me->number = ++numbers;
    CHECK(mpsc_open(&me->before, &in, 1, NULL) == 0 &&
              mpsc_open(&out, &me->after, 1, NULL) == 0,
          "no memory for two channels");
    me->future = stage(&me->stage, in, out);
    (void)poll_on_(&me->task, me->future);
}

static void sends_(void *life)
{
    struct life_ *me = life;
    int next = me->number + 1000;
    CHECK(mpsc_try_send(&me->before, &me->number) == 0 && me->task.woken == 1,
          "a number was sent, and the stage was not woken");
    (void)poll_on_(&me->task, me->future);
    CHECK(mpsc_try_send(&me->before, &next) == 0,
          "a number went through, and there is no room for the next one");
    (void)poll_on_(&me->task, me->future);
}

static void must_come_to_(struct life_ *me, int number)
{
    int got = -1;
    CHECK(mpsc_try_recv(&me->after, &got) == 0 && got == refine(number),
          "%d went in, so %d should come out, and %d did", number,
          refine(number), got);
}

static void receives_(void *life)
{
    struct life_ *me = life;
    must_come_to_(me, me->number);
    (void)poll_on_(&me->task, me->future);
    must_come_to_(me, me->number + 1000);
    mpsc_sender_drop(&me->before);
    CHECK(poll_on_(&me->task, me->future) == POLL_READY,
          "no more numbers come, and the stage is not over");
    CHECK(me->stage.passed == 2, "two numbers went through, passed is %d",
          me->stage.passed);
    mpsc_receiver_drop(&me->after);
}

static void two_stages_do_not_mix(void **state)
{
    (void)state;
    PROBE_LIVES(life_, opens_, sends_, receives_);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_waits_for_a_number),
    cmocka_unit_test(any_number_may_go_through),
    cmocka_unit_test(with_no_room_behind_it_takes_one_number_at_most),
    cmocka_unit_test(the_quick_one_in_front_has_to_wait),
    cmocka_unit_test(the_end_goes_through_behind_the_numbers),
    cmocka_unit_test(what_was_sent_before_the_end_goes_through),
    cmocka_unit_test(when_nobody_takes_its_numbers_it_is_over),
    cmocka_unit_test(dropped_it_lets_go_of_both_ends),
    cmocka_unit_test(on_every_way_out_both_channels_are_freed),
    cmocka_unit_test(there_may_be_hundreds_of_numbers),
    cmocka_unit_test(two_stages_do_not_mix),
};
EXERCISE_MAIN(tests)
