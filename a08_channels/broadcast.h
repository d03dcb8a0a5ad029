/* broadcast.h: a channel that gives every value to every receiver.
 *
 *     typedef BROADCAST_SENDER(int) news_tx;
 *     typedef BROADCAST_RECEIVER(int) news_rx;
 *
 *     broadcast_open(&tx, &rx, 16, NULL, NULL);     0 or UV_ENOMEM
 *     broadcast_subscribe(&tx, &another_rx);        0 or UV_ENOMEM
 *     broadcast_send(&tx, &n);                      never waits
 *     AWAIT(broadcast_recv(&self->recv, &self->rx, &self->n));
 *
 * values   see value.h.  A receiver gets what is sent after it subscribed.  The
 *          last one that gets a value gets the value itself, all others clones.
 *          A value is dropped as soon as no receiver can still get it.
 * capacity The channel keeps the newest `capacity` values, exactly.  A send to
 *          a full channel overwrites the oldest one.
 * recv     status 0; UV_EOF: all senders are dropped, and this receiver has had
 *          everything; UV_ENOBUFS: it was too slow, so `missed` values were
 *          overwritten, and the next receive gets the oldest one that is left;
 *          UV_ENOMEM: no clone, and the next receive tries again.  Cancel-safe.
 * send     UV_EPIPE: there is no receiver; the value is still yours.
 * drop     Drop each handle; twice is fine.  Its receive must be over by then.
 */
#ifndef A08_BROADCAST_H
#define A08_BROADCAST_H

#include "a06_yield/budget.h"
#include "a08_channels/value.h"
#include "a08_channels/wait_list.h"

#define BROADCAST_SENDER(type) CARRIES(type, struct broadcast *tx)
#define BROADCAST_RECEIVER(type) CARRIES(type, struct broadcast_receiver *rx)

struct broadcast {
    struct value_type type;
    bool (*clone)(void *copy, const void *value); /* or NULL */
    size_t senders, receivers;                    /* how many there are */
    size_t capacity;
    size_t next;           /* the slot of the next send; if full, the oldest */
    uint64_t sent;         /* how many, ever */
    struct list waiters;   /* receives */
    unsigned char *values; /* the ring: `capacity` slots */
    size_t owed[]; /* for each slot: how many receivers will still read it */
};

struct broadcast_receiver { /* a cursor */
    struct broadcast *channel;
    uint64_t seen; /* of all that were sent: how many the cursor has passed */
    size_t slot;   /* of the next value */
    struct broadcast_recv *reader; /* who waits at it, or NULL */
};

struct broadcast_recv {
    struct future future;
    struct broadcast_receiver *receiver;
    void *into;
    struct waiter waiter;
    int status;      /* result: 0, UV_EOF, UV_ENOBUFS or UV_ENOMEM */
    uint64_t missed; /* result, if UV_ENOBUFS: how many */
};

/* ---- All ends ------------------------------------------------------------ */

static inline unsigned char *broadcast_at_(const struct broadcast *ch,
                                           size_t slot)
{
    return ch->values + slot * ch->type.size;
}

static inline size_t broadcast_after_(const struct broadcast *ch, size_t slot)
{
    return slot + 1 < ch->capacity ? slot + 1 : 0;
}

static inline int broadcast_subscribe_(struct broadcast *ch,
                                       struct broadcast_receiver **rx)
{
    *rx = malloc(sizeof **rx);
    if (!*rx)
        return UV_ENOMEM;
    **rx = (struct broadcast_receiver){ .channel = ch,
                                        .seen = ch->sent,
                                        .slot = ch->next };
    ch->receivers++;
    return 0;
}

/* A new channel.  NULL for `drop` and `clone`: values need none. */
#define broadcast_open(sender, receiver, capacity, drop, clone) \
    broadcast_open_(&(sender)->tx, &(receiver)->rx,             \
                    CARRIED_SIZE(sender, receiver), capacity, drop, clone)
