/* What keys change, and what is concluded from answers; nothing is drawn. */
#include "a10_tracing/console_keys.h"
#include <setjmp.h>
#include <cmocka.h>

#pragma GCC diagnostic ignored "-Wunused-parameter"

static struct console_screen screen;
static struct console_table answer;

static void look_at_a_task(void)
{
    struct console_row *r = &screen.table.rows[0];
    screen = (struct console_screen){ .table.n = 1 };
    *r = (struct console_row){ .executor = 1, .id = 7, .polls = 3 };
    strcpy(r->where, "stuck at x.c:1 -> mutex_lock");
    console_key(&screen, '\n');
    assert_int_equal(screen.page, PAGE_TASK);
}

/* The next answer, to what is asked now. */
static void hear(uint64_t polls, const char *where)
{
    char question[60];
    console_question(&screen, question, sizeof question);
    answer = (struct console_table){ .program.pid = 1, .n = where != NULL };
    answer.rows[0] = (struct console_row){ 1, 7, .polls = polls };
    if (where)
        strcpy(answer.rows[0].where, where);
    console_take(&screen, &answer, PAGE_TASK);
}

/* CONSOLE-10 */
static void a_task_that_goes_on_had_lost_its_waker(void **state)
{
    char question[60];
    look_at_a_task();
    console_key(&screen, 'w');
    console_question(&screen, question, sizeof question);
    assert_string_equal(question, "wake 1 7");
    hear(3, "stuck at x.c:1 -> mutex_lock"); /* it is not polled yet */
    assert_string_equal(screen.verdict, "It is woken ...");
    hear(4, "stuck at x.c:9 -> sleep_ms");
    assert_non_null(strstr(screen.verdict, "It went on!"));
    look_at_a_task();
    console_key(&screen, 'w');
    hear(4, NULL); /* it is over */
    assert_non_null(strstr(screen.verdict, "It went on!"));
    assert_true(screen.over);
}

/* CONSOLE-10 */
static void a_task_that_waits_again_had_not(void **state)
{
    look_at_a_task();
    console_key(&screen, 'w');
    hear(4, "stuck at x.c:1 -> mutex_lock");
    assert_non_null(strstr(screen.verdict, "It waits there again"));
    hear(5, "stuck at x.c:9 -> sleep_ms"); /* somebody else has woken it */
    assert_non_null(strstr(screen.verdict, "It waits there again"));
}

/* CONSOLE-10 */
static void only_a_task_that_waits_is_woken(void **state)
{
    look_at_a_task();
    screen.task.state = TASK_QUEUED;
    console_key(&screen, 'w');
    assert_false(screen.wake);
    look_at_a_task();
    screen.paused = true;
    console_key(&screen, 'w');
    assert_false(screen.wake);
    assert_non_null(strstr(screen.verdict, "Press p first"));
}

/* CONSOLE-09 */
static void keys_move_and_sort_within_the_table(void **state)
{
    char question[60];
    screen = (struct console_screen){ .table.n = 1 };
    screen.table.program.alive = 100;
    console_key(&screen, KEY_END);
    assert_int_equal(screen.from + (uint64_t)screen.cursor, 99);
    console_key(&screen, KEY_DOWN);
    assert_int_equal(screen.from + (uint64_t)screen.cursor, 99);
    console_key(&screen, KEY_HOME);
    console_key(&screen, KEY_UP);
    assert_int_equal(screen.from + (uint64_t)screen.cursor, 0);
    console_key(&screen, '>');
    console_key(&screen, 'r');
    console_question(&screen, question, sizeof question);
    assert_string_equal(question, "table name down 0 1");
    screen.table.program.alive = UINT64_MAX; /* a program that lies */
    console_key(&screen, KEY_END);
    console_key(&screen, KEY_NPAGE);
    assert_true(screen.cursor >= 0);
    screen.table.program.alive = UINT64_C(1) << 63;
    console_key(&screen, KEY_HOME);
    console_key(&screen, KEY_END);
    assert_int_equal(screen.from + (uint64_t)screen.cursor, INT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_that_goes_on_had_lost_its_waker),
        cmocka_unit_test(a_task_that_waits_again_had_not),
        cmocka_unit_test(only_a_task_that_waits_is_woken),
        cmocka_unit_test(keys_move_and_sort_within_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
