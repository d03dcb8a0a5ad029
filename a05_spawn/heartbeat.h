/* heartbeat.h: two instruments that show whether a task keeps the thread.
 *
 * heartbeat  A task that beats at a regular interval, and counts.  While
 *            another task keeps the executor's thread, it cannot beat.
 * stopwatch  A future around another one: it passes each poll on, and notes how
 *            long the longest took, in real time, whichever clock the executor
 *            has.  A task that only waits has short polls.
 */
#ifndef A05_HEARTBEAT_H
#define A05_HEARTBEAT_H

#include "executor.h"

/* ---- Heartbeat ----------------------------------------------------------- */

struct pulse { /* the caller's, outlives the task */
    int beats; /* result */
    struct task *task;
};

struct heartbeat {
    struct async async;
    struct pulse *pulse;
    uint64_t ms;
    struct sleep sleep;
};

static inline enum poll heartbeat_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct heartbeat);
    for (;;) {
        AWAIT(sleep_ms(&self->sleep, self->ms));
        self->pulse->beats++;
    }
    ASYNC_END;
}

static const struct future_ops heartbeat_ops = ASYNC_OPS(heartbeat);

/* Beats every `ms` from now on; later, if another task keeps the thread. */
static inline void heartbeat_start(struct pulse *pulse, struct executor *ex,
                                   uint64_t ms)
{
    struct heartbeat *beat = task_slot(struct heartbeat);
    *beat = (struct heartbeat){ .async.future.ops = &heartbeat_ops,
                                .pulse = pulse,
                                .ms = ms };
    *pulse = (struct pulse){ 0 };
    pulse->task = task_spawn(ex, &beat->async.future);
}

/* May be called twice, and for a pulse that is only zeroed: so it can be called
 * in ASYNC_FINALLY. */
static inline void heartbeat_stop(struct pulse *pulse)
{
    if (!pulse->task)
        return;
    task_abort(pulse->task);
    task_detach(pulse->task);
    pulse->task = NULL;
}

/* ---- Stopwatch ----------------------------------------------------------- */

struct stopwatch {
    struct future future;
    struct future *timed;
    uint64_t longest; /* result: the longest poll, in ns */
};

static inline enum poll stopwatch_poll(struct future *f, struct context *cx)
{
    struct stopwatch *self = container_of(f, struct stopwatch, future);
    uint64_t start = uv_hrtime(), took;
    enum poll result = future_poll(self->timed, cx);
    took = uv_hrtime() - start;
    if (self->longest < took)
        self->longest = took;
    return result;
}

static inline void stopwatch_drop(struct future *f)
{
    future_drop(container_of(f, struct stopwatch, future)->timed);
}

static inline void stopwatch_children(struct future *f, future_visit *visit,
                                      void *data)
{
    visit(container_of(f, struct stopwatch, future)->timed, data);
}

static const struct future_ops stopwatch_ops_ = COMBINATOR_OPS(stopwatch);

/* READY when `timed` is. */
static inline struct future *stopwatch(struct stopwatch *self,
                                       struct future *timed)
{
    *self = (struct stopwatch){ .future.ops = &stopwatch_ops_, .timed = timed };
    return &self->future;
}
#endif
