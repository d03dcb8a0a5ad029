/* demo_server.h: a small web server in a thread of its own, to fetch from.
 *
 *     GET /slow/MS          200 after MS milliseconds, a line of text
 *     GET /moved/MS         302 to /slow/MS
 *     anything else         404
 *
 * It listens on 127.0.0.1 only, on a port that the system picks.  A loop, an
 * executor and an inbox of its own: the thread ends when demo_server_stop()
 * posts a message.  Not a model of a web server: it reads what fits one buffer.
 */
#ifndef A04_DEMO_SERVER_H
#define A04_DEMO_SERVER_H

#include "executor.h"
#include "inbox.h"

struct demo_server {
    uv_thread_t thread;
    uv_sem_t started;
    struct inbox *inbox;
    int port; /* 0: it could not start */
    uv_loop_t loop;
    uv_tcp_t listener;
    struct message stop;
};

struct demo_client_ { /* one for each connection */
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_write_t write;
    char request[2048], reply[256];
    size_t have;
    int open; /* handles still to be closed */
};

static inline void demo_closed_cb_(uv_handle_t *handle)
{
    struct demo_client_ *c = handle->data;
    if (--c->open == 0)
        free(c);
}

static inline void demo_hang_up_(struct demo_client_ *c)
{
    if (uv_is_closing((uv_handle_t *)&c->tcp))
        return;
    uv_close((uv_handle_t *)&c->tcp, demo_closed_cb_);
    uv_close((uv_handle_t *)&c->timer, demo_closed_cb_);
}

static inline void demo_reply_cb_(uv_timer_t *timer)
{
    struct demo_client_ *c = timer->data;
    uv_buf_t out = uv_buf_init(c->reply, (unsigned)strlen(c->reply));
    uv_write(&c->write, (uv_stream_t *)&c->tcp, &out, 1, NULL);
}

/* One request at a time: libcurl sends the next when it has the answer. */
static inline void demo_answer_(struct demo_client_ *c)
{
    unsigned ms = 0;
    char body[64];
    c->have = 0;
    if (sscanf(c->request, "GET /slow/%u ", &ms) == 1) {
        snprintf(body, sizeof body, "this took %u ms\n", ms);
        snprintf(c->reply, sizeof c->reply,
                 "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
                 strlen(body), body);
    } else if (sscanf(c->request, "GET /moved/%u ", &ms) == 1) {
        snprintf(c->reply, sizeof c->reply,
                 "HTTP/1.1 302 Found\r\nLocation: /slow/%u\r\n"
                 "Content-Length: 0\r\n\r\n",
                 ms);
        ms = 0;
    } else {
        snprintf(c->reply, sizeof c->reply,
                 "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    }
    uv_update_time(c->timer.loop);
    uv_timer_start(&c->timer, demo_reply_cb_, ms, 0);
}

static inline void demo_alloc_cb_(uv_handle_t *handle, size_t size,
                                  uv_buf_t *buf)
{
    struct demo_client_ *c = handle->data;
    (void)size;
    *buf = uv_buf_init(c->request + c->have,
                       (unsigned)(sizeof c->request - 1 - c->have));
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
    if (strstr(c->request, "\r\n\r\n"))
        demo_answer_(c);
}

static inline void demo_accept_cb_(uv_stream_t *listener, int status)
{
    struct demo_client_ *c = status ? NULL : calloc(1, sizeof *c);
    if (!c)
        return;
    uv_tcp_init(listener->loop, &c->tcp);
    uv_timer_init(listener->loop, &c->timer);
    c->tcp.data = c->timer.data = c;
    c->open = 2;
    if (uv_accept(listener, (uv_stream_t *)&c->tcp) ||
        uv_read_start((uv_stream_t *)&c->tcp, demo_alloc_cb_, demo_read_cb_))
        demo_hang_up_(c);
}

/* ---- Start and stop ------------------------------------------------------ */

static inline void demo_close_cb_(uv_handle_t *handle, void *listener)
{
    if (handle->type == UV_TCP && handle != listener)
        demo_hang_up_(handle->data);
    else if (handle == listener && !uv_is_closing(handle))
        uv_close(handle, NULL);
}

static inline void demo_stop_run_(struct message *m, struct executor *ex)
{
    struct demo_server *s = container_of(m, struct demo_server, stop);
    uv_walk(ex->loop, demo_close_cb_, &s->listener);
}

static inline int demo_listen_(struct demo_server *s)
{
    struct sockaddr_in address;
    int length = sizeof address;
    uv_tcp_init(&s->loop, &s->listener);
    uv_ip4_addr("127.0.0.1", 0, &address);
    if (uv_tcp_bind(&s->listener, (const struct sockaddr *)&address, 0) ||
        uv_listen((uv_stream_t *)&s->listener, 128, demo_accept_cb_) ||
        uv_tcp_getsockname(&s->listener, (struct sockaddr *)&address, &length))
        return 0;
    return ntohs(address.sin_port);
}

static inline void demo_thread_(void *arg)
{
    struct demo_server *s = arg;
    struct executor ex;
    uv_loop_init(&s->loop);
    executor_init(&ex, &s->loop,
                  &(struct executor_options){ .virtual_clock = false });
    s->inbox = inbox_open(&ex);
    s->port = s->inbox ? demo_listen_(s) : 0;
    uv_sem_post(&s->started);
    executor_run(&ex); /* until the inbox is closed */
    executor_close(&ex);
    uv_loop_close(&s->loop);
}

/* The port it listens on, or 0. */
static inline int demo_server_start(struct demo_server *s)
{
    uv_sem_init(&s->started, 0);
    if (uv_thread_create(&s->thread, demo_thread_, s))
        return 0;
    uv_sem_wait(&s->started);
    return s->port;
}

static inline void demo_server_stop(struct demo_server *s)
{
    s->stop.run = demo_stop_run_;
    inbox_post(s->inbox, &s->stop);
    inbox_close(s->inbox);
    uv_thread_join(&s->thread);
    uv_sem_destroy(&s->started);
}
#endif
