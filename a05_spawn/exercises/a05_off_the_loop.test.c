/* No threads and no luck: the test is libuv.  It takes what is queued, begins,
 * works and tells when it suits the test.  Futures stand on the heap, freed as
 * soon as they are dropped, so that whoever uses one later is caught. */
#include "exercise_executor.h"

__attribute__((unused)) static int test_queue_work(uv_loop_t *loop,
                                                   uv_work_t *request,
                                                   uv_work_cb work,
                                                   uv_after_work_cb done);
__attribute__((unused)) static int test_cancel(uv_req_t *request);
#define uv_queue_work test_queue_work
#define uv_cancel test_cancel
#include ANSWER
#undef uv_queue_work
#undef uv_cancel

enum { MOST = 4 };

static struct {
    uv_work_t *request;
    uv_work_cb work;
    uv_after_work_cb done;
    enum { QUEUED, RUNNING, WORKED, CANCELLED, TOLD } state;
} jobs[MOST];
static int queued, ground; /* how often uv_queue_work(), grinder()            */
static int beans_given, powder_made;
static bool on_thread; /* inside job_work()                               */

static struct grind *mine;
static struct poller task, other;

/* ---- libuv --------------------------------------------------------------- */

static int test_queue_work(uv_loop_t *loop, uv_work_t *request, uv_work_cb work,
                           uv_after_work_cb done)
{
    CHECK(loop == virtual_executor()->loop,
          "uv_queue_work() wants the loop of the executor that polls: "
          "cx->executor->loop");
    CHECK(request && work && done,
          "uv_queue_work() wants a request and two functions");
    CHECK(queued < MOST, "the work was queued %d times", queued + 1);
    jobs[queued].request = request;
    jobs[queued].work = work;
    jobs[queued].done = done;
    jobs[queued++].state = QUEUED;
    return 0;
}

static int test_cancel(uv_req_t *request)
{
    for (int i = 0; i < queued; i++)
        if ((uv_req_t *)jobs[i].request == request && jobs[i].state != TOLD) {
            if (jobs[i].state != QUEUED)
                return UV_EBUSY;
            jobs[i].state = CANCELLED;
            return 0;
        }
    reject("uv_cancel() of a request that is not queued: libuv would read "
           "memory that is not its own");
}

int grinder(int beans)
{
    CHECK(on_thread, "grinder() was called on the loop's thread: no task runs "
                     "while it grinds, for seconds");
    CHECK(beans == beans_given, "grinder() was to get %d beans and got %d",
          beans_given, beans);
    ground++;
    return powder_made;
}

static void thread_begins(int i)
{
    jobs[i].state = RUNNING;
}

static void thread_works(int i)
{
    thread_begins(i);
    WHILE("it works on the thread");
    on_thread = true;
    jobs[i].work(jobs[i].request);
    on_thread = false;
    WHILE(NULL);
    jobs[i].state = WORKED;
}

static void loop_tells(int i)
{
    int status = jobs[i].state == CANCELLED ? UV_ECANCELED : 0;
    jobs[i].state = TOLD;
    jobs[i].done(jobs[i].request, status);
}

/* ---- What the tests do --------------------------------------------------- */

static void waker_stays_on_the_loop(void)
{
    CHECK(!on_thread, "you call the waker on the pool's thread: wakers of "
                      "executor.h are for the loop's own; job_done() runs "
                      "there");
}

static void start(void)
{
    queued = ground = 0;
    beans_given = 40;
    powder_made = 21;
    mine = malloc(sizeof *mine);
    grind(mine, beans_given);
    task = other = (struct poller){ .executor = virtual_executor(),
                                    .on_wake = waker_stays_on_the_loop };
}

static void must_wait(struct poller *who)
{
    int before = who->woken;
    CHECK(poll_by(who, &mine->future) == POLL_PENDING,
          "READY although job_done() was not called yet");
    CHECK(queued > 0, "PENDING, and nothing is queued: nobody grinds, nobody "
                      "wakes you");
    CHECK(who->woken == before, "your future wakes itself, so it is polled "
                                "again and again: job_done() wakes it");
}

static void must_be_over(void)
{
    CHECK(mine->powder == powder_made,
          "grinder() made %d g of powder, your future says %d", powder_made,
          mine->powder);
    free(mine);
    mine = NULL;
}

static void must_be_ready(struct poller *who)
{
    CHECK(poll_by(who, &mine->future) == POLL_READY,
          "still PENDING although job_done() was called");
    must_be_over();
}

static void drop(void)
{
    WHILE("the future is dropped: drop does not wait");
    future_drop(&mine->future);
    WHILE(NULL);
    memset(mine, 0xa5,
           sizeof *mine); /* its memory is used for something else */
    free(mine);
    mine = NULL;
}

/* ---- To its end ---------------------------------------------------------- */

static void nothing_is_ground_before_the_first_poll(void **state)
{
    (void)state;
    start();
    CHECK(queued == 0, "the work was queued by the constructor: a future is "
                       "lazy, its first poll starts it");
    free(mine); /* never polled, never dropped */
}

