/* The test plays three tasks at one semaphore; at last it tells every story of
 * five steps. */
#include ANSWER
#include "exercise.h"
#include "probes.h"

enum { TASKS_ = 3 };
static const char *const names_[TASKS_] = { "the first", "the second",
                                            "the third" };
static struct semaphore semaphore_;
static struct acquire acquires_[TASKS_];
static struct poller tasks_[TASKS_];

/* After each test: an answer may have memory for each acquire. */
static int end_(void **state)
{
    (void)state;
    for (int i = 0; i < TASKS_; i++)
        future_drop(&acquires_[i].future);
    return 0;
}

static void start_(size_t permits)
{
    end_(NULL);
    semaphore_init(&semaphore_, permits);
    for (int i = 0; i < TASKS_; i++)
        tasks_[i] = (struct poller){ 0 };
}

static enum poll poll_(int i)
{
    return poll_by(&tasks_[i], &acquires_[i].future);
}

static enum poll acquire_(int i, size_t n)
{
    acquire(&acquires_[i], &semaphore_, n);
    return poll_(i);
}

static void must_have_(int i, size_t n, const char *why)
{
    CHECK(acquire_(i, n) == POLL_READY, "%s: an acquire of %d is PENDING", why,
          (int)n);
}

static void must_wait_(int i, size_t n, const char *why)
{
    CHECK(acquire_(i, n) == POLL_PENDING, "%s: an acquire of %d is READY", why,
          (int)n);
    CHECK(tasks_[i].woken == 0,
          "your future wakes itself: it would be polled again and again, "
          "although nothing has happened");
}

static void must_be_woken_(int i, const char *why)
{
    CHECK(tasks_[i].woken > 0, "%s: %s should be woken, and is not", why,
          names_[i]);
    CHECK(tasks_[i].woken == 1, "%s: that woke %s %d times", why, names_[i],
          tasks_[i].woken);
    CHECK(poll_(i) == POLL_READY, "%s was woken, and is still PENDING",
          names_[i]);
    probe_list(&semaphore_.waiting, TASKS_, &acquires_[i].link,
               "one that waited was READY");
}

static void must_sleep_(int i, const char *why)
{
    CHECK(tasks_[i].woken == 0, "%s: %s was woken all the same", why,
          names_[i]);
}

/* Nobody has or wants any now. */
static void must_be_free_(size_t n, const char *why)
{
    CHECK(semaphore_.free == n, "%s: %d permits are free, and %d should be",
          why, (int)semaphore_.free, (int)n);
}

/* ---- Acquire and release ------------------------------------------------- */

static void free_permits_are_had_at_once(void **state)
{
    (void)state;
    start_(5);
    must_have_(0, 1, "5 are free");
    must_be_free_(4, "1 of 5 was acquired");
    must_have_(1, 4, "4 are free");
    must_be_free_(0, "5 of 5 were acquired");
    semaphore_release(&semaphore_, 1);
    semaphore_release(&semaphore_, 4);
    must_be_free_(5, "all were released");
}

static void a_large_number_is_a_number_like_any_other(void **state)
{
    static const size_t many = SIZE_MAX / 2;
    (void)state;
    start_(many);
    CHECK(acquire_(0, many) == POLL_READY && semaphore_.free == 0,
          "half of SIZE_MAX permits are free and were acquired, and %zu are "
          "left: numbers of permits are size_t",
          semaphore_.free);
    semaphore_release(&semaphore_, many);
    CHECK(semaphore_.free == many,
          "half of SIZE_MAX permits were released, and %zu are free: numbers "
          "of permits are size_t",
          semaphore_.free);
    start_(0);
    must_wait_(0, 1000, "none is free");
    must_wait_(1, 1, "none is free");
    semaphore_release(&semaphore_, many);
    CHECK(tasks_[0].woken == 1,
          "half of SIZE_MAX were released, and the one that waits for 1000 was "
          "woken %d times",
          tasks_[0].woken);
    must_be_woken_(1, "half of SIZE_MAX were released");
    future_drop(&acquires_[0].future);
    CHECK(semaphore_.free == many - 1,
          "half of SIZE_MAX permits were released, one waits for 1000 and is "
          "dropped, one has 1, and %zu are free",
          semaphore_.free);
}

