/* console_demo.h: six tasks, four of which are in some trouble.
 *
 * a10_watched runs them for a minute, to be looked at with a10_console.
 */
#ifndef A10_CONSOLE_DEMO_H
#define A10_CONSOLE_DEMO_H

#include "a08_channels/mutex.h"
#include "program.h"

enum { DEMO_MS = 700 }; /* how long a10_console looks at itself */

/* ---- Nothing is wrong with it -------------------------------------------- */

struct ticker {
    struct async async;
    struct sleep nap;
};

static inline enum poll ticker_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct ticker);
    for (;;)
        AWAIT(sleep_ms(&self->nap, 100));
    ASYNC_END;
}

static const struct future_ops ticker_ops_ = ASYNC_OPS(ticker);

/* ---- It wakes itself instead of waiting ---------------------------------- */

struct impatient {
    struct async async;
    struct sleep nap;
    struct yield yield;
    int looks;
};

static inline enum poll impatient_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct impatient);
    for (;;) {
        for (self->looks = 0; self->looks < 20; self->looks++)
            AWAIT(yield_now(&self->yield)); /* is it there? and now? */
        AWAIT(sleep_ms(&self->nap, 50));
    }
    ASYNC_END;
}

static const struct future_ops impatient_ops_ = ASYNC_OPS(impatient);

/* ---- Its polls take long ------------------------------------------------- */

enum { DEMO_COMPUTES_MS = 300 };

struct computes {
    struct async async;
    struct sleep nap;
};

static inline void compute_for(unsigned ms)
{
    uint64_t end = uv_hrtime() + ms * UINT64_C(1000000);
    while (uv_hrtime() < end) {
    }
}

static inline enum poll computes_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct computes);
    for (;;) {
        compute_for(DEMO_COMPUTES_MS);
        AWAIT(sleep_ms(&self->nap, 20000));
    }
    ASYNC_END;
}

static const struct future_ops computes_ops_ = ASYNC_OPS(computes);

/* ---- It carries its buffer along ----------------------------------------- */

struct large {
    struct async async;
    struct sleep nap;
    char buffer[4000];
};

static inline enum poll large_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct large);
    for (;;)
        AWAIT(sleep_ms(&self->nap, 1000));
    ASYNC_END;
}

static const struct future_ops large_ops_ = ASYNC_OPS(large);

/* ---- One keeps a lock, and another one waits for it ---------------------- */

struct keeper {
    struct async async;
    struct mutex *mutex;
    struct mutex_lock lock;
    struct guard guard;
    struct sleep nap;
};

static inline enum poll keeper_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct keeper);
    AWAIT(mutex_lock(&self->lock, &self->guard, self->mutex));
    for (;;) /* and forgets that it has the lock */
        AWAIT(sleep_ms(&self->nap, 1000));
    ASYNC_FINALLY
    mutex_unlock(&self->guard);
    ASYNC_END;
}

static const struct future_ops keeper_ops_ = ASYNC_OPS(keeper);

struct stuck {
    struct async async;
    struct mutex *mutex;
    struct mutex_lock lock;
    struct guard guard;
};

static inline enum poll stuck_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct stuck);
    AWAIT(mutex_lock(&self->lock, &self->guard, self->mutex));
    ASYNC_FINALLY
    mutex_unlock(&self->guard);
    ASYNC_END;
}

static const struct future_ops stuck_ops_ = ASYNC_OPS(stuck);

/* ---- All of them --------------------------------------------------------- */

struct console_demo {
    struct mutex mutex;
    struct task *tasks[6];
};

static inline void console_demo_start(struct console_demo *demo,
                                      struct executor *ex)
{
    struct ticker *ticker = task_slot(struct ticker);
    struct impatient *impatient = task_slot(struct impatient);
    struct computes *computes = task_slot(struct computes);
    struct large *large = task_slot(struct large);
    struct keeper *keeper = task_slot(struct keeper);
    struct stuck *stuck = task_slot(struct stuck);
    mutex_init(&demo->mutex);
    *ticker = (struct ticker){ .async.future.ops = &ticker_ops_ };
    *impatient = (struct impatient){ .async.future.ops = &impatient_ops_ };
    *computes = (struct computes){ .async.future.ops = &computes_ops_ };
    *large = (struct large){ .async.future.ops = &large_ops_ };
    *keeper = (struct keeper){ .async.future.ops = &keeper_ops_,
                               .mutex = &demo->mutex };
    *stuck = (struct stuck){ .async.future.ops = &stuck_ops_,
                             .mutex = &demo->mutex };
    demo->tasks[0] = task_spawn(ex, &ticker->async.future);
    demo->tasks[1] = task_spawn(ex, &impatient->async.future);
    demo->tasks[2] = task_spawn(ex, &computes->async.future);
    demo->tasks[3] = task_spawn(ex, &large->async.future);
    demo->tasks[4] = task_spawn(ex, &keeper->async.future);
    demo->tasks[5] = task_spawn(ex, &stuck->async.future);
}

static inline void console_demo_end(struct console_demo *demo)
{
    for (int i = 5; i >= 0; i--) { /* what waits for the lock goes first */
        task_abort(demo->tasks[i]);
        task_detach(demo->tasks[i]);
    }
    mutex_drop(&demo->mutex);
}

/* ---- A socket of our own, to watch ourselves ----------------------------- */

static char console_demo_folder_[] = "/tmp/a10_console.XXXXXX";

static inline void console_demo_clean_(void)
{
    rmdir(console_demo_folder_);
}

/* From now on this program is watched.  Before executor_init(). */
static inline const char *console_demo_socket(void)
{
    static char path[64];
    if (!mkdtemp(console_demo_folder_))
        program_exit(1, "cannot make a folder in /tmp: %s", strerror(errno));
    atexit(console_demo_clean_); /* the socket in it is removed before */
    snprintf(path, sizeof path, "%s/socket", console_demo_folder_);
    program_setenv("EXECUTOR_CONSOLE", path, true);
    return path;
}
#endif
