/* In which of the services did the request spend its time?
 *
 * A shop asks another service, the stock, and both send their spans to a
 * collector.  The collector can put them together, because a request has a
 * header, traceparent, which says from which span of which trace it comes.
 * Both services are in this program, but the stock gets only text.
 *
 * Run:    ./a10_otel        the services, and a small collector of their own
 *         OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 ./a10_otel
 *                           the same for a collector that listens there
 * Watch:  The spans of both services are one tree.  Ann's trace has begun
 *         before it came to the shop, and Bob's begins there.  Of Cid's request
 *         there is no span: his header says that nobody keeps that trace.
 *
 * Expected output:
 *     Ann wants tea, traceparent 00-<text>-01
 *     Bob wants gold, traceparent (none)
 *     Cid wants silk, traceparent 00-<text>-00
 *     shop: 6 spans sent, 0 lost
 *     stock: 2 spans sent, 0 lost
 *     trace <text>, below <text>
 *        0 ms    60 ms  shop   buy customer="Ann"
 *       60 ms                   - answered
 *        0 ms    20 ms  shop     price item="tea"
 *       20 ms    40 ms  shop     ask
 *       20 ms    40 ms  stock      take item="tea"
 *     trace <text>
 *       60 ms    60 ms  shop   buy customer="Bob"
 *      120 ms                   - answered
 *       60 ms    20 ms  shop     price item="gold"
 *       80 ms    40 ms  shop     ask
 *       80 ms    40 ms  stock      take item="gold"
 *      120 ms                       - sold out left=0
 *     8 spans in 2 documents
 *
 * Try:    Leave out span_set_parent() in otel_stock.h: its spans are traces of
 *         their own, and nobody knows whose requests they were for.
 *         EXECUTOR_LOG=info,stock=off ./a10_otel: each trace ends in the shop.
 *         OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1 ./a10_otel: nobody
 *         listens there.  The services work all the same.
 */
#include "a04_join/demo_server.h"
#include "a10_tracing/otel.h"
#include "a10_tracing/otel_collector.h"
#include "a10_tracing/otel_stock.h"

#undef LOG_TARGET
#define LOG_TARGET "shop"

/* ---- The shop ------------------------------------------------------------ */

struct ask { /* a request to the stock */
    struct async async;
    const char *item;
    char header[TRACEPARENT_SIZE];
    struct task *task;
    struct join answer;
};

static enum poll ask_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct ask);
    if (span_traceparent())
        traceparent_format(span_traceparent(), self->header);
    self->task = task_spawn(cx->executor, stock(task_slot(struct stock),
                                                self->item, self->header));
    AWAIT(task_join(&self->answer, self->task));
    ASYNC_FINALLY
    task_abort(self->task);
    task_detach(self->task);
    ASYNC_END;
}

static const struct future_ops ask_ops = ASYNC_OPS(ask);

struct buy {
    struct async async;
    const char *item;
    struct sleep nap;
    struct ask ask;
    struct instrument spanned;
};

static enum poll buy_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct buy);
    AWAIT(INSTRUMENT(&self->spanned, sleep_ms(&self->nap, 20), INFO, "price",
                     FIELD("item", self->item)));
    self->ask =
        (struct ask){ .async.future.ops = &ask_ops, .item = self->item };
    AWAIT(INSTRUMENT(&self->spanned, &self->ask.async.future, INFO, "ask",
                     FIELD("otel.kind", "client")));
    LOG(INFO, "answered");
    ASYNC_END;
}

static const struct future_ops buy_ops = ASYNC_OPS(buy);

/* ---- Its customers, one after the other ---------------------------------- */

struct day {
    struct async async;
    int i;
    char header[TRACEPARENT_SIZE]; /* of the request that comes in, or "" */
    struct traceparent parent;
    struct buy buy;
    struct instrument spanned;
};

static const struct {
    const char *name, *item;
    bool traced, sampled;
} customers[] = { { "Ann", "tea", true, true },
                  { "Bob", "gold", false, false },
                  { "Cid", "silk", true, false } };

/* As if some other service had sent it. */
static void come_in(struct day *self)
{
    struct traceparent caller = traceparent_below(&log_state.ids, NULL);
    caller.sampled = customers[self->i].sampled;
    self->header[0] = '\0';
    if (customers[self->i].traced)
        traceparent_format(&caller, self->header);
    printf("%s wants %s, traceparent %s\n", customers[self->i].name,
           customers[self->i].item, *self->header ? self->header : "(none)");
}

static enum poll day_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct day);
    for (self->i = 0; self->i < 3; self->i++) {
        come_in(self);
        self->buy = (struct buy){ .async.future.ops = &buy_ops,
                                  .item = customers[self->i].item };
        INSTRUMENT(&self->spanned, &self->buy.async.future, INFO, "buy",
                   FIELD("customer", customers[self->i].name));
        if (traceparent_parse(&self->parent, self->header))
            span_set_parent(&self->spanned, &self->parent);
        AWAIT(&self->spanned.future);
    }
    ASYNC_END;
}

static const struct future_ops day_ops = ASYNC_OPS(day);

/* ---- Two exporters, because we play two services ------------------------- */

static void export_open(struct otel *otel, struct executor *ex,
                        struct fetcher *fetcher, const char *name,
                        const char *endpoint)
{
    struct otel_options options = { .endpoint = endpoint,
                                    .service = name,
                                    .target = name,
                                    .silent = *endpoint };
    runtime_check(otel_open(otel, ex, fetcher, &options), "export spans");
    log_subscribe(&otel->subscriber);
}

static bool export_close(struct otel *otel)
{
    otel_close(otel);
    printf("%s: %d spans sent, %d lost\n", otel->out.options.target,
           (int)otel->out.count.sent, (int)otel_lost(&otel->out.count));
    return !otel->out.route.failed;
}

int main(int argc, char **argv)
{
    struct runtime rt;
    struct demo_server server;
    struct fetcher fetcher;
    struct otel shop_spans, stock_spans;
    struct day day = { .async.future.ops = &day_ops };
    bool demo = !otel_is_configured();
    char url[64] = "";
    bool worked;
    runtime_open(&rt, argc, argv);
    log_open(&rt.executor);
    if (demo) {
        demo_server_start(&server, &rt.loop);
        server.answer = collector_answer;
        snprintf(url, sizeof url, "http://127.0.0.1:%d", server.port);
    }
    runtime_check(fetcher_init(&fetcher, &rt.loop, 2), "start libcurl");
    export_open(&shop_spans, &rt.executor, &fetcher, "shop", url);
    export_open(&stock_spans, &rt.executor, &fetcher, "stock", url);
    block_on(&rt.executor, &day.async.future);
    worked = export_close(&shop_spans);
    worked = export_close(&stock_spans) && worked;
    fetcher_close(&fetcher);
    if (demo && !worked)
        program_exit(1, "the demo lacks memory or descriptors");
    if (demo) {
        collector_print();
        demo_server_stop(&server);
    }
    return runtime_close(&rt);
}
