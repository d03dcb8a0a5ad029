/* service.h: what is around each handler of a10_service, and its end.
 *
 *     span -> count -> route -> limit -> handler
 *
 * span     "request", with an id, the method and the path.  A traceparent in
 *          the request is its parent.
 * limit    At most so many requests are handled at a time.  The others do
 *          not wait, because under load a queue makes all answers late.  They
 *          get 503, and a header that says when to ask again.
 * metrics  GET /metrics is the service's own: its counters, in the text format
 *          of Prometheus.  It has no limit, so that a service that is full can
 *          still be watched.
 * dropped  If the client goes away the handler is dropped, and so is what it
 *          waits for; the permit comes back.
 * end      The first Ctrl-C: no more clients; those requests that have begun
 *          may go on, until a deadline.  Then, or with a second Ctrl-C, what
 *          is left is dropped.
 * status   0 after an orderly end, also if requests were dropped at the
 *          deadline; 128 and the signal after the second Ctrl-C; 1: there was
 *          no memory for a request, and stderr says so.
 */
#ifndef A10_SERVICE_H
#define A10_SERVICE_H

#include "a07_select/select.h"
#include "a07_select/signals.h"
#include "a07_select/timeout.h"
#include "a08_channels/semaphore.h"
#include "a10_tracing/http_routes.h"
#include "a10_tracing/http_server.h"
#include "a10_tracing/span.h"

enum { HTTP_CODES = 600 };

struct service {
    const struct http_route *routes;
    void *state;            /* for the handlers */
    struct semaphore limit; /* a permit for each request that is handled */
    uint64_t grace;         /* ms that the end may take */
    unsigned long begun;    /* requests so far; the last one's id */
    unsigned long dropped;  /* those that have no reply */
    unsigned long codes[HTTP_CODES]; /* how many had this status */
};

/* ---- Counters ------------------------------------------------------------ */

static inline unsigned long service_answered_(const struct service *service)
{
    unsigned long sum = 0;
    for (int i = 0; i < HTTP_CODES; i++)
        sum += service->codes[i];
    return sum;
}

static inline void service_reply_metrics_(const struct service *service,
                                          struct http_request *r)
{
    char text[4096];
    size_t n = (size_t)snprintf(text, sizeof text,
                                "# TYPE requests_open gauge\n"
                                "requests_open %lu\n"
                                "# TYPE requests_dropped_total counter\n"
                                "requests_dropped_total %lu\n"
                                "# TYPE requests_total counter\n",
                                service->begun - service->dropped -
                                    service_answered_(service),
                                service->dropped);
    for (int i = 0; i < HTTP_CODES && n < sizeof text; i++)
        if (service->codes[i])
            n += (size_t)snprintf(text + n, sizeof text - n,
                                  "requests_total{code=\"%d\"} %lu\n", i,
                                  service->codes[i]);
    http_reply(r, 200, "text/plain; version=0.0.4", text);
}

struct service_metrics {
    struct async async;
    struct http_request *request;
    const struct service *service;
};

static inline enum poll service_metrics_poll(struct future *f,
                                             struct context *cx)
{
    ASYNC_BEGIN(struct service_metrics);
    service_reply_metrics_(self->service, self->request);
    ASYNC_END;
}

static const struct future_ops service_metrics_ops_ =
    ASYNC_OPS(service_metrics);

static inline struct future *service_metrics(void *frame,
                                             struct http_request *r,
                                             void *service)
{
    struct service_metrics *self = frame;
    *self = (struct service_metrics){ .async.future.ops = &service_metrics_ops_,
                                      .request = r,
                                      .service = service };
    return &self->async.future;
}

static const struct http_route service_routes_[] = {
    { "GET", "/metrics", sizeof(struct service_metrics), service_metrics },
    { .method = NULL },
};

/* ---- One request --------------------------------------------------------- */

struct service_request {
    struct instrument instrument; /* what the task polls */
    struct async async;           /* and what that polls */
    struct service *service;
    struct http_request *request;
    struct permit permit;
    struct future *handler; /* in `frame` */
    max_align_t frame[];
};

/* The handler's future, or NULL: then there is a reply already. */
static inline struct future *service_enter_(struct service_request *self)
{
    struct service *service = self->service;
    struct http_request *r = self->request;
    const struct http_route *route = http_routes_find(service->routes, r);
    if (!route && r->status == 404) {
        route = http_routes_find(service_routes_, r);
        return route ? route->handler(self->frame, r, service) : NULL;
    }
    if (!route)
        return NULL;
    if (semaphore_try_acquire(&service->limit, &self->permit, 1) == 0)
        return route->handler(self->frame, r, service->state);
    http_reply_error(r, 503, "too many requests at a time");
    http_reply_header(r, "Retry-After", "1");
    return NULL;
}

