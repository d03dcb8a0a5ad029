/* words.c: the parent: the reason of a rejection, in plain words. */
#include <signal.h>
#include <sys/wait.h>
#include "machinery.h"

/* Read by the sanitizers before main().  handle_…=2: their handlers, not those
 * that an answer sets.  symbolize=0: see places.c.  Leaks: see leaks.c. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "handle_segv=2:handle_sigbus=2:handle_sigfpe=2:handle_sigill=2:"
           "handle_abort=0:detect_leaks=0:detect_stack_use_after_return=1:"
           "max_allocation_size_mb=256:allocator_may_return_null=1:"
           "symbolize=0:stack_trace_format='    #%n %p':"
           "print_legend=0:color=never:exitcode=1:abort_on_error=0";
}

const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
    return "symbolize=0:print_stacktrace=0";
}

static void say(struct run *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void say(struct run *run, const char *format, ...)
{
    size_t used = strlen(run->why);
    va_list args;
    va_start(args, format);
    vsnprintf(run->why + used, sizeof run->why - used, format, args);
    va_end(args);
}

static int line_length(const char *line)
{
    return (int)strcspn(line, "\n");
}

struct meaning {
    const char *found, *means;
};

static const char *meaning_of(const struct meaning *kinds, const char *text)
{
    while (kinds->found && !strstr(text, kinds->found))
        kinds++;
    return kinds->means;
}

/* ---- AddressSanitizer ---------------------------------------------------- */

static const struct meaning memory[] = {
    { "heap-use-after-free", "uses memory that was already freed" },
    { "double-free", "frees the same memory twice" },
    { "not malloc", "frees memory that did not come from malloc()" },
    { "alloc-dealloc", "frees memory that did not come from malloc()" },
    { "stack-overflow", "calls itself again and again: the stack is full" },
    { "stack-use-after", "uses a local variable of a function that has "
                         "returned, or of a block that has ended" },
    { "buffer-overflow", "reads or writes outside its memory" },
    { "buffer-underflow", "reads or writes outside its memory" },
    { "container-overflow", "reads or writes outside its memory" },
    { "negative-size-param", "copies or sets a negative number of bytes" },
    { "allocation-size", "asks malloc() for more than 256 MB" },
    { "calloc-overflow",
      "asks calloc() for more bytes than a size_t can count" },
    { "pc points to the zero page", "calls a function through a NULL pointer" },
    { "address points to the zero page", "follows a NULL pointer" },
    { "param-overlap",
      "copies between places that overlap: use memmove() for that" },
    { "SEGV", "follows a pointer that points nowhere" },
    { "BUS", "follows a pointer that points nowhere" },
    { "FPE", "divides by zero" },
    { "ILL", "jumps to a place where there is no code" },
    { NULL, NULL },
};

/* "    #1 0x5555" in the report: the address, or NULL. */
static void *frame_in(const char *line)
{
    const char *at = line + strspn(line, " ");
    return *at == '#' && (at = strstr(at, "0x")) &&
                   at < line + line_length(line)
               ? (void *)(uintptr_t)(strtoull(at, NULL, 16) + 1)
               : NULL;
}

static const char *next_line(const char *line)
{
    line += line_length(line);
    return *line ? line + 1 : line;
}

/* The report with functions and lines at its addresses. */
static const char *report_with_places(const char *report)
{
    static void *frames[FRAMES_MAX];
    static struct place places[FRAMES_MAX];
    static char text[4 * WORDS_MAX];
    size_t used = 0;
    int count = 0, at = 0;
    for (const char *line = report; *line; line = next_line(line))
        if (frame_in(line) && count < FRAMES_MAX)
            frames[count++] = frame_in(line);
    exercise_places(frames, count, places);
    for (const char *line = report; *line; line = next_line(line)) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%.*s",
                                 line_length(line), line);
        if (frame_in(line) && at < count) {
            const struct place *p = &places[at++];
            used += (size_t)snprintf(text + used, sizeof text - used, " in %s",
                                     p->function);
            if (p->line)
                used +=
                    (size_t)snprintf(text + used, sizeof text - used, " %s:%d",
                                     exercise_is_answer(p->file)
                                         ? exercise_answer_
                                         : p->file,
                                     p->line);
        }
        used += (size_t)snprintf(text + used, sizeof text - used, "\n");
    }
    return text;
}

/* "work/a01_countdown.c:23" for the first line of the answer that stands
 * between `from` and `end` in a report, or "". */