static void a_release_wakes_the_one_that_waits(void **state)
{
    (void)state;
    start_(0);
    must_wait_(0, 1, "none is free");
    semaphore_release(&semaphore_, 1);
    must_be_woken_(0, "1 was released");
    must_be_free_(0, "it was acquired");
    semaphore_release(&semaphore_, 1);
    must_be_free_(1, "it was released again");
}

static void half_of_what_is_needed_is_not_enough(void **state)
{
    (void)state;
    start_(1);
    must_wait_(0, 3, "1 is free");
    semaphore_release(&semaphore_, 1);
    must_sleep_(0, "it needs 3, and 2 are free");
    CHECK(poll_(0) == POLL_PENDING, "it needs 3, 2 are free, and it is READY");
    semaphore_release(&semaphore_, 1);
    must_be_woken_(0, "it needs 3, and 3 are free");
    must_be_free_(0, "3 of 3 were acquired");
}

static void a_release_may_serve_several(void **state)
{
    (void)state;
    start_(0);
    must_wait_(0, 1, "none is free");
    must_wait_(1, 2, "none is free");
    must_wait_(2, 1, "none is free");
    semaphore_release(&semaphore_, 3);
    must_sleep_(2, "3 were released, and the first two need them");
    must_be_woken_(0, "3 were released");
    must_be_woken_(1, "3 were released, which is enough for the first two");
}

static void one_may_need_none(void **state)
{
    (void)state;
    start_(0);
    must_have_(0, 0, "none is free, and none is needed");
    must_wait_(1, 1, "none is free");
    must_wait_(2, 0, "the second waits, and who comes later waits behind it");
    semaphore_release(&semaphore_, 1);
    must_be_woken_(1, "1 was released");
    must_be_woken_(2, "the second has its 1, and the third needs none");
}

static void a_release_may_serve_hundreds(void **state)
{
    enum { CROWD_ = 300 };
    static struct acquire acquires[CROWD_];
    static struct poller tasks[CROWD_];
    (void)state;
    start_(0);
    for (int i = 0; i < CROWD_; i++)
        CHECK(poll_by(&tasks[i], acquire(&acquires[i], &semaphore_, 1)) ==
                  POLL_PENDING,
              "%d acquires wait, none is free, and the next one is READY", i);
    semaphore_release(&semaphore_, CROWD_);
    for (int i = 0; i < CROWD_; i++)
        CHECK(tasks[i].woken == 1 &&
                  poll_by(&tasks[i], &acquires[i].future) == POLL_READY,
              "%d acquires of 1 waited, %d permits were released, and number "
              "%d was woken %d times",
              CROWD_, CROWD_, i + 1, tasks[i].woken);
    must_be_free_(0, "300 of 300 were acquired");
}

/* ---- First come, first served -------------------------------------------- */

static void a_small_one_does_not_pass_a_large_one(void **state)
{
    (void)state;
    start_(1);
    must_wait_(0, 3, "1 is free");
    must_wait_(1, 1,
               "the first waits for 3, and the second wants the 1 that is "
               "free: if it passes, the first may wait for ever");
    semaphore_release(&semaphore_, 1);
    must_sleep_(1, "the first needs 3, 2 are free, and it is its turn");
    must_sleep_(0, "it needs 3, and 2 are free");
    semaphore_release(&semaphore_, 1);
    must_be_woken_(0, "it needs 3, and 3 are free");
    must_sleep_(1, "all 3 belong to the first");
    semaphore_release(&semaphore_, 3);
    must_be_woken_(1, "3 were released");
}

static void what_is_released_is_handed_over(void **state)
{
    (void)state;
    start_(0);
    must_wait_(0, 1, "none is free");
    semaphore_release(&semaphore_, 1); /* woken, and not polled yet */
    must_wait_(1, 1,
               "the permit was released while the first waited, so it is its "
               "own, although it was not polled yet");
    must_be_woken_(0, "1 was released");
}

