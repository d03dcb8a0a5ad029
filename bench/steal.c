/* steal.c: one task spawns all the others, on a pool of two workers. */
#include "bench.h"
#include "a05_spawn/work_stealing.h"

struct leaf { /* as little as a task can do, and be counted */
    struct future future;
    atomic_int *left;
};

static enum poll leaf_poll(struct future *f, struct context *cx)
{
    (void)cx;
    --*container_of(f, struct leaf, future)->left;
    return POLL_READY;
}

static const struct future_ops leaf_ops = { .name = "leaf",
                                            .poll = leaf_poll,
                                            .drop = future_drop_nothing };

struct root {
    struct future future;
    struct pool *pool;
    atomic_int *left;
    int n;
};

static enum poll root_poll(struct future *f, struct context *cx)
{
    struct root *self = container_of(f, struct root, future);
    (void)cx;
    for (int i = 0; i < self->n; i++) {
        struct leaf *leaf = pool_slot(struct leaf);
        *leaf = (struct leaf){ .future.ops = &leaf_ops, .left = self->left };
        must(pool_spawn(self->pool, &leaf->future) == 0, "pool_spawn");
    }
    return POLL_READY;
}

static const struct future_ops root_ops = { .name = "root",
                                            .poll = root_poll,
                                            .drop = future_drop_nothing };

static struct cost steal_fanout(int n)
{
    struct pool pool;
    atomic_int left = n;
    struct root root = {
        .future.ops = &root_ops, .pool = &pool, .left = &left, .n = n
    };
    uint64_t start;
    must(pool_init(&pool, 2) == 0, "pool_init");
    start = uv_hrtime();
    pool_block_on(&pool, &root.future);
    pool_wait(&pool);
    start = uv_hrtime() - start;
    must(left == 0, "a task was lost");
    pool_close(&pool);
    return cost_of(start, n);
}

const struct workload steal_workloads[] = {
    { .name = "steal_fanout",
      .n = 100000,
      .run = steal_fanout,
      .what = "a task spawned by one worker of two, run by either" },
    { .name = NULL },
};
