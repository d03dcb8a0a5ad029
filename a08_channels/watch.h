/* watch.h: a channel for the newest value only: a setting, a state, a price.
 *
 *     typedef WATCH_SENDER(int) price_tx;
 *     typedef WATCH_RECEIVER(int) price_rx;
 *
 *     watch_open(&tx, &rx, &first_price, NULL, NULL);  0 or UV_ENOMEM
 *     watch_subscribe(&tx, &another_rx);               0 or UV_ENOMEM
 *     watch_send(&tx, &price);                         never waits
 *     AWAIT(watch_changed(&self->changed, &self->rx)); then
 *     watch_read(&self->rx, &self->price);             0 or UV_ENOMEM
 *
 * values   see value.h.  The channel has one value, from its beginning on.  A
 *          send drops it and puts the new one in its place.  A read gives a
 *          clone of it, and works at any time, also when no sender is left.
 * changed  Each send makes a new version, also if the value is the same.  Each
 *          receiver knows which version it has seen; at first the current one.
 *          watch_changed() waits for one it has not seen, and marks it seen:
 *          status 0; UV_EOF: nothing new, and all senders are dropped.
 *          Cancel-safe: what was not reported is not seen.  A wait that is
 *          READY costs a step of the budget (budget.h).
 * send     UV_EPIPE: there is no receiver; the value is still yours.
 * drop     Drop each handle; twice is fine.  Its wait must be over by then.
 */
#ifndef A08_WATCH_H
#define A08_WATCH_H

#include "a06_yield/budget.h"
#include "a08_channels/value.h"
#include "a08_channels/wait_list.h"

#define WATCH_SENDER(type) CARRIES(type, struct watch *tx)
#define WATCH_RECEIVER(type) CARRIES(type, struct watch_receiver *rx)

struct watch {
    struct value_type type;
    bool (*clone)(void *copy, const void *value); /* or NULL */
    size_t senders, receivers;                    /* how many there are */
    uint64_t version;                             /* how many were sent, ever */
    struct list waiters; /* who wait for the next version */
    _Alignas(max_align_t) unsigned char value[];
};

struct watch_receiver {
    struct watch *channel;
    uint64_t seen;         /* the version */
    struct future *waiter; /* who waits at it, or NULL */
};

struct watch_changed {
    struct future future;
    struct watch_receiver *receiver;
    struct waiter waiter;
    bool (*wanted)(const void *value, const void *data); /* or NULL: any */
    const void *data;
    int status; /* result: 0 or UV_EOF */
};

/* ---- All ends ------------------------------------------------------------ */

static inline void watch_free_if_unused_(struct watch *ch)
{
    if (ch->senders || ch->receivers)
        return;
    value_drop(&ch->type, ch->value);
    free(ch);
}

static inline int watch_subscribe_(struct watch *ch, struct watch_receiver **rx)
{
    *rx = malloc(sizeof **rx);
    if (!*rx)
        return UV_ENOMEM;
    **rx = (struct watch_receiver){ .channel = ch, .seen = ch->version };
    ch->receivers++;
    return 0;
}

/* A new channel that has the value `first` points to.  Until this returns 0 it
 * is yours.  NULL for `drop` and `clone`: values need none. */
#define watch_open(sender, receiver, first, drop, clone)                      \
    watch_open_(&(sender)->tx, &(receiver)->rx,                               \
                CARRIED_SIZE(sender, receiver), CARRIED(sender, first), drop, \
                clone)
static inline int watch_open_(struct watch **tx, struct watch_receiver **rx,
                              size_t size, const void *first,
                              void (*drop)(void *value),
                              bool (*clone)(void *, const void *))
{
    struct watch *ch = malloc(sizeof *ch + size);
    value_check_clone(drop, clone, "watch_open");
    *tx = NULL, *rx = NULL;
    if (!ch)
        return UV_ENOMEM;
    *ch =
        (struct watch){ .type = { size, drop }, .clone = clone, .senders = 1 };
    list_init(&ch->waiters);
    if (watch_subscribe_(ch, rx)) {
        free(ch);
        return UV_ENOMEM;
    }
    value_copy(&ch->type, ch->value, first);
    *tx = ch;
    return 0;
}

/* ---- The senders --------------------------------------------------------- */

static inline struct watch *watch_sender_(struct watch *tx)
{
    value_check_handle(tx, tx && tx->senders, "watch: this sender");
    return tx;
}

/* Another sender of the same channel, to be dropped like the first. */
#define watch_sender_clone(sender) \
    (watch_sender_((sender)->tx)->senders++, *(sender))

/* Another receiver, which has seen the current value.  0 or UV_ENOMEM. */
#define watch_subscribe(sender, receiver)  \
    ((void)CARRIED_SIZE(sender, receiver), \
     watch_subscribe_(watch_sender_((sender)->tx), &(receiver)->rx))

/* How many receivers there are now. */
#define watch_receivers(sender) (watch_sender_((sender)->tx)->receivers)

/* 0: this is the newest value now.  UV_EPIPE: there is no receiver, so nothing
 * has changed, and the value is yours. */
#define watch_send(sender, value) \
    watch_send_(watch_sender_((sender)->tx), CARRIED(sender, value))
static inline int watch_send_(struct watch *ch, const void *value)
{
    if (!ch->receivers)
        return UV_EPIPE;
    value_drop(&ch->type, ch->value);
    value_copy(&ch->type, ch->value, value);
    ch->version++;
    wait_wake_all(&ch->waiters);
    return 0;
}

