/* Tasks: spawn, join, detach, abort; and every way to wait for one. */
#include <stdlib.h>
static int in_use; /* blocks of memory, of the headers below */
#define malloc(size) (in_use++, malloc(size))
#define free(memory) (in_use--, free(memory))
#include "support.h"

/* A probe of its own task, and the task. */
static struct probe *spawn_probe(const char *name, struct task **t)
{
    *t = task_spawn(&ex, probe(task_slot(struct probe), name));
    return container_of(task_future(*t), struct probe, future);
}

/* ---- To its end ---------------------------------------------------------- */

/* TASK-01 */
static void join_gives_the_output(void **state)
{
    struct task *t;
    up(NULL);
    t = spawn_worker("a", 2, 0);
    assert_int_equal(join_status(t), 0);
    assert_int_equal(task_output(t, struct worker)->result, 2);
    expect_trace("a1 a2 a.");
    task_detach(t);
    down();
}

/* TASK-02 */
static void a_task_needs_nobody_to_wait_for_it(void **state)
{
    struct task *t;
    up(NULL);
    t = spawn_worker("a", 2, 0);
    expect_trace("");
    executor_run(&ex);
    expect_trace("a1 a2 a.");
    task_detach(t);
    down();
}

struct chain { /* a task that spawns the next one and waits for it */
    struct async async;
    int depth, below; /* below: result, the tasks below */
    struct task *next;
    struct join join;
};
static struct future *chain(struct chain *self, int depth);

static enum poll chain_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct chain);
    if (self->depth == 0)
        ASYNC_RETURN((void)0);
    self->next = task_spawn(cx->executor,
                            chain(task_slot(struct chain), self->depth - 1));
    AWAIT(task_join(&self->join, self->next));
    self->below = task_output(self->next, struct chain)->below + 1;
    ASYNC_FINALLY
    task_detach(self->next);
    ASYNC_END;
}

static const struct future_ops chain_ops = ASYNC_OPS(chain);

static struct future *chain(struct chain *self, int depth)
{
    *self = (struct chain){ .async.future.ops = &chain_ops, .depth = depth };
    return &self->async.future;
}

/* TASK-02 */
static void tasks_spawn_and_await_tasks_to_any_depth(void **state)
{
    struct chain root;
    up(NULL);
    block_on(&ex, chain(&root, 1000));
    assert_int_equal(root.below, 1000);
    assert_true(list_is_empty(&ex.tasks));
    down();
}

/* TASK-03 */
static void a_detached_task_runs_on(void **state)
{
    up(NULL);
    task_detach(spawn_worker("a", 2, 0));
    task_detach(NULL);
    executor_run(&ex);
    expect_trace("a1 a2 a.");
    down();
}

/* TASK-04, TASK-13: AddressSanitizer sees a block freed twice, or never */
static void the_output_lives_until_end_and_detach_whichever_is_last(
    void **state)
{
    struct task *t;
    up(NULL);
    t = spawn_worker("a", 1, 0);
    task_detach(t);
    executor_run(&ex);
    t = spawn_worker("b", 1, 0);
    executor_run(&ex);
    assert_int_equal(task_output(t, struct worker)->result, 1);
    task_detach(t);
    expect_trace("a1 a. b1 b.");
    down();
}

/* TASK-15 */
static void ids_count_from_one_in_the_order_spawned(void **state)
{
    struct task *t[3];
    up(NULL);
    for (unsigned i = 0; i < 3; i++) {
        t[i] = spawn_worker("a", 1, 0);
        assert_int_equal(t[i]->id, i + 1);
    }
    executor_run(&ex);
    for (unsigned i = 0; i < 3; i++)
        task_detach(t[i]);
    down();
}

/* ---- Abort --------------------------------------------------------------- */

/* TASK-05 */
static void abort_drops_a_sleeping_task_without_running_it(void **state)
{
    struct task *t, *lost;
    up(&virtual_clock);
    t = spawn_worker("a", 3, 1000);
    lost = spawn_worker("b", 3, 1000);
    let_run(1);
    task_abort(t);
    expect_trace("a1 b1 ~a");
    assert_int_equal(join_status(t), UV_ECANCELED);
    task_abort(lost);
    task_detach(lost); /* nobody looks: aborted all the same */
    executor_run(&ex);
    expect_trace("~b");
    assert_int_equal(executor_now(&ex), 0);
    task_detach(t);
    down();
}

/* TASK-08 */
static void aborting_a_finished_task_changes_nothing(void **state)
{
    struct task *t;
    up(NULL);
    t = spawn_worker("a", 1, 0);
    executor_run(&ex);
    task_abort(t);
    assert_int_equal(join_status(t), 0);
    assert_int_equal(task_output(t, struct worker)->result, 1);
    expect_trace("a1 a.");
    task_detach(t);
    down();
}

