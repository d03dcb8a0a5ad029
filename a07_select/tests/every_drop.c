/* Every future dropped at each of its suspension points: those of this room,
 * and those of earlier headers; a04_join has tests of its own. */
#include "tests/every_drop.h"
#include "a01_futures/ticks.h"
#include "a05_spawn/blocking.h"
#include "a07_select/interval.h"
#include "a07_select/select.h"
#include "a07_select/signals.h"
#include "a07_select/timeout.h"

/* ---- What comes with the executor ---------------------------------------- */

static struct future *make_sleep(void *memory)
{
    return sleep_ms(memory, 10);
}

static struct future *make_yield(void *memory)
{
    return yield_now(memory);
}

static struct future *make_ticks(void *memory)
{
    return ticks(memory, 3);
}

static struct future *make_worker(void *memory)
{
    return worker(memory, "w", 3, 10);
}

struct joiner { /* spawns a task and awaits it; cancelled, it aborts it */
    struct async async;
    struct task *task;
    struct join join;
};

static enum poll joiner_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct joiner);
    self->task =
        task_spawn(cx->executor, worker(task_slot(struct worker), "w", 3, 10));
    AWAIT(task_join(&self->join, self->task));
    ASYNC_FINALLY
    task_abort(self->task);
    task_detach(self->task);
    ASYNC_END;
}

static const struct future_ops joiner_ops = ASYNC_OPS(joiner);

static struct future *make_joiner(void *memory)
{
    struct joiner *self = memory;
    *self = (struct joiner){ .async.future.ops = &joiner_ops };
    return &self->async.future;
}

/* The number is after how many polls it is READY. */
/* FUT-04 */
static void those_of_the_executor(void **state)
{
    assert_int_equal(every_drop(sizeof(struct sleep), make_sleep), 2);
    assert_int_equal(every_drop(sizeof(struct yield), make_yield), 2);
    assert_int_equal(every_drop(sizeof(struct ticks), make_ticks), 4);
    assert_int_equal(every_drop(sizeof(struct worker), make_worker), 4);
    assert_int_equal(every_drop(sizeof(struct joiner), make_joiner), 2);
}

/* ---- a05, a06 ------------------------------------------------------------ */

struct sum { /* its data is its own, so that it may go at any time */
    struct async async;
    struct blocking blocking;
    long numbers[3];
    int i;
    struct budget budget;
};

static void add_up(void *data)
{
    long *numbers = data;
    numbers[2] = numbers[0] + numbers[1];
}

static enum poll sum_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct sum);
    for (self->i = 0; self->i < 2; self->i++) {
        self->numbers[0] = self->numbers[1] = 21;
        AWAIT(blocking_run(&self->blocking, add_up, self->numbers,
                           sizeof self->numbers));
        assert_int_equal(self->numbers[2], 42);
    }
    for (self->i = 0; self->i < 3 * BUDGET_STEPS; self->i++)
        AWAIT(budget_step(&self->budget));
    ASYNC_END;
}

static const struct future_ops sum_ops = ASYNC_OPS(sum);

static struct future *make_sum(void *memory)
{
    struct sum *self = memory;
    *self = (struct sum){ .async.future.ops = &sum_ops };
    return &self->async.future;
}

static void blocking_work_and_budgets(void **state)
{
    assert_int_equal(every_drop(sizeof(struct sum), make_sum), 5);
}

/* ---- This room ----------------------------------------------------------- */

struct choice { /* each round another one wins */
    struct async async;
    bool biased;
    int round;
    struct select select;
    struct future *arms[4];
    struct worker workers[2];
    struct sleep nap;
    struct keep keep;
    struct worker kept; /* what it keeps: it goes on through all the rounds */
};

