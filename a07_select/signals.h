/* signals.h: a future for the signals that ask a program to end: SIGINT
 * (Ctrl-C), SIGTERM (kill) and SIGHUP (the terminal was closed).
 *
 * While a struct signals is open, these signals do not end the program any
 * more.  So the program must react to them, and soon: nothing interrupts a task
 * that only computes.
 *
 * nohup   A program that was started by nohup ignores SIGHUP, and goes on to
 *         ignore it.
 * loop    It keeps the loop alive while it is open, so a task that waits for a
 *         signal is no deadlock.
 * count   A signal that comes while no task waits is for the next task that
 *         waits.  One task at a time may wait.
 * memory  A small block for each signal, because a libuv handle belongs to the
 *         loop until its close callback has run, and your frame may be gone by
 *         then.
 * errors  signals_open(): UV_ENOMEM, or what libuv says.
 * threads Everything is called on the executor's thread.
 * drop    A struct signals is no future: call signals_close() in ASYNC_FINALLY.
 *         From then on the signals end the program again.
 */
#ifndef A07_SIGNALS_H
#define A07_SIGNALS_H

#include <signal.h>
#include "executor.h"

enum { SIGNALS = 3 };

struct signals {
    uv_signal_t *handles[SIGNALS]; /* each on the heap; NULL: closed */
    struct signals_next *waiter;   /* what awaits a signal, or NULL */
    int came;                      /* signals that nobody has taken yet */
    int latest;                    /* the last that came */
};

struct signals_next {
    struct future future;
    struct signals *signals;
    struct waker waker;
    int signum; /* result: which it was; if two came, the later */
};

/* ---- Open and close ------------------------------------------------------ */

static inline void signals_cb_(uv_signal_t *handle, int signum)
{
    struct signals *s = handle->data;
    s->came++;
    s->latest = signum;
    if (s->waiter)
        waker_wake(s->waiter->waker);
}

static inline void signals_closed_cb_(uv_handle_t *handle)
{
    free(handle);
}

/* The default action is back.  Twice is fine, and so is one only zeroed. */
static inline void signals_close(struct signals *s)
{
    if (s->waiter)
        misuse("signals_close: a future still waits for these signals; drop "
               "it first");
    for (int i = 0; i < SIGNALS; i++) {
        if (s->handles[i])
            uv_close((uv_handle_t *)s->handles[i], signals_closed_cb_);
        s->handles[i] = NULL;
    }
}

static inline int signals_watch_(struct signals *s, struct executor *executor,
                                 int i, int signum)
{
    uv_signal_t *handle = malloc(sizeof *handle);
    int rc = handle ? uv_signal_init(executor->loop, handle) : UV_ENOMEM;
    if (rc) {
        free(handle);
        return rc;
    }
    handle->data = s;
    s->handles[i] = handle;
    return uv_signal_start(handle, signals_cb_, signum);
}

static inline bool signals_is_ignored_(int signum)
{
    struct sigaction now;
    return sigaction(signum, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

static inline void signals_open_cb_(uv_handle_t *handle, void *s)
{
    if (handle->type == UV_SIGNAL && handle->data == s &&
        !uv_is_closing(handle))
        misuse("signals_open: these signals are open; close them first");
}

/* From now on these signals are counted.  `s` must stay where it is until it is
 * closed.  Returns 0, or an error, after which `s` is closed. */
static inline int signals_open(struct signals *s, struct executor *executor)
{
    int rc;
    executor_check(executor, "signals_open");
    uv_walk(executor->loop, signals_open_cb_, s);
    *s = (struct signals){ .came = 0 };
    rc = signals_watch_(s, executor, 0, SIGINT);
    if (rc == 0)
        rc = signals_watch_(s, executor, 1, SIGTERM);
    if (rc == 0 && !signals_is_ignored_(SIGHUP))
        rc = signals_watch_(s, executor, 2, SIGHUP);
    if (rc)
        signals_close(s);
    return rc;
}

/* ---- signals_next -------------------------------------------------------- */

static inline void signals_next_drop(struct future *f)
{
    struct signals_next *self = container_of(f, struct signals_next, future);
    if (self->signals->waiter == self)
        self->signals->waiter = NULL;
}

static inline enum poll signals_next_poll(struct future *f, struct context *cx)
{
    struct signals_next *self = container_of(f, struct signals_next, future);
    struct signals *s = self->signals;
    if (s->waiter && s->waiter != self)
        misuse("signals_next: another task waits for these signals already; "
               "let that task tell the others");
    if (s->came > 0) {
        s->came--;
        self->signum = s->latest;
        signals_next_drop(f);
        return POLL_READY;
    }
    if (!s->handles[0])
        misuse("signals_next: these signals are not open, so none would come; "
               "check what signals_open() returned");
    self->waker = context_waker(cx);
    s->waiter = self;
    return POLL_PENDING;
}

static const struct future_ops signals_next_ops_ = FUTURE_OPS(signals_next);

/* Wait for the next of them.  Cancel-safe: only READY takes a signal. */
static inline struct future *signals_next(struct signals_next *self,
                                          struct signals *signals)
{
    *self = (struct signals_next){ .future.ops = &signals_next_ops_,
                                   .signals = signals };
    return &self->future;
}
#endif
