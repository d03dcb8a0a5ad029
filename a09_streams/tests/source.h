/* source.h: for the tests of the exercises: a stream that does what a script
 * says, and one poll of any stream.
 *
 * A letter is an item, "-" is a wait until probe_source_goes_on(), "|" is the
 * end, and "~" is PENDING without a waker.  Each item lies in another place
 * than the one before.  It is gone after the next poll: its place holds "?".
 */
#ifndef A09_TESTS_SOURCE_H
#define A09_TESTS_SOURCE_H

#include "a09_streams/stream.h"
#include "probes.h"

enum { PROBE_PLACES = 4 };

struct probe_source {
    struct stream stream;
    const char *script;               /* what is still to come */
    struct waker waker;               /* of its latest poll, while it waits */
    struct waker before;              /* of the poll before that one */
    char places[PROBE_PLACES], *item; /* the latest one is there */
    int polls, items, drops;
};

/* What each source of a test does first. */
static inline void probe_source_looks_at(const struct stream *s,
                                         const struct context *cx)
{
    CHECK(s->polling,
          "the source was polled through its ops: call stream_poll_next(), "
          "which checks the contract, and notes its end");
    CHECK(cx->executor == probe_executor(),
          "the source was polled in a context that lacks the executor: it may "
          "need it for a timer; pass on `cx`");
}

static inline enum stream_poll probe_source_poll_next(struct stream *s,
                                                      struct context *cx)
{
    struct probe_source *self = container_of(s, struct probe_source, stream);
    probe_source_looks_at(s, cx);
    self->polls++;
    *self->item = '?';
    if (*self->script == '~')
        return STREAM_PENDING;
    if (*self->script == '-') {
        self->waker = context_waker(cx);
        return STREAM_PENDING;
    }
    if (*self->script == '|')
        return STREAM_END;
    self->item = &self->places[++self->items % PROBE_PLACES];
    *self->item = *self->script++;
    s->item = self->item;
    return STREAM_ITEM;
}

static inline void probe_source_drop(struct stream *s)
{
    struct probe_source *self = container_of(s, struct probe_source, stream);
    *self->item = '?';
    self->waker = (struct waker){ NULL, NULL };
    self->drops++;
}

static const struct stream_ops probe_source_ops = {
    .name = "the source",
    .poll_next = probe_source_poll_next,
    .drop = probe_source_drop,
};

static inline struct stream *probe_source(struct probe_source *self,
                                          const char *script)
{
    *self = (struct probe_source){ .stream.ops = &probe_source_ops,
                                   .script = script,
                                   .item = self->places };
    return &self->stream;
}

static inline bool probe_source_waits(const struct probe_source *self)
{
    return self->stream.ops && *self->script == '-' && self->waker.wake;
}

/* Behind its "-", and wakes. */
static inline void probe_source_goes_on(struct probe_source *self)
{
    struct waker waker = self->waker;
    self->waker = (struct waker){ NULL, NULL };
    self->script++;
    waker_wake(waker);
}

/* Through stream_drop(), or it has ended. */
static inline void probe_source_must_be_over(const struct probe_source *self,
                                             const char *when)
{
    CHECK(self->drops > 0 || !self->stream.ops,
          "%s, and the source was not dropped: what it holds is never "
          "released",
          when);
    CHECK(!self->stream.ops,
          "%s, and the source's drop was called, but not "
          "through stream_drop(): nobody knows that it is "
          "over",
          when);
}

/* ---- One poll of a stream ------------------------------------------------ */

struct probe_ask {
    struct future future;
    struct stream *stream;
    enum stream_poll result;
    void (*pending)(void); /* looks at a PENDING before poll_by() does */
};

static inline enum poll probe_ask_poll(struct future *f, struct context *cx)
{
    struct probe_ask *self = container_of(f, struct probe_ask, future);
    self->result = stream_poll_next(self->stream, cx);
    if (self->result == STREAM_PENDING && self->pending)
        self->pending();
    return self->result == STREAM_PENDING ? POLL_PENDING : POLL_READY;
}

static const struct future_ops probe_ask_ops = { .name = "your stream",
                                                 .poll = probe_ask_poll,
                                                 .drop = future_drop_nothing };

static inline struct future *probe_ask(struct probe_ask *self,
                                       struct stream *stream,
                                       void (*pending)(void))
{
    *self = (struct probe_ask){ .future.ops = &probe_ask_ops,
                                .stream = stream,
                                .pending = pending };
    return &self->future;
}

static const void *probe_item_before; /* where s->item pointed to then */

static inline enum stream_poll probe_poll_next(struct poller *who,
                                               struct stream *stream,
                                               void (*pending)(void))
{
    static struct probe_ask ask; /* the same place each time, see poll_by() */
    who->executor = probe_executor();
    probe_item_before = stream->item;
    (void)poll_by(who, probe_ask(&ask, stream, pending));
    return ask.result;
}

/* Of a stream whose items are those of its source. */
static inline void probe_item_must_be_new(const struct stream *stream)
{
    CHECK(stream->item != probe_item_before || *(char *)stream->item != '?',
          "s->item points to where the item before was, which is gone: each "
          "item of the source may lie in another place, so set s->item each "
          "time");
}

/* Its source is mute, "~": a poll must tell so. */
static inline void probe_must_tell_of_source(struct stream *stream)
{
    struct probe_ask ask;
    probe_must_tell_of("the source", probe_ask(&ask, stream, NULL));
}
#endif
