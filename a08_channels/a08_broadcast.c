/* How do many tasks hear the same news, and what happens to a slow one?
 *
 * A broadcast gives every value to every receiver.  Its sender never waits: the
 * channel keeps the newest values, and overwrites the oldest one when it is
 * full.  So a slow receiver cannot hold up the others, but it may miss some.
 *
 * Run:    ./a08_broadcast
 * Watch:  Bob needs 220 ms for each piece of news.  When he comes back, he is
 *         told how many he missed, and gets the oldest that is left.  Cat comes
 *         late, and hears only what is sent after that.  When the station
 *         closes, Bob still gets what is left.
 *
 * Expected output:
 *      40 ms  on air, to 2: rain
 *      40 ms  ann hears rain
 *      40 ms  bob hears rain
 *      80 ms  on air, to 2: wind
 *      80 ms  ann hears wind
 *     120 ms  on air, to 2: snow
 *     120 ms  ann hears snow
 *     160 ms  on air, to 3: fog
 *     160 ms  cat hears fog
 *     160 ms  ann hears fog
 *     200 ms  on air, to 3: hail
 *     200 ms  cat hears hail
 *     200 ms  cat leaves: heard 2, missed 0
 *     200 ms  ann hears hail
 *     240 ms  on air, to 2: sun
 *     240 ms  the station closes
 *     240 ms  ann hears sun
 *     240 ms  ann hears the end: heard 6, missed 0
 *     260 ms  bob is too slow: 2 are lost
 *     260 ms  bob hears fog
 *     480 ms  bob hears hail
 *     700 ms  bob hears sun
 *     920 ms  bob hears the end: heard 4, missed 2
 *
 * Try:    Let the channel keep 8 values: Bob misses nothing.
 *         Let it keep 1: Bob always gets the newest one, and misses the rest.
 *         Forget to drop the sender in ASYNC_FINALLY: the listeners wait for
 *         more, and the executor reports them.
 */
#include "a08_channels/broadcast.h"
#include "runtime.h"

enum { KEPT = 3, ITEMS = 6 };
static const char *const news[ITEMS] = { "rain", "wind", "snow",
                                         "fog",  "hail", "sun" };

typedef BROADCAST_SENDER(const char *) news_tx;
typedef BROADCAST_RECEIVER(const char *) news_rx;

__attribute__((format(printf, 2, 3))) static void say(struct executor *executor,
                                                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("%3d ms  ", (int)executor_now(executor) / 20 * 20);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
}

/* ---- Who hears ----------------------------------------------------------- */

struct listener {
    struct async async;
    const char *name;
    news_rx rx;    /* its own */
    uint64_t busy; /* ms, after each piece of news */
    int patience;  /* it leaves after so many */
    const char *item;
    int heard, missed;
    struct broadcast_recv recv;
    struct sleep nap;
};

static enum poll listener_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct listener);
    while (self->heard < self->patience) {
        AWAIT(broadcast_recv(&self->recv, &self->rx, &self->item));
        if (self->recv.status == UV_EOF)
            break;
        if (self->recv.status == UV_ENOBUFS) {
            say(cx->executor, "%s is too slow: %d are lost", self->name,
                (int)self->recv.missed);
            self->missed += (int)self->recv.missed;
            continue;
        }
        say(cx->executor, "%s hears %s", self->name, self->item);
        self->heard++;
        if (self->busy)
            AWAIT(sleep_ms(&self->nap, self->busy));
    }
    say(cx->executor, "%s %s: heard %d, missed %d", self->name,
        self->recv.status == UV_EOF ? "hears the end" : "leaves", self->heard,
        self->missed);
    ASYNC_FINALLY
    broadcast_receiver_drop(&self->rx);
    ASYNC_END;
}

static const struct future_ops listener_ops = ASYNC_OPS(listener);

static struct future *listener(struct listener *self, const char *name,
                               news_rx rx, uint64_t busy, int patience)
{
    *self = (struct listener){ .async.future.ops = &listener_ops,
                               .name = name,
                               .rx = rx,
                               .busy = busy,
                               .patience = patience };
    return &self->async.future;
}

/* ---- Who speaks ---------------------------------------------------------- */

struct station {
    struct async async;
    news_tx tx;
    int i;
    struct sleep nap;
};

static void let_hear(struct executor *executor, const char *name, news_rx rx,
                     uint64_t busy, int patience)
{
    task_detach(task_spawn(executor, listener(task_slot(struct listener), name,
                                              rx, busy, patience)));
}

static void station_opens(struct station *self, struct executor *executor)
{
    news_rx ann, bob;
    runtime_check(broadcast_open(&self->tx, &ann, KEPT, NULL, NULL),
                  "open a channel");
    let_hear(executor, "ann", ann, 0, ITEMS + 1);
    runtime_check(broadcast_subscribe(&self->tx, &bob), "subscribe");
    let_hear(executor, "bob", bob, 220, ITEMS + 1);
}

static void station_has_a_guest(struct station *self, struct executor *executor)
{
    news_rx cat;
    runtime_check(broadcast_subscribe(&self->tx, &cat), "subscribe");
    let_hear(executor, "cat", cat, 0, 2);
}

static enum poll station_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct station);
    station_opens(self, cx->executor);
    for (self->i = 0; self->i < ITEMS; self->i++) {
        AWAIT(sleep_ms(&self->nap, 40));
        if (self->i == 3)
            station_has_a_guest(self, cx->executor);
        say(cx->executor, "on air, to %d: %s",
            (int)broadcast_receivers(&self->tx), news[self->i]);
        broadcast_send(&self->tx, &news[self->i]);
    }
    say(cx->executor, "the station closes");
    ASYNC_FINALLY
    broadcast_sender_drop(&self->tx);
    ASYNC_END;
}

static const struct future_ops station_ops = ASYNC_OPS(station);

int main(int argc, char **argv)
{
    struct runtime rt;
    struct station station = { .async.future.ops = &station_ops };
    runtime_open(&rt, argc, argv);
    block_on(&rt.executor, &station.async.future);
    executor_run(&rt.executor); /* the listeners */
    return runtime_close(&rt);
}
