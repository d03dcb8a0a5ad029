/* Exercise: many listeners, and one of them is slow.
 *
 * Read:   notes/a08_channels.md, "broadcast: every value for everyone", up to
 *         the place where this exercise is named
 * Build:  The listening side of a broadcast: a cursor into the values that were
 *         sent, and a future that waits for the next one.
 * Why:    A slow listener must not hold up the others, and must be told that it
 *         has not heard everything.
 * Rules:  A listener hears what is sent after it subscribed, in order.
 *         The broadcast keeps the newest `room` values.  A listener whose next
 *         value was overwritten first hears how many it has missed, and nothing
 *         else; it goes on with the oldest value that is left.
 *         Values that are left come before the end.
 *         If a listen is dropped, nothing is lost.
 * Check:  ./learn check a08_lagging
 */
#include "a08_channels/wait_list.h"

enum { MOST = 64 };

struct broadcast {
    size_t room;         /* how many values are kept, 1 to MOST */
    uint64_t sent;       /* how many were sent, ever */
    bool closed;         /* nothing more will be sent */
    struct list waiting; /* the waiters of those who listen */
    int values[MOST];    /* the n-th that was sent is at n % room; n from 0 */
};

static void broadcast_init(struct broadcast *b, size_t room)
{
    *b = (struct broadcast){ .room = room };
    list_init(&b->waiting);
}

/* It never waits, and looks at no listener. */
static void broadcast_send(struct broadcast *b, int value)
{
    b->values[b->sent++ % b->room] = value;
    wait_wake_all(&b->waiting); /* each leaves the list, and is woken */
}

static void broadcast_close(struct broadcast *b)
{
    b->closed = true;
    wait_wake_all(&b->waiting);
}

/* ---- Who listens --------------------------------------------------------- */

struct listener {
    struct broadcast *broadcast;
    uint64_t next; /* the cursor: the number of the value that it wants next */
};

static void subscribe(struct listener *self, struct broadcast *b)
{
    (void)self, (void)b;
    TODO("where does the cursor of a new listener begin?");
}

struct listen {
    struct future future;
    struct listener *listener;
    struct waiter waiter;
    enum { HEARD, MISSED, ENDED } what; /* result */
    int value;                          /* result, if HEARD */
    uint64_t missed;                    /* result, if MISSED: how many */
};

static enum poll listen_poll(struct future *f, struct context *cx)
{
    struct listen *self = container_of(f, struct listen, future);
    (void)self, (void)cx;
    TODO("what is the oldest value that is left?  Was ours overwritten, is it "
         "there, will it still come, or never?");
}

static void listen_drop(struct future *f)
{
    struct listen *self = container_of(f, struct listen, future);
    (void)self;
    TODO("nobody waits here any more");
}

static const struct future_ops listen_ops = FUTURE_OPS(listen);

/* One at a time for each listener. */
static struct future *listen_next(struct listen *self,
                                  struct listener *listener)
{
    *self = (struct listen){ .future.ops = &listen_ops, .listener = listener };
    return &self->future;
}
