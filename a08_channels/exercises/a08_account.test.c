/* The test pays in and withdraws, alone and all at once, and drops the account
 * and those who ask at every moment. */
#include <limits.h>
#include ANSWER
#include "exercise_executor.h"

enum { CROWD_ = 5 };

static struct executor *ex_;
static struct task *task_; /* of the account */
static request_tx tx_;
static size_t blocks_;

/* An account whose mailbox has room for so many requests. */
static void open_(size_t room)
{
    request_rx mailbox;
    ex_ = virtual_executor();
    blocks_ = blocks_in_use();
    if (mpsc_open(&tx_, &mailbox, room, request_drop))
        reject("no memory");
    task_ = task_spawn(ex_, account(task_slot(struct account), mailbox));
}

static void let_all_run_(void)
{
    struct yield turn;
    for (int i = 0; i < 20; i++)
        block_on(ex_, yield_now(&turn));
}

static void close_(void)
{
    mpsc_sender_drop(&tx_);
    let_all_run_();
    CHECK(task_is_over(task_), "the last sender is dropped, so nobody can ask "
                               "any more, and the account has not ended");
    task_detach(task_);
    CHECK_FREED(blocks_,
                "the account has ended, all who asked have their answers, and "
                "a "
                "channel is not freed: which end of it was not dropped?");
}

/* What comes back, in the learner's words. */
static void must_hear_(long amount, bool ok, long balance)
{
    const char *before = exercise_aside_;
    static char aside[80];
    struct ask a;
    WHILE("ask() has its answer");
    snprintf(aside, sizeof aside, "It happened at a request of %ld.", amount);
    ASIDE(aside);
    block_on(ex_, ask(&a, &tx_, amount));
    ASIDE(before);
    CHECK(a.status == 0, "asked with %ld, and ask() has the status %d (%s)",
          amount, a.status, uv_strerror(a.status));
    CHECK(a.answer.ok == ok,
          ok ? "%ld is covered, or paid in, and the answer says ok = false"
             : "%ld is not covered, and the answer says ok = true",
          amount);
    CHECK(a.answer.balance == balance,
          "after %ld the balance should be %ld, and the answer says %ld",
          amount, balance, a.answer.balance);
}

/* ---- One after the other ------------------------------------------------- */

static void what_is_paid_in_is_there(void **state)
{
    (void)state;
    open_(4);
    must_hear_(0, true, 0);
    must_hear_(5, true, 5);
    must_hear_(0, true, 5);
    must_hear_(7, true, 12);
    close_();
}

static void what_is_covered_can_be_withdrawn(void **state)
{
    (void)state;
    open_(4);
    must_hear_(10, true, 10);
    must_hear_(-4, true, 6);
    must_hear_(-6, true, 0);
    close_();
}

static void what_is_not_covered_changes_nothing(void **state)
{
    (void)state;
    open_(4);
    must_hear_(-1, false, 0);
    must_hear_(10, true, 10);
    must_hear_(-11, false, 10);
    must_hear_(-1000000000, false, 10);
    must_hear_(-10, true, 0);
    must_hear_(-1, false, 0);
    close_();
}

static void a_balance_may_be_large(void **state)
{
    (void)state;
    open_(4);
    must_hear_(LONG_MAX, true, LONG_MAX);
    must_hear_(0, true, LONG_MAX);
    must_hear_(-LONG_MAX, true, 0);
    must_hear_(LONG_MIN, false, 0);
    close_();
}

static void it_serves_as_long_as_somebody_can_ask(void **state)
{
    request_tx other;
    (void)state;
    open_(1);
    other = mpsc_sender_clone(&tx_);
    for (long i = 1; i <= 300; i++)
        must_hear_(1, true, i);
    mpsc_sender_drop(&tx_);
    tx_ = other;
    let_all_run_();
    CHECK(!task_is_over(task_), "one of two senders is dropped, and the "
                                "account has ended: the other can still ask");
    must_hear_(-300, true, 0);
    close_();
}

/* ---- All at once --------------------------------------------------------- */

static struct task *asks_(long amount)
{
    return task_spawn(ex_, ask(task_slot(struct ask), &tx_, amount));
}

static void all_at_once_are_served_in_order(void **state)
{
    struct task *crowd[CROWD_];
    (void)state;
    open_(2);
    for (int i = 0; i < CROWD_; i++)
        crowd[i] = asks_(i + 1);
    let_all_run_();
    for (int i = 0; i < CROWD_; i++) {
        long balance = (long)(i + 1) * (i + 2) / 2;
        struct ask *a;
        CHECK(task_is_over(crowd[i]),
              "%d asked at once, and number %d has no "
              "answer",
              CROWD_, i + 1);
        a = task_output(crowd[i], struct ask);
        CHECK(a->status == 0,
              "%d asked at once, the mailbox has room for 2, and ask() of "
              "number %d has the status %d (%s)",
              CROWD_, i + 1, a->status, uv_strerror(a->status));
        CHECK(a->answer.ok && a->answer.balance == balance,
              "%d paid in at once, and number %d should hear of %ld, but hears "
              "of %ld",
              CROWD_, i + 1, balance, a->answer.balance);
        task_detach(crowd[i]);
    }
    close_();
}

static void two_accounts_do_not_know_each_other(void **state)
{
    request_tx first;
    struct task *first_task;
    size_t blocks;
    (void)state;
    open_(4);
    blocks = blocks_;
    first = tx_;
    first_task = task_;
    must_hear_(5, true, 5);
    open_(4);
    must_hear_(0, true, 0);
    must_hear_(3, true, 3);
    close_();
    tx_ = first;
    task_ = first_task;
    blocks_ = blocks;
    must_hear_(0, true, 5);
    close_();
}

