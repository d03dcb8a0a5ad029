/* No threads and no luck: the test is libuv.  It takes what is queued, begins,
 * works and tells when it suits the test.  Futures stand on the heap, freed as
 * soon as they are dropped, so that whoever uses one later is caught. */
#include "executor.h"

__attribute__((unused)) static int test_queue_work_(uv_loop_t *loop,
                                                    uv_work_t *request,
                                                    uv_work_cb work,
                                                    uv_after_work_cb done);
__attribute__((unused)) static int test_cancel_(uv_req_t *request);
#define uv_queue_work test_queue_work_
#define uv_cancel test_cancel_
#include ANSWER
#undef uv_queue_work
#undef uv_cancel
#include "exercise_executor.h"

enum { MOST_ = 4 };

static struct {
    uv_work_t *request;
    uv_work_cb work;
    uv_after_work_cb done;
    enum { QUEUED, RUNNING, WORKED, CANCELLED, TOLD } state;
} jobs_[MOST_];
static int queued_,
    ground_; /* how often uv_queue_work(), grinder()            */
static int beans_given_, powder_made_;
static bool on_thread_; /* inside job_work()                               */

static struct grind *mine_;
static struct poller task_, other_;

/* ---- libuv --------------------------------------------------------------- */

static int test_queue_work_(uv_loop_t *loop, uv_work_t *request,
                            uv_work_cb work, uv_after_work_cb done)
{
    CHECK(loop == virtual_executor()->loop,
          "uv_queue_work() wants the loop of the executor that polls: "
          "cx->executor->loop");
    CHECK(request && work && done,
          "uv_queue_work() wants a request and two functions");
    CHECK(queued_ < MOST_, "the work was queued %d times", queued_ + 1);
    jobs_[queued_].request = request;
    jobs_[queued_].work = work;
    jobs_[queued_].done = done;
    jobs_[queued_++].state = QUEUED;
    return 0;
}

static int test_cancel_(uv_req_t *request)
{
    for (int i = 0; i < queued_; i++)
        if ((uv_req_t *)jobs_[i].request == request && jobs_[i].state != TOLD) {
            if (jobs_[i].state != QUEUED)
                return UV_EBUSY;
            jobs_[i].state = CANCELLED;
            return 0;
        }
    reject("uv_cancel() of a request that is not queued: libuv would read "
           "memory that is not its own");
}

int grinder(int beans)
{
    CHECK(on_thread_, "grinder() was called on the loop's thread: no task runs "
                      "while it grinds, for seconds");
    CHECK(beans == beans_given_, "grinder() was to get %d beans and got %d",
          beans_given_, beans);
    ground_++;
    return powder_made_;
}

static void thread_begins_(int i)
{
    jobs_[i].state = RUNNING;
}

static void thread_works_(int i)
{
    thread_begins_(i);
    WHILE("it works on the thread");
    on_thread_ = true;
    jobs_[i].work(jobs_[i].request);
    on_thread_ = false;
    WHILE(NULL);
    jobs_[i].state = WORKED;
}

static void loop_tells_(int i)
{
    int status = jobs_[i].state == CANCELLED ? UV_ECANCELED : 0;
    jobs_[i].state = TOLD;
    jobs_[i].done(jobs_[i].request, status);
}

/* ---- What the tests do --------------------------------------------------- */

static void waker_stays_on_the_loop_(struct poller *who)
{
    (void)who;
    CHECK(!on_thread_, "you call the waker on the pool's thread: wakers of "
                       "executor.h are for the loop's own; job_done() runs "
                       "there");
}

static void start_(void)
{
    queued_ = ground_ = 0;
    beans_given_ = 40;
    powder_made_ = 21;
    mine_ = malloc(sizeof *mine_);
    grind(mine_, beans_given_);
    task_ = other_ = (struct poller){ .executor = virtual_executor(),
                                      .on_wake = waker_stays_on_the_loop_ };
}

