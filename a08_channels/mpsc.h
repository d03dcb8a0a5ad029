/* mpsc.h: a channel for many values, from many senders to one receiver.
 *
 *     typedef MPSC_SENDER(int) number_tx;
 *     typedef MPSC_RECEIVER(int) number_rx;
 *
 *     mpsc_open(&self->tx, &self->rx, 64, NULL);       0 or UV_ENOMEM
 *     AWAIT(mpsc_send(&self->send, &self->tx, &self->number));
 *     AWAIT(mpsc_recv(&self->recv, &self->rx, &self->number));
 *
 * values   see value.h: who owns one, and when.  They come in the order sent.
 * room     A channel has room for exactly `capacity` values.  A send that finds
 *          no room waits in line.  A slot that becomes free belongs to the
 *          first in line, and a try_send by another sender finds no room.
 *          Unbounded: no send waits, and memory is the limit.
 * send     status 0; UV_EPIPE: the receiver is closed or dropped; unbounded
 *          also UV_ENOMEM.  Cancel-safe; only the place in line is lost.
 * recv     status 0, or UV_EOF: all is received, and either no sender is left
 *          or the receiver is closed.  Cancel-safe.
 * close    A receiver that is closed accepts no new send.  What was sent, or
 *          has a slot already, can still be received.
 * drop     Drop each end; twice is fine.  The last one frees the channel.
 *          Futures that wait at an end must be over before it is dropped.
 */
#ifndef A08_MPSC_H
#define A08_MPSC_H

#include "a08_channels/mpsc_slots.h"

#define MPSC_SENDER(type) CARRIES(type, struct mpsc *tx)
#define MPSC_RECEIVER(type) CARRIES(type, struct mpsc *rx)

struct mpsc_send {
    struct future future;
    struct mpsc *channel;
    const void *value;
    struct waiter waiter; /* granted: a slot is reserved for us */
    int status;           /* result: 0, UV_EPIPE, or UV_ENOMEM */
};

struct mpsc_closed {
    struct future future;
    struct mpsc *channel;
    struct waiter waiter;
};

struct mpsc_recv {
    struct future future;
    struct mpsc *channel;
    void *into;
    struct waiter waiter;
    int status; /* result: 0 or UV_EOF */
};

/* ---- Both ends ----------------------------------------------------------- */

static inline int mpsc_open_(struct mpsc **tx, struct mpsc **rx, size_t size,
                             size_t room, bool grows, void (*drop)(void *value))
{
    struct mpsc *ch = NULL;
    if (room == 0)
        misuse("mpsc_open: a capacity of 0 has no room for a value; 1 is the "
               "least");
    if (room <= (SIZE_MAX - sizeof *ch) / size)
        ch = malloc(sizeof *ch + room * size);
    *tx = *rx = ch;
    if (!ch)
        return UV_ENOMEM;
    *ch = (struct mpsc){ .type = { size, drop },
                         .senders = 1,
                         .receiver = true,
                         .grows = grows,
                         .room = room,
                         .slots = ch->own };
    list_init(&ch->waiting);
    list_init(&ch->reader);
    list_init(&ch->watchers);
    return 0;
}

/* A new channel with room for `capacity` values.  `drop` takes a pointer to a
 * value; NULL: values need none. */
#define mpsc_open(sender, receiver, capacity, drop)                            \
    mpsc_open_(&(sender)->tx, &(receiver)->rx, CARRIED_SIZE(sender, receiver), \
               capacity, false, drop)

/* A new channel whose room doubles whenever it is full.  It never shrinks. */
#define mpsc_open_unbounded(sender, receiver, drop)                            \
    mpsc_open_(&(sender)->tx, &(receiver)->rx, CARRIED_SIZE(sender, receiver), \
               16, true, drop)

/* ---- The senders --------------------------------------------------------- */

/* Another sender of the same channel, to be dropped like the first:
 *     spawn(worker(task_slot(struct worker), mpsc_sender_clone(&self->tx))); */
