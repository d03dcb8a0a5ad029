/* The test sends the jobs 1, 2, 3 ..., and plays the workers: each has a
 * channel with room for one job, which the test takes or leaves there. */
#include ANSWER
#include "exercise_executor.h"

enum { MANY_ = WORKERS, ROOM_ = 2, JOBS_ = 400 };

struct works_ {
    job_tx jobs; /* where the jobs come from */
    job_rx workers[MANY_];
    int count;
    struct task *task;
    int sent;             /* the number of the latest job */
    int taken[JOBS_ + 1]; /* how often */
    size_t blocks;
};

static struct executor *ex_;
static struct works_ w_;

static void open_with_(int count)
{
    job_tx tx[MANY_];
    job_rx rx;
    ex_ = virtual_executor();
    w_ = (struct works_){ .count = count, .blocks = blocks_in_use() };
    if (mpsc_open(&w_.jobs, &rx, ROOM_, NULL))
        reject("no memory");
    for (int i = 0; i < count; i++)
        if (mpsc_open(&tx[i], &w_.workers[i], 1, NULL))
            reject("no memory");
    w_.task = task_spawn(ex_, fan_out(task_slot(struct fan_out), rx, tx,
                                      (size_t)count));
}

/* Until nothing is ready: then the clock goes on. */
static void let_run_(void)
{
    struct sleep nap;
    block_on(ex_, sleep_ms(&nap, 1));
    CHECK(ex_->wheel.next == UINT64_MAX,
          "fan_out() waits by a timer (sleep_ms): wait for room itself; a send "
          "is woken when there is some");
}

/* One more job.  False: there is no room in the queue. */
static bool send_(void)
{
    int job = w_.sent + 1, rc = mpsc_try_send(&w_.jobs, &job);
    CHECK(rc == 0 || rc == UV_EAGAIN,
          "there are workers, and fan_out() receives no jobs any more");
    w_.sent += rc == 0;
    let_run_();
    return rc == 0;
}

/* What worker i has: its job is done.  0: none. */
static int take_(int i)
{
    int job;
    if (!w_.workers[i].rx || mpsc_try_recv(&w_.workers[i], &job))
        return 0;
    CHECK(job > 0 && job <= w_.sent,
          "a worker got the job %d, and the jobs are 1 to %d: does the send "
          "point to the job?",
          job, w_.sent);
    CHECK(w_.taken[job]++ == 0,
          "two workers got job %d: a job goes to one worker only", job);
    let_run_();
    return job;
}

static int take_all_(void)
{
    int taken = 0;
    for (bool more = true; more;) {
        more = false;
        for (int i = 0; i < w_.count; i++)
            if (take_(i)) {
                taken++;
                more = true;
            }
    }
    return taken;
}

static void all_must_be_taken_(void)
{
    take_all_();
    for (int job = 1; job <= w_.sent; job++)
        CHECK(w_.taken[job], "%d jobs were sent, and no worker got job %d",
              w_.sent, job);
}

static void worker_goes_(int i)
{
    mpsc_receiver_drop(&w_.workers[i]);
    let_run_();
}

static void must_be_over_(int status, const char *why)
{
    struct fan_out *f;
    let_run_();
    CHECK(task_is_over(w_.task), "%s, and fan_out() has not ended", why);
    f = task_output(w_.task, struct fan_out);
    CHECK(f->status == status, "%s, and fan_out() has the status %d, not %s",
          why, f->status, status ? "UV_EPIPE" : "0");
}

static void close_(void)
{
    int left = 0;
    mpsc_sender_drop(&w_.jobs);
    let_run_();
    CHECK(task_is_over(w_.task),
          "no more jobs will come, and fan_out() has not ended");
    for (int i = 0; i < w_.count; i++) {
        int job;
        CHECK(!w_.workers[i].rx ||
                  mpsc_try_recv(&w_.workers[i], &job) == UV_EOF,
              "fan_out() is over, and worker %d still waits for jobs: the "
              "sender to it was not dropped",
              i + 1);
        left += w_.workers[i].rx != NULL;
        mpsc_receiver_drop(&w_.workers[i]);
    }
    task_detach(w_.task);
    CHECK_FREED(w_.blocks,
                "fan_out() is over, of %d workers %d were there to the end, "
                "and a "
                "channel is not freed: which end of it was not dropped?",
                w_.count, left);
}

