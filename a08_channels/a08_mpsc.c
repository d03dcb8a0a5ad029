/* What happens when one side is faster than the other?
 *
 * An mpsc channel has room for a number of values, and takes them from any
 * number of senders.  When it is full, a send waits until the receiver has
 * taken a value.  So the sender becomes as slow as the receiver, by itself:
 * this is called backpressure.
 *
 * Run:    ./a08_mpsc
 * Watch:  A cook needs 20 ms for a plate, a waiter 100 ms to carry it away,
 *         and the counter between them has room for 3.  Soon the cook has to
 *         wait with each plate in his hand.
 *
 * Expected output:
 *      20 ms  the cook puts plate 1 on the counter
 *      20 ms  the waiter takes plate 1 and leaves 0
 *      40 ms  the cook puts plate 2 on the counter
 *      60 ms  the cook puts plate 3 on the counter
 *      80 ms  the cook puts plate 4 on the counter
 *     100 ms  the cook has plate 5, and no room for it
 *     120 ms  the waiter takes plate 2 and leaves 2
 *     120 ms  the cook puts plate 5 on the counter
 *     140 ms  the cook has plate 6, and no room for it
 *     220 ms  the waiter takes plate 3 and leaves 2
 *     220 ms  the cook puts plate 6 on the counter
 *     240 ms  the cook has plate 7, and no room for it
 *     320 ms  the waiter takes plate 4 and leaves 2
 *     320 ms  the cook puts plate 7 on the counter
 *     320 ms  the cook goes home; he has waited 180 ms
 *     420 ms  the waiter takes plate 5 and leaves 2
 *     520 ms  the waiter takes plate 6 and leaves 1
 *     620 ms  the waiter takes plate 7 and leaves 0
 *     720 ms  the waiter hears that no plate will come
 *
 * Try:    Room for 1 plate: the cook waits for longer.  The last plate is gone
 *         at the same time as before, because the waiter is the slower one.
 *         An unbounded channel: the cook never waits, and is done at 140 ms.
 *         But the plates that wait on the counter are in memory, and with 7,000
 *         of them that is a lot.
 *         Forget to drop the sender: the waiter waits for plate 8.
 */
#include "a08_channels/mpsc.h"
#include "runtime.h"

enum { ROOM = 3, PLATES = 7 };

typedef MPSC_SENDER(int) plate_tx;
typedef MPSC_RECEIVER(int) plate_rx;

static int now(struct executor *executor)
{
    return (int)executor_now(executor) / 20 * 20;
}

/* ---- Who sends ----------------------------------------------------------- */

struct cook {
    struct async async;
    plate_tx counter; /* his own */
    int plate, waited;
    struct sleep cooking;
    struct mpsc_send send;
};

static enum poll cook_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct cook);
    for (self->plate = 1; self->plate <= PLATES; self->plate++) {
        AWAIT(sleep_ms(&self->cooking, 20));
        if (mpsc_try_send(&self->counter, &self->plate)) {
            printf("%3d ms  the cook has plate %d, and no room for it\n",
                   now(cx->executor), self->plate);
            self->waited -= now(cx->executor);
            AWAIT(mpsc_send(&self->send, &self->counter, &self->plate));
            self->waited += now(cx->executor);
            if (self->send.status) /* nobody takes plates any more */
                break;
        }
        printf("%3d ms  the cook puts plate %d on the counter\n",
               now(cx->executor), self->plate);
    }
    printf("%3d ms  the cook goes home; he has waited %d ms\n",
           now(cx->executor), self->waited);
    ASYNC_FINALLY
    mpsc_sender_drop(&self->counter);
    ASYNC_END;
}

static const struct future_ops cook_ops = ASYNC_OPS(cook);

static struct future *cook(struct cook *self, plate_tx counter)
{
    *self = (struct cook){ .async.future.ops = &cook_ops, .counter = counter };
    return &self->async.future;
}

/* ---- Who receives -------------------------------------------------------- */

struct server { /* the waiter; wait_list.h has this name already */
    struct async async;
    plate_rx counter; /* his own */
    int plate;
    struct mpsc_recv recv;
    struct sleep way;
};

static enum poll server_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct server);
    for (;;) {
        AWAIT(mpsc_recv(&self->recv, &self->counter, &self->plate));
        if (self->recv.status) /* UV_EOF */
            break;
        printf("%3d ms  the waiter takes plate %d and leaves %zu\n",
               now(cx->executor), self->plate, mpsc_len(&self->counter));
        AWAIT(sleep_ms(&self->way, 100));
    }
    printf("%3d ms  the waiter hears that no plate will come\n",
           now(cx->executor));
    ASYNC_FINALLY
    mpsc_receiver_drop(&self->counter);
    ASYNC_END;
}

static const struct future_ops server_ops = ASYNC_OPS(server);

int main(int argc, char **argv)
{
    struct runtime rt;
    struct server server = { .async.future.ops = &server_ops };
    plate_tx tx;
    runtime_open(&rt, argc, argv);
    runtime_check(mpsc_open(&tx, &server.counter, ROOM, NULL),
                  "open a channel");
    task_detach(task_spawn(&rt.executor, cook(task_slot(struct cook), tx)));
    return runtime_run(&rt, &server.async.future);
}