static inline int broadcast_open_(struct broadcast **tx,
                                  struct broadcast_receiver **rx, size_t size,
                                  size_t capacity, void (*drop)(void *value),
                                  bool (*clone)(void *, const void *))
{
    struct broadcast *ch = NULL;
    size_t head = sizeof *ch + capacity * sizeof ch->owed[0];
    head += -head % _Alignof(max_align_t); /* which divides it now */
    if (capacity == 0)
        misuse("broadcast_open: with a capacity of 0 nobody could receive");
    value_check_clone(drop, clone, "broadcast_open");
    *tx = NULL, *rx = NULL;
    if (capacity < SIZE_MAX / 2 / (size + sizeof ch->owed[0]))
        ch = calloc(1, head + capacity * size);
    if (!ch || broadcast_subscribe_(ch, rx)) {
        free(ch);
        return UV_ENOMEM;
    }
    ch->type = (struct value_type){ size, drop };
    ch->clone = clone;
    ch->senders = 1;
    ch->capacity = capacity;
    ch->values = (unsigned char *)ch + head;
    list_init(&ch->waiters);
    *tx = ch;
    return 0;
}

/* ---- The senders --------------------------------------------------------- */

static inline struct broadcast *broadcast_sender_(struct broadcast *tx)
{
    value_check_handle(tx, tx && tx->senders, "broadcast: this sender");
    return tx;
}

/* Another sender of the same channel, to be dropped like the first. */
#define broadcast_sender_clone(sender) \
    (broadcast_sender_((sender)->tx)->senders++, *(sender))

/* Another receiver, which gets what is sent from now on.  0 or UV_ENOMEM. */
#define broadcast_subscribe(sender, receiver) \
    ((void)CARRIED_SIZE(sender, receiver),    \
     broadcast_subscribe_(broadcast_sender_((sender)->tx), &(receiver)->rx))

/* How many receivers there are now. */
#define broadcast_receivers(sender) (broadcast_sender_((sender)->tx)->receivers)

/* 0: every receiver can get it.  UV_EPIPE: there is no receiver. */
#define broadcast_send(sender, value) \
    broadcast_send_(broadcast_sender_((sender)->tx), CARRIED(sender, value))
static inline int broadcast_send_(struct broadcast *ch, const void *value)
{
    unsigned char *at = broadcast_at_(ch, ch->next);
    if (!ch->receivers)
        return UV_EPIPE;
    if (ch->owed[ch->next])
        value_drop(&ch->type, at); /* some will miss it */
    value_copy(&ch->type, at, value);
    ch->owed[ch->next] = ch->receivers;
    ch->next = broadcast_after_(ch, ch->next);
    ch->sent++;
    wait_wake_all(&ch->waiters);
    return 0;
}

/* After the last one is dropped, receivers get what is left, then UV_EOF.  (Not
 * inlined: otherwise GCC sees a use after free.) */
#define broadcast_sender_drop(sender) broadcast_sender_drop_(&(sender)->tx)
__attribute__((noinline, unused)) static void broadcast_sender_drop_(
    struct broadcast **tx)
{
    struct broadcast *ch = *tx;
    *tx = NULL;
    if (!ch || --broadcast_sender_(ch)->senders)
        return;
    if (ch->receivers)
        wait_wake_all(&ch->waiters);
    else
        free(ch);
}

/* ---- The receivers ------------------------------------------------------- */

static inline struct broadcast *broadcast_of_(struct broadcast_receiver *rx)
{
    value_check_handle(rx, true, "broadcast: this receiver");
    return rx->channel;
}

/* Another receiver, where there is no sender at hand. */
#define broadcast_resubscribe(receiver, another) \
    ((void)CARRIED_SIZE(receiver, another),      \
     broadcast_subscribe_(broadcast_of_((receiver)->rx), &(another)->rx))

/* Go on with the oldest value that is left.  Returns how many are skipped. */
static inline uint64_t broadcast_skip_(struct broadcast_receiver *rx)
{
    const struct broadcast *ch = rx->channel;
    uint64_t unseen = ch->sent - rx->seen;
    if (unseen <= ch->capacity)
        return 0;
    rx->slot = ch->next;
    rx->seen = ch->sent - ch->capacity;
    return unseen - ch->capacity;
}

