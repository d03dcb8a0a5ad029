/* The test makes the jobs, numbered in the order begun, and says when each is
 * over.  It counts how many are under way. */
#include "exercise.h"
#include ANSWER

enum { JOBS = 40, LIMITS = 8 };

struct job {
    struct future future;
    bool done; /* its next poll is READY */
    bool over; /* that poll has been */
    int polls, drops;
    struct waker waker;
};

static struct job jobs[JOBS];
static int count, begun, ended; /* jobs there are, and were begun, and ended */
static int at_once;             /* this many are READY in their first poll */
static bool told;               /* next() has said NULL */
static bool dropped;            /* nothing may begin any more */
static struct for_each each;
static struct future *slots[LIMITS];
static struct poller task;

static enum poll job_poll(struct future *f, struct context *cx)
{
    struct job *self = container_of(f, struct job, future);
    self->polls++;
    self->waker = (struct waker){ NULL, NULL };
    if (self->done) {
        self->over = true;
        ended++;
        return POLL_READY;
    }
    self->waker = context_waker(cx);
    return POLL_PENDING;
}

static void job_drop(struct future *f)
{
    struct job *self = container_of(f, struct job, future);
    self->waker = (struct waker){ NULL, NULL };
    self->drops++;
}

static const struct future_ops job_ops = { .name = "job",
                                           .poll = job_poll,
                                           .drop = job_drop };

static struct future *next_job(void *data)
{
    struct job *job = &jobs[begun];
    CHECK(!dropped, "it was dropped, and began another job");
    CHECK(data == &jobs, "next() was not given its own data");
    CHECK(!told, "next() said NULL, no more jobs, and was called again");
    if (begun == count) {
        told = true;
        return NULL;
    }
    begun++;
    CHECK(begun - ended <= each.limit,
          "at most %d jobs may be under way, and this is number %d: next() "
          "begins a job, so call it only when there is room",
          each.limit, begun - ended);
    *job = (struct job){ .future.ops = &job_ops, .done = begun <= at_once };
    return &job->future;
}

static void set_up(int n, int limit)
{
    memset(jobs, 0, sizeof jobs);
    task = (struct poller){ 0 };
    count = n;
    begun = ended = at_once = 0;
    told = dropped = false;
    for_each(&each, next_job, &jobs, slots, limit);
}

/* Job i, of those begun, can go on to its end. */
static void finish(int i)
{
    int before = task.woken;
    jobs[i].done = true;
    waker_wake(jobs[i].waker);
    CHECK(task.woken == before + 1,
          "job %d can go on, and its waker did not wake the one who polls "
          "for_each",
          i + 1);
}

static void must_all_wait(void)
{
    for (int i = 0; i < begun; i++) {
        CHECK(jobs[i].polls > 0,
              "PENDING, and job %d was begun and not polled: it has no waker, "
              "so nobody would ever wake us for it",
              i + 1);
        CHECK(jobs[i].over || !jobs[i].done,
              "job %d can go on, and was not polled", i + 1);
    }
}

/* A poll after which this many are under way, and this many have begun. */
static void must_run(int under_way, int all_begun)
{
    int polls[JOBS], woken = task.woken;
    enum poll result;
    for (int i = 0; i < JOBS; i++)
        polls[i] = jobs[i].polls;
    result = poll_by(&task, &each.future);
    CHECK(result == POLL_PENDING || begun > ended,
          "READY, and next() has not said NULL: there are more jobs");
    CHECK(result == POLL_PENDING,
          "READY, and %d jobs that were begun are not over", begun - ended);
    must_all_wait();
    CHECK(begun - ended == under_way && begun == all_begun,
          "jobs under way: %d, begun so far: %d.  It should be %d and %d: "
          "there is room for %d, and a new one begins as soon as one is over",
          begun - ended, begun, under_way, all_begun, each.limit);
    for (int i = 0; i < begun; i++)
        CHECK(jobs[i].over || jobs[i].polls > polls[i],
              "job %d is under way, and this poll did not ask it: whether it "
              "can go on, only its own poll can tell",
              i + 1);
    CHECK(task.woken == woken,
          "it woke itself in its poll: nothing has happened, so whoever polls "
          "it would poll it again and again");
}

static void must_be_ready(void)
{
    CHECK(poll_by(&task, &each.future) == POLL_READY,
          "%s, and it is PENDING: nobody is left who could wake it",
          count == 0 ? "there are no jobs" : "all jobs are over");
    CHECK(begun == count, "READY, and of %d jobs only %d were begun", count,
          begun);
    CHECK(ended == begun, "READY, and %d jobs that were begun are not over",
          begun - ended);
}

/* ---- To the end ---------------------------------------------------------- */

static void nothing_begins_before_the_first_poll(void **state)
{
    (void)state;
    set_up(5, 3);
    CHECK(begun == 0, "a job began before the first poll: a future is lazy");
}

static void without_jobs_it_is_ready_at_once(void **state)
{
    (void)state;
    set_up(0, 3);
    must_be_ready();
}

