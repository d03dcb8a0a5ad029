/* timeline.h: what is drawn of events that are made by hand; timeline.sh looks
 * at those of programs. */
#include <sys/wait.h>
#include "a04_join/join.h"
#include "a10_tracing/timeline.h"
#include "runtime.h"
#include "tests/support.h"

enum { EVENTS = 400 };

static struct timeline_event events[EVENTS];
static struct timeline_executor executors[1];
static struct timeline tl;
static char *written;
static size_t written_size;
static char spans[400];

static struct timeline_event *add(enum timeline_kind kind, unsigned task,
                                  uint64_t ms, const char *name)
{
    struct timeline_event *e = &events[tl.n++];
    assert_true(tl.n <= EVENTS);
    *e = (struct timeline_event){ .kind = kind, .task = task, .name = name };
    e->ns = ms * 1000000;
    executors[0].tasks += kind == TIMELINE_SPAWNED;
    tl.tasks += kind == TIMELINE_SPAWNED;
    tl.polls += kind == TIMELINE_POLL;
    return e;
}

static void spawned(unsigned task, const char *name)
{
    add(TIMELINE_SPAWNED, task, 0, name);
    add(TIMELINE_WOKEN, task, 0, NULL);
}

static int begin(void **state)
{
    (void)state;
    executors[0] = (struct timeline_executor){ .virtual_clock = true };
    tl = (struct timeline){ .events = events,
                            .executors = executors,
                            .n_executors = 1 };
    spans[0] = '\0';
    return 0;
}

static void write_with(void (*f)(const struct timeline *tl, FILE *out))
{
    FILE *out = open_memstream(&written, &written_size);
    assert_non_null(out);
    f(&tl, out);
    assert_int_equal(fclose(out), 0);
}

static void expect_words(const char *words, bool there)
{
    if ((strstr(written, words) != NULL) != there)
        fail_msg("%s '%s' in: %s", there ? "no" : "there is", words, written);
}

static void note_span(const struct timeline_span *span, void *data)
{
    static const char *const words[] = { "", "ready", "poll", "wait" };
    size_t n = strlen(spans);
    (void)data;
    snprintf(spans + n, sizeof spans - n, "%u %s %zu-%zu; ", span->task->task,
             words[span->state], span->begin, span->end);
}

/* TRACE-i: a wake during its own poll makes a task ready, not waiting; what is
 * open at the end goes on to the end. */
static void each_task_is_in_one_state_at_a_time(void **state)
{
    (void)state;
    spawned(1, "a");                      /* 0 1 */
    spawned(2, "b");                      /* 2 3 */
    add(TIMELINE_POLL, 1, 0, NULL);       /* 4 */
    add(TIMELINE_WOKEN, 1, 0, NULL);      /* 5 */
    add(TIMELINE_PENDING, 1, 0, "yield"); /* 6 */
    add(TIMELINE_POLL, 2, 0, NULL);       /* 7 */
    add(TIMELINE_PENDING, 2, 0, "sleep"); /* 8 */
    add(TIMELINE_POLL, 1, 0, NULL);       /* 9 */
    add(TIMELINE_READY, 1, 0, NULL);      /* 10 */
    add(TIMELINE_FINISHED, 1, 0, NULL);   /* 11 */
    timeline_walk(&tl, tl.n, note_span, NULL);
    assert_string_equal(spans, "1 ready 1-4; 1 poll 4-6; 2 ready 3-7; "
                               "2 poll 7-8; 1 ready 6-9; 1 poll 9-10; "
                               "2 wait 8-11; ");
}

/* TRACE-i */
static void a_task_that_is_aborted_stops_there(void **state)
{
    (void)state;
    spawned(1, "a");
    add(TIMELINE_POLL, 1, 0, NULL);
    add(TIMELINE_PENDING, 1, 0, "sleep");
    add(TIMELINE_DROPPED, 1, 5, NULL);
    spawned(2, "b");
    timeline_walk(&tl, tl.n, note_span, NULL);
    assert_string_equal(spans, "1 ready 1-2; 1 poll 2-3; 1 wait 3-4; "
                               "2 ready 6-6; ");
}