/* TASK-09, WAKE-05 */
static void a_task_aborted_before_its_first_poll_is_never_polled(void **state)
{
    struct task *t;
    struct probe *p;
    up(NULL);
    p = spawn_probe("p", &t);
    task_abort(t);
    expect_trace("~p");
    let_run(1);
    assert_int_equal(p->polls, 0);
    assert_int_equal(join_status(t), UV_ECANCELED);
    expect_trace("");
    task_detach(t);
    down();
}

/* TASK-a */
static void aborting_twice_is_aborting_once(void **state)
{
    struct task *t;
    up(NULL);
    spawn_probe("p", &t);
    let_run(1);
    task_abort(t);
    task_abort(t);
    assert_int_equal(join_status(t), UV_ECANCELED);
    task_abort(t);
    expect_trace("p? ~p");
    task_detach(t);
    down();
}

struct quitter { /* aborts its own task, then ends or not */
    struct future future;
    struct task *me;
    bool ends;
};

static enum poll quitter_poll(struct future *f, struct context *cx)
{
    struct quitter *self = container_of(f, struct quitter, future);
    task_abort(self->me);
    trace("still here");
    if (!self->ends)
        waker_wake(context_waker(cx));
    return self->ends ? POLL_READY : POLL_PENDING;
}

static void quitter_drop(struct future *f)
{
    trace("dropped");
}

static const struct future_ops quitter_ops = { .name = "quitter",
                                               .poll = quitter_poll,
                                               .drop = quitter_drop };

static struct task *spawn_quitter(bool ends)
{
    struct quitter *self = task_slot(struct quitter);
    *self = (struct quitter){ .future.ops = &quitter_ops, .ends = ends };
    self->me = task_spawn(&ex, &self->future);
    return self->me;
}

/* TASK-10 */
static void a_task_that_aborts_itself_is_dropped_after_that_poll(void **state)
{
    struct task *t;
    up(NULL);
    t = spawn_quitter(false);
    assert_int_equal(join_status(t), UV_ECANCELED);
    expect_trace("still here dropped");
    task_detach(t);
    task_detach(spawn_quitter(false));
    executor_run(&ex);
    expect_trace("still here dropped");
    down();
}

/* TASK-10 */
static void unless_that_poll_is_ready(void **state)
{
    struct task *t;
    up(NULL);
    t = spawn_quitter(true);
    assert_int_equal(join_status(t), 0);
    assert_true(task_output(t, struct quitter)->ends);
    expect_trace("still here");
    task_detach(t);
    down();
}

struct feud { /* its drop aborts the other one */
    struct probe probe;
    struct task *other;
};

static void feud_drop(struct future *f)
{
    struct feud *self = container_of(f, struct feud, probe.future);
    probe_drop(f);
    task_abort(self->other);
}

static const struct future_ops feud_ops = { .name = "feud",
                                            .poll = probe_poll,
                                            .drop = feud_drop };

static struct feud *spawn_feud(const char *name, struct task **t)
{
    struct feud *self = task_slot(struct feud);
    probe(&self->probe, name);
    self->probe.future.ops = &feud_ops;
    *t = task_spawn(&ex, &self->probe.future);
    return self;
}

/* TASK-05, TASK-13 */
static void tasks_may_abort_each_other_while_they_are_dropped(void **state)
{
    struct task *a, *b;
    struct feud *first, *second;
    up(NULL);
    first = spawn_feud("a", &a);
    second = spawn_feud("b", &b);
    first->other = b;
    second->other = a;
    let_run(1);
    task_abort(a);
    expect_trace("a? b? ~a ~b");
    assert_int_equal(join_status(b), UV_ECANCELED);
    task_detach(a);
    task_detach(b);
    down();
}

/* TASK-13, WAKE-05 */
static void a_task_is_freed_once_in_whatever_order_it_is_let_go(void **state)
{
    for (int way = 0; way < 16; way++) {
        bool polled = way & 1, queued = way & 2, ends = way & 4;
        bool detached = way & 8; /* before its end, not after */
        struct task *t;
        struct probe *p;
        up(NULL);
        p = spawn_probe("p", &t);
        if (polled)
            let_run(1);
        if (polled && queued)
            waker_wake(p->waker);
        if (detached)
            task_detach(t);
        else if (!ends)
            task_abort(t); /* the queue keeps it until its turn */
        if (ends) {
            probe_open(p);
            executor_run(&ex);
        }
        if (!detached)
            task_detach(t);
        down(); /* drops what was only detached */
    }
}

