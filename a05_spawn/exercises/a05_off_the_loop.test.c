/* No threads and no luck: the test is libuv.  It takes what is queued, begins,
 * works and tells when it suits the test.  Futures stand on the heap, freed as
 * soon as they are dropped, so that whoever uses one later is caught. */
#include <limits.h>
#include "executor.h"

__attribute__((unused)) static int test_queue_work_(uv_loop_t *loop,
                                                    uv_work_t *request,
                                                    uv_work_cb work,
                                                    uv_after_work_cb done);
__attribute__((unused)) static int test_cancel_(uv_req_t *request);
__attribute__((unused)) static int test_run_(uv_loop_t *loop, uv_run_mode mode);
#define uv_queue_work test_queue_work_
#define uv_cancel test_cancel_
#define uv_run test_run_
#include ANSWER
#undef uv_queue_work
#undef uv_cancel
#undef uv_run
#include "exercise_executor.h"
#include "probes.h"

enum { MOST_ = 1024 };

static struct {
    uv_work_t *request;
    uv_work_cb work;
    uv_after_work_cb done;
    enum { QUEUED, RUNNING, WORKED, CANCELLED, TOLD } state;
} jobs_[MOST_];
static int queued_, ground_; /* how often uv_queue_work(), grinder() */
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
    request->loop = loop;
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
           "memory that holds no request");
}

static int test_run_(uv_loop_t *loop, uv_run_mode mode)
{
    (void)loop, (void)mode;
    reject("you call uv_run(): the executor runs the loop; a poll and a drop "
           "never wait, and meanwhile no task could run");
}

int grinder(int beans)
{
    CHECK(on_thread_, "grinder() was called on the loop's thread: no task runs "
                      "while it grinds, for seconds");
    CHECK(beans == beans_given_, "grinder() should get %d beans, and got %d",
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
    struct grind_job *job =
        container_of(jobs_[i].request, struct grind_job, request);
    thread_begins_(i);
    WHILE("it works on the thread");
    on_thread_ = true;
    probe_forbid(&job->owner, sizeof job->owner,
                 "looks at `owner` on the thread: a drop writes it on the "
                 "loop's thread at the same moment, which is a data race; the "
                 "thread may use its beans and its powder, nothing else");
    jobs_[i].work(jobs_[i].request);
    probe_allow(&job->owner, sizeof job->owner);
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
    CHECK(!on_thread_,
          "you call the waker on the pool's thread: wakers of executor.h may "
          "be called only on the loop's thread; job_done() runs there");
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
    CHECK(queued_ > 0, "PENDING, and nothing is queued: no work begins, and "
                       "nothing wakes your future");
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

static void nothing_is_queued_before_the_first_poll(void **state)
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
          "job_work() calls the waker, but it runs on the pool's thread; only "
          "job_done() runs on the loop's thread");
    must_wait_(&task_);
    loop_tells_(0);
    CHECK(task_.woken == 1, "job_done() called the waker %d times, not once",
          task_.woken);
    must_be_ready_(&task_);
}

static struct future *waiting_(void)
{
    free(mine_);
    start_();
    return &mine_->future;
}

static void it_is_ground_(void)
{
    thread_works_(0);
    loop_tells_(0);
}

static void only_the_latest_waker_is_woken(void **state)
{
    (void)state;
    probe_wakers_in(virtual_executor(), waiting_, it_is_ground_);
    free(mine_);
}

static void any_beans_and_any_powder(void **state)
{
    static const int numbers[][2] = { { 1, 0 },         { 70000, 65536 },
                                      { INT_MAX, -1 },  { -1, INT_MAX },
                                      { 256, INT_MIN }, { 0, 3 } };
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        start_();
        beans_given_ = numbers[i][0];
        powder_made_ = numbers[i][1];
        grind(mine_, beans_given_);
        must_wait_(&task_);
        it_is_ground_();
        CHECK(ground_ == 1, "grinder() was called %d times: once is enough",
              ground_);
        must_be_ready_(&task_);
    }
}

static void ready_inside_the_wake_(struct poller *who)
{
    (void)who;
    CHECK(poll_by(&task_, &mine_->future) == POLL_READY,
          "you called the waker before `powder` and `done` were set: a task "
          "that polls at once is still PENDING, and nothing wakes it again");
    must_be_over_();
}

static void the_task_you_wake_may_take_the_powder_at_once(void **state)
{
    (void)state;
    start_();
    must_wait_(&task_);
    thread_works_(0);
    task_.on_wake = ready_inside_the_wake_;
    loop_tells_(0);
}

static void no_beans_give_no_powder_and_it_still_ends(void **state)
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
          "still PENDING: 0 g is a result, so only `done` shows the end");
    must_be_over_();
}

/* ---- Two at the same time ------------------------------------------------ */

struct life_ {
    struct poller task;
    struct grind grind;
    int job, beans;
    bool goes; /* it is dropped while it waits */
};

static void begins_(void *life)
{
    static int number;
    struct life_ *me = life;
    me->beans = ++number;
    me->goes = number % 3 == 0;
    me->task = (struct poller){ .executor = virtual_executor() };
    grind(&me->grind, me->beans);
}

