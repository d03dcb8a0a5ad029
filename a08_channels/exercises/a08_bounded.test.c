/* The test plays the receiver and up to three senders, step by step. */
#include ANSWER
#include <limits.h>
#include "exercise.h"
#include "probes.h"

enum { SENDERS_ = 3 };

static struct channel channel_;
static struct receive receive_;
static struct poller receiver_;
static struct send sends_[SENDERS_];
static struct poller senders_[SENDERS_];
static const char *const names_[SENDERS_] = { "first", "second", "third" };

static void start_(size_t capacity)
{
    channel_init(&channel_, capacity);
    receiver_ = (struct poller){ 0 };
    memset(&receive_, 0, sizeof receive_);
    memset(sends_, 0, sizeof sends_);
    memset(senders_, 0, sizeof senders_);
}

/* A send that finds room. */
static void put_(int value)
{
    struct send send = { 0 };
    struct poller sender = { 0 };
    CHECK(poll_by(&sender, send_value(&send, &channel_, value)) == POLL_READY,
          "a send of %d waits, although the channel has room for %zu and "
          "there are only %zu in it",
          value, channel_.capacity, channel_.count);
}

/* Another send finds none. */
static void must_find_no_room_(const char *why)
{
    struct send send = { 0 };
    struct poller sender = { 0 };
    CHECK(poll_by(&sender, send_value(&send, &channel_, 999)) == POLL_PENDING,
          "a send is READY, although %s", why);
    future_drop(&send.future);
}

/* A receive that finds a value. */
static void must_get_(int value)
{
    struct poller receiver = { 0 };
    struct receive taken = { 0 };
    CHECK(poll_by(&receiver, receive(&taken, &channel_)) == POLL_READY,
          "%d was sent, and a receive waits", value);
    CHECK(taken.value == value, "%d was to come next, and %d was received",
          value, taken.value);
}

static void must_be_empty_(const char *why)
{
    CHECK(poll_by(&receiver_, receive(&receive_, &channel_)) == POLL_PENDING,
          "a receive is READY with %d, although %s", receive_.value, why);
    future_drop(&receive_.future);
}

/* Sender i, who sends the value 10 * i + 10. */
static void must_wait_(int i)
{
    int before = senders_[i].woken;
    if (!sends_[i].future.ops)
        send_value(&sends_[i], &channel_, 10 * i + 10);
    CHECK(poll_by(&senders_[i], &sends_[i].future) == POLL_PENDING,
          "the channel is full, and the %s who wants to send is READY",
          names_[i]);
    CHECK(senders_[i].woken == before,
          "your send wakes itself: it would be polled again and again, "
          "although no slot is free");
}

static void must_go_(int i)
{
    CHECK(poll_by(&senders_[i], &sends_[i].future) == POLL_READY,
          "the %s in line was woken, and its send waits again", names_[i]);
}

static void must_be_woken_(int i, int times, const char *what)
{
    if (times && !senders_[i].woken)
        reject("%s, and the %s in line was not woken", what, names_[i]);
    CHECK(senders_[i].woken == times,
          "%s, and the %s in line was woken %d times%s", what, names_[i],
          senders_[i].woken,
          times ? "" : ": one free slot is for one send, the first in line");
}

/* ---- Room ---------------------------------------------------------------- */

static void values_come_in_the_order_sent(void **state)
{
    (void)state;
    start_(3);
    put_(7);
    must_get_(7);
    put_(1);
    put_(2);
    put_(3);
    must_get_(1);
    must_get_(2);
    must_get_(3);
    must_be_empty_("all values were received");
}

static void the_ring_goes_round(void **state)
{
    (void)state;
    for (size_t capacity = 1; capacity <= MOST; capacity++) {
        int ahead = capacity > 1; /* so many lie in it all the time */
        start_(capacity);
        for (int i = 0; i < 300; i++) {
            put_(i);
            if (i >= ahead)
                must_get_(i - ahead);
        }
    }
}

static void any_number_may_be_a_value(void **state)
{
    static const int values[] = { 0, -1, INT_MIN, INT_MAX, 0 };
    (void)state;
    start_(5);
    for (int i = 0; i < 5; i++)
        put_(values[i]);
    for (int i = 0; i < 5; i++)
        must_get_(values[i]);
    must_be_empty_("all values were received");
}

