/* oneshot.h: a channel for one value: a reply, a result, "I am done".
 *
 *     typedef ONESHOT_SENDER(int) reply_tx;
 *     typedef ONESHOT_RECEIVER(int) reply_rx;
 *
 *     oneshot_open(&self->tx, &self->rx, NULL);         0 or UV_ENOMEM
 *     oneshot_send(&self->tx, &answer);                 never waits
 *     AWAIT(oneshot_recv(&self->recv, &self->rx, &self->answer));
 *
 * values   see value.h: who owns one, and when.
 * send     uses up the sender, whatever the result.  UV_EPIPE: the receiver is
 *          dropped or closed; the value is still yours.
 * recv     status 0, or UV_EOF: the sender was dropped without a send, or the
 *          receiver was closed before.  Cancel-safe: the value stays.
 * closed   oneshot_closed() waits until the receiver is gone, so that a sender
 *          can stop its work.
 * close    A receiver that is closed accepts no send any more; a value that was
 *          sent before can still be received.
 * drop     Drop each end; a second time does nothing, because a dropped end is
 *          empty, like one that is all zeroes.  The last one frees the channel.
 *          The future that waits at an end must be over before that.
 */
#ifndef A08_ONESHOT_H
#define A08_ONESHOT_H

#include "a08_channels/value.h"

#define ONESHOT_SENDER(type) CARRIES(type, struct oneshot *tx)
#define ONESHOT_RECEIVER(type) CARRIES(type, struct oneshot *rx)

struct oneshot {
    struct value_type type;
    bool sender, receiver; /* these ends are not dropped (or used up) */
    bool closed;           /* no send is accepted any more */
    int held;              /* calls that use it now: until 0, do not free it */
    enum { ONESHOT_EMPTY, ONESHOT_FULL, ONESHOT_TAKEN } state;
    struct oneshot_recv *reader;    /* who waits for the value, or NULL */
    struct oneshot_closed *watcher; /* who waits for "closed", or NULL */
    _Alignas(max_align_t) unsigned char value[];
};

struct oneshot_recv {
    struct future future;
    struct oneshot *channel;
    void *into;
    struct waker waker;
    int status; /* result: 0 or UV_EOF */
};

struct oneshot_closed {
    struct future future;
    struct oneshot *channel;
    struct waker waker;
};

/* ---- Both ends ----------------------------------------------------------- */

/* A new channel.  `drop` takes a pointer to a value; NULL: values need none. */
#define oneshot_open(sender, receiver, drop)      \
    oneshot_open_(&(sender)->tx, &(receiver)->rx, \
                  CARRIED_SIZE(sender, receiver), drop)
static inline int oneshot_open_(struct oneshot **tx, struct oneshot **rx,
                                size_t size, void (*drop)(void *value))
{
    struct oneshot *ch = malloc(sizeof *ch + size);
    *tx = *rx = ch;
    if (!ch)
        return UV_ENOMEM;
    *ch = (struct oneshot){ .type = { size, drop },
                            .sender = true,
                            .receiver = true };
    return 0;
}

static inline void oneshot_check_sender_(const struct oneshot *tx)
{
    value_check_handle(tx, tx && tx->sender, "oneshot: this sender");
}

static inline void oneshot_check_receiver_(const struct oneshot *rx)
{
    value_check_handle(rx, rx && rx->receiver, "oneshot: this receiver");
}

static inline void oneshot_free_if_unused_(struct oneshot *ch)
{
    if (!ch->sender && !ch->receiver && !ch->held)
        free(ch);
}

/* ---- The sender ---------------------------------------------------------- */

/* The sender is used up or dropped: the receive that waits must look again. */
static inline void oneshot_sender_ends_(struct oneshot **tx)
{
    struct oneshot *ch = *tx;
    struct waker waker = { NULL, NULL };
    if (ch->watcher)
        misuse("oneshot: the sender is used up or dropped while an "
               "oneshot_closed() waits at it; drop that first");
    if (ch->reader)
        waker = ch->reader->waker;
    *tx = NULL;
    ch->sender = false;
    oneshot_free_if_unused_(ch);
    waker_wake(waker);
}

/* Send the value that `value` points to.  0: it is the receiver's now.
 * UV_EPIPE: nobody will receive it, so it is still yours. */
#define oneshot_send(sender, value) \
    oneshot_send_(&(sender)->tx, CARRIED(sender, value))
static inline int oneshot_send_(struct oneshot **tx, const void *value)
{
    struct oneshot *ch = *tx;
    int rc = 0;
    if (!ch)
        misuse("oneshot_send: this sender has sent, or was dropped; a oneshot "
               "carries one value, for more there is mpsc.h");
    oneshot_check_sender_(ch);
    if (ch->closed) {
        rc = UV_EPIPE;
    } else {
        memcpy(ch->value, value, ch->type.size);
        ch->state = ONESHOT_FULL;
    }
    oneshot_sender_ends_(tx);
    return rc;
}

/* There will be no value. */
#define oneshot_sender_drop(sender) oneshot_sender_drop_(&(sender)->tx)
static inline void oneshot_sender_drop_(struct oneshot **tx)
{
    if (!*tx)
        return;
    oneshot_check_sender_(*tx);
    oneshot_sender_ends_(tx);
}