static enum poll choice_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct choice);
    keep_init(&self->keep, worker(&self->kept, "k", 4, 30));
    for (self->round = 0; self->round < 4; self->round++) {
        self->arms[0] = self->round == 2   ? NULL
                        : self->round == 1 ? sleep_ms(&self->nap, 5)
                                           : sleep_ms(&self->nap, 40);
        self->arms[1] = worker(&self->workers[0], "a", 2, 25);
        self->arms[2] = keep_lend(&self->keep);
        self->arms[3] = worker(&self->workers[1], "b", 2, 0);
        if (self->round < 2)
            self->arms[3] = NULL;
        if (self->biased)
            AWAIT(select_biased(&self->select, self->arms, 4));
        else
            AWAIT(select_any(&self->select, self->arms, 4));
    }
    AWAIT(keep_lend(&self->keep));
    ASYNC_FINALLY
    keep_drop(&self->keep);
    ASYNC_END;
}

static const struct future_ops choice_ops = ASYNC_OPS(choice);

static struct future *make_choice(void *memory)
{
    struct choice *self = memory;
    *self = (struct choice){ .async.future.ops = &choice_ops };
    return &self->async.future;
}

static struct future *make_biased_choice(void *memory)
{
    struct future *f = make_choice(memory);
    container_of(f, struct choice, async.future)->biased = true;
    return f;
}

/* SEL-12, SEL-04 */
static void select_and_what_is_kept(void **state)
{
    assert_true(every_drop(sizeof(struct choice), make_choice) > 8);
    assert_true(every_drop(sizeof(struct choice), make_biased_choice) > 8);
}

struct limits { /* one in time, one too late, one in another one */
    struct async async;
    struct timeout outer, inner;
    struct worker worker;
};

static enum poll limits_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct limits);
    AWAIT(timeout_ms(&self->inner, worker(&self->worker, "a", 2, 10), 30));
    assert_int_equal(self->inner.status, 0);
    AWAIT(timeout_ms(&self->inner, worker(&self->worker, "b", 5, 10), 25));
    assert_int_equal(self->inner.status, UV_ETIMEDOUT);
    timeout_ms(&self->inner, worker(&self->worker, "c", 5, 10), 25);
    AWAIT(timeout_ms(&self->outer, &self->inner.future, 15));
    assert_int_equal(self->outer.status, UV_ETIMEDOUT);
    ASYNC_END;
}

static const struct future_ops limits_ops = ASYNC_OPS(limits);

static struct future *make_limits(void *memory)
{
    struct limits *self = memory;
    *self = (struct limits){ .async.future.ops = &limits_ops };
    return &self->async.future;
}

static void timeouts(void **state)
{
    assert_true(every_drop(sizeof(struct limits), make_limits) > 7);
}

struct clock { /* ticks beside signals that never come */
    struct async async;
    int i;
    struct interval every;
    struct interval_tick tick;
    struct signals signals;
    struct signals_next next;
    struct select select;
    struct future *arms[2];
    struct sleep nap;
};

static enum poll clock_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct clock);
    interval_init(&self->every, 10, INTERVAL_BURST);
    if (signals_open(&self->signals, cx->executor))
        fail();
    for (self->i = 0; self->i < 3; self->i++) {
        self->arms[0] = interval_tick(&self->tick, &self->every);
        self->arms[1] = signals_next(&self->next, &self->signals);
        AWAIT(select_any(&self->select, self->arms, 2));
        assert_int_equal(self->select.winner, 0);
        assert_int_equal(self->tick.due % 10, 0);
        AWAIT(sleep_ms(&self->nap, 7));
    }
    ASYNC_FINALLY
    signals_close(&self->signals);
    ASYNC_END;
}

static const struct future_ops clock_ops = ASYNC_OPS(clock);

static struct future *make_clock(void *memory)
{
    struct clock *self = memory;
    *self = (struct clock){ .async.future.ops = &clock_ops };
    return &self->async.future;
}

static void intervals_and_signals(void **state)
{
    assert_int_equal(every_drop(sizeof(struct clock), make_clock), 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_of_the_executor),
        cmocka_unit_test(blocking_work_and_budgets),
        cmocka_unit_test(select_and_what_is_kept),
        cmocka_unit_test(timeouts),
        cmocka_unit_test(intervals_and_signals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
