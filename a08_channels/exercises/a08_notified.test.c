/* The test plays three tasks that wait at one notify; at last it tells every
 * story of five steps. */
#include ANSWER
#include "exercise.h"
#include "probes.h"

enum { WAITERS_ = 3 };
static const char *const names_[WAITERS_] = { "the first", "the second",
                                              "the third" };
static struct notify notify_;
static struct notified waits_[WAITERS_];
static struct poller tasks_[WAITERS_];

static enum poll poll_(int i)
{
    return poll_by(&tasks_[i], &waits_[i].future);
}

/* After each test: an answer may have memory for each wait. */
static int end_(void **state)
{
    (void)state;
    for (int i = 0; i < WAITERS_; i++)
        future_drop(&waits_[i].future);
    return 0;
}

/* So many wait, in this order. */
static void start_(int n)
{
    end_(NULL);
    notify_init(&notify_);
    for (int i = 0; i < WAITERS_; i++) {
        tasks_[i] = (struct poller){ 0 };
        notified(&waits_[i], &notify_);
    }
    for (int i = 0; i < n; i++) {
        CHECK(poll_(i) == POLL_PENDING,
              "a wait is READY, and nobody has notified");
        CHECK(tasks_[i].woken == 0,
              "your future wakes itself: it would be polled again and again, "
              "although nothing has happened");
    }
}

static void must_go_on_(int i)
{
    CHECK(poll_(i) == POLL_READY, "%s was woken, and is still PENDING",
          names_[i]);
    probe_list(&notify_.waiting, WAITERS_, &waits_[i].link,
               "one that waited was READY");
}

static void must_be_woken_(int i, const char *why)
{
    CHECK(tasks_[i].woken > 0, "%s: %s should be woken, and is not", why,
          names_[i]);
    CHECK(tasks_[i].woken == 1, "%s: that woke %s %d times", why, names_[i],
          tasks_[i].woken);
}

static void must_sleep_(int i, const char *why)
{
    CHECK(tasks_[i].woken == 0, "%s, and %s was woken", why, names_[i]);
}

/* ---- One after the other ------------------------------------------------- */

static void a_notify_that_comes_early_is_kept(void **state)
{
    (void)state;
    start_(0);
    notify_one(&notify_);
    CHECK(poll_(0) == POLL_READY,
          "notify_one() came before the wait, and the wait is PENDING: so a "
          "notify that is a bit too early is lost");
    CHECK(poll_(1) == POLL_PENDING,
          "one notify_one() came, and two waits are READY: the first one took "
          "the permit");
}

static void only_one_is_kept(void **state)
{
    (void)state;
    start_(0);
    for (int i = 0; i < 3; i++)
        notify_one(&notify_);
    CHECK(poll_(0) == POLL_READY,
          "notify_one() came before the wait, and the wait is PENDING");
    CHECK(poll_(1) == POLL_PENDING,
          "three notify_one() came, and two waits are READY: a notify keeps "
          "one permit, it does not count");
}

static void a_notify_wakes_the_one_that_waits_longest(void **state)
{
    (void)state;
    start_(3);
    notify_one(&notify_);
    must_sleep_(1, "the first waits longer");
    must_sleep_(2, "the first waits longer");
    must_be_woken_(0, "notify_one()");
    must_go_on_(0);
    notify_one(&notify_);
    must_be_woken_(1, "the second notify_one()");
    must_sleep_(2, "the second waits longer");
    must_go_on_(1);
}

static void several_are_woken_one_by_one(void **state)
{
    (void)state;
    start_(3);
    notify_one(&notify_);
    notify_one(&notify_);
    must_be_woken_(0, "two notify_one()");
    must_be_woken_(1, "two notify_one(), and the first was not polled yet");
    must_sleep_(2, "two notify_one() are for two");
    CHECK(poll_(2) == POLL_PENDING, "two notify_one() let three go on: the "
                                    "third was READY");
    must_go_on_(1);
    must_go_on_(0);
}