/* TRACE-j: and a wait in a join says for what. */
static void names_are_written_so_that_they_break_nothing(void **state)
{
    struct timeline_event *e;
    (void)state;
    spawned(1, "\xff<a>&\"\\\n");
    add(TIMELINE_POLL, 1, 0, NULL);
    e = add(TIMELINE_PENDING, 1, 0, "join_all");
    e->children = 4;
    e->leaves[0] = "sleep_ms";
    add(TIMELINE_DROPPED, 1, 1000, NULL);
    write_with(timeline_write_svg);
    expect_words(">1 ?&#60;a&#62;&#38;&#34;\\?<", true);
    expect_words(">join_all: sleep_ms, ?, 2 more<", true);
    free(written);
    write_with(timeline_write_json);
    expect_words("\"name\":\"?<a>&\\\"\\\\\\u000a\"", true);
    expect_words("\"name\":\"join_all: sleep_ms, ?, 2 more\"", true);
    expect_words("\"ts\":4.000,\"dur\":999996.000,\"cat\":\"waiting\"", false);
    expect_words("\"ts\":3.000,\"dur\":999997.000,\"cat\":\"waiting\"", true);
    free(written);
}

/* TRACE-m: Perfetto reads in the order of time, and at the same time in that of
 * the file.  An arrow must lie in a slice that was read before: a spawn in the
 * new task's "ready", and that of a join in the last poll, not behind it. */
static void an_arrow_lies_in_a_slice(void **state)
{
    const char *slice, *arrow;
    (void)state;
    spawned(1, "a");
    add(TIMELINE_POLL, 1, 0, NULL);
    add(TIMELINE_SPAWNED, 2, 0, "b");
    add(TIMELINE_WOKEN, 2, 0, NULL)->from = 1;
    add(TIMELINE_PENDING, 1, 0, "task_join");
    add(TIMELINE_POLL, 2, 0, NULL);
    add(TIMELINE_READY, 2, 0, NULL);
    add(TIMELINE_FINISHED, 2, 0, NULL);
    add(TIMELINE_WOKEN, 1, 0, NULL)->from = 2;
    write_with(timeline_write_json);
    slice = strstr(written, "\"ph\":\"X\",\"pid\":1,\"tid\":2,"
                            "\"name\":\"ready\",\"ts\":4.000,");
    arrow = strstr(written, "\"ph\":\"f\",\"pid\":1,\"tid\":2,"
                            "\"name\":\"spawn\",\"ts\":4.000,");
    assert_true(slice && arrow && slice < arrow);
    expect_words("\"tid\":2,\"name\":\"poll\",\"ts\":6.000,\"dur\":1.000",
                 true);
    expect_words("\"ph\":\"s\",\"pid\":1,\"tid\":2,\"name\":\"wake\","
                 "\"ts\":7.000,",
                 true);
    free(written);
}

/* TRACE-o: 744 is the right edge.  Task 3 was dropped, so its wait is over. */
static void a_wait_in_a_deadlock_goes_on(void **state)
{
    (void)state;
    for (unsigned task = 1; task <= 3; task++)
        spawned(task, "a");
    for (unsigned task = 1; task <= 3; task++) {
        add(TIMELINE_POLL, task, 0, NULL);
        add(TIMELINE_PENDING, task, 0, "mpsc_recv");
    }
    add(TIMELINE_DROPPED, 3, 20, NULL);
    add(TIMELINE_WOKEN, 2, 20, NULL);
    add(TIMELINE_POLL, 2, 20, NULL);
    add(TIMELINE_PENDING, 2, 20, "notified");
    write_with(timeline_write_svg);
    expect_words(">notified<", false);
    free(written);
    tl.deadlock = true;
    write_with(timeline_write_svg);
    expect_words("<path class=\"line\" d=\"M138 51h606\"/>", true);
    expect_words("<path class=\"line\" d=\"M664 85h80\"/>", true);
    expect_words("<path class=\"line\" d=\"M154 119h502\"/>", true);
    expect_words(">notified<", true);
    free(written);
}

/* TRACE-k: and it stays inside the page. */
static void a_picture_of_a_part_says_so(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 30; i++)
        spawned(i, "task");
    write_with(timeline_write_svg);
    expect_words(">24 task<", true);
    expect_words(">25 task<", false);
    expect_words("beginning: 24 of 30 tasks, and 0 of 0 polls.", true);
    free(written);

    begin(state);
    spawned(1, "task");
    for (unsigned i = 0; i < 130; i++) {
        add(TIMELINE_POLL, 1, i * 10, NULL);
        add(TIMELINE_PENDING, 1, i * 10, "sleep_ms");
        add(TIMELINE_WOKEN, 1, i * 10 + 10, NULL);
    }
    write_with(timeline_write_svg);
    expect_words("beginning: 1 of 1 tasks, and 120 of 130 polls.", true);
    expect_words("d=\"M744 ", true);
    expect_words("d=\"M745 ", false);
    free(written);

    begin(state);
    spawned(1, "task");
    write_with(timeline_write_svg);
    expect_words("beginning", false);
    free(written);
}

