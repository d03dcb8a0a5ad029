/* otel.h: a subscriber that sends spans to an OpenTelemetry collector.
 *
 *     otel_open(&otel, &rt.executor, &fetcher, &options);     0 or UV_ENOMEM
 *     log_subscribe(&otel.subscriber);
 *     block_on(&rt.executor, ...);
 *     otel_close(&otel);
 *
 * where    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is the URL.  Without it,
 *          OTEL_EXPORTER_OTLP_ENDPOINT is used, and without both,
 *          options.endpoint; /v1/traces is added to these two.  Without all
 *          three, one line says that nothing is sent.  OTEL_SERVICE_NAME names
 *          the program.  For headers see otel_environment.h.
 * what     A span when it ends, with the events that happened in it.  Not sent
 *          are a span that is not sampled, a span of another thread than the
 *          executor's, and an event outside of all spans.
 * when     A batch is sent when it is full, or delay_ms after its first span.
 *          A task does that; it ends in otel_close().  So end your program
 *          after a block_on(), because executor_run() would wait for the task.
 * queue    Spans wait in a bounded channel.  A span that finds it full is lost,
 *          because a collector that is slow must not make the program slow.
 * failure  never ends the program: one line reports the first one, and `count`
 *          says what became of all spans.  See otel_send.h, too.
 * close    sends what is left, once, and takes no longer than options.flush_ms.
 */
#ifndef A10_OTEL_H
#define A10_OTEL_H

#include <time.h>
#include "a10_tracing/otel_environment.h"

enum { OTEL_BUCKETS = 256 };

struct otel { /* it must not move */
    struct subscriber subscriber;
    struct otel_out out; /* out.count says what became of all spans */
    struct executor *executor;
    uint64_t epoch;    /* ns from 1970 to the begin of the executor */
    otel_tx tx;        /* all zeroes: nothing is sent, or no more */
    struct task *task; /* or NULL */
    struct list open[OTEL_BUCKETS]; /* spans that have begun, by their id */
};

/* On the virtual clock the executor begins at this time, in 2001. */
#define OTEL_VIRTUAL_EPOCH 1000000000000000000u

/* ---- The subscriber ------------------------------------------------------ */

static inline struct otel_open_span *otel_find_(struct otel *self, uint64_t id)
{
    struct list *end = &self->open[id % OTEL_BUCKETS];
    for (struct list *l = end->next; l != end; l = l->next) {
        struct otel_open_span *open =
            container_of(l, struct otel_open_span, link);
        if (open->id == id)
            return open;
    }
    return NULL;
}

static inline void otel_free_(struct otel_open_span *open)
{
    list_remove(&open->link);
    json_decref(open->events);
    free(open);
}

/* Of the channel: nobody will send it. */
static inline void otel_drop_(void *value)
{
    json_decref(*(json_t **)value);
}

static inline void otel_lose_(struct otel *self, uint64_t *count,
                              const char *why)
{
    ++*count;
    otel_tell(&self->out.route, "spans are lost: %s", why);
}

static inline void otel_begin_(struct otel *self, const struct record *r)
{
    const char *wanted = self->out.options.target;
    char target[FILTER_NAME];
    struct otel_open_span *open;
    site_target(r->site, target);
    if (!r->span->as_parent.sampled || (wanted && strcmp(target, wanted) != 0))
        return;
    open = malloc(sizeof *open);
    if (!open) {
        otel_lose_(self, &self->out.count.no_memory, uv_strerror(UV_ENOMEM));
        return;
    }
    *open = (struct otel_open_span){ .id = r->span->id,
                                     .start = self->epoch + r->ns };
    list_append(&self->open[r->span->id % OTEL_BUCKETS], &open->link);
}

static inline void otel_finish_(struct otel *self, const struct record *r,
                                struct otel_open_span *open)
{
    json_t *span = otel_span(r->span, open, self->epoch + r->ns);
    int rc = UV_ENOMEM;
    otel_free_(open);
    if (span)
        rc = mpsc_try_send(&self->tx, &span);
    if (rc == 0)
        return;
    json_decref(span);
    if (rc == UV_EAGAIN)
        otel_lose_(self, &self->out.count.full, "the queue is full");
    else if (rc == UV_ENOMEM)
        otel_lose_(self, &self->out.count.no_memory, uv_strerror(rc));
    else /* the task was dropped */
        self->out.count.unsent++;
}