static void must_wait_(struct poller *who)
{
    int before = who->woken;
    CHECK(poll_by(who, &mine_->future) == POLL_PENDING,
          "READY although job_done() was not called yet");
    CHECK(queued_ > 0, "PENDING, and nothing is queued: nobody grinds, nobody "
                       "wakes you");
    CHECK(who->woken == before, "your future wakes itself, so it is polled "
                                "again and again: job_done() wakes it");
}

static void must_be_over_(void)
{
    CHECK(mine_->powder == powder_made_,
          "grinder() made %d g of powder, your future says %d", powder_made_,
          mine_->powder);
    free(mine_);
    mine_ = NULL;
}

static void must_be_ready_(struct poller *who)
{
    CHECK(poll_by(who, &mine_->future) == POLL_READY,
          "still PENDING although job_done() was called");
    must_be_over_();
}

static void drop_(void)
{
    WHILE("the future is dropped: drop does not wait");
    future_drop(&mine_->future);
    WHILE(NULL);
    memset(mine_, 0xa5,
           sizeof *mine_); /* its memory is used for something else */
    free(mine_);
    mine_ = NULL;
}

/* ---- To its end ---------------------------------------------------------- */

static void nothing_is_ground_before_the_first_poll(void **state)
{
    (void)state;
    start_();
    CHECK(queued_ == 0, "the work was queued by the constructor: a future is "
                        "lazy, its first poll starts it");
    free(mine_); /* never polled, never dropped */
}

static void the_first_poll_starts_it_and_waits(void **state)
{
    (void)state;
    start_();
    must_wait_(&task_);
    must_wait_(&task_);
    CHECK(queued_ == 1, "two polls queued the work %d times: start it once",
          queued_);
    thread_works_(0);
    CHECK(ground_ == 1, "job_work() was called and grinder() was not");
    CHECK(task_.woken == 0,
          "job_work() wakes; it is on the pool's thread, only "
          "job_done() is on the loop's");
    must_wait_(&task_);
    loop_tells_(0);
    CHECK(task_.woken == 1, "job_done() was called, and the waker %d times",
          task_.woken);
    must_be_ready_(&task_);
}

static void only_the_latest_waker_is_woken(void **state)
{
    (void)state;
    start_();
    must_wait_(&task_);
    must_wait_(&other_);
    thread_works_(0);
    loop_tells_(0);
    CHECK(task_.woken == 0, "you woke the waker of an earlier poll: the latest "
                            "counts, the future may have changed hands");
    CHECK(other_.woken == 1, "the waker of the latest poll was called %d times",
          other_.woken);
    must_be_ready_(&other_);
}

static void ready_inside_the_wake_(struct poller *who)
{
    (void)who;
    must_be_ready_(&task_);
}

static void the_one_you_wake_may_take_the_powder_at_once(void **state)
{
    (void)state;
    start_();
    must_wait_(&task_);
    thread_works_(0);
    task_.on_wake = ready_inside_the_wake_;
    loop_tells_(0);
}

static void two_grinds_do_not_know_each_other(void **state)
{
    struct grind *first;
    (void)state;
    start_();
    must_wait_(&task_);
    first = mine_;
    mine_ = malloc(sizeof *mine_);
    grind(mine_, beans_given_);
    must_wait_(&other_);
    CHECK(queued_ == 2, "two futures were polled, and %d jobs are queued",
          queued_);
    thread_works_(1);
    loop_tells_(1);
    CHECK(task_.woken == 0, "the second job woke the first future");
    must_be_ready_(&other_);
    mine_ = first;
    must_wait_(&task_);
    thread_works_(0);
    loop_tells_(0);
    must_be_ready_(&task_);
}

static void no_beans_no_powder_and_an_end_all_the_same(void **state)
{
    (void)state;
    start_();
    beans_given_ = powder_made_ = 0;
    mine_->beans = 0;
    must_wait_(&task_);
    thread_works_(0);
    loop_tells_(0);
    CHECK(poll_by(&task_, &mine_->future) == POLL_READY,
          "grinder() made 0 g of powder, job_done() was called, and it is "
          "still PENDING: 0 g is a result, so only `done` tells the end");
    must_be_over_();
}

