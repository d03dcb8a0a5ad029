/* run.c: the parent: a process for each test, and what is shown of it. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "machinery.h"

enum {
    TICK_MS = 50,   /* how often we look at the process                       */
    VERDICT_FD = 9, /* out of the way of what the answer opens                */
};

static volatile pid_t running; /* for on_interrupt() */

static void on_interrupt(int signo)
{
    if (running > 0)
        kill(-running, SIGKILL);
    signal(signo, SIG_DFL);
    raise(signo);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- In the process of the test ------------------------------------------ */

static const struct CMUnitTest *test_inside;

static void test_and_clean(void **state)
{
    leaks_begin();
    test_inside->test_func(state);
    if (at_end_of_test)
        at_end_of_test();
    leaks_end();
}

static void limit(__rlimit_resource_t resource, rlim_t most)
{
    setrlimit(resource, &(struct rlimit){ most, most });
}

static _Noreturn void child(const struct CMUnitTest *test, int out, int verdict)
{
    static char line[4096]; /* stdout's: not malloc'ed, so not counted */
    struct CMUnitTest one[1] = { *test };
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* we end with our parent */
    dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    dup2(verdict, VERDICT_FD);
    setvbuf(stdout, line, _IOLBF, sizeof line);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, 3);
    limit(RLIMIT_FSIZE, 1 << 20);
    verdict_open(VERDICT_FD);
    memory_open();
    test_inside = test;
    one[0].test_func = test_and_clean;
    if (_cmocka_run_group_tests(test->name, one, 1, NULL, NULL) == 0)
        verdict_pass();
    _exit(1);
}

/* ---- In ours ------------------------------------------------------------- */

static void start(struct run *run)
{
    int output[2], verdict[2];
    if (pipe(output) != 0 || pipe(verdict) != 0) {
        perror("pipe");
        exit(2);
    }
    fflush(NULL);
    run->pid = fork();
    if (run->pid == 0) {
        close(output[0]);
        close(verdict[0]);
        child(run->test, output[1], verdict[1]);
    }
    if (run->pid < 0) {
        perror("fork");
        exit(2);
    }
    setpgid(run->pid, run->pid);
    running = run->pid;
    close(output[1]);
    close(verdict[1]);
    run->output = output[0];
    run->verdict = verdict[0];
    fcntl(run->output, F_SETFL, O_NONBLOCK);
}

/* All that is there now; false once there will be no more. */
static bool read_output(struct run *run)
{
    ssize_t n = 1;
    while (n > 0 && run->length < OUTPUT_MAX - 1) {
        n = read(run->output, run->text + run->length,
                 OUTPUT_MAX - 1 - run->length);
        run->length += n > 0 ? (size_t)n : 0;
    }
    if (n > 0)
        run->killed = "prints and prints, 64 KB so far: a loop that never "
                      "ends?";
    return n < 0;
}

/* Once in TICK_MS: does it still do something sensible? */
static void look_after(struct run *run, int64_t started)
{
    static pid_t whose;
    static int asleep;
    const char *limit = getenv("EXERCISE_LIMIT_MS");
    if (whose != run->pid)
        asleep = 0;
    whose = run->pid;
    if (process_sleeps(run->pid))
        asleep += TICK_MS;
    if (asleep == ASLEEP_MS)
        kill(run->pid, SIGALRM);
    if (asleep > ASLEEP_MS + GRACE_MS)
        run->killed = "sleeps, and nobody wakes it";
    if (process_cpu_ms(run->pid) > BUSY_MS + GRACE_MS)
        run->killed = "runs and runs: a loop that never ends";
    if (now_ms() - started > (limit ? atoi(limit) : LIMIT_MS))
        run->killed = "does not end";
}

static bool is_over(pid_t pid)
{
    siginfo_t info = { 0 };
    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT);
    return info.si_pid == pid;
}

/* Until its verdict, its end, or our patience's. */
static void wait_for(struct run *run)
{
    int64_t started = now_ms(), tick = started + TICK_MS;
    struct pollfd fds[2] = { { run->verdict, POLLIN, 0 },
                             { run->output, POLLIN, 0 } };
    while (!run->killed) {
        int64_t left = tick - now_ms();
        poll(fds, 2, left > 0 ? (int)left : 0);
        if (!read_output(run))
            fds[1].fd = -1;
        if (fds[0].revents) {
            if (read(run->verdict, run->words, sizeof run->words - 1) > 0)
                return;
            fds[0].fd = -1; /* closed: it is over, or will not tell */
        }
        if (now_ms() < tick)
            continue;
        if (is_over(run->pid))
            return;
        look_after(run, started);
        tick = now_ms() + TICK_MS;
    }
}

static void stop(struct run *run)
{
    if (!is_over(run->pid))
        kill(-run->pid, SIGKILL);
    waitpid(run->pid, &run->status, 0);
    kill(-run->pid, SIGKILL); /* what it left behind */
    running = 0;
    kill_descendants();
    if (!run->killed)
        read_output(run);
    run->killed = run->words[0] ? NULL : run->killed; /* its words count */
    run->text[run->length] = '\0';
    close(run->output);
    close(run->verdict);
}

static bool passes(struct run *run)
{
    start(run);
    wait_for(run);
    stop(run);
    return !run->killed && strcmp(run->words, VERDICT_PASSED) == 0;
}

int exercise_main_(const char *answer, const struct CMUnitTest *tests,
                   size_t count)
{
    static struct run run;
    static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
    answer_path = answer;
    unsetenv("EXECUTOR_CLOCK");
    unsetenv("EXECUTOR_SEED");
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        signal(ends[i], on_interrupt);
    for (size_t i = 0; i < count; i++) {
        memset(&run, 0, sizeof run);
        run.test = &tests[i];
        bool ok = passes(&run);
        show(&run, ok);
        if (!ok)
            return 1; /* one thing at a time */
    }
    return 0;
}