static void a_poll_in_between_changes_nothing(void **state)
{
    (void)state;
    start_(0);
    must_wait_(0, 1, "none is free");
    must_wait_(1, 1, "none is free");
    for (int i = 0; i < 3; i++)
        CHECK(poll_(0) == POLL_PENDING, "polled once more, it is READY, and "
                                        "none is free");
    probe_list(&semaphore_.waiting, TASKS_, NULL, "");
    semaphore_release(&semaphore_, 1);
    must_sleep_(1, "the first was polled once more, and so lost its place");
    must_be_woken_(0, "1 was released");
}

/* ---- Dropped ------------------------------------------------------------- */

static void one_that_is_dropped_leaves_the_queue(void **state)
{
    (void)state;
    start_(0);
    must_wait_(0, 1, "none is free");
    must_wait_(1, 1, "none is free");
    future_drop(&acquires_[0].future);
    probe_list(&semaphore_.waiting, TASKS_, &acquires_[0].link,
               "an acquire was dropped");
    must_sleep_(1, "none is free, and the first was dropped while it waited, "
                   "so it had no permit to give back");
    must_be_free_(0, "an acquire was dropped that waited");
    memset(&acquires_[0], 0x5a, sizeof acquires_[0]); /* its frame is gone */
    semaphore_release(&semaphore_, 1);
    CHECK(tasks_[0].woken == 0, "a dropped acquire was woken");
    must_be_woken_(1, "the first was dropped, and 1 was released");
    must_be_free_(0, "1 of 1 was acquired");
    memset(&acquires_[0], 0, sizeof acquires_[0]);
}

static void one_that_is_dropped_gives_back_what_it_was_handed(void **state)
{
    (void)state;
    start_(0);
    must_wait_(0, 2, "none is free");
    semaphore_release(&semaphore_, 2);
    future_drop(&acquires_[0].future); /* woken, and not polled */
    must_be_free_(2, "2 were handed to an acquire, which was dropped before it "
                     "was polled");
    start_(0);
    must_wait_(0, 2, "none is free");
    must_wait_(1, 1, "none is free");
    semaphore_release(&semaphore_, 2);
    future_drop(&acquires_[0].future);
    must_be_woken_(1, "the first was dropped, and its 2 permits came back");
    must_be_free_(1, "2 came back, and the second has 1 of them");
}

static void one_that_is_dropped_lets_others_through(void **state)
{
    (void)state;
    start_(2);
    must_wait_(0, 3, "2 are free");
    must_wait_(1, 1, "the first waits");
    must_wait_(2, 1, "the first waits");
    future_drop(&acquires_[0].future);
    CHECK(tasks_[1].woken > 0,
          "the first waited for 3 and was dropped; 2 are free, the second "
          "needs 1, and sleeps: nobody will ever wake it");
    must_be_woken_(1, "the first was dropped");
    must_be_woken_(2, "the first was dropped, and 2 were free");
    must_be_free_(0, "2 of 2 were acquired");
}

static void one_that_had_nothing_gives_nothing_back(void **state)
{
    (void)state;
    start_(2);
    acquire(&acquires_[0], &semaphore_, 1);
    future_drop(&acquires_[0].future);
    must_be_free_(2, "an acquire was dropped that was never polled");
    must_wait_(1, 3, "2 are free");
    future_drop(&acquires_[1].future);
    must_be_free_(2, "an acquire was dropped that waited");
    must_have_(2, 1, "2 are free");
    future_drop(&acquires_[2].future);
    must_be_free_(1, "an acquire was dropped after it was READY: the permit is "
                     "the task's by then");
}

/* ---- Who is woken -------------------------------------------------------- */

static void only_the_latest_waker_is_woken(void **state)
{
    struct poller other = { 0 };
    (void)state;
    start_(0);
    must_wait_(0, 1, "none is free");
    CHECK(poll_by(&other, &acquires_[0].future) == POLL_PENDING,
          "polled once more, it is READY, and none is free");
    semaphore_release(&semaphore_, 1);
    CHECK(tasks_[0].woken == 0, "you woke the waker of an earlier poll");
    CHECK(other.woken == 1, "the waker of the latest poll was called %d times",
          other.woken);
}

static struct future *waiting_(void)
{
    start_(0);
    return acquire(&acquires_[0], &semaphore_, 1);
}

static void is_released_(void)
{
    semaphore_release(&semaphore_, 1);
}

