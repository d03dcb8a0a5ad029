/* The jobs are many or few, quick or slow, with several results or none.  The
 * test looks at the channel to see who could still send. */
#include <limits.h>
#include ANSWER
#include "exercise_executor.h"
#include "probes.h"

static struct collect collect_;
static struct future *future_; /* the one of collect_ */
static size_t blocks_;
static struct mpsc *channel_;

static void start_(size_t room, const struct job *jobs, size_t n)
{
    result_tx tx;
    result_rx rx;
    (void)virtual_executor();
    blocks_ = blocks_in_use();
    CHECK(mpsc_open(&tx, &rx, room, NULL) == 0, "no memory for a channel");
    channel_ = tx.tx;
    future_ = collect(&collect_, tx, rx, jobs, n);
}

static void run_(const char *what)
{
    WHILE(what);
    block_on(virtual_executor(), future_);
}

static void must_have_(int results, int total)
{
    CHECK(collect_.results >= results,
          "%d results were sent, and collect() was over after %d", results,
          collect_.results);
    CHECK(collect_.results == results,
          "%d results were sent, and collect() has counted %d", results,
          collect_.results);
    CHECK(collect_.total == total, "the results make %d, and collect() says %d",
          total, collect_.total);
}

/* Its first poll, by hand, but with the executor. */
static void first_poll_(struct poller *who)
{
    who->executor = virtual_executor();
    CHECK(poll_by(who, future_) == POLL_PENDING,
          "collect() is READY, and the workers have not even begun; has none "
          "of "
          "them a sender?");
}

static void each_worker_has_a_sender_and_nobody_else(void **state)
{
    static const struct job jobs[] = {
        { 30, 1, 1 }, { 10, 20, 1 }, { 50, 300, 1 }, { 40, 4000, 1 }
    };
    struct poller task = { 0 };
    (void)state;
    start_(2, jobs, 4);
    first_poll_(&task);
    CHECK(channel_->senders >= 4,
          "there are four jobs, and after the first poll the channel has %zu "
          "senders: do workers share one, or do they run one after the other?",
          channel_->senders);
    CHECK(channel_->senders == 4,
          "four workers were spawned, and the channel has %zu senders: who "
          "else can send?  As long as there is one more, the end never comes",
          channel_->senders);
    run_("four workers send a result each");
    must_have_(4, 4321);
}

static void all_workers_run_at_the_same_time(void **state)
{
    static const struct job jobs[] = { { 30, 1, 1 }, { 50, 1, 1 } };
    struct executor *ex = virtual_executor();
    uint64_t begin = executor_now(ex);
    (void)state;
    start_(2, jobs, 2);
    run_("two workers send a result each");
    must_have_(2, 2);
    CHECK(executor_now(ex) - begin == 50,
          "the longer of two jobs takes 50 ms, and both took %d",
          (int)(executor_now(ex) - begin));
}

static void some_have_many_results_and_some_none(void **state)
{
    static const struct job jobs[] = {
        { 10, 5, 0 }, { 20, 10, 5 },   { 20, 100, 1 },
        { 30, 5, 0 }, { 40, 1000, 7 },
    };
    (void)state;
    start_(2, jobs, 5);
    run_("five workers send 13 results");
    must_have_(13, 7150);
    start_(1, jobs, 1);
    run_("a worker ends without a result");
    must_have_(0, 0);
    start_(1, jobs + 3, 2);
    run_("two workers send 7 results");
    must_have_(7, 7000);
}

static void any_number_may_be_a_result(void **state)
{
    static const struct job some[] = {
        { 10, 0, 3 }, { 20, 100000, 2 }, { 30, -5, 1 }, { 40, 0, 2 }
    };
    static const struct job ends[] = { { 10, INT_MAX, 1 }, { 20, INT_MIN, 1 } };
    (void)state;
    start_(2, some, 4);
    run_("four workers send 8 results, of which five are 0");
    must_have_(8, 199995);
    start_(1, ends, 2);
    run_("two workers send INT_MAX and INT_MIN");
    must_have_(2, -1);
}

static void there_may_be_hundreds_of_jobs(void **state)
{
    static struct job jobs[300];
    (void)state;
    for (int i = 0; i < 300; i++)
        jobs[i] = (struct job){ (uint64_t)(i * 7 % 50), i, 1 };
    start_(3, jobs, 300);
    run_("300 workers send a result each");
    must_have_(300, 300 * 299 / 2);
}

