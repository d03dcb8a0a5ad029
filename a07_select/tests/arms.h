/* arms.h: what the tests of this room share: probes "a" to "h" as arms, polls
 * by hand, and aborts that are expected. */
#ifndef A07_TESTS_ARMS_H
#define A07_TESTS_ARMS_H

#include "tests/support.h"
#include "a07_select/select.h"
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 8 };
static const char *const names[MANY] = {
    "a", "b", "c", "d", "e", "f", "g", "h"
};

static struct probe probes[MANY];
static struct future *arms[MANY];
static struct bell bell;

/* Fresh probes, none open, each an arm; nothing has happened yet. */
static inline void fresh(void)
{
    trace_text[0] = '\0';
    bell.rings = 0;
    for (int i = 0; i < MANY; i++)
        arms[i] = probe(&probes[i], names[i]);
}

/* A poll by hand, by somebody whose waker rings the bell. */
static inline enum poll poll_with(struct executor *executor, struct future *f)
{
    struct context cx = context_make(bell_waker(&bell), executor);
    enum poll result = future_poll(f, &cx);
    if (result == POLL_PENDING)
        context_check(&cx, f);
    return result;
}

static inline enum poll poll_once(struct future *f)
{
    return poll_with(NULL, f);
}

/* Does this end by misuse(), with these words? */
static inline void assert_misuse(void (*act)(void), const char *words)
{
    char said[1000];
    size_t n = 0;
    ssize_t got;
    int status, fd[2];
    pid_t pid;
    fflush(stdout);
    assert_int_equal(pipe(fd), 0);
    pid = fork();
    if (pid == 0) {
        signal(SIGABRT, SIG_DFL);
        dup2(fd[1], STDERR_FILENO);
        act();
        _exit(0);
    }
    close(fd[1]);
    while ((got = read(fd[0], said + n, sizeof said - 1 - n)) > 0)
        n += (size_t)got;
    said[n] = '\0';
    close(fd[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFSIGNALED(status) || !strstr(said, words))
        fail_msg("no abort with \"%s\", but: %s", words, said);
}
#endif