static void a_waker_is_a_function_and_its_data(void **state)
{
    (void)state;
    probe_wakers(waiting_, is_released_);
}

static void takes_and_releases_(struct poller *who)
{
    int i = (int)(who - tasks_);
    CHECK(poll_(i) == POLL_READY,
          "the waker was called before the permits were handed over: one that "
          "polls at once finds nothing, and is not woken again");
    semaphore_release(&semaphore_, acquires_[i].n);
}

static void gives_up_(struct poller *who)
{
    future_drop(&acquires_[who - tasks_].future);
}

static void the_one_who_is_woken_may_act_at_once(void **state)
{
    static void (*const acts[])(struct poller *) = { takes_and_releases_,
                                                     gives_up_ };
    (void)state;
    for (int i = 0; i < 2; i++) {
        ASIDE(i ? "The one who was woken gave up at once."
                : "The one who was woken polled and released at once.");
        start_(0);
        must_wait_(0, 2, "none is free");
        must_wait_(1, 1, "none is free");
        must_wait_(2, 2, "none is free");
        tasks_[0].on_wake = acts[i];
        semaphore_release(&semaphore_, 2);
        CHECK(tasks_[0].woken == 1,
              "2 were released, and the first was woken "
              "%d times",
              tasks_[0].woken);
        must_sleep_(2, "the second needs 1 of the 2, and the third needs 2");
        must_be_woken_(1, "the first had no more need of its 2");
        must_be_free_(1, "the second has 1 of 2");
        ASIDE("");
    }
}

/* ---- Two at the same time ------------------------------------------------ */

struct life_ {
    struct semaphore semaphore;
    struct acquire first, second;
    struct poller one, two;
};

static void begins_(void *life)
{
    struct life_ *me = life;
    me->one = me->two = (struct poller){ 0 };
    semaphore_init(&me->semaphore, 1);
    acquire(&me->first, &me->semaphore, 2);
    acquire(&me->second, &me->semaphore, 1);
}

static void both_wait_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_by(&me->one, &me->first.future) == POLL_PENDING,
          "an acquire of 2 is READY, and 1 is free");
    CHECK(poll_by(&me->two, &me->second.future) == POLL_PENDING,
          "the second is READY, although the first waits");
}

static void one_is_released_(void *life)
{
    struct life_ *me = life;
    semaphore_release(&me->semaphore, 1);
    CHECK(me->one.woken == 1 && me->two.woken == 0,
          "2 are free; the first needs 2, and was woken %d times, the second "
          "%d times",
          me->one.woken, me->two.woken);
}

static void it_is_dropped_(void *life)
{
    struct life_ *me = life;
    future_drop(&me->first.future);
    CHECK(me->two.woken == 1,
          "the first was dropped, and the second was woken "
          "%d times",
          me->two.woken);
}

static void the_other_goes_on_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_by(&me->two, &me->second.future) == POLL_READY,
          "the second was woken, and is still PENDING");
    CHECK(me->semaphore.free == 1, "1 permit should be free, and %d are",
          (int)me->semaphore.free);
}

static void two_semaphores_do_not_know_each_other(void **state)
{
    (void)state;
    PROBE_LIVES(life_, begins_, both_wait_, one_is_released_, it_is_dropped_,
                the_other_goes_on_);
}

/* ---- Every story --------------------------------------------------------- */

enum { STEPS_ = 5, KINDS_ = 1 + 2 * TASKS_, FREE_ = 1 };

static struct {
    char told[200];
    size_t free;
    enum { NEW_, WAITS_, HANDED_, GONE_ } is[TASKS_];
    int since[TASKS_]; /* the step in which it began to wait */
    int woken[TASKS_];
} story_;

/* The one that waits longest, or -1. */
static int story_first_(void)
{
    int first = -1;
    for (int i = 0; i < TASKS_; i++)
        if (story_.is[i] == WAITS_ &&
            (first < 0 || story_.since[i] < story_.since[first]))
            first = i;
    return first;
}

static void story_serves_(void)
{
    int i;
    while ((i = story_first_()) >= 0 && acquires_[i].n <= story_.free) {
        story_.free -= acquires_[i].n;
        story_.is[i] = HANDED_;
        story_.woken[i]++;
    }
}

