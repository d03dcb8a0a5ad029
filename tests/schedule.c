/* Who runs next, how often, and that a seed changes only the order. */
#include "support.h"

/* ---- Wakes --------------------------------------------------------------- */

/* WAKE-02 */
static void a_task_is_polled_once_per_wake_and_not_otherwise(void **state)
{
    struct probe *p = task_slot(struct probe);
    up(NULL);
    spawn(probe(p, "p"));
    let_run(3);
    expect_trace("p?");
    waker_wake(p->waker);
    let_run(3);
    expect_trace("p?");
    probe_open(p);
    let_run(3);
    expect_trace("p!");
    down();
}

/* WAKE-04 */
static void many_wakes_before_a_poll_are_one(void **state)
{
    struct probe *p = task_slot(struct probe);
    up(NULL);
    spawn(probe(p, "p"));
    let_run(1);
    for (int i = 0; i < 100; i++)
        waker_wake(p->waker);
    let_run(3);
    expect_trace("p? p?");
    down();
    expect_trace("~p");
}

struct eager { /* wakes itself three times in each of two polls */
    struct future future;
    int polls;
};

static enum poll eager_poll(struct future *f, struct context *cx)
{
    struct eager *self = container_of(f, struct eager, future);
    if (++self->polls > 2)
        return POLL_READY;
    trace("in");
    for (int i = 0; i < 3; i++)
        waker_wake(context_waker(cx));
    trace("out");
    return POLL_PENDING;
}

static const struct future_ops eager_ops = { .name = "eager",
                                             .poll = eager_poll,
                                             .drop = future_drop_nothing };

/* WAKE-03, WAKE-04 */
static void waking_oneself_queues_once_and_never_nests(void **state)
{
    struct eager *self = task_slot(struct eager);
    up(NULL);
    *self = (struct eager){ .future.ops = &eager_ops };
    spawn(&self->future);
    task_detach(spawn_worker("w", 2, 0));
    executor_run(&ex);
    expect_trace("in out w1 in out w2 w.");
    down();
}

struct restless { /* wakes itself, and lends its waker to an echo */
    struct future future;
    struct waker waker;
    int polls;
};

static enum poll restless_poll(struct future *f, struct context *cx)
{
    struct restless *self = container_of(f, struct restless, future);
    if (++self->polls > 2)
        return POLL_READY;
    trace("r%d", self->polls);
    self->waker = context_waker(cx);
    waker_wake(self->waker);
    return POLL_PENDING;
}

static const struct future_ops restless_ops = { .name = "restless",
                                                .poll = restless_poll,
                                                .drop = future_drop_nothing };

struct echo {
    struct future future;
    struct restless *of;
};

static enum poll echo_poll(struct future *f, struct context *cx)
{
    trace("echo");
    waker_wake(container_of(f, struct echo, future)->of->waker);
    return POLL_READY;
}

static const struct future_ops echo_ops = { .name = "echo",
                                            .poll = echo_poll,
                                            .drop = future_drop_nothing };

/* WAKE-04 */
static void a_task_that_woke_itself_is_queued_once_whoever_else_wakes_it(
    void **state)
{
    struct restless *r = task_slot(struct restless);
    struct echo *e = task_slot(struct echo);
    up(NULL);
    *r = (struct restless){ .future.ops = &restless_ops };
    *e = (struct echo){ .future.ops = &echo_ops, .of = r };
    spawn(&r->future);
    spawn(&e->future);
    task_detach(spawn_worker("w", 2, 0));
    executor_run(&ex);
    expect_trace("r1 echo w1 r2 w2 w.");
    down();
}

/* ---- Order --------------------------------------------------------------- */

/* SCHED-01 */
static void a_yield_wakes_itself_and_is_pending_once(void **state)
{
    struct bell bell = { 0 };
    struct context cx = context_make(bell_waker(&bell), NULL);
    struct yield yield;
    assert_int_equal(future_poll(yield_now(&yield), &cx), POLL_PENDING);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(future_poll(&yield.future, &cx), POLL_READY);
    assert_int_equal(bell.rings, 1);
}

/* SCHED-02, SCHED-03 */
static void yielding_tasks_take_turns(void **state)
{
    up(NULL);
    task_detach(spawn_worker("a", 3, 0));
    task_detach(spawn_worker("b", 3, 0));
    task_detach(spawn_worker("c", 3, 0));
    executor_run(&ex);
    expect_trace("a1 b1 c1 a2 b2 c2 a3 b3 c3 a. b. c.");
    down();
}

/* SCHED-07 */
static void tasks_run_in_the_order_they_were_woken(void **state)
{
    struct probe *p[4];
    const char *names[] = { "a", "b", "c", "d" };
    up(NULL);
    for (int i = 0; i < 4; i++)
        spawn(probe(p[i] = task_slot(struct probe), names[i]));
    let_run(1);
    probe_open(p[2]);
    probe_open(p[0]);
    probe_open(p[3]);
    probe_open(p[1]);
    executor_run(&ex);
    expect_trace("a? b? c? d? c! a! d! b!");
    down();
}

