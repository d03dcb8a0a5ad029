/* run.c: the parent: a process for each test. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "machinery.h"

enum { TICK_MS = 50 }; /* how often we look at the process                    */

uint64_t exercise_token;
static int busy_ms;
static volatile pid_t running; /* for on_interrupt()                          */
static const struct CMUnitTest *test_inside;

static void on_interrupt(int signo)
{
    if (running > 0)
        kill(-running, SIGKILL);
    signal(signo, SIG_DFL);
    raise(signo);
}

static int64_t clock_ms(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t now_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

/* ---- In the process of the test ------------------------------------------ */

/* The soft one only: a verdict may take longer. */
static void limit(__rlimit_resource_t resource, rlim_t most)
{
    setrlimit(resource, &(struct rlimit){ most, RLIM_INFINITY });
}

static void begin_inside(const struct CMUnitTest *test, int out, int pipe)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* we end with our parent */
    dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    setvbuf(stdout, NULL, _IONBF, 0); /* nothing is lost when it crashes */
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, 3 + 2 * (rlim_t)busy_ms / 1000);
    limit(RLIMIT_FSIZE, 1 << 20);
    limit(RLIMIT_STACK,
          1 << 20); /* recursion that is only deep is found, too */
    test_inside = test;
    exercise_verdict_open(pipe);
    exercise_fence();
}

int exercise_main_(void)
{
    static void *frames[FRAMES_MAX];
    void *state = NULL;
    int count;
    exercise_leaks_begin();
    test_inside->test_func(&state);
    if (test_inside->teardown_func)
        test_inside->teardown_func(&state);
    if (exercise_at_end)
        exercise_at_end();
    exercise_threads_end();
    count = exercise_leaks_end(frames, FRAMES_MAX);
    exercise_verdict(PASSED, "", frames, count);
}

/* ---- In ours ------------------------------------------------------------- */

static _Noreturn void give_up(const char *what)
{
    perror(what);
    _exit(2);
}

/* True in the new process. */
static bool start(struct run *run)
{
    int output[2], pipes[2];
    if (pipe2(output, O_CLOEXEC) != 0 || pipe2(pipes, O_CLOEXEC) != 0)
        give_up("pipe");
    fflush(NULL);
    run->pid = fork();
    if (run->pid < 0)
        give_up("fork");
    if (run->pid == 0) {
        close(output[0]);
        close(pipes[0]);
        begin_inside(run->test, output[1], pipes[1]);
        return true;
    }
    setpgid(run->pid, run->pid);
    running = run->pid;
    close(output[1]);
    close(pipes[1]);
    run->output = output[0];
    run->pipe = pipes[0];
    fcntl(run->output, F_SETFL, O_NONBLOCK);
    fcntl(run->pipe, F_SETFL, O_NONBLOCK);
    return false;
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
        run->killed = "prints and prints, 16 MB so far: a loop that never "
                      "ends?";
    return n < 0;
}

/* How many bytes of the verdict are still to come. */
static size_t verdict_rest(const struct run *run)
{
    const struct verdict *v = &run->verdict;
    size_t size = offsetof(struct verdict, words);
    if (run->arrived < size)
        return size - run->arrived;
    if (v->token != exercise_token || v->length < 0 || v->length >= WORDS_MAX)
        return 0;
    return size + (size_t)v->length - run->arrived;
}

/* What there is of the verdict; true once that is its end, or none will be. */
static bool read_verdict(struct run *run)
{
    struct verdict *v = &run->verdict;
    for (;;) {
        size_t rest = verdict_rest(run);
        ssize_t n = rest ? read(run->pipe, (char *)v + run->arrived, rest) : 0;
        if (n < 0)
            return false;
        run->arrived += (size_t)n;
        if (rest && n > 0)
            continue;
        if (rest)
            memset(v, 0, sizeof *v); /* closed: nothing more will come */
        else if (v->token != exercise_token)
            run->killed = "writes to a file that it has not opened";
        if (rest || run->killed || v->kind != BEGUN)
            return true;
        run->begun = true;
        run->arrived = 0;
    }
}

