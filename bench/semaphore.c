/* semaphore.c: what it costs to be one of at most so many. */
#include "a08_channels/semaphore.h"
#include "bench.h"

/* ---- semaphore: nobody waits --------------------------------------------- */

struct visitor {
    struct async async;
    struct semaphore *semaphore;
    struct semaphore_acquire wait;
    struct permit permit;
    struct yield yield;
    bool stays; /* yields while it has the permit */
    int left;
};

static enum poll visitor_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct visitor);
    while (self->left-- > 0) {
        AWAIT(
            semaphore_acquire(&self->wait, &self->permit, self->semaphore, 1));
        if (self->stays)
            AWAIT(yield_now(&self->yield));
        permit_drop(&self->permit);
    }
    ASYNC_FINALLY
    permit_drop(&self->permit);
    ASYNC_END;
}

static const struct future_ops visitor_ops = ASYNC_OPS(visitor);

static struct cost semaphore(int n)
{
    struct world w;
    struct semaphore seats;
    struct visitor visitor = { .async.future.ops = &visitor_ops,
                               .semaphore = &seats,
                               .left = n };
    uint64_t start;
    world_open(&w);
    semaphore_init(&seats, 4);
    start = uv_hrtime();
    block_on(&w.ex, &visitor.async.future);
    start = uv_hrtime() - start;
    semaphore_drop(&seats);
    world_close(&w);
    return cost_of(start, n);
}

/* ---- semaphore_queue: everybody waits ------------------------------------ */

/* One has the permit and yields, the others wait in line. */
static struct cost semaphore_queue(int n)
{
    enum { VISITORS = 8 };
    struct world w;
    struct semaphore seat;
    uint64_t start;
    world_open(&w);
    semaphore_init(&seat, 1);
    for (int i = 0; i < VISITORS; i++) {
        struct visitor *visitor = task_slot(struct visitor);
        *visitor = (struct visitor){ .async.future.ops = &visitor_ops,
                                     .semaphore = &seat,
                                     .stays = true,
                                     .left = n / VISITORS };
        task_detach(task_spawn(&w.ex, &visitor->async.future));
    }
    start = uv_hrtime();
    executor_run(&w.ex);
    start = uv_hrtime() - start;
    semaphore_drop(&seat);
    world_close(&w);
    return cost_of(start, n / VISITORS * VISITORS);
}

const struct workload semaphore_workloads[] = {
    { .name = "semaphore",
      .n = 1000000,
      .run = semaphore,
      .what = "acquire a free permit, give it back" },
    { .name = "semaphore_queue",
      .n = 1000000,
      .run = semaphore_queue,
      .what = "wait for the only permit, yield, hand it over; 8 tasks" },
    { .name = NULL },
};