/* TRACE-k: hundreds of years of virtual time. */
static void a_long_time_does_not_overflow(void **state)
{
    (void)state;
    spawned(1, "task");
    add(TIMELINE_POLL, 1, 0, NULL);
    add(TIMELINE_PENDING, 1, 0, "sleep_ms");
    add(TIMELINE_WOKEN, 1, UINT64_MAX / 2000000, NULL);
    add(TIMELINE_POLL, 1, UINT64_MAX / 2000000, NULL);
    add(TIMELINE_READY, 1, UINT64_MAX / 2000000, NULL);
    write_with(timeline_write_svg);
    expect_words("<path class=\"line\" d=\"M138 51h598\"/>", true);
    free(written);
}

/* ---- What is recorded ---------------------------------------------------- */

/* Runs f in a process of its own, and reads the timeline that it leaves. */
static void record(void (*f)(void))
{
    char folder[] = "/tmp/timelineXXXXXX", path[40];
    int status;
    pid_t pid;
    FILE *in;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/t.json", folder);
    fflush(NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        setenv("EXECUTOR_TRACE", path, 1);
        setenv("EXECUTOR_CLOCK", "virtual", 1);
        f();
        exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    written = calloc(1, 100000);
    assert_non_null(written);
    in = fopen(path, "r");
    assert_non_null(in);
    (void)!fread(written, 1, 99999, in);
    fclose(in);
    unlink(path);
    rmdir(folder);
    assert_true(*written);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static struct waker kept;

static enum poll hold_poll(struct future *f, struct context *cx)
{
    (void)f;
    if (kept.wake)
        return POLL_READY;
    kept = context_waker(cx);
    return POLL_PENDING;
}

static const struct future_ops hold_ops = { .name = "hold",
                                            .poll = hold_poll,
                                            .drop = future_drop_nothing };

struct both { /* waits for two tasks */
    struct async async;
    struct task *tasks[2];
    struct join joins[2];
    struct join_two two;
};

static enum poll both_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct both);
    AWAIT(join_two(&self->two, task_join(&self->joins[0], self->tasks[0]),
                   task_join(&self->joins[1], self->tasks[1])));
    ASYNC_FINALLY
    task_detach(self->tasks[0]);
    task_detach(self->tasks[1]);
    ASYNC_END;
}

static const struct future_ops both_ops = ASYNC_OPS(both);

static struct task *spawn_sleep(struct executor *executor)
{
    return task_spawn(executor, sleep_ms(task_slot(struct sleep), 1000));
}

static void wake_after_two_ends(void)
{
    struct runtime rt;
    struct both *both = task_slot(struct both);
    struct future *hold = task_slot(struct future);
    struct sleep sleep;
    runtime_init(&rt, NULL);
    *both = (struct both){ .async.future.ops = &both_ops };
    both->tasks[0] = spawn_sleep(&rt.executor);
    both->tasks[1] = spawn_sleep(&rt.executor);
    task_detach(task_spawn(&rt.executor, &both->async.future));
    *hold = (struct future){ .ops = &hold_ops };
    task_detach(task_spawn(&rt.executor, hold));
    block_on(&rt.executor, sleep_ms(&sleep, 10));
    task_abort(both->tasks[0]);
    task_abort(both->tasks[1]);
    waker_wake(kept);
    executor_run(&rt.executor);
    runtime_close(&rt);
}

/* TRACE-m: the first end wakes the task that waits for both; the second end
 * wakes nobody, so the next wake is not its own. */
static void an_end_wakes_only_who_waits(void **state)
{
    (void)state;
    record(wake_after_two_ends);
    expect_words("\"ph\":\"s\",\"pid\":1,\"tid\":1,\"name\":\"wake\"", true);
    expect_words("\"ph\":\"s\",\"pid\":1,\"tid\":2,\"name\":\"wake\"", false);
    free(written);
}

static int own_spawns;

