/* stream.h: what a stream is: items that come one after the other.
 *
 * A future gives one result; a stream gives any number of items, and then its
 * end.  Everything here is called on the thread that polls the stream.
 *
 * poll     stream_poll_next() does all that is possible now.  STREAM_ITEM: the
 *          next item is where `item` points.  STREAM_PENDING: the waker was
 *          taken, and is called when the next poll may get further.
 *          STREAM_END: all is released, and the stream is not polled again.
 * item     belongs to the stream until the next poll or the drop.  Copy what
 *          you want to keep.  If it owns something, such as memory, and you
 *          want to keep that, too, then leave zeroes in its place.  An item is
 *          never NULL.
 * drop     ends a stream that has not ended.  What it holds is released, also
 *          the item.  A stream that is made of others owns them.
 * pinning  A stream may move until its first poll, and never after.
 * next     AWAIT(stream_next(&self->next, s)) waits for one item.  Dropping
 *          that future loses no item: the next stream_next() gets it.  Only
 *          one stream_next() at a time may wait for a stream.
 */
#ifndef A09_STREAM_H
#define A09_STREAM_H

#include "executor.h"

enum stream_poll { STREAM_PENDING, STREAM_ITEM, STREAM_END };

struct stream;

struct stream_ops { /* one static const object for each type of stream */
    const char *name;
    enum stream_poll (*poll_next)(struct stream *s, struct context *cx);
    void (*drop)(struct stream *s);
    /* Optional: visits the futures that `s` waits for, as in future_ops. */
    void (*children)(struct stream *s, future_visit *visit, void *data);
};

struct stream {                   /* the first member of your own struct */
    const struct stream_ops *ops; /* NULL: it has ended, or was dropped */
    void *item;                   /* of the latest STREAM_ITEM */
    const char *name;             /* for messages, also after the end */
    const struct stream *home;    /* its address at the first poll */
    struct waker waker;       /* of the stream_next() that waits; or empty */
    struct stream_next *next; /* the one that waits, or NULL */
    bool woken;               /* in the poll that runs now */
    bool polling;             /* a poll runs now */
};

/* ---- Poll and drop: they also check the contract ------------------------- */

static inline void stream_check_polling_(const struct stream *s)
{
    if (s->polling)
        misuse("%s: polled or dropped inside its own poll; wait until that "
               "poll has returned",
               s->name);
}

static inline void stream_check_(const struct stream *s)
{
    if (!s)
        misuse("stream: a stream that is NULL is polled; was it never made?");
    if (!s->ops && !s->name)
        misuse("stream: a stream that is only zeroed is polled; was it never "
               "made?");
    if (!s->ops)
        misuse("%s: polled again after its end", s->name);
    if (s->home && s->home != s)
        misuse("%s: moved after its first poll; what it waits for has pointers "
               "to it, so let it stay where it is",
               s->name);
    stream_check_polling_(s);
}

/* One step of a stream.  Always poll through this function. */
static inline enum stream_poll stream_poll_next(struct stream *s,
                                                struct context *cx)
{
    const char *mute = cx->mute;
    unsigned taken = cx->taken;
    enum stream_poll result;
    stream_check_(s);
    s->home = s;
    s->name = s->ops->name;
    s->polling = true;
    result = s->ops->poll_next(s, cx);
    s->polling = false;
    if (result == STREAM_PENDING) {
        if (taken == cx->taken && !cx->mute)
            cx->mute = s->name;
        return STREAM_PENDING;
    }
    cx->mute = mute; /* a mute stream below an item does not matter */
    if (result == STREAM_END)
        s->ops = NULL;
    else if (!s->item)
        misuse("%s: STREAM_ITEM, and s->item is NULL; point it to the item",
               s->name);
    return result;
}

/* End it.  One that has ended, is still zeroed, or is NULL is left alone. */
static inline void stream_drop(struct stream *s)
{
    const struct stream_ops *ops = s ? s->ops : NULL;
    if (!ops)
        return;
    stream_check_polling_(s);
    s->ops = NULL; /* first: what it holds may drop it again */
    ops->drop(s);
}

/* For a stream that polls another: visit what that one waits for. */
static inline void stream_children(struct stream *s, future_visit *visit,
                                   void *data)
{
    if (s && s->ops && s->ops->children)
        s->ops->children(s, visit, data);
}

/* The ops of `fn`, made of fn_poll_next() and fn_drop(); for a stream that
 * waits for futures or other streams, also of fn_children(). */
#define STREAM_OPS(fn)                                              \
    {                                                               \
        .name = #fn, .poll_next = fn##_poll_next, .drop = fn##_drop \
    }
#define STREAM_COMBINATOR_OPS(fn)                                    \
    {                                                                \
        .name = #fn, .poll_next = fn##_poll_next, .drop = fn##_drop, \
        .children = fn##_children                                    \
    }

/* A drop function for streams that hold nothing. */
static inline void stream_drop_nothing(struct stream *s)
{
    (void)s;
}

/* ---- stream_next: one item, as a future ---------------------------------- */

struct stream_next {
    struct future future;
    struct stream *stream;
    void *item; /* result, the stream's; NULL: this was the end */
};

/* The waker that a stream takes lives as long as the stream: a stream_next()
 * may be dropped while its timers and lists still hold it. */
static inline void stream_wake_(void *data)
{
    struct stream *s = data;
    s->woken = true;
    waker_wake(s->waker);
}

static inline enum poll stream_next_poll(struct future *f, struct context *cx)
{
    struct stream_next *self = container_of(f, struct stream_next, future);
    struct stream *s = self->stream;
    struct context own = context_child(cx, (struct waker){ stream_wake_, s });
    enum stream_poll result;
    stream_check_(s);
    if (s->next && s->next != self)
        misuse("stream_next: another one waits for this stream already; only "
               "one at a time may");
    s->next = NULL;
    s->waker = (struct waker){ NULL, NULL };
    s->woken = false;
    result = stream_poll_next(s, &own);
    context_merge(cx, &own);
    self->item = result == STREAM_ITEM ? s->item : NULL;
    if (result != STREAM_PENDING)
        return POLL_READY;
    s->next = self;
    s->waker = context_waker(cx);
    if (s->woken)
        waker_wake(s->waker);
    return POLL_PENDING;
}

static inline void stream_next_drop(struct future *f)
{
    struct stream_next *self = container_of(f, struct stream_next, future);
    if (self->stream->next != self) /* it does not wait */
        return;
    self->stream->next = NULL;
    self->stream->waker = (struct waker){ NULL, NULL };
}

static inline void stream_next_children(struct future *f, future_visit *visit,
                                        void *data)
{
    stream_children(container_of(f, struct stream_next, future)->stream, visit,
                    data);
}

static const struct future_ops stream_next_ops_ = COMBINATOR_OPS(stream_next);

/* Wait for the next item.  Cancel-safe; the stream remains yours. */
static inline struct future *stream_next(struct stream_next *self,
                                         struct stream *s)
{
    *self =
        (struct stream_next){ .future.ops = &stream_next_ops_, .stream = s };
    return &self->future;
}
#endif
