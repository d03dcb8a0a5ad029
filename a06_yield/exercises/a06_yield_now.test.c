/* By hand first, then two of them that take turns on an executor. */
#include ANSWER
#include "exercise_executor.h"

static void it_is_pending_once_and_wakes_itself(void **state)
{
    struct poller task = { 0 };
    struct pass p;
    struct future *f = pass(&p);
    (void)state;
    CHECK(poll_by(&task, f) == POLL_PENDING,
          "READY in the first poll: the task goes on at once, and nobody else "
          "has run");
    CHECK(task.woken > 0,
          "PENDING, and the waker was not called: nothing else will happen, so "
          "nobody will ever poll it again");
    CHECK(task.woken == 1, "one poll woke the task %d times: once is enough",
          task.woken);
}

static void it_is_ready_the_second_time(void **state)
{
    struct poller task = { 0 };
    struct pass p;
    struct future *f = pass(&p);
    (void)state;
    (void)poll_by(&task, f);
    CHECK(poll_by(&task, f) == POLL_READY,
          "PENDING a second time: the others had their turn, go on now");
    CHECK(task.woken == 1,
          "woke the task again although it is READY: whoever polled knows");
}

static void each_has_a_memory_of_its_own(void **state)
{
    struct poller task = { 0 };
    struct pass one, two;
    struct future *f = pass(&one), *g = pass(&two);
    (void)state;
    CHECK(poll_by(&task, f) == POLL_PENDING &&
              poll_by(&task, g) == POLL_PENDING &&
              poll_by(&task, f) == POLL_READY &&
              poll_by(&task, g) == POLL_READY,
          "two of them at once disturb each other: what one remembers belongs "
          "into its struct");
}

static void it_may_be_made_anew_in_the_same_place(void **state)
{
    struct poller task = { 0 };
    struct pass p = { .passed = false };
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct future *f = pass(&p);
        CHECK(poll_by(&task, f) == POLL_PENDING,
              "made in a struct that was used before, and READY in the first "
              "poll: pass() must set all of it");
        (void)poll_by(&task, f);
    }
}

static void it_wakes_whoever_polls_it(void **state)
{
    struct poller one = { 0 }, other = { 0 };
    struct pass p, q;
    (void)state;
    (void)poll_by(&one, pass(&p));
    (void)poll_by(&other, pass(&q));
    CHECK(one.woken == 1 && other.woken == 1,
          "two tasks yield, once each: the first was woken %d times, the "
          "second %d: wake the one whose poll it is",
          one.woken, other.woken);
}

static void dropped_it_wakes_nobody(void **state)
{
    (void)state;
    for (int polls = 0; polls < 2; polls++) {
        struct poller task = { 0 };
        struct pass p;
        struct future *f = pass(&p);
        if (polls)
            (void)poll_by(&task, f);
        CHECK(f->ops->drop, "it has no drop function: whoever cancels the task "
                            "would call NULL; future_drop_nothing will do");
        future_drop(f);
        CHECK(task.woken == polls,
              "dropped, and it woke the task: nobody waits for it any more");
    }
}

/* ---- Two tasks ----------------------------------------------------------- */

static char order_[16];

struct speaker_ {
    struct async async;
    char letter;
    int i;
    struct pass pass;
};

static enum poll speaker__poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct speaker_);
    for (self->i = 0; self->i < 3; self->i++) {
        strncat(order_, &self->letter, 1);
        AWAIT(pass(&self->pass));
    }
    ASYNC_END;
}

static const struct future_ops speaker_ops_ = ASYNC_OPS(speaker_);

static struct future *speaker_(struct speaker_ *self, char letter)
{
    *self = (struct speaker_){ .async.future.ops = &speaker_ops_,
                               .letter = letter };
    return &self->async.future;
}

static void tasks_take_turns(void **state)
{
    struct executor *ex = virtual_executor();
    (void)state;
    order_[0] = '\0';
    task_detach(task_spawn(ex, speaker_(task_slot(struct speaker_), 'a')));
    task_detach(task_spawn(ex, speaker_(task_slot(struct speaker_), 'b')));
    executor_run(ex);
    CHECK(strcmp(order_, "ababab") == 0,
          "two tasks ran in the order %s, with a yield it is ababab", order_);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_is_pending_once_and_wakes_itself),
    cmocka_unit_test(it_is_ready_the_second_time),
    cmocka_unit_test(each_has_a_memory_of_its_own),
    cmocka_unit_test(it_may_be_made_anew_in_the_same_place),
    cmocka_unit_test(it_wakes_whoever_polls_it),
    cmocka_unit_test(dropped_it_wakes_nobody),
    cmocka_unit_test(tasks_take_turns),
};
EXERCISE_MAIN(tests)
