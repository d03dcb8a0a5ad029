/* service_demo.h: for the demo of a10_service: a warehouse, and clients.
 *
 * depot    A warehouse that knows a few prices, and takes its time for each.
 * visitor  A client: it connects, sends a request, and prints what it hears.
 *          It may leave before the answer comes.  One without a request stops
 *          the service, as Ctrl-C does.
 * crowd    Visitors, one after the other, or beside each other.
 */
#ifndef A10_SERVICE_DEMO_H
#define A10_SERVICE_DEMO_H

#include "a05_spawn/echo_demo.h"
#include "a10_tracing/shop.h"

/* ---- A warehouse --------------------------------------------------------- */

struct depot_item {
    const char *name; /* NULL: the end */
    int ms;           /* until it answers */
    long cents;
    int error; /* instead of the price, or 0 */
};

struct depot {
    struct warehouse warehouse;
    const struct depot_item *items;
};

struct depot_ask {
    struct async async;
    const struct depot *depot;
    const char *item;
    struct warehouse_price *into;
    const struct depot_item *found;
    struct sleep nap;
};

static inline enum poll depot_ask_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct depot_ask);
    for (self->found = self->depot->items; self->found->name; self->found++)
        if (strcmp(self->found->name, self->item) == 0)
            break;
    AWAIT(sleep_ms(&self->nap, (uint64_t)self->found->ms));
    self->into->status = self->found->error;
    self->into->cents = self->found->cents;
    ASYNC_END;
}

static const struct future_ops depot_ask_ops_ = ASYNC_OPS(depot_ask);

static inline struct future *depot_ask(void *frame, struct warehouse *w,
                                       const char *item,
                                       struct warehouse_price *into)
{
    struct depot_ask *self = frame;
    *self =
        (struct depot_ask){ .async.future.ops = &depot_ask_ops_,
                            .depot = container_of(w, struct depot, warehouse),
                            .item = item,
                            .into = into };
    return &self->async.future;
}

static const struct warehouse_ops depot_ops = { .frame =
                                                    sizeof(struct depot_ask),
                                                .ask = depot_ask };

/* ---- Clients ------------------------------------------------------------- */

struct visit {
    uint64_t pause; /* ms before it */
    const char *who;
    const char *request; /* "GET /price/tea"; NULL: he stops the service */
    const char *body;    /* or NULL */
    uint64_t leaves;     /* after so many ms without an answer; 0: never */
    bool beside;         /* the next one does not wait for its end */
};

struct visitor {
    struct async async;
    const struct visit *visit;
    int port;
    struct tcp *tcp;
    char text[2048]; /* what is sent, then what has come */
    size_t have;
    struct sleep nap;
    struct tcp_connect connect;
    struct tcp_write write;
    struct tcp_read read;
    struct timeout timeout;
};

static inline struct future *visitor_asks_(struct visitor *self,
                                           struct executor *executor)
{
    const struct visit *v = self->visit;
    const char *body = v->body ? v->body : "";
    say(executor, "%s: %s%s%s", v->who, v->request, *body ? " " : "", body);
    snprintf(self->text, sizeof self->text,
             "%s HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             v->request, strlen(body), body);
    return tcp_write(&self->write, self->tcp, self->text, strlen(self->text));
}

static inline struct future *visitor_reads_(struct visitor *self)
{
    tcp_read(&self->read, self->tcp, self->text + self->have,
             sizeof self->text - 1 - self->have);
    return timeout_ms(&self->timeout, &self->read.async.future,
                      self->visit->leaves ? self->visit->leaves : 60000);
}

/* The status, the headers that are of interest, and the body. */
static inline void visitor_hears_(struct visitor *self,
                                  struct executor *executor)
{
    static const char *const names[] = { "Allow: ", "Retry-After: " };
    const char *who = self->visit->who;
    char *body = strstr(self->text, "\r\n\r\n"), *line;
    if (!body) {
        say(executor, "    %s: no answer", who);
        return;
    }
    *body = '\0';
    say(executor, "    %s hears %.3s", who, self->text + strlen("HTTP/1.1 "));
    for (int i = 0; i < 2; i++)
        if ((line = strstr(self->text, names[i])))
            say(executor, "    %s hears %.*s", who, (int)strcspn(line, "\r"),
                line);
    for (line = body + 4; *line; line += strcspn(line, "\n") + 1)
        say(executor, "    %s hears %.*s", who, (int)strcspn(line, "\n"), line);
}

/* 0 or more is no error. */
static inline bool visitor_failed_(struct visitor *self,
                                   struct executor *executor, int rc)
{
    if (rc < 0)
        say(executor, "    %s: %s", self->visit->who, uv_strerror(rc));
    return rc < 0;
}

static inline enum poll visitor_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct visitor);
    if (!self->visit->request) {
        say(cx->executor, "%s stops the service", self->visit->who);
        raise(SIGTERM);                 /* as if somebody had typed kill */
        AWAIT(sleep_ms(&self->nap, 0)); /* libuv looks, before time goes on */
        ASYNC_RETURN();
    }
    AWAIT(tcp_connect(&self->connect, "127.0.0.1", self->port));
    self->tcp = self->connect.tcp;
    if (visitor_failed_(self, cx->executor, self->connect.status))
        ASYNC_RETURN(); /* for instance because the service has ended */
    AWAIT(visitor_asks_(self, cx->executor));
    if (visitor_failed_(self, cx->executor, self->write.status))
        ASYNC_RETURN();
    do {
        AWAIT(visitor_reads_(self));
        if (self->timeout.status) {
            say(cx->executor, "%s leaves", self->visit->who);
            ASYNC_RETURN();
        }
        if (visitor_failed_(self, cx->executor, (int)self->read.n))
            ASYNC_RETURN();
        self->have += self->read.n > 0 ? (size_t)self->read.n : 0;
        self->text[self->have] = '\0';
    } while (self->read.n > 0);
    visitor_hears_(self, cx->executor);
    ASYNC_FINALLY
    tcp_close(self->tcp);
    ASYNC_END;
}

static const struct future_ops visitor_ops_ = ASYNC_OPS(visitor);

static inline struct future *visitor(struct visitor *self,
                                     const struct visit *visit, int port)
{
    *self = (struct visitor){ .async.future.ops = &visitor_ops_,
                              .visit = visit,
                              .port = port };
    return &self->async.future;
}

/* ---- All of them --------------------------------------------------------- */

struct crowd {
    struct async async;
    const struct visit *visit; /* the next one */
    const struct visit *end;
    int port;
    struct sleep nap;
    struct visitor visitor;
};

/* Between two visits nothing else sleeps, so the virtual clock stands still
 * until a visit is over, however long that takes. */
static inline enum poll crowd_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct crowd);
    for (; self->visit < self->end; self->visit++) {
        AWAIT(sleep_ms(&self->nap, self->visit->pause));
        if (self->visit->beside)
            task_detach(
                task_spawn(cx->executor, visitor(task_slot(struct visitor),
                                                 self->visit, self->port)));
        else
            AWAIT(visitor(&self->visitor, self->visit, self->port));
    }
    ASYNC_END;
}

static const struct future_ops crowd_ops_ = ASYNC_OPS(crowd);

static inline struct future *crowd(struct crowd *self,
                                   const struct visit *visits, size_t n,
                                   int port)
{
    guests_check_descriptors((int)n);
    *self = (struct crowd){ .async.future.ops = &crowd_ops_,
                            .visit = visits,
                            .end = visits + n,
                            .port = port };
    return &self->async.future;
}
#endif
