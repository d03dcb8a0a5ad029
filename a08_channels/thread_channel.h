/* thread_channel.h: a bounded channel between threads and tasks.
 *
 * The other channels belong to the executor's thread, so they need no lock.
 * Here each end may be on any thread.  A thread blocks while it waits, and a
 * task awaits.  Values and handles are those of value.h.
 *
 *     typedef THREAD_SENDER(int) job_tx;
 *     thread_channel_open(&tx, &rx, ex, 64, NULL)      on the executor's thread
 *     thread_channel_blocking_send(&tx, &job)          in a thread
 *     AWAIT(thread_channel_send(&self->send, &self->tx, &self->job));
 *
 * ends     Any number on each side: clone a handle for another thread or task,
 *          and drop it there.  At most one task on each side waits at a time.
 * status   0; UV_EPIPE of a send: all receivers are dropped; UV_EOF of a
 *          receive: all senders are dropped, and the channel is empty.
 * order    First in, first out.  Those that wait for room are not in a queue.
 * budget   In a task each value costs a step of the budget (budget.h).
 * drop     A send or a receive that is dropped has moved no value.  It must be
 *          over before the last handle of its side is dropped.  When the last
 *          receiver is dropped, so are the values that are left.
 * life     The executor runs on while the channel exists, because a thread may
 *          still send.  Virtual time waits, too.
 */
#ifndef A08_THREAD_CHANNEL_H
#define A08_THREAD_CHANNEL_H

#include "a06_yield/budget.h"
#include "a08_channels/thread_ring.h"

#define THREAD_SENDER(type) CARRIES(type, struct thread_ring *tx)
#define THREAD_RECEIVER(type) CARRIES(type, struct thread_ring *rx)

/* ---- Open, clone, drop --------------------------------------------------- */

/* A new channel with one handle on each side, for at most `capacity` values.
 * 0; UV_ENOMEM: no memory or no descriptors; UV_ECANCELED: the executor is
 * closed. */
#define thread_channel_open(sender, receiver, ex, capacity, drop)  \
    thread_ring_open(&(sender)->tx, &(receiver)->rx, ex, capacity, \
                     CARRIED_SIZE(sender, receiver), drop)

static inline struct thread_ring *thread_channel_end_(struct thread_ring *ring)
{
    value_check_handle(ring, true, "thread_channel: this handle");
    return ring;
}

/* Another handle like this one, which it returns. */
#define thread_channel_sender_clone(sender)                              \
    (thread_channel_clone_(&thread_channel_end_((sender)->tx)->senders), \
     *(sender))
#define thread_channel_receiver_clone(receiver)                              \
    (thread_channel_clone_(&thread_channel_end_((receiver)->rx)->receivers), \
     *(receiver))
static inline void thread_channel_clone_(struct thread_ring_side *side)
{
    uv_mutex_lock(&side->ring->lock);
    thread_ring_check(side);
    side->handles++;
    uv_mutex_unlock(&side->ring->lock);
}

/* The handle is empty afterwards; dropping it again does nothing. */
#define thread_channel_sender_drop(sender) \
    thread_channel_sender_drop_(&(sender)->tx)
static inline void thread_channel_sender_drop_(struct thread_ring **tx)
{
    struct thread_ring *ring = *tx;
    if (!ring)
        return;
    *tx = NULL;
    uv_mutex_lock(&ring->lock);
    thread_ring_check_drop(&ring->senders);
    if (--ring->senders.handles == 0)
        thread_ring_wake(&ring->receivers);
    thread_ring_unlock(ring);
}
#define thread_channel_receiver_drop(receiver) \
    thread_channel_receiver_drop_(&(receiver)->rx)
static inline void thread_channel_receiver_drop_(struct thread_ring **rx)
{
    struct thread_ring *ring = *rx;
    if (!ring)
        return;
    *rx = NULL;
    uv_mutex_lock(&ring->lock);
    thread_ring_check_drop(&ring->receivers);
    if (ring->receivers.handles == 1) {
        ring->closed = true; /* nobody touches the ring now */
        uv_mutex_unlock(&ring->lock);
        for (size_t i = 0; i < ring->count; i++)
            value_drop(&ring->type, thread_ring_at(ring, i));
        uv_mutex_lock(&ring->lock);
        thread_ring_wake(&ring->senders);
    }
    ring->receivers.handles--;
    thread_ring_unlock(ring);
}

