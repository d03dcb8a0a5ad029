/* join.c: what it costs to wait for many futures in one task. */
#include "bench.h"
#include "a04_join/join.h"

struct turn { /* a child: yields so many times                                */
    struct async async;
    struct child child;
    struct yield yield;
    int left;
};

static enum poll turn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct turn);
    while (self->left-- > 0)
        AWAIT(yield_now(&self->yield));
    ASYNC_END;
}

static const struct future_ops turn_ops = ASYNC_OPS(turn);

static struct turn *turns(int children, int rounds)
{
    struct turn *all = malloc((size_t)children * sizeof *all);
    must(all != NULL, "no memory");
    for (int i = 0; i < children; i++)
        all[i] = (struct turn){ .async.future.ops = &turn_ops, .left = rounds };
    return all;
}

static struct cost cost_of_rounds(uint64_t ns, int rounds, int children)
{
    struct cost cost = cost_of(ns, rounds);
    cost.also = cost.ns / children;
    return cost;
}

static struct cost join_100(int n)
{
    enum { CHILDREN = 100 };
    struct world w;
    struct turn *all = turns(CHILDREN, n);
    struct child children[CHILDREN];
    struct join_all join;
    uint64_t start;
    for (int i = 0; i < CHILDREN; i++)
        children[i] = (struct child){ .future = &all[i].async.future };
    world_open(&w);
    start = uv_hrtime();
    block_on(&w.ex, join_all(&join, children, CHILDREN));
    start = uv_hrtime() - start;
    world_close(&w);
    free(all);
    return cost_of_rounds(start, n, CHILDREN);
}

struct drain { /* waits for the children of a set, one after the other        */
    struct async async;
    struct unordered *set;
    struct unordered_next next;
};

static enum poll drain_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct drain);
    while (unordered_len(self->set) > 0)
        AWAIT(unordered_next(&self->next, self->set));
    ASYNC_END;
}

static const struct future_ops drain_ops = ASYNC_OPS(drain);

static struct cost unordered_10k(int n)
{
    enum { CHILDREN = 10000 };
    struct world w;
    struct turn *all = turns(CHILDREN, n);
    struct unordered set;
    struct drain drain = { .async.future.ops = &drain_ops, .set = &set };
    uint64_t start;
    unordered_init(&set);
    for (int i = 0; i < CHILDREN; i++)
        unordered_push(&set, &all[i].child, &all[i].async.future);
    world_open(&w);
    start = uv_hrtime();
    block_on(&w.ex, &drain.async.future);
    start = uv_hrtime() - start;
    world_close(&w);
    free(all);
    return cost_of_rounds(start, n, CHILDREN);
}

const struct workload join_workloads[] = {
    { .name = "join_100",
      .also = "join_100_child",
      .n = 10000,
      .run = join_100,
      .what = "100 children of a join_all each yield once" },
    { .name = "unordered_10k",
      .also = "unordered_10k_child",
      .n = 1000,
      .run = unordered_10k,
      .what = "10,000 children of a set each yield once" },
    { .name = NULL },
};