#define mpsc_sender_clone(sender) \
    (mpsc_sender_handle((sender)->tx)->senders++, *(sender))

#define mpsc_sender_drop(sender) mpsc_sender_drop_(&(sender)->tx)
static inline void mpsc_sender_drop_(struct mpsc **tx)
{
    struct mpsc *ch = *tx;
    *tx = NULL;
    if (ch && mpsc_sender_ends(mpsc_sender_handle(ch)))
        mpsc_check_end(ch);
}

/* Would a send be refused? */
#define mpsc_is_closed(sender) (mpsc_sender_handle((sender)->tx)->closed)

/* Without waiting: 0, UV_EAGAIN: there is no room, or others wait for it,
 * UV_EPIPE, or UV_ENOMEM.  Works anywhere, also outside of tasks. */
#define mpsc_try_send(sender, value) \
    mpsc_try_send_(mpsc_sender_handle((sender)->tx), CARRIED(sender, value))
static inline int mpsc_try_send_(struct mpsc *ch, const void *value)
{
    int rc = mpsc_make_room(ch);
    if (rc == 0)
        mpsc_slot_fill(ch, value);
    return rc;
}

static inline enum poll mpsc_send_poll(struct future *f, struct context *cx)
{
    struct mpsc_send *self = container_of(f, struct mpsc_send, future);
    struct mpsc *ch = self->channel;
    self->status = mpsc_slot_wait(ch, &self->waiter, cx);
    if (self->status == UV_EAGAIN)
        return POLL_PENDING;
    if (self->status == 0)
        mpsc_slot_fill(ch, self->value);
    return POLL_READY;
}

static inline void mpsc_send_drop(struct future *f)
{
    struct mpsc_send *self = container_of(f, struct mpsc_send, future);
    if (mpsc_wait_ends(self->channel, &self->waiter))
        mpsc_slot_give_back(self->channel);
}

static const struct future_ops mpsc_send_ops_ = FUTURE_OPS(mpsc_send);

/* Wait for room, and send what `value` points to then.  Until the status is 0
 * the value is yours. */
#define mpsc_send(self, sender, value)                      \
    mpsc_send_make_(self, mpsc_sender_handle((sender)->tx), \
                    CARRIED(sender, value))
static inline struct future *mpsc_send_make_(struct mpsc_send *self,
                                             struct mpsc *tx, const void *value)
{
    *self = (struct mpsc_send){ .future.ops = &mpsc_send_ops_,
                                .channel = tx,
                                .value = value };
    return &self->future;
}

static inline enum poll mpsc_closed_poll(struct future *f, struct context *cx)
{
    struct mpsc_closed *self = container_of(f, struct mpsc_closed, future);
    struct mpsc *ch = self->channel;
    if (!ch->closed) {
        mpsc_wait_begins(ch, &self->waiter);
        wait_in(&ch->watchers, &self->waiter, cx);
        return POLL_PENDING;
    }
    mpsc_wait_ends(ch, &self->waiter);
    return POLL_READY;
}

static inline void mpsc_closed_drop(struct future *f)
{
    struct mpsc_closed *self = container_of(f, struct mpsc_closed, future);
    mpsc_wait_ends(self->channel, &self->waiter);
}

static const struct future_ops mpsc_closed_ops_ = FUTURE_OPS(mpsc_closed);

/* Wait until the receiver is dropped or closed.  Cancel-safe. */
#define mpsc_closed(self, sender) \
    mpsc_closed_make_(self, mpsc_sender_handle((sender)->tx))
static inline struct future *mpsc_closed_make_(struct mpsc_closed *self,
                                               struct mpsc *tx)
{
    *self =
        (struct mpsc_closed){ .future.ops = &mpsc_closed_ops_, .channel = tx };
    return &self->future;
}

/* ---- The receiver -------------------------------------------------------- */

