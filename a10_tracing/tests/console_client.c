/* The console's side, with a program at the other end that says anything. */
#include "a10_tracing/console_client.h"
#include "a10_tracing/console_view.h"
#include <setjmp.h>
#include <cmocka.h>

#pragma GCC diagnostic ignored "-Wunused-parameter"

#define PROGRAM "program 1 12 1 3 4 0 0 0 it\n"
#define TASK "task 1 7 waiting 1 2 3 4 5 6 7 8 9 name\n"

static uv_loop_t loop;
static struct executor ex;
static struct console_client client;
static struct console_table table;
static int other; /* the program's end of the connection */

static void up(void)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(uv_loop_init(&loop), 0);
    executor_init(&ex, &loop, NULL);
    assert_int_equal(console_client_open(&client, &loop, fds[0]), 0);
    other = fds[1];
}

static void down(void)
{
    console_client_close(&client);
    if (other >= 0)
        close(other);
    assert_int_equal(executor_close(&ex), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void say(const char *text)
{
    assert_int_equal(write(other, text, strlen(text)), strlen(text));
}

static void hang_up(void)
{
    close(other);
    other = -1;
}

static int ask(void)
{
    struct console_request request;
    block_on(&ex, console_request(&request, &client, &table, "hello"));
    return request.status;
}

/* What comes of an answer that is all that is ever said. */
static int answered(const char *text)
{
    int status;
    up();
    say(text);
    shutdown(other, SHUT_WR);
    status = ask();
    down();
    return status;
}

/* CONSOLE-01 */
static void one_answer_after_the_other(void **state)
{
    char question[20] = "";
    up();
    say(PROGRAM TASK "at a -> b\nat   `- c\nend\n" PROGRAM "end\n");
    assert_int_equal(ask(), 0);
    assert_int_equal(table.n, 1);
    assert_int_equal(table.program.alive, 3);
    assert_string_equal(table.rows[0].name, "name");
    assert_string_equal(table.rows[0].where, "a -> b\n  `- c");
    assert_int_equal(ask(), 0);
    assert_int_equal(table.n, 0);
    assert_int_equal(read(other, question, sizeof question), 12);
    assert_memory_equal(question, "hello\nhello\n", 12);
    down();
}

/* CONSOLE-12 */
static void a_program_that_ends_is_no_error(void **state)
{
    assert_int_equal(answered(""), UV_EOF);
    assert_int_equal(answered(PROGRAM TASK), UV_EOF);
    up();
    hang_up();
    assert_int_equal(ask(), UV_EOF);
    down();
}

/* CONSOLE-02, CONSOLE-12 */
static void what_is_no_watched_program_is_refused(void **state)
{
    char many[CONSOLE_LINE + 10];
    assert_int_equal(answered("HTTP/1.1 400 Bad Request\n"), UV_EPROTO);
    assert_int_equal(answered("end\n"), UV_EPROTO);
    assert_int_equal(answered(TASK "end\n"), UV_EPROTO);
    assert_int_equal(answered("program 2 12 1 3 4 0 0 0 it\nend\n"), UV_EPROTO);
    assert_int_equal(answered(PROGRAM "at nowhere\nend\n"), UV_EPROTO);
    assert_int_equal(answered(PROGRAM "task 1 7 asleep 1\nend\n"), UV_EPROTO);
    assert_int_equal(answered("\n"), UV_EPROTO);
    memset(many, 'x', sizeof many - 1);
    many[sizeof many - 1] = '\0';
    assert_int_equal(answered(many), UV_EPROTO);
    up();
    say(PROGRAM);
    for (int i = 0; i <= CONSOLE_ROWS; i++)
        say(TASK);
    assert_int_equal(ask(), UV_EPROTO);
    down();
}

/* CONSOLE-02 */
static void no_figure_is_too_large_to_be_shown(void **state)
{
    char text[400];
    up();
    say("program 1 1 1 18446744073709551615 18446744073709551615 0 0 0 it\n");
    say("task 4294967295 4294967295 polled 4611686018427387903 "
        "4611686018427387903 4611686018427387903 4611686018427387903 "
        "4611686018427387903 4611686018427387903 16 4611686018427387903 "
        "4611686018427387903 \n");
    say("end\n");
    assert_int_equal(ask(), 0);
    assert_int_equal(table.rows[0].warnings, 7);
    for (int width = 0; width < 300; width++)
        console_row_text(text, sizeof text, width, &table.rows[0], true);
    for (int w = 0; w < CONSOLE_WARNINGS; w++)
        console_warning(text, sizeof text, &table.rows[0],
                        (enum console_warning)w);
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_answer_after_the_other),
        cmocka_unit_test(a_program_that_ends_is_no_error),
        cmocka_unit_test(what_is_no_watched_program_is_refused),
        cmocka_unit_test(no_figure_is_too_large_to_be_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
