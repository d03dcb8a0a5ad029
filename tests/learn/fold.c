/* Pages at the terminal: what may be printed of what a program has said. */
#include "tools/learn/text.c"
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_and_links_are_kept),
        cmocka_unit_test(nothing_moves_the_cursor),
        cmocka_unit_test(a_link_that_does_not_end_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
