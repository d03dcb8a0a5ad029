/* verdict.c: inside the test's process: its last word, and what leads to it. */
#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
#include "machinery.h"

const char *exercise_while_ = "", *exercise_aside_ = "";
const char *answer_path = "";
void (*at_end_of_test)(void);

static int verdict_pipe;
static pid_t tester;     /* its copies have no say                            */
static pthread_t thread; /* the one that runs the test                        */

/* The first verdict counts: one write, and the process is over. */
static _Noreturn void verdict(const char *words)
{
    if (getpid() == tester)
        (void)!write(verdict_pipe, words, strlen(words) + 1);
    _exit(1);
}

_Noreturn void verdict_pass(void)
{
    verdict(VERDICT_PASSED);
}

_Noreturn void reject(const char *why, ...)
{
    char words[1024];
    va_list args;
    va_start(args, why);
    int length = vsnprintf(words, sizeof words, why, args);
    va_end(args);
    if (*exercise_aside_ && length > 0 && length < (int)sizeof words)
        snprintf(words + length, sizeof words - (size_t)length, ".\n%s",
                 exercise_aside_);
    verdict(words);
}

_Noreturn void exercise_todo_(const char *file, int line, const char *hint)
{
    (void)file;
    reject("%s:%d: TODO: %s", answer_path, line, hint);
}

static const char *where_am_i(void)
{
    void *frames[64];
    return where_in_answer(frames, backtrace(frames, 64));
}

/* ---- Signals ------------------------------------------------------------- */

/* SIGPROF: our own timer, BUSY_MS of work. */
static void on_busy(int signal)
{
    const char *at = where_am_i();
    (void)signal;
    reject("%s%s runs and runs: a loop that never ends%s%s", at,
           *at ? "" : "the test", *exercise_while_ ? ", while " : "",
           exercise_while_);
}

/* SIGALRM: our parent saw us asleep for too long. */
static void on_asleep(int signal)
{
    if (!pthread_equal(pthread_self(), thread)) {
        pthread_kill(thread, signal);
        return;
    }
    const char *at = where_am_i();
    reject("%s%s sleeps, and nobody wakes it%s%s", at, *at ? "" : "the test",
           *exercise_while_ ? ", while " : "", exercise_while_);
}

/* SIGABRT: misuse() or an assert() has printed why. */
static void on_abort(int signal)
{
    (void)signal;
    reject("%c%s", VERDICT_ABORTED, where_am_i());
}

/* exit() in an answer: it must not look like the end of the test. */
static void on_exit_(void)
{
    const char *at = where_am_i();
    if (getpid() == tester)
        reject("%s%s ends the whole program: a future must return", at,
               *at ? "" : "your code");
}

/* A copy of the test would run on, print and pass beside it. */
pid_t fork(void)
{
    void *libc = dlsym(RTLD_NEXT, "fork");
    pid_t (*real)(void);
    if (tester && getpid() == tester)
        reject("%s starts a process; no exercise needs one", where_am_i());
    memcpy(&real, &libc, sizeof real); /* ISO C has no cast for this */
    return real();
}

void verdict_open(int pipe)
{
    struct itimerval busy = { .it_value = { 0, BUSY_MS * 1000 } };
    void *frames[4];
    verdict_pipe = pipe;
    tester = getpid();
    thread = pthread_self();
    backtrace(frames, 4); /* it loads a library: not in a signal handler */
    signal(SIGPROF, on_busy);
    signal(SIGALRM, on_asleep);
    signal(SIGABRT, on_abort);
    atexit(on_exit_);
    setitimer(ITIMER_PROF, &busy, NULL);
}
