/* mpsc_reserve.h: first room in a channel, then the value.
 *
 *     typedef MPSC_PERMIT(int) number_permit;
 *
 *     AWAIT(mpsc_reserve(&self->reserve, &self->tx, &self->permit));
 *     self->number = newest_number();
 *     mpsc_permit_send(&self->permit, &self->number);
 *
 * For a value that should be made, or chosen, only when it can be sent: in a
 * select nothing is lost if a reserve loses, as there is no value yet.
 *
 * permit   a slot that is yours.  Its send never waits.  All zeroes: no permit.
 *          A permit keeps the channel open for the receiver, also after close
 *          and when all senders are dropped.
 * status   0; UV_EPIPE: the receiver is closed or dropped; unbounded also
 *          UV_ENOMEM.
 * dropped  A reserve that is dropped gives back what it was granted.  A reserve
 *          that is made again waits behind all others.
 * drop     Use each permit, or drop it, also in ASYNC_FINALLY.  If you forget
 *          it, the channel has one slot less, and never ends.
 */
#ifndef A08_MPSC_RESERVE_H
#define A08_MPSC_RESERVE_H

#include "a08_channels/mpsc.h"

#define MPSC_PERMIT(type) CARRIES(type, struct mpsc *permit)

struct mpsc_reserve {
    struct future future;
    struct mpsc *channel;
    struct mpsc **permit;
    struct waiter waiter; /* granted: a slot is reserved for us */
    int status;           /* result: 0, UV_EPIPE, or UV_ENOMEM */
};

/* A pointer to the permit, if both are for the same type. */
#define MPSC_PERMIT_OF_(sender, permit_) \
    ((void)CARRIED_SIZE(sender, permit_), &(permit_)->permit)

/* Reserve a free slot. */
static inline void mpsc_permit_fill_(struct mpsc **permit, struct mpsc *ch)
{
    if (*permit)
        misuse("mpsc_reserve: this permit has a slot already; send with it or "
               "drop it first, and begin with one that is all zeroes");
    *permit = ch;
    ch->reserved++;
}

/* ---- Reserve ------------------------------------------------------------- */

/* Without waiting: 0, UV_EAGAIN, UV_EPIPE or UV_ENOMEM. */
#define mpsc_try_reserve(sender, permit)                \
    mpsc_try_reserve_(mpsc_sender_handle((sender)->tx), \
                      MPSC_PERMIT_OF_(sender, permit))
static inline int mpsc_try_reserve_(struct mpsc *ch, struct mpsc **permit)
{
    int rc = mpsc_make_room(ch);
    if (rc == 0)
        mpsc_permit_fill_(permit, ch);
    return rc;
}

static inline enum poll mpsc_reserve_poll(struct future *f, struct context *cx)
{
    struct mpsc_reserve *self = container_of(f, struct mpsc_reserve, future);
    self->status = mpsc_slot_wait(self->channel, &self->waiter, cx);
    if (self->status == UV_EAGAIN)
        return POLL_PENDING;
    if (self->status == 0)
        mpsc_permit_fill_(self->permit, self->channel);
    return POLL_READY;
}

static inline void mpsc_reserve_drop(struct future *f)
{
    struct mpsc_reserve *self = container_of(f, struct mpsc_reserve, future);
    if (mpsc_wait_ends(self->channel, &self->waiter))
        mpsc_slot_give_back(self->channel);
}

static const struct future_ops mpsc_reserve_ops_ = FUTURE_OPS(mpsc_reserve);

/* Wait for a slot, which `permit` then has.  Before, it must be all zeroes. */
#define mpsc_reserve(self, sender, permit)                     \
    mpsc_reserve_make_(self, mpsc_sender_handle((sender)->tx), \
                       MPSC_PERMIT_OF_(sender, permit))
static inline struct future *mpsc_reserve_make_(struct mpsc_reserve *self,
                                                struct mpsc *tx,
                                                struct mpsc **permit)
{
    *self = (struct mpsc_reserve){ .future.ops = &mpsc_reserve_ops_,
                                   .channel = tx,
                                   .permit = permit };
    return &self->future;
}

/* ---- The permit ---------------------------------------------------------- */

static inline void mpsc_permit_check_(const struct mpsc *permit)
{
    value_check_handle(permit, permit && permit->reserved, "mpsc: this permit");
}

/* Send the value that `value` points to; this uses up the permit, whatever the
 * result.  UV_EPIPE: the receiver was dropped, and the value is still yours. */
#define mpsc_permit_send(permit_, value) \
    mpsc_permit_send_(&(permit_)->permit, CARRIED(permit_, value))
static inline int mpsc_permit_send_(struct mpsc **permit, const void *value)
{
    struct mpsc *ch = *permit;
    if (!ch)
        misuse("mpsc_permit_send: this permit has no slot; it was used, or "
               "dropped, or never granted");
    mpsc_permit_check_(ch);
    *permit = NULL;
    if (!ch->receiver) {
        mpsc_slot_give_back(ch);
        return UV_EPIPE;
    }
    ch->reserved--;
    mpsc_slot_fill(ch, value);
    return 0;
}

/* The slot belongs to the next in line. */
#define mpsc_permit_drop(permit_) mpsc_permit_drop_(&(permit_)->permit)
static inline void mpsc_permit_drop_(struct mpsc **permit)
{
    struct mpsc *ch = *permit;
    if (!ch)
        return;
    mpsc_permit_check_(ch);
    *permit = NULL;
    mpsc_slot_give_back(ch);
}
#endif
