/* broadcast.c: what it costs to tell many receivers the same. */
#include "bench.h"
#include "a08_channels/broadcast.h"
#include "a08_channels/watch.h"

enum { RECEIVERS = 8, CAPACITY = 64 };

typedef BROADCAST_SENDER(uint64_t) news_tx;
typedef BROADCAST_RECEIVER(uint64_t) news_rx;
typedef WATCH_SENDER(uint64_t) state_tx;
typedef WATCH_RECEIVER(uint64_t) state_rx;

/* ---- broadcast8 ---------------------------------------------------------- */

struct listener {
    struct async async;
    news_rx rx;
    uint64_t value, *sum;
    struct broadcast_recv recv;
};

static enum poll listener_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct listener);
    for (;;) {
        AWAIT(broadcast_recv(&self->recv, &self->rx, &self->value));
        if (self->recv.status)
            break;
        *self->sum += self->value;
    }
    must(self->recv.status == UV_EOF, "a broadcast lost something");
    ASYNC_FINALLY
    broadcast_receiver_drop(&self->rx);
    ASYNC_END;
}

static const struct future_ops listener_ops = ASYNC_OPS(listener);

static struct future *listener(struct listener *self, news_rx rx, uint64_t *sum)
{
    *self = (struct listener){ .async.future.ops = &listener_ops,
                               .rx = rx,
                               .sum = sum };
    return &self->async.future;
}

struct speaker { /* fills the channel, and lets the others empty it */
    struct async async;
    news_tx tx;
    uint64_t i, n;
    struct yield yield;
};

static enum poll speaker_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct speaker);
    while (self->i < self->n) {
        broadcast_send(&self->tx, &self->i);
        if (++self->i % CAPACITY == 0)
            AWAIT(yield_now(&self->yield));
    }
    ASYNC_FINALLY
    broadcast_sender_drop(&self->tx);
    ASYNC_END;
}

static const struct future_ops speaker_ops = ASYNC_OPS(speaker);

static struct cost broadcast8(int n)
{
    struct world w;
    struct speaker speaker = { .async.future.ops = &speaker_ops,
                               .n = (uint64_t)n / RECEIVERS };
    news_rx rx;
    uint64_t sum = 0, start;
    world_open(&w);
    must(broadcast_open(&speaker.tx, &rx, CAPACITY, NULL, NULL) == 0,
         "no memory");
    for (int i = 0; i < RECEIVERS; i++) {
        if (i > 0)
            must(broadcast_subscribe(&speaker.tx, &rx) == 0, "no memory");
        task_detach(
            task_spawn(&w.ex, listener(task_slot(struct listener), rx, &sum)));
    }
    start = uv_hrtime();
    block_on(&w.ex, &speaker.async.future);
    executor_run(&w.ex);
    start = uv_hrtime() - start;
    must(sum == RECEIVERS * sum_below(n / RECEIVERS), "a value was lost");
    world_close(&w);
    return cost_of(start, n);
}

/* ---- watch8 -------------------------------------------------------------- */

struct observer {
    struct async async;
    state_rx rx;
    uint64_t value, *seen; /* what all have seen together */
    struct watch_changed changed;
};

static enum poll observer_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct observer);
    for (;;) {
        AWAIT(watch_changed(&self->changed, &self->rx));
        if (self->changed.status)
            break;
        watch_read(&self->rx, &self->value);
        *self->seen += self->value;
    }
    ASYNC_FINALLY
    watch_receiver_drop(&self->rx);
    ASYNC_END;
}

static const struct future_ops observer_ops = ASYNC_OPS(observer);

static struct future *observer(struct observer *self, state_rx rx,
                               uint64_t *seen)
{
    *self = (struct observer){ .async.future.ops = &observer_ops,
                               .rx = rx,
                               .seen = seen };
    return &self->async.future;
}

struct setter { /* goes on when all have seen it */
    struct async async;
    state_tx tx;
    uint64_t i, n, seen, want;
    struct yield yield;
};

static enum poll setter_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct setter);
    for (self->i = 1; self->i <= self->n; self->i++) {
        watch_send(&self->tx, &self->i);
        self->want += RECEIVERS * self->i;
        do
            AWAIT(yield_now(&self->yield));
        while (self->seen < self->want);
    }
    ASYNC_FINALLY
    watch_sender_drop(&self->tx);
    ASYNC_END;
}

static const struct future_ops setter_ops = ASYNC_OPS(setter);

static struct cost watch8(int n)
{
    struct world w;
    struct setter setter = { .async.future.ops = &setter_ops,
                             .n = (uint64_t)n };
    const uint64_t zero = 0;
    state_rx rx;
    uint64_t start;
    world_open(&w);
    must(watch_open(&setter.tx, &rx, &zero, NULL, NULL) == 0, "no memory");
    for (int i = 0; i < RECEIVERS; i++) {
        if (i > 0)
            must(watch_subscribe(&setter.tx, &rx) == 0, "no memory");
        task_detach(task_spawn(&w.ex, observer(task_slot(struct observer), rx,
                                               &setter.seen)));
    }
    start = uv_hrtime();
    block_on(&w.ex, &setter.async.future);
    start = uv_hrtime() - start;
    must(setter.seen == setter.want, "an observer saw too much");
    world_close(&w);
    return cost_of(start, n);
}

const struct workload broadcast_workloads[] = {
    { .name = "broadcast8",
      .n = 1000000,
      .run = broadcast8,
      .what = "a value for one of 8 receivers; capacity 64" },
    { .name = "watch8",
      .n = 100000,
      .run = watch8,
      .what = "a value that all of 8 see before the next" },
    { .name = NULL },
};
