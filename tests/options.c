/* Options, environment and hooks. */
#include "support.h"

extern const struct executor_hooks *observer_hooks; /* observe.c */

/* ---- The program's word, and the environment's --------------------------- */

static void environment(const char *clock, const char *seed)
{
    if (clock)
        setenv("EXECUTOR_CLOCK", clock, 1);
    else
        unsetenv("EXECUTOR_CLOCK");
    if (seed)
        setenv("EXECUTOR_SEED", seed, 1);
    else
        unsetenv("EXECUTOR_SEED");
}

/* What holds in the end: "virtual 7 61". */
static void trace_options(const struct executor_options *options)
{
    up(options);
    trace("%s %d %d", ex.options.virtual_clock ? "virtual" : "real",
          (int)ex.options.seed, ex.options.polls_per_turn);
    down();
}

/* OPT-01 */
static void without_a_word_the_clock_is_real_and_the_order_fifo(void **state)
{
    struct executor_options zero = { .seed = 0 };
    environment(NULL, NULL);
    trace_options(NULL);
    expect_trace("real 0 61");
    trace_options(&zero);
    expect_trace("real 0 61");
}

/* OPT-02 */
static void the_environment_counts_more_than_the_program(void **state)
{
    struct executor_options mine = { .virtual_clock = true, .seed = 7 };
    environment(NULL, NULL);
    trace_options(&mine);
    expect_trace("virtual 7 61");
    environment("real", "8");
    trace_options(&mine);
    expect_trace("real 8 61");
    environment("virtual", "0");
    trace_options(NULL);
    expect_trace("virtual 0 61");
    environment(NULL, NULL);
}

/* OPT-02, SEED-01 */
static void a_seed_from_the_environment_gives_the_same_order(void **state)
{
    struct executor_options mine = { .seed = 9 };
    const char *names[] = { "a", "b", "c", "d", "e", "f" };
    char order[sizeof trace_text];
    for (int run = 0; run < 2; run++) {
        environment(NULL, run ? "9" : NULL);
        up(run ? NULL : &mine);
        for (int i = 0; i < 6; i++)
            task_detach(spawn_worker(names[i], 2, 0));
        executor_run(&ex);
        if (run)
            assert_string_equal(trace_text, order);
        strcpy(order, trace_text);
        down();
    }
    environment(NULL, NULL);
}

/* OPT-03 */
static void polls_per_turn_that_make_no_sense_are_61(void **state)
{
    struct executor_options negative = { .polls_per_turn = -5 };
    struct executor_options three = { .polls_per_turn = 3 };
    trace_options(&negative);
    expect_trace("real 0 61");
    trace_options(&three);
    expect_trace("real 0 3");
}

/* ---- Hooks --------------------------------------------------------------- */

static int spawned, begun, ended, pending, over, woken;

static void on_spawned(struct task *t)
{
    spawned++;
    trace("%u:spawned", t->id);
}

static void on_woken(struct task *t)
{
    woken++;
    trace("%u:woken", t->id);
}

static void on_poll_begins(struct task *t)
{
    assert_ptr_equal(t->executor->current, t);
    begun++;
    trace("%u<", t->id);
}

static void on_poll_ends(struct task *t, enum poll result)
{
    ended++;
    pending += result == POLL_PENDING;
    trace(">%s", result == POLL_READY ? "ready" : "pending");
}

static void on_finished(struct task *t)
{
    assert_true(task_is_over(t) && !task_is_cancelled(t));
    over++;
    trace("%u:finished", t->id);
}

static void on_dropped(struct task *t)
{
    assert_true(task_is_over(t) && task_is_cancelled(t));
    over++;
    trace("%u:dropped", t->id);
}

static const struct executor_hooks hooks = {
    .spawned = on_spawned,
    .woken = on_woken,
    .poll_begins = on_poll_begins,
    .poll_ends = on_poll_ends,
    .finished = on_finished,
    .dropped = on_dropped,
};

