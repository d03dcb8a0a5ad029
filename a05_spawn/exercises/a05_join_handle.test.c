/* The test does the jobs.  Handles stand on the heap, so that a job that uses
 * one after its end is caught; results are strings, so that a leak shows. */
#include ANSWER
#include "exercise.h"

static struct job *job_;
static struct handle *mine_;
static struct poller task_, other_;

static void start_(void)
{
    job_ = job_start();
    mine_ = malloc(sizeof *mine_);
    handle(mine_, job_);
    task_ = other_ = (struct poller){ 0 };
}

static void finish_(const char *result)
{
    char *copy = malloc(strlen(result) + 1);
    strcpy(copy, result);
    job_finish(job_, copy);
}

static void drop_(void)
{
    future_drop(&mine_->future);
    CHECK(task_.woken == 0, "drop called the waker: nobody waits any more");
    free(mine_);
    mine_ = NULL;
}

static void must_wait_(struct poller *who)
{
    int before = who->woken;
    CHECK(poll_by(who, &mine_->future) == POLL_PENDING,
          "READY although the job is not finished");
    CHECK(who->woken == before, "the handle wakes itself, so it is polled "
                                "again and again: the job's end wakes it");
}

static void take_(struct poller *who, const char *result)
{
    CHECK(poll_by(who, &mine_->future) == POLL_READY,
          "still PENDING although the job is finished");
    CHECK(mine_->result, "READY, and handle.result is NULL: hand it over");
    CHECK(strcmp(mine_->result, result) == 0,
          "the job's result was \"%s\", the handle's is \"%s\"", result,
          mine_->result);
    free(mine_->result);
    future_drop(&mine_->future); /* of a future that is over: nothing */
    free(mine_);
    mine_ = NULL;
}

static void nothing_is_left_(const char *when, const char *who)
{
    size_t blocks = blocks_in_use();
    CHECK(blocks == 0, "%s, %zu block%s still there: %s", when, blocks,
          blocks == 1 ? " is" : "s are", who);
}

/* ---- Somebody waits ------------------------------------------------------ */

static void while_the_job_runs_the_handle_waits(void **state)
{
    (void)state;
    start_();
    must_wait_(&task_);
    must_wait_(&task_);
    free(mine_); /* nobody finishes it, nobody drops it */
    free(job_);
}

static void the_end_of_the_job_wakes_it(void **state)
{
    (void)state;
    start_();
    must_wait_(&task_);
    finish_("bread");
    CHECK(task_.woken > 0,
          "the job is finished and nobody was woken: whoever waits for it "
          "waits for ever");
    CHECK(task_.woken == 1, "one end woke %d times, once is enough",
          task_.woken);
    take_(&task_, "bread");
    nothing_is_left_("the result was taken", "READY lets go of the job, and it "
                                             "was the last to hold it");
}

static void a_job_that_was_faster_is_ready_at_once(void **state)
{
    (void)state;
    start_();
    finish_("toast");
    take_(&task_, "toast");
    nothing_is_left_("the result was taken", "who frees the job?");
}

static void only_the_latest_waker_is_woken(void **state)
{
    (void)state;
    start_();
    must_wait_(&task_);
    must_wait_(&other_);
    finish_("bread");
    CHECK(task_.woken == 0, "you woke the waker of an earlier poll: the latest "
                            "counts, the handle may have changed hands");
    CHECK(other_.woken == 1, "the waker of the latest poll was called %d times",
          other_.woken);
    take_(&other_, "bread");
}

static void takes_inside_the_wake_(struct poller *who)
{
    (void)who;
    CHECK(poll_by(&other_, &mine_->future) == POLL_READY,
          "you called the waker before the job was finished: whoever polls at "
          "once finds nothing, and is not woken again");
    CHECK(mine_->result && strcmp(mine_->result, "bread") == 0,
          "you called the waker before the result was in its place: whoever "
          "polls at once gets nothing");
    free(mine_->result);
    free(mine_);
    mine_ = NULL;
}

static void the_one_you_wake_may_take_the_result_at_once(void **state)
{
    (void)state;
    start_();
    must_wait_(&task_);
    task_.on_wake = takes_inside_the_wake_;
    finish_("bread");
    nothing_is_left_("the result was taken inside the wake",
                     "who frees the job?");
}

static void drops_inside_the_wake_(struct poller *who)
{
    (void)who;
    task_.woken = 0;
    drop_();
}

static void the_one_you_wake_may_drop_the_handle_at_once(void **state)
{
    (void)state;
    start_();
    must_wait_(&task_);
    task_.on_wake = drops_inside_the_wake_;
    finish_("bread");
    nothing_is_left_("the handle was dropped inside the wake",
                     "the job and its result had no other owner");
}

static void two_jobs_do_not_know_each_other(void **state)
{
    struct job *first;
    struct handle *its;
    (void)state;
    start_();
    must_wait_(&task_);
    first = job_;
    its = mine_;
    job_ = job_start();
    mine_ = malloc(sizeof *mine_);
    handle(mine_, job_);
    must_wait_(&other_);
    finish_("cake");
    CHECK(task_.woken == 0 && other_.woken == 1,
          "there were two jobs, one came to its end, and the one who waits for "
          "it was woken %d times, the one who waits for the other job %d: what "
          "you remember of a job belongs into that job",
          other_.woken, task_.woken);
    take_(&other_, "cake");
    job_ = first;
    mine_ = its;
    finish_("bread");
    CHECK(task_.woken == 1 && other_.woken == 1,
          "there were two jobs, the second came to its end, and the one who "
          "waits for it was woken %d times: what you remember of a job belongs "
          "into that job",
          task_.woken);
    take_(&task_, "bread");
}

/* ---- Nobody waits -------------------------------------------------------- */

static void dropped_before_the_end_it_detaches(void **state)
{
    (void)state;
    for (int polls = 0; polls <= 1; polls++) {
        start_();
        if (polls)
            must_wait_(&task_);
        drop_();
        CHECK(job_->detached, "dropped, and job.detached is false: how shall "
                              "the job know that nobody waits?");
        CHECK(!job_->finished,
              "drop says that the job is finished; it goes on, "
              "only nobody waits for it");
        finish_("cold bread");
        CHECK(task_.woken == 0,
              "the job's end woke a task after its handle was dropped: by then "
              "that task may be gone, memory and all");
        nothing_is_left_("the handle was dropped, then the job finished",
                         "the job is the last, so it frees itself and the "
                         "result");
    }
}

static void dropped_after_the_end_it_frees_the_result(void **state)
{
    (void)state;
    for (int polls = 0; polls <= 1; polls++) {
        start_();
        if (polls)
            must_wait_(&task_);
        finish_("old bread");
        task_.woken = 0;
        drop_();
        nothing_is_left_("the job finished, then the handle was dropped",
                         "the handle is the last, so it frees the job and the "
                         "result");
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(while_the_job_runs_the_handle_waits),
    cmocka_unit_test(the_end_of_the_job_wakes_it),
    cmocka_unit_test(a_job_that_was_faster_is_ready_at_once),
    cmocka_unit_test(only_the_latest_waker_is_woken),
    cmocka_unit_test(the_one_you_wake_may_take_the_result_at_once),
    cmocka_unit_test(two_jobs_do_not_know_each_other),
    cmocka_unit_test(dropped_before_the_end_it_detaches),
    cmocka_unit_test(dropped_after_the_end_it_frees_the_result),
    cmocka_unit_test(the_one_you_wake_may_drop_the_handle_at_once),
};
EXERCISE_MAIN(tests)
