/* Who waits for a client who does not read?
 *
 * Somebody says 20 messages, one each 10 ms.  Ann takes a message at once, Dan
 * needs 50 ms for each.  A server can pass them on in three ways:
 *
 *     wait     it sends to Ann, then to Dan, and waits until Dan has room
 *     keep     each of the two has a queue that grows
 *     miss     both listen to a broadcast, which keeps the newest 4
 *
 * Run:    ./a08_slow_client
 * Watch:  In the first way Ann waits for Dan.  In the second way the server
 *         needs more and more memory for him.  In the third way Ann does not
 *         wait, the memory is bounded, and Dan is told how many messages he has
 *         missed.  Therefore a08_chat does it in the third way.
 *
 * Expected output:
 *     wait: Ann has all after  870 ms; Dan hears 20, misses  0; kept for him:  2
 *     keep: Ann has all after  200 ms; Dan hears 20, misses  0; kept for him: 17
 *     miss: Ann has all after  200 ms; Dan hears  8, misses 12; kept for him:  4
 *
 * Try:    Make DAN 500: the slower he is, the more is kept, or missed.
 *         Make ROOM 20: the broadcast keeps all that the queue has kept.
 */
#include "a08_channels/broadcast.h"
#include "a08_channels/mpsc.h"
#include "runtime.h"

enum { MESSAGES = 20 };
enum { DAN = 50 }; /* ms that he needs for a message */
enum { ROOM = 4 }; /* messages that the broadcast keeps */

typedef MPSC_SENDER(int) queue_tx;
typedef MPSC_RECEIVER(int) queue_rx;
typedef BROADCAST_SENDER(int) room_tx;
typedef BROADCAST_RECEIVER(int) room_rx;

/* ---- A client ------------------------------------------------------------ */

struct client {
    struct async async;
    uint64_t pace;  /* ms that he needs for a message */
    queue_rx queue; /* he listens to one of these two */
    room_rx room;
    int message;       /* the latest */
    int heard, missed; /* so many, so far */
    uint64_t last;     /* when he had heard the last one: ms */
    struct mpsc_recv from_queue;
    struct broadcast_recv from_room;
    struct sleep nap;
};

static struct future *client_next(struct client *self)
{
    if (self->queue.rx)
        return mpsc_recv(&self->from_queue, &self->queue, &self->message);
    return broadcast_recv(&self->from_room, &self->room, &self->message);
}

static enum poll client_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct client);
    for (;;) {
        AWAIT(client_next(self));
        if (self->from_queue.status == UV_EOF ||
            self->from_room.status == UV_EOF)
            break;
        if (self->from_room.status == UV_ENOBUFS) {
            self->missed += (int)self->from_room.missed;
            continue;
        }
        AWAIT(sleep_ms(&self->nap, self->pace));
        self->heard++;
        self->last = executor_now(cx->executor);
    }
    ASYNC_FINALLY
    mpsc_receiver_drop(&self->queue);
    broadcast_receiver_drop(&self->room);
    ASYNC_END;
}

static const struct future_ops client_ops = ASYNC_OPS(client);

/* ---- The server ---------------------------------------------------------- */

enum way { WAIT, KEEP, MISS };

struct server {
    struct async async;
    enum way way;
    uint64_t start; /* ms */
    queue_tx to_ann, to_dan;
    room_tx room;
    struct client *ann, *dan;
    struct task *tasks[2];
    int said, kept; /* for Dan: the most at a time */
    struct mpsc_send send;
    struct sleep nap;
    struct join join;
};

static struct client *server_welcome(struct server *self, struct task **task,
                                     struct executor *executor, queue_tx *queue,
                                     uint64_t pace)
{
    struct client *c = task_slot(struct client);
    int rc;
    *c = (struct client){ .async.future.ops = &client_ops, .pace = pace };
    if (self->way == WAIT)
        rc = mpsc_open(queue, &c->queue, 1, NULL);
    else if (self->way == KEEP)
        rc = mpsc_open_unbounded(queue, &c->queue, NULL);
    else if (!self->room.tx)
        rc = broadcast_open(&self->room, &c->room, ROOM, NULL, NULL);
    else
        rc = broadcast_subscribe(&self->room, &c->room);
    runtime_check(rc, "open a channel");
    *task = task_spawn(executor, &c->async.future);
    return c;
}

/* How many messages are in memory for Dan, now? */
static void server_count(struct server *self)
{
    int kept = self->said - self->dan->heard - self->dan->missed;
    if (self->way == MISS && kept > ROOM)
        kept = ROOM;
    if (kept > self->kept)
        self->kept = kept;
}

static void server_report(const struct server *self)
{
    static const char *const names[] = { "wait", "keep", "miss" };
    printf("%s: Ann has all after %4d ms; Dan hears %2d, misses %2d; kept for "
           "him: %2d\n",
           names[self->way], (int)(self->ann->last - self->start),
           self->dan->heard, self->dan->missed, self->kept);
}

static enum poll server_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct server);
    self->start = executor_now(cx->executor);
    self->ann =
        server_welcome(self, &self->tasks[0], cx->executor, &self->to_ann, 0);
    self->dan =
        server_welcome(self, &self->tasks[1], cx->executor, &self->to_dan, DAN);
    for (self->said = 1; self->said <= MESSAGES; self->said++) {
        AWAIT(sleep_ms(&self->nap, 10));
        if (self->way == MISS) {
            (void)broadcast_send(&self->room, &self->said); /* never waits */
        } else {
            AWAIT(mpsc_send(&self->send, &self->to_ann, &self->said));
            AWAIT(mpsc_send(&self->send, &self->to_dan, &self->said));
        }
        server_count(self);
    }
    mpsc_sender_drop(&self->to_ann);
    mpsc_sender_drop(&self->to_dan);
    broadcast_sender_drop(&self->room);
    AWAIT(task_join(&self->join, self->tasks[0]));
    AWAIT(task_join(&self->join, self->tasks[1]));
    server_report(self);
    ASYNC_FINALLY
    mpsc_sender_drop(&self->to_ann);
    mpsc_sender_drop(&self->to_dan);
    broadcast_sender_drop(&self->room);
    for (int i = 0; i < 2 && self->tasks[i]; i++) {
        task_abort(self->tasks[i]);
        task_detach(self->tasks[i]);
    }
    ASYNC_END;
}

static const struct future_ops server_ops = ASYNC_OPS(server);

int main(int argc, char **argv)
{
    struct runtime rt;
    runtime_open(&rt, argc, argv);
    for (enum way way = WAIT; way <= MISS; way++) {
        struct server server = { .async.future.ops = &server_ops, .way = way };
        block_on(&rt.executor, &server.async.future);
    }
    return runtime_close(&rt);
}
