/* join_set.h: tasks spawned into a set, and taken out when they are over. */
#include "executor.h"

static bool no_memory; /* malloc() in join_set.h fails */
#define malloc(size) (no_memory ? NULL : malloc(size))
#include "a04_join/join_set.h"
#undef malloc

#include "children.h"

static struct join_set set;

static void add(const char *name, int rounds, uint64_t ms)
{
    struct worker *w = task_slot(struct worker);
    assert_int_equal(join_set_spawn(&set, &ex, worker(w, name, rounds, ms)), 0);
}

static void open_set(void)
{
    up(&virtual_clock);
    join_set_init(&set);
}

/* Await the next; whose task it is goes into the trace. */
static void take(void)
{
    struct join_set_next next;
    block_on(&ex, join_set_next(&next, &set));
    if (!next.task)
        trace("none");
    else if (next.status)
        trace("%s", uv_err_name(next.status));
    else
        trace("[%s]", task_output(next.task, struct worker)->name);
    task_detach(next.task);
}

/* SET-01, SET-02 */
static void results_come_out_once_in_the_order_they_ended(void **state)
{
    open_set();
    add("a", 1, 30);
    add("b", 1, 10);
    add("c", 1, 20);
    for (int i = 0; i < 4; i++)
        take();
    expect_trace("a1 b1 c1 b. [b] c. [c] a. [a] none");
    down();
}

/* SET-01: also if nobody awaited the set when they ended */
static void they_keep_that_order_while_nobody_awaits(void **state)
{
    open_set();
    add("a", 1, 30);
    add("b", 1, 10);
    executor_run(&ex);
    take();
    take();
    expect_trace("a1 b1 b. a. [b] [a]");
    down();
}

/* SET-02 */
static void an_empty_set_says_so_and_can_be_filled_again(void **state)
{
    open_set();
    for (int i = 0; i < 3; i++) {
        take();
        add("a", 1, 10);
        take();
    }
    expect_trace("none a1 a. [a] none a1 a. [a] none a1 a. [a]");
    down();
}

/* SET-03 */
static void len_counts_those_not_taken_out(void **state)
{
    open_set();
    assert_int_equal(join_set_len(&set), 0);
    add("a", 1, 10);
    add("b", 1, 20);
    assert_int_equal(join_set_len(&set), 2);
    executor_run(&ex);
    assert_int_equal(join_set_len(&set), 2);
    take();
    assert_int_equal(join_set_len(&set), 1);
    join_set_abort_all(&set);
    assert_int_equal(join_set_len(&set), 1);
    take();
    assert_int_equal(join_set_len(&set), 0);
    down();
}

/* SET-04 */
static void dropping_the_set_aborts_every_task(void **state)
{
    open_set();
    add("a", 9, 10);
    add("b", 1, 15);
    add("c", 9, 40);
    take();
    add("d", 1, 1); /* never polled */
    expect_trace("a1 b1 c1 a2 b. [b]");
    join_set_drop(&set);
    expect_trace("~a ~c"); /* d has not begun, so it has nothing to say */
    assert_int_equal(join_set_len(&set), 0);
    assert_true(list_is_empty(&ex.tasks));
    join_set_drop(&set);
    down();
}

/* SET-05 */
static void an_aborted_task_stays_until_it_is_taken_out(void **state)
{
    open_set();
    add("a", 1, 10);
    add("b", 1, 99);
    add("c", 1, 99);
    take();
    add("d", 1, 5);
    let_run(1);
    for (int i = 0; i < 2; i++)
        join_set_abort_all(&set);
    assert_int_equal(join_set_len(&set), 3);
    for (int i = 0; i < 4; i++)
        take();
    expect_trace("a1 b1 c1 a. [a] d1 ~b ~c ~d ECANCELED ECANCELED ECANCELED "
                 "none");
    down();
}

/* SET-05 */
static void one_that_was_over_before_the_abort_keeps_its_output(void **state)
{
    open_set();
    add("a", 1, 10);
    executor_run(&ex);
    join_set_abort_all(&set);
    take();
    expect_trace("a1 a. [a]");
    down();
}