/* ---- Jobs ---------------------------------------------------------------- */

static void one_worker_gets_all_jobs_in_order(void **state)
{
    (void)state;
    open_with_(1);
    for (int job = 1; job <= 10; job++) {
        int got;
        send_();
        got = take_(0);
        CHECK(got == job,
              got ? "job %d was sent, and the worker got job %d"
                  : "job %d was sent, and the worker got none",
              job, got);
    }
    close_();
}

static void each_job_goes_to_one_worker(void **state)
{
    (void)state;
    open_with_(3);
    for (int i = 0; i < 60; i++) {
        send_();
        if (i % 3 == 2)
            all_must_be_taken_();
    }
    all_must_be_taken_();
    close_();
}

static void a_busy_worker_holds_up_nobody(void **state)
{
    (void)state;
    for (int busy = 0; busy < 3; busy++) {
        int taken = 0;
        open_with_(3);
        for (int i = 0; i < 40; i++) {
            send_();
            for (int k = 0; k < 3; k++)
                taken += k != busy && take_(k);
        }
        CHECK(taken >= w_.sent - 1 && w_.sent == 40,
              "worker %d of 3 was busy with one job all the time, the other "
              "two were always free, and of 40 jobs they got only %d",
              busy + 1, taken);
        all_must_be_taken_();
        close_();
    }
}

static void if_all_are_busy_it_waits(void **state)
{
    int accepted = 0;
    (void)state;
    open_with_(3);
    while (accepted < 20 && send_())
        accepted++;
    CHECK(accepted == 3 + 1 + ROOM_,
          "3 workers are busy with a job each, the queue has room for %d, and "
          "%d jobs were accepted; at most one more may be at hand",
          ROOM_, accepted);
    CHECK(take_(1) > 0, "a worker of 3 has no job, although more are there");
    CHECK(take_(1) > 0, "a worker has room again, and gets no job");
    all_must_be_taken_();
    close_();
}

static void after_the_last_job_it_ends(void **state)
{
    (void)state;
    open_with_(2);
    send_();
    send_();
    send_();
    mpsc_sender_drop(&w_.jobs);
    all_must_be_taken_();
    must_be_over_(0, "all jobs are done, and no more will come");
    close_();
    open_with_(2);
    mpsc_sender_drop(&w_.jobs);
    must_be_over_(0, "there were no jobs, and none will come");
    close_();
}

/* ---- Workers that go ----------------------------------------------------- */

static void the_job_of_one_who_is_gone_goes_to_another(void **state)
{
    (void)state;
    for (int gone = 0; gone < 3; gone++) {
        open_with_(3);
        worker_goes_(gone);
        ASIDE("One of three workers was gone.");
        for (int i = 0; i < 30; i++) {
            send_();
            take_all_();
        }
        all_must_be_taken_();
        close_();
        ASIDE("");
    }
}

static void one_may_go_while_a_job_waits_for_it(void **state)
{
    int job;
    (void)state;
    open_with_(2);
    while (send_()) {
    }
    ASIDE("A worker went, with its job, while all were busy and a job was at "
          "hand.");
    if (mpsc_try_recv(&w_.workers[0], &job) == 0)
        w_.taken[job]++; /* so it does not wait for another one */
    worker_goes_(0);
    all_must_be_taken_();
    for (int i = 0; i < 10; i++) {
        send_();
        all_must_be_taken_();
    }
    ASIDE("");
    close_();
}

/* `gone` went with the job at hand on offer; then `frees` has room. */
static void whoever_has_room_gets_the_job_(int gone, int frees)
{
    int job;
    open_with_(3);
    while (send_()) {
    }
    ASIDE("All three workers were busy, a job was at hand, and one of them "
          "went; then one of the other two had room.");
    if (mpsc_try_recv(&w_.workers[gone], &job) == 0)
        w_.taken[job]++;
    worker_goes_(gone);
    CHECK(take_(frees) > 0, "a busy worker has no job");
    CHECK(take_(frees) > 0,
          "a worker has room, and gets no job: if one is gone, offer the job "
          "to all the others again, and not to a certain one");
    all_must_be_taken_();
    ASIDE("");
    close_();
}

