/* interval.h: a tick every N milliseconds.
 *
 * ticks   The first at once, and that is the start; tick k is due at start + k
 *         times the period, however long the work in between takes.  A tick
 *         says when it was due.  A period of 0 is refused.
 * missed  If a tick is taken over 5 ms late, when is the next one due?
 *           INTERVAL_BURST  a period after the late one was due: so at once,
 *                           until it has caught up
 *           INTERVAL_DELAY  a period after the late one was taken
 *           INTERVAL_SKIP   at the next multiple of the period, from the start
 * budget  An interval that is behind is READY at once every time, so a tick
 *         spends a step of the budget of a06.
 * drop    Cancel-safe: a tick that is dropped was not taken.
 * threads Everything is called on the executor's thread.
 */
#ifndef A07_INTERVAL_H
#define A07_INTERVAL_H

#include "a06_yield/budget.h"

enum interval_missed { INTERVAL_BURST, INTERVAL_DELAY, INTERVAL_SKIP };
enum { INTERVAL_LATE = 5 }; /* ms that do not count as late */

struct interval {
    uint64_t period, next; /* next: when the next tick is due */
    enum interval_missed missed;
    bool started;
};

/* `period` in milliseconds.  It starts with the first tick that is awaited. */
static inline void interval_init(struct interval *i, uint64_t period,
                                 enum interval_missed missed)
{
    if (period == 0)
        misuse("interval_init: a period of 0 would tick all the time; to let "
               "others run, AWAIT yield_now()");
    *i = (struct interval){ .period = period, .missed = missed };
}

/* The tick that was due at i->next is taken now. */
static inline void interval_advance_(struct interval *i, uint64_t now)
{
    uint64_t from = i->next, late = now - from;
    if (late > INTERVAL_LATE && i->missed == INTERVAL_DELAY)
        from = now;
    if (late > INTERVAL_LATE && i->missed == INTERVAL_SKIP)
        from = now - late % i->period;
    i->next =
        i->period < UINT64_MAX - 1 - from ? from + i->period : UINT64_MAX - 1;
}

/* ---- interval_tick ------------------------------------------------------- */

struct interval_tick {
    struct future future;
    struct interval *interval;
    struct timer timer;
    uint64_t due; /* result: when, in ms of executor_now() */
};

static inline void interval_tick_drop(struct future *f)
{
    wheel_remove(&container_of(f, struct interval_tick, future)->timer);
}

static inline enum poll interval_tick_poll(struct future *f, struct context *cx)
{
    struct interval_tick *self = container_of(f, struct interval_tick, future);
    struct interval *i = self->interval;
    uint64_t now;
    if (!cx->executor)
        misuse("interval_tick: this context has no executor; run it by "
               "block_on() or task_spawn() of executor.h");
    if (!i || i->period == 0)
        misuse("interval_tick: this interval is not initialised; call "
               "interval_init() first");
    now = executor_now(cx->executor);
    if (!i->started)
        i->next = now;
    i->started = true;
    if (now < i->next) {
        self->timer.waker = context_waker(cx);
        if (!self->timer.link.next) {
            self->timer.deadline = i->next;
            wheel_add(&cx->executor->wheel, &self->timer);
        }
        return POLL_PENDING;
    }
    if (!budget_spend(cx))
        return POLL_PENDING;
    self->due = i->next;
    interval_advance_(i, now);
    interval_tick_drop(f);
    return POLL_READY;
}

static const struct future_ops interval_tick_ops_ = FUTURE_OPS(interval_tick);

/* Wait for the next tick. */
static inline struct future *interval_tick(struct interval_tick *self,
                                           struct interval *interval)
{
    *self = (struct interval_tick){ .future.ops = &interval_tick_ops_,
                                    .interval = interval };
    return &self->future;
}
#endif
