/* What happens if a source is quicker than its sink?
 *
 * A stream has no buffer: it makes an item when it is asked for one.  So the
 * sink sets the pace.  If source and sink are two tasks, a channel is between
 * them.  A bounded channel fills, and then the source has to wait.  An
 * unbounded one never fills: it takes all that comes, until no memory is left.
 *
 * Run:    ./a09_backpressure
 * Watch:  The source could make an item every 1 ms, the sink needs 10 ms for
 *         each.  For one second, how many items are made, and how many lie in
 *         between, of 1 KiB each?  The sink gets as many through both channels.
 *
 * Expected output:
 *     between source and sink   made   used  between, at most
 *     nothing                     92     91     0 items,   0 KiB
 *     a bounded channel of 4     106    100     4 items,   4 KiB
 *     an unbounded channel      1004    100   903 items, 903 KiB
 *
 * Try:    Make the bounded channel 64: more lies in between, and no item is
 *         used any sooner.
 *         Make the sink quick, 1 ms: nothing piles up.
 */
#include "a07_select/timeout.h"
#include "a08_channels/mpsc.h"
#include "a09_streams/from.h"
#include "a09_streams/generator.h"
#include "runtime.h"

enum { SOURCE_MS = 1, SINK_MS = 10, RUN_MS = 1000, CAPACITY = 4 };

struct record { /* an item */
    int number;
    char payload[1020];
};

typedef MPSC_SENDER(struct record) record_tx;
typedef MPSC_RECEIVER(struct record) record_rx;

/* ---- The source, a stream ------------------------------------------------ */

struct source {
    GENERATOR;
    struct record record;
    struct sleep nap;
};

static enum poll source_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct source);
    for (;;) {
        AWAIT(sleep_ms(&self->nap, SOURCE_MS));
        self->record.number++;
        YIELD(&self->record);
    }
    ASYNC_END;
}

GENERATOR_OPS(source);

/* ---- The sink: uses up a stream, slowly ---------------------------------- */

struct sink {
    struct async async;
    struct stream *stream;
    int used;
    struct stream_next next;
    struct sleep nap;
};

static enum poll sink_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct sink);
    for (;;) {
        AWAIT(stream_next(&self->next, self->stream));
        if (!self->next.item)
            break;
        AWAIT(sleep_ms(&self->nap, SINK_MS));
        self->used++;
    }
    ASYNC_FINALLY
    stream_drop(self->stream);
    ASYNC_END;
}

static const struct future_ops sink_ops = ASYNC_OPS(sink);

/* ---- A task that moves items into a channel ------------------------------ */

struct pump {
    struct async async;
    struct source source;
    record_tx tx;
    record_rx *rx; /* to look how many lie there */
    size_t most;
    struct stream_next next;
    struct mpsc_send send;
};

static enum poll pump_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct pump);
    for (;;) {
        AWAIT(stream_next(&self->next, &self->source.generator.stream));
        AWAIT(mpsc_send(&self->send, &self->tx, &self->source.record));
        if (mpsc_len(self->rx) > self->most)
            self->most = mpsc_len(self->rx);
    }
    ASYNC_FINALLY
    stream_drop(&self->source.generator.stream);
    mpsc_sender_drop(&self->tx);
    ASYNC_END;
}

static const struct future_ops pump_ops = ASYNC_OPS(pump);

/* ---- Three ways to connect them ------------------------------------------ */

struct run {
    struct async async;
    size_t capacity; /* 0: unbounded */
    const char *name;
    bool direct; /* no channel */
    struct source source;
    struct sink sink;
    struct stream_mpsc from;
    struct record record;
    record_rx rx;
    struct pump *pump; /* in a task */
    struct task *task;
    struct timeout limit;
};

static void run_begin(struct run *self, struct executor *executor)
{
    self->sink = (struct sink){ .async.future.ops = &sink_ops };
    if (self->direct) {
        self->source = (struct source){ .generator = GENERATOR_OF(source) };
        self->sink.stream = &self->source.generator.stream;
        return;
    }
    self->pump = task_slot(struct pump);
    *self->pump = (struct pump){ .async.future.ops = &pump_ops,
                                 .rx = &self->rx,
                                 .source.generator = GENERATOR_OF(source) };
    runtime_check(self->capacity
                      ? mpsc_open(&self->pump->tx, &self->rx, self->capacity,
                                  NULL)
                      : mpsc_open_unbounded(&self->pump->tx, &self->rx, NULL),
                  "open a channel");
    self->sink.stream = stream_from_mpsc(&self->from, &self->rx, &self->record);
    self->task = task_spawn(executor, &self->pump->async.future);
}

static void run_tell(const struct run *self)
{
    const struct source *source =
        self->direct ? &self->source : &self->pump->source;
    printf("%-24s %5d %6d  %4zu items, %3zu KiB\n", self->name,
           source->record.number, self->sink.used,
           self->direct ? 0 : self->pump->most,
           self->direct ? 0 : self->pump->most * sizeof self->record / 1024);
}

static enum poll run_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct run);
    run_begin(self, cx->executor);
    AWAIT(timeout_ms(&self->limit, &self->sink.async.future, RUN_MS + 5));
    run_tell(self);
    ASYNC_FINALLY
    future_drop(&self->sink.async.future);
    task_abort(self->task);
    task_detach(self->task);
    mpsc_receiver_drop(&self->rx);
    ASYNC_END;
}

static const struct future_ops run_ops = ASYNC_OPS(run);

int main(int argc, char **argv)
{
    static const struct run runs[] = {
        { .name = "nothing", .direct = true },
        { .name = "a bounded channel of 4", .capacity = CAPACITY },
        { .name = "an unbounded channel" },
    };
    struct runtime rt;
    struct executor_options options = { .virtual_clock = true };
    program_begin(argc, argv);
    runtime_init(&rt, &options);
    printf("%-24s %5s %6s  %s\n", "between source and sink", "made", "used",
           "between, at most");
    for (int i = 0; i < 3; i++) {
        struct run run = runs[i];
        run.async.future.ops = &run_ops;
        block_on(&rt.executor, &run.async.future);
    }
    return runtime_close(&rt);
}
