/* The test sends the numbers -3, -2, -1, 0, 1 ..., and listens by hand. */
#include ANSWER
#include "exercise.h"
#include "probes.h"

enum { FIRST_ = -3 }; /* value number 0 */

static struct broadcast broadcast_;

struct ear_ { /* a listener, and who polls it */
    struct poller poller;
    struct listener listener;
    struct listen listen;
    const char *name;
};

static struct ear_ ann_, bob_;

static void subscribe_(struct ear_ *ear, const char *name)
{
    *ear = (struct ear_){ .name = name };
    subscribe(&ear->listener, &broadcast_);
}

static void start_(size_t room)
{
    broadcast_init(&broadcast_, room);
    subscribe_(&ann_, "Ann");
    subscribe_(&bob_, "Bob");
}

static void send_(int n)
{
    while (n-- > 0)
        broadcast_send(&broadcast_, FIRST_ + (int)broadcast_.sent);
}

/* ---- What a listen must find --------------------------------------------- */

static enum poll poll_(struct ear_ *ear)
{
    int woken = ear->poller.woken;
    enum poll result = poll_by(&ear->poller, &ear->listen.future);
    CHECK(ear->poller.woken == woken,
          "a listen wakes itself: it would be polled again and again, although "
          "nothing has happened");
    return result;
}

static void listen_(struct ear_ *ear)
{
    listen_next(&ear->listen, &ear->listener);
}

static void must_wait_(struct ear_ *ear)
{
    CHECK(poll_(ear) == POLL_PENDING,
          "%s has heard all %d values, more may come, and the listen is READY "
          "with %s",
          ear->name, (int)broadcast_.sent,
          ear->listen.what == HEARD    ? "another one"
          : ear->listen.what == MISSED ? "MISSED"
                                       : "ENDED");
}

/* Value number n, counted from 0. */
static void must_hear_next_(struct ear_ *ear, int n)
{
    int value = FIRST_ + n;
    CHECK(poll_(ear) == POLL_READY,
          "value %d is there, and %s's listen is PENDING", value, ear->name);
    CHECK(ear->listen.what != ENDED,
          "value %d is there, and %s hears of the end: what is left comes "
          "before the end",
          value, ear->name);
    CHECK(ear->listen.what != MISSED,
          "%d values were sent, room for %d; %s wants value %d, which is not "
          "overwritten, and is told that %d are missed",
          (int)broadcast_.sent, (int)broadcast_.room, ear->name, value,
          (int)ear->listen.missed);
    CHECK(ear->listen.value == value,
          "%d values were sent, room for %d; the next one for %s is value %d, "
          "and it hears value %d",
          (int)broadcast_.sent, (int)broadcast_.room, ear->name, value,
          ear->listen.value);
}

static void must_hear_(struct ear_ *ear, int n)
{
    listen_(ear);
    must_hear_next_(ear, n);
}

static void must_miss_(struct ear_ *ear, int missed)
{
    listen_(ear);
    CHECK(poll_(ear) == POLL_READY,
          "%s has missed %d values, and its listen is PENDING", ear->name,
          missed);
    CHECK(ear->listen.what == MISSED,
          "%d values were sent, room for %d; %s has missed %d, and is not told "
          "so",
          (int)broadcast_.sent, (int)broadcast_.room, ear->name, missed);
    CHECK(ear->listen.missed == (uint64_t)missed,
          "%d values were sent, room for %d; %s has missed %d, and is told "
          "that it missed %d",
          (int)broadcast_.sent, (int)broadcast_.room, ear->name, missed,
          (int)ear->listen.missed);
}

static void must_end_(struct ear_ *ear)
{
    listen_(ear);
    CHECK(poll_(ear) == POLL_READY,
          "the broadcast is closed, and %s, who has heard everything, still "
          "waits",
          ear->name);
    CHECK(ear->listen.what == ENDED,
          "the broadcast is closed, %s has heard everything, and is told "
          "something else than ENDED",
          ear->name);
}

/* ---- Values that are there ----------------------------------------------- */

static void each_listener_hears_each_value_in_order(void **state)
{
    (void)state;
    start_(4);
    send_(3);
    for (int n = 0; n < 3; n++)
        must_hear_(&ann_, n);
    for (int n = 0; n < 3; n++)
        must_hear_(&bob_, n);
}

static void a_listener_begins_when_it_subscribes(void **state)
{
    (void)state;
    start_(4);
    send_(3);
    subscribe_(&bob_, "Bob, who subscribed after value -1,");
    send_(1);
    must_hear_(&bob_, 3);
    for (int n = 0; n < 4; n++)
        must_hear_(&ann_, n);
}

