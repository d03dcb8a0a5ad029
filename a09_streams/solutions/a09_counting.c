/* Exercise: a stream by hand.
 *
 * Read:   notes/a09_streams.md, "Items that come one after the other", and
 *         the contract at the top of a09_streams/stream.h
 * Build:  A stream that counts the people who go through a gate: 1, 2, 3 and
 *         so on, up to `last`.  Then it ends.
 * Why:    A stream has three answers.  Here you give each of them: an item that
 *         lies in your struct, PENDING with a waker, and the end.
 * Rules:  Each person is one item, also if several came since the last poll.
 *         After the item `last` the stream ends, and it does not wait for one
 *         person more.
 *         The item is read after your function has returned, so it must lie in
 *         the struct.
 *         The gate counts for others, too: do not change `passed`.
 *         A drop releases what the stream holds: here that is only the waker.
 * Check:  ./learn check a09_counting
 */
#include "a09_streams/stream.h"

/* ---- Given: a gate ------------------------------------------------------- */

struct gate {
    int passed;         /* how many people went through, ever */
    struct waker waker; /* of the stream that waits; empty: none does */
};

static inline void gate_pass(struct gate *gate)
{
    struct waker waker = gate->waker;
    gate->waker = (struct waker){ NULL, NULL };
    gate->passed++;
    waker_wake(waker);
}

/* ---- Yours --------------------------------------------------------------- */

struct counting {
    struct stream stream;
    struct gate *gate;
    int last;   /* the stream ends after this item */
    int number; /* the item, an int; before the first one 0 */
};

static enum stream_poll counting_poll_next(struct stream *s, struct context *cx)
{
    struct counting *self = container_of(s, struct counting, stream);
    if (self->number == self->last)
        return STREAM_END;
    if (self->number == self->gate->passed) {
        self->gate->waker = context_waker(cx);
        return STREAM_PENDING;
    }
    self->number++;
    s->item = &self->number;
    return STREAM_ITEM;
}

static void counting_drop(struct stream *s)
{
    struct counting *self = container_of(s, struct counting, stream);
    self->gate->waker = (struct waker){ NULL, NULL };
}

static const struct stream_ops counting_ops = STREAM_OPS(counting);

/* The only stream of this gate; nobody has gone through yet. */
static struct stream *counting(struct counting *self, struct gate *gate,
                               int last)
{
    *self = (struct counting){ .stream.ops = &counting_ops,
                               .gate = gate,
                               .last = last };
    return &self->stream;
}