/* Once in TICK_MS: does it still do something sensible? */
static void look_after(struct run *run, int64_t started)
{
    static pid_t whose;
    static int asleep;
    struct look look = exercise_look(run->pid);
    if (whose != run->pid)
        asleep = 0;
    whose = run->pid;
    if (now_ms() - started > LIMIT_MS)
        run->killed = "does not end";
    if (run->begun)
        return;
    asleep += look.asleep ? TICK_MS : 0;
    if (asleep == ASLEEP_MS && look.asleep)
        kill(run->pid, SIGALRM);
    if (asleep > ASLEEP_MS + GRACE_MS)
        run->killed = "sleeps, and nobody wakes it";
    run->memory_mb = look.memory_mb;
    if (look.memory_mb > 1000)
        run->killed = "takes memory without end: 1000 MB so far";
    run->busy = 0;
    if (look.cpu_ms > busy_ms) {
        run->busy = look.busiest ? look.busiest : run->pid;
        syscall(SYS_tgkill, run->pid, run->busy, SIGPROF);
    }
    if (look.cpu_ms > busy_ms + GRACE_MS)
        run->killed = "runs and runs: a loop that never ends";
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
    struct pollfd fds[2] = { { run->pipe, POLLIN, 0 },
                             { run->output, POLLIN, 0 } };
    while (!run->killed) {
        int64_t left = tick - now_ms();
        poll(fds, 2, left <= 0 ? 0 : run->busy ? 1 : (int)left);
        if (!read_output(run))
            fds[1].fd = -1;
        if (fds[0].revents && read_verdict(run)) {
            if (run->verdict.kind)
                return;
            fds[0].fd = -1; /* it is over, or will not tell */
        }
        if (now_ms() < tick) {
            if (run->busy && !run->begun)
                syscall(SYS_tgkill, run->pid, run->busy, SIGVTALRM);
            continue;
        }
        if (is_over(run->pid))
            return;
        look_after(run, started);
        tick = now_ms() + TICK_MS;
    }
}

static void stop(struct run *run)
{
    read_verdict(run);
    if (!is_over(run->pid)) {
        kill(run->pid, SIGKILL);
        kill(-run->pid, SIGKILL);
    }
    waitpid(run->pid, &run->status, 0);
    kill(-run->pid, SIGKILL); /* what it left behind */
    running = 0;
    exercise_kill_descendants();
    if (!run->killed)
        read_output(run);
    run->text[run->length] = '\0';
    close(run->output);
    close(run->pipe);
}

static void prepare(void)
{
    static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
    int64_t startup = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
    sigset_t none;
    /* A machine that starts this program slowly also runs it slowly. */
    busy_ms = (int)(startup * BUSY_STARTS);
    if (busy_ms < BUSY_MS)
        busy_ms = BUSY_MS;
    if (getrandom(&exercise_token, sizeof exercise_token, 0) < 0)
        exercise_token = (uint64_t)getpid() * 2654435761u;
    unsetenv("EXECUTOR_CLOCK");
    unsetenv("EXECUTOR_SEED");
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    /* What a parent may have left: our limits are signals, too. */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGCHLD, SIG_DFL);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        signal(ends[i], on_interrupt);
}

/* Ahead of the answer's own constructors, so that it has no say in the parent,
 * which ends here.  Each test's process returns, and goes on to main(). */
__attribute__((constructor(101))) static void exercise_split(void)
{
    static struct run run;
    prepare();
    for (size_t i = 0; i < exercise_count_; i++) {
        memset(&run, 0, offsetof(struct run, text));
        run.test = &exercise_tests_[i];
        if (start(&run))
            return;
        wait_for(&run);
        stop(&run);
        exercise_reason(&run);
        exercise_show(&run);
        if (run.why[0])
            _exit(EXERCISE_FAILED); /* one thing at a time */
    }
    _exit(EXERCISE_PASSED);
}
