/* The test does the jobs.  Handles stand on the heap, so that a job that uses
 * one after its end is caught; results are strings, so that a leak shows. */
#include "exercise.h"
#include ANSWER

static struct job *job;
static struct handle *mine;
static struct poller task, other;

static void start(void)
{
    job = job_start();
    mine = malloc(sizeof *mine);
    handle(mine, job);
    task = other = (struct poller){ 0 };
}

static void finish(const char *result)
{
    char *copy = malloc(strlen(result) + 1);
    strcpy(copy, result);
    job_finish(job, copy);
}

static void drop(void)
{
    future_drop(&mine->future);
    CHECK(task.woken == 0, "drop called the waker: nobody waits any more");
    free(mine);
    mine = NULL;
}

static void must_wait(struct poller *who)
{
    int before = who->woken;
    CHECK(poll_by(who, &mine->future) == POLL_PENDING,
          "READY although the job is not finished");
    CHECK(who->woken == before, "the handle wakes itself, so it is polled "
                                "again and again: the job's end wakes it");
}

static void take(struct poller *who, const char *result)
{
    CHECK(poll_by(who, &mine->future) == POLL_READY,
          "still PENDING although the job is finished");
    CHECK(mine->result, "READY, and handle.result is NULL: hand it over");
    CHECK(strcmp(mine->result, result) == 0,
          "the job's result was \"%s\", the handle's is \"%s\"", result,
          mine->result);
    free(mine->result);
    future_drop(&mine->future); /* of a future that is over: nothing */
    free(mine);
    mine = NULL;
}

static void nothing_is_left(const char *when, const char *who)
{
    size_t blocks = blocks_in_use();
    CHECK(blocks == 0, "%s, %zu block%s still there: %s", when, blocks,
          blocks == 1 ? " is" : "s are", who);
}

/* ---- Somebody waits ------------------------------------------------------ */

static void while_the_job_runs_the_handle_waits(void **state)
{
    (void)state;
    start();
    must_wait(&task);
    must_wait(&task);
    free(mine); /* nobody finishes it, nobody drops it */
    free(job);
}

static void the_end_of_the_job_wakes_it(void **state)
{
    (void)state;
    start();
    must_wait(&task);
    finish("bread");
    CHECK(task.woken > 0,
          "the job is finished and nobody was woken: whoever waits for it "
          "waits for ever");
    CHECK(task.woken == 1, "one end woke %d times, once is enough", task.woken);
    take(&task, "bread");
    nothing_is_left("the result was taken",
                    "READY lets go of the job, and it was the last to hold it");
}

static void a_job_that_was_faster_is_ready_at_once(void **state)
{
    (void)state;
    start();
    finish("toast");
    take(&task, "toast");
    nothing_is_left("the result was taken", "who frees the job?");
}

static void only_the_latest_waker_is_woken(void **state)
{
    (void)state;
    start();
    must_wait(&task);
    must_wait(&other);
    finish("bread");
    CHECK(task.woken == 0, "you woke the waker of an earlier poll: the latest "
                           "counts, the handle may have changed hands");
    CHECK(other.woken == 1, "the waker of the latest poll was called %d times",
          other.woken);
    take(&other, "bread");
}

static void takes_inside_the_wake(void)
{
    CHECK(poll_by(&other, &mine->future) == POLL_READY,
          "you called the waker before the job was finished: whoever polls at "
          "once finds nothing, and is not woken again");
    CHECK(mine->result && strcmp(mine->result, "bread") == 0,
          "you called the waker before the result was in its place: whoever "
          "polls at once gets nothing");
    free(mine->result);
    free(mine);
    mine = NULL;
}

static void the_one_you_wake_may_take_the_result_at_once(void **state)
{
    (void)state;
    start();
    must_wait(&task);
    task.on_wake = takes_inside_the_wake;
    finish("bread");
    nothing_is_left("the result was taken inside the wake",
                    "who frees the job?");
}

static void drops_inside_the_wake(void)
{
    task.woken = 0;
    drop();
}

static void the_one_you_wake_may_drop_the_handle_at_once(void **state)
{
    (void)state;
    start();
    must_wait(&task);
    task.on_wake = drops_inside_the_wake;
    finish("bread");
    nothing_is_left("the handle was dropped inside the wake",
                    "the job and its result had no other owner");
}

static void two_jobs_do_not_know_each_other(void **state)
{
    struct job *first;
    struct handle *its;
    (void)state;
    start();
    must_wait(&task);
    first = job;
    its = mine;
    job = job_start();
    mine = malloc(sizeof *mine);
    handle(mine, job);
    must_wait(&other);
    finish("cake");
    CHECK(task.woken == 0 && other.woken == 1,
          "there were two jobs, one came to its end, and the one who waits for "
          "it was woken %d times, the one who waits for the other job %d: what "
          "you remember of a job belongs into that job",
          other.woken, task.woken);
    take(&other, "cake");
    job = first;
    mine = its;
    finish("bread");
    CHECK(task.woken == 1 && other.woken == 1,
          "there were two jobs, the second came to its end, and the one who "
          "waits for it was woken %d times: what you remember of a job belongs "
          "into that job",
          task.woken);
    take(&task, "bread");
}

/* ---- Nobody waits -------------------------------------------------------- */

static void dropped_before_the_end_it_detaches(void **state)
{
    (void)state;
    for (int polls = 0; polls <= 1; polls++) {
        start();
        if (polls)
            must_wait(&task);
        drop();
        CHECK(job->detached, "dropped, and job.detached is false: how shall "
                             "the job know that nobody waits?");
        CHECK(!job->finished, "drop says that the job is finished; it goes on, "
                              "only nobody waits for it");
        finish("cold bread");
        CHECK(task.woken == 0,
              "the job's end woke a task after its handle was dropped: by then "
              "that task may be gone, memory and all");
        nothing_is_left("the handle was dropped, then the job finished",
                        "the job is the last, so it frees itself and the "
                        "result");
    }
}

static void dropped_after_the_end_it_frees_the_result(void **state)
{
    (void)state;
    for (int polls = 0; polls <= 1; polls++) {
        start();
        if (polls)
            must_wait(&task);
        finish("old bread");
        task.woken = 0;
        drop();
        nothing_is_left("the job finished, then the handle was dropped",
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
