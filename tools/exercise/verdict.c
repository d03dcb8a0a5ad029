/* verdict.c: inside the test's process: its last word, and what leads to it.
 *
 * Nothing here looks up a line or takes a lock: the code that was interrupted
 * may hold it.  A verdict carries addresses, and the parent looks them up. */
#include <execinfo.h>
#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include "machinery.h"

const char *exercise_while_ = "", *exercise_aside_ = "";
void (*exercise_at_end)(void);

static int verdict_pipe;
static pid_t tester;     /* its copies have no say                            */
static pthread_t thread; /* the one that runs the test                        */

static struct verdict last;
static atomic_flag spoken = ATOMIC_FLAG_INIT;

static void send_verdict(const struct verdict *v)
{
    const char *from = (const char *)v;
    size_t left = offsetof(struct verdict, words) + (size_t)v->length;
    while (left > 0) {
        ssize_t n = write(verdict_pipe, from, left);
        if (n <= 0)
            return;
        from += n;
        left -= (size_t)n;
    }
}

/* The parent stops its clocks: what follows may take as long as it takes. */
void exercise_verdict_begins(void)
{
    static struct verdict begun = { .kind = BEGUN };
    static atomic_flag once = ATOMIC_FLAG_INIT;
    if (getpid() != tester || atomic_flag_test_and_set(&once))
        return;
    begun.token = exercise_token;
    send_verdict(&begun);
}

/* The first verdict counts: one message, and the process is over. */
_Noreturn void exercise_verdict(enum verdict_kind kind, const char *words,
                                void *const *frames, int count)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    if (getpid() != tester)
        _exit(1);
    while (atomic_flag_test_and_set(&spoken))
        pause(); /* another thread speaks */
    last.token = exercise_token;
    last.kind = kind;
    last.length = (int)strnlen(words, WORDS_MAX - 1);
    last.frame_count = count < FRAMES_MAX ? count : FRAMES_MAX;
    memcpy(last.words, words, (size_t)last.length);
    if (last.frame_count)
        memcpy(last.frames, frames, (size_t)last.frame_count * sizeof *frames);
    send_verdict(&last);
    _exit(1);
}

/* … from here. */
static _Noreturn void speak(enum verdict_kind kind, const char *words)
{
    void *frames[STACK_MAX];
    exercise_verdict(kind, words, frames, backtrace(frames, STACK_MAX));
}

static _Noreturn void reject_with(const char *why, va_list args,
                                  void *const *frames, int count)
{
    char words[1024];
    int length = vsnprintf(words, sizeof words, why, args);
    if (*exercise_aside_ && length > 0 && length < (int)sizeof words)
        snprintf(words + length, sizeof words - (size_t)length, "%s\n%s",
                 strchr(".?!", words[length - 1]) ? "" : ".", exercise_aside_);
    exercise_verdict(REJECTED, words, frames, count);
}

_Noreturn void reject(const char *why, ...)
{
    va_list args;
    va_start(args, why);
    reject_with(why, args, NULL, 0);
}

_Noreturn void reject_leaks(const char *why, ...)
{
    static void *frames[FRAMES_MAX];
    int count = exercise_leaks_end(frames, FRAMES_MAX);
    va_list args;
    va_start(args, why);
    reject_with(why, args, frames, count);
}

_Noreturn void exercise_todo_(const char *file, int line, const char *hint)
{
    (void)file;
    reject("%s:%d: TODO: %s", exercise_answer_, line, hint);
}

/* ---- What the sanitizers find -------------------------------------------- */

/* Called before the report is written … */
void __asan_on_error(void);
void __asan_on_error(void)
{
    exercise_verdict_begins();
}

/* Can it be read?  The system can tell without a fault. */
static bool is_readable(const void *address)
{
    int ends[2];
    bool readable = pipe(ends) == 0 && write(ends[1], address, 1) == 1;
    return readable;
}

static void *address_in(const char *text)
{
    return (void *)(uintptr_t)strtoull(strstr(text, "0x"), NULL, 16);
}

/* … and when it is.  A call through NULL leaves no frame: the caller's address
 * is on the stack. */
static void on_report(const char *report)
{
    void *frames[1] = { NULL };
    int count = 0;
    const char *sp = strstr(report, "(pc 0x000000000000 bp ");
    const char *unknown = strstr(report, "unknown address 0x");
    const char *poisoned = strstr(report, "use-after-poison on address 0x");
    if (sp && (sp = strstr(sp, "sp 0x"))) {
        memcpy(frames, (void *)(uintptr_t)strtoull(sp + 3, NULL, 16),
               sizeof *frames);
        count = 1;
    }
    if (unknown)
        last.readable = is_readable(address_in(unknown));
    if (poisoned)
        snprintf(last.forbidden, sizeof last.forbidden, "%s",
                 why_forbidden(address_in(poisoned)));
    exercise_verdict(REPORTED, report, frames, count);
}

/* Of libubsan; GCC does not install the header. */
void __ubsan_get_current_report_data(const char **kind, const char **message,
                                     const char **file, unsigned *line,
                                     unsigned *column, char **address);
