/* What executor_close() does with everybody who is still there. */
#include "support.h"

static struct bell bell;

/* SHUT-01, SHUT-02 */
static void close_drops_every_task_once_newest_first(void **state)
{
    struct probe *p;
    up(&virtual_clock);
    spawn(probe(task_slot(struct probe), "waits"));
    p = task_slot(struct probe);
    spawn(probe(p, "woken"));
    spawn(worker(task_slot(struct worker), "sleeps", 2, 1000));
    let_run(1);
    probe_open(p);
    spawn(probe(task_slot(struct probe), "new"));
    expect_trace("waits? woken? sleeps1");
    down();
    expect_trace("~new ~sleeps ~woken ~waits");
}

/* SHUT-03 */
static void a_join_after_the_close_reports_cancelled(void **state)
{
    struct context cx = context_make(bell_waker(&bell), NULL);
    struct task *t;
    struct join join;
    up(NULL);
    t = task_spawn(&ex, probe(task_slot(struct probe), "p"));
    let_run(1);
    down();
    assert_int_equal(future_poll(task_join(&join, t), &cx), POLL_READY);
    assert_int_equal(join.status, UV_ECANCELED);
    task_detach(t);
}

/* SHUT-03 */
static void a_join_that_waits_during_the_close_is_woken(void **state)
{
    struct context cx = context_make(bell_waker(&bell), NULL);
    struct task *t;
    struct join join;
    up(NULL);
    t = task_spawn(&ex, probe(task_slot(struct probe), "p"));
    assert_int_equal(future_poll(task_join(&join, t), &cx), POLL_PENDING);
    bell.rings = 0;
    down();
    assert_int_equal(bell.rings, 1);
    assert_int_equal(future_poll(&join.future, &cx), POLL_READY);
    assert_int_equal(join.status, UV_ECANCELED);
    task_detach(t);
}

/* SHUT-07 */
static void a_finished_task_keeps_its_output_beyond_the_close(void **state)
{
    struct context cx = context_make(bell_waker(&bell), NULL);
    struct task *t;
    struct join join;
    up(NULL);
    t = spawn_worker("a", 2, 0);
    executor_run(&ex);
    down();
    assert_int_equal(future_poll(task_join(&join, t), &cx), POLL_READY);
    assert_int_equal(join.status, 0);
    assert_int_equal(task_output(t, struct worker)->result, 2);
    task_detach(t);
}

/* ---- Drops that do something --------------------------------------------- */

enum act { SPAWNS, WAKES, ABORTS, DETACHES };

struct heir { /* a probe whose drop acts on another task */
    struct probe probe;
    enum act act;
    struct task *other;
};

static void heir_drop(struct future *f)
{
    struct heir *self = container_of(f, struct heir, probe.future);
    probe_drop(f);
    if (self->act == SPAWNS)
        spawn(probe(task_slot(struct probe), "child"));
    else if (self->act == WAKES && !task_is_over(self->other))
        waker_wake(
            container_of(task_future(self->other), struct heir, probe.future)
                ->probe.waker);
    else if (self->act == ABORTS)
        task_abort(self->other);
    else if (self->act == DETACHES)
        task_detach(self->other);
}

static const struct future_ops heir_ops = { .name = "heir",
                                            .poll = probe_poll,
                                            .drop = heir_drop };

static struct heir *heir(struct heir *self, const char *name, enum act act)
{
    probe(&self->probe, name);
    self->probe.future.ops = &heir_ops;
    self->act = act;
    self->other = NULL;
    return self;
}

/* SHUT-05 */
static void a_drop_that_spawns_gets_a_task_that_never_runs(void **state)
{
    up(NULL);
    spawn(&heir(task_slot(struct heir), "p", SPAWNS)->probe.future);
    let_run(1);
    down();
    expect_trace("p? ~p ~child");
}