static void a_poll_in_between_changes_nothing(void **state)
{
    (void)state;
    start_(2);
    for (int i = 0; i < 3; i++)
        CHECK(poll_(0) == POLL_PENDING,
              "polled once more, it is READY, and nobody has notified");
    probe_list(&notify_.waiting, WAITERS_, NULL, "");
    notify_one(&notify_);
    must_sleep_(1, "the first was polled once more, and so lost its place");
    must_be_woken_(0, "notify_one()");
    must_go_on_(0);
    notify_one(&notify_);
    must_be_woken_(1, "the second notify_one(); is the first in the list "
                      "twice?");
}

static void a_permit_stays_for_the_next_one(void **state)
{
    (void)state;
    start_(1);
    notify_one(&notify_);
    notify_one(&notify_); /* the first is chosen already: a permit */
    must_go_on_(0);
    CHECK(poll_(1) == POLL_READY,
          "two notify_one() came, one future was waiting: it is chosen by the "
          "first, and the second is kept; but the next wait is PENDING");
}

/* ---- Dropped ------------------------------------------------------------- */

static void a_dropped_wait_is_not_chosen(void **state)
{
    (void)state;
    start_(2);
    future_drop(&waits_[0].future);
    probe_list(&notify_.waiting, WAITERS_, &waits_[0].link,
               "a wait was dropped");
    memset(&waits_[0], 0x5a, sizeof waits_[0]); /* its frame is gone */
    notify_one(&notify_);
    CHECK(tasks_[0].woken == 0, "a dropped wait was woken");
    must_be_woken_(1, "the first was dropped, then notify_one()");
    must_go_on_(1);
    memset(&waits_[0], 0, sizeof waits_[0]);
}

static void one_that_is_chosen_and_dropped_passes_it_on(void **state)
{
    (void)state;
    start_(3);
    notify_one(&notify_);
    future_drop(&waits_[0].future);
    CHECK(tasks_[1].woken > 0,
          "the first was chosen, and dropped before it ran: its wake is lost. "
          "There is something to do, and the second sleeps");
    must_be_woken_(1, "passed on");
    must_sleep_(2, "passed on to the second");
    future_drop(&waits_[1].future);
    must_be_woken_(2, "passed on twice");
    must_go_on_(2);
}

static void without_another_one_it_is_kept(void **state)
{
    (void)state;
    start_(1);
    notify_one(&notify_);
    future_drop(&waits_[0].future);
    CHECK(poll_(1) == POLL_READY,
          "the only one was chosen, and dropped before it ran; then the wake "
          "is kept, as if it had not been there. The next wait is PENDING");
    CHECK(poll_(2) == POLL_PENDING, "one notify_one() let two go on");
}

static void one_that_was_not_chosen_passes_nothing_on(void **state)
{
    (void)state;
    start_(2);
    future_drop(&waits_[2].future); /* never polled */
    must_sleep_(0, "a wait was dropped that was never polled");
    future_drop(&waits_[0].future);
    must_sleep_(1, "a wait was dropped that was not chosen");
    notify_one(&notify_);
    must_be_woken_(1, "notify_one()");
    must_go_on_(1);
    future_drop(&waits_[1].future); /* is over */
    notified(&waits_[2], &notify_);
    CHECK(poll_(2) == POLL_PENDING,
          "a wait is READY that nobody notified: was something kept when one "
          "was dropped that had nothing, or that was over?");
}

/* ---- Who is woken -------------------------------------------------------- */

static void only_the_latest_waker_is_woken(void **state)
{
    struct poller other = { 0 };
    (void)state;
    start_(1);
    CHECK(poll_by(&other, &waits_[0].future) == POLL_PENDING,
          "polled once more, it is READY, and nobody has notified");
    notify_one(&notify_);
    CHECK(tasks_[0].woken == 0, "you woke the waker of an earlier poll");
    CHECK(other.woken == 1, "the waker of the latest poll was called %d times",
          other.woken);
}

static void wakes_nobody_(void *data)
{
    (void)data;
}

