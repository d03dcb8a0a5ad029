/* yield.c: what it costs when a task lets the next one run. */
#include <unistd.h>
#include "bench.h"
#include "inbox.h"

struct yielder {
    struct async async;
    struct yield yield;
    int left; /* yields still to come */
};

static enum poll yielder_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct yielder);
    while (self->left-- > 0)
        AWAIT(yield_now(&self->yield));
    ASYNC_END;
}

static const struct future_ops yielder_ops = ASYNC_OPS(yielder);

static struct future *yielder(struct yielder *self, int yields)
{
    *self =
        (struct yielder){ .async.future.ops = &yielder_ops, .left = yields };
    return &self->async.future;
}

/* They take turns in order, so the last one spawned is the last to finish. */
static struct cost take_turns(struct world *w, int n, int tasks)
{
    struct task *last = NULL;
    struct join join;
    uint64_t start = uv_hrtime();
    for (int i = 0; i < tasks; i++) {
        task_detach(last);
        last =
            task_spawn(&w->ex, yielder(task_slot(struct yielder), n / tasks));
    }
    block_on(&w->ex, task_join(&join, last));
    task_detach(last);
    return cost_of(uv_hrtime() - start, n);
}

static struct cost yield2(int n)
{
    struct world w;
    struct cost cost;
    world_open(&w);
    cost = take_turns(&w, n, 2);
    world_close(&w);
    return cost;
}

static struct cost yield1000(int n)
{
    struct world w;
    struct cost cost;
    world_open(&w);
    cost = take_turns(&w, n, 1000);
    world_close(&w);
    return cost;
}

static char folder[] = "/tmp/bench.XXXXXX";

static void remove_folder(void)
{
    rmdir(folder); /* its socket was removed before */
}

/* A console may look at the tasks: see a10_tracing/console_tasks.h. */
static struct cost yield1000_watched(int n)
{
    char path[64];
    must(mkdtemp(folder) != NULL, "no folder in /tmp");
    atexit(remove_folder);
    snprintf(path, sizeof path, "%s/socket", folder);
    must(setenv("EXECUTOR_CONSOLE", path, 1) == 0, "setenv failed");
    return yield1000(n);
}

/* A thread might post at any time, so libuv is asked every 61 polls. */
static struct cost yield2_alive(int n)
{
    struct world w;
    struct inbox *box;
    struct cost cost;
    world_open(&w);
    box = inbox_open(&w.ex);
    must(box != NULL, "inbox_open failed");
    cost = take_turns(&w, n, 2);
    inbox_close(box);
    world_close(&w);
    return cost;
}

const struct workload yield_workloads[] = {
    { .name = "yield2",
      .n = 2000000,
      .run = yield2,
      .what = "one yield; 2 tasks take turns" },
    { .name = "yield1000",
      .n = 2000000,
      .run = yield1000,
      .what = "one yield; 1000 tasks take turns" },
    { .name = "yield1000_watched",
      .n = 2000000,
      .fresh = true,
      .run = yield1000_watched,
      .what = "the same in a program with EXECUTOR_CONSOLE=1" },
    { .name = "yield2_alive",
      .n = 2000000,
      .run = yield2_alive,
      .what = "one yield; 2 tasks beside an open inbox" },
    { .name = NULL },
};