static void so_many_begin_and_no_more(void **state)
{
    (void)state;
    set_up(5, 3);
    must_run(3, 3);
    must_run(3, 3);
}

static void the_next_begins_when_one_is_over(void **state)
{
    (void)state;
    set_up(6, 3);
    must_run(3, 3);
    finish(1);
    must_run(3, 4);
    finish(3);
    must_run(3, 5);
    finish(0);
    must_run(3, 6);
    finish(5);
    must_run(2, 6);
    finish(2);
    must_run(1, 6);
    finish(4);
    must_be_ready();
}

static void several_are_over_in_one_poll(void **state)
{
    (void)state;
    set_up(6, 3);
    must_run(3, 3);
    finish(2);
    finish(0);
    must_run(3, 5);
    finish(1);
    finish(3);
    finish(4);
    must_run(1, 6);
    finish(5);
    must_be_ready();
}

static void fewer_jobs_than_room(void **state)
{
    (void)state;
    set_up(2, 5);
    must_run(2, 2);
    finish(1);
    must_run(1, 2);
    finish(0);
    must_be_ready();
}

static void one_after_the_other(void **state)
{
    (void)state;
    set_up(3, 1);
    must_run(1, 1);
    finish(0);
    must_run(1, 2);
    finish(1);
    must_run(1, 3);
    finish(2);
    must_be_ready();
}

static void jobs_that_are_ready_at_once_make_room_at_once(void **state)
{
    (void)state;
    set_up(6, 2);
    at_once = 6;
    must_be_ready();
    set_up(9, 2);
    at_once = 7;
    must_run(2, 9);
    finish(7);
    finish(8);
    must_be_ready();
}

static void the_latest_waker_goes_to_all(void **state)
{
    struct poller earlier = { 0 };
    (void)state;
    set_up(4, 3);
    (void)poll_by(&earlier, &each.future);
    must_run(3, 3);
    finish(2);
    CHECK(earlier.woken == 0, "it woke the one who polled before, not the one "
                              "who polled last");
}

static void many_jobs_in_odd_orders(void **state)
{
    (void)state;
    for (int step = 1; step < LIMITS; step++) {
        set_up(JOBS, 7);
        must_run(7, 7);
        while (ended < JOBS - 7) {
            int i = 0, skip = step;
            while (jobs[i].over || skip-- > 1)
                i = (i + 1) % begun;
            finish(i);
            must_run(7, ended + 8);
        }
        for (int i = 0; i < JOBS; i++)
            if (!jobs[i].over)
                finish(i);
        must_be_ready();
    }
}

/* Another source, of jobs that never end. */
static struct job endless[LIMITS];
static int endless_begun;

static struct future *next_endless(void *data)
{
    CHECK(data == &endless, "next() was not given its own data");
    CHECK(endless_begun < LIMITS, "it had room for 2 jobs, and began %d",
          endless_begun + 1);
    endless[endless_begun] = (struct job){ .future.ops = &job_ops };
    return &endless[endless_begun++].future;
}

/* One more for_each, beside `each`: its first poll begins two jobs. */
static void must_begin_two(struct for_each *self, struct future **room)
{
    int before = endless_begun;
    struct poller who = { 0 };
    enum poll result;
    for_each(self, next_endless, &endless, room, 2);
    result = poll_by(&who, &self->future);
    CHECK(result == POLL_PENDING && endless_begun == before + 2,
          "two for_each at the same time, and one gets in the way of the "
          "other: what one remembers belongs into its struct, not into a "
          "static");
}

static void two_do_not_disturb_each_other(void **state)
{
    struct for_each second, third;
    struct future *room[2][2];
    (void)state;
    set_up(4, 3);
    must_run(3, 3);
    must_begin_two(&second, room[0]); /* the first has no more room */
    for (int i = 0; i < 3; i++)
        finish(i);
    must_run(1, 4);
    must_begin_two(&third, room[1]); /* the first has no more jobs */
    finish(3);
    must_be_ready();
}

/* ---- Dropped ------------------------------------------------------------- */

static void drop_it(void)
{
    dropped = true;
    future_drop(&each.future);
    for (int i = 0; i < begun; i++) {
        CHECK(jobs[i].over || jobs[i].drops > 0,
              "it was dropped, and job %d was not: it still waits, and holds a "
              "waker that nobody may call any more",
              i + 1);
        CHECK(jobs[i].drops <= !jobs[i].over,
              "job %d was %s, and then it was dropped", i + 1,
              jobs[i].over ? "over" : "dropped once");
    }
}

static void a_drop_drops_the_jobs_under_way(void **state)
{
    (void)state;
    set_up(6, 3);
    must_run(3, 3);
    finish(1);
    must_run(3, 4);
    drop_it();
}

static void a_drop_finds_them_behind_an_empty_slot(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        set_up(3, 3);
        must_run(3, 3);
        finish(i);
        must_run(2, 3);
        drop_it();
    }
}

static void a_drop_before_the_first_poll_does_nothing(void **state)
{
    (void)state;
    set_up(6, 3);
    dropped = true;
    future_drop(&each.future);
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