/* SET-06 */
static void shutdown_aborts_waits_and_empties(void **state)
{
    struct join_set_shutdown shutdown;
    open_set();
    add("a", 1, 10);
    add("b", 1, 99);
    take();
    add("c", 1, 5);
    block_on(&ex, join_set_shutdown(&shutdown, &set));
    expect_trace("a1 b1 a. [a] c1 ~b ~c");
    assert_int_equal(join_set_len(&set), 0);
    assert_int_equal(executor_now(&ex), 10);
    block_on(&ex, join_set_shutdown(&shutdown, &set)); /* of nothing */
    down();
}

struct member { /* a task in the set that shuts the set down, or drops it */
    struct async async;
    bool shuts_down;
    struct sleep nap;
    struct join_set_shutdown shutdown;
};

static enum poll member_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct member);
    AWAIT(sleep_ms(&self->nap, 10));
    if (self->shuts_down)
        AWAIT(join_set_shutdown(&self->shutdown, &set));
    else
        join_set_drop(&set);
    trace("on");
    AWAIT(sleep_ms(&self->nap, 10));
    trace("never");
    ASYNC_FINALLY
    trace("~m");
    ASYNC_END;
}

static const struct future_ops member_ops = ASYNC_OPS(member);

static void add_member(bool shuts_down)
{
    struct member *m = task_slot(struct member);
    *m = (struct member){ .async.future.ops = &member_ops,
                          .shuts_down = shuts_down };
    assert_int_equal(join_set_spawn(&set, &ex, &m->async.future), 0);
}

/* TASK-10: aborted in its own poll, it is dropped after that. */
static void a_member_may_drop_or_shut_down_its_own_set(void **state)
{
    open_set();
    add("a", 1, 99);
    add_member(false);
    add("b", 1, 99);
    executor_run(&ex);
    expect_trace("a1 b1 ~a ~b on ~m");
    assert_int_equal(join_set_len(&set), 0);

    add("c", 1, 99);
    add_member(true);
    add("d", 1, 99);
    executor_run(&ex);
    expect_trace("c1 d1 ~c ~d ~m");
    assert_int_equal(join_set_len(&set),
                     1); /* itself: who would take it out? */
    take();
    expect_trace("ECANCELED");
    down();
}

struct will { /* a task whose clean-up does something to its set */
    struct async async;
    struct sleep nap;
};

static void (*will_act)(struct join_set *set);
static int wills;

static enum poll will_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct will);
    AWAIT(sleep_ms(&self->nap, 99));
    ASYNC_FINALLY
    wills++;
    will_act(&set);
    ASYNC_END;
}

static const struct future_ops will_ops = ASYNC_OPS(will);

/* So many tasks, each at its sleep. */
static void open_wills(int n, void (*act)(struct join_set *set))
{
    open_set();
    wills = 0;
    will_act = act;
    for (int i = 0; i < n; i++) {
        struct will *w = task_slot(struct will);
        *w = (struct will){ .async.future.ops = &will_ops };
        assert_int_equal(join_set_spawn(&set, &ex, &w->async.future), 0);
    }
    let_run(1);
}

static void (*const set_acts[])(struct join_set *set) = { join_set_drop,
                                                          join_set_abort_all,
                                                          join_set_detach_all };

/* SET-j: "one goes, all go", whoever begins, and not by calls in each other
 * that would fill the stack. */
static void the_clean_up_of_a_task_may_change_its_set(void **state)
{
    enum { TASKS = 3000 };
    for (int i = 0; i < 3 * 4; i++) {
        struct join_set_shutdown shutdown;
        open_wills(i < 3 * 3 ? 3 : TASKS, set_acts[i % 3]);
        if (i / 3 == 0)
            join_set_abort_all(&set);
        else if (i / 3 == 1)
            block_on(&ex, join_set_shutdown(&shutdown, &set));
        else if (i / 3 == 2)
            join_set_drop(&set);
        else
            executor_run(&ex); /* the first one's end */
        if (i % 3 != 2)        /* detach_all: the others run on */
            assert_int_equal(wills, i / 3 == 3 ? TASKS : 3);
        executor_run(&ex);
        assert_int_equal(wills, i / 3 == 3 ? TASKS : 3);
        join_set_drop(&set);
        assert_int_equal(join_set_len(&set), 0);
        down();
    }
}

