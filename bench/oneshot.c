/* oneshot.c: what an answer costs, and what it costs to wait for two things. */
#include "a07_select/select.h"
#include "a08_channels/mpsc.h"
#include "a08_channels/oneshot.h"
#include "bench.h"

typedef ONESHOT_SENDER(uint64_t) number_tx;
typedef ONESHOT_RECEIVER(uint64_t) number_rx;

/* ---- oneshot: in one task ------------------------------------------------ */

struct alone {
    struct async async;
    number_tx tx;
    number_rx rx;
    uint64_t i, n, got, sum;
    struct oneshot_recv recv;
};

static enum poll alone_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct alone);
    for (; self->i < self->n; self->i++) {
        must(oneshot_open(&self->tx, &self->rx, NULL) == 0, "no memory");
        must(oneshot_send(&self->tx, &self->i) == 0, "a send failed");
        AWAIT(oneshot_recv(&self->recv, &self->rx, &self->got));
        oneshot_receiver_drop(&self->rx);
        self->sum += self->got;
    }
    ASYNC_END;
}

static const struct future_ops alone_ops = ASYNC_OPS(alone);

static struct cost oneshot(int n)
{
    struct world w;
    struct alone alone = { .async.future.ops = &alone_ops, .n = (uint64_t)n };
    uint64_t start;
    world_open(&w);
    start = uv_hrtime();
    block_on(&w.ex, &alone.async.future);
    start = uv_hrtime() - start;
    must(alone.sum == sum_below(n), "an answer was lost");
    world_close(&w);
    return cost_of(start, n);
}

/* ---- oneshot_task: from a task of its own -------------------------------- */

struct answer {
    struct async async;
    number_tx tx;
    uint64_t number;
};

static enum poll answer_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct answer);
    oneshot_send(&self->tx, &self->number);
    ASYNC_FINALLY
    oneshot_sender_drop(&self->tx);
    ASYNC_END;
}

static const struct future_ops answer_ops = ASYNC_OPS(answer);

static struct future *answer(struct answer *self, number_tx tx, uint64_t number)
{
    *self = (struct answer){ .async.future.ops = &answer_ops,
                             .tx = tx,
                             .number = number };
    return &self->async.future;
}

struct asker {
    struct async async;
    number_tx tx;
    number_rx rx;
    uint64_t i, n, got, sum;
    struct oneshot_recv recv;
};

static enum poll asker_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct asker);
    for (; self->i < self->n; self->i++) {
        must(oneshot_open(&self->tx, &self->rx, NULL) == 0, "no memory");
        task_detach(task_spawn(cx->executor, answer(task_slot(struct answer),
                                                    self->tx, self->i)));
        AWAIT(oneshot_recv(&self->recv, &self->rx, &self->got));
        oneshot_receiver_drop(&self->rx);
        self->sum += self->got;
    }
    ASYNC_END;
}

static const struct future_ops asker_ops = ASYNC_OPS(asker);

static struct cost oneshot_task(int n)
{
    struct world w;
    struct asker asker = { .async.future.ops = &asker_ops, .n = (uint64_t)n };
    uint64_t start;
    world_open(&w);
    start = uv_hrtime();
    block_on(&w.ex, &asker.async.future);
    start = uv_hrtime() - start;
    must(asker.sum == sum_below(n), "an answer was lost");
    world_close(&w);
    return cost_of(start, n);
}

/* ---- select: over two channels that both hold a message ------------------ */

typedef MPSC_SENDER(uint64_t) stream_tx;
typedef MPSC_RECEIVER(uint64_t) stream_rx;

struct chooser {
    struct async async;
    stream_tx tx[2];
    stream_rx rx[2];
    uint64_t got, i, n, turns[2];
    struct mpsc_recv recv[2];
    struct future *arms[2];
    struct select select;
};

static struct future *chooser_select(struct chooser *self)
{
    for (int i = 0; i < 2; i++)
        self->arms[i] = mpsc_recv(&self->recv[i], &self->rx[i], &self->got);
    return select_any(&self->select, self->arms, 2);
}

static enum poll chooser_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct chooser);
    for (; self->i < self->n; self->i++) {
        AWAIT(chooser_select(self));
        self->turns[self->select.winner]++;
        must(mpsc_try_send(&self->tx[self->select.winner], &self->got) == 0,
             "a message cannot be put back");
    }
    ASYNC_END;
}

static const struct future_ops chooser_ops = ASYNC_OPS(chooser);

static struct cost select_two(int n)
{
    struct world w;
    struct chooser c = { .async.future.ops = &chooser_ops, .n = (uint64_t)n };
    uint64_t start;
    world_open(&w);
    for (int i = 0; i < 2; i++) {
        must(mpsc_open(&c.tx[i], &c.rx[i], 64, NULL) == 0, "no memory");
        must(mpsc_try_send(&c.tx[i], &(uint64_t){ 7 }) == 0, "a send failed");
    }
    start = uv_hrtime();
    block_on(&w.ex, &c.async.future);
    start = uv_hrtime() - start;
    must(c.turns[0] && c.turns[1], "one of two arms was starved");
    for (int i = 0; i < 2; i++) {
        mpsc_sender_drop(&c.tx[i]);
        mpsc_receiver_drop(&c.rx[i]);
    }
    world_close(&w);
    return cost_of(start, n);
}

const struct workload oneshot_workloads[] = {
    { .name = "oneshot",
      .n = 1000000,
      .run = oneshot,
      .what = "open, send, receive and drop, in one task" },
    { .name = "oneshot_task",
      .n = 100000,
      .run = oneshot_task,
      .what = "spawn a task that sends, and wait for it" },
    { .name = "select",
      .n = 1000000,
      .run = select_two,
      .what = "a select over two channels that both hold a message" },
    { .name = NULL },
};