static void own_spawned(struct task *t)
{
    (void)t;
    own_spawns++;
}

/* One that lives, and one that is closed. */
static void options_of_another(void)
{
    struct executor_hooks own = { .spawned = own_spawned };
    struct executor_options options = { .hooks = &own };
    struct runtime a, b;
    runtime_init(&a, &options);
    for (int i = 0; i < 2; i++) {
        if (i == 0)
            options = a.executor.options;
        else
            runtime_close(&a);
        runtime_init(&b, &options);
        task_detach(spawn_sleep(&b.executor));
        executor_run(&b.executor);
        runtime_close(&b);
    }
    if (own_spawns != 2)
        _exit(1);
}

/* TRACE-i: the recorder's own hooks are not taken for the program's, and the
 * program's are still called. */
static void an_executor_with_the_options_of_another(void **state)
{
    (void)state;
    record(options_of_another);
    expect_words("\"sleep_ms\"", true);
    free(written);
}

static void run_one(void)
{
    struct runtime rt;
    struct sleep sleep;
    runtime_init(&rt, NULL);
    block_on(&rt.executor, sleep_ms(&sleep, 1));
    runtime_close(&rt);
}

/* The first has the file; the second one is started while the first runs. */
static void two_programs(void)
{
    int ready[2], go[2], status;
    pid_t first, second;
    char byte = 0;
    if (pipe(ready) || pipe(go) || (first = fork()) < 0)
        _exit(1);
    close(first ? go[0] : go[1]); /* so that nobody waits for ever */
    close(first ? ready[1] : ready[0]);
    if (first == 0) {
        run_one();
        (void)!write(ready[1], &byte, 1);
        (void)!read(go[0], &byte, 1);
        exit(0);
    }
    if (read(ready[0], &byte, 1) != 1 || (second = fork()) < 0)
        _exit(1);
    if (second == 0) {
        fclose(stderr);
        run_one();
        _exit(0);
    }
    if (waitpid(second, &status, 0) != second || !WIFEXITED(status) ||
        WEXITSTATUS(status) != 2 || write(go[1], &byte, 1) != 1 ||
        waitpid(first, &status, 0) != first || status)
        _exit(1);
}

/* TRACE-n */
static void a_file_belongs_to_one_program(void **state)
{
    (void)state;
    record(two_programs);
    expect_words("\"sleep_ms\"", true);
    free(written);
}

static enum poll busy_poll(struct future *f, struct context *cx)
{
    (void)f;
    waker_wake(context_waker(cx));
    return POLL_PENDING;
}

static const struct future_ops busy_ops = { .name = "busy",
                                            .poll = busy_poll,
                                            .drop = future_drop_nothing };

static void run_for_ever(void *data)
{
    struct future busy = { .ops = &busy_ops };
    struct runtime rt;
    (void)data;
    runtime_init(&rt, NULL);
    block_on(&rt.executor, &busy);
}

/* Another thread records all the time; a child that waits is killed. */
static void children_while_a_thread_records(void)
{
    uv_thread_t thread;
    int status;
    run_one(); /* the file is ours, and not a child's */
    if (uv_thread_create(&thread, run_for_ever, NULL))
        _exit(1);
    for (int i = 0; i < 100; i++) {
        pid_t child = fork();
        if (child == 0) {
            alarm(5);
            run_one();
            _exit(0);
        }
        if (waitpid(child, &status, 0) != child || status)
            _exit(1);
    }
}

/* TRACE-i */
static void a_child_of_fork_runs_on(void **state)
{
    (void)state;
    record(children_while_a_thread_records);
    free(written);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_task_is_in_one_state_at_a_time, begin),
        cmocka_unit_test_setup(a_task_that_is_aborted_stops_there, begin),
        cmocka_unit_test_setup(names_are_written_so_that_they_break_nothing,
                               begin),
        cmocka_unit_test_setup(an_arrow_lies_in_a_slice, begin),
        cmocka_unit_test_setup(a_wait_in_a_deadlock_goes_on, begin),
        cmocka_unit_test_setup(a_picture_of_a_part_says_so, begin),
        cmocka_unit_test_setup(a_long_time_does_not_overflow, begin),
        cmocka_unit_test(an_end_wakes_only_who_waits),
        cmocka_unit_test(an_executor_with_the_options_of_another),
        cmocka_unit_test(a_file_belongs_to_one_program),
        cmocka_unit_test(a_child_of_fork_runs_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
