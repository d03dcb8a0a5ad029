/* Which channel for which purpose?
 *
 * One task sends the numbers 1 to 5 into a channel of each type, and drops its
 * ends.  After that another task receives.  So what it gets is what each type
 * keeps while nobody receives.
 *
 * Run:    ./a08_channels
 * Watch:  The mpsc has room for 5 and keeps all.  The broadcast has room for 2,
 *         and says how many it has overwritten.  The watch has the newest one.
 *         Each channel first gives what it kept, and then says that there will
 *         be no more.
 *
 * Expected output:
 *     sent       1 2 3 4 5
 *     oneshot    1
 *     mpsc       1 2 3 4 5, then: end of file
 *     broadcast  (3 missed) 4 5, then: end of file
 *     watch      5, then: end of file
 *
 *                who sends  who receives    what is kept  closed when
 *     oneshot    one, once  one             one value     its sender is gone
 *     mpsc       many       one             all, up to n  no sender is left
 *     broadcast  many       many, each all  the newest n  no sender is left
 *     watch      many       many            the newest    no sender is left
 *
 * Try:    Give the broadcast room for 5: nothing is missed.
 *         Let the sender keep its end of the watch: the receiver waits for
 *         another number, and the executor reports it.
 *         Let the oneshot carry a second number: it refuses, and says which
 *         channel to use instead.
 */
#include "a08_channels/broadcast.h"
#include "a08_channels/mpsc.h"
#include "a08_channels/oneshot.h"
#include "a08_channels/watch.h"
#include "runtime.h"

enum { NUMBERS = 5, ROOM = 5, KEPT = 2 };

struct sends { /* an end of each type */
    ONESHOT_SENDER(int) oneshot;
    MPSC_SENDER(int) mpsc;
    BROADCAST_SENDER(int) broadcast;
    WATCH_SENDER(int) watch;
};

struct receives {
    ONESHOT_RECEIVER(int) oneshot;
    MPSC_RECEIVER(int) mpsc;
    BROADCAST_RECEIVER(int) broadcast;
    WATCH_RECEIVER(int) watch;
};

/* ---- Who sends ----------------------------------------------------------- */

struct sender {
    struct async async;
    struct sends to;
    int n;
    struct mpsc_send send;
};

static enum poll sender_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct sender);
    printf("sent      ");
    for (self->n = 1; self->n <= NUMBERS; self->n++) {
        printf(" %d", self->n);
        if (self->n == 1) /* a oneshot carries one value */
            oneshot_send(&self->to.oneshot, &self->n);
        broadcast_send(&self->to.broadcast, &self->n);
        watch_send(&self->to.watch, &self->n);
        AWAIT(mpsc_send(&self->send, &self->to.mpsc, &self->n));
    }
    printf("\n");
    ASYNC_FINALLY
    oneshot_sender_drop(&self->to.oneshot);
    mpsc_sender_drop(&self->to.mpsc);
    broadcast_sender_drop(&self->to.broadcast);
    watch_sender_drop(&self->to.watch);
    ASYNC_END;
}

static const struct future_ops sender_ops = ASYNC_OPS(sender);

static struct future *sender(struct sender *self, struct sends to)
{
    *self = (struct sender){ .async.future.ops = &sender_ops, .to = to };
    return &self->async.future;
}

/* ---- Who receives -------------------------------------------------------- */

struct receiver {
    struct async async;
    struct receives from;
    int n;
    struct oneshot_recv oneshot;
    struct mpsc_recv mpsc;
    struct broadcast_recv broadcast;
    struct watch_changed watch;
};

static void open_all(struct sends *to, struct receives *from)
{
    const int zero = 0; /* a watch always has a value */
    runtime_check(oneshot_open(&to->oneshot, &from->oneshot, NULL), "open");
    runtime_check(mpsc_open(&to->mpsc, &from->mpsc, ROOM, NULL), "open");
    runtime_check(broadcast_open(&to->broadcast, &from->broadcast, KEPT, NULL,
                                 NULL),
                  "open");
    runtime_check(watch_open(&to->watch, &from->watch, &zero, NULL, NULL),
                  "open");
}

/* False: that was all. */
static bool show(int status, int n)
{
    if (status == 0)
        printf(" %d", n);
    else if (status != UV_ENOBUFS)
        printf(", then: %s\n", uv_strerror(status));
    return status == 0 || status == UV_ENOBUFS;
}

static enum poll receiver_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct receiver);
    AWAIT(oneshot_recv(&self->oneshot, &self->from.oneshot, &self->n));
    printf("oneshot    %d\n", self->n);

    printf("mpsc      ");
    do
        AWAIT(mpsc_recv(&self->mpsc, &self->from.mpsc, &self->n));
    while (show(self->mpsc.status, self->n));

    printf("broadcast ");
    do {
        AWAIT(
            broadcast_recv(&self->broadcast, &self->from.broadcast, &self->n));
        if (self->broadcast.status == UV_ENOBUFS)
            printf(" (%d missed)", (int)self->broadcast.missed);
    } while (show(self->broadcast.status, self->n));

    printf("watch     ");
    do {
        AWAIT(watch_changed(&self->watch, &self->from.watch));
        watch_read(&self->from.watch, &self->n);
    } while (show(self->watch.status, self->n));
    ASYNC_FINALLY
    oneshot_receiver_drop(&self->from.oneshot);
    mpsc_receiver_drop(&self->from.mpsc);
    broadcast_receiver_drop(&self->from.broadcast);
    watch_receiver_drop(&self->from.watch);
    ASYNC_END;
}

static const struct future_ops receiver_ops = ASYNC_OPS(receiver);

/* ---- What they are ------------------------------------------------------- */

static const char *const table[][5] = {
    { "", "who sends", "who receives", "what is kept", "closed when" },
    { "oneshot", "one, once", "one", "one value", "its sender is gone" },
    { "mpsc", "many", "one", "all, up to n", "no sender is left" },
    { "broadcast", "many", "many, each all", "the newest n",
      "no sender is left" },
    { "watch", "many", "many", "the newest", "no sender is left" },
};

int main(int argc, char **argv)
{
    struct runtime rt;
    struct receiver receiver = { .async.future.ops = &receiver_ops };
    struct sends to;
    runtime_open(&rt, argc, argv);
    open_all(&to, &receiver.from);
    task_detach(task_spawn(&rt.executor, sender(task_slot(struct sender), to)));
    block_on(&rt.executor, &receiver.async.future);

    printf("\n");
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        printf("%-10s %-10s %-15s %-13s %s\n", table[i][0], table[i][1],
               table[i][2], table[i][3], table[i][4]);
    return runtime_close(&rt);
}