static const char *place_in(const char *from, const char *end, char *out,
                            size_t size)
{
    out[0] = '\0';
    for (const char *at = from; at && (at = strstr(at, exercise_answer_));
         at++) {
        if (end && at >= end)
            break;
        int line = atoi(at + strlen(exercise_answer_) + 1);
        if (at[strlen(exercise_answer_)] != ':' || line == 0)
            continue;
        snprintf(out, size, "%s:%d", exercise_answer_, line);
        break;
    }
    return out;
}

/* A favourite: the context, or a pointer into it, kept beyond the poll. */
static bool is_a_context(const char *report)
{
    const char *variable = strstr(report, ") 'cx'");
    const char *hit = variable ? strstr(variable, "inside this var") : NULL;
    return hit && hit < variable + strcspn(variable, "\n");
}

/* AddressSanitizer also prints its report, without the lines. */
static void cut_report(char *text)
{
    char *at, *last = NULL;
    while ((at = strstr(text, "\n=====")) || (at = strstr(text, "=====")))
        last = at, text = at + 1;
    if (last)
        *last = '\0';
}

static void memory_reason(struct run *run)
{
    const struct verdict *v = &run->verdict;
    const char *report = report_with_places(v->words);
    const char *freed = strstr(report, "\nfreed by");
    const char *origin = strstr(report, "allocated by");
    const char *error = strstr(report, "ERROR: AddressSanitizer: ");
    const char *means = meaning_of(memory, error ? error : report);
    char at[300], by[300];
    place_in(report, freed ? freed : origin, at, sizeof at);
    place_in(freed, freed ? strstr(freed, "allocated by") : NULL, by,
             sizeof by);
    snprintf(run->report, sizeof run->report, "%s", report);
    cut_report(run->text);
    if (v->frame_count && *exercise_where(v->frames, 1))
        snprintf(at, sizeof at, "%s", exercise_where(v->frames, 1));
    if (strstr(report, "use-after-poison")) {
        means = v->forbidden;
        run->report[0] = '\0'; /* it speaks of what only the test knows */
    }
    if (means && strstr(means, "nowhere") && v->readable &&
        strstr(report, "WRITE memory access"))
        means = "writes to memory that can only be read, such as a string "
                "literal or a const object";
    say(run, "%s ", *at ? at : "after your code has run, the test");
    if (is_a_context(report))
        say(run, "uses the context of an earlier poll: it is lent for one "
                 "poll; keep what context_waker(cx) returns, not cx");
    else if (means)
        say(run, "%s", means);
    else
        say(run, "makes an error that AddressSanitizer calls %.*s",
            (int)strcspn(error ? error + 25 : report, " \n"),
            error ? error + 25 : report);
    if (freed && !is_a_context(report))
        say(run, " (freed at %s)", *by ? by : "the test's own code");
}

/* ---- UndefinedBehaviorSanitizer ------------------------------------------ */

static const struct meaning undefined[] = {
    { "'const struct future_ops'", "polls or drops a future that was never "
                                   "constructed" },
    { "null-pointer-use", "follows a NULL pointer" },
    { "null-argument", "passes NULL where a function does not allow it" },
    { "nullptr-with", "calculates with a NULL pointer" },
    { "pointer-overflow", "calculates a pointer that leaves its object" },
    { "-load", "reads a bool or an enum that was never set" },
    { "misaligned", "follows a pointer that points nowhere" },
    { "insufficient-object-size", "follows a pointer that points nowhere" },
    { "out-of-bounds", "reads or writes outside an array" },
    { "shift", "shifts by more bits than the type has, or a negative number" },
    { "divide-by-zero", "divides by zero" },
    { "division by zero", "divides by zero" },
    { "overflow", "counts beyond what the type can hold" },
    { "vla-bound", "makes an array whose length is not positive" },
    { "unreachable", "reaches a place that it declared unreachable" },
    { NULL, NULL },
};

static void undefined_reason(struct run *run)
{
    const struct verdict *v = &run->verdict;
    const char *at = exercise_where(v->frames, v->frame_count);
    const char *message = next_line(v->words), *place = next_line(message);
    const char *means = meaning_of(undefined, v->words);
    if (*at)
        say(run, "%s ", at);
    else
        say(run, "after your code has run, the test (%.*s) ",
            line_length(place), place);
    if (means)
        say(run, "%s", means);
    else
        say(run, "does something that C does not define: %.*s",
            line_length(message), message);
    snprintf(run->report, sizeof run->report, "%s", message);
}

/* ---- What it printed itself ---------------------------------------------- */