/* After the last one is dropped, a value that is not seen is reported first,
 * then UV_EOF. */
#define watch_sender_drop(sender) watch_sender_drop_(&(sender)->tx)
static inline void watch_sender_drop_(struct watch **tx)
{
    struct watch *ch = *tx;
    *tx = NULL;
    if (!ch || --watch_sender_(ch)->senders)
        return;
    if (ch->receivers)
        wait_wake_all(&ch->waiters);
    else
        watch_free_if_unused_(ch);
}

/* ---- The receivers ------------------------------------------------------- */

static inline struct watch *watch_of_(const struct watch_receiver *rx)
{
    value_check_handle(rx, true, "watch: this receiver");
    return rx->channel;
}

/* Another receiver, where there is no sender at hand. */
#define watch_resubscribe(receiver, another) \
    ((void)CARRIED_SIZE(receiver, another),  \
     watch_subscribe_(watch_of_((receiver)->rx), &(another)->rx))

/* Is there a value that this receiver has not seen? */
#define watch_has_changed(receiver) \
    (watch_of_((receiver)->rx)->version != (receiver)->rx->seen)

static inline int watch_read_(const struct watch_receiver *rx, void *into)
{
    const struct watch *ch = watch_of_(rx);
    return value_clone(&ch->type, ch->clone, into, ch->value);
}

/* Read the newest value.  This does not mark it as seen. */
#define watch_read(receiver, into) \
    watch_read_((receiver)->rx, CARRIED(receiver, into))

/* Read the newest value, and mark it as seen if this returns 0. */
#define watch_read_and_mark(receiver, into) \
    watch_read_and_mark_((receiver)->rx, CARRIED(receiver, into))
static inline int watch_read_and_mark_(struct watch_receiver *rx, void *into)
{
    int rc = watch_read_(rx, into);
    if (rc == 0)
        rx->seen = rx->channel->version;
    return rc;
}

static inline void watch_changed_drop(struct future *f)
{
    struct watch_changed *self = container_of(f, struct watch_changed, future);
    wait_leave(&self->waiter);
    if (self->receiver->waiter == f)
        self->receiver->waiter = NULL;
}

/* The status of a wait.  UV_EAGAIN: it must go on. */
static inline int watch_look_(const struct watch_changed *self)
{
    const struct watch_receiver *rx = self->receiver;
    const struct watch *ch = rx->channel;
    if (self->wanted ? self->wanted(ch->value, self->data)
                     : rx->seen != ch->version)
        return 0;
    return ch->senders ? UV_EAGAIN : UV_EOF;
}

static inline enum poll watch_changed_poll(struct future *f, struct context *cx)
{
    struct watch_changed *self = container_of(f, struct watch_changed, future);
    struct watch_receiver *rx = self->receiver;
    if (rx->waiter && rx->waiter != f)
        misuse("%s: another future waits at this receiver already; give each "
               "task a receiver of its own",
               f->ops->name);
    rx->waiter = f; /* also if the budget is spent */
    self->status = watch_look_(self);
    if (self->status != UV_EAGAIN && !budget_spend(cx))
        return POLL_PENDING;
    rx->seen = rx->channel->version;
    if (self->status == UV_EAGAIN) {
        wait_in(&rx->channel->waiters, &self->waiter, cx);
        return POLL_PENDING;
    }
    watch_changed_drop(f);
    return POLL_READY;
}

static const struct future_ops watch_changed_ops_ = FUTURE_OPS(watch_changed);

/* Wait for a version that is not seen, and mark it seen.  Then read it. */
#define watch_changed(self, receiver) watch_changed_(self, (receiver)->rx)
static inline struct future *watch_changed_(struct watch_changed *self,
                                            struct watch_receiver *rx)
{
    (void)watch_of_(rx);
    *self = (struct watch_changed){ .future.ops = &watch_changed_ops_,
                                    .receiver = rx };
    return &self->future;
}

static const struct future_ops watch_wait_for_ops_ = {
    .name = "watch_wait_for",
    .poll = watch_changed_poll,
    .drop = watch_changed_drop,
};

/* Wait until wanted(value, data) is true for the newest value, which may be so
 * at once.  Each value for which it is false is marked as seen; the wanted one
 * is marked when this is READY.  `wanted` is not called with a value that was
 * replaced before the next poll.  UV_EOF: it is false for the last value.
 * Cancel-safe. */
#define watch_wait_for(self, receiver, wanted, data) \
    watch_wait_for_(self, (receiver)->rx, wanted, data)
static inline struct future *watch_wait_for_(
    struct watch_changed *self, struct watch_receiver *rx,
    bool (*wanted)(const void *value, const void *data), const void *data)
{
    (void)watch_of_(rx);
    *self = (struct watch_changed){ .future.ops = &watch_wait_for_ops_,
                                    .receiver = rx,
                                    .wanted = wanted,
                                    .data = data };
    return &self->future;
}

/* Another receiver may subscribe later.  It reads the newest value then. */
#define watch_receiver_drop(receiver) watch_receiver_drop_(&(receiver)->rx)
static inline void watch_receiver_drop_(struct watch_receiver **handle)
{
    struct watch_receiver *rx = *handle;
    if (!rx)
        return;
    if (rx->waiter)
        misuse("watch: the receiver is dropped while a %s() waits at it; drop "
               "that first",
               rx->waiter->ops->name);
    *handle = NULL;
    rx->channel->receivers--;
    watch_free_if_unused_(rx->channel);
    free(rx);
}
#endif