void __ubsan_on_report(void);
void __ubsan_on_report(void)
{
    const char *kind = "", *message = "", *file = "";
    unsigned line = 0, column = 0;
    char *address = NULL, words[1024];
    __ubsan_get_current_report_data(&kind, &message, &file, &line, &column,
                                    &address);
    snprintf(words, sizeof words, "%s\n%s\n%s:%u", kind, message,
             file ? file : "", line);
    speak(UNDEFINED, words);
}

/* ---- Signals ------------------------------------------------------------- */

/* What a handler has interrupted may be the counting of blocks, with its lock.
 * Nearly everything allocates, also AddressSanitizer in front of a call to a
 * function that does not return.  So each handler first stops the counting. */

/* The stack of what this signal has interrupted.  All addresses are looked up
 * as those behind a call, so the interrupted one is moved by a byte: otherwise
 * the first instruction of a function would be told as the function before. */
static int interrupted_stack(void **frames, const void *context)
{
    const ucontext_t *at = context;
    int count = backtrace(frames, STACK_MAX);
    uintptr_t pc = 0;
#if defined(__x86_64__)
    pc = (uintptr_t)at->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    pc = (uintptr_t)at->uc_mcontext.pc;
#endif
    (void)at;
    for (int i = 0; i < count; i++)
        if (pc && (uintptr_t)frames[i] == pc)
            frames[i] = (char *)frames[i] + 1;
    return count;
}

/* SIGVTALRM: our parent sends many of these, as long as we work for too long.
 * A loop calls other functions, and most signals come in one of those.  The
 * shallowest stack ends in the loop itself. */
static struct {
    pthread_t thread;
    int count;
    void *frames[STACK_MAX];
} shallowest;

static void on_sample(int signal, siginfo_t *info, void *context)
{
    void *frames[STACK_MAX];
    (void)signal, (void)info;
    exercise_leaks_count(false);
    int count = interrupted_stack(frames, context);
    bool same =
        shallowest.count && pthread_equal(shallowest.thread, pthread_self());
    if (!same || count < shallowest.count) {
        shallowest.thread = pthread_self();
        shallowest.count = count;
        memcpy(shallowest.frames, frames, sizeof frames);
    }
    exercise_leaks_count(true);
}

/* Where the loop is; and in case that no code of the answer is there, where it
 * is now. */
static _Noreturn void speak_of_loop(const void *context)
{
    void *frames[2 * STACK_MAX];
    int count = 0;
    if (shallowest.count && pthread_equal(shallowest.thread, pthread_self())) {
        count = shallowest.count;
        memcpy(frames, shallowest.frames, (size_t)count * sizeof *frames);
    }
    count += interrupted_stack(frames + count, context);
    exercise_verdict(BUSY, exercise_while_, frames, count);
}

/* SIGPROF: our parent sees us work for too long, and says so until we answer.
 * What changes from its first signal to a later one tells at what we work. */
static void on_busy(int signal, siginfo_t *info, void *context)
{
    static int64_t first;
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    int64_t now = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
    (void)signal, (void)info;
    exercise_leaks_count(false);
    first = first ? first : now;
    exercise_leaks_look();
    exercise_polls_look(now);
    if (now - first > LOOK_NS)
        speak_of_loop(context);
    exercise_leaks_count(true);
}

/* SIGALRM: our parent saw us asleep for too long. */
static void on_asleep(int signal)
{
    exercise_leaks_count(false);
    if (!pthread_equal(pthread_self(), thread))
        pthread_kill(thread, signal);
    else
        speak(ASLEEP, exercise_while_);
}

/* SIGABRT: misuse() or an assert() has printed why. */
static void on_abort(int signal)
{
    (void)signal;
    exercise_leaks_count(false);
    speak(ABORTED, exercise_aside_);
}

/* exit() in an answer: it must not look like the end of the test. */
static void on_exit_(void)
{
    fflush(NULL);
    if (getpid() == tester)
        speak(EXITED, "");
}

void exercise_verdict_open(int pipe)
{
    static const struct {
        int signal;
        void (*handler)(int);
    } handlers[] = { { SIGALRM, on_asleep }, { SIGABRT, on_abort } };
    static const struct {
        int signal;
        void (*handler)(int, siginfo_t *, void *);
    } clocks[] = { { SIGPROF, on_busy }, { SIGVTALRM, on_sample } };
    void *frames[4];
    verdict_pipe = pipe;
    tester = getpid();
    thread = pthread_self();
    backtrace(frames, 4); /* it loads a library: not in a signal handler */
    for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
        struct sigaction action = { .sa_handler = handlers[i].handler,
                                    .sa_flags = SA_ONSTACK };
        sigaction(handlers[i].signal, &action, NULL);
    }
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        struct sigaction action = { .sa_sigaction = clocks[i].handler,
                                    .sa_flags = SA_ONSTACK | SA_SIGINFO };
        sigaddset(&action.sa_mask, SIGPROF); /* neither within the other */
        sigaddset(&action.sa_mask, SIGVTALRM);
        sigaction(clocks[i].signal, &action, NULL);
    }
    atexit(on_exit_);
    __asan_set_error_report_callback(on_report);
}
