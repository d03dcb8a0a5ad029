/* children.h: what the tests of this room share: probes "a" to "h" as children,
 * polls by hand, a leaf that breaks the contract, aborts that are expected. */
#ifndef A04_TESTS_CHILDREN_H
#define A04_TESTS_CHILDREN_H

#include "tests/every_drop.h"
#include "a04_join/join.h"
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 8 };
static const char *const names[MANY] = {
    "a", "b", "c", "d", "e", "f", "g", "h"
};

static struct probe probes[MANY];
static struct child children[MANY];
static struct bell bell;

/* Fresh probes, none open; nothing has happened yet. */
static inline void fresh(void)
{
    trace_text[0] = '\0';
    bell.rings = 0;
    memset(children, 0, sizeof children);
    for (int i = 0; i < MANY; i++)
        children[i].future = probe(&probes[i], names[i]);
}

/* A poll by hand, by somebody whose waker rings the bell. */
static inline enum poll poll_once(struct future *f)
{
    struct context cx = context_make(bell_waker(&bell), NULL);
    enum poll result = future_poll(f, &cx);
    if (result == POLL_PENDING)
        context_check(&cx, f);
    return result;
}

/* All stored wakers are gone: opening every probe rings no bell. */
static inline void assert_no_waker_left(void)
{
    int rings = bell.rings;
    for (int i = 0; i < MANY; i++)
        waker_wake(probes[i].waker);
    assert_int_equal(bell.rings, rings);
}

/* Which probe the child is: 'a' to 'h'; '-' if NULL. */
static inline char name_of(const struct child *c)
{
    return c ? *container_of(c->future, struct probe, future)->name : '-';
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

struct mute { /* PENDING, and takes no waker */
    struct future future;
};

static inline enum poll mute_poll(struct future *f, struct context *cx)
{
    (void)f, (void)cx;
    return POLL_PENDING;
}

static const struct future_ops mute_ops = { .name = "mute",
                                            .poll = mute_poll,
                                            .drop = future_drop_nothing };
__attribute__((unused)) static struct mute mute = { .future.ops = &mute_ops };

#endif
