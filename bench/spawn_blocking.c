/* spawn_blocking.c: there and back: a function on libuv's thread pool. */
#include "bench.h"
#include "a05_spawn/blocking.h"

static void nothing(void *data)
{
    (void)data;
}

struct caller { /* one after the other */
    struct async async;
    struct blocking work;
    int left;
};

static enum poll caller_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct caller);
    for (; self->left > 0; self->left--) {
        AWAIT(blocking_run(&self->work, nothing, NULL, 0));
        must(self->work.status == 0, "blocking_run");
    }
    ASYNC_END;
}

static const struct future_ops caller_ops = ASYNC_OPS(caller);

static struct cost spawn_blocking(int n)
{
    struct world w;
    struct caller caller = { .async.future.ops = &caller_ops, .left = n };
    uint64_t start;
    world_open(&w);
    start = uv_hrtime();
    block_on(&w.ex, &caller.async.future);
    start = uv_hrtime() - start;
    world_close(&w);
    return cost_of(start, n);
}

const struct workload spawn_blocking_workloads[] = {
    { .name = "spawn_blocking",
      .n = 100000,
      .run = spawn_blocking,
      .what = "an empty function on the thread pool, one after another" },
    { .name = NULL },
};
