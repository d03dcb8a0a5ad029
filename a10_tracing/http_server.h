/* http_server.h: libmicrohttpd driven by the event loop.
 *
 * The library does the protocol.  It has an epoll descriptor, which is readable
 * when it has something to do, and it says for how long it can wait at most; 0
 * means that it must run at once.  http_serve() waits for the descriptor, for
 * that time, and for handlers that are over, and runs the library then.
 *
 * request  is a task, made when the body is complete.  Only if the task is not
 *          over in its first poll, the connection is suspended: the library
 *          forgets it until it is resumed with a reply.
 * gone     The library does not look at a suspended connection, so we do.  If
 *          the client closes its end, its task is aborted.
 * limits   A body above app->body: 413; it is read to its end all the same,
 *          because a close in the middle could lose the reply.  A client that
 *          is silent for app->patience seconds is disconnected.
 * memory   Without it for a request: 503, and `lacked` is set.
 * owner    The server must not move, and outlives http_serve().  It belongs to
 *          the executor's thread.  SIGPIPE is ignored from now on.
 * system   Linux: other systems have no epoll.
 */
#ifndef A10_HTTP_SERVER_H
#define A10_HTTP_SERVER_H

#include <microhttpd.h>
#include <signal.h>
#include "a05_spawn/tcp_listen.h"
#include "a10_tracing/http_exchange.h"

struct http_handles { /* libuv's, until they are closed */
    uv_poll_t poll;   /* of the library's epoll descriptor */
    uv_timer_t timer;
    int open; /* of these two */
};

/* ---- libmicrohttpd calls us ---------------------------------------------- */

/* A %00 in a path becomes a ?, because otherwise the path would end there. */
static inline size_t http_unescape_cb_(void *cls, struct MHD_Connection *c,
                                       char *text)
{
    size_t n = MHD_http_unescape(text);
    (void)cls, (void)c;
    for (size_t i = 0; i < n; i++)
        text[i] = text[i] ? text[i] : '?';
    return n;
}

/* The headers have come. */
static inline enum MHD_Result http_begin_(struct http_server *server,
                                          struct MHD_Connection *connection,
                                          const char *path, const char *method,
                                          void **user)
{
    struct http_exchange *x = http_exchange_new(server, connection);
    const char *size =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
                                    MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (!x) {
        server->lacked = true;
        return MHD_queue_response(connection, 503, server->no_memory);
    }
    *user = x;
    x->request.path = http_path(path);
    x->request.method = method;
    if (!size || strtoull(size, NULL, 10) <= server->app->body)
        return MHD_YES;
    http_exchange_refuse(x, 413);
    /* A client that asks before it sends the body is answered before it. */
    return http_header(&x->request, MHD_HTTP_HEADER_EXPECT)
               ? http_exchange_send(x)
               : MHD_YES;
}

/* The library calls this when the headers have come, with each part of the
 * body, and then again and again until there is a reply. */
static inline enum MHD_Result http_request_cb_(
    void *server, struct MHD_Connection *connection, const char *path,
    const char *method, const char *version, const char *data, size_t *size,
    void **user)
{
    struct http_exchange *x = *user;
    (void)version;
    if (!x)
        return http_begin_(server, connection, path, method, user);
    if (*size == 0)
        return http_exchange_go_on(x);
    if (!http_exchange_receive(x, data, *size))
        return MHD_NO;
    *size = 0;
    return MHD_YES;
}

/* The reply is sent, or will not be: the client has gone, was silent for too
 * long, or the server ends. */
static inline void http_completed_cb_(void *cls,
                                      struct MHD_Connection *connection,
                                      void **user,
                                      enum MHD_RequestTerminationCode why)
{
    (void)cls, (void)connection, (void)why;
    if (*user)
        http_exchange_free(*user);
    *user = NULL;
}

/* A connection is closed.  If the library was at a limit of connections or
 * descriptors, it listens again, but only from its next run on. */
static inline void http_connection_cb_(void *server,
                                       struct MHD_Connection *connection,
                                       void **user,
                                       enum MHD_ConnectionNotificationCode what)
{
    (void)connection, (void)user;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED)
        http_server_due(server);
}

/* ---- The loop calls us --------------------------------------------------- */

static inline void http_poll_cb_(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    http_server_due(poll->data);
}

static inline void http_timer_cb_(uv_timer_t *timer)
{
    http_server_due(timer->data);
}

/* When must the library run again at the latest?  A timer that runs was set for
 * a client that was silent for longer; it may ring too early, with no harm. */
static inline void http_set_timer_(struct http_server *server)
{
    uv_timer_t *timer = &server->handles->timer;
    MHD_UNSIGNED_LONG_LONG ms;
    if (MHD_get_timeout(server->daemon, &ms) != MHD_YES)
        return;
    if (ms == 0) {
        http_server_due(server);
    } else if (!uv_is_active((uv_handle_t *)timer)) {
        uv_update_time(timer->loop);
        uv_timer_start(timer, http_timer_cb_, ms, 0);
    }
}

/* ---- http_serve ---------------------------------------------------------- */