static void a_full_channel_makes_a_send_wait(void **state)
{
    (void)state;
    start_(2);
    put_(1);
    put_(2);
    must_wait_(0);
    must_get_(1);
    must_be_woken_(0, 1, "a value was received, so a slot is free");
    must_go_(0);
    must_get_(2);
    must_get_(10);
    must_be_empty_("all values were received");
}

static void an_empty_channel_makes_a_receive_wait(void **state)
{
    (void)state;
    start_(2);
    for (int value = 7; value < 12; value++) {
        receiver_.woken = 0;
        CHECK(poll_by(&receiver_, receive(&receive_, &channel_)) ==
                  POLL_PENDING,
              "a receive is READY, although the channel is empty");
        CHECK(receiver_.woken == 0, "your receive wakes itself");
        put_(value);
        CHECK(receiver_.woken > 0, "a value was sent, and the receive that "
                                   "waits for it was not woken");
        CHECK(receiver_.woken == 1, "one value woke the receive %d times",
              receiver_.woken);
        CHECK(poll_by(&receiver_, &receive_.future) == POLL_READY,
              "a value was sent, and the receive waits again");
        CHECK(receive_.value == value, "%d was sent, and %d was received",
              value, receive_.value);
    }
    put_(12);
    CHECK(receiver_.woken == 1, "a receive that was READY is woken again");
    must_get_(12);
}

/* ---- The line ------------------------------------------------------------ */

static void first_come_first_served(void **state)
{
    (void)state;
    start_(1);
    put_(1);
    for (int i = 0; i < SENDERS_; i++)
        must_wait_(i);
    must_get_(1);
    for (int i = 0; i < SENDERS_; i++) {
        for (int j = 0; j < SENDERS_; j++)
            must_be_woken_(j, j <= i, "a value was received");
        must_go_(i);
        must_get_(10 * i + 10);
    }
    must_be_empty_("all values were received");
}

static void polled_again_a_send_keeps_its_place(void **state)
{
    (void)state;
    start_(1);
    put_(1);
    must_wait_(0);
    must_wait_(1);
    must_wait_(0);
    must_get_(1);
    CHECK(senders_[0].woken, "the first in line was polled again while it "
                             "waited, and then it was not the first any more");
    must_go_(0);
    must_get_(10);
    must_go_(1);
    must_get_(20);
}

static void a_promised_slot_is_nobody_elses(void **state)
{
    (void)state;
    start_(2);
    put_(1);
    put_(2);
    must_wait_(0);
    must_wait_(1);
    must_get_(1);
    must_find_no_room_("the only free slot belongs to the first in line, who "
                       "was woken and is not polled yet");
    must_wait_(1);
    must_get_(2);
    must_find_no_room_("both free slots belong to the two in line");
    must_go_(1);
    must_go_(0);
    ASIDE("Both sends were promised a slot, and the second in line was polled "
          "first: a value goes in when its send is polled, not when the slot "
          "becomes free, because the send may still be dropped.");
    must_get_(20);
    must_get_(10);
    ASIDE("");
}

static void a_send_makes_no_slot_free(void **state)
{
    (void)state;
    start_(2);
    put_(1);
    put_(2);
    for (int i = 0; i < SENDERS_; i++)
        must_wait_(i);
    must_get_(1);
    must_get_(2);
    must_go_(0);
    must_be_woken_(2, 0,
                   "the first of three in line has used its slot, and the "
                   "other free slot belongs to the second");
    must_go_(1);
    must_be_woken_(2, 0, "the first two in line have used their slots");
    must_get_(10);
    must_be_woken_(2, 1, "a value was received, so a slot is free");
    must_get_(20);
    must_go_(2);
    must_get_(30);
}

static void when_all_is_received_all_room_is_there_again(void **state)
{
    (void)state;
    start_(2);
    for (int round = 0; round < 5; round++) {
        memset(sends_, 0, sizeof sends_);
        memset(senders_, 0, sizeof senders_);
        put_(1);
        put_(2);
        must_wait_(0);
        must_get_(1);
        must_go_(0);
        must_get_(2);
        must_get_(10);
        put_(3);
        put_(4);
        must_find_no_room_("two values are in a channel with room for two");
        must_get_(3);
        must_get_(4);
    }
}