static void the_data_of_a_waker_may_be_null(void **state)
{
    struct context cx =
        context_make((struct waker){ wakes_nobody_, NULL }, NULL);
    (void)state;
    start_(0);
    CHECK(future_poll(&waits_[0].future, &cx) == POLL_PENDING,
          "a wait is READY, and nobody has notified");
    notify_one(&notify_);
    CHECK(future_poll(&waits_[0].future, &cx) == POLL_READY,
          "a wait whose waker has NULL as its data was notified, and is still "
          "PENDING");
}

static struct future *waiting_(void)
{
    start_(0);
    return &waits_[0].future;
}

static void is_notified_(void)
{
    notify_one(&notify_);
}

static void a_waker_is_a_function_and_its_data(void **state)
{
    (void)state;
    probe_wakers(waiting_, is_notified_);
}

static void goes_on_(struct poller *who)
{
    int i = (int)(who - tasks_);
    CHECK(poll_(i) == POLL_READY,
          "the waker was called before the future was chosen: one that polls "
          "at once finds nothing, and is not woken again");
    notified(&waits_[i], &notify_);
    CHECK(poll_(i) == POLL_PENDING, "one notify_one() let a future go on "
                                    "twice");
}

static void gives_up_(struct poller *who)
{
    future_drop(&waits_[who - tasks_].future);
}

static void the_one_who_is_woken_may_act_at_once(void **state)
{
    (void)state;
    ASIDE("The one who was woken polled at once, and waits again.");
    start_(2);
    tasks_[0].on_wake = goes_on_;
    notify_one(&notify_);
    must_be_woken_(0, "notify_one()");
    must_sleep_(1, "the first went on");
    notify_one(&notify_);
    must_be_woken_(1, "the first waits again, behind the second");
    ASIDE("The one who was woken gave up at once.");
    start_(2);
    tasks_[0].on_wake = gives_up_;
    notify_one(&notify_);
    must_be_woken_(1, "the first gave up");
    must_go_on_(1);
    ASIDE("");
}

/* ---- Two at the same time ------------------------------------------------ */

struct life_ {
    struct notify notify;
    struct notified first, second;
    struct poller one, two;
};

static void begins_(void *life)
{
    struct life_ *me = life;
    me->one = me->two = (struct poller){ 0 };
    notify_init(&me->notify);
    notified(&me->first, &me->notify);
    notified(&me->second, &me->notify);
}

static void both_wait_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_by(&me->one, &me->first.future) == POLL_PENDING &&
              poll_by(&me->two, &me->second.future) == POLL_PENDING,
          "a wait is READY, and nobody has notified");
}

static void one_is_chosen_(void *life)
{
    struct life_ *me = life;
    notify_one(&me->notify);
    CHECK(me->one.woken == 1 && me->two.woken == 0,
          "notify_one() woke the first %d times, and the second %d times",
          me->one.woken, me->two.woken);
}

static void it_is_dropped_(void *life)
{
    struct life_ *me = life;
    future_drop(&me->first.future);
    CHECK(me->two.woken == 1, "passed on, and the second was woken %d times",
          me->two.woken);
}

static void the_other_goes_on_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_by(&me->two, &me->second.future) == POLL_READY,
          "the second was woken, and is still PENDING");
    notify_one(&me->notify); /* is kept */
}

static void another_takes_the_permit_(void *life)
{
    struct life_ *me = life;
    notified(&me->first, &me->notify);
    CHECK(poll_by(&me->one, &me->first.future) == POLL_READY,
          "notify_one() came before the wait, and the wait is PENDING");
}

static void two_notifies_do_not_know_each_other(void **state)
{
    (void)state;
    PROBE_LIVES(life_, begins_, both_wait_, one_is_chosen_, it_is_dropped_,
                the_other_goes_on_, another_takes_the_permit_);
}

/* ---- Every story --------------------------------------------------------- */

enum { STEPS_ = 5, KINDS_ = 1 + 2 * WAITERS_ };