struct http_serve {
    struct future future;
    struct http_server *server;
};

static inline enum poll http_serve_poll(struct future *f, struct context *cx)
{
    struct http_server *server =
        container_of(f, struct http_serve, future)->server;
    server->waker = context_waker(cx);
    if (server->due && server->daemon) { /* it is not closed */
        server->due = false;
        (void)MHD_run(server->daemon);
        http_set_timer_(server);
    }
    if (!server->stopping || server->requests > 0)
        return POLL_PENDING;
    server->waker = (struct waker){ NULL, NULL };
    return POLL_READY;
}

static inline void http_serve_drop(struct future *f)
{
    container_of(f, struct http_serve, future)->server->waker =
        (struct waker){ NULL, NULL };
}

static const struct future_ops http_serve_ops_ = FUTURE_OPS(http_serve);

/* Serve.  READY after http_server_stop(), when no request is left.
 * Cancel-safe: the next one goes on. */
static inline struct future *http_serve(struct http_serve *self,
                                        struct http_server *server)
{
    *self =
        (struct http_serve){ .future.ops = &http_serve_ops_, .server = server };
    return &self->future;
}

/* ---- The end ------------------------------------------------------------- */

/* No more clients.  Those that are connected get "Connection: close" with their
 * next reply. */
static inline void http_server_stop(struct http_server *server)
{
    if (server->stopping)
        return;
    server->stopping = true;
    if (server->daemon)
        (void)MHD_quiesce_daemon(server->daemon);
    tcp_close(server->listener);
    server->listener = NULL;
    http_server_due(server);
}

static inline void http_closed_cb_(uv_handle_t *handle)
{
    struct http_handles *handles = handle->data;
    if (--handles->open == 0)
        free(handles);
}

/* Drops the requests that are left, and closes all connections.  Not in a
 * handler, which would free itself; there you can stop the server.  Twice is
 * fine, and so is one that is only zeroed. */
static inline void http_server_close(struct http_server *server)
{
    struct http_handles *handles = server->handles;
    if (handles) { /* before the library closes its descriptor */
        handles->poll.data = handles->timer.data = handles;
        uv_close((uv_handle_t *)&handles->poll, http_closed_cb_);
        uv_close((uv_handle_t *)&handles->timer, http_closed_cb_);
    }
    http_server_stop(server);
    if (server->daemon) {
        struct list *end = &server->exchanges;
        for (struct list *l = end->next; l != end; l = l->next)
            task_abort(container_of(l, struct http_exchange, link)->task);
        MHD_stop_daemon(server->daemon);
    }
    if (server->no_memory)
        MHD_destroy_response(server->no_memory);
    server->handles = NULL;
    server->daemon = NULL;
    server->no_memory = NULL;
}

/* ---- Open ---------------------------------------------------------------- */

static inline int http_start_(struct http_server *server)
{
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    errno = 0;
    server->no_memory =
        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (!server->no_memory)
        return UV_ENOMEM;
    server->daemon =
        MHD_start_daemon(flags, 0, NULL, NULL, http_request_cb_, server,
                         MHD_OPTION_LISTEN_SOCKET, server->listener->fd,
                         MHD_OPTION_NOTIFY_COMPLETED, http_completed_cb_, NULL,
                         MHD_OPTION_NOTIFY_CONNECTION, http_connection_cb_,
                         server, MHD_OPTION_UNESCAPE_CALLBACK,
                         http_unescape_cb_, NULL, MHD_OPTION_STRICT_FOR_CLIENT,
                         1, MHD_OPTION_CONNECTION_TIMEOUT,
                         server->app->patience, MHD_OPTION_END);
    if (server->daemon)
        return 0;
    return errno ? uv_translate_sys_error(errno) : UV_ENOMEM;
}

static inline int http_look_(struct http_server *server)
{
    struct http_handles *handles = malloc(sizeof *handles);
    int rc = UV_ENOMEM;
    if (handles)
        rc = uv_poll_init(server->executor->loop, &handles->poll,
                          MHD_get_daemon_info(server->daemon,
                                              MHD_DAEMON_INFO_EPOLL_FD)
                              ->epoll_fd);
    if (rc) {
        free(handles);
        return rc;
    }
    uv_timer_init(server->executor->loop, &handles->timer); /* it never fails */
    handles->open = 2;
    handles->poll.data = handles->timer.data = server;
    server->handles = handles;
    return uv_poll_start(&handles->poll, UV_READABLE, http_poll_cb_);
}

/* Answer the clients of this listener, which is the server's from now on.  0,
 * or an error: then it is closed. */
static inline int http_server_open(struct http_server *server,
                                   struct executor *executor,
                                   struct tcp *listener,
                                   const struct http_app *app)
{
    int rc;
    *server = (struct http_server){
        .executor = executor, .app = app, .listener = listener, .due = true
    };
    list_init(&server->exchanges);
    signal(SIGPIPE, SIG_IGN);
    rc = http_start_(server);
    if (rc == 0)
        rc = http_look_(server);
    if (rc)
        http_server_close(server);
    return rc;
}
#endif