/* TRACE-03, TRACE-04 */
static void hooks_tell_a_life_from_spawn_to_end(void **state)
{
    struct executor_options options = { .hooks = &hooks };
    struct probe *p = task_slot(struct probe);
    up(&options);
    spawn(probe(p, "p"));
    expect_trace("1:spawned 1:woken");
    let_run(1);
    expect_trace("2:spawned 2:woken 1< p? >pending 2< >ready 2:finished");
    probe_open(p);
    expect_trace("1:woken");
    executor_run(&ex);
    expect_trace("1< p! >ready 1:finished");
    spawn(probe(task_slot(struct probe), "q"));
    down();
    expect_trace("3:spawned 3:woken ~q 3:dropped");
}

/* TRACE-03 */
static void a_task_that_yields_three_times_has_four_polls(void **state)
{
    struct executor_options options = { .hooks = &hooks };
    begun = ended = pending = woken = 0;
    up(&options);
    task_detach(spawn_worker("w", 3, 0));
    executor_run(&ex);
    assert_int_equal(begun, 4);
    assert_int_equal(ended, 4);
    assert_int_equal(pending, 3);
    assert_int_equal(woken, 4);
    down();
    trace_text[0] = '\0';
}

/* TRACE-03, TRACE-04 */
static void hooks_balance_under_every_seed(void **state)
{
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct executor_options options = { .virtual_clock = true,
                                            .seed = seed,
                                            .hooks = &hooks };
        struct task *cut;
        spawned = begun = ended = over = 0;
        up(&options);
        cut = spawn_worker("x", 9, 3);
        for (int i = 0; i < 5; i++)
            task_detach(spawn_worker("w", 2, i % 2 ? 3 : 0));
        let_run(1);
        task_abort(cut);
        task_detach(cut);
        spawn(probe(task_slot(struct probe), "p"));
        let_run(1);
        down();
        assert_int_equal(begun, ended);
        assert_int_equal(spawned, over);
        assert_int_equal(spawned, 9);
    }
    trace_text[0] = '\0';
}

/* HOOK-01 */
static void hooks_that_are_not_set_are_not_called(void **state)
{
    struct executor_hooks only = { .finished = on_finished };
    struct executor_options options = { .hooks = &only };
    up(&options);
    task_detach(spawn_worker("w", 1, 0));
    executor_run(&ex);
    expect_trace("w1 w. 1:finished");
    down();
}

static void on_closing(struct executor *closing)
{
    assert_true(list_is_empty(&closing->tasks));
    trace("closing, %s", uv_is_closing((uv_handle_t *)&closing->idle)
                             ? "too late"
                             : "the loop is still here");
}

/* HOOK-04 */
static void closing_is_told_when_the_tasks_are_gone(void **state)
{
    struct executor_hooks only = { .dropped = on_dropped,
                                   .closing = on_closing };
    struct executor_options options = { .hooks = &only };
    up(&options);
    spawn(probe(task_slot(struct probe), "p"));
    down();
    expect_trace("~p 1:dropped closing, the loop is still here");
}

/* HOOK-02 */
static void an_observer_that_is_linked_in_sets_its_own(void **state)
{
    struct executor_hooks only = { .spawned = on_spawned };
    observer_hooks = &only;
    up(NULL);
    observer_hooks = NULL;
    task_detach(spawn_worker("w", 1, 0));
    executor_run(&ex);
    expect_trace("1:spawned w1 w.");
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_word_the_clock_is_real_and_the_order_fifo),
        cmocka_unit_test(the_environment_counts_more_than_the_program),
        cmocka_unit_test(a_seed_from_the_environment_gives_the_same_order),
        cmocka_unit_test(polls_per_turn_that_make_no_sense_are_61),
        cmocka_unit_test(hooks_tell_a_life_from_spawn_to_end),
        cmocka_unit_test(a_task_that_yields_three_times_has_four_polls),
        cmocka_unit_test(hooks_balance_under_every_seed),
        cmocka_unit_test(hooks_that_are_not_set_are_not_called),
        cmocka_unit_test(closing_is_told_when_the_tasks_are_gone),
        cmocka_unit_test(an_observer_that_is_linked_in_sets_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