/* WAKE-05 */
static void a_wake_after_the_end_does_nothing(void **state)
{
    struct task *t;
    struct probe *p;
    struct waker late;
    up(NULL);
    p = spawn_probe("p", &t);
    let_run(1);
    late = p->waker;
    probe_open(p);
    executor_run(&ex);
    waker_wake(late);
    assert_int_equal(t->state, TASK_FINISHED);
    assert_true(list_is_empty(&ex.ready));
    expect_trace("p? p!");
    task_detach(t);
    down();
}

/* WAKE-06: copies that are called or forgotten keep no task, and free none.
 * A task is freed when it is over and detached, whichever comes last. */
static void copies_of_a_waker_are_not_counted(void **state)
{
    static struct waker copies[10000];
    const size_t n = sizeof copies / sizeof copies[0];
    for (int way = 0; way < 4; way++) {
        bool detached = way & 1, ends = way & 2;
        struct task *t;
        struct probe *p;
        up(NULL);
        in_use = 0;
        p = spawn_probe("p", &t);
        let_run(1);
        if (detached)
            task_detach(t);
        for (size_t i = 0; i < n; i++)
            copies[i] = p->waker;
        for (size_t i = 0; i < n; i++) {
            if (i % 2)
                waker_wake(copies[i]);
            copies[i] = (struct waker){ NULL, NULL };
        }
        let_run(1);
        assert_int_equal(p->polls, 2);
        assert_int_equal(in_use, 1);
        for (size_t i = 0; i < n; i++)
            copies[i] = p->waker;
        if (ends) {
            probe_open(p);
            executor_run(&ex);
        } else if (!detached) {
            task_abort(t);
        }
        if (!detached) {
            assert_int_equal(in_use, 1);
            task_detach(t);
        }
        assert_int_equal(in_use, detached && !ends);
        down(); /* drops what was only detached */
        assert_int_equal(in_use, 0);
    }
}

/* ---- Join: every way to wait, every way to go ---------------------------- */

struct watcher { /* joins, and looks at what is left of the task */
    struct async async;
    struct task *t;
    struct join join;
};

static enum poll watcher_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct watcher);
    AWAIT(task_join(&self->join, self->t));
    trace(self->join.status ? "cancelled" : "finished");
    ASYNC_END;
}

static const struct future_ops watcher_ops = ASYNC_OPS(watcher);

static struct future *watcher(struct watcher *self, struct task *t)
{
    *self = (struct watcher){ .async.future.ops = &watcher_ops, .t = t };
    return &self->async.future;
}

/* TASK-06, WAIT-04 */
static void join_reports_the_end_after_the_future_was_dropped(void **state)
{
    struct task *t;
    up(NULL);
    spawn_probe("p", &t);
    spawn(watcher(task_slot(struct watcher), t));
    let_run(1);
    task_abort(t);
    executor_run(&ex);
    expect_trace("p? ~p cancelled");
    task_detach(t);

    t = spawn_worker("w", 1, 0);
    spawn(watcher(task_slot(struct watcher), t));
    executor_run(&ex);
    expect_trace("w1 w. finished");
    task_detach(t);
    down();
}

static struct bell bell, other;

static enum poll step(struct future *f, struct bell *b)
{
    struct context cx = context_make(bell_waker(b), &ex);
    return future_poll(f, &cx);
}

/* A task at its first suspension, and a join that waits for it. */
static struct probe *wait_for_probe(struct task **t, struct join *join)
{
    struct probe *p;
    up(NULL);
    bell.rings = other.rings = 0;
    p = spawn_probe("p", t);
    let_run(1);
    assert_int_equal(step(task_join(join, *t), &bell), POLL_PENDING);
    return p;
}

static void open_and_close(struct probe *p, struct task *t)
{
    if (!task_is_over(t)) {
        probe_open(p);
        executor_run(&ex);
    }
    task_detach(t);
    down();
}

/* WAIT-01, FUT-04 */
static void a_join_dropped_while_waiting_is_not_woken(void **state)
{
    struct task *t;
    struct join join, next;
    struct probe *p = wait_for_probe(&t, &join);
    future_drop(&join.future);
    assert_null(t->join);
    assert_int_equal(step(task_join(&next, t), &other), POLL_PENDING);
    probe_open(p);
    executor_run(&ex);
    assert_int_equal(bell.rings, 0);
    assert_int_equal(other.rings, 1);
    assert_int_equal(step(&next.future, &other), POLL_READY);
    open_and_close(p, t);
}

/* WAIT-02 */
static void a_join_dropped_after_the_end_loses_nothing(void **state)
{
    struct task *t;
    struct join join;
    struct probe *p = wait_for_probe(&t, &join);
    probe_open(p);
    executor_run(&ex);
    assert_int_equal(bell.rings, 1);
    future_drop(&join.future); /* woken, but never polled again */
    assert_int_equal(step(task_join(&join, t), &bell), POLL_READY);
    assert_int_equal(join.status, 0);
    assert_true(task_output(t, struct probe)->open);
    open_and_close(p, t);
}

