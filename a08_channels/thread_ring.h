/* thread_ring.h: what is inside a thread_channel.h: a ring under a lock.
 *
 * Threads and tasks wait here.  A thread waits for the condition variable.  A
 * task has left its waker, and must be woken on its own thread: for that, each
 * side has a bell, a message that is posted to the executor's inbox.
 *
 * A ring is freed with the last thing that points to it: a handle, or a bell
 * that is posted and has not run yet.
 */
#ifndef A08_THREAD_RING_H
#define A08_THREAD_RING_H

#include "a08_channels/value.h"
#include "inbox.h"

struct thread_ring_side {
    struct thread_ring *ring;
    unsigned handles;
    struct thread_channel_wait *task; /* that waits on this side, or NULL */
    struct message bell;              /* wakes the task, on its own thread */
    bool ringing;                     /* the bell is posted, and has not run */
};

struct thread_ring {
    struct value_type type;
    size_t capacity;
    struct inbox *inbox;
    uv_mutex_t lock;   /* protects all below */
    uv_cond_t changed; /* for the threads that wait, on either side */
    struct thread_ring_side senders, receivers;
    bool closed;         /* the last receiver goes, or is gone */
    size_t first, count; /* in the ring */
    _Alignas(max_align_t) unsigned char slots[];
};

struct thread_channel_wait { /* a send or a receive of a task */
    struct future future;
    struct thread_ring_side *side;
    void *value; /* of a send it is only read */
    struct waker waker;
    int status; /* result */
};

/* ---- Under the lock ------------------------------------------------------ */

/* Wake the threads, and the task of this side, so that they look again.  If the
 * post fails, the executor is closed, so no task waits. */
static inline void thread_ring_wake(struct thread_ring_side *side)
{
    uv_cond_broadcast(&side->ring->changed);
    if (side->task && !side->ringing)
        side->ringing = inbox_post(side->ring->inbox, &side->bell) == 0;
}

static inline void *thread_ring_at(struct thread_ring *ring, size_t i)
{
    return ring->slots + (ring->first + i) % ring->capacity * ring->type.size;
}

static inline int thread_ring_put_(struct thread_ring *ring, const void *value)
{
    if (ring->closed)
        return UV_EPIPE;
    if (ring->count == ring->capacity)
        return UV_EAGAIN;
    memcpy(thread_ring_at(ring, ring->count++), value, ring->type.size);
    thread_ring_wake(&ring->receivers);
    return 0;
}

static inline int thread_ring_take_(struct thread_ring *ring, void *into)
{
    if (ring->count == 0)
        return ring->senders.handles ? UV_EAGAIN : UV_EOF;
    memcpy(into, thread_ring_at(ring, 0), ring->type.size);
    ring->first = (ring->first + 1) % ring->capacity;
    ring->count--;
    thread_ring_wake(&ring->senders);
    return 0;
}

/* Abort if this side has no handle: then the one in use was dropped. */
static inline void thread_ring_check(const struct thread_ring_side *side)
{
    value_check_handle(side, side->handles, "thread_channel: this handle");
}

/* And if its last handle is dropped, while a task waits there. */
static inline void thread_ring_check_drop(const struct thread_ring_side *side)
{
    thread_ring_check(side);
    if (side->handles == 1 && side->task)
        misuse("thread_channel: the last handle of a side is dropped while a "
               "%s() waits there; drop that first",
               side->task->future.ops->name);
}

/* Send or receive, without waiting.  0, UV_EAGAIN, or UV_EPIPE or UV_EOF: the
 * other side is gone. */
static inline int thread_ring_try(struct thread_ring_side *side, void *value)
{
    struct thread_ring *ring = side->ring;
    thread_ring_check(side);
    return side == &ring->senders ? thread_ring_put_(ring, value)
                                  : thread_ring_take_(ring, value);
}

/* Unlock, and free the ring if nothing points to it any more. */
static inline void thread_ring_unlock(struct thread_ring *ring)
{
    bool used = ring->senders.handles || ring->receivers.handles ||
                ring->senders.ringing || ring->receivers.ringing;
    uv_mutex_unlock(&ring->lock);
    if (used)
        return;
    inbox_close(ring->inbox);
    uv_cond_destroy(&ring->changed);
    uv_mutex_destroy(&ring->lock);
    free(ring);
}

/* On the executor's thread. */
static inline void thread_ring_rings_(struct message *m, struct executor *ex)
{
    struct thread_ring_side *side =
        container_of(m, struct thread_ring_side, bell);
    struct waker waker = { NULL, NULL };
    (void)ex;
    uv_mutex_lock(&side->ring->lock);
    side->ringing = false;
    if (side->task)
        waker = side->task->waker;
    thread_ring_unlock(side->ring);
    waker_wake(waker);
}

static inline void thread_ring_init_side_(struct thread_ring *ring,
                                          struct thread_ring_side *side)
{
    *side = (struct thread_ring_side){ .ring = ring,
                                       .handles = 1,
                                       .bell.run = thread_ring_rings_ };
}

/* Everything that may fail, except the memory of the ring. */
static inline int thread_ring_init_(struct thread_ring *ring,
                                    struct executor *ex)
{
    int rc = uv_mutex_init(&ring->lock);
    if (rc)
        return rc;
    rc = uv_cond_init(&ring->changed);
    if (rc == 0) {
        ring->inbox = inbox_open(ex);
        if (ring->inbox)
            return 0;
        rc = ex->closed ? UV_ECANCELED : UV_ENOMEM;
        uv_cond_destroy(&ring->changed);
    }
    uv_mutex_destroy(&ring->lock);
    return rc;
}

/* As thread_channel_open(). */
static inline int thread_ring_open(struct thread_ring **tx,
                                   struct thread_ring **rx, struct executor *ex,
                                   size_t capacity, size_t size,
                                   void (*drop)(void *value))
{
    struct thread_ring *ring = NULL;
    int rc = UV_ENOMEM;
    if (capacity == 0)
        misuse("thread_channel_open: a capacity of 0 has no room for a value");
    if (capacity <= (SIZE_MAX - sizeof *ring) / size)
        ring = malloc(sizeof *ring + capacity * size);
    if (ring) {
        *ring = (struct thread_ring){ .type = { size, drop },
                                      .capacity = capacity };
        thread_ring_init_side_(ring, &ring->senders);
        thread_ring_init_side_(ring, &ring->receivers);
        rc = thread_ring_init_(ring, ex);
    }
    if (rc) {
        free(ring);
        ring = NULL;
    }
    *tx = *rx = ring;
    return rc;
}
#endif