static struct {
    char told[200];
    bool permit;
    enum { NEW_, WAITS_, CHOSEN_, GONE_ } is[WAITERS_];
    int since[WAITERS_]; /* the step in which it began to wait */
    int woken[WAITERS_];
} story_;

static void story_notifies_(void)
{
    int first = -1;
    for (int i = 0; i < WAITERS_; i++)
        if (story_.is[i] == WAITS_ &&
            (first < 0 || story_.since[i] < story_.since[first]))
            first = i;
    if (first < 0) {
        story_.permit = true;
    } else {
        story_.is[first] = CHOSEN_;
        story_.woken[first]++;
    }
}

static void story_polls_(int i, int step)
{
    bool ready = story_.is[i] == CHOSEN_ || story_.permit;
    if (story_.is[i] != CHOSEN_ && ready)
        story_.permit = false;
    CHECK((poll_(i) == POLL_READY) == ready,
          "%s; and that is %s, which is "
          "wrong",
          story_.told, ready ? "PENDING" : "READY");
    if (story_.is[i] == NEW_)
        story_.since[i] = step;
    story_.is[i] = ready ? GONE_ : WAITS_;
}

static void story_drops_(int i)
{
    bool passes_on = story_.is[i] == CHOSEN_;
    future_drop(&waits_[i].future);
    story_.is[i] = GONE_;
    if (passes_on)
        story_notifies_();
}

/* False: there is no such story. */
static bool story_step_(int kind, int step)
{
    int i = (kind - 1) / 2;
    bool polls = kind % 2;
    size_t n = strlen(story_.told);
    if (kind > 0 && story_.is[i] == GONE_)
        return false;
    snprintf(story_.told + n, sizeof story_.told - n, "%s%s%s",
             step ? ", " : "", kind ? polls ? "poll " : "drop " : "notify",
             kind ? names_[i] : "");
    if (kind == 0) {
        notify_one(&notify_);
        story_notifies_();
    } else if (polls) {
        story_polls_(i, step);
    } else {
        story_drops_(i);
    }
    for (i = 0; i < WAITERS_; i++)
        CHECK(tasks_[i].woken == story_.woken[i],
              "%s; by now %s should have been woken %d times, and was %d times",
              story_.told, names_[i], story_.woken[i], tasks_[i].woken);
    return true;
}

static void in_every_order_nothing_is_lost(void **state)
{
    int stories = 1;
    (void)state;
    for (int i = 0; i < STEPS_; i++)
        stories *= KINDS_;
    for (int number = 0; number < stories; number++) {
        int rest = number;
        memset(&story_, 0, sizeof story_);
        start_(0);
        for (int step = 0; step < STEPS_; step++, rest /= KINDS_)
            if (!story_step_(rest % KINDS_, step))
                break;
        for (int i = 0; i < WAITERS_; i++)
            future_drop(&waits_[i].future);
    }
}

#define TEST_(test) cmocka_unit_test_teardown(test, end_)
static const struct CMUnitTest tests[] = {
    TEST_(a_notify_that_comes_early_is_kept),
    TEST_(only_one_is_kept),
    TEST_(a_notify_wakes_the_one_that_waits_longest),
    TEST_(several_are_woken_one_by_one),
    TEST_(a_poll_in_between_changes_nothing),
    TEST_(a_permit_stays_for_the_next_one),
    TEST_(a_dropped_wait_is_not_chosen),
    TEST_(one_that_is_chosen_and_dropped_passes_it_on),
    TEST_(without_another_one_it_is_kept),
    TEST_(one_that_was_not_chosen_passes_nothing_on),
    TEST_(two_notifies_do_not_know_each_other),
    TEST_(only_the_latest_waker_is_woken),
    TEST_(a_waker_is_a_function_and_its_data),
    TEST_(the_data_of_a_waker_may_be_null),
    TEST_(the_one_who_is_woken_may_act_at_once),
    TEST_(in_every_order_nothing_is_lost),
};
EXERCISE_MAIN(tests)
