/* heartbeat.h: a task that shows whether the loop is alive.
 *
 * It beats at a regular interval and notes the longest time, by the real clock,
 * without a beat.  Whatever keeps the executor's thread busy shows there.
 */
#ifndef A05_HEARTBEAT_H
#define A05_HEARTBEAT_H

#include "executor.h"

struct pulse {    /* the caller's, outlives the task */
    int beats;    /* results */
    uint64_t gap; /* the longest, ns */
    uint64_t last;
    struct task *task;
};

struct heartbeat {
    struct async async;
    struct pulse *pulse;
    uint64_t ms;
    struct sleep sleep;
};

static inline void pulse_note_gap_(struct pulse *pulse)
{
    uint64_t now = uv_hrtime();
    if (pulse->gap < now - pulse->last)
        pulse->gap = now - pulse->last;
    pulse->last = now;
}

static inline enum poll heartbeat_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct heartbeat);
    for (;; self->pulse->beats++) {
        AWAIT(sleep_ms(&self->sleep, self->ms));
        pulse_note_gap_(self->pulse);
    }
    ASYNC_END;
}

static const struct future_ops heartbeat_ops = ASYNC_OPS(heartbeat);

/* Every so many ms from now on, as soon as the other tasks let it. */
static inline void heartbeat_start(struct pulse *pulse, struct executor *ex,
                                   uint64_t ms)
{
    struct heartbeat *beat = task_slot(struct heartbeat);
    *beat = (struct heartbeat){ .async.future.ops = &heartbeat_ops,
                                .pulse = pulse,
                                .ms = ms };
    *pulse = (struct pulse){ .last = uv_hrtime() };
    pulse->task = task_spawn(ex, &beat->async.future);
}

/* Also in ASYNC_FINALLY: one that is stopped, or never started, stays so. */
static inline void heartbeat_stop(struct pulse *pulse)
{
    if (!pulse->task)
        return;
    pulse_note_gap_(pulse);
    task_abort(pulse->task);
    task_detach(pulse->task);
    pulse->task = NULL;
}
#endif