static void must_have_heard_(struct task *t, long balance)
{
    struct ask *a;
    CHECK(task_is_over(t),
          "two accounts were asked at once, and the one who paid in %ld has no "
          "answer",
          balance);
    a = task_output(t, struct ask);
    CHECK(a->status == 0 && a->answer.ok && a->answer.balance == balance,
          "two accounts were asked at once: the one who paid in %ld should "
          "hear of a balance of %ld, and hears of %ld",
          balance, balance, a->answer.balance);
    task_detach(t);
}

static void two_accounts_are_asked_at_the_same_time(void **state)
{
    request_tx first;
    struct task *first_task, *one, *two;
    size_t blocks;
    (void)state;
    open_(4);
    blocks = blocks_;
    first = tx_;
    first_task = task_;
    open_(4);
    one = task_spawn(ex_, ask(task_slot(struct ask), &first, 5));
    two = asks_(300);
    let_all_run_();
    must_have_heard_(one, 5);
    must_have_heard_(two, 300);
    close_();
    tx_ = first;
    task_ = first_task;
    blocks_ = blocks;
    close_();
}

/* ---- Dropped ------------------------------------------------------------- */

struct asker_ { /* polled by hand */
    struct poller poller;
    struct ask ask;
    struct future *future;
};

static void asks_by_hand_(struct asker_ *self, long amount)
{
    self->poller = (struct poller){ .executor = ex_ };
    self->future = ask(&self->ask, &tx_, amount);
    CHECK(poll_by(&self->poller, self->future) == POLL_PENDING,
          "the account has had no time to answer, and ask() is READY");
}

static void must_hear_nothing_(struct asker_ *self, const char *when)
{
    CHECK(self->poller.woken > 0,
          "%s, and the one who waits for its answer was not woken: the sender "
          "of the reply was not dropped",
          when);
    CHECK(poll_by(&self->poller, self->future) == POLL_READY,
          "%s, and the one who waits for its answer still waits", when);
    CHECK(self->ask.status != 0,
          "%s, and ask() has the status 0, as if there were an answer", when);
}

static void a_request_to_a_dropped_account_says_so(void **state)
{
    struct ask a;
    (void)state;
    open_(4);
    let_all_run_();
    task_abort(task_);
    CHECK(mpsc_is_closed(&tx_),
          "the account was dropped, and it can still be asked: its mailbox "
          "was not dropped, so a task that asks waits for ever");
    WHILE("ask() says that there is no account");
    block_on(ex_, ask(&a, &tx_, 1));
    CHECK(a.status == UV_EPIPE,
          "the account is dropped, so the send has the status UV_EPIPE, and "
          "ask() has the status %d",
          a.status);
    close_();
}

static void a_dropped_account_answers_nobody(void **state)
{
    struct asker_ first, second;
    (void)state;
    open_(1);
    asks_by_hand_(&first, 1);
    asks_by_hand_(&second, 2);
    task_abort(task_);
    must_hear_nothing_(&first, "the account was dropped before its first poll");
    must_hear_nothing_(&second, "the account was dropped, and a request waited "
                                "for room in its mailbox");
    close_();
}

/* The account is polled by hand, too: it may yield before it answers. */
static void dropped_at_any_moment_it_leaves_nobody_waiting(void **state)
{
    (void)state;
    for (int polls = 1; polls < 5; polls++) {
        struct poller poller = { .executor = ex_ = virtual_executor() };
        struct account self;
        request_rx mailbox;
        struct asker_ one;
        struct future *f;
        blocks_ = blocks_in_use();
        if (mpsc_open(&tx_, &mailbox, 1, request_drop))
            reject("no memory");
        f = account(&self, mailbox);
        asks_by_hand_(&one, 1);
        for (int i = 0; i < polls; i++)
            CHECK(poll_by(&poller, f) == POLL_PENDING,
                  "the account has ended, and it can still be asked");
        future_drop(f);
        if (!one.poller.woken)
            must_hear_nothing_(&one, "the account had received a request, and "
                                     "was dropped at its next AWAIT");
        else
            CHECK(poll_by(&one.poller, one.future) == POLL_READY,
                  "the account was dropped, and the one who asked still waits");
        mpsc_sender_drop(&tx_);
        CHECK_FREED(blocks_, "the account was dropped, and a channel is not "
                             "freed: which end of it was not dropped?");
    }
}

static void one_who_asks_may_be_dropped_at_any_moment(void **state)
{
    struct asker_ first, second;
    struct ask third;
    (void)state;
    open_(1);
    future_drop(ask(&third, &tx_, 1000));
    ASIDE("One who asked was dropped before, while it waited for its answer, "
          "and another one while it waited for room in the mailbox.");
    asks_by_hand_(&first, 5);
    asks_by_hand_(&second, 100);
    future_drop(second.future);
    future_drop(first.future);
    must_hear_(1, true, 6);
    close_();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_paid_in_is_there),
    cmocka_unit_test(what_is_covered_can_be_withdrawn),
    cmocka_unit_test(what_is_not_covered_changes_nothing),
    cmocka_unit_test(a_balance_may_be_large),
    cmocka_unit_test(it_serves_as_long_as_somebody_can_ask),
    cmocka_unit_test(all_at_once_are_served_in_order),
    cmocka_unit_test(two_accounts_do_not_know_each_other),
    cmocka_unit_test(two_accounts_are_asked_at_the_same_time),
    cmocka_unit_test(a_request_to_a_dropped_account_says_so),
    cmocka_unit_test(a_dropped_account_answers_nobody),
    cmocka_unit_test(dropped_at_any_moment_it_leaves_nobody_waiting),
    cmocka_unit_test(one_who_asks_may_be_dropped_at_any_moment),
};
EXERCISE_MAIN(tests)
