/* The executor on the real clock, beside handles of others in the same loop. */
#include "support.h"

static void up_hosted_or_not(bool hosted)
{
    up(NULL);
    if (hosted)
        executor_attach(&ex);
}

/* ---- A sleep beside a handle that stays silent --------------------------- */

static void other_timer_cb(uv_timer_t *timer)
{
    (void)timer;
    trace("the other timer");
}

static void open_other_timer(uv_timer_t *timer, uint64_t ms)
{
    uv_timer_init(&loop, timer);
    uv_timer_start(timer, other_timer_cb, ms, 0);
}

static void close_handle(void *handle)
{
    uv_close(handle, NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
}

static enum poll leave_poll(struct future *f, struct context *cx)
{
    (void)f;
    uv_stop(cx->executor->loop);
    return POLL_READY;
}

static const struct future_ops leave_ops = {
    .name = "leave",
    .poll = leave_poll,
    .drop = future_drop_nothing,
};

struct napper { /* blocks, sleeps, and then ends the host's uv_run() */
    struct async async;
    unsigned block; /* ms */
    uint64_t ms;
    struct sleep nap;
    struct future leave;
};

static enum poll napper_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct napper);
    AWAIT(sleep_ms(&self->nap, 1));
    uv_sleep(self->block);
    AWAIT(sleep_ms(&self->nap, self->ms));
    trace("slept");
    self->leave = (struct future){ .ops = &leave_ops };
    AWAIT(&self->leave);
    ASYNC_END;
}

static const struct future_ops napper_ops = ASYNC_OPS(napper);

/* The wheel has not turned while the task blocked.  So the sleep begins in a
 * coarse slot that is over already, and the alarm for it rings at once. */
static void sleep_after(unsigned block, uint64_t ms, bool hosted)
{
    struct napper *self = task_slot(struct napper);
    uv_timer_t other;
    up_hosted_or_not(hosted);
    open_other_timer(&other, 3000);
    *self = (struct napper){ .async.future.ops = &napper_ops,
                             .block = block,
                             .ms = ms };
    spawn(&self->async.future);
    if (hosted)
        uv_run(&loop, UV_RUN_DEFAULT);
    else
        executor_run(&ex);
    expect_trace("slept");
    close_handle(&other);
    down();
}

/* DRV-07 */
static void a_sleep_ends_before_a_later_timer_of_somebody_else(void **state)
{
    static const unsigned blocks[] = { 0, 40, 70, 100, 130 };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        sleep_after(blocks[i], 20, false);
        sleep_after(blocks[i], 20, true);
    }
}

static enum poll block_poll(struct future *f, struct context *cx)
{
    (void)f, (void)cx;
    uv_sleep(20);
    return POLL_READY;
}

static const struct future_ops block_ops = {
    .name = "block",
    .poll = block_poll,
    .drop = future_drop_nothing,
};

static void abort_cb(uv_timer_t *timer)
{
    task_abort(timer->data);
}

/* The task blocks, so libuv finds the timer due before it waits.  DRV-07,
 * TIME-05 */
static void nobody_waits_for_a_sleep_that_a_callback_has_dropped(void **state)
{
    struct future *f = task_slot(struct future);
    uv_timer_t other, aborts;
    up(NULL);
    open_other_timer(&other, 3000);
    uv_timer_init(&loop, &aborts);
    aborts.data = spawn_worker("hour", 1, 3600000);
    uv_timer_start(&aborts, abort_cb, 5, 0);
    *f = (struct future){ .ops = &block_ops };
    spawn(f);
    executor_run(&ex);
    expect_trace("hour1 ~hour");
    task_detach(aborts.data);
    close_handle(&other);
    close_handle(&aborts);
    down();
}

struct sluggard { /* sleeps, yields, and then ends the host's uv_run() */
    struct async async;
    int i;
    struct sleep nap;
    struct yield yield;
    struct future leave;
};

static enum poll sluggard_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct sluggard);
    AWAIT(sleep_ms(&self->nap, 10));
    for (self->i = 0; self->i < 100; self->i++) /* more than one turn */
        AWAIT(yield_now(&self->yield));
    trace("yielded");
    self->leave = (struct future){ .ops = &leave_ops };
    AWAIT(&self->leave);
    ASYNC_END;
}

static const struct future_ops sluggard_ops = ASYNC_OPS(sluggard);

static void block_cb(uv_timer_t *timer)
{
    (void)timer;
    uv_sleep(30);
}

/* While a callback of the host blocks, the sleep becomes due.  So not the alarm
 * wakes the task, but the turn after that callback.  HOST-03 */
static void a_task_that_a_turn_has_woken_goes_on_at_once(void **state)
{
    struct sluggard *self = task_slot(struct sluggard);
    uv_timer_t other, blocks;
    up_hosted_or_not(true);
    open_other_timer(&other, 3000);
    uv_timer_init(&loop, &blocks);
    uv_timer_start(&blocks, block_cb, 5, 0);
    *self = (struct sluggard){ .async.future.ops = &sluggard_ops };
    spawn(&self->async.future);
    uv_run(&loop, UV_RUN_DEFAULT);
    expect_trace("yielded");
    close_handle(&other);
    close_handle(&blocks);
    down();
}

