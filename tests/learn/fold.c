/* Pages at the terminal: what is printed of what a program has said. */
#include "tools/learn/run.c"
#include "tools/learn/text.c"
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* What run.c needs, and no test here. */
struct path path_of(const char *format, ...)
{
    (void)format;
    return (struct path){ "" };
}

const struct item *course_find(const struct course *c, int kinds,
                               const char *name)
{
    (void)c, (void)kinds, (void)name;
    return NULL;
}

void progress_set(struct progress *p, const char *verb, const char *name,
                  const char *value)
{
    (void)p, (void)verb, (void)name, (void)value;
}

int learn_await(struct learn *l, struct task *t)
{
    (void)l, (void)t;
    return 0;
}

static void assert_folds_to(const char *text, int width, const char *expected)
{
    char *bytes;
    size_t size;
    FILE *out = open_memstream(&bytes, &size);
    assert_non_null(out);
    fold(text, width, out);
    fclose(out);
    assert_string_equal(bytes, expected);
    free(bytes);
}

static void colours_and_links_are_kept(void **state)
{
    (void)state;
    assert_folds_to("a \033[1mb\033[0m\n", 80, "a \033[1mb\033[0m\n");
    assert_folds_to("\033]8;;x:y\033\\z\033]8;;\033\\\n", 80,
                    "\033]8;;x:y\033\\z\033]8;;\033\\\n");
}

static void nothing_moves_the_cursor(void **state)
{
    (void)state;
    assert_folds_to("a\033[2Jb\033[5Ac\033]0;title\ad\re\bf\033cg\n", 80,
                    "abcdefg\n");
}

/* Otherwise the terminal takes all that follows for a part of the link. */
static void a_link_that_does_not_end_is_left_out(void **state)
{
    (void)state;
    assert_folds_to("a\033]8;;x\033[2Jb\n", 80, "ab\n");
    assert_folds_to("a\033]8;;x\n\033\\b\n", 80, "a\nb\n");
    assert_folds_to("a\033]8;;x\b\033\\b\n", 80, "ab\n");
    assert_folds_to("a\033]8;;x\033", 80, "a\n");
}

static void assert_complains(const char *log, const char *expected)
{
    char *bytes;
    size_t size;
    FILE *out = open_memstream(&bytes, &size);
    assert_non_null(out);
    print_complaints(log, out);
    fclose(out);
    assert_string_equal(bytes, expected);
    free(bytes);
}

static void what_the_build_tools_say_is_left_out(void **state)
{
    (void)state;
    assert_complains("[1/2] x\nx.c:1: error\nninja: build stopped\n",
                     "x.c:1: error\n");
    assert_complains("FAILED: x\ncc x\nx.c:1: error\n", "x.c:1: error\n");
    assert_complains("\033[31mFAILED: x\ncc x\n\033[1mx.c\n", "\033[1mx.c\n");
}

/* What is behind its end does not matter. */
static void a_log_may_end_in_a_colour(void **state)
{
    (void)state;
    assert_complains("\033[01\0[", "\033[01\n");
    assert_complains("\033\0[", "\033\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_and_links_are_kept),
        cmocka_unit_test(nothing_moves_the_cursor),
        cmocka_unit_test(a_link_that_does_not_end_is_left_out),
        cmocka_unit_test(what_the_build_tools_say_is_left_out),
        cmocka_unit_test(a_log_may_end_in_a_colour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
