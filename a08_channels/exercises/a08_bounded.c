/* Exercise: a channel with room for so many.
 *
 * Read:   notes/a08_channels.md, "mpsc: many values, in order", and the header
 *         a08_channels/wait_list.h
 * Build:  Send and receive, over a ring of slots.  Any number of sends may wait
 *         for room, and one receive may wait for a value.
 * Why:    A slot has three states, not two: free, full, and promised to a send
 *         that was woken and has not been polled since.
 * Rules:  Values come out in the order in which they went in.  Sends that wait
 *         are served first come, first served: each receive gives its slot to
 *         the first of them, and to nobody else.  A send that is dropped did
 *         not send; if a slot was promised to it, the next one gets that slot.
 *         A receive that is dropped takes no value with it.
 * Check:  ./learn check a08_bounded
 */
#include "a08_channels/wait_list.h"

enum { MOST = 8 }; /* the largest capacity */

struct channel {
    int values[MOST]; /* a ring: behind values[capacity - 1] comes values[0] */
    size_t capacity;
    size_t first, count; /* where the oldest value is; how many there are */
    size_t promised;     /* slots of sends that were woken */
    struct list sends;   /* the sends that wait for room */
    struct list receive; /* the receive that waits for a value, or nobody */
};

static void channel_init(struct channel *channel, size_t capacity)
{
    *channel = (struct channel){ .capacity = capacity };
    list_init(&channel->sends);
    list_init(&channel->receive);
}

/* A slot is free. */
static inline void slot_is_free(struct channel *channel)
{
    (void)channel;
    TODO("if sends wait, promise the slot to the first of them");
}

/* ---- Send ---------------------------------------------------------------- */

struct send {
    struct future future;
    struct channel *channel;
    int value;
    struct waiter waiter; /* granted: a slot is promised to this send */
};

static enum poll send_poll(struct future *f, struct context *cx)
{
    struct send *self = container_of(f, struct send, future);
    (void)self, (void)cx;
    TODO("no slot is free, and none promised to us: wait in line; otherwise "
         "put the value behind the others, and wake the receive that waits");
}

static void send_drop(struct future *f)
{
    struct send *self = container_of(f, struct send, future);
    (void)self;
    TODO("leave the line; what becomes of a slot that was promised to us?");
}

static const struct future_ops send_ops = FUTURE_OPS(send);

static struct future *send_value(struct send *self, struct channel *channel,
                                 int value)
{
    *self = (struct send){ .future.ops = &send_ops,
                           .channel = channel,
                           .value = value };
    return &self->future;
}

/* ---- Receive ------------------------------------------------------------- */

struct receive {
    struct future future;
    struct channel *channel;
    struct waiter waiter;
    int value; /* result */
};

static enum poll receive_poll(struct future *f, struct context *cx)
{
    struct receive *self = container_of(f, struct receive, future);
    (void)self, (void)cx;
    TODO("no value: wait; otherwise take the oldest one, and its slot is free");
}

static void receive_drop(struct future *f)
{
    struct receive *self = container_of(f, struct receive, future);
    (void)self;
    TODO("do not wait any more");
}

static const struct future_ops receive_ops = FUTURE_OPS(receive);

static struct future *receive(struct receive *self, struct channel *channel)
{
    *self = (struct receive){ .future.ops = &receive_ops, .channel = channel };
    return &self->future;
}
