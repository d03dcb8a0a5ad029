/* pace.h: streams and time.
 *
 * stream_interval()  the ticks of an interval; an item is the time at which its
 *                    tick was due
 * stream_throttle()  the items of a source, not less than `ms` apart
 *
 * Both need an executor.
 */
#ifndef A09_PACE_H
#define A09_PACE_H

#include "a07_select/interval.h"
#include "a09_streams/stream.h"

/* ---- interval ------------------------------------------------------------ */

struct stream_interval {
    struct stream stream;
    struct interval interval;
    struct interval_tick tick;
    bool waits; /* for this tick */
};

static inline enum stream_poll stream_interval_poll_next(struct stream *s,
                                                         struct context *cx)
{
    struct stream_interval *self =
        container_of(s, struct stream_interval, stream);
    if (!self->waits)
        interval_tick(&self->tick, &self->interval);
    self->waits = future_poll(&self->tick.future, cx) == POLL_PENDING;
    s->item = &self->tick.due;
    return self->waits ? STREAM_PENDING : STREAM_ITEM;
}

static inline void stream_interval_drop(struct stream *s)
{
    future_drop(&container_of(s, struct stream_interval, stream)->tick.future);
}

static inline void stream_interval_children(struct stream *s,
                                            future_visit *visit, void *data)
{
    struct stream_interval *self =
        container_of(s, struct stream_interval, stream);
    if (self->waits)
        visit(&self->tick.future, data);
}

static const struct stream_ops stream_interval_ops_ =
    STREAM_COMBINATOR_OPS(stream_interval);

/* Each item is a uint64_t: ms of executor_now().  It never ends; the first tick
 * is due at once.  `missed` as for interval_init(). */
static inline struct stream *stream_interval(struct stream_interval *self,
                                             uint64_t period,
                                             enum interval_missed missed)
{
    *self = (struct stream_interval){ .stream.ops = &stream_interval_ops_ };
    interval_init(&self->interval, period, missed);
    return &self->stream;
}

/* ---- throttle ------------------------------------------------------------ */

struct stream_throttle {
    struct stream stream;
    struct stream *source;
    struct sleep nap;
    uint64_t ms, next; /* next: the source is not asked before */
    bool naps;
};

static inline enum stream_poll stream_throttle_poll_next(struct stream *s,
                                                         struct context *cx)
{
    struct stream_throttle *self =
        container_of(s, struct stream_throttle, stream);
    enum stream_poll result;
    uint64_t now;
    if (!cx->executor)
        misuse("stream_throttle: this context has no executor");
    now = executor_now(cx->executor);
    if (!self->naps && now < self->next) {
        sleep_ms(&self->nap, self->next - now);
        self->naps = true;
    }
    if (self->naps && future_poll(&self->nap.future, cx) == POLL_PENDING)
        return STREAM_PENDING;
    self->naps = false;
    result = stream_poll_next(self->source, cx);
    if (result == STREAM_ITEM) {
        s->item = self->source->item;
        now = executor_now(cx->executor);
        self->next = self->ms < UINT64_MAX - now ? now + self->ms : UINT64_MAX;
    }
    return result;
}

static inline void stream_throttle_drop(struct stream *s)
{
    struct stream_throttle *self =
        container_of(s, struct stream_throttle, stream);
    future_drop(&self->nap.future);
    stream_drop(self->source);
}

static inline void stream_throttle_children(struct stream *s,
                                            future_visit *visit, void *data)
{
    struct stream_throttle *self =
        container_of(s, struct stream_throttle, stream);
    if (self->naps)
        visit(&self->nap.future, data);
    else
        stream_children(self->source, visit, data);
}

static const struct stream_ops stream_throttle_ops_ =
    STREAM_COMBINATOR_OPS(stream_throttle);

/* For `ms` after each item the source is not asked for the next one. */
static inline struct stream *stream_throttle(struct stream_throttle *self,
                                             struct stream *source, uint64_t ms)
{
    *self = (struct stream_throttle){ .stream.ops = &stream_throttle_ops_,
                                      .source = source,
                                      .ms = ms };
    return &self->stream;
}
#endif