/* Where the line begins that `at` stands in; not before `text`. */
static const char *line_start(const char *text, const char *at)
{
    while (at > text && at[-1] != '\n')
        at--;
    return at;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* misuse() has spoken: its sentence, and the backtraces that stand above. */
static bool say_misuse(struct run *run)
{
    const char *prefix = "async-in-c: ", *at = run->text, *last = NULL;
    while ((at = strstr(at, prefix)))
        last = at++;
    if (!last)
        return false;
    const char *from = line_start(run->text, last), *sentence;
    for (const char *up = from; up > run->text;) {
        up = line_start(run->text, up - 1);
        if (!begins(up, "task ") && !begins(up, "waiting: "))
            break;
        from = up;
    }
    sentence = last + strlen(prefix);
    if (begins(sentence, "sleep_ms: this context has no executor"))
        say(run, "sleep_ms() was polled in a context that has no executor.  "
                 "If the sleep is yours, await the event itself instead of "
                 "letting time pass.  If it is a child's, poll the child with "
                 "`cx` or with context_child(cx, ...): these pass the executor "
                 "on");
    else
        say(run, "%.*s%.*s", (int)(last - from), from, line_length(sentence),
            sentence);
    return true;
}

/* What assert() printed. */
static bool say_assertion(struct run *run)
{
    const char *at = strstr(run->text, "Assertion `");
    if (at)
        say(run, "%.*s", line_length(at), at);
    return at;
}

/* ---- The reason ---------------------------------------------------------- */

static void too_long(struct run *run, const char *what)
{
    const struct verdict *v = &run->verdict;
    const char *at = exercise_where(v->frames, v->frame_count);
    say(run, "%s %s%s%s", *at ? at : "the test", what,
        *v->words ? ", while " : "", v->words);
}

/* Where system calls or page faults are slow, time is up before a limit on
 * output or memory is. */
static void busy(struct run *run)
{
    if (run->length > OUTPUT_MUCH)
        say(run,
            "your code prints and prints, %zu KB so far: a loop that never "
            "ends?",
            run->length >> 10);
    else if (run->memory_mb > 40) /* tests need some 20 MB */
        say(run, "your code takes memory without end: %d MB so far",
            run->memory_mb);
    else
        too_long(run, "runs and runs: a loop that never ends, or a very long "
                      "one");
}

/* From here, that. */
static void placed(struct run *run, const char *words)
{
    const struct verdict *v = &run->verdict;
    const char *at = exercise_where(v->frames, v->frame_count);
    say(run, "%s %s", *at ? at : "your code", words);
}

static void aborted(struct run *run)
{
    const struct verdict *v = &run->verdict;
    const char *at = exercise_where(v->frames, v->frame_count);
    if (!say_misuse(run) && !say_assertion(run))
        say(run, "your code calls abort()");
    if (*at)
        say(run, "\nin %s", at);
    if (*v->words)
        say(run, "\n%s", v->words);
}

/* Only what the answer allocated is its debt. */
static void left_behind(struct run *run, const char *before)
{
    const struct verdict *v = &run->verdict;
    for (int i = 0; i < v->frame_count;) {
        size_t size = (size_t)v->frames[i++];
        int n = 0;
        while (i + n < v->frame_count && v->frames[i + n])
            n++;
        const char *at = exercise_where(&v->frames[i], n);
        if (*at) {
            say(run, "%s%s never frees the %zu bytes that it allocates here%s",
                before, at, size,
                exercise_passes("task_slot_", &v->frames[i], n)
                    ? ": the task was never spawned, or task_detach() did "
                      "not give its handle back"
                    : "");
            return;
        }
        i += n + 1;
    }
}

static void without_a_verdict(struct run *run)
{
    if (run->killed)
        say(run, "your code %s", run->killed);
    else if (WIFSIGNALED(run->status) && WTERMSIG(run->status) == SIGSYS)
        say(run, "your code starts a process, or acts on another one; no "
                 "exercise needs that");
    else if (WIFSIGNALED(run->status))
        say(run, "your code was stopped: %s", strsignal(WTERMSIG(run->status)));
    else
        say(run, "your code ends the whole program: a future must return");
}

void exercise_reason(struct run *run)
{
    const struct verdict *v = &run->verdict;
    switch (run->killed && v->kind == PASSED ? 0 : v->kind) {
    case PASSED:
        left_behind(run, "");
        break;
    case REJECTED:
        say(run, "%s", v->words);
        left_behind(run, "\n");
        break;
    case PLACED:
        placed(run, v->words);
        break;
    case BUSY:
        busy(run);
        break;
    case ASLEEP:
        too_long(run, "sleeps, and nobody wakes it");
        break;
    case ABORTED:
        aborted(run);
        break;
    case EXITED:
        placed(run, "ends the whole program: a future must return");
        break;
    case REPORTED:
        memory_reason(run);
        break;
    case UNDEFINED:
        undefined_reason(run);
        break;
    default:
        without_a_verdict(run);
    }
}
