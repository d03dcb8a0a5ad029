/* The test does the jobs.  Handles stand on the heap, so that a job that uses
 * one after its end is caught; results are strings, so that a leak shows. */
#include ANSWER
#include "exercise.h"
#include "probes.h"

/* From the sanitizer's own header, which gcc does not install. */
int __sanitizer_get_ownership(const volatile void *block);

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
    char *copy = result ? malloc(strlen(result) + 1) : NULL;
    if (copy)
        strcpy(copy, result);
    job_finish(job_, copy);
}

static void drop_(void)
{
    future_drop(&mine_->future);
    CHECK(task_.woken == 0,
          "drop called the waker, but after a drop nobody waits any more");
    free(mine_);
    mine_ = NULL;
}

static void must_wait_(struct poller *who)
{
    int before = who->woken;
    CHECK(poll_by(who, &mine_->future) == POLL_PENDING,
          "READY although the job is not finished");
    CHECK(who->woken == before,
          "the handle wakes itself, so it is polled again and again: only the "
          "end of the job may wake it");
}

static void must_be_(const struct handle *h, const char *result)
{
    CHECK(!h->result || __sanitizer_get_ownership(h->result),
          "handle.result points to memory that does not come from malloc(), or "
          "is free again: hand over the block that job_finish() got");
    CHECK(!result || !h->result || strlen(h->result) == strlen(result),
          "the job's result has %zu characters, the handle's has %zu",
          strlen(result), strlen(h->result));
    CHECK(!result || (h->result && strcmp(h->result, result) == 0),
          "the job's result was \"%s\", the handle's is \"%s\"", result,
          h->result ? h->result : "(NULL)");
}

static void take_(struct poller *who, const char *result)
{
    CHECK(poll_by(who, &mine_->future) == POLL_READY,
          "still PENDING although the job is finished%s",
          result ? ""
                 : " and its result is NULL: only `finished` shows the "
                   "end, because NULL is a result, too");
    CHECK(mine_->result || !result,
          "READY, and handle.result is NULL: move the job's result there");
    CHECK(result || !mine_->result,
          "the job's result was NULL, the handle's is not");
    must_be_(mine_, result);
    free(mine_->result);
    future_drop(&mine_->future); /* of a future that is over: nothing */
    free(mine_);
    mine_ = NULL;
}

static void nothing_is_left_(const char *when, const char *who)
{
    size_t blocks = blocks_in_use();
    CHECK_FREED(0, "%s, %zu block%s still there: %s", when, blocks,
                blocks == 1 ? " is" : "s are", who);
}

/* ---- Somebody waits ------------------------------------------------------ */

static void while_the_job_runs_the_handle_waits(void **state)
{
    (void)state;
    start_();
    must_wait_(&task_);
    must_wait_(&task_);
    finish_("bread");
    take_(&task_, "bread");
    nothing_is_left_("the result was taken", "the handle was the last to use "
                                             "the job, so its READY poll "
                                             "frees the job");
}

static void the_end_of_the_job_wakes_it(void **state)
{
    (void)state;
    start_();
    must_wait_(&task_);
    finish_("bread");
    CHECK(task_.woken > 0, "the job is finished and nobody was woken: the task "
                           "that waits for it waits without end");
    CHECK(task_.woken == 1,
          "the end of the job woke the task %d times: once is enough",
          task_.woken);
    take_(&task_, "bread");
    nothing_is_left_("the result was taken", "the handle was the last to use "
                                             "the job, so its READY poll "
                                             "frees the job");
}

static void a_job_that_was_faster_is_ready_at_once(void **state)
{
    (void)state;
    start_();
    finish_("toast");
    take_(&task_, "toast");
    nothing_is_left_("the result was taken", "who frees the job?");
}

static void a_result_may_be_anything(void **state)
{
    static char thousand[1001];
    const char *results[] = { NULL, "", thousand, NULL };
    (void)state;
    memset(thousand, 'x', sizeof thousand - 1);
    for (int i = 0; i < 4; i++) {
        start_();
        must_wait_(&task_);
        finish_(results[i]);
        CHECK(task_.woken == 1,
              "a job ended with the result \"%.3s\", and the task that waits "
              "was woken %d times",
              results[i] ? results[i] : "(NULL)", task_.woken);
        take_(&task_, results[i]);
        start_();
        finish_(results[i]);
        take_(&task_, results[i]);
        start_();
        finish_(results[i]);
        drop_();
        start_();
        drop_();
        finish_(results[i]);
        nothing_is_left_("four jobs are over",
                         "a result may be NULL, or empty, or long");
    }
}

