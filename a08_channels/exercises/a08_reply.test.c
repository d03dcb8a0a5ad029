/* The test plays both tasks, drops the two ends in every order, and lets the
 * one that is woken do anything at once. */
#include ANSWER
#include <limits.h>
#include "exercise.h"
#include "probes.h"

static struct oneshot *channel_;
static struct receive receive_;
static struct poller asker_;
static size_t blocks_;

static void start_(void)
{
    blocks_ = blocks_in_use();
    channel_ = oneshot_open();
    receive(&receive_, channel_);
    asker_ = (struct poller){ 0 };
}

static void must_wait_(struct poller *who)
{
    int before = who->woken;
    CHECK(poll_by(who, &receive_.future) == POLL_PENDING,
          "a receive is READY, although nothing was sent and the sender is "
          "still there");
    CHECK(who->woken == before,
          "your receive wakes itself: it would be polled again and again, "
          "although nothing has happened");
}

static void must_get_(struct poller *who, int answer)
{
    CHECK(poll_by(who, &receive_.future) == POLL_READY,
          "answer %d was sent, and the receive is still PENDING", answer);
    CHECK(receive_.ok,
          "answer %d was sent, and the receive says that there "
          "is none",
          answer);
    CHECK(receive_.answer == answer, "answer %d was sent, and %d was received",
          answer, receive_.answer);
}

static void must_get_none_(struct poller *who)
{
    CHECK(poll_by(who, &receive_.future) == POLL_READY,
          "the sender is gone, so no answer will come, and the receive is "
          "still PENDING");
    CHECK(!receive_.ok, "the sender was dropped and sent nothing, and the "
                        "receive says that there is an answer");
}

/* Both ends are gone. */
static void must_be_freed_(const char *last)
{
    CHECK_FREED(blocks_,
                "both ends are gone, %s last, and the channel was not freed",
                last);
}

static void must_be_there_(const char *left)
{
    CHECK(blocks_in_use() > blocks_,
          "the channel was freed while %s is still in use", left);
}

static void send_(int answer)
{
    CHECK(oneshot_send(channel_, answer),
          "the receiver is there, and a send says that nobody will receive");
}

/* ---- One after the other ------------------------------------------------- */

static void an_answer_that_is_there_is_received_at_once(void **state)
{
    static const int answers[] = { 7, 0, -1, INT_MIN, INT_MAX };
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        start_();
        send_(answers[i]);
        must_be_there_("the receiver");
        must_get_(&asker_, answers[i]);
        must_be_there_("the receiver");
        receiver_drop(channel_);
        must_be_freed_("the receiver");
    }
}

static void an_answer_wakes_the_one_who_waits(void **state)
{
    (void)state;
    start_();
    must_wait_(&asker_);
    send_(7);
    CHECK(asker_.woken > 0, "an answer was sent, and nobody was woken");
    CHECK(asker_.woken == 1, "one answer woke %d times, once is enough",
          asker_.woken);
    must_get_(&asker_, 7);
    receiver_drop(channel_);
    must_be_freed_("the receiver");
}

static void without_an_answer_the_one_who_waits_hears_so(void **state)
{
    (void)state;
    start_();
    must_wait_(&asker_);
    sender_drop(channel_);
    CHECK(asker_.woken > 0, "the sender was dropped, so no answer will come, "
                            "and nobody was woken to hear it");
    CHECK(asker_.woken == 1, "the sender was dropped, and that woke %d times",
          asker_.woken);
    must_get_none_(&asker_);
    receiver_drop(channel_);
    must_be_freed_("the receiver");
}

static void without_a_sender_a_receive_does_not_wait(void **state)
{
    (void)state;
    start_();
    sender_drop(channel_);
    must_be_there_("the receiver");
    must_get_none_(&asker_);
    receiver_drop(channel_);
    must_be_freed_("the receiver");
}

static void a_send_to_nobody_says_so(void **state)
{
    (void)state;
    start_();
    receiver_drop(channel_);
    must_be_there_("the sender");
    CHECK(!oneshot_send(channel_, 7), "the receiver is gone, and a send says "
                                      "that the answer will be received");
    must_be_freed_("the sender");
}

static void the_last_end_frees_the_channel(void **state)
{
    (void)state;
    start_();
    receiver_drop(channel_);
    must_be_there_("the sender");
    sender_drop(channel_);
    must_be_freed_("the sender");
    start_();
    send_(7);
    must_be_there_("the receiver");
    receiver_drop(channel_);
    must_be_freed_("the receiver");
}

/* ---- Who is woken -------------------------------------------------------- */

static void only_the_latest_waker_is_woken(void **state)
{
    struct poller other = { 0 };
    (void)state;
    start_();
    must_wait_(&asker_);
    must_wait_(&other);
    must_wait_(&other);
    send_(7);
    CHECK(asker_.woken == 0,
          "you woke the waker of an earlier poll: the latest waker counts, "
          "because another task may poll the future now");
    CHECK(other.woken == 1, "the waker of the latest poll was called %d times",
          other.woken);
    must_get_(&other, 7);
    receiver_drop(channel_);
}

