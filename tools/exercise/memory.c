/* memory.c: inside the test's process: what AddressSanitizer reports, told in
 * plain words, with the line of the answer. */
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "machinery.h"

/* Read by the sanitizers before main().  handle_…=2: their handlers, not those
 * of CMocka, which know no line.  Leaks are ours: see leaks.c. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "handle_segv=2:handle_sigbus=2:handle_sigfpe=2:handle_sigill=2:"
           "handle_abort=0:detect_leaks=0:detect_stack_use_after_return=1:"
           "max_allocation_size_mb=256:allocator_may_return_null=1:"
           "allow_addr2line=1:"
           "print_legend=0:color=never:exitcode=1:abort_on_error=0";
}

const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
    return "print_stacktrace=1";
}

const char *exercise_forbidden_ = "touches what a lock protects, without the "
                                  "lock";

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* "work/a01_countdown.c:23: countdown_poll()" for the first of these return
 * addresses that lies in the answer, or "". */
const char *where_in_answer(void *const *frames, int count)
{
    static char where[512];
    for (int i = 0; i < count; i++) {
        char *call = (char *)frames[i] - 1;
        char file[256], line[16], function[128];
        __sanitizer_symbolize_pc(call, "%s", file, sizeof file);
        if (strcmp(file_name(file), file_name(answer_path)) != 0)
            continue;
        __sanitizer_symbolize_pc(call, "%l", line, sizeof line);
        __sanitizer_symbolize_pc(call, "%f", function, sizeof function);
        snprintf(where, sizeof where, "%s:%s: %s()", answer_path, line,
                 function);
        return where;
    }
    return "";
}

/* "work/a01_countdown.c:23" for the first line of the answer that stands
 * between `from` and `end` in a report, or "". */
const char *place_in_answer(const char *from, const char *end, char *out,
                            size_t size)
{
    const char *name = file_name(answer_path);
    out[0] = '\0';
    for (const char *at = from; at && (at = strstr(at, name)); at++) {
        if (end && at >= end)
            break;
        int line = atoi(at + strlen(name) + 1);
        if (at[strlen(name)] != ':' || line == 0)
            continue;
        snprintf(out, size, "%s:%d", answer_path, line);
        break;
    }
    return out;
}

static const struct {
    const char *asan, *means;
} kinds[] = {
    { "heap-use-after-free", "uses memory that was already freed" },
    { "double-free", "frees the same memory twice" },
    { "not malloc", "frees memory that did not come from malloc()" },
    { "alloc-dealloc", "frees memory that did not come from malloc()" },
    { "stack-overflow", "calls itself without end: the stack is full" },
    { "stack-use-after", "uses a local variable of a function that has "
                         "returned, or of a block that has ended" },
    { "buffer-overflow", "reads or writes outside its memory" },
    { "buffer-underflow", "reads or writes outside its memory" },
    { "allocation-size", "asks malloc() for more than 256 MB" },
    { "pc points to the zero page", "calls a function through a NULL pointer" },
    { "address points to the zero page", "follows a NULL pointer" },
    { "param-overlap",
      "copies between places that overlap: that takes memmove()" },
    { "SEGV", "follows a pointer that points nowhere" },
    { "FPE", "divides by zero" },
};

/* A call through NULL leaves no frame: the caller's address is on the stack. */
static const char *caller_of_null(const char *report)
{
    const char *at = strstr(report, "(pc 0x000000000000 bp ");
    if (!at || !(at = strstr(at, "sp 0x")))
        return "";
    void **top = (void **)(uintptr_t)strtoull(at + 3, NULL, 16);
    return where_in_answer(top, 1);
}

/* A favourite: the context, or a pointer into it, kept beyond the poll. */
static bool is_a_context(const char *report)
{
    const char *variable = strstr(report, ") 'cx'");
    const char *hit = variable ? strstr(variable, "inside this var") : NULL;
    return hit && hit < variable + strcspn(variable, "\n");
}

static void on_report(const char *report)
{
    const char *freed = strstr(report, "\nfreed by");
    const char *origin = strstr(report, "allocated by");
    const char *means = NULL, *null_call = caller_of_null(report);
    char at[300], by[300];
    place_in_answer(report, freed ? freed : origin, at, sizeof at);
    place_in_answer(freed, freed ? strstr(freed, "allocated by") : NULL, by,
                    sizeof by);
    for (size_t i = 0; !means && i < sizeof kinds / sizeof *kinds; i++)
        if (strstr(report, kinds[i].asan))
            means = kinds[i].means;
    if (strstr(report, "use-after-poison"))
        means = exercise_forbidden_;
    if (*null_call)
        snprintf(at, sizeof at, "%s", null_call);
    if (!*at)
        snprintf(at, sizeof at, "after your code has run, the test");
    if (is_a_context(report))
        reject("%s uses the context of an earlier poll: it is lent for one "
               "poll; keep what context_waker(cx) returns, not cx",
               at);
    if (!means)
        reject("%s: %.*s", at, (int)strcspn(report, "\n"), report);
    reject("%s %s%s%s%s", at, means, freed ? " (freed at " : "",
           !freed ? ""
           : *by  ? by
                  : "the test's own code",
           freed ? ")" : "");
}

void memory_open(void)
{
    __asan_set_error_report_callback(on_report);
}
