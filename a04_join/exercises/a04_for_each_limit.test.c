/* The test makes the jobs, numbered in the order begun, and says when each is
 * over.  It counts how many are under way. */
#include ANSWER
#include "exercise.h"
#include "probes.h"

enum { JOBS_ = 400, LIMITS_ = 300 };

static struct probe_child jobs_[JOBS_];
static int count_, begun_; /* jobs there are, and were begun */
static int at_once_;       /* so many are READY in their first poll */
static void *data_;        /* next() is to be given this */
static bool told_;         /* next() has said NULL */
static bool dropped_;      /* nothing may begin any more */
static struct for_each each_;
static struct future *slots_[LIMITS_];
static struct poller task_;

static int ended_(void)
{
    int n = 0;
    for (int i = 0; i < begun_; i++)
        n += jobs_[i].over;
    return n;
}

static struct future *next_job_(void *data)
{
    struct probe_child *job = &jobs_[begun_];
    CHECK(!dropped_, "it was dropped, and began another job");
    CHECK(data == data_, "next() was not given its own data");
    CHECK(!told_, "next() returned NULL, which means no more jobs, and was "
                  "called again");
    if (begun_ == count_) {
        told_ = true;
        return NULL;
    }
    begun_++;
    CHECK(begun_ - ended_() <= each_.limit,
          "at most %d jobs may be under way, and this is number %d: next() "
          "begins a job, so call it only when there is room",
          each_.limit, begun_ - ended_());
    probe_child(job, "a job");
    job->ready = begun_ <= at_once_;
    return &job->future;
}

static void set_up_(int n, int limit)
{
    memset(jobs_, 0, sizeof jobs_);
    task_ = (struct poller){ .executor = probe_executor() };
    count_ = n;
    begun_ = at_once_ = 0;
    told_ = dropped_ = false;
    data_ = &jobs_;
    probe_allow(slots_, sizeof slots_);
    memset(slots_, 0xa5, sizeof slots_);
    probe_forbid(slots_ + limit, sizeof *slots_ * (size_t)(LIMITS_ - limit),
                 "uses the array of slots beyond its `limit` elements");
    for_each(&each_, next_job_, data_, slots_, limit);
}

/* Job i, of those begun, can go on to its end. */
static void finish_(int i)
{
    int before = task_.woken;
    probe_child_can_go(&jobs_[i]);
    CHECK(task_.woken == before + 1,
          "job %d can go on, and its waker did not wake the task that polls "
          "for_each",
          i + 1);
}

static void must_all_wait_(void)
{
    for (int i = 0; i < begun_; i++) {
        CHECK(jobs_[i].polls > 0,
              "PENDING, and job %d was begun and not polled: it has no waker, "
              "so nothing would ever wake your future for it",
              i + 1);
        CHECK(jobs_[i].over || !jobs_[i].ready,
              "job %d can go on, and was not polled", i + 1);
    }
}

/* A poll after which this many are under way, and this many have begun. */
static void must_run_(int under_way, int all_begun)
{
    static int polls[JOBS_];
    int woken = task_.woken;
    enum poll result;
    for (int i = 0; i < JOBS_; i++)
        polls[i] = jobs_[i].polls;
    result = poll_by(&task_, &each_.future);
    CHECK(result == POLL_PENDING || begun_ > ended_(),
          "READY, and next() has not said NULL: there are more jobs");
    CHECK(result == POLL_PENDING,
          "READY, and %d jobs that were begun are not over", begun_ - ended_());
    must_all_wait_();
    CHECK(begun_ - ended_() == under_way && begun_ == all_begun,
          "jobs under way: %d, begun so far: %d.  It should be %d and %d: "
          "there is room for %d, and a new one begins as soon as one is over",
          begun_ - ended_(), begun_, under_way, all_begun, each_.limit);
    for (int i = 0; i < begun_; i++)
        CHECK(jobs_[i].over || jobs_[i].polls > polls[i],
              "job %d is under way, and this poll did not poll it: only its "
              "own poll shows whether it can go on",
              i + 1);
    CHECK(task_.woken == woken,
          "it woke itself in its poll: nothing has happened, so it would be "
          "polled again and again");
}

