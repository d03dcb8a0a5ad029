/* thread_to_task.c: from a plain thread into a task, at most 64 on the way.
 *
 * A ring of 64, one sender, one receiver, nobody closes: less than a channel
 * for everybody.  The thread sleeps while the ring is full; the task is woken
 * through the inbox.
 */
#include "bench.h"
#include "inbox.h"

enum { CAPACITY = 64 };

/* The receiver reads up to `seen` without the lock: the sender overwrites
 * nothing before `taken` moves, and that happens once in a batch. */
struct ring {
    uint64_t slots[CAPACITY];
    uv_mutex_t lock;      /* protects the next four */
    unsigned sent, taken; /* counted from the beginning */
    bool full;            /* the sender sleeps until there is `room` */
    bool empty;           /* the receiver wants an arrival */
    uv_sem_t room;
    unsigned read, seen;   /* the receiver's own */
    struct waker receiver; /* the receiver's own; empty while it runs */
    struct message arrival;
    struct inbox *inbox; /* the sender's */
};

/* On the executor's thread: there is something in the ring. */
static void ring_arrival(struct message *m, struct executor *ex)
{
    struct ring *ring = container_of(m, struct ring, arrival);
    (void)ex;
    waker_wake(ring->receiver);
}

/* On the sender's thread. */
static void ring_send(struct ring *ring, uint64_t value)
{
    bool arrival;
    uv_mutex_lock(&ring->lock);
    while (ring->sent - ring->taken == CAPACITY) {
        ring->full = true;
        uv_mutex_unlock(&ring->lock);
        uv_sem_wait(&ring->room);
        uv_mutex_lock(&ring->lock);
    }
    ring->slots[ring->sent++ % CAPACITY] = value;
    arrival = ring->empty;
    ring->empty = false;
    uv_mutex_unlock(&ring->lock);
    if (arrival)
        must(inbox_post(ring->inbox, &ring->arrival) == 0, "inbox_post");
}

/* Give back what was read, see what was sent.  False: nothing. */
static bool ring_refill(struct ring *ring)
{
    bool was_full;
    uv_mutex_lock(&ring->lock);
    ring->taken = ring->read;
    ring->seen = ring->sent;
    ring->empty = ring->seen == ring->read;
    was_full = ring->full;
    ring->full = false;
    uv_mutex_unlock(&ring->lock);
    if (was_full)
        uv_sem_post(&ring->room);
    return ring->seen != ring->read;
}

/* ---- The task's side ----------------------------------------------------- */

struct ring_recv {
    struct future future;
    struct ring *from;
    uint64_t value; /* result */
};

static enum poll ring_recv_poll(struct future *f, struct context *cx)
{
    struct ring_recv *self = container_of(f, struct ring_recv, future);
    struct ring *ring = self->from;
    ring->receiver = (struct waker){ NULL, NULL };
    if (ring->read == ring->seen && !ring_refill(ring)) {
        ring->receiver = context_waker(cx);
        return POLL_PENDING;
    }
    self->value = ring->slots[ring->read++ % CAPACITY];
    return POLL_READY;
}

static void ring_recv_drop(struct future *f)
{
    struct ring_recv *self = container_of(f, struct ring_recv, future);
    self->from->receiver = (struct waker){ NULL, NULL };
}

static const struct future_ops ring_recv_ops = { .name = "ring_recv",
                                                 .poll = ring_recv_poll,
                                                 .drop = ring_recv_drop };

static struct future *ring_recv(struct ring_recv *self, struct ring *from)
{
    *self = (struct ring_recv){ .future.ops = &ring_recv_ops, .from = from };
    return &self->future;
}

struct receiver {
    struct async async;
    struct ring_recv recv;
    struct ring *from;
    uint64_t left, sum;
};

static enum poll receiver_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct receiver);
    for (; self->left > 0; self->left--) {
        AWAIT(ring_recv(&self->recv, self->from));
        self->sum += self->recv.value;
    }
    ASYNC_END;
}

static const struct future_ops receiver_ops = ASYNC_OPS(receiver);

/* ---- The thread's side --------------------------------------------------- */

struct sender {
    struct ring *ring;
    int n;
};

static void sender_thread(void *arg)
{
    struct sender *sender = arg;
    for (int i = 0; i < sender->n; i++)
        ring_send(sender->ring, (uint64_t)i);
    inbox_close(sender->ring->inbox);
}

static struct cost thread_to_task(int n)
{
    struct world w;
    struct ring ring = { .arrival.run = ring_arrival };
    struct receiver receiver = { .async.future.ops = &receiver_ops,
                                 .from = &ring,
                                 .left = (uint64_t)n };
    struct sender sender = { &ring, n };
    uv_thread_t thread;
    uint64_t start;
    world_open(&w);
    ring.inbox = inbox_open(&w.ex);
    must(ring.inbox != NULL, "inbox_open");
    must(uv_mutex_init(&ring.lock) == 0, "uv_mutex_init");
    must(uv_sem_init(&ring.room, 0) == 0, "uv_cond_init");
    start = uv_hrtime();
    must(uv_thread_create(&thread, sender_thread, &sender) == 0, "no thread");
    block_on(&w.ex, &receiver.async.future);
    start = uv_hrtime() - start;
    must(receiver.sum == sum_below(n), "a message was lost");
    uv_thread_join(&thread);
    uv_sem_destroy(&ring.room);
    uv_mutex_destroy(&ring.lock);
    world_close(&w);
    return cost_of(start, n);
}

const struct workload thread_to_task_workloads[] = {
    { .name = "thread_to_task",
      .n = 1000000,
      .run = thread_to_task,
      .what = "a message from thread to task, at most 64 on the way" },
    { .name = NULL },
};