/* How many values could be received without waiting. */
#define mpsc_len(receiver) (mpsc_receiver_handle((receiver)->rx)->count)

/* Without waiting: 0, UV_EAGAIN: none yet, or UV_EOF: none will come. */
#define mpsc_try_recv(receiver, into)                    \
    mpsc_try_recv_(mpsc_receiver_handle((receiver)->rx), \
                   CARRIED(receiver, into))
static inline int mpsc_try_recv_(struct mpsc *ch, void *into)
{
    if (!ch->count)
        return mpsc_can_come(ch) ? UV_EAGAIN : UV_EOF;
    value_copy(&ch->type, into, mpsc_slot_take(ch));
    mpsc_slot_hand_over(ch);
    return 0;
}

static inline enum poll mpsc_recv_poll(struct future *f, struct context *cx)
{
    struct mpsc_recv *self = container_of(f, struct mpsc_recv, future);
    struct mpsc *ch = self->channel;
    if (ch->receiving && ch->receiving != f)
        misuse("mpsc_recv: another one waits at this receiver already");
    ch->receiving = f;
    self->waiter.counted = true;
    if (!ch->count && mpsc_can_come(ch)) {
        wait_in(&ch->reader, &self->waiter, cx);
        return POLL_PENDING;
    }
    wait_leave(&self->waiter);
    if (!budget_spend(cx))
        return POLL_PENDING;
    ch->receiving = NULL;
    self->waiter.counted = false;
    self->status = mpsc_try_recv_(ch, self->into);
    return POLL_READY;
}

/* The value that it was woken for stays in the channel. */
static inline void mpsc_recv_drop(struct future *f)
{
    struct mpsc_recv *self = container_of(f, struct mpsc_recv, future);
    if (self->waiter.counted)
        self->channel->receiving = NULL;
    wait_leave(&self->waiter);
}

static const struct future_ops mpsc_recv_ops_ = FUTURE_OPS(mpsc_recv);

/* Wait for a value, which is written to `into`. */
#define mpsc_recv(self, receiver, into)                        \
    mpsc_recv_make(self, mpsc_receiver_handle((receiver)->rx), \
                   CARRIED(receiver, into))
static inline struct future *mpsc_recv_make(struct mpsc_recv *self,
                                            struct mpsc *rx, void *into)
{
    *self = (struct mpsc_recv){ .future.ops = &mpsc_recv_ops_,
                                .channel = rx,
                                .into = into };
    return &self->future;
}

/* Tell all that wait for room or for "closed".  The caller has counted a sender
 * more, which keeps the channel, whatever the wakers do. */
static inline void mpsc_end_(struct mpsc *ch)
{
    ch->closed = true;
    wait_wake_all(&ch->waiting);
    wait_wake_all(&ch->watchers);
    (void)mpsc_sender_ends(ch);
    mpsc_check_end(ch);
}

/* Accept no new send.  What was sent stays. */
#define mpsc_close(receiver) mpsc_close_(mpsc_receiver_handle((receiver)->rx))
static inline void mpsc_close_(struct mpsc *ch)
{
    ch->senders++;
    mpsc_end_(ch);
}

/* Nobody will receive: what was sent is dropped now. */
#define mpsc_receiver_drop(receiver) mpsc_receiver_drop_(&(receiver)->rx)
static inline void mpsc_receiver_drop_(struct mpsc **rx)
{
    struct mpsc *ch = *rx;
    if (!ch)
        return;
    mpsc_receiver_handle(ch);
    if (ch->receiving)
        misuse("mpsc: the receiver is dropped while an mpsc_recv() waits at "
               "it; drop that first");
    *rx = NULL;
    ch->senders++; /* it stays, also if a drop function drops the others */
    ch->closed = true;
    ch->receiver = false;
    while (ch->count)
        value_drop(&ch->type, mpsc_slot_take(ch));
    mpsc_end_(ch);
}
#endif
