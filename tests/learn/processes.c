/* The two futures of the course runner: process and within. */
#include "tools/learn/process.h"
#include "tools/learn/within.h"
#include <setjmp.h>
#include <cmocka.h>

/* CMocka hands a state to every test; none here looks at it. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

static struct executor ex;
static uv_loop_t events;

static void begin(void)
{
    uv_loop_init(&events);
    executor_init(&ex, &events, NULL);
}

/* Processes that were dropped are waited for here. */
static void end(void)
{
    (void)executor_close(&ex);
    uv_run(&events, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&events), 0);
}

static int status_of(const char *script)
{
    const char *argv[] = { "sh", "-c", script, NULL };
    struct process p;
    begin();
    block_on(&ex, process(&p, argv, NULL, NULL));
    end();
    return p.status;
}

static void the_status_is_that_of_the_shell(void **state)
{
    assert_int_equal(status_of("exit 0"), 0);
    assert_int_equal(status_of("exit 7"), 7);
    assert_int_equal(status_of("kill -9 $$"), 128 + 9);
}

static void a_program_that_does_not_exist_is_an_error(void **state)
{
    const char *argv[] = { "/nowhere/at all", NULL };
    struct process p;
    begin();
    block_on(&ex, process(&p, argv, NULL, NULL));
    assert_int_equal(p.status, UV_ENOENT);
    end();
}

static void it_runs_in_its_folder_and_writes_into_a_file(void **state)
{
    const char *argv[] = { "sh", "-c", "pwd; echo error >&2", NULL };
    char text[32] = "";
    struct process p;
    FILE *file = tmpfile();
    assert_non_null(file);
    begin();
    block_on(&ex, process(&p, argv, "/", file));
    end();
    rewind(file);
    assert_int_equal(fread(text, 1, sizeof text - 1, file), 8);
    assert_string_equal(text, "/\nerror\n");
    fclose(file);
}

static void nothing_starts_before_the_first_poll(void **state)
{
    const char *argv[] = { "false", NULL };
    struct process p;
    begin();
    future_drop(process(&p, argv, NULL, NULL));
    assert_false(p.started);
    end();
}

/* Were one of the two left, end() would wait for it, and ctest give up. */
static void late_work_is_dropped_with_all_it_started(void **state)
{
    const char *argv[] = { "sh", "-c", "sleep 1000 & sleep 1000", NULL };
    struct process p;
    struct within w;
    begin();
    block_on(&ex, within(&w, 50, process(&p, argv, NULL, NULL)));
    assert_true(w.late);
    end();
}

static void work_in_time_drops_the_limit(void **state)
{
    const char *argv[] = { "true", NULL };
    struct process p;
    struct within w;
    begin();
    block_on(&ex, within(&w, 1000000, process(&p, argv, NULL, NULL)));
    assert_false(w.late);
    assert_int_equal(p.status, 0);
    end();
}

static void dropping_a_limit_drops_the_work(void **state)
{
    const char *argv[] = { "sleep", "1000", NULL };
    struct process p;
    struct within w;
    struct context cx;
    struct waker waker = { NULL, NULL };
    begin();
    cx = context_make(waker, &ex);
    within(&w, 1000000, process(&p, argv, NULL, NULL));
    assert_int_equal(future_poll(&w.future, &cx), POLL_PENDING);
    future_drop(&w.future);
    assert_null(p.job);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_status_is_that_of_the_shell),
        cmocka_unit_test(a_program_that_does_not_exist_is_an_error),
        cmocka_unit_test(it_runs_in_its_folder_and_writes_into_a_file),
        cmocka_unit_test(nothing_starts_before_the_first_poll),
        cmocka_unit_test(late_work_is_dropped_with_all_it_started),
        cmocka_unit_test(work_in_time_drops_the_limit),
        cmocka_unit_test(dropping_a_limit_drops_the_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
