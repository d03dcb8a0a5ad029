/* How does a task listen to two channels at once?
 *
 * With a select: each arm is a receive.  One of them wins, and the other one is
 * dropped, again and again.  A receive takes a value only when it is READY.  So
 * a receive that loses has taken nothing, and its value waits in the channel.
 *
 * Run:    ./a08_two_channels
 * Watch:  Letters come every 40 ms, parcels every 80.  To carry a parcel up
 *         takes 30 ms, and in that time the porter listens to neither channel.
 *
 * Expected output:
 *      40 ms  letter 1
 *      60 ms  parcel 1
 *      90 ms  letter 2
 *     120 ms  letter 3
 *     140 ms  parcel 2
 *     170 ms  letter 4
 *     200 ms  letter 5
 *     220 ms  parcel 3
 *     250 ms  letter 6
 *     280 ms  letter 7
 *     300 ms  no more parcels
 *     320 ms  letter 8
 *     360 ms  no more letters
 *     received 8 letters of 8 and 3 parcels of 3; 11 receives had lost
 *
 * Try:    Let him stop when one of the channels has ended: letter 8 comes too
 *         late.
 *         Let a parcel take 200 ms: the channel of the letters is full most of
 *         the time, so their sender waits.  Still nothing is lost.
 */
#include "a07_select/select.h"
#include "a08_channels/mpsc.h"
#include "runtime.h"

enum { ROOM = 2, LETTERS = 8, PARCELS = 3, CARRY = 30 };

typedef MPSC_SENDER(int) post_tx;
typedef MPSC_RECEIVER(int) post_rx;

/* ---- Who sends: 1 to n --------------------------------------------------- */

struct post {
    struct async async;
    post_tx tx; /* its own */
    uint64_t first, then;
    int number, n;
    struct sleep nap;
    struct mpsc_send send;
};

static enum poll post_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct post);
    AWAIT(sleep_ms(&self->nap, self->first));
    for (self->number = 1; self->number <= self->n; self->number++) {
        AWAIT(mpsc_send(&self->send, &self->tx, &self->number));
        AWAIT(sleep_ms(&self->nap, self->then));
    }
    ASYNC_FINALLY
    mpsc_sender_drop(&self->tx);
    ASYNC_END;
}

static const struct future_ops post_ops = ASYNC_OPS(post);

static struct future *post(struct post *self, post_tx tx, uint64_t first,
                           uint64_t then, int n)
{
    *self = (struct post){ .async.future.ops = &post_ops,
                           .tx = tx,
                           .first = first,
                           .then = then,
                           .n = n };
    return &self->async.future;
}

/* ---- Who receives -------------------------------------------------------- */

struct box { /* one of the channels */
    const char *name;
    post_rx rx;
    struct mpsc_recv recv;
    int number, received;
    bool ended;
};

struct porter {
    struct async async;
    struct box letters, parcels; /* his own */
    int lost;
    struct select select;
    struct sleep carrying;
};

static void box_open(struct executor *executor, struct box *box, uint64_t first,
                     uint64_t then, int n)
{
    post_tx tx;
    runtime_check(mpsc_open(&tx, &box->rx, ROOM, NULL), "open a channel");
    task_detach(
        task_spawn(executor, post(task_slot(struct post), tx, first, then, n)));
}

/* Its receive has won. */
static void box_take(struct executor *executor, struct box *box)
{
    printf("%3d ms  ", (int)executor_now(executor) / 10 * 10);
    box->ended = box->recv.status == UV_EOF;
    if (box->ended) {
        printf("no more %ss\n", box->name);
    } else {
        printf("%s %d\n", box->name, box->number);
        box->received++;
    }
}

static enum poll porter_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct porter);
    box_open(cx->executor, &self->letters, 40, 40, LETTERS);
    box_open(cx->executor, &self->parcels, 60, 80, PARCELS);
    while (!self->letters.ended || !self->parcels.ended) {
        self->lost += !self->letters.ended && !self->parcels.ended;
        SELECT_ANY() {
            ARM_IF(!self->letters.ended,
                   mpsc_recv(&self->letters.recv, &self->letters.rx,
                             &self->letters.number))
                box_take(cx->executor, &self->letters);
            ARM_IF(!self->parcels.ended,
                   mpsc_recv(&self->parcels.recv, &self->parcels.rx,
                             &self->parcels.number)) {
                box_take(cx->executor, &self->parcels);
                if (!self->parcels.ended)
                    AWAIT(sleep_ms(&self->carrying, CARRY));
            }
        }
    }
    printf("received %d letters of %d and %d parcels of %d; %d receives had "
           "lost\n",
           self->letters.received, LETTERS, self->parcels.received, PARCELS,
           self->lost);
    ASYNC_FINALLY
    mpsc_receiver_drop(&self->letters.rx);
    mpsc_receiver_drop(&self->parcels.rx);
    ASYNC_END;
}

static const struct future_ops porter_ops = ASYNC_OPS(porter);

int main(int argc, char **argv)
{
    struct runtime rt;
    struct porter porter = { .async.future.ops = &porter_ops,
                             .letters.name = "letter",
                             .parcels.name = "parcel" };
    runtime_open(&rt, argc, argv);
    return runtime_run(&rt, &porter.async.future);
}