static void two_do_not_know_each_other(void **state)
{
    static const struct job some[] = { { 10, 1, 1 }, { 30, 2, 1 } };
    static const struct job others[] = { { 20, 10, 1 } };
    struct executor *ex = virtual_executor();
    struct task *first, *second;
    (void)state;
    start_(1, some, 2);
    first = task_spawn(ex, collect(task_slot(struct collect), collect_.tx,
                                   collect_.rx, some, 2));
    start_(1, others, 1);
    second = task_spawn(ex, collect(task_slot(struct collect), collect_.tx,
                                    collect_.rx, others, 1));
    WHILE("two collect() run at the same time");
    executor_run(ex);
    ASIDE("Another collect() ran at the same time: keep what belongs to one in "
          "its struct, not in a static.");
    collect_ = *task_output(first, struct collect);
    must_have_(2, 3);
    collect_ = *task_output(second, struct collect);
    must_have_(1, 10);
    ASIDE("");
    task_detach(first);
    task_detach(second);
}

static void without_a_job_it_is_over_at_once(void **state)
{
    struct poller task = { .executor = virtual_executor() };
    (void)state;
    start_(1, NULL, 0);
    CHECK(poll_by(&task, future_) == POLL_READY,
          "there is no job, so nobody will ever send, and collect() waits");
    must_have_(0, 0);
}

static void it_ends_with_the_last_worker(void **state)
{
    static const struct job jobs[] = { { 10, 1, 1 }, { 90, 1, 0 } };
    struct executor *ex = virtual_executor();
    uint64_t begin = executor_now(ex);
    (void)state;
    start_(2, jobs, 2);
    run_("two workers end");
    must_have_(1, 1);
    CHECK(executor_now(ex) - begin == 90,
          "the last worker ends after 90 ms, and collect() after %d",
          (int)(executor_now(ex) - begin));
}

static void all_must_be_freed_(const char *when)
{
    CHECK_FREED(blocks_,
                "collect() is over %s, no worker is left, and the channel is "
                "not freed: which end of it did collect() not drop?",
                when);
}

static void over_it_has_no_end_of_the_channel(void **state)
{
    static const struct job jobs[] = { { 10, 1, 1 }, { 20, 1, 1 } };
    (void)state;
    start_(2, jobs, 2);
    run_("two workers end");
    all_must_be_freed_("because the last worker has ended");
    start_(2, NULL, 0);
    run_("there is no job");
    all_must_be_freed_("because there was no job");
}

/* ---- Dropped ------------------------------------------------------------- */

static void must_have_let_go_(const char *when)
{
    CHECK(!collect_.tx.tx,
          "collect() was dropped %s, and it has not dropped its sender", when);
    CHECK(!collect_.rx.rx,
          "collect() was dropped %s, and it has not dropped the receiver: the "
          "workers would wait for room for ever",
          when);
}

static void dropped_before_its_first_poll(void **state)
{
    static const struct job jobs[] = { { 10, 1, 1 } };
    (void)state;
    start_(1, jobs, 1);
    future_drop(future_);
    must_have_let_go_("before its first poll");
    all_must_be_freed_("before its first poll");
}

static void dropped_while_the_workers_send(void **state)
{
    static const struct job jobs[] = { { 10, 1, 9 }, { 20, 1, 9 } };
    struct executor *ex = virtual_executor();
    struct poller task = { 0 };
    (void)state;
    start_(1, jobs, 2);
    first_poll_(&task);
    block_on(ex, sleep_ms(&(struct sleep){ 0 }, 30));
    future_drop(future_);
    must_have_let_go_("while workers wait for room");
    WHILE("the workers hear that nobody collects");
    executor_run(ex);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_worker_has_a_sender_and_nobody_else),
    cmocka_unit_test(all_workers_run_at_the_same_time),
    cmocka_unit_test(some_have_many_results_and_some_none),
    cmocka_unit_test(any_number_may_be_a_result),
    cmocka_unit_test(there_may_be_hundreds_of_jobs),
    cmocka_unit_test(it_ends_with_the_last_worker),
    cmocka_unit_test(two_do_not_know_each_other),
    cmocka_unit_test(without_a_job_it_is_over_at_once),
    cmocka_unit_test(dropped_before_its_first_poll),
    cmocka_unit_test(dropped_while_the_workers_send),
    cmocka_unit_test(over_it_has_no_end_of_the_channel),
};
EXERCISE_MAIN(tests)