static void what_the_thread_needs_is_in_the_job(void **state)
{
    struct grind_job *job;
    struct grind *owner;
    (void)state;
    start_();
    must_wait_(&task_);
    job = mine_->job;
    owner = job->owner;
    job->owner = NULL; /* as if a drop came while job_work() is at work */
    thread_works_(0);
    CHECK(ground_ == 1,
          "job_work() looked at `owner` before it called grinder(): a drop "
          "writes that on the loop's thread at the same moment, which is a "
          "data race; the thread has its beans and its powder, no more");
    job->owner = owner;
    loop_tells_(0);
    must_be_ready_(&task_);
}

/* ---- Dropped ------------------------------------------------------------- */

static void dropped_before_its_first_poll_nothing_happens(void **state)
{
    (void)state;
    start_();
    drop_();
    CHECK(queued_ == 0, "dropped before its first poll, and it was queued");
}

static void dropped_while_it_grinds_it_touches_nothing_of_ours(void **state)
{
    (void)state;
    start_();
    must_wait_(&task_);
    thread_begins_(0); /* too late to cancel */
    drop_();
    CHECK(jobs_[0].state == RUNNING,
          "drop ran the loop until the job was done: it does not wait");
    WHILE("the future was dropped, and its job goes on");
    thread_works_(0);
    loop_tells_(0);
    CHECK(task_.woken == 0, "job_done() woke a task whose future was dropped: "
                            "by then that task may be gone");
}

static void dropped_when_it_has_ground_it_touches_nothing_of_ours(void **state)
{
    (void)state;
    start_();
    must_wait_(&task_);
    thread_works_(0);
    drop_();
    WHILE("the future was dropped, and libuv tells that its job is done");
    loop_tells_(0);
    CHECK(task_.woken == 0, "job_done() woke a task whose future was dropped: "
                            "by then that task may be gone");
}

static void dropped_while_it_is_queued_it_is_not_to_begin(void **state)
{
    (void)state;
    start_();
    must_wait_(&task_);
    drop_();
    CHECK(jobs_[0].state == CANCELLED,
          "dropped while it was queued, and it will be ground all the same, "
          "for nobody: uv_cancel()");
    WHILE("the job was cancelled, and libuv tells so");
    loop_tells_(0);
    CHECK(task_.woken == 0, "a cancelled job woke a task whose future was "
                            "dropped: by then that task may be gone");
    CHECK(ground_ == 0, "a cancelled job was ground all the same");
}

static void dropped_when_woken_it_has_nothing_left_to_do(void **state)
{
    (void)state;
    start_();
    must_wait_(&task_);
    thread_works_(0);
    loop_tells_(0);
    drop_();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(nothing_is_ground_before_the_first_poll),
    cmocka_unit_test(the_first_poll_starts_it_and_waits),
    cmocka_unit_test(only_the_latest_waker_is_woken),
    cmocka_unit_test(the_one_you_wake_may_take_the_powder_at_once),
    cmocka_unit_test(two_grinds_do_not_know_each_other),
    cmocka_unit_test(no_beans_no_powder_and_an_end_all_the_same),
    cmocka_unit_test(dropped_before_its_first_poll_nothing_happens),
    cmocka_unit_test(dropped_while_it_grinds_it_touches_nothing_of_ours),
    cmocka_unit_test(dropped_when_it_has_ground_it_touches_nothing_of_ours),
    cmocka_unit_test(dropped_while_it_is_queued_it_is_not_to_begin),
    cmocka_unit_test(dropped_when_woken_it_has_nothing_left_to_do),
    cmocka_unit_test(what_the_thread_needs_is_in_the_job),
};
EXERCISE_MAIN(tests)