static void a_full_broadcast_has_lost_nothing(void **state)
{
    (void)state;
    for (int room = 1; room <= 5; room++) {
        start_((size_t)room);
        for (int round = 0; round < 7; round++) {
            send_(room);
            for (int i = 0; i < room; i++)
                must_hear_(&ann_, round * room + i);
        }
    }
}

/* ---- Values that are overwritten ----------------------------------------- */

static void a_slow_listener_is_told_how_many_it_missed(void **state)
{
    (void)state;
    for (int room = 1; room <= 5; room++)
        for (int late = 1; late <= 12; late++) {
            start_((size_t)room);
            send_(room + late);
            must_miss_(&ann_, late);
        }
}

static void then_it_hears_the_oldest_that_is_left(void **state)
{
    (void)state;
    for (int room = 1; room <= 5; room++) {
        start_((size_t)room);
        send_(room + 3);
        must_miss_(&ann_, 3);
        for (int n = 3; n < room + 3; n++)
            must_hear_(&ann_, n);
        listen_(&ann_);
        must_wait_(&ann_);
        future_drop(&ann_.listen.future);
    }
}

static void each_gap_is_told_once(void **state)
{
    (void)state;
    start_(2);
    send_(5);
    must_miss_(&ann_, 3);
    send_(2); /* before it has heard 3 and 4 */
    must_miss_(&ann_, 2);
    must_hear_(&ann_, 5);
    send_(2);
    must_miss_(&ann_, 1);
    must_hear_(&ann_, 7);
}

static void a_slow_listener_costs_the_others_nothing(void **state)
{
    (void)state;
    start_(3);
    for (int n = 0; n < 20; n++) {
        send_(1);
        must_hear_(&ann_, n);
    }
    must_miss_(&bob_, 17);
    must_hear_(&bob_, 17);
    send_(1);
    must_hear_(&ann_, 20);
    must_hear_(&bob_, 18);
}

static void what_it_heard_and_what_it_missed_is_all(void **state)
{
    (void)state;
    for (int room = 1; room <= 9; room++) {
        int wants = 0;
        start_((size_t)room);
        for (int round = 0; round < 60; round++) {
            send_(round % 13);
            for (int i = 0; i < round % 7; i++) {
                int sent = (int)broadcast_.sent;
                if (wants == sent)
                    break;
                if (wants < sent - room) {
                    must_miss_(&ann_, sent - room - wants);
                    wants = sent - room;
                } else {
                    must_hear_(&ann_, wants++);
                }
            }
        }
    }
}

static void the_count_may_be_a_large_one(void **state)
{
    (void)state;
    broadcast_init(&broadcast_, 3);
    broadcast_.sent = 6000000000;
    subscribe_(&ann_, "Ann");
    broadcast_.sent += 5000000000;
    listen_(&ann_);
    CHECK(poll_(&ann_) == POLL_READY && ann_.listen.what == MISSED,
          "5,000,000,000 values were sent, and the listener is not told that "
          "it missed some");
    CHECK(ann_.listen.missed == 4999999997,
          "5,000,000,000 values were sent, room for 3, and the listener is "
          "told that it missed %llu: count in uint64_t",
          (unsigned long long)ann_.listen.missed);
}

/* ---- Waiting ------------------------------------------------------------- */

static void a_send_wakes_those_who_wait(void **state)
{
    (void)state;
    start_(2);
    listen_(&ann_);
    listen_(&bob_);
    must_wait_(&ann_);
    must_wait_(&bob_);
    must_wait_(&ann_);
    send_(1);
    CHECK(ann_.poller.woken == 1 && bob_.poller.woken == 1,
          "two listeners wait, a value was sent, and they were woken %d and %d "
          "times",
          ann_.poller.woken, bob_.poller.woken);
    must_hear_next_(&ann_, 0);
    must_hear_next_(&bob_, 0);
    send_(1);
    CHECK(ann_.poller.woken + bob_.poller.woken == 2,
          "a listen was READY, and a later send called its waker: when it is "
          "over, it must not be in the list");
}

/* Ann's and Bob's listens are parts of one task, which polls both. */
static void polls_the_other_(struct poller *who)
{
    (void)who;
    must_hear_next_(&bob_, 0);
}

static void who_is_woken_may_poll_the_others(void **state)
{
    (void)state;
    start_(2);
    listen_(&ann_);
    listen_(&bob_);
    must_wait_(&ann_);
    must_wait_(&bob_);
    ann_.poller.on_wake = polls_the_other_;
    send_(1);
    CHECK(bob_.poller.woken == 0,
          "Ann was woken, and at once Bob's listen was polled, too; it was "
          "READY, and after that its waker was called: leave the list before "
          "you return READY");
    must_hear_next_(&ann_, 0);
}

