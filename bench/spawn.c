/* spawn.c: what a task costs: to start, to wait for, to keep. */
#include "a08_channels/notify.h"
#include "bench.h"

/* ---- An empty task ------------------------------------------------------- */

struct empty {
    struct async async;
};

static enum poll empty_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct empty);
    ASYNC_END;
}

static const struct future_ops empty_ops = ASYNC_OPS(empty);

static struct future *empty(struct empty *self)
{
    *self = (struct empty){ .async.future.ops = &empty_ops };
    return &self->async.future;
}

/* ---- spawn_seq: one after the other -------------------------------------- */

struct spawner {
    struct async async;
    struct join join;
    struct task *task;
    int left;
};

static enum poll spawner_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct spawner);
    while (self->left-- > 0) {
        self->task = task_spawn(cx->executor, empty(task_slot(struct empty)));
        AWAIT(task_join(&self->join, self->task));
        task_detach(self->task);
    }
    ASYNC_END;
}

static const struct future_ops spawner_ops = ASYNC_OPS(spawner);

static struct cost spawn_seq(int n)
{
    struct world w;
    struct spawner spawner = { .async.future.ops = &spawner_ops, .left = n };
    uint64_t start;
    world_open(&w);
    start = uv_hrtime();
    block_on(&w.ex, &spawner.async.future);
    start = uv_hrtime() - start;
    world_close(&w);
    return cost_of(start, n);
}

/* ---- spawn_all: first all, then join them -------------------------------- */

struct crowd {
    struct async async;
    struct join join;
    struct task **tasks;
    int n, i;
};

static enum poll crowd_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct crowd);
    for (self->i = 0; self->i < self->n; self->i++)
        self->tasks[self->i] =
            task_spawn(cx->executor, empty(task_slot(struct empty)));
    for (self->i = 0; self->i < self->n; self->i++) {
        AWAIT(task_join(&self->join, self->tasks[self->i]));
        task_detach(self->tasks[self->i]);
    }
    ASYNC_END;
}

static const struct future_ops crowd_ops = ASYNC_OPS(crowd);

static struct cost spawn_all(int n)
{
    struct world w;
    struct crowd crowd = { .async.future.ops = &crowd_ops, .n = n };
    uint64_t start;
    world_open(&w);
    start = uv_hrtime();
    crowd.tasks = malloc((size_t)n * sizeof crowd.tasks[0]);
    must(crowd.tasks != NULL, "no memory");
    block_on(&w.ex, &crowd.async.future);
    free(crowd.tasks);
    start = uv_hrtime() - start;
    world_close(&w);
    return cost_of(start, n);
}

/* ---- memory: tasks that wait for ever ------------------------------------ */

/* block_on() polls its own future last: then all the others are parked. */
static struct cost memory(int n)
{
    struct world w;
    struct notify never;
    struct yield last;
    struct cost cost;
    double before = resident_bytes();
    uint64_t start;
    world_open(&w);
    notify_init(&never);
    start = uv_hrtime();
    for (int i = 0; i < n; i++)
        task_detach(
            task_spawn(&w.ex, notified(task_slot(struct notified), &never)));
    block_on(&w.ex, yield_now(&last));
    cost = cost_of(uv_hrtime() - start, n);
    cost.bytes = (resident_bytes() - before) / n;
    world_close(&w);
    notify_drop(&never);
    return cost;
}

const struct workload spawn_workloads[] = {
    { .name = "spawn_seq",
      .n = 100000,
      .run = spawn_seq,
      .what = "spawn an empty task, await its end, next" },
    { .name = "spawn_all",
      .n = 100000,
      .fresh = true,
      .run = spawn_all,
      .what = "spawn them all, then join them all" },
    { .name = "memory",
      .n = 1000000,
      .fresh = true,
      .run = memory,
      .what = "spawn a task that waits for ever" },
    { .name = NULL },
};
