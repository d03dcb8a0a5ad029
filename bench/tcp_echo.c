/* tcp_echo.c: a server's round trips: with a task for each connection, and with
 * libuv's callbacks alone.  The client is the same, in a process of its own. */
#include "client.h"
#include "a05_spawn/tcp.h"
#include "a05_spawn/tcp_listen.h"

enum { SIZE = 64 };

/* ---- The client: plain sockets, a message on each ------------------------ */

static void client_send(int fd)
{
    static const char message[SIZE];
    must(send(fd, message, SIZE, 0) == SIZE, "send");
}

static void client_hear(int fd)
{
    char buffer[SIZE];
    must(recv(fd, buffer, SIZE, MSG_WAITALL) == SIZE, "recv");
}

/* ---- A task for each connection ------------------------------------------ */

struct echo {
    struct async async;
    struct tcp *tcp;
    char buffer[4096];
    struct tcp_read read;
    struct tcp_write write;
};

static enum poll echo_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct echo);
    for (;;) {
        AWAIT(tcp_read(&self->read, self->tcp, self->buffer,
                       sizeof self->buffer));
        if (self->read.n <= 0)
            break;
        AWAIT(tcp_write(&self->write, self->tcp, self->buffer,
                        (size_t)self->read.n));
        must(self->write.status == 0, "tcp_write");
    }
    ASYNC_FINALLY
    tcp_close(self->tcp);
    ASYNC_END;
}

static const struct future_ops echo_ops = ASYNC_OPS(echo);

static struct future *echo(struct echo *self, struct tcp *tcp)
{
    *self = (struct echo){ .async.future.ops = &echo_ops, .tcp = tcp };
    return &self->async.future;
}

struct server {
    struct async async;
    struct tcp *listener;
    struct tcp_accept accept;
    int i;
};

static enum poll server_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct server);
    for (; self->i < CONNECTIONS; self->i++) {
        AWAIT(tcp_accept(&self->accept, self->listener));
        must(self->accept.status == 0, "tcp_accept");
        task_detach(task_spawn(cx->executor,
                               echo(task_slot(struct echo), self->accept.tcp)));
    }
    ASYNC_FINALLY
    tcp_close(self->listener);
    ASYNC_END;
}

static const struct future_ops server_ops = ASYNC_OPS(server);

static struct cost tcp_echo(int n)
{
    struct world w;
    struct server *server = task_slot(struct server);
    uint64_t start;
    pid_t client;
    *server = (struct server){ .async.future.ops = &server_ops };
    world_open(&w);
    must(tcp_listen(&server->listener, &w.ex, "127.0.0.1", 0) == 0,
         "tcp_listen");
    client =
        client_start(tcp_port(server->listener), n, client_send, client_hear);
    start = uv_hrtime();
    task_detach(task_spawn(&w.ex, &server->async.future));
    executor_run(&w.ex); /* until the client has closed them all */
    start = uv_hrtime() - start;
    client_end(client);
    world_close(&w);
    return cost_of(start, n);
}

/* ---- libuv's callbacks alone --------------------------------------------- */

struct session {
    uv_tcp_t tcp;
    char buffer[4096];
};

static int sessions; /* accepted so far */

static void session_closed_cb(uv_handle_t *handle)
{
    free(handle->data);
}

static void session_alloc_cb(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    struct session *s = handle->data;
    (void)size;
    *buf = uv_buf_init(s->buffer, sizeof s->buffer);
}

static void session_read_cb(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    uv_buf_t out = uv_buf_init(buf->base, n > 0 ? (unsigned)n : 0);
    if (n > 0)
        must(uv_try_write(stream, &out, 1) == n, "uv_try_write");
    else if (n < 0)
        uv_close((uv_handle_t *)stream, session_closed_cb);
}

static void session_accept_cb(uv_stream_t *listener, int status)
{
    struct session *s = malloc(sizeof *s);
    must(status == 0 && s, "uv_listen");
    uv_tcp_init(listener->loop, &s->tcp);
    s->tcp.data = s;
    must(uv_accept(listener, (uv_stream_t *)&s->tcp) == 0, "uv_accept");
    uv_read_start((uv_stream_t *)&s->tcp, session_alloc_cb, session_read_cb);
    if (++sessions == CONNECTIONS)
        uv_close((uv_handle_t *)listener, NULL);
}

static int session_listen(uv_loop_t *loop, uv_tcp_t *listener)
{
    struct sockaddr_in address;
    int size = sizeof address;
    tcp_address(&address, "127.0.0.1", 0);
    uv_tcp_init(loop, listener);
    must(uv_tcp_bind(listener, (struct sockaddr *)&address, 0) == 0 &&
             uv_listen((uv_stream_t *)listener, 128, session_accept_cb) == 0,
         "uv_listen");
    uv_tcp_getsockname(listener, (struct sockaddr *)&address, &size);
    return ntohs(address.sin_port);
}

static struct cost tcp_echo_libuv(int n)
{
    uv_loop_t loop;
    uv_tcp_t listener;
    uint64_t start;
    pid_t client;
    must(uv_loop_init(&loop) == 0, "no event loop");
    sessions = 0;
    client = client_start(session_listen(&loop, &listener), n, client_send,
                          client_hear);
    start = uv_hrtime();
    uv_run(&loop, UV_RUN_DEFAULT);
    start = uv_hrtime() - start;
    client_end(client);
    must(uv_loop_close(&loop) == 0, "uv_loop_close: handles are left");
    return cost_of(start, n);
}

const struct workload tcp_echo_workloads[] = {
    { .name = "tcp_echo",
      .n = 200000,
      .run = tcp_echo,
      .what = "64 bytes there and back; 64 connections, a task for each" },
    { .name = "tcp_echo_libuv",
      .n = 200000,
      .run = tcp_echo_libuv,
      .what = "the same with libuv's callbacks alone" },
    { .name = NULL },
};