/* This receiver is done with its next value.  True: all others are, too. */
static inline bool broadcast_step_(struct broadcast_receiver *rx)
{
    size_t slot = rx->slot;
    rx->slot = broadcast_after_(rx->channel, slot);
    rx->seen++;
    return --rx->channel->owed[slot] == 0;
}

/* Without waiting: as for a receive, or UV_EAGAIN: there is nothing yet.
 * `missed` is set to how many values were missed. */
#define broadcast_try_recv(receiver, into, missed) \
    broadcast_try_recv_((receiver)->rx, CARRIED(receiver, into), missed)
static inline int broadcast_try_recv_(struct broadcast_receiver *rx, void *into,
                                      uint64_t *missed)
{
    struct broadcast *ch = broadcast_of_(rx);
    const void *value;
    *missed = 0;
    if (rx->seen == ch->sent)
        return ch->senders ? UV_EAGAIN : UV_EOF;
    *missed = broadcast_skip_(rx);
    if (*missed)
        return UV_ENOBUFS;
    value = broadcast_at_(ch, rx->slot);
    if (ch->owed[rx->slot] == 1) /* we are the last, so it is ours */
        value_copy(&ch->type, into, value);
    else if (value_clone(&ch->type, ch->clone, into, value))
        return UV_ENOMEM;
    broadcast_step_(rx);
    return 0;
}

static inline void broadcast_recv_drop(struct future *f)
{
    struct broadcast_recv *self =
        container_of(f, struct broadcast_recv, future);
    wait_leave(&self->waiter);
    if (self->receiver->reader == self)
        self->receiver->reader = NULL;
}

static inline enum poll broadcast_recv_poll(struct future *f,
                                            struct context *cx)
{
    struct broadcast_recv *self =
        container_of(f, struct broadcast_recv, future);
    struct broadcast_receiver *rx = self->receiver;
    if (rx->reader && rx->reader != self)
        misuse("broadcast_recv: another one waits at this receiver already; "
               "give each task a receiver of its own");
    rx->reader = self; /* also if the budget is spent */
    if (rx->seen != rx->channel->sent && !budget_spend(cx))
        return POLL_PENDING;
    self->status = broadcast_try_recv_(rx, self->into, &self->missed);
    if (self->status == UV_EAGAIN) {
        wait_in(&rx->channel->waiters, &self->waiter, cx);
        return POLL_PENDING;
    }
    broadcast_recv_drop(f);
    return POLL_READY;
}

static const struct future_ops broadcast_recv_ops_ = FUTURE_OPS(broadcast_recv);

/* Wait for the next value, which is written to `into`.  Cancel-safe. */
#define broadcast_recv(self, receiver, into) \
    broadcast_recv_(self, (receiver)->rx, CARRIED(receiver, into))
static inline struct future *broadcast_recv_(struct broadcast_recv *self,
                                             struct broadcast_receiver *rx,
                                             void *into)
{
    (void)broadcast_of_(rx);
    *self = (struct broadcast_recv){ .future.ops = &broadcast_recv_ops_,
                                     .receiver = rx,
                                     .into = into };
    return &self->future;
}

/* Values that no other receiver can still get are dropped, too. */
#define broadcast_receiver_drop(receiver) \
    broadcast_receiver_drop_(&(receiver)->rx)
static inline void broadcast_receiver_drop_(struct broadcast_receiver **handle)
{
    struct broadcast_receiver *rx = *handle;
    struct broadcast *ch = rx ? rx->channel : NULL;
    if (!rx)
        return;
    if (rx->reader)
        misuse("broadcast: the receiver is dropped while a broadcast_recv() "
               "waits at it; drop that first");
    *handle = NULL;
    broadcast_skip_(rx);
    while (rx->seen < ch->sent) {
        void *value = broadcast_at_(ch, rx->slot);
        if (broadcast_step_(rx))
            value_drop(&ch->type, value);
    }
    free(rx);
    if (--ch->receivers == 0 && !ch->senders)
        free(ch);
}
#endif
