/* mpsc.c: what a message costs from one task to another. */
#include "bench.h"
#include "a08_channels/mpsc.h"

typedef MPSC_SENDER(uint64_t) number_tx;
typedef MPSC_RECEIVER(uint64_t) number_rx;

enum { CAPACITY = 64 };

struct producer { /* sends next, next + step … below end */
    struct async async;
    number_tx tx;
    uint64_t next, step, end;
    struct mpsc_send send;
};

static enum poll producer_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct producer);
    for (; self->next < self->end; self->next += self->step) {
        AWAIT(mpsc_send(&self->send, &self->tx, &self->next));
        must(self->send.status == 0, "a send failed");
    }
    ASYNC_FINALLY
    mpsc_sender_drop(&self->tx);
    ASYNC_END;
}

static const struct future_ops producer_ops = ASYNC_OPS(producer);

static struct future *producer(struct producer *self, number_tx tx, int first,
                               int step, int end)
{
    *self = (struct producer){ .async.future.ops = &producer_ops,
                               .tx = tx,
                               .next = (uint64_t)first,
                               .step = (uint64_t)step,
                               .end = (uint64_t)end };
    return &self->async.future;
}

struct collector {
    struct async async;
    number_rx rx;
    uint64_t number, sum;
    struct mpsc_recv recv;
};

static enum poll collector_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct collector);
    for (;;) {
        AWAIT(mpsc_recv(&self->recv, &self->rx, &self->number));
        if (self->recv.status)
            break;
        self->sum += self->number;
    }
    ASYNC_FINALLY
    mpsc_receiver_drop(&self->rx);
    ASYNC_END;
}

static const struct future_ops collector_ops = ASYNC_OPS(collector);

static struct cost from_producers(int n, int producers)
{
    struct world w;
    struct collector to = { .async.future.ops = &collector_ops };
    struct cost cost;
    number_tx tx;
    uint64_t start;
    world_open(&w);
    must(mpsc_open(&tx, &to.rx, CAPACITY, NULL) == 0, "no memory");
    start = uv_hrtime();
    for (int i = 0; i < producers; i++)
        task_detach(task_spawn(&w.ex, producer(task_slot(struct producer),
                                               mpsc_sender_clone(&tx), i,
                                               producers, n)));
    mpsc_sender_drop(&tx);
    block_on(&w.ex, &to.async.future);
    cost = cost_of(uv_hrtime() - start, n);
    must(to.sum == sum_below(n), "a message was lost");
    world_close(&w);
    return cost;
}

static struct cost mpsc1(int n)
{
    return from_producers(n, 1);
}

static struct cost mpsc4(int n)
{
    return from_producers(n, 4);
}

const struct workload mpsc_workloads[] = {
    { .name = "mpsc1",
      .n = 1000000,
      .run = mpsc1,
      .what = "8 bytes through a bounded channel of 64" },
    { .name = "mpsc4",
      .n = 1000000,
      .run = mpsc4,
      .what = "the same from 4 producers" },
    { .name = NULL },
};
