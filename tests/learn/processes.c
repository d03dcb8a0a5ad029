/* The future of the course runner: another process. */
#include "a07_select/timeout.h"
#include "tools/learn/process.h"
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

/* What `script` prints, errors too. */
static const char *output_of(const char *script, const char *folder)
{
    static char text[2 * PROCESS_OUTPUT];
    const char *argv[] = { "sh", "-c", script, NULL };
    struct process p;
    FILE *file = fmemopen(text, sizeof text, "w");
    assert_non_null(file);
    begin();
    block_on(&ex, process(&p, argv, folder, file));
    end();
    fclose(file);
    return text;
}

static void it_runs_in_its_folder_and_both_its_outputs_are_read(void **state)
{
    assert_string_equal(output_of("pwd; echo error >&2; echo more", "/"),
                        "/\nerror\nmore\n");
}

static void it_has_nothing_to_read(void **state)
{
    assert_string_equal(output_of("cat; echo end", NULL), "end\n");
}

static void of_endless_output_so_much_is_kept(void **state)
{
    size_t size = strlen(output_of("yes | head -c 1000000", NULL));
    assert_in_range(size, PROCESS_OUTPUT, PROCESS_OUTPUT + 8192);
}

/* Is it running, and not merely waiting for somebody to ask how it ended? */
static bool runs(const char *pid)
{
    char path[64], text[256] = "";
    FILE *file;
    snprintf(path, sizeof path, "/proc/%ld/stat", atol(pid));
    file = fopen(path, "r");
    if (!file)
        return kill((pid_t)atol(pid), 0) == 0;
    (void)!fread(text, 1, sizeof text - 1, file);
    fclose(file);
    return !strstr(text, ") Z ");
}

static void what_it_leaves_behind_is_killed(void **state)
{
    char pid[32];
    snprintf(pid, sizeof pid, "%s",
             output_of("sleep 1000 & echo $!; exit", NULL));
    while (runs(pid))
        uv_sleep(1);
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
    struct timeout t;
    FILE *nothing = fopen("/dev/null", "w");
    begin();
    block_on(&ex, timeout_ms(&t, process(&p, argv, NULL, nothing), 50));
    assert_int_equal(t.status, UV_ETIMEDOUT);
    end();
    fclose(nothing);
}

static void what_does_not_hear_is_killed(void **state)
{
    const char *argv[] = { "sh", "-c", "trap '' TERM; kill -STOP $$; sleep 9",
                           NULL };
    struct process p;
    struct timeout t;
    FILE *nothing = fopen("/dev/null", "w");
    begin();
    block_on(&ex, timeout_ms(&t, process(&p, argv, NULL, nothing), 50));
    end();
    fclose(nothing);
}

static void a_drop_does_not_wait(void **state)
{
    const char *argv[] = { "sleep", "1000", NULL };
    struct process p;
    struct context cx;
    struct waker waker = { NULL, NULL };
    begin();
    cx = context_make(waker, &ex);
    assert_int_equal(future_poll(process(&p, argv, NULL, NULL), &cx),
                     POLL_PENDING);
    future_drop(&p.future);
    assert_null(p.job);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_status_is_that_of_the_shell),
        cmocka_unit_test(a_program_that_does_not_exist_is_an_error),
        cmocka_unit_test(it_runs_in_its_folder_and_both_its_outputs_are_read),
        cmocka_unit_test(it_has_nothing_to_read),
        cmocka_unit_test(of_endless_output_so_much_is_kept),
        cmocka_unit_test(what_it_leaves_behind_is_killed),
        cmocka_unit_test(nothing_starts_before_the_first_poll),
        cmocka_unit_test(late_work_is_dropped_with_all_it_started),
        cmocka_unit_test(what_does_not_hear_is_killed),
        cmocka_unit_test(a_drop_does_not_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