/* ---- A handle that was unref'd ------------------------------------------- */

struct spinner { /* yields until the other timer has rung */
    struct async async;
    bool *rang;
    uint64_t polls;
    struct yield yield;
};

static enum poll spinner_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct spinner);
    while (!*self->rang && ++self->polls < 100u * 1000 * 1000)
        AWAIT(yield_now(&self->yield));
    ASYNC_END;
}

static const struct future_ops spinner_ops = ASYNC_OPS(spinner);

static void rang_cb(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

static void spin_beside_an_unrefd_timer(const struct executor_options *options)
{
    uv_timer_t timer;
    bool rang = false;
    struct spinner self = { .async.future.ops = &spinner_ops, .rang = &rang };
    up(options);
    uv_timer_init(&loop, &timer);
    timer.data = &rang;
    uv_timer_start(&timer, rang_cb, 5, 0);
    uv_unref((uv_handle_t *)&timer);
    block_on(&ex, &self.async.future);
    assert_true(rang);
    close_handle(&timer);
    down();
}

/* DRV-08 */
static void a_handle_that_was_unrefd_has_its_turn_while_tasks_are_ready(
    void **state)
{
    static const struct executor_options virtual_time = { .virtual_clock =
                                                              true };
    spin_beside_an_unrefd_timer(NULL);
    spin_beside_an_unrefd_timer(&virtual_time);
}

struct clerk { /* yields for 20 ms; counts its polls in a ms without a turn */
    struct async async;
    uint64_t end, seen; /* seen: the ms of libuv's latest turn */
    int polls, most;
    struct yield yield;
};

static enum poll clerk_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct clerk);
    while (uv_hrtime() < self->end) {
        self->polls = uv_hrtime() / 1000000 == self->seen ? 0 : self->polls + 1;
        if (self->polls > self->most)
            self->most = self->polls;
        AWAIT(yield_now(&self->yield));
    }
    ASYNC_END;
}

static const struct future_ops clerk_ops = ASYNC_OPS(clerk);

static void seen_cb(uv_check_t *check)
{
    struct clerk *self = check->data;
    self->seen = uv_hrtime() / 1000000;
}

/* A millisecond lasts as long as it wants on a busy machine.  But when a turn
 * of 61 polls is over in a new one, libuv is next.  DRV-08 */
static void its_turn_comes_once_in_each_millisecond(void **state)
{
    struct clerk self = { .async.future.ops = &clerk_ops };
    uv_check_t check;
    up(NULL);
    uv_check_init(&loop, &check);
    check.data = &self;
    uv_check_start(&check, seen_cb);
    uv_unref((uv_handle_t *)&check);
    self.end = uv_hrtime() + 20000000;
    block_on(&ex, &self.async.future);
    assert_in_range(self.most, 0, 61);
    close_handle(&check);
    down();
}

/* ---- A flood of messages ------------------------------------------------- */

enum { FLOOD = 10000 };
static int ran;

static void flood_run(struct message *m, struct executor *executor)
{
    (void)m, (void)executor;
    ran++;
}

static void flood(void)
{
    static struct message messages[FLOOD];
    struct inbox *box = inbox_open(&ex);
    ran = 0;
    for (int i = 0; i < FLOOD; i++) {
        messages[i].run = flood_run;
        assert_int_equal(inbox_post(box, &messages[i]), 0);
    }
    inbox_close(box);
}

struct onlooker { /* the most messages that ran between two of its polls */
    struct async async;
    int seen, most;
    struct yield yield;
};

static enum poll onlooker_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct onlooker);
    while (ran < FLOOD) {
        self->seen = ran;
        AWAIT(yield_now(&self->yield));
        if (ran - self->seen > self->most)
            self->most = ran - self->seen;
    }
    ASYNC_END;
}

static const struct future_ops onlooker_ops = ASYNC_OPS(onlooker);

/* INBOX-08 */
static void a_flood_of_messages_leaves_tasks_their_turns(void **state)
{
    struct onlooker self = { .async.future.ops = &onlooker_ops };
    up(NULL);
    flood();
    block_on(&ex, &self.async.future);
    assert_int_equal(self.most, 64 * 61);
    assert_int_equal(ran, FLOOD);
    down();
}

/* INBOX-02, INBOX-08: more than run in one turn */
static void a_flood_has_run_when_the_executor_comes_to_rest(void **state)
{
    up(NULL);
    flood();
    executor_run(&ex);
    assert_int_equal(ran, FLOOD);
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sleep_ends_before_a_later_timer_of_somebody_else),
        cmocka_unit_test(nobody_waits_for_a_sleep_that_a_callback_has_dropped),
        cmocka_unit_test(a_task_that_a_turn_has_woken_goes_on_at_once),
        cmocka_unit_test(its_turn_comes_once_in_each_millisecond),
        cmocka_unit_test(
            a_handle_that_was_unrefd_has_its_turn_while_tasks_are_ready),
        cmocka_unit_test(a_flood_of_messages_leaves_tasks_their_turns),
        cmocka_unit_test(a_flood_has_run_when_the_executor_comes_to_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
