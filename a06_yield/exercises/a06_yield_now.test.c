/* By hand first, then two of them that take turns on an executor. */
#include ANSWER
#include "exercise_executor.h"
#include "probes.h"

static void it_is_pending_once_and_wakes_itself(void **state)
{
    struct poller task = { 0 };
    struct pass p;
    struct future *f = pass(&p);
    (void)state;
    CHECK(poll_by(&task, f) == POLL_PENDING,
          "READY in the first poll: the task goes on at once, and nobody else "
          "has run");
    CHECK(task.woken > 0, "PENDING, and the waker was not called: nothing else "
                          "will wake it, so it is never polled again");
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
          "PENDING a second time: the others have had their turn, so this poll "
          "must be READY");
}

static void another_task_may_poll_it_the_second_time(void **state)
{
    struct poller one = { 0 }, other = { 0 };
    struct pass p;
    struct future *f = pass(&p);
    (void)state;
    (void)poll_by(&one, f);
    CHECK(poll_by(&other, f) == POLL_READY,
          "another task polls it the second time, and it is PENDING: it has "
          "let the others run, no matter who polls");
}

static void it_may_be_made_anew_in_the_same_place(void **state)
{
    struct poller task = { 0 };
    struct pass p;
    (void)state;
    memset(&p, 0xa5, sizeof p);
    for (int i = 0; i < 2; i++) {
        struct future *f = pass(&p);
        CHECK(poll_by(&task, f) == POLL_PENDING,
              "made in a struct that was used before, and READY in the first "
              "poll: pass() must set all of it");
        (void)poll_by(&task, f);
    }
}

static void it_wakes_the_task_that_polls_it(void **state)
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

static int nobody_; /* how often the waker without data was called */

static void wake_nobody_(void *data)
{
    CHECK(!data, "a waker whose data is NULL was called with other data");
    nobody_++;
}

static void the_data_of_a_waker_may_be_null(void **state)
{
    struct context cx =
        context_make((struct waker){ wake_nobody_, NULL }, NULL);
    struct pass p;
    (void)state;
    CHECK(future_poll(pass(&p), &cx) == POLL_PENDING,
          "READY in the first poll, by a waker whose data is NULL");
    CHECK(nobody_ == 1,
          "a waker whose data is NULL was called %d times, once is right: only "
          "a waker without a function is empty",
          nobody_);
}

/* ---- Two at the same time ------------------------------------------------ */

static void hundreds_do_not_disturb_each_other(void **state)
{
    static struct pass passes[300];
    static struct future *futures[300];
    struct poller task = { 0 };
    (void)state;
    for (int i = 0; i < 300; i++)
        CHECK(poll_by(&task, futures[i] = pass(&passes[i])) == POLL_PENDING,
              "number %d is READY in its first poll", i + 1);
    for (int i = 0; i < 300; i++)
        CHECK(poll_by(&task, futures[i]) == POLL_READY,
              "of 300 that were polled once, number %d is PENDING a second "
              "time",
              i + 1);
}

struct life_ {
    struct poller task;
    struct pass pass;
    struct future *future;
    bool goes; /* it is dropped after its first poll */
};

static void begins_(void *life)
{
    static int number;
    struct life_ *me = life;
    me->task = (struct poller){ 0 };
    me->goes = number++ % 4 == 3;
    me->future = pass(&me->pass);
}

static void yields_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_by(&me->task, me->future) == POLL_PENDING && me->task.woken == 1,
          "its first poll must be PENDING, with one wake");
}

static void goes_on_(void *life)
{
    struct life_ *me = life;
    if (me->goes)
        future_drop(me->future);
    else
        CHECK(poll_by(&me->task, me->future) == POLL_READY,
              "PENDING a second time");
    CHECK(me->task.woken == 1, "one yield woke its task %d times",
          me->task.woken);
}

static void two_do_not_disturb_each_other(void **state)
{
    (void)state;
    PROBE_LIVES(life_, begins_, yields_, goes_on_);
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
        CHECK(f->ops->drop, "it has no drop function, so cancelling the task "
                            "would call NULL; use future_drop_nothing");
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
    cmocka_unit_test(another_task_may_poll_it_the_second_time),
    cmocka_unit_test(it_may_be_made_anew_in_the_same_place),
    cmocka_unit_test(dropped_it_wakes_nobody),
    cmocka_unit_test(two_do_not_disturb_each_other),
    cmocka_unit_test(hundreds_do_not_disturb_each_other),
    cmocka_unit_test(it_wakes_the_task_that_polls_it),
    cmocka_unit_test(the_data_of_a_waker_may_be_null),
    cmocka_unit_test(tasks_take_turns),
};
EXERCISE_MAIN(tests)
