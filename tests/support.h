/* support.h: what the tests share.
 *
 * trace    what happened, word by word; expect_trace() compares, and forgets.
 * bell     a waker that counts how often it is called.
 * probe    a leaf that waits for probe_open().  It traces "a?" when it returns
 *          PENDING, "a!" when READY, "~a" when dropped.
 * worker   an async function that yields or sleeps.  It traces "a1 a2 a3 a.",
 *          or "~a" at its end when it is cancelled.
 * up, down one executor on one loop; down() asserts that nothing is left open.
 */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include "inbox.h"
#include <setjmp.h>
#include <cmocka.h>

/* CMocka hands a state to every test; none here looks at it. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

/* ---- What happened ------------------------------------------------------- */

static char trace_text[8192];

static inline void trace(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
static inline void trace(const char *format, ...)
{
    size_t n = strlen(trace_text);
    va_list args;
    assert_true(n + 64 < sizeof trace_text);
    if (n)
        trace_text[n++] = ' ';
    va_start(args, format);
    vsnprintf(trace_text + n, sizeof trace_text - n, format, args);
    va_end(args);
}

/* A failure forgets too, so that it does not spoil the next test. */
static inline void expect_trace_(const char *expected, const char *file,
                                 int line)
{
    char got[sizeof trace_text];
    strcpy(got, trace_text);
    trace_text[0] = '\0';
    _assert_string_equal(got, expected, file, line);
}
#define expect_trace(expected) expect_trace_(expected, __FILE__, __LINE__)

/* ---- A waker that counts ------------------------------------------------- */

struct bell {
    int rings;
};

static inline void bell_ring(void *data)
{
    struct bell *bell = data;
    bell->rings++;
}

static inline struct waker bell_waker(struct bell *bell)
{
    return (struct waker){ bell_ring, bell };
}

/* ---- A leaf that waits for the test -------------------------------------- */

struct probe {
    struct future future;
    const char *name;
    struct waker waker; /* of the latest poll; empty unless we are waiting */
    bool open;          /* the next poll is READY */
    int polls, drops;
};

static inline enum poll probe_poll(struct future *f, struct context *cx)
{
    struct probe *self = container_of(f, struct probe, future);
    self->polls++;
    self->waker = (struct waker){ NULL, NULL };
    trace("%s%c", self->name, self->open ? '!' : '?');
    if (self->open)
        return POLL_READY;
    self->waker = context_waker(cx);
    return POLL_PENDING;
}

static inline void probe_drop(struct future *f)
{
    struct probe *self = container_of(f, struct probe, future);
    self->waker = (struct waker){ NULL, NULL };
    self->drops++;
    trace("~%s", self->name);
}

static const struct future_ops probe_ops = { .name = "probe",
                                             .poll = probe_poll,
                                             .drop = probe_drop };

static inline struct future *probe(struct probe *self, const char *name)
{
    *self = (struct probe){ .future.ops = &probe_ops, .name = name };
    return &self->future;
}

static inline void probe_open(struct probe *self)
{
    self->open = true;
    waker_wake(self->waker);
}

/* ---- One executor on one loop -------------------------------------------- */

static uv_loop_t loop;
static struct executor ex;
static const struct executor_options virtual_clock = { .virtual_clock = true };

static inline void up(const struct executor_options *options)
{
    trace_text[0] = '\0';
    assert_int_equal(uv_loop_init(&loop), 0);
    executor_init(&ex, &loop, options);
}

static inline void down(void)
{
    assert_int_equal(executor_close(&ex), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

/* Without a handle that would have to be detached later. */
static inline void spawn(struct future *f)
{
    task_detach(task_spawn(&ex, f));
}

/* The status of a task that has ended, or ends now. */
static inline int join_status(struct task *t)
{
    struct join join;
    block_on(&ex, task_join(&join, t));
    return join.status;
}

/* ---- A worker ------------------------------------------------------------ */

struct worker {
    struct async async;
    const char *name;
    uint64_t ms; /* what it sleeps each round; 0: it yields */
    int rounds, round;
    int result; /* the rounds done, if it came to its end */
    bool began; /* otherwise it has nothing to say when it is dropped */
    struct sleep nap;
    struct yield yield;
};

static inline enum poll worker_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct worker);
    self->began = true;
    for (self->round = 1; self->round <= self->rounds; self->round++) {
        trace("%s%d", self->name, self->round);
        if (self->ms)
            AWAIT(sleep_ms(&self->nap, self->ms));
        else
            AWAIT(yield_now(&self->yield));
    }
    ASYNC_RETURN(self->result = self->rounds);

    ASYNC_FINALLY
    if (self->began)
        trace(self->result ? "%s." : "~%s", self->name);
    ASYNC_END;
}

static const struct future_ops worker_ops = ASYNC_OPS(worker);

static inline struct future *worker(struct worker *self, const char *name,
                                    int rounds, uint64_t ms)
{
    *self = (struct worker){ .async.future.ops = &worker_ops,
                             .name = name,
                             .rounds = rounds,
                             .ms = ms };
    return &self->async.future;
}

static inline struct task *spawn_worker(const char *name, int rounds,
                                        uint64_t ms)
{
    return task_spawn(&ex, worker(task_slot(struct worker), name, rounds, ms));
}

/* ---- Let others run ------------------------------------------------------ */

static inline enum poll ready_poll(struct future *f, struct context *cx)
{
    (void)f, (void)cx;
    return POLL_READY;
}

static const struct future_ops ready_ops = { .name = "ready",
                                             .poll = ready_poll,
                                             .drop = future_drop_nothing };

/* Every ready task is polled n times. */
static inline void let_run(int n)
{
    while (n-- > 0) {
        struct future ready = { .ops = &ready_ops };
        block_on(&ex, &ready);
    }
}
#endif