static void must_be_ready_(void)
{
    int woken = task_.woken;
    enum poll result = poll_by(&task_, &each_.future);
    CHECK(result == POLL_READY || begun_ == count_ || begun_ > ended_(),
          "PENDING, and no job is under way, and there are more jobs: begin "
          "the next one in this poll");
    CHECK(result == POLL_READY, "%s, and it is PENDING: %s",
          count_ == 0 ? "there are no jobs" : "all jobs are over",
          task_.woken > woken ? "it woke itself, and that costs a poll; it can "
                                "be READY in this one"
                              : "nothing is left that could wake it");
    CHECK(begun_ == count_, "READY, and of %d jobs only %d were begun", count_,
          begun_);
    CHECK(ended_() == begun_, "READY, and %d jobs that were begun are not over",
          begun_ - ended_());
}

/* ---- To the end ---------------------------------------------------------- */

static void nothing_begins_before_the_first_poll(void **state)
{
    (void)state;
    set_up_(5, 3);
    CHECK(begun_ == 0, "a job began before the first poll: a future is lazy");
}

static void without_jobs_it_is_ready_at_once(void **state)
{
    (void)state;
    set_up_(0, 3);
    must_be_ready_();
}

static void limit_jobs_begin_and_no_more(void **state)
{
    (void)state;
    set_up_(5, 3);
    must_run_(3, 3);
    must_run_(3, 3);
}

static void the_next_begins_when_one_is_over(void **state)
{
    (void)state;
    set_up_(6, 3);
    must_run_(3, 3);
    finish_(1);
    must_run_(3, 4);
    finish_(3);
    must_run_(3, 5);
    finish_(0);
    must_run_(3, 6);
    finish_(5);
    must_run_(2, 6);
    finish_(2);
    must_run_(1, 6);
    finish_(4);
    must_be_ready_();
}

static void several_are_over_in_one_poll(void **state)
{
    (void)state;
    set_up_(6, 3);
    must_run_(3, 3);
    finish_(2);
    finish_(0);
    must_run_(3, 5);
    finish_(1);
    finish_(3);
    finish_(4);
    must_run_(1, 6);
    finish_(5);
    must_be_ready_();
}

static void fewer_jobs_than_room(void **state)
{
    (void)state;
    set_up_(2, 5);
    must_run_(2, 2);
    finish_(1);
    must_run_(1, 2);
    finish_(0);
    must_be_ready_();
}

static void one_after_the_other(void **state)
{
    (void)state;
    set_up_(3, 1);
    must_run_(1, 1);
    finish_(0);
    must_run_(1, 2);
    finish_(1);
    must_run_(1, 3);
    finish_(2);
    must_be_ready_();
}

static void jobs_that_are_ready_at_once_make_room_at_once(void **state)
{
    (void)state;
    set_up_(6, 2);
    at_once_ = 6;
    must_be_ready_();
    set_up_(9, 2);
    at_once_ = 7;
    must_run_(2, 9);
    finish_(7);
    finish_(8);
    must_be_ready_();
}

static struct future *three_at_once_(void)
{
    set_up_(4, 3);
    return &each_.future;
}

static void the_first_can_go_(void)
{
    probe_child_can_go(&jobs_[0]);
}

static void the_last_can_go_(void)
{
    probe_child_can_go(&jobs_[2]);
}

static void the_latest_waker_goes_to_all(void **state)
{
    (void)state;
    probe_wakers(three_at_once_, the_first_can_go_);
    probe_wakers(three_at_once_, the_last_can_go_);
}