static void after_one_has_gone_whoever_has_room_gets_the_job(void **state)
{
    (void)state;
    for (int gone = 0; gone < 3; gone++) {
        whoever_has_room_gets_the_job_(gone, (gone + 1) % 3);
        whoever_has_room_gets_the_job_(gone, (gone + 2) % 3);
    }
}

static void when_all_are_gone_it_ends(void **state)
{
    struct fan_out *f;
    (void)state;
    open_with_(3);
    for (int i = 0; i < 3; i++)
        worker_goes_(i);
    send_();
    must_be_over_(UV_EPIPE, "all workers are gone, and a job came");
    f = task_output(w_.task, struct fan_out);
    CHECK(f->job == 1,
          "nobody took job 1, so it stays in `job`, and there is "
          "%d",
          f->job);
    CHECK(mpsc_is_closed(&w_.jobs), "fan_out() has ended, and its receiver was "
                                    "not dropped: who sends jobs never hears "
                                    "of it");
    close_();

    open_with_(2);
    while (send_()) {
    }
    for (int i = 0; i < 2; i++)
        worker_goes_(i);
    must_be_over_(UV_EPIPE, "a job was at hand, and all workers went");
    f = task_output(w_.task, struct fan_out);
    CHECK(f->job == 3,
          "job 3 was at hand, and nobody took it, so it stays in `job`, and "
          "there is %d: do not take another one",
          f->job);
    close_();
}

static void without_any_worker_it_ends_too(void **state)
{
    (void)state;
    open_with_(0);
    mpsc_sender_drop(&w_.jobs);
    must_be_over_(0, "there is no worker, and no job will come");
    close_();

    open_with_(0);
    WHILE("a job comes, and there was no worker from the start");
    (void)send_();
    must_be_over_(UV_EPIPE, "a job came, and there was no worker from the "
                            "start");
    CHECK(task_output(w_.task, struct fan_out)->job == 1,
          "there was no worker from the start, so job 1 stays in `job`, and "
          "there is %d",
          task_output(w_.task, struct fan_out)->job);
    close_();
}

static void any_number_may_be_a_job(void **state)
{
    (void)state;
    open_with_(2);
    worker_goes_(0);
    for (int job = -4; job <= 2; job++) {
        int got = 1000;
        CHECK(mpsc_try_send(&w_.jobs, &job) == 0, "a job finds no room");
        let_run_();
        CHECK(mpsc_try_recv(&w_.workers[1], &got) == 0 && got == job,
              "one of two workers is gone, and the other one did not get the "
              "job %d",
              job);
        let_run_();
    }
    worker_goes_(1);
    CHECK(mpsc_try_send(&w_.jobs, &(int){ 0 }) == 0, "a job finds no room");
    must_be_over_(UV_EPIPE, "all workers are gone, and the job 0 came");
    close_();
}

/* ---- Dropped ------------------------------------------------------------- */

static void there_may_be_eight_workers(void **state)
{
    (void)state;
    for (int gone = 0; gone <= WORKERS; gone++) {
        int before;
        open_with_(WORKERS);
        for (int i = 0; i < WORKERS; i++)
            send_();
        before = w_.sent;
        for (int i = 0; i < WORKERS; i++)
            CHECK(take_(i),
                  "8 workers are free, 8 jobs were sent, and worker "
                  "%d has none",
                  i + 1);
        if (gone < WORKERS)
            worker_goes_(gone);
        for (int i = 0; i < 2 * WORKERS; i++) {
            send_();
            if (i % 3 == 2)
                take_all_();
        }
        CHECK(w_.sent == before + 2 * WORKERS, "a job finds no room, and some "
                                               "workers are free");
        all_must_be_taken_();
        close_();
    }
}

