/* show.c: what the learner sees of a test. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "machinery.h"

enum { WIDTH = 78, MARGIN = 8, LINES = 20 };

/* ---- Finding the reason -------------------------------------------------- */

/* Where the line begins that `at` stands in; not before `text`. */
static const char *line_start(const char *text, const char *at)
{
    while (at > text && at[-1] != '\n')
        at--;
    return at;
}

static int line_length(const char *line)
{
    return (int)strcspn(line, "\n");
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* misuse() has spoken: its sentence, and the backtraces that stand above. */
static bool misuse_in(const char *text, char *why, size_t size)
{
    const char *prefix = "async-in-c: ", *at = text, *last = NULL;
    while ((at = strstr(at, prefix)))
        last = at++;
    if (!last)
        return false;
    const char *from = line_start(text, last), *sentence;
    for (const char *up = from; up > text;) {
        up = line_start(text, up - 1);
        if (!begins(up, "task ") && !begins(up, "waiting: "))
            break;
        from = up;
    }
    sentence = last + strlen(prefix);
    snprintf(why, size, "%.*s%.*s", (int)(last - from), from,
             line_length(sentence), sentence);
    return true;
}

static const struct {
    const char *ubsan, *means;
} kinds[] = {
    { "'const struct future_ops'", "polls or drops a future that was never "
                                   "constructed" },
    { "null pointer", "follows a NULL pointer" },
    { "not a valid value", "reads a bool or an enum that was never set" },
    { "misaligned", "follows a pointer that points nowhere" },
    { "insufficient space", "follows a pointer that points nowhere" },
    { "out of bounds", "reads or writes outside an array" },
    { "overflow", "counts beyond what the type can hold" },
    { "division by zero", "divides by zero" },
};

/* UndefinedBehaviorSanitizer: "work/x.c:12:5: runtime error: member access …",
 * and below it the stack, where the first line of the answer stands. */
static bool undefined_in(const char *text, char *why, size_t size)
{
    const char *mark = ": runtime error: ", *at = strstr(text, mark);
    char where[300];
    if (!at)
        return false;
    const char *line = line_start(text, at), *error = at + strlen(mark);
    int length = line_length(error);
    if (!*place_in_answer(line, NULL, where, sizeof where))
        snprintf(where, sizeof where, "%.*s", (int)(at - line), line);
    snprintf(why, size, "%s %.*s", where, length, error);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const char *found = strstr(error, kinds[i].ubsan);
        if (found && found < error + length) {
            snprintf(why, size, "%s %s", where, kinds[i].means);
            break;
        }
    }
    return true;
}

/* What assert(), or CMocka's assert_int_equal() and the like, printed. */
static bool quoted_in(const char *text, const char *mark, char *why,
                      size_t size)
{
    const char *at = strstr(text, mark);
    if (!at)
        return false;
    at += *mark == '[' ? strlen(mark) : 0;
    snprintf(why, size, "%.*s", line_length(at), at);
    return true;
}

static void reason(const struct run *run, char *why, size_t size)
{
    const char *text = run->text, *words = run->words;
    if (run->killed) {
        snprintf(why, size, "your code %s", run->killed);
    } else if (words[0] == VERDICT_ABORTED) {
        if (!misuse_in(text, why, size) &&
            !quoted_in(text, "Assertion `", why, size))
            snprintf(why, size, "your code calls abort()");
        if (words[1])
            snprintf(why + strlen(why), size - strlen(why), "\nin %s",
                     words + 1);
    } else if (words[0]) {
        snprintf(why, size, "%s", words);
    } else if (undefined_in(text, why, size) ||
               quoted_in(text, "[  ERROR   ] --- ", why, size)) {
        return;
    } else if (WIFSIGNALED(run->status)) {
        snprintf(why, size, "your code was stopped: %s",
                 strsignal(WTERMSIG(run->status)));
    } else {
        snprintf(why, size,
                 "your code ends the whole program: a future must return");
    }
}

/* ---- Printing ------------------------------------------------------------ */

static void print_sentence(const char *name)
{
    for (; *name; name++)
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

/* Lines of CMocka, of the harness, and those that the reason quotes. */
static bool is_noise(const char *line)
{
    static const char *const noise[] = {
        "[==========]",     "[ RUN      ]",
        "[  FAILED  ]",     "[  ERROR   ]",
        "[   LINE   ]",     " 1 FAILED TEST(S)",
        "async-in-c: ",     "task ",
        "waiting: ",        "=====",
        "AddressSanitizer:"
    };
    static const char *const frames[] = { "/tools/exercise/run.c:",
                                          "libcmocka.so",
                                          "/libc-start.c:",
                                          "/libc_start_call_main.h:",
                                          "libc.so.6",
                                          " in _start ",
                                          " in main ",
                                          "Assertion `" };
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

static void print_lines(const char *title, const char *from, const char *end)
{
    int shown = 0;
    for (; from < end && *from; from += line_length(from) + 1) {
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

/* What it printed, then what the sanitizers reported, as they wrote it. */
static void print_output(const char *text)
{
    const char *report = strstr(text, "\n====="), *end = strchr(text, '\0');
    const char *undefined = strstr(text, ": runtime error: ");
    const char *summary = strstr(text, "\nSUMMARY: ");
    if (!report && undefined)
        report = line_start(text, undefined);
    print_lines("It had printed:", text, report ? report : end);
    if (report)
        print_lines("The report in full:", report + (*report == '\n'),
                    summary ? summary : end);
}

void show(const struct run *run, bool passed)
{
    char why[4096];
    printf(passed ? "  ok    " : "  FAIL  ");
    print_sentence(run->test->name);
    if (!passed) {
        reason(run, why, sizeof why);
        print_wrapped(why);
        if (!strstr(why, "TODO: "))
            print_output(run->text);
    }
    fflush(stdout);
    if (getenv("EXERCISE_RAW"))
        fputs(run->text, stderr);
}