static void waits_(void *life)
{
    struct life_ *me = life;
    me->job = queued_;
    CHECK(poll_by(&me->task, &me->grind.future) == POLL_PENDING,
          "READY although job_done() was not called yet");
    CHECK(queued_ == me->job + 1, "its first poll queued %d jobs, not one",
          queued_ - me->job);
}

static void may_go_(void *life)
{
    struct life_ *me = life;
    beans_given_ = me->beans;
    powder_made_ = -me->beans;
    if (me->goes) {
        future_drop(&me->grind.future);
        CHECK(jobs_[me->job].state == CANCELLED,
              "dropped while it was queued, and its work will begin "
              "nevertheless");
    } else {
        thread_works_(me->job);
    }
}

static void is_told_(void *life)
{
    struct life_ *me = life;
    loop_tells_(me->job);
    CHECK(me->task.woken == !me->goes,
          "job_done() was called, and the task that %s was woken %d times",
          me->goes ? "no longer waits" : "waits", me->task.woken);
}

static void is_ready_(void *life)
{
    struct life_ *me = life;
    if (me->goes)
        return;
    CHECK(poll_by(&me->task, &me->grind.future) == POLL_READY,
          "still PENDING although job_done() was called");
    CHECK(me->grind.powder == -me->beans,
          "grinder() made %d g of powder, your future says %d", -me->beans,
          me->grind.powder);
}

static void two_grinds_do_not_know_each_other(void **state)
{
    (void)state;
    queued_ = 0;
    PROBE_LIVES(life_, begins_, waits_, may_go_, is_told_, is_ready_);
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
    struct grind_job *job =
        container_of(jobs_[0].request, struct grind_job, request);
    probe_forbid(&job->beans, 2 * sizeof(int),
                 "looks at what the thread is working on at that moment, which "
                 "is a data race");
    drop_();
    probe_allow(&job->beans, 2 * sizeof(int));
    CHECK(jobs_[0].state == RUNNING,
          "drop ran the loop until the job was done: it does not wait");
    WHILE("the future was dropped, and its job goes on");
    thread_works_(0);
    loop_tells_(0);
    CHECK(task_.woken == 0,
          "job_done() woke a task whose future was dropped: by then that task "
          "may be finished, and its memory freed");
}

static void dropped_after_the_work_it_touches_nothing_of_ours(void **state)
{
    (void)state;
    start_();
    must_wait_(&task_);
    thread_works_(0);
    drop_();
    WHILE("the future was dropped, and libuv tells that its job is done");
    loop_tells_(0);
    CHECK(task_.woken == 0,
          "job_done() woke a task whose future was dropped: by then that task "
          "may be finished, and its memory freed");
}

static void dropped_while_queued_the_work_never_begins(void **state)
{
    (void)state;
    (void)virtual_executor();
    size_t before = blocks_in_use();
    start_();
    must_wait_(&task_);
    drop_();
    CHECK(jobs_[0].state == CANCELLED,
          "dropped while it was queued, and its work will begin nevertheless, "
          "for nobody: call uv_cancel()");
    WHILE("the job was cancelled, and libuv tells so");
    loop_tells_(0);
    CHECK(task_.woken == 0,
          "a cancelled job woke a task whose future was dropped: by then that "
          "task may be finished, and its memory freed");
    CHECK(ground_ == 0, "the work of a cancelled job began");
    CHECK_FREED(before,
                "libuv called job_done() with UV_ECANCELED, and the job is "
                "still there: free it in every case");
}

static void dropped_with_any_beans(void **state)
{
    static const int beans[] = { 0, -1, 1, INT_MAX, INT_MIN };
    (void)state;
    for (size_t i = 0; i < sizeof beans / sizeof *beans; i++) {
        start_();
        grind(mine_, beans[i]);
        must_wait_(&task_);
        drop_();
        CHECK(jobs_[0].state == CANCELLED,
              "dropped with %d beans while it was queued, and its work will "
              "begin nevertheless: call uv_cancel()",
              beans[i]);
        loop_tells_(0);
    }
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
    cmocka_unit_test(nothing_is_queued_before_the_first_poll),
    cmocka_unit_test(the_first_poll_starts_it_and_waits),
    cmocka_unit_test(dropped_when_woken_it_has_nothing_left_to_do),
    cmocka_unit_test(only_the_latest_waker_is_woken),
    cmocka_unit_test(the_task_you_wake_may_take_the_powder_at_once),
    cmocka_unit_test(no_beans_give_no_powder_and_it_still_ends),
    cmocka_unit_test(any_beans_and_any_powder),
    cmocka_unit_test(dropped_before_its_first_poll_nothing_happens),
    cmocka_unit_test(dropped_while_it_grinds_it_touches_nothing_of_ours),
    cmocka_unit_test(dropped_after_the_work_it_touches_nothing_of_ours),
    cmocka_unit_test(dropped_while_queued_the_work_never_begins),
    cmocka_unit_test(dropped_with_any_beans),
    cmocka_unit_test(two_grinds_do_not_know_each_other),
};
EXERCISE_MAIN(tests)