static void it_may_be_dropped_at_any_moment(void **state)
{
    (void)state;
    for (int jobs = -1; jobs < 8; jobs++) {
        open_with_(2);
        if (jobs >= 0)
            let_run_();
        for (int i = 0; i < jobs; i++)
            send_();
        task_abort(w_.task);
        let_run_();
        ASIDE(jobs < 0 ? "It was dropped before its first poll."
                       : "It was dropped.");
        for (int i = 0; i < 2; i++)
            take_(i);
        CHECK(mpsc_is_closed(&w_.jobs),
              "fan_out() is over, and its receiver was not dropped");
        close_();
        ASIDE("");
    }
}

/* By hand, so that each place is met where it waits, or yields. */
static void it_may_be_dropped_between_any_two_polls(void **state)
{
    static struct fan_out self;
    (void)state;
    for (int polls = 1; polls < 6; polls++) {
        struct poller task = { .executor = virtual_executor() };
        size_t before = blocks_in_use();
        job_tx jobs, workers[2];
        job_rx from, to[2];
        struct future *f;
        int job = 7;
        if (mpsc_open(&jobs, &from, 4, NULL) ||
            mpsc_open(&workers[0], &to[0], 1, NULL) ||
            mpsc_open(&workers[1], &to[1], 1, NULL))
            reject("no memory");
        f = fan_out(&self, from, workers, 2);
        while (mpsc_try_send(&jobs, &job) == 0) {
        }
        for (int i = 0; i < polls && task.woken >= i; i++)
            CHECK(poll_by(&task, f) == POLL_PENDING,
                  "more jobs may come, and fan_out() has ended");
        future_drop(f);
        for (int i = 0; i < 2; i++) {
            while (mpsc_try_recv(&to[i], &job) == 0) {
            }
            CHECK(mpsc_try_recv(&to[i], &job) == UV_EOF,
                  "fan_out() was dropped after %d polls, and worker %d still "
                  "waits for jobs: was a sender not dropped, or a permit?",
                  task.polls, i + 1);
            mpsc_receiver_drop(&to[i]);
        }
        mpsc_sender_drop(&jobs);
        CHECK_FREED(before,
                    "fan_out() was dropped after %d polls, and a channel is "
                    "not freed: which end of it was not dropped?",
                    task.polls);
    }
}

static void ends_(void)
{
    mpsc_sender_drop(&w_.jobs);
    must_be_over_(0, "no more jobs will come");
    for (int i = 0; i < w_.count; i++)
        mpsc_receiver_drop(&w_.workers[i]);
    task_detach(w_.task);
}

static void two_do_not_know_each_other(void **state)
{
    struct works_ first, second;
    (void)state;
    open_with_(2);
    while (send_()) { /* it waits for room */
    }
    first = w_;
    open_with_(3);
    while (send_()) {
    }
    ASIDE("Another fan_out() was at work at the same time.");
    second = w_;
    w_ = first;
    all_must_be_taken_();
    first = w_;
    w_ = second;
    all_must_be_taken_();
    second = w_;
    w_ = first;
    ends_();
    w_ = second;
    ends_();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(one_worker_gets_all_jobs_in_order),
    cmocka_unit_test(each_job_goes_to_one_worker),
    cmocka_unit_test(a_busy_worker_holds_up_nobody),
    cmocka_unit_test(if_all_are_busy_it_waits),
    cmocka_unit_test(after_the_last_job_it_ends),
    cmocka_unit_test(the_job_of_one_who_is_gone_goes_to_another),
    cmocka_unit_test(one_may_go_while_a_job_waits_for_it),
    cmocka_unit_test(after_one_has_gone_whoever_has_room_gets_the_job),
    cmocka_unit_test(when_all_are_gone_it_ends),
    cmocka_unit_test(without_any_worker_it_ends_too),
    cmocka_unit_test(any_number_may_be_a_job),
    cmocka_unit_test(there_may_be_eight_workers),
    cmocka_unit_test(it_may_be_dropped_at_any_moment),
    cmocka_unit_test(it_may_be_dropped_between_any_two_polls),
    cmocka_unit_test(two_do_not_know_each_other),
};
EXERCISE_MAIN(tests)