static void a_wake_for_nothing_changes_nothing(void **state)
{
    (void)state;
    set_up_(3, 2);
    must_run_(2, 2);
    probe_child_wakes(&jobs_[1]);
    probe_child_wakes(&jobs_[1]);
    must_run_(2, 2);
    finish_(0);
    must_run_(2, 3);
    finish_(1);
    finish_(2);
    must_be_ready_();
}

static void a_job_without_a_waker_is_reported(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        set_up_(3, 3);
        must_run_(3, 3);
        jobs_[i].mute = true;
        probe_must_tell_of("child", &each_.future);
    }
}

static void hundreds_of_jobs_and_of_slots(void **state)
{
    (void)state;
    set_up_(JOBS_, LIMITS_);
    must_run_(LIMITS_, LIMITS_);
    for (int i = 0; i < LIMITS_; i++)
        finish_(i);
    must_run_(JOBS_ - LIMITS_, JOBS_);
    for (int i = LIMITS_; i < JOBS_; i++)
        finish_(i);
    must_be_ready_();
    set_up_(JOBS_, 1);
    at_once_ = JOBS_;
    must_be_ready_();
}

static struct future quick_[2]; /* a job may stand where one was that is over */
static int left_;

static enum poll quick_poll_(struct future *f, struct context *cx)
{
    (void)f, (void)cx;
    return POLL_READY;
}

static const struct future_ops quick_ops_ = { .name = "a quick job",
                                              .poll = quick_poll_,
                                              .drop = future_drop_nothing };

static struct future *next_quick_(void *data)
{
    (void)data;
    if (left_-- == 0)
        return NULL;
    struct future *job = &quick_[quick_[0].ops == &quick_ops_];
    *job = (struct future){ .ops = &quick_ops_ };
    return job;
}

static void very_many_may_be_over_at_once(void **state)
{
    (void)state;
    set_up_(0, 2);
    left_ = 50000;
    for_each(&each_, next_quick_, NULL, slots_, 2);
    must_be_ready_();
}

static void data_may_be_null(void **state)
{
    (void)state;
    set_up_(3, 2);
    data_ = NULL;
    for_each(&each_, next_job_, NULL, slots_, 2);
    must_run_(2, 2);
    finish_(0);
    finish_(1);
    must_run_(1, 3);
    finish_(2);
    must_be_ready_();
}

static void many_jobs_in_odd_orders(void **state)
{
    (void)state;
    for (int step = 1; step < 8; step++) {
        set_up_(40, 7);
        must_run_(7, 7);
        while (ended_() < 40 - 7) {
            int i = 0, skip = step;
            while (jobs_[i].over || skip-- > 1)
                i = (i + 1) % begun_;
            finish_(i);
            must_run_(7, ended_() + 8);
        }
        for (int i = 0; i < 40; i++)
            if (!jobs_[i].over)
                finish_(i);
        must_be_ready_();
    }
}

/* ---- Two at the same time ------------------------------------------------ */

struct life_ { /* three jobs, two at a time */
    struct for_each each;
    struct future *slots[2];
    struct probe_child jobs[3];
    int begun;
    struct poller task;
};

static struct future *next_of_life_(void *data)
{
    struct life_ *me = data;
    return me->begun < 3 ? probe_child(&me->jobs[me->begun++], "a job") : NULL;
}

static void begins_(void *life)
{
    struct life_ *me = life;
    me->begun = 0;
    me->task = (struct poller){ .executor = probe_executor() };
    for_each(&me->each, next_of_life_, me, me->slots, 2);
}

static void waits_(struct life_ *me, int begun)
{
    CHECK(poll_by(&me->task, &me->each.future) == POLL_PENDING,
          "READY, and not all of the jobs are over");
    CHECK(me->begun == begun, "%d jobs were begun, it should be %d", me->begun,
          begun);
}

static void begins_two_(void *life)
{
    waits_(life, 2);
}

static void begins_the_third_(void *life)
{
    struct life_ *me = life;
    probe_child_can_go(&me->jobs[1]);
    waits_(me, 3);
}