static void a_send_that_has_waited_wakes_the_receive(void **state)
{
    (void)state;
    start_(1);
    put_(1);
    must_wait_(0);
    must_get_(1);
    (void)poll_by(&receiver_, receive(&receive_, &channel_));
    must_go_(0);
    CHECK(receiver_.woken == 1,
          "a send used the slot that was promised to it, and the receive that "
          "waits for a value was woken %d times: each send wakes it",
          receiver_.woken);
    CHECK(poll_by(&receiver_, &receive_.future) == POLL_READY,
          "a value was sent, and the receive waits again");
    CHECK(receive_.value == 10, "10 was sent, and %d was received",
          receive_.value);
}

/* ---- Dropped ------------------------------------------------------------- */

static void a_dropped_send_leaves_the_line(void **state)
{
    (void)state;
    start_(1);
    put_(1);
    must_wait_(0);
    must_wait_(1);
    future_drop(&sends_[0].future);
    CHECK(senders_[1].woken == 0,
          "no slot is free, the first in line was dropped, and the second was "
          "woken, as if there were one: wait_leave() says whether a slot was "
          "promised to the one that leaves");
    CHECK(channel_.sends.next == &sends_[1].waiter.link,
          "a send was dropped, and it is still in line: its memory may be "
          "gone when its turn comes");
    must_get_(1);
    must_be_woken_(0, 0, "it was dropped, then a value was received");
    must_be_woken_(1, 1, "a value was received");
    must_go_(1);
    must_get_(20);
    must_be_empty_("the only other send was dropped, so it did not send");
}

static void a_dropped_send_passes_its_slot_on(void **state)
{
    (void)state;
    start_(1);
    put_(1);
    must_wait_(0);
    must_wait_(1);
    must_get_(1);
    future_drop(&sends_[0].future);
    must_be_woken_(1, 1,
                   "the first in line was dropped with a slot that was "
                   "promised to it");
    must_go_(1);
    must_get_(20);

    start_(1);
    put_(1);
    must_wait_(0);
    must_get_(1);
    future_drop(&sends_[0].future);
    ASIDE("Before that, a send was dropped with a slot that was promised to "
          "it.");
    put_(2);
    must_get_(2);
    must_be_empty_("all values were received");
}

static void a_dropped_receive_takes_nothing(void **state)
{
    (void)state;
    start_(2);
    (void)poll_by(&receiver_, receive(&receive_, &channel_));
    future_drop(&receive_.future);
    put_(7);
    CHECK(receiver_.woken == 0,
          "a receive was dropped, and then it was woken: by then its task may "
          "be gone");
    must_get_(7);
    receiver_.woken = 0;
    (void)poll_by(&receiver_, receive(&receive_, &channel_));
    put_(8);
    future_drop(&receive_.future);
    must_get_(8);
}

static void dropped_before_its_first_poll(void **state)
{
    struct send send;
    struct receive receiving;
    (void)state;
    start_(1);
    future_drop(send_value(&send, &channel_, 7));
    future_drop(receive(&receiving, &channel_));
    must_be_empty_("the only send was dropped before its first poll");
    put_(1);
    must_get_(1);
}

/* ---- The one who is woken acts at once ----------------------------------- */

static void receives_at_once_(struct poller *who)
{
    CHECK(poll_by(who, &receive_.future) == POLL_READY,
          "the receive was woken before the value was there: if it is polled "
          "at once, it finds nothing");
}

static void sends_at_once_(struct poller *who)
{
    CHECK(poll_by(who, &sends_[0].future) == POLL_READY,
          "a send was woken before it could go: if it is polled at once, it "
          "waits again, and nobody will wake it");
    must_find_no_room_("the one that was woken has filled the channel, in the "
                       "wake: change the channel first, then wake");
}

static void the_one_who_is_woken_may_act_at_once(void **state)
{
    (void)state;
    start_(2);
    (void)poll_by(&receiver_, receive(&receive_, &channel_));
    receiver_.on_wake = receives_at_once_;
    put_(7);
    CHECK(receive_.value == 7, "7 was sent, and %d was received",
          receive_.value);
    ASIDE("The receive was polled inside of the wake.");
    put_(8);
    must_get_(8);
    must_be_empty_("all values were received");

    start_(2);
    put_(1);
    put_(2);
    must_wait_(0);
    senders_[0].on_wake = sends_at_once_;
    ASIDE("The send in line was polled inside of the wake.");
    must_get_(1);
    must_get_(2);
    must_get_(10);
    must_be_empty_("all values were received");
    put_(3);
    put_(4);
    must_get_(3);
    must_get_(4);
    ASIDE("");
}

