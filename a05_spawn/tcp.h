/* tcp.h: connections: connect, read some, write all, end.  IPv4 only.
 *
 * tcp_listen.h has the server's side.  tcp_socket.h has tcp_close(), and says
 * who owns a connection.  Everything is called on the executor's thread.
 *
 * end      When the peer has ended its writing, a read gives 0 bytes; you can
 *          still write.
 * reset    If the peer is gone: UV_ECONNRESET or UV_EPIPE, never a signal.
 * sharing  One future may read and one may write a connection at a time.
 * drop     leaves nothing behind, at any moment, and never waits.
 */
#ifndef A05_TCP_H
#define A05_TCP_H

#include "a05_spawn/tcp_socket.h"

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* macOS: there the program has to ignore SIGPIPE */
#endif

/* ---- tcp_connect --------------------------------------------------------- */

struct tcp_connect {
    struct async async;
    struct sockaddr_in address;
    struct tcp_ready ready;
    struct tcp *tcp; /* result: yours to close; NULL if status is not 0 */
    int status;      /* result: 0 or an error */
};

static inline int tcp_dial_(struct tcp_connect *self, uv_loop_t *uv_loop)
{
    int rc = tcp_open(&self->tcp, uv_loop, NULL);
    if (rc == 0 && connect(self->tcp->fd, (struct sockaddr *)&self->address,
                           sizeof self->address))
        rc = tcp_error();
    return rc;
}

static inline int tcp_dialled_(struct tcp_connect *self)
{
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(self->tcp->fd, SOL_SOCKET, SO_ERROR, &error, &size))
        return tcp_error();
    return error ? uv_translate_sys_error(error) : 0;
}

static inline enum poll tcp_connect_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct tcp_connect);
    if (!cx->executor)
        misuse("tcp_connect: this context has no executor; run it by "
               "block_on() or task_spawn() of executor.h");
    if (self->status == 0)
        self->status = tcp_dial_(self, cx->executor->loop);
    if (self->status == UV_EAGAIN) {
        AWAIT(tcp_ready(&self->ready, self->tcp, UV_WRITABLE));
        self->status = tcp_dialled_(self);
    }
    ASYNC_FINALLY
    if (self->status) { /* also UV_EAGAIN: dropped while it waits */
        tcp_close(self->tcp);
        self->tcp = NULL;
    }
    ASYNC_END;
}

static const struct future_ops tcp_connect_ops_ = ASYNC_OPS(tcp_connect);

/* Connect to "127.0.0.1", say.  Cancel-safe: a drop closes the socket. */
static inline struct future *tcp_connect(struct tcp_connect *self,
                                         const char *ip, int port)
{
    *self = (struct tcp_connect){ .async.future.ops = &tcp_connect_ops_ };
    self->status = tcp_address(&self->address, ip, port);
    return &self->async.future;
}

/* ---- tcp_read: some ------------------------------------------------------ */

struct tcp_read {
    struct async async;
    struct tcp *tcp;
    void *buffer;
    size_t size;
    struct tcp_ready ready;
    ssize_t n; /* result: bytes read; 0: the peer's end; or an error */
};

/* It always waits first.  Otherwise each read from a peer that never stops
 * sending would be READY at once, and the task would keep the thread. */
static inline enum poll tcp_read_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct tcp_read);
    do {
        AWAIT(tcp_ready(&self->ready, self->tcp, UV_READABLE));
        self->n = recv(self->tcp->fd, self->buffer, self->size, 0);
        if (self->n < 0)
            self->n = tcp_error();
    } while (self->n == UV_EAGAIN);
    ASYNC_END;
}

static const struct future_ops tcp_read_ops_ = ASYNC_OPS(tcp_read);

/* Read what is there, 1 to `size` bytes.  Cancel-safe: only READY takes bytes,
 * so a read that was dropped has lost none. */
static inline struct future *tcp_read(struct tcp_read *self, struct tcp *tcp,
                                      void *buffer, size_t size)
{
    tcp_check(tcp, "tcp_read");
    if (size == 0)
        misuse("tcp_read: a buffer of 0 bytes; the result would look like "
               "the peer's end");
    *self = (struct tcp_read){ .async.future.ops = &tcp_read_ops_,
                               .tcp = tcp,
                               .buffer = buffer,
                               .size = size };
    return &self->async.future;
}

/* ---- tcp_write: all ------------------------------------------------------ */

struct tcp_write {
    struct async async;
    struct tcp *tcp;
    const char *data;
    size_t size;
    struct tcp_ready ready;
    size_t sent; /* result: bytes that the system has taken, also if dropped */
    int status;  /* result: 0: all of them, unless dropped; or an error */
};

static inline int tcp_send_(struct tcp_write *self)
{
    ssize_t n = send(self->tcp->fd, self->data + self->sent,
                     self->size - self->sent, MSG_NOSIGNAL);
    if (n < 0)
        return tcp_error();
    self->sent += (size_t)n;
    return 0;
}

static inline enum poll tcp_write_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct tcp_write);
    while (self->status == 0 && self->sent < self->size) {
        self->status = tcp_send_(self);
        if (self->status == UV_EAGAIN) {
            self->status = 0; /* a drop while it waits leaves no error */
            AWAIT(tcp_ready(&self->ready, self->tcp, UV_WRITABLE));
        }
    }
    ASYNC_END;
}

static const struct future_ops tcp_write_ops_ = ASYNC_OPS(tcp_write);

/* Write all of `data`, which has to stay until READY or drop.  READY at once if
 * the system has room for it.  Not cancel-safe: a part may have been sent. */
static inline struct future *tcp_write(struct tcp_write *self, struct tcp *tcp,
                                       const void *data, size_t size)
{
    tcp_check(tcp, "tcp_write");
    *self = (struct tcp_write){ .async.future.ops = &tcp_write_ops_,
                                .tcp = tcp,
                                .data = data,
                                .size = size };
    return &self->async.future;
}

/* ---- Half-close, and an end without a reset ------------------------------ */

/* The peer reads what was written, then the end; you can still read.  0, or an
 * error if the connection is gone. */
static inline int tcp_shutdown(struct tcp *t)
{
    tcp_check(t, "tcp_shutdown");
    return shutdown(t->fd, SHUT_WR) ? tcp_error() : 0;
}

struct tcp_drain {
    struct async async;
    struct tcp *tcp;
    char discarded[512];
    struct tcp_read read;
};

static inline enum poll tcp_drain_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct tcp_drain);
    if (tcp_shutdown(self->tcp) == 0) {
        do {
            AWAIT(tcp_read(&self->read, self->tcp, self->discarded,
                           sizeof self->discarded));
        } while (self->read.n > 0);
    }
    ASYNC_END;
}

static const struct future_ops tcp_drain_ops_ = ASYNC_OPS(tcp_drain);

/* Half-close, then discard what the peer still sends, until its end.  A close
 * after that resets nothing, so the peer reads your last words.  It may send
 * forever: give this a limit, such as timeout_ms(). */
static inline struct future *tcp_drain(struct tcp_drain *self, struct tcp *tcp)
{
    tcp_check(tcp, "tcp_drain");
    *self =
        (struct tcp_drain){ .async.future.ops = &tcp_drain_ops_, .tcp = tcp };
    return &self->async.future;
}
#endif
