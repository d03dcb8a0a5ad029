/* by_hand.h: futures polled by hand: eight probes, a bell, misuse.
 *
 * fresh()          makes the probes "a" to "h", none open; arms[] are the same
 *                  as futures.  Nothing has happened yet, no bell has rung.
 * poll_once()      one poll by code whose waker rings the bell; a future that
 *                  took no waker ends the test.  poll_with(): with an executor.
 * assert_misuse()  an act ends its process (one of its own) by a signal, with
 *                  these words.
 * mute, idler      two futures that break the contract.
 *
 * For drops at each suspension point see every_drop.h.
 */
#ifndef TESTS_BY_HAND_H
#define TESTS_BY_HAND_H

#include "tests/support.h"
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 8 };
static const char *const names[MANY] = {
    "a", "b", "c", "d", "e", "f", "g", "h"
};

static struct probe probes[MANY];
static struct future *arms[MANY];
static struct bell bell;

static inline void fresh(void)
{
    trace_text[0] = '\0';
    bell.rings = 0;
    for (int i = 0; i < MANY; i++)
        arms[i] = probe(&probes[i], names[i]);
}

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

/* All stored wakers are gone: opening every probe rings no bell. */
static inline void assert_no_waker_left(void)
{
    int rings = bell.rings;
    for (int i = 0; i < MANY; i++)
        waker_wake(probes[i].waker);
    assert_int_equal(bell.rings, rings);
}

/* ---- Misuse -------------------------------------------------------------- */

static inline void assert_misuse(void (*act)(void), const char *words)
{
    char said[4096];
    size_t n = 0;
    ssize_t got;
    int status, fd[2];
    pid_t pid;
    fflush(stdout);
    assert_int_equal(pipe(fd), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        signal(SIGABRT, SIG_DFL); /* not CMocka's */
        dup2(fd[1], STDERR_FILENO);
        act();
        _exit(0);
    }
    close(fd[1]);
    while (n < sizeof said - 1 &&
           (got = read(fd[0], said + n, sizeof said - 1 - n)) > 0)
        n += (size_t)got;
    said[n] = '\0';
    close(fd[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFSIGNALED(status) || !strstr(said, words))
        fail_msg("no abort with \"%s\", but: %s", words, said);
}

static inline enum poll mute_poll(struct future *f, struct context *cx)
{
    (void)f, (void)cx;
    return POLL_PENDING; /* and takes no waker */
}

static const struct future_ops mute_ops = {
    .name = "mute",
    .poll = mute_poll,
    .drop = future_drop_nothing,
};

/* One mute future is enough, since none of its polls does anything. */
__attribute__((unused)) static struct future mute = { .ops = &mute_ops };

struct idler { /* PENDING, and takes no waker, although its child was READY */
    struct future future;
    struct future *child;
};

static inline enum poll idler_poll(struct future *f, struct context *cx)
{
    struct idler *self = container_of(f, struct idler, future);
    assert_int_equal(future_poll(self->child, cx), POLL_READY);
    return POLL_PENDING;
}

static const struct future_ops idler_ops = {
    .name = "idler",
    .poll = idler_poll,
    .drop = future_drop_nothing,
};

static inline void poll_idler(struct future *child)
{
    struct idler idler = { .future.ops = &idler_ops, .child = child };
    poll_with(&ex, &idler.future);
}
#endif