static void the_first_poll_starts_it_and_waits(void **state)
{
    (void)state;
    start();
    must_wait(&task);
    must_wait(&task);
    CHECK(queued == 1, "two polls queued the work %d times: start it once",
          queued);
    thread_works(0);
    CHECK(ground == 1, "job_work() was called and grinder() was not");
    CHECK(task.woken == 0, "job_work() wakes; it is on the pool's thread, only "
                           "job_done() is on the loop's");
    must_wait(&task);
    loop_tells(0);
    CHECK(task.woken == 1, "job_done() was called, and the waker %d times",
          task.woken);
    must_be_ready(&task);
}

static void only_the_latest_waker_is_woken(void **state)
{
    (void)state;
    start();
    must_wait(&task);
    must_wait(&other);
    thread_works(0);
    loop_tells(0);
    CHECK(task.woken == 0, "you woke the waker of an earlier poll: the latest "
                           "counts, the future may have changed hands");
    CHECK(other.woken == 1, "the waker of the latest poll was called %d times",
          other.woken);
    must_be_ready(&other);
}

static void ready_inside_the_wake(void)
{
    must_be_ready(&task);
}

static void the_one_you_wake_may_take_the_powder_at_once(void **state)
{
    (void)state;
    start();
    must_wait(&task);
    thread_works(0);
    task.on_wake = ready_inside_the_wake;
    loop_tells(0);
}

static void two_grinds_do_not_know_each_other(void **state)
{
    struct grind *first;
    (void)state;
    start();
    must_wait(&task);
    first = mine;
    mine = malloc(sizeof *mine);
    grind(mine, beans_given);
    must_wait(&other);
    CHECK(queued == 2, "two futures were polled, and %d jobs are queued",
          queued);
    thread_works(1);
    loop_tells(1);
    CHECK(task.woken == 0, "the second job woke the first future");
    must_be_ready(&other);
    mine = first;
    must_wait(&task);
    thread_works(0);
    loop_tells(0);
    must_be_ready(&task);
}

static void no_beans_no_powder_and_an_end_all_the_same(void **state)
{
    (void)state;
    start();
    beans_given = powder_made = 0;
    mine->beans = 0;
    must_wait(&task);
    thread_works(0);
    loop_tells(0);
    CHECK(poll_by(&task, &mine->future) == POLL_READY,
          "grinder() made 0 g of powder, job_done() was called, and it is "
          "still PENDING: 0 g is a result, so only `done` tells the end");
    must_be_over();
}

static void what_the_thread_needs_is_in_the_job(void **state)
{
    struct grind_job *job;
    struct grind *owner;
    (void)state;
    start();
    must_wait(&task);
    job = mine->job;
    owner = job->owner;
    job->owner = NULL; /* as if a drop came while job_work() is at work */
    thread_works(0);
    CHECK(ground == 1,
          "job_work() looked at `owner` before it called grinder(): a drop "
          "writes that on the loop's thread at the same moment, which is a "
          "data race; the thread has its beans and its powder, no more");
    job->owner = owner;
    loop_tells(0);
    must_be_ready(&task);
}

/* ---- Dropped ------------------------------------------------------------- */

static void dropped_before_its_first_poll_nothing_happens(void **state)
{
    (void)state;
    start();
    drop();
    CHECK(queued == 0, "dropped before its first poll, and it was queued");
}

static void dropped_while_it_grinds_it_touches_nothing_of_ours(void **state)
{
    (void)state;
    start();
    must_wait(&task);
    thread_begins(0); /* too late to cancel */
    drop();
    CHECK(jobs[0].state == RUNNING,
          "drop ran the loop until the job was done: it does not wait");
    WHILE("the future was dropped, and its job goes on");
    thread_works(0);
    loop_tells(0);
    CHECK(task.woken == 0, "job_done() woke a task whose future was dropped: "
                           "by then that task may be gone");
}

static void dropped_when_it_has_ground_it_touches_nothing_of_ours(void **state)
{
    (void)state;
    start();
    must_wait(&task);
    thread_works(0);
    drop();
    WHILE("the future was dropped, and libuv tells that its job is done");
    loop_tells(0);
    CHECK(task.woken == 0, "job_done() woke a task whose future was dropped: "
                           "by then that task may be gone");
}

static void dropped_while_it_is_queued_it_is_not_to_begin(void **state)
{
    (void)state;
    start();
    must_wait(&task);
    drop();
    CHECK(jobs[0].state == CANCELLED,
          "dropped while it was queued, and it will be ground all the same, "
          "for nobody: uv_cancel()");
    WHILE("the job was cancelled, and libuv tells so");
    loop_tells(0);
    CHECK(task.woken == 0, "a cancelled job woke a task whose future was "
                           "dropped: by then that task may be gone");
    CHECK(ground == 0, "a cancelled job was ground all the same");
}

static void dropped_when_woken_it_has_nothing_left_to_do(void **state)
{
    (void)state;
    start();
    must_wait(&task);
    thread_works(0);
    loop_tells(0);
    drop();
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
