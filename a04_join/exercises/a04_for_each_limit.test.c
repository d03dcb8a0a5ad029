/* The test makes the jobs, numbered in the order begun, and says when each is
 * over.  It counts how many are under way. */
#include ANSWER
#include "exercise.h"

enum { JOBS_ = 40, LIMITS_ = 8 };

struct job_ {
    struct future future;
    bool done; /* its next poll is READY */
    bool over; /* that poll has been */
    int polls, drops;
    struct waker waker;
};

static struct job_ jobs_[JOBS_];
static int count_, begun_,
    ended_;           /* jobs there are, and were begun, and ended */
static int at_once_;  /* this many are READY in their first poll */
static bool told_;    /* next() has said NULL */
static bool dropped_; /* nothing may begin any more */
static struct for_each each_;
static struct future *slots_[LIMITS_];
static struct poller task_;

static enum poll job_poll_(struct future *f, struct context *cx)
{
    struct job_ *self = container_of(f, struct job_, future);
    self->polls++;
    self->waker = (struct waker){ NULL, NULL };
    if (self->done) {
        self->over = true;
        ended_++;
        return POLL_READY;
    }
    self->waker = context_waker(cx);
    return POLL_PENDING;
}

static void job_drop_(struct future *f)
{
    struct job_ *self = container_of(f, struct job_, future);
    self->waker = (struct waker){ NULL, NULL };
    self->drops++;
}

static const struct future_ops job_ops_ = { .name = "job",
                                            .poll = job_poll_,
                                            .drop = job_drop_ };

static struct future *next_job_(void *data)
{
    struct job_ *job = &jobs_[begun_];
    CHECK(!dropped_, "it was dropped, and began another job");
    CHECK(data == &jobs_, "next() was not given its own data");
    CHECK(!told_, "next() said NULL, no more jobs, and was called again");
    if (begun_ == count_) {
        told_ = true;
        return NULL;
    }
    begun_++;
    CHECK(begun_ - ended_ <= each_.limit,
          "at most %d jobs may be under way, and this is number %d: next() "
          "begins a job, so call it only when there is room",
          each_.limit, begun_ - ended_);
    *job = (struct job_){ .future.ops = &job_ops_, .done = begun_ <= at_once_ };
    return &job->future;
}

static void set_up_(int n, int limit)
{
    memset(jobs_, 0, sizeof jobs_);
    task_ = (struct poller){ 0 };
    count_ = n;
    begun_ = ended_ = at_once_ = 0;
    told_ = dropped_ = false;
    for_each(&each_, next_job_, &jobs_, slots_, limit);
}

/* Job i, of those begun, can go on to its end. */
static void finish_(int i)
{
    int before = task_.woken;
    jobs_[i].done = true;
    waker_wake(jobs_[i].waker);
    CHECK(task_.woken == before + 1,
          "job %d can go on, and its waker did not wake the one who polls "
          "for_each",
          i + 1);
}

static void must_all_wait_(void)
{
    for (int i = 0; i < begun_; i++) {
        CHECK(jobs_[i].polls > 0,
              "PENDING, and job %d was begun and not polled: it has no waker, "
              "so nobody would ever wake us for it",
              i + 1);
        CHECK(jobs_[i].over || !jobs_[i].done,
              "job %d can go on, and was not polled", i + 1);
    }
}

/* A poll after which this many are under way, and this many have begun. */
static void must_run_(int under_way, int all_begun)
{
    int polls[JOBS_], woken = task_.woken;
    enum poll result;
    for (int i = 0; i < JOBS_; i++)
        polls[i] = jobs_[i].polls;
    result = poll_by(&task_, &each_.future);
    CHECK(result == POLL_PENDING || begun_ > ended_,
          "READY, and next() has not said NULL: there are more jobs");
    CHECK(result == POLL_PENDING,
          "READY, and %d jobs that were begun are not over", begun_ - ended_);
    must_all_wait_();
    CHECK(begun_ - ended_ == under_way && begun_ == all_begun,
          "jobs under way: %d, begun so far: %d.  It should be %d and %d: "
          "there is room for %d, and a new one begins as soon as one is over",
          begun_ - ended_, begun_, under_way, all_begun, each_.limit);
    for (int i = 0; i < begun_; i++)
        CHECK(jobs_[i].over || jobs_[i].polls > polls[i],
              "job %d is under way, and this poll did not ask it: whether it "
              "can go on, only its own poll can tell",
              i + 1);
    CHECK(task_.woken == woken,
          "it woke itself in its poll: nothing has happened, so whoever polls "
          "it would poll it again and again");
}