static void only_the_latest_waker_is_woken(void **state)
{
    struct poller other = { 0 };
    (void)state;
    start_(2);
    listen_(&ann_);
    must_wait_(&ann_);
    CHECK(poll_by(&other, &ann_.listen.future) == POLL_PENDING,
          "nothing was sent, and a second poll is READY");
    send_(1);
    CHECK(ann_.poller.woken == 0, "you woke the waker of an earlier poll: the "
                                  "latest counts, the future may have changed "
                                  "hands");
    CHECK(other.woken == 1, "the waker of the latest poll was called %d times",
          other.woken);
    must_hear_next_(&ann_, 0);
}

static void a_dropped_listen_loses_nothing(void **state)
{
    (void)state;
    start_(2);
    listen_(&ann_);
    listen_(&bob_);
    must_wait_(&ann_);
    must_wait_(&bob_);
    future_drop(&ann_.listen.future);
    CHECK(bob_.poller.woken == 0,
          "one listen was dropped, and that woke another one, for nothing");
    send_(1);
    CHECK(ann_.poller.woken == 0,
          "a listen was dropped, and later its waker was called: by then its "
          "task may be gone");
    listen_(&ann_);
    future_drop(&ann_.listen.future);
    must_hear_(&ann_, 0);
    listen_(&ann_);
    must_wait_(&ann_);
    send_(1);
    future_drop(&ann_.listen.future);
    must_hear_(&ann_, 1);
}

/* ---- The end ------------------------------------------------------------- */

static void what_is_left_comes_before_the_end(void **state)
{
    (void)state;
    start_(2);
    send_(3);
    must_miss_(&ann_, 1);
    broadcast_close(&broadcast_);
    must_hear_(&ann_, 1);
    must_hear_(&ann_, 2);
    must_end_(&ann_);
    must_end_(&ann_);
    must_miss_(&bob_, 1);
    must_hear_(&bob_, 1);
}

static void the_end_wakes_those_who_wait(void **state)
{
    (void)state;
    start_(2);
    listen_(&ann_);
    must_wait_(&ann_);
    broadcast_close(&broadcast_);
    CHECK(ann_.poller.woken == 1, "the broadcast was closed, and the listener "
                                  "who waits was not woken: it is not in the "
                                  "list");
    CHECK(poll_(&ann_) == POLL_READY && ann_.listen.what == ENDED,
          "the broadcast is closed, and the one who waits is not told so");
}

/* ---- Two broadcasts at the same time ------------------------------------- */

struct life_ {
    struct broadcast broadcast;
    struct ear_ ear;
    int first;
};

static void opens_(void *life)
{
    static int values;
    struct life_ *me = life;
    me->first = values += 10;
    broadcast_init(&me->broadcast, 2);
    me->ear = (struct ear_){ .name = "a listener" };
    subscribe(&me->ear.listener, &me->broadcast);
    listen_(&me->ear);
}

static void waits_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_(&me->ear) == POLL_PENDING,
          "a listen is READY, although nothing was sent");
}

static void sends_(void *life)
{
    struct life_ *me = life;
    for (int n = 0; n < 3; n++)
        broadcast_send(&me->broadcast, me->first + n);
}

static void hears_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_(&me->ear) == POLL_READY && me->ear.listen.what == MISSED &&
              me->ear.listen.missed == 1,
          "3 values were sent, room for 2, and the listener is not told that "
          "it missed 1");
    listen_(&me->ear);
    CHECK(poll_(&me->ear) == POLL_READY && me->ear.listen.what == HEARD &&
              me->ear.listen.value == me->first + 1,
          "the second value is the oldest that is left, and the listener does "
          "not hear "
          "it");
}

static void two_broadcasts_do_not_know_each_other(void **state)
{
    (void)state;
    PROBE_LIVES(life_, opens_, waits_, sends_, hears_);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_listener_hears_each_value_in_order),
    cmocka_unit_test(a_listener_begins_when_it_subscribes),
    cmocka_unit_test(a_full_broadcast_has_lost_nothing),
    cmocka_unit_test(a_slow_listener_is_told_how_many_it_missed),
    cmocka_unit_test(then_it_hears_the_oldest_that_is_left),
    cmocka_unit_test(each_gap_is_told_once),
    cmocka_unit_test(a_slow_listener_costs_the_others_nothing),
    cmocka_unit_test(what_it_heard_and_what_it_missed_is_all),
    cmocka_unit_test(a_send_wakes_those_who_wait),
    cmocka_unit_test(only_the_latest_waker_is_woken),
    cmocka_unit_test(who_is_woken_may_poll_the_others),
    cmocka_unit_test(a_dropped_listen_loses_nothing),
    cmocka_unit_test(what_is_left_comes_before_the_end),
    cmocka_unit_test(the_end_wakes_those_who_wait),
    cmocka_unit_test(the_count_may_be_a_large_one),
    cmocka_unit_test(two_broadcasts_do_not_know_each_other),
};
EXERCISE_MAIN(tests)