static inline void otel_write_(struct subscriber *s, const struct record *r)
{
    struct otel *self = container_of(s, struct otel, subscriber);
    uv_thread_t here = uv_thread_self();
    struct otel_open_span *open;
    if (!r->span || !uv_thread_equal(&here, &log_state.thread) || !self->tx.tx)
        return;
    if (r->kind == SPAN_NEW)
        otel_begin_(self, r);
    else if (r->kind == RECORD_EVENT || r->kind == SPAN_CLOSE) {
        open = otel_find_(self, r->span->id);
        if (open && r->kind == RECORD_EVENT)
            otel_add_event(open, r, self->epoch + r->ns);
        else if (open)
            otel_finish_(self, r, open);
    }
}

/* ---- Open ---------------------------------------------------------------- */

static inline void otel_defaults_(struct otel_options *o)
{
    const char *service = otel_variable("OTEL_SERVICE_NAME");
    if (service || !o->service)
        o->service = service ? service : "unknown_service";
    o->queue = o->queue ? o->queue : 2048;
    o->batch = o->batch ? o->batch : 512;
    o->delay_ms = o->delay_ms ? o->delay_ms : 1000;
    o->timeout_ms = o->timeout_ms ? o->timeout_ms : 10000;
    o->flush_ms = o->flush_ms ? o->flush_ms : 2000;
}

static inline void otel_free_all_(struct otel *self)
{
    for (int i = 0; i < OTEL_BUCKETS; i++)
        while (!list_is_empty(&self->open[i]))
            otel_free_(
                container_of(self->open[i].next, struct otel_open_span, link));
    free(self->out.route.url);
    free(self->out.service);
    curl_slist_free_all(self->out.route.headers);
    notify_drop(&self->out.route.changed);
}

static inline int otel_route_(struct otel_out *out, struct fetcher *fetcher)
{
    struct otel_route *route = &out->route;
    route->fetcher = fetcher;
    route->timeout_ms = out->options.timeout_ms;
    route->ids = &log_state.ids;
    route->url = otel_url(&out->options);
    out->service = strdup(out->options.service);
    if (!route->url || !out->service)
        return UV_ENOMEM;
    /* libcurl asks before it sends much: Expect.  That costs a round trip. */
    if (otel_add_header(route, "Expect:") ||
        otel_add_header(route, "Content-Type: application/json"))
        return UV_ENOMEM;
    return otel_headers(route);
}

static inline uint64_t otel_epoch_(const struct executor *ex)
{
    struct timespec now;
    if (ex->options.virtual_clock || clock_gettime(CLOCK_REALTIME, &now))
        return OTEL_VIRTUAL_EPOCH;
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec -
           (uv_hrtime() - ex->start);
}

/* After log_open(); the executor and the fetcher outlive it.  `options` may be
 * NULL and is copied. */
static inline int otel_open(struct otel *self, struct executor *ex,
                            struct fetcher *fetcher,
                            const struct otel_options *options)
{
    struct otel_out *out = &self->out;
    otel_rx rx;
    int rc;
    *self = (struct otel){ .subscriber.write = otel_write_, .executor = ex };
    if (options)
        out->options = *options;
    otel_defaults_(&out->options);
    out->route.silent = out->options.silent;
    notify_init(&out->route.changed);
    for (int i = 0; i < OTEL_BUCKETS; i++)
        list_init(&self->open[i]);
    if (!otel_is_configured() && !out->options.endpoint) {
        otel_tell(&out->route, "no span is sent, because "
                               "OTEL_EXPORTER_OTLP_ENDPOINT is not set");
        return 0;
    }
    self->epoch = otel_epoch_(ex);
    rc = otel_route_(out, fetcher);
    if (rc == 0)
        rc = mpsc_open(&self->tx, &rx, out->options.queue, otel_drop_);
    if (rc)
        otel_free_all_(self);
    else
        self->task =
            task_spawn(ex, otel_export(task_slot(struct otel_export), out, rx));
    return rc;
}

/* Before fetcher_close().  Spans that end later are not sent. */
static inline void otel_close(struct otel *self)
{
    struct join join;
    struct timeout timeout = { .status = 0 };
    mpsc_sender_drop(&self->tx);
    self->out.route.hurry = true;
    notify_all(&self->out.route.changed);
    if (self->task)
        block_on(self->executor,
                 timeout_ms(&timeout, task_join(&join, self->task),
                            self->out.options.flush_ms));
    if (timeout.status == UV_ETIMEDOUT)
        otel_tell(&self->out.route, "the collector has not answered in %d ms",
                  (int)self->out.options.flush_ms);
    task_abort(self->task);
    task_detach(self->task);
    self->task = NULL;
    otel_free_all_(self);
}
#endif