/* Would a send be refused?  Then nobody needs the value. */
#define oneshot_is_closed(sender) oneshot_is_closed_((sender)->tx)
static inline bool oneshot_is_closed_(const struct oneshot *tx)
{
    oneshot_check_sender_(tx);
    return tx->closed;
}

static inline enum poll oneshot_closed_poll(struct future *f,
                                            struct context *cx)
{
    struct oneshot_closed *self =
        container_of(f, struct oneshot_closed, future);
    struct oneshot *ch = self->channel;
    if (ch->watcher && ch->watcher != self)
        misuse("oneshot_closed: another one waits at this sender already");
    ch->watcher = ch->closed ? NULL : self;
    if (ch->closed)
        return POLL_READY;
    self->waker = context_waker(cx);
    return POLL_PENDING;
}

static inline void oneshot_closed_drop(struct future *f)
{
    struct oneshot_closed *self =
        container_of(f, struct oneshot_closed, future);
    if (self->channel->watcher == self)
        self->channel->watcher = NULL;
}

static const struct future_ops oneshot_closed_ops_ = FUTURE_OPS(oneshot_closed);

/* Wait until the receiver is dropped or closed.  Cancel-safe. */
#define oneshot_closed(self, sender) oneshot_closed_(self, (sender)->tx)
static inline struct future *oneshot_closed_(struct oneshot_closed *self,
                                             struct oneshot *tx)
{
    oneshot_check_sender_(tx);
    *self = (struct oneshot_closed){ .future.ops = &oneshot_closed_ops_,
                                     .channel = tx };
    return &self->future;
}

/* ---- The receiver -------------------------------------------------------- */

/* Accept no send from now on.  What was sent stays. */
#define oneshot_close(receiver) oneshot_close_((receiver)->rx)
static inline void oneshot_close_(struct oneshot *ch)
{
    struct waker watcher = { NULL, NULL };
    oneshot_check_receiver_(ch);
    ch->closed = true;
    ch->held++; /* the first waker may drop both ends, and the watcher */
    if (ch->reader)
        waker_wake(ch->reader->waker);
    ch->held--;
    if (ch->watcher)
        watcher = ch->watcher->waker;
    oneshot_free_if_unused_(ch);
    waker_wake(watcher);
}

/* Without waiting: 0, UV_EAGAIN: not yet, or UV_EOF: there is none, or it was
 * received. */
#define oneshot_try_recv(receiver, into) \
    oneshot_try_recv_((receiver)->rx, CARRIED(receiver, into))
static inline int oneshot_try_recv_(struct oneshot *ch, void *into)
{
    oneshot_check_receiver_(ch);
    if (ch->state != ONESHOT_FULL)
        return ch->sender && !ch->closed ? UV_EAGAIN : UV_EOF;
    memcpy(into, ch->value, ch->type.size);
    ch->state = ONESHOT_TAKEN;
    return 0;
}

static inline enum poll oneshot_recv_poll(struct future *f, struct context *cx)
{
    struct oneshot_recv *self = container_of(f, struct oneshot_recv, future);
    struct oneshot *ch = self->channel;
    if (ch->state == ONESHOT_TAKEN)
        misuse("oneshot_recv: the value was received already");
    if (ch->reader && ch->reader != self)
        misuse("oneshot_recv: another one waits at this receiver already");
    self->status = oneshot_try_recv_(ch, self->into);
    ch->reader = self->status == UV_EAGAIN ? self : NULL;
    if (!ch->reader)
        return POLL_READY;
    self->waker = context_waker(cx);
    return POLL_PENDING;
}

static inline void oneshot_recv_drop(struct future *f)
{
    struct oneshot_recv *self = container_of(f, struct oneshot_recv, future);
    if (self->channel->reader == self)
        self->channel->reader = NULL;
}

static const struct future_ops oneshot_recv_ops_ = FUTURE_OPS(oneshot_recv);

/* Wait for the value, which is written to `into`.  Cancel-safe. */
#define oneshot_recv(self, receiver, into) \
    oneshot_recv_(self, (receiver)->rx, CARRIED(receiver, into))
static inline struct future *oneshot_recv_(struct oneshot_recv *self,
                                           struct oneshot *rx, void *into)
{
    oneshot_check_receiver_(rx);
    *self = (struct oneshot_recv){ .future.ops = &oneshot_recv_ops_,
                                   .channel = rx,
                                   .into = into };
    return &self->future;
}

/* Nobody will receive: a value that was sent is dropped. */
#define oneshot_receiver_drop(receiver) oneshot_receiver_drop_(&(receiver)->rx)
static inline void oneshot_receiver_drop_(struct oneshot **rx)
{
    struct oneshot *ch = *rx;
    struct waker watcher = { NULL, NULL };
    if (!ch)
        return;
    oneshot_check_receiver_(ch);
    if (ch->reader)
        misuse("oneshot: the receiver is dropped while an oneshot_recv() waits "
               "at it; drop that first");
    if (ch->watcher)
        watcher = ch->watcher->waker;
    *rx = NULL;
    if (ch->state == ONESHOT_FULL)
        value_drop(&ch->type, ch->value);
    ch->closed = true;
    ch->receiver = false;
    oneshot_free_if_unused_(ch);
    waker_wake(watcher);
}
#endif
