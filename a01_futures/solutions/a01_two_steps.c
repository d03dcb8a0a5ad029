/* Exercise: an async function that awaits two things, one after the other.
 *
 * Read:   notes/a01_futures.md, "An async function is a switch"
 * Build:  measure(): switch the lamp on, read the first sensor, then the second
 *         one, add up what they say, and switch the lamp off.
 * Why:    It reads like a function that blocks, but it is a future.  At each
 *         AWAIT it may be suspended for a long time, or dropped.
 * Rules:  Ask the second sensor when the first one has answered.
 *         A sensor goes on measuring, so its `value` may change after it has
 *         answered.  The value that it answered is in the reading.
 *         If the lamp was switched on, it is off in the end: also when
 *         measure() is dropped midway.
 *         If measure() is dropped before its first poll, it switches nothing.
 *         Several calls of measure() may run at the same time.  Each has its
 *         own frame, but they may share a lamp.  Switch the lamp off as often
 *         as you switched it on.
 * Check:  ./learn check a01_two_steps
 */
#include "async.h"

/* ---- Given: a sensor answers when it likes, a lamp is on or off ---------- */

struct sensor {
    bool answers;       /* is there a value?                                  */
    int value;          /* the value, if there is one                         */
    int asked;          /* how often somebody began to read it                */
    struct waker waker; /* of the task that waits for the value               */
};

struct reading { /* a leaf: READY when its sensor answers                     */
    struct future future;
    struct sensor *sensor;
    bool asked;
    int value; /* result                                                      */
};

static enum poll reading_poll(struct future *f, struct context *cx)
{
    struct reading *self = container_of(f, struct reading, future);
    self->sensor->asked += !self->asked;
    self->asked = true;
    self->value = self->sensor->value;
    if (self->sensor->answers)
        return POLL_READY;
    self->sensor->waker = context_waker(cx);
    return POLL_PENDING;
}

static void reading_drop(struct future *f)
{
    struct reading *self = container_of(f, struct reading, future);
    self->sensor->waker = (struct waker){ NULL, NULL };
}

static const struct future_ops reading_ops = { .name = "reading",
                                               .poll = reading_poll,
                                               .drop = reading_drop };

/* Read a sensor: AWAIT(reading(&self->reading, self->first)); */
static inline struct future *reading(struct reading *self, struct sensor *from)
{
    *self = (struct reading){ .future.ops = &reading_ops, .sensor = from };
    return &self->future;
}

struct lamp {
    int on, off; /* how often it was switched                                 */
};

static inline void lamp_on(struct lamp *lamp)
{
    lamp->on++;
}

static inline void lamp_off(struct lamp *lamp)
{
    lamp->off++;
}

/* ---- Yours --------------------------------------------------------------- */

struct measure { /* the frame: all that must survive an AWAIT is here         */
    struct async async;
    struct lamp *lamp;
    struct sensor *first, *second;
    struct reading reading; /* the one that it waits for                      */
    bool lit;               /* has it switched the lamp on?                   */
    int sum;                /* result                                         */
};

static enum poll measure_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct measure);
    lamp_on(self->lamp);
    self->lit = true;
    AWAIT(reading(&self->reading, self->first));
    self->sum = self->reading.value;
    AWAIT(reading(&self->reading, self->second));
    self->sum += self->reading.value;
    ASYNC_FINALLY
    if (self->lit)
        lamp_off(self->lamp);
    ASYNC_END;
}

static const struct future_ops measure_ops = ASYNC_OPS(measure);

static struct future *measure(struct measure *self, struct lamp *lamp,
                              struct sensor *first, struct sensor *second)
{
    *self = (struct measure){ .async.future.ops = &measure_ops,
                              .lamp = lamp,
                              .first = first,
                              .second = second };
    return &self->async.future;
}