struct ping { /* wakes the other for ever; never ready */
    struct probe probe;
    struct ping *other;
};

static enum poll ping_poll(struct future *f, struct context *cx)
{
    struct ping *self = container_of(f, struct ping, probe.future);
    self->probe.polls++;
    self->probe.waker = context_waker(cx);
    waker_wake(self->other->probe.waker);
    return POLL_PENDING;
}

static const struct future_ops ping_ops = { .name = "ping",
                                            .poll = ping_poll,
                                            .drop = future_drop_nothing };

static void spawn_ping_pong(struct ping **a, struct ping **b)
{
    *a = task_slot(struct ping);
    *b = task_slot(struct ping);
    **a = (struct ping){ .probe.future.ops = &ping_ops, .other = *b };
    **b = (struct ping){ .probe.future.ops = &ping_ops, .other = *a };
    spawn(&(*a)->probe.future);
    spawn(&(*b)->probe.future);
}

/* SCHED-03, SCHED-06 */
static void a_pair_that_wakes_each_other_starves_nobody(void **state)
{
    struct worker third;
    struct ping *a, *b;
    up(NULL);
    spawn_ping_pong(&a, &b);
    block_on(&ex, worker(&third, "w", 100, 0));
    assert_in_range(a->probe.polls + b->probe.polls, 100, 103);
    assert_in_range(a->probe.polls - b->probe.polls + 1, 0, 2);
    down();
}

/* ---- The event loop has its turn ----------------------------------------- */

static int polls, polls_before;
static bool flag;

struct
    spinner { /* always ready to run, until it was polled so often, or flag */
    struct future future;
    int limit;
};

static enum poll spinner_poll(struct future *f, struct context *cx)
{
    struct spinner *self = container_of(f, struct spinner, future);
    polls++;
    if (flag || polls >= self->limit)
        return POLL_READY;
    waker_wake(context_waker(cx));
    return POLL_PENDING;
}

static const struct future_ops spinner_ops = { .name = "spinner",
                                               .poll = spinner_poll,
                                               .drop = future_drop_nothing };

static struct future *spinner(struct spinner *self, int limit)
{
    *self = (struct spinner){ .future.ops = &spinner_ops, .limit = limit };
    return &self->future;
}

static void trace_polls(uv_prepare_t *prepare)
{
    trace("%d", polls - polls_before);
    polls_before = polls;
}

static void spin(int polls_per_turn, int limit)
{
    struct executor_options options = { .polls_per_turn = polls_per_turn };
    struct spinner self;
    uv_prepare_t prepare;
    up(&options);
    polls = polls_before = 0;
    flag = false;
    uv_prepare_init(&loop, &prepare);
    uv_prepare_start(&prepare, trace_polls);
    block_on(&ex, spinner(&self, limit));
    uv_close((uv_handle_t *)&prepare, NULL);
    down();
}

/* SCHED-05, SCHED-04, OPT-03 */
static void libuv_has_its_turn_after_so_many_polls(void **state)
{
    spin(0, 200);
    expect_trace("61 61 61");
    spin(10, 35);
    expect_trace("10 10 10");
    spin(1, 4);
    expect_trace("1 1 1");
}

static void raise_flag(uv_handle_t *handle)
{
    flag = true;
    uv_close(handle, NULL);
}

static void on_timer(uv_timer_t *timer)
{
    raise_flag((uv_handle_t *)timer);
}

static void on_async(uv_async_t *async)
{
    raise_flag((uv_handle_t *)async);
}

/* SCHED-05 */
static void timers_and_io_of_others_are_served_while_tasks_spin(void **state)
{
    struct spinner self;
    uv_timer_t timer;
    uv_async_t async;
    up(NULL);
    spawn(spinner(task_slot(struct spinner), INT32_MAX));
    flag = false;
    polls = 0;
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, on_timer, 1, 0);
    block_on(&ex, spinner(&self, INT32_MAX));
    flag = false;
    uv_async_init(&loop, &async, on_async);
    uv_async_send(&async);
    block_on(&ex, spinner(&self, INT32_MAX));
    assert_true(flag);
    down();
}

/* ---- A seed changes the order, and nothing else -------------------------- */

enum { SEEDS = 200 };