static void story_polls_(int i, int step)
{
    bool ready = story_.is[i] == HANDED_;
    if (story_.is[i] == NEW_ && story_first_() < 0 &&
        acquires_[i].n <= story_.free) {
        story_.free -= acquires_[i].n;
        ready = true;
    }
    CHECK((poll_(i) == POLL_READY) == ready,
          "%s; and that is %s, which is wrong", story_.told,
          ready ? "PENDING" : "READY");
    if (story_.is[i] == NEW_)
        story_.since[i] = step;
    story_.is[i] = ready ? GONE_ : WAITS_;
}

static void story_drops_(int i)
{
    future_drop(&acquires_[i].future);
    if (story_.is[i] == HANDED_)
        story_.free += acquires_[i].n;
    story_.is[i] = GONE_;
    story_serves_();
}

/* False: there is no such story. */
static bool story_step_(int kind, int step)
{
    int i = (kind - 1) / 2;
    bool polls = kind % 2;
    size_t n = strlen(story_.told);
    if (kind > 0 && story_.is[i] == GONE_)
        return false;
    snprintf(story_.told + n, sizeof story_.told - n, ", %s%s",
             !kind   ? "release 1"
             : polls ? "poll "
                     : "drop ",
             kind ? names_[i] : "");
    if (kind == 0) {
        semaphore_release(&semaphore_, 1);
        story_.free++;
        story_serves_();
    } else if (polls) {
        story_polls_(i, step);
    } else {
        story_drops_(i);
    }
    for (i = 0; i < TASKS_; i++)
        CHECK(tasks_[i].woken == story_.woken[i],
              "%s; by now %s should have been woken %d times, and was %d times",
              story_.told, names_[i], story_.woken[i], tasks_[i].woken);
    return true;
}

static void in_every_order_no_permit_is_lost(void **state)
{
    int stories = 1;
    (void)state;
    for (int i = 0; i < STEPS_; i++)
        stories *= KINDS_;
    for (int number = 0; number < stories; number++) {
        int rest = number;
        memset(&story_, 0, sizeof story_);
        snprintf(story_.told, sizeof story_.told,
                 "%d is free, and the first needs 1, the second 2, the third 1",
                 FREE_);
        start_(story_.free = FREE_);
        for (int i = 0; i < TASKS_; i++)
            acquire(&acquires_[i], &semaphore_, i == 1 ? 2 : 1);
        for (int step = 0; step < STEPS_; step++, rest /= KINDS_)
            if (!story_step_(rest % KINDS_, step))
                break;
        for (int i = 0; i < TASKS_; i++)
            if (story_.is[i] != GONE_)
                story_drops_(i);
        CHECK(semaphore_.free == story_.free,
              "%s, and all are dropped; then %d permits are free, and %d "
              "should be",
              story_.told, (int)semaphore_.free, (int)story_.free);
    }
}

#define TEST_(test) cmocka_unit_test_teardown(test, end_)
static const struct CMUnitTest tests[] = {
    TEST_(free_permits_are_had_at_once),
    TEST_(a_release_wakes_the_one_that_waits),
    TEST_(half_of_what_is_needed_is_not_enough),
    TEST_(what_is_released_is_handed_over),
    TEST_(a_release_may_serve_several),
    TEST_(a_small_one_does_not_pass_a_large_one),
    TEST_(a_poll_in_between_changes_nothing),
    TEST_(one_that_is_dropped_leaves_the_queue),
    TEST_(one_that_is_dropped_gives_back_what_it_was_handed),
    TEST_(one_that_is_dropped_lets_others_through),
    TEST_(one_that_had_nothing_gives_nothing_back),
    TEST_(two_semaphores_do_not_know_each_other),
    TEST_(one_may_need_none),
    TEST_(a_release_may_serve_hundreds),
    TEST_(a_large_number_is_a_number_like_any_other),
    TEST_(only_the_latest_waker_is_woken),
    TEST_(a_waker_is_a_function_and_its_data),
    TEST_(the_one_who_is_woken_may_act_at_once),
    TEST_(in_every_order_no_permit_is_lost),
};
EXERCISE_MAIN(tests)
