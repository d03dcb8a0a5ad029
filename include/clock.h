/* clock.h: an executor's time, and its random numbers.
 *
 * Time is in milliseconds since executor_init().  The real clock follows
 * uv_hrtime().  If that goes back, the real clock stands still for a while.
 * The virtual clock does not move while tasks run, and jumps to the next
 * deadline when there is nothing else to do.  While other handles keep the loop
 * alive, it moves to the deadline only after as much real time.
 *
 * The alarm is a libuv timer.  It ends libuv's sleep when the first timer of
 * the wheel is due.  libuv up to 1.44 may run the alarm and then still sleep,
 * in one uv_run(); so the alarm sets itself again each time it rings.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include "state.h"

/* Milliseconds since executor_init(), on the executor's clock. */
static inline uint64_t executor_now(const struct executor *ex)
{
    uint64_t now;
    executor_check(ex, "executor_now()");
    if (ex->options.virtual_clock)
        return ex->virtual_now;
    now = uv_hrtime();
    now = now > ex->start ? (now - ex->start) / 1000000 : 0;
    /* Some machines' clocks go back a little, so the latest time is kept.  No
     * executor is const itself. */
    if (now > ex->told)
        ((struct executor *)ex)->told = now;
    return ex->told;
}

/* 0 … below-1, from the executor's seed (splitmix64, public domain). */
static inline uint64_t executor_random(struct executor *ex, uint64_t below)
{
    uint64_t z;
    executor_check(ex, "executor_random()");
    if (below == 0)
        misuse("executor_random(ex, 0): no number is below 0");
    z = ex->random += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (z ^ z >> 31) % below;
}

static inline void executor_idle_cb_(uv_idle_t *idle)
{
    struct executor *ex = idle->data;
    bool hosted = uv_is_active((uv_handle_t *)&ex->host);
    if (!hosted && executor_running != ex)
        uv_idle_stop(idle); /* this uv_run() is not ours: nobody runs tasks */
}

/* There is something to do: libuv must not sleep.  During a turn it cannot. */
static inline void executor_stir(struct executor *ex)
{
    if (!ex->in_turn)
        uv_idle_start(&ex->idle, executor_idle_cb_);
}

/* When the alarm must ring.  The virtual clock needs the deadline itself.  For
 * the real one the start of a coarse slot will do: the alarm then rings, moves
 * the slot's timers to finer ones, and is set again. */
static inline uint64_t executor_due(struct executor *ex)
{
    wheel_first(&ex->wheel); /* forget timers that were dropped */
    return ex->options.virtual_clock ? wheel_deadline(&ex->wheel)
                                     : ex->wheel.next;
}

static inline void executor_alarm_cb_(uv_timer_t *alarm);

/* Set libuv's timer for the wheel's next deadline, or stop it. */
static inline void executor_set_alarm(struct executor *ex)
{
    uint64_t now = executor_now(ex), due = executor_due(ex);
    if (uv_is_active((uv_handle_t *)&ex->alarm) && due == ex->alarm_due)
        return; /* set once: otherwise each turn would put it off */
    ex->alarm_due = due;
    uv_timer_stop(&ex->alarm);
    uv_update_time(ex->loop); /* libuv counts from there */
    if (due != UINT64_MAX)
        uv_timer_start(&ex->alarm, executor_alarm_cb_,
                       due > now ? due - now : 0, 0);
}

static inline void executor_alarm_cb_(uv_timer_t *alarm)
{
    struct executor *ex = alarm->data;
    uint64_t due = executor_due(ex);
    if (ex->options.virtual_clock && due <= ex->alarm_due)
        ex->virtual_now = due; /* later: the alarm's own timer was dropped */
    wheel_turn(&ex->wheel, executor_now(ex)); /* a wake stirs libuv */
    executor_set_alarm(ex);
}
#endif