/* SHUT-06 */
static void drops_may_wake_or_abort_tasks_that_live_or_not(void **state)
{
    for (int act = WAKES; act <= ABORTS; act++) {
        struct heir *a = task_slot(struct heir), *b = task_slot(struct heir);
        struct task *ta, *tb;
        up(NULL);
        heir(a, "a", (enum act)act);
        heir(b, "b", (enum act)act);
        b->other = ta = task_spawn(&ex, &a->probe.future);
        a->other = tb = task_spawn(&ex, &b->probe.future);
        let_run(1);
        down();
        expect_trace("a? b? ~b ~a");
        task_detach(ta);
        task_detach(tb);
    }
}

/* SHUT-06 */
static void a_drop_may_detach_its_own_children(void **state)
{
    struct heir *parent = task_slot(struct heir);
    up(NULL);
    heir(parent, "parent", DETACHES);
    parent->other = task_spawn(&ex, probe(task_slot(struct probe), "child"));
    spawn(&parent->probe.future);
    let_run(1);
    down();
    expect_trace("child? parent? ~parent ~child");
}

/* ---- Cycles -------------------------------------------------------------- */

struct mutual {
    struct async async;
    struct task *other;
    struct join join;
};

static enum poll mutual_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct mutual);
    AWAIT(task_join(&self->join, self->other));
    ASYNC_FINALLY
    trace("over");
    ASYNC_END;
}

static const struct future_ops mutual_ops = ASYNC_OPS(mutual);

static struct future *mutual(struct mutual *self)
{
    *self = (struct mutual){ .async.future.ops = &mutual_ops };
    return &self->async.future;
}

/* TASK-c */
static void two_tasks_that_wait_for_each_other_are_freed(void **state)
{
    struct task *a, *b;
    up(NULL);
    a = task_spawn(&ex, mutual(task_slot(struct mutual)));
    b = task_spawn(&ex, mutual(task_slot(struct mutual)));
    container_of(task_future(a), struct mutual, async.future)->other = b;
    container_of(task_future(b), struct mutual, async.future)->other = a;
    let_run(1);
    down();
    expect_trace("over over");
    task_detach(a);
    task_detach(b);
}

/* SHUT-d */
static void nothing_is_left_to_close_but_the_executor(void **state)
{
    up(NULL);
    down();
    up(&virtual_clock);
    executor_run(&ex);
    down();
}

/* SHUT-e */
static void spawning_after_the_close_drops_the_future(void **state)
{
    struct task *t;
    up(NULL);
    down();
    t = task_spawn(&ex, probe(task_slot(struct probe), "late"));
    assert_true(task_is_over(t) && task_is_cancelled(t));
    expect_trace("~late");
    task_detach(t);
}

/* SHUT-08 */
static void a_sleep_outside_the_executor_never_fires_but_can_be_dropped(
    void **state)
{
    struct sleep nap;
    struct context cx = context_make(bell_waker(&bell), &ex);
    up(&virtual_clock);
    bell.rings = 0;
    assert_int_equal(future_poll(sleep_ms(&nap, 10), &cx), POLL_PENDING);
    down();
    assert_int_equal(bell.rings, 0);
    future_drop(&nap.future); /* before the memory of the executor goes */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(close_drops_every_task_once_newest_first),
        cmocka_unit_test(a_join_after_the_close_reports_cancelled),
        cmocka_unit_test(a_join_that_waits_during_the_close_is_woken),
        cmocka_unit_test(a_finished_task_keeps_its_output_beyond_the_close),
        cmocka_unit_test(a_drop_that_spawns_gets_a_task_that_never_runs),
        cmocka_unit_test(drops_may_wake_or_abort_tasks_that_live_or_not),
        cmocka_unit_test(a_drop_may_detach_its_own_children),
        cmocka_unit_test(two_tasks_that_wait_for_each_other_are_freed),
        cmocka_unit_test(nothing_is_left_to_close_but_the_executor),
        cmocka_unit_test(spawning_after_the_close_drops_the_future),
        cmocka_unit_test(
            a_sleep_outside_the_executor_never_fires_but_can_be_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
