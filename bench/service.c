/* service.c: requests of a web service, as a10_service has them, and the same
 * answers by libmicrohttpd alone.  The client is the same for all, in a process
 * of its own. */
#include "client.h"
#include "a10_tracing/service.h"

#define BODY "{\"item\": \"tea\", \"cents\": 250}\n"

/* ---- The client: plain sockets that stay open ---------------------------- */

static void client_ask(int fd)
{
    static const char text[] = "GET /price/tea HTTP/1.1\r\nHost: shop\r\n\r\n";
    ssize_t size = sizeof text - 1;
    must(send(fd, text, (size_t)size, MSG_NOSIGNAL) == size, "send");
}

/* An answer is so small that it comes in one piece. */
static void client_hear(int fd)
{
    char buffer[1024];
    ssize_t n = recv(fd, buffer, sizeof buffer - 1, 0);
    buffer[n > 0 ? n : 0] = '\0';
    must(strncmp(buffer, "HTTP/1.1 200 OK\r\n", 17) == 0 &&
             strstr(buffer, "\r\n\r\n" BODY) != NULL,
         "another answer");
}

/* ---- A service of ours --------------------------------------------------- */

struct desk { /* what the handlers are handed */
    bool waits;
    int left; /* requests */
    struct http_server http;
};

struct price {
    struct async async;
    struct http_request *request;
    struct desk *desk;
    struct yield yield;
};

static enum poll price_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct price);
    if (self->desk->waits)
        AWAIT(yield_now(&self->yield));
    http_reply(self->request, 200, "application/json", BODY);
    if (--self->desk->left == 0)
        http_server_stop(&self->desk->http);
    ASYNC_END;
}

static const struct future_ops price_ops = ASYNC_OPS(price);

static struct future *price(void *frame, struct http_request *r, void *desk)
{
    struct price *self = frame;
    *self = (struct price){ .async.future.ops = &price_ops,
                            .request = r,
                            .desk = desk };
    return &self->async.future;
}

static const struct http_route routes[] = {
    { "POST", "/orders", sizeof(struct price), price },
    { "GET", "/price/{item}", sizeof(struct price), price },
    { .method = NULL },
};

/* From the first request to the last reply. */
static struct cost serve(int n, bool waits)
{
    struct desk desk = { .waits = waits, .left = n };
    struct service service = { .routes = routes, .state = &desk };
    struct http_app app = service_app(&service, 1024, 10);
    struct http_serve all;
    struct tcp *listener;
    struct world w;
    uint64_t start;
    pid_t client;
    world_open(&w);
    semaphore_init(&service.limit, 2 * CONNECTIONS);
    must(tcp_listen(&listener, &w.ex, "127.0.0.1", 0) == 0, "tcp_listen");
    client = client_start(tcp_port(listener), n, client_ask, client_hear);
    start = uv_hrtime();
    must(http_server_open(&desk.http, &w.ex, listener, &app) == 0, "open");
    block_on(&w.ex, http_serve(&all, &desk.http));
    start = uv_hrtime() - start;
    client_end(client);
    http_server_close(&desk.http);
    semaphore_drop(&service.limit);
    world_close(&w);
    return cost_of(start, n);
}

static struct cost service(int n)
{
    return serve(n, false);
}

static struct cost service_waits(int n)
{
    return serve(n, true);
}

/* ---- libmicrohttpd alone, with a loop of its own ------------------------- */

static enum MHD_Result bare_cb(void *cls, struct MHD_Connection *connection,
                               const char *path, const char *method,
                               const char *version, const char *data,
                               size_t *size, void **user)
{
    static char body[] = BODY;
    struct MHD_Response *response;
    enum MHD_Result result = MHD_NO;
    (void)cls, (void)version, (void)data, (void)size;
    if (!*user) { /* the headers have come: look at them when it is complete */
        *user = body;
        return MHD_YES;
    }
    if (strcmp(method, "GET") != 0 || strcmp(path, "/price/tea") != 0)
        return MHD_NO;
    response = MHD_create_response_from_buffer(sizeof body - 1, body,
                                               MHD_RESPMEM_MUST_COPY);
    if (response &&
        MHD_add_response_header(response, "Content-Type", "application/json"))
        result = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return result;
}

static struct cost service_bare(int n)
{
    struct MHD_Daemon *daemon;
    struct tcp *listener;
    struct world w;
    uint64_t start;
    pid_t client;
    world_open(&w);
    must(tcp_listen(&listener, &w.ex, "127.0.0.1", 0) == 0, "tcp_listen");
    client = client_start(tcp_port(listener), n, client_ask, client_hear);
    start = uv_hrtime();
    daemon =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, bare_cb,
                         NULL, MHD_OPTION_LISTEN_SOCKET, dup(listener->fd),
                         MHD_OPTION_CONNECTION_TIMEOUT, 10u, MHD_OPTION_END);
    must(daemon != NULL, "MHD_start_daemon");
    client_end(client);
    start = uv_hrtime() - start;
    MHD_stop_daemon(daemon);
    tcp_close(listener);
    world_close(&w);
    return cost_of(start, n);
}

const struct workload service_workloads[] = {
    { .name = "service",
      .n = 20000,
      .run = service,
      .what = "requests to a service, whose handler answers at once" },
    { .name = "service_waits",
      .n = 20000,
      .run = service_waits,
      .what = "the same, the handler yields, so the request is suspended" },
    { .name = "service_bare",
      .n = 20000,
      .run = service_bare,
      .what = "the same by libmicrohttpd alone, on a thread of its own" },
    { .name = NULL },
};
