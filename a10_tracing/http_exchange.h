/* http_exchange.h: one request and its reply, inside http_server.h.
 *
 *     headers -> body -> task -> [suspended -> resumed] -> reply -> over
 *
 * task     begins with the whole body.  If it needs more than one poll, the
 *          connection is suspended, and a uv_poll_t looks whether the client
 *          closes its end.
 * owner    libmicrohttpd keeps the pointer.  It tells us once that the request
 *          is over, whatever ended it; then the task is aborted and all freed.
 */
#ifndef A10_HTTP_EXCHANGE_H
#define A10_HTTP_EXCHANGE_H

#include <microhttpd.h>
#include <stddef.h>
#include "a10_tracing/http_request.h"

struct http_app { /* what the server is for */
    /* The future of a request; `frame` is memory for it. */
    struct future *(*handle)(void *frame, struct http_request *r, void *state);
    size_t frame;      /* bytes */
    void *state;       /* given to handle() */
    size_t body;       /* bytes that a body may have */
    unsigned patience; /* seconds that a client may be silent */
};

struct http_server { /* http_server.h explains it */
    struct executor *executor;
    const struct http_app *app;
    struct tcp *listener;
    struct MHD_Daemon *daemon;
    struct MHD_Response *no_memory;
    struct http_handles *handles;
    struct list exchanges; /* those that are not over */
    size_t requests;       /* how many these are */
    bool due;              /* the library wants to run */
    bool stopping;
    bool lacked;        /* memory for a request */
    struct waker waker; /* of http_serve() */
};

/* The library has something to do: run it soon. */
static inline void http_server_due(struct http_server *server)
{
    server->due = true;
    waker_wake(server->waker);
}

struct http_exchange {
    struct http_request request;
    struct list link; /* in server->exchanges */
    struct http_server *server;
    struct MHD_Connection *connection;
    struct task *task;         /* NULL: there is none yet */
    char *body;                /* NULL: nothing has come */
    size_t have, room;         /* bytes of the body, and for it */
    size_t discarded;          /* bytes of a body that is refused */
    int refused;               /* this status, without a task; or 0 */
    bool over;                 /* the task is over or dropped */
    bool gone;                 /* the client is not interested any more */
    struct http_watch_ *watch; /* NULL: the connection is not suspended */
    max_align_t frame[];       /* of app->handle() */
};

enum { HTTP_DISCARD = 1024 * 1024 }; /* bytes of a body that is refused */

static inline const char *http_exchange_header_(const struct http_request *r,
                                                const char *name)
{
    return MHD_lookup_connection_value(container_of(r,
                                                    const struct http_exchange,
                                                    request)
                                           ->connection,
                                       MHD_HEADER_KIND, name);
}

/* NULL: no memory. */
static inline struct http_exchange *http_exchange_new(
    struct http_server *server, struct MHD_Connection *connection)
{
    struct http_exchange *x = calloc(1, sizeof *x + server->app->frame);
    if (!x)
        return NULL;
    x->server = server;
    x->connection = connection;
    x->request.body = "";
    x->request.header = http_exchange_header_;
    list_append(&server->exchanges, &x->link);
    server->requests++;
    return x;
}

static inline void http_exchange_free(struct http_exchange *x)
{
    task_abort(x->task);
    task_detach(x->task);
    http_reply_clear(&x->request);
    list_remove(&x->link);
    x->server->requests--;
    free(x->body);
    free(x);
}

/* ---- The body ------------------------------------------------------------ */

static inline void http_exchange_refuse(struct http_exchange *x, int status)
{
    x->refused = status;
    free(x->body);
    x->body = NULL;
    if (status == 413) {
        http_reply_error(&x->request, status, "the body may have %zu bytes",
                         x->server->app->body);
    } else {
        x->server->lacked = true;
        http_reply_error(&x->request, status, "not enough memory");
    }
}

static inline bool http_exchange_grow_(struct http_exchange *x, size_t need)
{
    size_t room = x->room ? x->room : 512;
    char *body;
    while (room < need)
        room *= 2;
    if (room == x->room)
        return true;
    body = realloc(x->body, room);
    if (!body)
        return false;
    x->body = body;
    x->room = room;
    return true;
}

/* A part of the body.  False: what comes does not end, so hang up. */
static inline bool http_exchange_receive(struct http_exchange *x,
                                         const char *data, size_t size)
{
    if (!x->refused && size > x->server->app->body - x->have)
        http_exchange_refuse(x, 413);
    if (!x->refused && !http_exchange_grow_(x, x->have + size + 1))
        http_exchange_refuse(x, 503);
    if (x->refused) {
        x->discarded += size;
        return x->discarded <= HTTP_DISCARD;
    }
    memcpy(x->body + x->have, data, size);
    x->have += size;
    x->body[x->have] = '\0';
    return true;
}