static void a_dropped_receive_is_not_woken(void **state)
{
    (void)state;
    start_();
    must_wait_(&asker_);
    future_drop(&receive_.future);
    CHECK(asker_.woken == 0, "the drop of a receive called its waker");
    ASIDE("A receive was dropped before: only receiver_drop() gives up the "
          "receiver.");
    send_(7);
    ASIDE("");
    CHECK(asker_.woken == 0,
          "a receive was dropped, and later its waker was called: by then its "
          "task may be gone");
    receive(&receive_, channel_);
    must_get_(&asker_, 7);
    receiver_drop(channel_);
}

static void a_dropped_receive_loses_nothing(void **state)
{
    (void)state;
    start_();
    must_wait_(&asker_);
    send_(7);
    future_drop(&receive_.future);
    receive(&receive_, channel_);
    must_get_(&asker_, 7);
    receiver_drop(channel_);
    must_be_freed_("the receiver");
}

static struct oneshot *probed_; /* its receiver is still in use; or NULL */

static struct future *waiting_(void)
{
    if (probed_)
        receiver_drop(probed_);
    start_();
    probed_ = channel_;
    return receive(&receive_, channel_);
}

static void is_sent_(void)
{
    send_(7);
}

static void is_let_go_(void)
{
    sender_drop(channel_);
}

static void a_waker_is_a_function_and_its_data(void **state)
{
    (void)state;
    probe_wakers(waiting_, is_sent_);
    probe_wakers(waiting_, is_let_go_);
    receiver_drop(probed_);
}

/* ---- The one who is woken acts at once ----------------------------------- */

static void receives_and_goes_(struct poller *who)
{
    CHECK(poll_by(who, &receive_.future) == POLL_READY,
          "the waker was called before the receive could be READY: the one "
          "who polls at once finds nothing, and is not woken again");
    receiver_drop(channel_);
}

static void goes_(struct poller *who)
{
    (void)who;
    future_drop(&receive_.future);
    receiver_drop(channel_);
}

static void the_one_who_is_woken_may_let_go_at_once(void **state)
{
    static void (*const acts[])(struct poller *) = { receives_and_goes_,
                                                     goes_ };
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        start_();
        must_wait_(&asker_);
        asker_.on_wake = acts[i / 2];
        ASIDE("The one who was woken had dropped the receiver at once.");
        if (i % 2)
            send_(7);
        else
            sender_drop(channel_);
        CHECK(asker_.woken == 1,
              "the sender has ended, and the task that waits was woken %d "
              "times",
              asker_.woken);
        must_be_freed_("one inside the wake of the other");
        ASIDE("");
    }
}

/* ---- Two channels at the same time --------------------------------------- */

struct life_ {
    struct poller asker;
    struct oneshot *channel;
    struct receive receive;
    int answer;
};

static void opens_(void *life)
{
    static int answers;
    struct life_ *me = life;
    me->asker = (struct poller){ 0 };
    me->answer = ++answers;
    me->channel = oneshot_open();
    receive(&me->receive, me->channel);
}

static void waits_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_by(&me->asker, &me->receive.future) == POLL_PENDING,
          "a receive is READY, although nothing was sent");
}

static void sends_(void *life)
{
    struct life_ *me = life;
    CHECK(oneshot_send(me->channel, me->answer),
          "a send says that nobody will receive");
    CHECK(me->asker.woken == 1,
          "an answer was sent, and the task that waits was woken %d times",
          me->asker.woken);
}

static void receives_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_by(&me->asker, &me->receive.future) == POLL_READY,
          "an answer was sent, and the receive is still PENDING");
    CHECK(me->receive.ok && me->receive.answer == me->answer,
          "answer %d was sent, and %d was received", me->answer,
          me->receive.answer);
    receiver_drop(me->channel);
}

static void two_channels_do_not_know_each_other(void **state)
{
    (void)state;
    PROBE_LIVES(life_, opens_, waits_, sends_, receives_);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_answer_that_is_there_is_received_at_once),
    cmocka_unit_test(an_answer_wakes_the_one_who_waits),
    cmocka_unit_test(without_a_sender_a_receive_does_not_wait),
    cmocka_unit_test(without_an_answer_the_one_who_waits_hears_so),
    cmocka_unit_test(a_send_to_nobody_says_so),
    cmocka_unit_test(the_last_end_frees_the_channel),
    cmocka_unit_test(only_the_latest_waker_is_woken),
    cmocka_unit_test(a_dropped_receive_is_not_woken),
    cmocka_unit_test(a_dropped_receive_loses_nothing),
    cmocka_unit_test(a_waker_is_a_function_and_its_data),
    cmocka_unit_test(the_one_who_is_woken_may_let_go_at_once),
    cmocka_unit_test(two_channels_do_not_know_each_other),
};
EXERCISE_MAIN(tests)
