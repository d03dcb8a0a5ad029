/* span.c: what it costs to log, and what it costs when nobody listens. */
#include "a10_tracing/span.h"
#include "bench.h"

/* A leaf that wakes itself n times, so its parent is polled n+1 times. */
struct again {
    struct future future;
    int left;
};

static enum poll again_poll(struct future *f, struct context *cx)
{
    struct again *self = container_of(f, struct again, future);
    if (self->left-- == 0)
        return POLL_READY;
    waker_wake(context_waker(cx));
    return POLL_PENDING;
}

static const struct future_ops again_ops = { .name = "again",
                                             .poll = again_poll,
                                             .drop = future_drop_nothing };

static uint64_t heard;

static void hear(struct subscriber *s, const struct record *r)
{
    (void)s;
    heard += r->kind == SPAN_ENTER || r->kind == RECORD_EVENT;
}

static struct subscriber listener;

static void listen_if(struct world *w, bool on)
{
    listener = (struct subscriber){ .write = hear };
    heard = 0;
    unsetenv("EXECUTOR_LOG");
    log_open(&w->ex);
    if (on)
        log_subscribe(&listener);
}

/* n polls of one task; with a span around it or without. */
static struct cost polls(int n, bool span, bool on)
{
    struct world w;
    struct again again = { .future.ops = &again_ops, .left = n };
    struct instrument spanned;
    struct future *f = &again.future;
    uint64_t start;
    world_open(&w);
    listen_if(&w, on);
    if (span)
        f = INSTRUMENT(&spanned, f, INFO, "span", FIELD("id", 7));
    start = uv_hrtime();
    block_on(&w.ex, f);
    start = uv_hrtime() - start;
    must(heard == (on ? (uint64_t)n + 1 : 0), "not every poll was heard");
    world_close(&w);
    log_close();
    return cost_of(start, n);
}

static struct cost span_none(int n)
{
    return polls(n, false, false);
}

static struct cost span_off(int n)
{
    return polls(n, true, false);
}

static struct cost span_on(int n)
{
    return polls(n, true, true);
}

static struct cost events(int n, bool on)
{
    struct world w;
    uint64_t start;
    world_open(&w);
    listen_if(&w, on);
    start = uv_hrtime();
    for (int i = 0; i < n; i++)
        LOG(INFO, "event", FIELD("i", i));
    start = uv_hrtime() - start;
    must(heard == (on ? (uint64_t)n : 0), "not every event was heard");
    world_close(&w);
    log_close();
    return cost_of(start, n);
}

static struct cost log_off(int n)
{
    return events(n, false);
}

static struct cost log_on(int n)
{
    return events(n, true);
}

const struct workload span_workloads[] = {
    { .name = "span_none",
      .n = 2000000,
      .run = span_none,
      .what = "a poll of a task that wakes itself" },
    { .name = "span_off",
      .n = 2000000,
      .run = span_off,
      .what = "the same in a span that nobody listens to" },
    { .name = "span_on",
      .n = 1000000,
      .run = span_on,
      .what = "the same with a subscriber that counts" },
    { .name = "log_off",
      .n = 20000000,
      .run = log_off,
      .what = "an event that nobody listens to" },
    { .name = "log_on",
      .n = 1000000,
      .run = log_on,
      .what = "an event with a subscriber that counts" },
    { .name = NULL },
};
