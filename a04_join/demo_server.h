/* demo_server.h: a small web server on the same loop, to fetch from.
 *
 *     GET /slow/MS          200 after MS milliseconds, a line of text
 *     GET /moved/MS         302 to /slow/MS
 *     anything else         404
 *
 * These are the answers of demo_answer(); set server->answer for other ones,
 * which may also read the body of a POST.
 * It listens on 127.0.0.1 only, on a port that the system picks.  Its handles
 * are unref'd: the loop does not stay up for the server's sake.  Everything is
 * called on the loop's thread.  Not a model of a web server: its clients are
 * our own and behave, and a failure of its own ends the program, because there
 * is no demo without it.
 */
#ifndef A04_DEMO_SERVER_H
#define A04_DEMO_SERVER_H

#include "runtime.h"

/* `request` is text: header, empty line, body.  Writes the whole answer, with
 * its header, into `reply`.  Returns after how many ms to send it. */
typedef unsigned demo_answer_fn(const char *request, char *reply, size_t size);

struct demo_server {
    uv_tcp_t listener;
    demo_answer_fn *answer;
    struct list clients;
    int port;
};

struct demo_client_ { /* one for each connection */
    struct list link; /* in demo_server.clients, until it is closed */
    struct demo_server *server;
    uv_tcp_t tcp;
    uv_timer_t timer; /* then the answer is sent */
    uv_write_t write;
    char *request;
    size_t have, room; /* of the request */
    char reply[1024];
    int open; /* handles still to be closed */
};

static inline void demo_closed_cb_(uv_handle_t *handle)
{
    struct demo_client_ *c = handle->data;
    if (--c->open > 0)
        return;
    free(c->request);
    free(c);
}

static inline void demo_hang_up_(struct demo_client_ *c)
{
    if (!c->link.next)
        return;
    list_remove(&c->link);
    uv_close((uv_handle_t *)&c->tcp, demo_closed_cb_);
    uv_close((uv_handle_t *)&c->timer, demo_closed_cb_);
}

static inline void demo_check_(int rc)
{
    runtime_check(rc, "serve the demo");
}

static inline void demo_reply_cb_(uv_timer_t *timer)
{
    struct demo_client_ *c = timer->data;
    uv_buf_t out = uv_buf_init(c->reply, (unsigned)strlen(c->reply));
    demo_check_(uv_write(&c->write, (uv_stream_t *)&c->tcp, &out, 1, NULL));
}

/* Fills `reply`, of `size` bytes.  Returns after how many ms to send it. */
static inline unsigned demo_answer(const char *request, char *reply,
                                   size_t size)
{
    unsigned ms = 0;
    char body[64];
    if (sscanf(request, "GET /slow/%u ", &ms) == 1) {
        snprintf(body, sizeof body, "this took %u ms\n", ms);
        snprintf(reply, size,
                 "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
                 strlen(body), body);
        return ms;
    }
    if (sscanf(request, "GET /moved/%u ", &ms) == 1)
        snprintf(reply, size,
                 "HTTP/1.1 302 Found\r\nLocation: /slow/%u\r\n"
                 "Content-Length: 0\r\n\r\n",
                 ms);
    else
        snprintf(reply, size,
                 "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    return 0;
}

/* One request at a time: libcurl sends the next when it has the answer. */
static inline void demo_answer_(struct demo_client_ *c)
{
    unsigned ms = c->server->answer(c->request, c->reply, sizeof c->reply);
    c->have = 0;
    uv_update_time(c->timer.loop);
    demo_check_(uv_timer_start(&c->timer, demo_reply_cb_, ms, 0));
}

/* There is always room for some more, and for a '\0'. */
static inline void demo_alloc_cb_(uv_handle_t *handle, size_t size,
                                  uv_buf_t *buf)
{
    struct demo_client_ *c = handle->data;
    (void)size;
    if (c->room - c->have < 1024) {
        char *more = realloc(c->request, c->room = 2 * c->room + 2048);
        demo_check_(more ? 0 : UV_ENOMEM);
        c->request = more;
    }
    *buf = uv_buf_init(c->request + c->have, (unsigned)(c->room - 1 - c->have));
}

static inline bool demo_is_whole_(const struct demo_client_ *c)
{
    const char *end = strstr(c->request, "\r\n\r\n");
    const char *length = strstr(c->request, "\r\nContent-Length: ");
    size_t body = 0;
    if (!end)
        return false;
    if (length && length < end)
        body = strtoul(length + 18, NULL, 10);
    return c->have - (size_t)(end + 4 - c->request) >= body;
}

static inline void demo_read_cb_(uv_stream_t *stream, ssize_t n,
                                 const uv_buf_t *buf)
{
    struct demo_client_ *c = stream->data;
    (void)buf;
    if (n < 0) {
        demo_hang_up_(c);
        return;
    }
    c->have += (size_t)n;
    c->request[c->have] = '\0';
    if (demo_is_whole_(c))
        demo_answer_(c);
}

static inline void demo_accept_cb_(uv_stream_t *listener, int status)
{
    struct demo_server *server = listener->data;
    struct demo_client_ *c = calloc(1, sizeof *c);
    demo_check_(c ? status : UV_ENOMEM);
    demo_check_(uv_tcp_init(listener->loop, &c->tcp));
    demo_check_(uv_timer_init(listener->loop, &c->timer));
    uv_unref((uv_handle_t *)&c->tcp);
    uv_unref((uv_handle_t *)&c->timer);
    c->tcp.data = c->timer.data = c;
    c->open = 2;
    c->server = server;
    list_append(&server->clients, &c->link);
    demo_check_(uv_accept(listener, (uv_stream_t *)&c->tcp));
    demo_check_(
        uv_read_start((uv_stream_t *)&c->tcp, demo_alloc_cb_, demo_read_cb_));
}

/* ---- Start and stop ------------------------------------------------------ */

/* Afterwards server->port is the port it listens on. */
static inline void demo_server_start(struct demo_server *server,
                                     uv_loop_t *loop)
{
    uv_stream_t *listener = (uv_stream_t *)&server->listener;
    struct sockaddr_in in;
    struct sockaddr *address = (struct sockaddr *)&in;
    int length = sizeof in;
    server->answer = demo_answer;
    list_init(&server->clients);
    demo_check_(uv_tcp_init(loop, &server->listener));
    listener->data = server;
    uv_unref((uv_handle_t *)listener);
    demo_check_(uv_ip4_addr("127.0.0.1", 0, &in));
    demo_check_(uv_tcp_bind(&server->listener, address, 0));
    demo_check_(uv_listen(listener, 128, demo_accept_cb_));
    demo_check_(uv_tcp_getsockname(&server->listener, address, &length));
    server->port = ntohs(in.sin_port);
}

/* Closes everything; the loop forgets it on its next turn. */
static inline void demo_server_stop(struct demo_server *server)
{
    while (!list_is_empty(&server->clients))
        demo_hang_up_(
            container_of(server->clients.next, struct demo_client_, link));
    uv_close((uv_handle_t *)&server->listener, NULL);
}
#endif
