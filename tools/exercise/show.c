/* show.c: what the learner sees of a test. */
#include "machinery.h"

enum { WIDTH = 78, MARGIN = 8, LINES = 20 };

static int line_length(const char *line)
{
    return (int)strcspn(line, "\n");
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* ---- Printing ------------------------------------------------------------ */

static void print_sentence(const char *name)
{
    for (; *name && strcmp(name, "_") != 0; name++)
        putchar(*name == '_' ? ' ' : *name);
    putchar('\n');
}

/* Lines broken between words, with a margin. */
static void print_wrapped(const char *text)
{
    int column = 0;
    while (*text) {
        int word = (int)strcspn(text, " \n");
        if (column > MARGIN && column + 1 + word > WIDTH)
            column = printf("\n") - 1;
        column += printf("%*s", column == 0 ? MARGIN : 1, "");
        column += printf("%.*s", word, text);
        text += word;
        if (*text == '\n')
            column = printf("\n") - 1;
        text += *text != '\0';
    }
    putchar('\n');
}

/* Lines of the harness, and those that the reason quotes. */
static bool is_noise(const char *line)
{
    static const char *const noise[] = { "async-in-c: ", "task ",
                                         "waiting: ", "=====",
                                         "AddressSanitizer:DEADLYSIGNAL" };
    static const char *const frames[] = {
        " in exercise_", " in __libc_start", " in _start",
        " in main ",     "Assertion `",
    };
    for (size_t i = 0; i < sizeof noise / sizeof *noise; i++)
        if (begins(line, noise[i]))
            return true;
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        const char *found = strstr(line, frames[i]);
        if (found && found < line + line_length(line))
            return true;
    }
    return false;
}

static void print_lines(const char *title, const char *from)
{
    int shown = 0;
    for (; *from; from += line_length(from), from += *from == '\n') {
        if (is_noise(from) || (shown == 0 && !line_length(from)))
            continue;
        if (shown == 0)
            printf("\n%*s%s\n", MARGIN, "", title);
        if (++shown > LINES) {
            printf("%*s  ...\n", MARGIN, "");
            return;
        }
        printf("%*s  %.*s\n", MARGIN, "", line_length(from), from);
    }
}

void exercise_show(struct run *run)
{
    bool passed = !run->why[0];
    printf(passed ? "  ok    " : "  FAIL  ");
    print_sentence(run->test->name);
    if (!passed) {
        print_wrapped(run->why);
        if (!strstr(run->why, "TODO: "))
            print_lines("It had printed:", run->text);
        print_lines("The report in full:", run->report);
    }
    fflush(stdout);
    if (getenv("EXERCISE_RAW"))
        fprintf(stderr, "%s%s", run->text, run->report);
}