/* SET-07, SET-b */
static void try_next_never_waits(void **state)
{
    struct join_set_next next;
    int status = 1;
    struct task *t;
    open_set();
    fresh();
    add("a", 1, 10);
    poll_once(join_set_next(&next, &set));
    assert_null(join_set_try_next(&set, &status));
    assert_int_equal(status, 1);
    executor_run(&ex);
    assert_int_equal(bell.rings, 1); /* the waker of next was still there */
    t = join_set_try_next(&set, &status);
    assert_non_null(t);
    assert_int_equal(status, 0);
    task_detach(t);
    assert_null(join_set_try_next(&set, &status));
    assert_int_equal(poll_once(&next.future), POLL_READY);
    assert_null(next.task);
    down();
}

/* SET-a */
static void detach_all_lets_them_run_on(void **state)
{
    open_set();
    add("a", 2, 10);
    add("b", 1, 10);
    take();
    join_set_detach_all(&set);
    assert_int_equal(join_set_len(&set), 0);
    executor_run(&ex);
    expect_trace("a1 b1 a2 b. [b] a.");
    down();
}

/* SET-c, WAKE-02 */
static void next_is_woken_by_an_end_and_not_before(void **state)
{
    struct join_set_next next;
    open_set();
    fresh();
    add("a", 3, 10);
    assert_int_equal(poll_once(join_set_next(&next, &set)), POLL_PENDING);
    let_run(2);
    assert_int_equal(poll_once(&next.future), POLL_PENDING);
    assert_int_equal(bell.rings, 0);
    executor_run(&ex);
    assert_int_equal(bell.rings, 1);
    future_drop(&next.future);
    take();
    expect_trace("a1 a2 a3 a. [a]");
    down();
}

static void emptying_the_set_wakes_who_awaits_it(void **state)
{
    struct join_set_next next;
    open_set();
    fresh();
    add("a", 1, 10);
    poll_once(join_set_next(&next, &set));
    join_set_drop(&set);
    assert_true(bell.rings > 0);
    assert_int_equal(poll_once(&next.future), POLL_READY);
    assert_null(next.task);
    down();
}

/* SET-e, SHUT-05 */
static void tasks_whose_executor_is_closed_are_cancelled(void **state)
{
    struct join_set_next next;
    open_set();
    add("a", 1, 10);
    let_run(1);
    assert_int_equal(executor_close(&ex), 0);
    add("b", 1, 10);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(poll_once(join_set_next(&next, &set)), POLL_READY);
        assert_int_equal(next.status, UV_ECANCELED);
        task_detach(next.task);
    }
    assert_int_equal(join_set_len(&set), 0);
    expect_trace("a1 ~a");
    assert_int_equal(uv_loop_close(&loop), 0);
}

/* Dropped while it waits, and made again, it loses nothing. */
static void next_is_cancel_safe(void **state)
{
    struct join_set_next next;
    open_set();
    fresh();
    add("a", 1, 10);
    poll_once(join_set_next(&next, &set));
    future_drop(&next.future);
    future_drop(join_set_next(&next, &set));
    executor_run(&ex);
    assert_int_equal(bell.rings, 0);
    take();
    expect_trace("a1 a. [a]");

    add("b", 1, 10);
    poll_once(join_set_next(&next, &set));
    executor_run(&ex); /* granted, so to say */
    future_drop(&next.future);
    take();
    expect_trace("b1 b. [b]");
    down();
}

static void no_memory_is_an_error_and_drops_the_future(void **state)
{
    open_set();
    no_memory = true;
    assert_int_equal(join_set_spawn(&set, &ex,
                                    probe(task_slot(struct probe), "p")),
                     UV_ENOMEM);
    no_memory = false;
    assert_int_equal(join_set_len(&set), 0);
    executor_run(&ex);
    expect_trace("~p");
    down();
}

static void await_twice(void)
{
    struct join_set_next one, two;
    open_set();
    add("a", 1, 10);
    poll_once(join_set_next(&one, &set));
    poll_once(join_set_next(&two, &set));
}

static void only_one_awaits_a_set(void **state)
{
    assert_misuse(await_twice, "join_set_next: another one awaits this set");
}