/* ---- Wakers, and two at a time ------------------------------------------- */

static struct future *waiting_send_(void)
{
    start_(1);
    put_(1);
    return send_value(&sends_[0], &channel_, 10);
}

static void is_received_(void)
{
    must_get_(1);
}

static struct future *waiting_receive_(void)
{
    start_(1);
    return receive(&receive_, &channel_);
}

static void is_sent_(void)
{
    put_(1);
}

static void the_latest_waker_counts(void **state)
{
    (void)state;
    probe_wakers(waiting_send_, is_received_);
    probe_wakers(waiting_receive_, is_sent_);
}

struct life_ {
    struct channel channel;
    struct poller sender, receiver;
    struct send send;
    struct receive receive;
    int value;
};

static void opens_(void *life)
{
    static int values;
    struct life_ *me = life;
    memset(me, 0, sizeof *me);
    me->value = ++values;
    channel_init(&me->channel, 1);
    CHECK(poll_by(&me->receiver, receive(&me->receive, &me->channel)) ==
              POLL_PENDING,
          "a channel is empty, and a receive is READY");
}

static void sends_the_first_(void *life)
{
    struct life_ *me = life;
    int woken = me->receiver.woken;
    CHECK(poll_by(&me->sender, send_value(&me->send, &me->channel,
                                          -me->value)) == POLL_READY,
          "a channel is empty, and a send waits");
    CHECK(me->receiver.woken == woken + 1,
          "a value was sent, and the receive that waits for it was woken %d "
          "times",
          me->receiver.woken - woken);
}

static void hears_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_by(&me->receiver, &me->receive.future) == POLL_READY,
          "a value was sent, and the receive waits again");
    CHECK(me->receive.value == -me->value, "%d was sent, and %d received",
          -me->value, me->receive.value);
}

static void fills_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_by(&me->sender, send_value(&me->send, &me->channel, 0)) ==
              POLL_READY,
          "a channel is empty, and a send waits");
}

static void waits_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_by(&me->sender, send_value(&me->send, &me->channel,
                                          me->value)) == POLL_PENDING,
          "a channel with room for one has one, and a send is READY");
}

static void receives_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_by(&me->receiver, receive(&me->receive, &me->channel)) ==
                  POLL_READY &&
              me->receive.value == 0,
          "0 was sent, and not received");
}

static void goes_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_by(&me->sender, &me->send.future) == POLL_READY,
          "there is room now, and a send waits");
}

static void receives_again_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_by(&me->receiver, receive(&me->receive, &me->channel)) ==
                  POLL_READY &&
              me->receive.value == me->value,
          "%d was sent, and %d received", me->value, me->receive.value);
}

static void two_channels_do_not_know_each_other(void **state)
{
    (void)state;
    PROBE_LIVES(life_, opens_, sends_the_first_, hears_, fills_, waits_,
                receives_, goes_, receives_again_);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(values_come_in_the_order_sent),
    cmocka_unit_test(the_ring_goes_round),
    cmocka_unit_test(any_number_may_be_a_value),
    cmocka_unit_test(an_empty_channel_makes_a_receive_wait),
    cmocka_unit_test(a_full_channel_makes_a_send_wait),
    cmocka_unit_test(first_come_first_served),
    cmocka_unit_test(polled_again_a_send_keeps_its_place),
    cmocka_unit_test(a_dropped_send_leaves_the_line),
    cmocka_unit_test(a_promised_slot_is_nobody_elses),
    cmocka_unit_test(a_send_makes_no_slot_free),
    cmocka_unit_test(when_all_is_received_all_room_is_there_again),
    cmocka_unit_test(a_send_that_has_waited_wakes_the_receive),
    cmocka_unit_test(a_dropped_send_passes_its_slot_on),
    cmocka_unit_test(a_dropped_receive_takes_nothing),
    cmocka_unit_test(dropped_before_its_first_poll),
    cmocka_unit_test(the_one_who_is_woken_may_act_at_once),
    cmocka_unit_test(the_latest_waker_counts),
    cmocka_unit_test(two_channels_do_not_know_each_other),
};
EXERCISE_MAIN(tests)