static inline void service_count_(struct service_request *self)
{
    int status = self->request->status;
    if (status > 0 && status < HTTP_CODES) {
        self->service->codes[status]++;
        LOG(INFO, "answered", FIELD("status", status));
    } else {
        self->service->dropped++;
        LOG(WARN, "dropped");
    }
}

static inline enum poll service_request_poll(struct future *f,
                                             struct context *cx)
{
    ASYNC_BEGIN(struct service_request);
    self->handler = service_enter_(self);
    if (self->handler) {
        AWAIT(self->handler);
        if (!self->request->status)
            http_reply_error(self->request, 500, "the handler said nothing");
    }
    ASYNC_FINALLY
    permit_drop(&self->permit);
    service_count_(self);
    ASYNC_END;
}

static const struct future_ops service_request_ops_ =
    ASYNC_OPS(service_request);

/* For http_app.handle; the state is the service. */
static inline struct future *service_handle_(void *frame,
                                             struct http_request *r,
                                             void *state)
{
    struct service_request *self = frame;
    struct service *service = state;
    struct traceparent parent;
    struct future *spanned;
    service->begun++; /* not as a field: fields may not be evaluated */
    *self = (struct service_request){ .async.future.ops = &service_request_ops_,
                                      .service = service,
                                      .request = r };
    spanned = INSTRUMENT(&self->instrument, &self->async.future, INFO,
                         "request", FIELD("id", service->begun),
                         FIELD("method", r->method), FIELD("path", r->path));
    if (traceparent_parse(&parent, http_header(r, "traceparent")))
        span_set_parent(&self->instrument, &parent);
    return spanned;
}

/* What the HTTP server is told of this service. */
static inline struct http_app service_app(struct service *service, size_t body,
                                          unsigned patience)
{
    size_t theirs = http_routes_frame(service->routes);
    size_t own = http_routes_frame(service_routes_);
    return (struct http_app){ .handle = service_handle_,
                              .frame = sizeof(struct service_request) +
                                       (theirs > own ? theirs : own),
                              .state = service,
                              .body = body,
                              .patience = patience };
}

/* ---- Serve, and come to an end ------------------------------------------- */

struct service_serve {
    struct async async;
    struct service *service;
    struct http_server *http; /* its own from now on */
    struct signals signals;
    struct signals_next signal;
    struct http_serve serve;
    struct timeout timeout;
    struct select select;
    int status; /* result: for the shell, see above */
};

static inline struct future *service_rest_(struct service_serve *self)
{
    http_server_stop(self->http);
    return timeout_ms(&self->timeout, http_serve(&self->serve, self->http),
                      self->service->grace);
}

static inline void service_judge_(struct service_serve *self)
{
    LOG(INFO, "the end", FIELD("dropped", self->http->requests));
    if (!self->http->lacked)
        return;
    fprintf(stderr, "some requests were refused: not enough memory\n");
    self->status = 1;
}

static inline enum poll service_serve_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct service_serve);
    self->status = signals_open(&self->signals, cx->executor);
    if (self->status) {
        fprintf(stderr, "cannot wait for Ctrl-C: %s\n",
                uv_strerror(self->status));
        ASYNC_RETURN(self->status = 1);
    }
    SELECT_BIASED() {
        ARM(signals_next(&self->signal, &self->signals))
            LOG(INFO, "no more clients", FIELD("signal", self->signal.signum));
        ARM(http_serve(&self->serve, self->http)) {
        }
    }
    SELECT_BIASED() {
        ARM(signals_next(&self->signal, &self->signals))
            self->status = 128 + self->signal.signum;
        ARM(service_rest_(self)) {
        }
    }
    service_judge_(self);
    ASYNC_FINALLY
    http_server_close(self->http);
    signals_close(&self->signals);
    semaphore_drop(&self->service->limit);
    ASYNC_END;
}

static const struct future_ops service_serve_ops_ = ASYNC_OPS(service_serve);

static inline struct future *service_serve(struct service_serve *self,
                                           struct service *service,
                                           struct http_server *http)
{
    *self = (struct service_serve){ .async.future.ops = &service_serve_ops_,
                                    .service = service,
                                    .http = http };
    return &self->async.future;
}
#endif
