/* mpsc_slots.h: the room in a channel: a ring of slots, and who has them.
 *
 * A slot is free, or it is reserved, or it has a value.  If no slot is free, a
 * send or a reserve waits in line.  A slot that becomes free is reserved at
 * once for the first future in line.  Its task is woken, and in its next poll
 * the future uses the slot.  If it is dropped before, the next in line gets it.
 *
 * Wakers may do anything, also free the channel.  So they are called last.
 */
#ifndef A08_MPSC_SLOTS_H
#define A08_MPSC_SLOTS_H

#include "a06_yield/budget.h"
#include "a08_channels/value.h"
#include "a08_channels/wait_list.h"

struct mpsc {
    struct value_type type;
    size_t senders;       /* handles that are not dropped */
    bool receiver;        /* is not dropped */
    bool closed;          /* no new send is accepted */
    bool grows;           /* unbounded */
    size_t room;          /* slots in the ring */
    size_t first, count;  /* the slot of the oldest value; how many there are */
    size_t reserved;      /* slots that somebody has, without a value yet */
    struct list waiting;  /* who wants a slot; empty if a slot is free */
    struct list reader;   /* who waits for a value: one at most */
    struct list watchers; /* who wait for "closed" */
    size_t sending;       /* futures of senders: PENDING, and not over */
    struct future *receiving; /* a receive: PENDING, and not over */
    unsigned char *slots;     /* the ring: own, or one that has grown */
    _Alignas(max_align_t) unsigned char own[];
};

/* Where the n-th value of the ring is, or will be. */
static inline unsigned char *mpsc_slot(const struct mpsc *ch, size_t n)
{
    n += ch->first;
    return ch->slots + (n < ch->room ? n : n - ch->room) * ch->type.size;
}

/* Take the oldest value.  Its slot is free now; its bytes stay there until the
 * next send. */
static inline void *mpsc_slot_take(struct mpsc *ch)
{
    void *value = mpsc_slot(ch, 0);
    if (++ch->first == ch->room)
        ch->first = 0;
    ch->count--;
    return value;
}

/* Can another value still come in? */
static inline bool mpsc_can_come(const struct mpsc *ch)
{
    return ch->reserved || (ch->senders && !ch->closed);
}

/* An end or a reserved slot has gone.  If no value can come any more, tell the
 * receive that waits.  If nobody has an end, free the channel. */
static inline void mpsc_check_end(struct mpsc *ch)
{
    if (ch->receiver) {
        if (!ch->count && !mpsc_can_come(ch))
            wait_grant_first(&ch->reader);
    } else if (!ch->senders && !ch->reserved) {
        if (ch->slots != ch->own)
            free(ch->slots);
        free(ch);
    }
}

/* Rarely called, so it is not inlined. */
__attribute__((noinline, unused)) static int mpsc_grow_(struct mpsc *ch)
{
    size_t size = ch->type.size, front = ch->first * size;
    size_t bytes = ch->room * size;
    unsigned char *slots = bytes <= SIZE_MAX / 2 ? malloc(2 * bytes) : NULL;
    if (!slots)
        return UV_ENOMEM;
    memcpy(slots, ch->slots + front, bytes - front);
    memcpy(slots + (bytes - front), ch->slots, front);
    if (ch->slots != ch->own)
        free(ch->slots);
    ch->slots = slots;
    ch->first = 0;
    ch->room *= 2;
    return 0;
}

/* 0: there is a slot that is neither full nor reserved. */
static inline int mpsc_make_room(struct mpsc *ch)
{
    if (ch->closed)
        return UV_EPIPE;
    if (ch->count + ch->reserved < ch->room)
        return 0;
    return ch->grows ? mpsc_grow_(ch) : UV_EAGAIN;
}

/* One sender less.  True: it was the last one. */
static inline bool mpsc_sender_ends(struct mpsc *ch)
{
    if (--ch->senders > 0)
        return false;
    if (ch->sending)
        misuse("mpsc: the last sender is dropped while a future waits at it; "
               "drop that first");
    return true;
}

/* In a poll of a future that waits at a sender.  Until this future is over, the
 * last sender must not be dropped. */
static inline void mpsc_wait_begins(struct mpsc *ch, struct waiter *waiter)
{
    ch->sending += !waiter->counted;
    waiter->counted = true;
}

/* That future is over.  True: it was granted a slot. */
static inline bool mpsc_wait_ends(struct mpsc *ch, struct waiter *waiter)
{
    if (waiter->counted)
        ch->sending--;
    waiter->counted = false;
    return wait_leave(waiter);
}

/* For a poll.  0: there is a free slot, to be used at once.  UV_EAGAIN: return
 * POLL_PENDING. */
static inline int mpsc_slot_wait(struct mpsc *ch, struct waiter *waiter,
                                 struct context *cx)
{
    int rc;
    if (waiter->granted) {
        mpsc_wait_ends(ch, waiter);
        ch->reserved--;
        return ch->receiver ? 0 : UV_EPIPE;
    }
    rc = mpsc_make_room(ch);
    mpsc_wait_begins(ch, waiter);
    if (rc == UV_EAGAIN) {
        wait_in(&ch->waiting, waiter, cx);
        return rc;
    }
    wait_leave(waiter);
    if (!budget_spend(cx))
        return UV_EAGAIN;
    mpsc_wait_ends(ch, waiter);
    return rc;
}

/* A slot is free: grant it to the first in line.  False: nobody waits. */
static inline bool mpsc_slot_hand_over(struct mpsc *ch)
{
    if (list_is_empty(&ch->waiting))
        return false;
    ch->reserved++;
    return wait_grant_first(&ch->waiting);
}

/* A slot that was reserved is not needed. */
static inline void mpsc_slot_give_back(struct mpsc *ch)
{
    ch->reserved--;
    if (!mpsc_slot_hand_over(ch))
        mpsc_check_end(ch);
}

/* Put the value into a free slot. */
static inline void mpsc_slot_fill(struct mpsc *ch, const void *value)
{
    value_copy(&ch->type, mpsc_slot(ch, ch->count), value);
    ch->count++;
    wait_grant_first(&ch->reader);
}

/* ---- Handles ------------------------------------------------------------- */

static inline struct mpsc *mpsc_sender_handle(struct mpsc *tx)
{
    value_check_handle(tx, tx && tx->senders, "mpsc: this sender");
    return tx;
}

static inline struct mpsc *mpsc_receiver_handle(struct mpsc *rx)
{
    value_check_handle(rx, rx && rx->receiver, "mpsc: this receiver");
    return rx;
}
#endif