static void idle_after_next(void)
{
    struct join_set_next next;
    open_set();
    add("a", 1, 10);
    executor_run(&ex);
    poll_idler(join_set_next(&next, &set));
}

/* FUT-02: READY, it takes no waker, so it hides nobody who took none. */
static void next_takes_no_waker_when_it_is_ready(void **state)
{
#ifdef NDEBUG
    skip();
#endif
    assert_misuse(idle_after_next, "idler returned PENDING but took no waker");
}

/* ---- Chance, and drops --------------------------------------------------- */

struct crew { /* spawns, takes out, aborts, all by the executor's chance */
    struct async async;
    struct join_set set;
    struct join_set_next next;
    int steps, spawned, over;
};

static void crew_spawn(struct crew *self, struct executor *e)
{
    struct worker *w = task_slot(struct worker);
    worker(w, "w", (int)executor_random(e, 4), executor_random(e, 4));
    assert_int_equal(join_set_spawn(&self->set, e, &w->async.future), 0);
    self->spawned++;
}

static enum poll crew_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct crew);
    join_set_init(&self->set);
    for (; self->steps > 0; self->steps--) {
        trace_text[0] = '\0';
        crew_spawn(self, cx->executor);
        if (executor_random(cx->executor, 8) == 0)
            join_set_abort_all(&self->set);
        if (executor_random(cx->executor, 2) == 0)
            continue;
        AWAIT(join_set_next(&self->next, &self->set));
        task_detach(self->next.task);
        self->over++;
    }
    while (join_set_len(&self->set) > 0) {
        AWAIT(join_set_next(&self->next, &self->set));
        task_detach(self->next.task);
        self->over++;
    }
    ASYNC_FINALLY
    join_set_drop(&self->set);
    ASYNC_END;
}

static const struct future_ops crew_ops = ASYNC_OPS(crew);

static struct future *crew(void *memory)
{
    struct crew *self = memory;
    *self = (struct crew){ .async.future.ops = &crew_ops, .steps = 10 };
    return &self->async.future;
}

/* SET-01, SET-05 */
static void every_task_comes_out_once_whatever_the_order(void **state)
{
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct executor_options options = { .virtual_clock = true,
                                            .seed = seed };
        struct crew c;
        up(&options);
        block_on(&ex, crew(&c));
        assert_int_equal(c.spawned, 10);
        assert_int_equal(c.over, 10);
        assert_true(list_is_empty(&ex.tasks));
        down();
    }
}

/* SET-04 */
static void it_can_be_dropped_after_every_poll(void **state)
{
    assert_true(every_drop(sizeof(struct crew), crew) > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_come_out_once_in_the_order_they_ended),
        cmocka_unit_test(they_keep_that_order_while_nobody_awaits),
        cmocka_unit_test(an_empty_set_says_so_and_can_be_filled_again),
        cmocka_unit_test(len_counts_those_not_taken_out),
        cmocka_unit_test(dropping_the_set_aborts_every_task),
        cmocka_unit_test(an_aborted_task_stays_until_it_is_taken_out),
        cmocka_unit_test(one_that_was_over_before_the_abort_keeps_its_output),
        cmocka_unit_test(shutdown_aborts_waits_and_empties),
        cmocka_unit_test(a_member_may_drop_or_shut_down_its_own_set),
        cmocka_unit_test(the_clean_up_of_a_task_may_change_its_set),
        cmocka_unit_test(try_next_never_waits),
        cmocka_unit_test(detach_all_lets_them_run_on),
        cmocka_unit_test(next_is_woken_by_an_end_and_not_before),
        cmocka_unit_test(emptying_the_set_wakes_who_awaits_it),
        cmocka_unit_test(tasks_whose_executor_is_closed_are_cancelled),
        cmocka_unit_test(next_is_cancel_safe),
        cmocka_unit_test(no_memory_is_an_error_and_drops_the_future),
        cmocka_unit_test(only_one_awaits_a_set),
        cmocka_unit_test(next_takes_no_waker_when_it_is_ready),
        cmocka_unit_test(every_task_comes_out_once_whatever_the_order),
        cmocka_unit_test(it_can_be_dropped_after_every_poll),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