static struct future *waiting_(void)
{
    free(mine_);
    start_();
    return &mine_->future;
}

static void it_ends_(void)
{
    finish_("bread");
}

static void only_the_latest_waker_is_woken(void **state)
{
    (void)state;
    probe_wakers(waiting_, it_ends_);
    free(mine_);
}

static void takes_inside_the_wake_(struct poller *who)
{
    (void)who;
    CHECK(poll_by(&other_, &mine_->future) == POLL_READY,
          "you called the waker before the job was finished: a task that polls "
          "at once finds nothing, and nothing wakes it again");
    CHECK(mine_->result && strcmp(mine_->result, "bread") == 0,
          "you called the waker before the result was in its place: a task "
          "that polls at once gets nothing");
    free(mine_->result);
    free(mine_);
    mine_ = NULL;
}

static void the_task_you_wake_may_take_the_result_at_once(void **state)
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

static void the_task_you_wake_may_drop_the_handle_at_once(void **state)
{
    (void)state;
    start_();
    must_wait_(&task_);
    task_.on_wake = drops_inside_the_wake_;
    finish_("bread");
    nothing_is_left_("the handle was dropped inside the wake",
                     "the job and its result had no other owner");
}

/* ---- Two at the same time ------------------------------------------------ */

struct life_ {
    struct poller task;
    struct job *job;
    struct handle handle;
    char result[12];
    bool goes; /* it does not wait for the end */
};

static void begins_(void *life)
{
    static int number;
    struct life_ *me = life;
    me->goes = number++ % 3 == 0;
    me->task = (struct poller){ 0 };
    me->job = job_start();
    snprintf(me->result, sizeof me->result, "bread %d", number);
    handle(&me->handle, me->job);
}

static void waits_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_by(&me->task, &me->handle.future) == POLL_PENDING,
          "READY although the job is not finished");
}

static void may_go_(void *life)
{
    struct life_ *me = life;
    if (me->goes)
        future_drop(&me->handle.future);
}

static void its_job_ends_(void *life)
{
    struct life_ *me = life;
    char *copy = malloc(sizeof me->result);
    memcpy(copy, me->result, sizeof me->result);
    job_finish(me->job, copy);
    CHECK(me->task.woken == !me->goes,
          "the job's end woke the task that %s for it %d times",
          me->goes ? "no longer waits" : "waits", me->task.woken);
}

static void takes_it_(void *life)
{
    struct life_ *me = life;
    if (me->goes)
        return;
    CHECK(poll_by(&me->task, &me->handle.future) == POLL_READY,
          "still PENDING although the job is finished");
    must_be_(&me->handle, me->result);
    free(me->handle.result);
}

static void two_jobs_do_not_know_each_other(void **state)
{
    (void)state;
    PROBE_LIVES(life_, begins_, waits_, may_go_, its_job_ends_, takes_it_);
    nothing_is_left_("many pairs of jobs are over", "who frees them?");
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
        finish_("cold bread");
        CHECK(task_.woken == 0,
              "the job's end woke a task after its handle was dropped: by then "
              "that task may be finished, and its memory freed");
        nothing_is_left_("the handle was dropped, then the job finished",
                         "job_finish() is the last to use the job, so it frees "
                         "the job and the result; how does it know that nobody "
                         "waits?");
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
    cmocka_unit_test(the_task_you_wake_may_take_the_result_at_once),
    cmocka_unit_test(dropped_before_the_end_it_detaches),
    cmocka_unit_test(dropped_after_the_end_it_frees_the_result),
    cmocka_unit_test(two_jobs_do_not_know_each_other),
    cmocka_unit_test(only_the_latest_waker_is_woken),
    cmocka_unit_test(the_task_you_wake_may_drop_the_handle_at_once),
    cmocka_unit_test(a_result_may_be_anything),
};
EXERCISE_MAIN(tests)