static void has_one_left_(void *life)
{
    struct life_ *me = life;
    probe_child_can_go(&me->jobs[0]);
    waits_(me, 3);
}

static void is_ready_(void *life)
{
    struct life_ *me = life;
    probe_child_can_go(&me->jobs[2]);
    CHECK(me->task.woken == 3,
          "3 jobs were woken, and the task that polls was woken %d times",
          me->task.woken);
    CHECK(poll_by(&me->task, &me->each.future) == POLL_READY,
          "all jobs are over, and it is PENDING");
}

static void two_do_not_disturb_each_other(void **state)
{
    (void)state;
    PROBE_LIVES(life_, begins_, begins_two_, begins_the_third_, has_one_left_,
                is_ready_);
}

static void each_has_a_limit_of_its_own(void **state)
{
    static struct life_ wide, narrow;
    (void)state;
    ASIDE("There are two at the same time here, the limit of one is 2, and "
          "that of the other one is 1: keep it in the struct, not in a "
          "static.");
    begins_(&wide);
    begins_(&narrow);
    for_each(&narrow.each, next_of_life_, &narrow, narrow.slots, 1);
    waits_(&wide, 2);
    waits_(&narrow, 1);
    future_drop(&wide.each.future);
    future_drop(&narrow.each.future);
    ASIDE("");
}

/* ---- Dropped ------------------------------------------------------------- */

static void drop_it_(void)
{
    int woken = task_.woken;
    dropped_ = true;
    for (int i = 0; i < begun_; i++)
        jobs_[i].executor = NULL; /* a drop has no context */
    future_drop(&each_.future);
    CHECK(task_.woken == woken,
          "the drop called the waker: nobody waits any more");
    for (int i = 0; i < begun_; i++)
        probe_child_must_be_dropped(&jobs_[i], &jobs_[i].future);
}

static void a_drop_drops_the_jobs_under_way(void **state)
{
    (void)state;
    set_up_(6, 3);
    must_run_(3, 3);
    finish_(1);
    must_run_(3, 4);
    drop_it_();
}

static void a_drop_finds_them_behind_an_empty_slot(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        set_up_(3, 3);
        must_run_(3, 3);
        finish_(i);
        must_run_(2, 3);
        drop_it_();
    }
}

static void a_drop_before_the_first_poll_does_nothing(void **state)
{
    (void)state;
    set_up_(6, 3);
    dropped_ = true;
    future_drop(&each_.future);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(nothing_begins_before_the_first_poll),
    cmocka_unit_test(limit_jobs_begin_and_no_more),
    cmocka_unit_test(the_next_begins_when_one_is_over),
    cmocka_unit_test(several_are_over_in_one_poll),
    cmocka_unit_test(without_jobs_it_is_ready_at_once),
    cmocka_unit_test(fewer_jobs_than_room),
    cmocka_unit_test(one_after_the_other),
    cmocka_unit_test(jobs_that_are_ready_at_once_make_room_at_once),
    cmocka_unit_test(many_jobs_in_odd_orders),
    cmocka_unit_test(two_do_not_disturb_each_other),
    cmocka_unit_test(each_has_a_limit_of_its_own),
    cmocka_unit_test(a_drop_drops_the_jobs_under_way),
    cmocka_unit_test(a_drop_finds_them_behind_an_empty_slot),
    cmocka_unit_test(a_drop_before_the_first_poll_does_nothing),
    cmocka_unit_test(the_latest_waker_goes_to_all),
    cmocka_unit_test(a_wake_for_nothing_changes_nothing),
    cmocka_unit_test(a_job_without_a_waker_is_reported),
    cmocka_unit_test(hundreds_of_jobs_and_of_slots),
    cmocka_unit_test(data_may_be_null),
    cmocka_unit_test(very_many_may_be_over_at_once),
};
EXERCISE_MAIN(tests)