/* ---- The reply ----------------------------------------------------------- */

static inline struct MHD_Response *http_exchange_response_(
    struct http_exchange *x)
{
    struct http_request *r = &x->request;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(r->reply_size, r->reply,
                                        r->reply ? MHD_RESPMEM_MUST_FREE
                                                 : MHD_RESPMEM_PERSISTENT);
    bool good = response;
    if (response)
        r->reply = NULL; /* it is the library's */
    if (good && r->type)
        good = MHD_add_response_header(response, "Content-Type", r->type);
    if (good && x->server->stopping)
        good = MHD_add_response_header(response, "Connection", "close");
    for (int i = 0; good && i < HTTP_HEADERS && r->headers[i].name; i++)
        good = MHD_add_response_header(response, r->headers[i].name,
                                       r->headers[i].value);
    if (good)
        return response;
    if (response)
        MHD_destroy_response(response);
    return NULL;
}

/* Without memory for the reply, one that was made before.  MHD_NO: not even
 * that; then the library hangs up. */
static inline enum MHD_Result http_exchange_send(struct http_exchange *x)
{
    struct MHD_Response *response = http_exchange_response_(x);
    unsigned status = x->request.status ? (unsigned)x->request.status : 500;
    enum MHD_Result result;
    x->server->lacked = x->server->lacked || !response || x->request.lacked;
    if (!response)
        return MHD_queue_response(x->connection, 503, x->server->no_memory);
    result = MHD_queue_response(x->connection, status, response);
    MHD_destroy_response(response); /* our reference */
    x->server->lacked = x->server->lacked || result != MHD_YES;
    return result;
}

/* ---- While the task works ------------------------------------------------ */

struct http_watch_ { /* on the heap, until libuv has closed it */
    uv_poll_t poll;
    struct http_exchange *exchange;
};

static inline void http_watch_closed_cb_(uv_handle_t *handle)
{
    free(container_of((uv_poll_t *)(void *)handle, struct http_watch_, poll));
}

/* Also on an error, such as a reset: the client is gone. */
static inline void http_watch_cb_(uv_poll_t *poll, int status, int events)
{
    struct http_exchange *x =
        container_of(poll, struct http_watch_, poll)->exchange;
    (void)status, (void)events;
    x->gone = true;
    task_abort(x->task);
}

/* 0, or an error. */
static inline int http_exchange_watch_(struct http_exchange *x)
{
    struct http_watch_ *watch = malloc(sizeof *watch);
    int rc = UV_ENOMEM;
    if (watch)
        rc = uv_poll_init(x->server->executor->loop, &watch->poll,
                          MHD_get_connection_info(
                              x->connection, MHD_CONNECTION_INFO_CONNECTION_FD)
                              ->connect_fd);
    if (rc) {
        free(watch);
        return rc;
    }
    watch->exchange = x;
    x->watch = watch;
    return uv_poll_start(&watch->poll, UV_DISCONNECT, http_watch_cb_);
}

static inline void http_exchange_unwatch_(struct http_exchange *x)
{
    if (x->watch)
        uv_close((uv_handle_t *)&x->watch->poll, http_watch_closed_cb_);
    x->watch = NULL;
}

struct http_task_ {
    struct async async;
    struct http_exchange *exchange;
};

static inline struct future *http_exchange_handle_(struct http_exchange *x)
{
    const struct http_app *app = x->server->app;
    return app->handle(x->frame, &x->request, app->state);
}

static inline enum poll http_task_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct http_task_);
    AWAIT(http_exchange_handle_(self->exchange));
    ASYNC_FINALLY
    self->exchange->over = true;
    if (self->exchange->watch) {
        http_exchange_unwatch_(self->exchange);
        MHD_resume_connection(self->exchange->connection);
        http_server_due(self->exchange->server);
    }
    ASYNC_END;
}

static const struct future_ops http_task_ops_ = ASYNC_OPS(http_task);

/* The request is complete; called until there is a reply. */
static inline enum MHD_Result http_exchange_go_on(struct http_exchange *x)
{
    if (x->gone)
        return MHD_NO;
    if (x->refused || x->over)
        return http_exchange_send(x);
    if (!x->task) {
        struct http_task_ *t = task_slot(struct http_task_);
        *t = (struct http_task_){ .async.future.ops = &http_task_ops_,
                                  .exchange = x };
        x->request.body = x->body ? x->body : "";
        x->request.size = x->have;
        x->task = task_spawn(x->server->executor, &t->async.future);
        return MHD_YES; /* we are called again when it had a poll */
    }
    if (http_exchange_watch_(x)) {
        http_exchange_unwatch_(x);
        task_abort(x->task);
        http_exchange_refuse(x, 503);
        return http_exchange_send(x);
    }
    MHD_suspend_connection(x->connection);
    return MHD_YES;
}
#endif