static void must_be_ready_(void)
{
    CHECK(poll_by(&task_, &each_.future) == POLL_READY,
          "%s, and it is PENDING: nobody is left who could wake it",
          count_ == 0 ? "there are no jobs" : "all jobs are over");
    CHECK(begun_ == count_, "READY, and of %d jobs only %d were begun", count_,
          begun_);
    CHECK(ended_ == begun_, "READY, and %d jobs that were begun are not over",
          begun_ - ended_);
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

static void so_many_begin_and_no_more(void **state)
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

static void the_latest_waker_goes_to_all(void **state)
{
    struct poller earlier = { 0 };
    (void)state;
    set_up_(4, 3);
    (void)poll_by(&earlier, &each_.future);
    must_run_(3, 3);
    finish_(2);
    CHECK(earlier.woken == 0, "it woke the one who polled before, not the one "
                              "who polled last");
}

static void many_jobs_in_odd_orders(void **state)
{
    (void)state;
    for (int step = 1; step < LIMITS_; step++) {
        set_up_(JOBS_, 7);
        must_run_(7, 7);
        while (ended_ < JOBS_ - 7) {
            int i = 0, skip = step;
            while (jobs_[i].over || skip-- > 1)
                i = (i + 1) % begun_;
            finish_(i);
            must_run_(7, ended_ + 8);
        }
        for (int i = 0; i < JOBS_; i++)
            if (!jobs_[i].over)
                finish_(i);
        must_be_ready_();
    }
}

/* Another source, of jobs that never end. */
static struct job_ endless_[LIMITS_];
static int endless_begun_;

static struct future *next_endless_(void *data)
{
    CHECK(data == &endless_, "next() was not given its own data");
    CHECK(endless_begun_ < LIMITS_, "it had room for 2 jobs, and began %d",
          endless_begun_ + 1);
    endless_[endless_begun_] = (struct job_){ .future.ops = &job_ops_ };
    return &endless_[endless_begun_++].future;
}

/* One more for_each, beside `each`: its first poll begins two jobs. */
static void must_begin_two_(struct for_each *self, struct future **room)
{
    int before = endless_begun_;
    struct poller who = { 0 };
    enum poll result;
    for_each(self, next_endless_, &endless_, room, 2);
    result = poll_by(&who, &self->future);
    CHECK(result == POLL_PENDING && endless_begun_ == before + 2,
          "two for_each at the same time, and one gets in the way of the "
          "other: what one remembers belongs into its struct, not into a "
          "static");
}

static void two_do_not_disturb_each_other(void **state)
{
    struct for_each second, third;
    struct future *room[2][2];
    (void)state;
    set_up_(4, 3);
    must_run_(3, 3);
    must_begin_two_(&second, room[0]); /* the first has no more room */
    for (int i = 0; i < 3; i++)
        finish_(i);
    must_run_(1, 4);
    must_begin_two_(&third, room[1]); /* the first has no more jobs */
    finish_(3);
    must_be_ready_();
}

/* ---- Dropped ------------------------------------------------------------- */

static void drop_it_(void)
{
    dropped_ = true;
    future_drop(&each_.future);
    for (int i = 0; i < begun_; i++) {
        CHECK(jobs_[i].over || jobs_[i].drops > 0,
              "it was dropped, and job %d was not: it still waits, and holds a "
              "waker that nobody may call any more",
              i + 1);
        CHECK(jobs_[i].drops <= !jobs_[i].over,
              "job %d was %s, and then it was dropped", i + 1,
              jobs_[i].over ? "over" : "dropped once");
    }
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
    cmocka_unit_test(so_many_begin_and_no_more),
    cmocka_unit_test(the_next_begins_when_one_is_over),
    cmocka_unit_test(several_are_over_in_one_poll),
    cmocka_unit_test(without_jobs_it_is_ready_at_once),
    cmocka_unit_test(fewer_jobs_than_room),
    cmocka_unit_test(one_after_the_other),
    cmocka_unit_test(jobs_that_are_ready_at_once_make_room_at_once),
    cmocka_unit_test(the_latest_waker_goes_to_all),
    cmocka_unit_test(many_jobs_in_odd_orders),
    cmocka_unit_test(two_do_not_disturb_each_other),
    cmocka_unit_test(a_drop_drops_the_jobs_under_way),
    cmocka_unit_test(a_drop_finds_them_behind_an_empty_slot),
    cmocka_unit_test(a_drop_before_the_first_poll_does_nothing),
};
EXERCISE_MAIN(tests)