/* Yields, sleeps with ties, joins, an abort: each once ready among others. */
static void some_of_everything(uint64_t seed, char *order, size_t size)
{
    struct executor_options options = { .virtual_clock = true, .seed = seed };
    struct task *yields[3], *naps[3], *cut;
    up(&options);
    cut = spawn_worker("x", 9, 7);
    for (int i = 0; i < 3; i++) {
        yields[i] = spawn_worker((const char *[]){ "a", "b", "c" }[i], 2, 0);
        naps[i] = spawn_worker((const char *[]){ "k", "l", "m" }[i], 2, 10);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(join_status(yields[i]), 0);
        assert_int_equal(task_output(yields[i], struct worker)->result, 2);
    }
    task_abort(cut);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(join_status(naps[i]), 0);
        assert_int_equal(task_output(naps[i], struct worker)->result, 2);
    }
    assert_int_equal(executor_now(&ex), 20);
    assert_int_equal(join_status(cut), UV_ECANCELED);
    executor_run(&ex);
    for (int i = 0; i < 3; i++) {
        task_detach(yields[i]);
        task_detach(naps[i]);
    }
    task_detach(cut);
    snprintf(order, size, "%.*s", (int)size - 1, trace_text);
    down();
}

/* SEED-01, SEED-02 */
static void each_of_200_seeds_has_an_order_of_its_own_each_time(void **state)
{
    static char orders[SEEDS][256];
    char again[256];
    int different = 0;
    for (int i = 0; i < SEEDS; i++) {
        some_of_everything((uint64_t)i, orders[i], sizeof orders[i]);
        some_of_everything((uint64_t)i, again, sizeof again);
        assert_string_equal(orders[i], again);
        for (int j = 0; j < i; j++)
            different += strcmp(orders[i], orders[j]) != 0;
    }
    assert_string_equal(orders[0], "x1 a1 k1 b1 l1 c1 m1 a2 b2 c2 a. b. c. "
                                   "~x k2 l2 m2 k. l. m.");
    assert_true(different > SEEDS * (SEEDS - 1) / 2 * 99 / 100);
}

/* SEED-02 */
static void with_a_seed_each_ready_task_comes_first_equally_often(void **state)
{
    int first[5] = { 0 };
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct executor_options options = { .seed = seed };
        up(&options);
        for (int i = 0; i < 5; i++)
            spawn(worker(task_slot(struct worker),
                         (const char *[]){ "0", "1", "2", "3", "4" }[i], 0, 0));
        executor_run(&ex);
        first[trace_text[1] - '0']++; /* "~3 ~0 …": no rounds, no result */
        down();
    }
    for (int i = 0; i < 5; i++)
        assert_in_range(first[i], SEEDS / 5 - 15, SEEDS / 5 + 15);
}

/* SEED-03, SCHED-06 */
static void no_seed_starves_anybody(void **state)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct executor_options options = { .seed = seed };
        struct worker third;
        struct ping *a, *b;
        up(&options);
        spawn_ping_pong(&a, &b);
        block_on(&ex, worker(&third, "w", 20, 0));
        assert_in_range(a->probe.polls + b->probe.polls, 4, 400);
        down();
    }
}

static void draw(uint64_t seed, uint64_t *numbers, int count)
{
    struct executor_options options = { .seed = seed };
    up(&options);
    for (int i = 0; i < count; i++)
        numbers[i] = executor_random(&ex, 6);
    down();
}

/* SEED-04 */
static void random_numbers_come_from_the_seed(void **state)
{
    uint64_t a[600], b[600];
    int seen[6] = { 0 };
    draw(0, a, 600);
    draw(0, b, 600);
    assert_memory_equal(a, b, sizeof a);
    draw(7, b, 600);
    assert_memory_not_equal(a, b, sizeof a);
    for (int i = 0; i < 600; i++) {
        assert_in_range(b[i], 0, 5);
        seen[b[i]]++;
    }
    for (int i = 0; i < 6; i++)
        assert_in_range(seen[i], 70, 130);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_is_polled_once_per_wake_and_not_otherwise),
        cmocka_unit_test(many_wakes_before_a_poll_are_one),
        cmocka_unit_test(waking_oneself_queues_once_and_never_nests),
        cmocka_unit_test(
            a_task_that_woke_itself_is_queued_once_whoever_else_wakes_it),
        cmocka_unit_test(a_yield_wakes_itself_and_is_pending_once),
        cmocka_unit_test(yielding_tasks_take_turns),
        cmocka_unit_test(tasks_run_in_the_order_they_were_woken),
        cmocka_unit_test(a_pair_that_wakes_each_other_starves_nobody),
        cmocka_unit_test(libuv_has_its_turn_after_so_many_polls),
        cmocka_unit_test(timers_and_io_of_others_are_served_while_tasks_spin),
        cmocka_unit_test(each_of_200_seeds_has_an_order_of_its_own_each_time),
        cmocka_unit_test(with_a_seed_each_ready_task_comes_first_equally_often),
        cmocka_unit_test(no_seed_starves_anybody),
        cmocka_unit_test(random_numbers_come_from_the_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