/* WAIT-03, FUT-03, FUT-06, TASK-12 */
static void a_join_wakes_the_waker_of_its_latest_poll_once(void **state)
{
    struct task *t;
    struct join join;
    struct probe *p = wait_for_probe(&t, &join);
    assert_int_equal(step(&join.future, &bell), POLL_PENDING);
    assert_int_equal(step(&join.future, &other), POLL_PENDING);
    probe_open(p);
    executor_run(&ex);
    assert_int_equal(bell.rings, 0);
    assert_int_equal(other.rings, 1);
    assert_int_equal(step(&join.future, &other), POLL_READY);
    open_and_close(p, t);
}

/* WAIT-04 */
static void a_join_hears_of_the_abort(void **state)
{
    struct task *t;
    struct join join;
    struct probe *p = wait_for_probe(&t, &join);
    task_abort(t);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(step(&join.future, &bell), POLL_READY);
    assert_int_equal(join.status, UV_ECANCELED);
    open_and_close(p, t);
}

static struct join again;

/* A waker that does not just note the wake, but comes straight back. */
static void join_anew(void *data)
{
    struct join *join = data;
    future_drop(&join->future);
    bell.rings++;
    assert_int_equal(step(task_join(&again, join->task), &other), POLL_READY);
}

/* WAIT-05, WAKE-07 */
static void the_waker_of_a_join_may_join_again(void **state)
{
    struct task *t;
    struct join join;
    struct waker waker = { join_anew, &join };
    struct context cx = context_make(waker, &ex);
    struct probe *p = wait_for_probe(&t, &join);
    assert_int_equal(future_poll(&join.future, &cx), POLL_PENDING);
    probe_open(p);
    executor_run(&ex);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(again.status, 0);
    open_and_close(p, t);
}

/* TASK-12, TASK-11 */
static void a_join_that_comes_late_is_ready_at_once_each_time(void **state)
{
    struct task *t;
    struct join join;
    up(NULL);
    t = spawn_worker("a", 1, 0);
    executor_run(&ex);
    for (int i = 0; i < 3; i++) {
        join.status = 1;
        assert_int_equal(step(task_join(&join, t), &bell), POLL_READY);
        assert_int_equal(join.status, 0);
    }
    task_detach(t);
    down();
}

/* MISUSE-13: a slot is known until it was spawned, whichever comes first */
static void slots_are_spawned_in_any_order(void **state)
{
    struct worker *w[4];
    static const int order[] = { 1, 3, 0, 2 };
    static const char *const worker_names[] = { "a", "b", "c", "d" };
    up(NULL);
    for (int i = 0; i < 4; i++)
        w[i] = task_slot(struct worker);
    for (int i = 0; i < 4; i++)
        spawn(worker(w[order[i]], worker_names[order[i]], 1, 0));
    executor_run(&ex);
    expect_trace("b1 d1 a1 c1 b. d. a. c.");
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(join_gives_the_output),
        cmocka_unit_test(a_task_needs_nobody_to_wait_for_it),
        cmocka_unit_test(tasks_spawn_and_await_tasks_to_any_depth),
        cmocka_unit_test(a_detached_task_runs_on),
        cmocka_unit_test(
            the_output_lives_until_end_and_detach_whichever_is_last),
        cmocka_unit_test(ids_count_from_one_in_the_order_spawned),
        cmocka_unit_test(abort_drops_a_sleeping_task_without_running_it),
        cmocka_unit_test(aborting_a_finished_task_changes_nothing),
        cmocka_unit_test(a_task_aborted_before_its_first_poll_is_never_polled),
        cmocka_unit_test(aborting_twice_is_aborting_once),
        cmocka_unit_test(a_task_that_aborts_itself_is_dropped_after_that_poll),
        cmocka_unit_test(unless_that_poll_is_ready),
        cmocka_unit_test(tasks_may_abort_each_other_while_they_are_dropped),
        cmocka_unit_test(a_task_is_freed_once_in_whatever_order_it_is_let_go),
        cmocka_unit_test(a_wake_after_the_end_does_nothing),
        cmocka_unit_test(copies_of_a_waker_are_not_counted),
        cmocka_unit_test(join_reports_the_end_after_the_future_was_dropped),
        cmocka_unit_test(a_join_dropped_while_waiting_is_not_woken),
        cmocka_unit_test(a_join_dropped_after_the_end_loses_nothing),
        cmocka_unit_test(a_join_wakes_the_waker_of_its_latest_poll_once),
        cmocka_unit_test(a_join_hears_of_the_abort),
        cmocka_unit_test(the_waker_of_a_join_may_join_again),
        cmocka_unit_test(a_join_that_comes_late_is_ready_at_once_each_time),
        cmocka_unit_test(slots_are_spawned_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