/* ---- In a thread --------------------------------------------------------- */

static inline int thread_channel_block_(struct thread_ring_side *side,
                                        void *value)
{
    struct thread_ring *ring = side->ring;
    int rc;
    if (executor_running)
        misuse("thread_channel: a blocking call in a task; no task runs while "
               "it waits, so AWAIT thread_channel_send() or "
               "thread_channel_recv()");
    uv_mutex_lock(&ring->lock);
    while ((rc = thread_ring_try(side, value)) == UV_EAGAIN)
        uv_cond_wait(&ring->changed, &ring->lock);
    uv_mutex_unlock(&ring->lock);
    return rc;
}

/* Wait for room.  Not in a task: no other task could run while this waits. */
#define thread_channel_blocking_send(sender, value)                    \
    thread_channel_block_(&thread_channel_end_((sender)->tx)->senders, \
                          (void *)CARRIED(sender, value))

/* Wait for a value.  Not in a task, either. */
#define thread_channel_blocking_recv(receiver, into)                       \
    thread_channel_block_(&thread_channel_end_((receiver)->rx)->receivers, \
                          CARRIED(receiver, into))

/* ---- In a task ----------------------------------------------------------- */

static inline void thread_channel_drop(struct future *f)
{
    struct thread_channel_wait *self =
        container_of(f, struct thread_channel_wait, future);
    uv_mutex_lock(&self->side->ring->lock);
    if (self->side->task == self)
        self->side->task = NULL;
    uv_mutex_unlock(&self->side->ring->lock);
}

static inline enum poll thread_channel_poll(struct future *f,
                                            struct context *cx)
{
    struct thread_channel_wait *self =
        container_of(f, struct thread_channel_wait, future);
    struct thread_ring_side *side = self->side;
    if (!budget_spend(cx)) {
        thread_channel_drop(f); /* the spent budget wakes it, not the ring */
        return POLL_PENDING;
    }
    uv_mutex_lock(&side->ring->lock);
    if (side->task && side->task != self)
        misuse("%s: another task waits on this side already", f->ops->name);
    self->status = thread_ring_try(side, self->value);
    side->task = self->status == UV_EAGAIN ? self : NULL;
    if (side->task) {
        cx->spent--; /* it waits, so it costs no step */
        self->waker = context_waker(cx);
    }
    uv_mutex_unlock(&side->ring->lock);
    return self->status == UV_EAGAIN ? POLL_PENDING : POLL_READY;
}

static const struct future_ops thread_channel_send_ops_ = {
    .name = "thread_channel_send",
    .poll = thread_channel_poll,
    .drop = thread_channel_drop,
};
static const struct future_ops thread_channel_recv_ops_ = {
    .name = "thread_channel_recv",
    .poll = thread_channel_poll,
    .drop = thread_channel_drop,
};

static inline struct future *thread_channel_wait_(
    struct thread_channel_wait *self, const struct future_ops *ops,
    struct thread_ring_side *side, void *value)
{
    *self = (struct thread_channel_wait){ .future.ops = ops,
                                          .side = side,
                                          .value = value };
    return &self->future;
}

/* Wait until there is room for the value, and send it.  Cancel-safe. */
#define thread_channel_send(self, sender, value)                      \
    thread_channel_wait_(self, &thread_channel_send_ops_,             \
                         &thread_channel_end_((sender)->tx)->senders, \
                         (void *)CARRIED(sender, value))

/* Wait for a value, which is written to `into`.  Cancel-safe. */
#define thread_channel_recv(self, receiver, into)                         \
    thread_channel_wait_(self, &thread_channel_recv_ops_,                 \
                         &thread_channel_end_((receiver)->rx)->receivers, \
                         CARRIED(receiver, into))
#endif
