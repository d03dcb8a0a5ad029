/* tcp_socket.h: one socket: its memory, its owner, and how to wait for it.
 *
 * What tcp.h (connections) and tcp_listen.h (listeners) have in common.
 *
 * owner    A struct tcp belongs to the code that opened or accepted it, until
 *          tcp_close().  A task closes its own in ASYNC_FINALLY.
 * memory   libuv uses its handle until the close callback has run, one turn of
 *          the loop after tcp_close(); your frame may be gone by then.  So a
 *          struct tcp is on the heap, and the close callback frees it.
 * waiting  libuv only tells when a socket is ready; then the future calls
 *          recv() or send().  So while a future waits, neither libuv nor the
 *          kernel holds a buffer of it, and a drop leaves nothing behind.
 * loop     A future that waits keeps the loop alive; an idle socket does not.
 * delay    Small writes are sent at once (TCP_NODELAY).  Otherwise the second
 *          waits until the peer has confirmed the first, which may take 40 ms.
 * errors   are libuv's: negative, for uv_strerror().
 * threads  Everything is called on the executor's thread.
 */
#ifndef A05_TCP_SOCKET_H
#define A05_TCP_SOCKET_H

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include "executor.h"

struct tcp {                  /* a connection, or a listener */
    uv_poll_t poll;           /* tells when the descriptor is ready */
    int fd;                   /* the descriptor; it does not block */
    int events;               /* what `poll` looks for: UV_READABLE … */
    struct tcp_ready *reader; /* waits until there is something to read */
    struct tcp_ready *writer; /* waits until there is room to write */
    bool starved;             /* of a listener, see tcp_listen.h */
};

/* ---- tcp_ready: wait until a socket is ready ----------------------------- */

struct tcp_ready {
    struct future future;
    struct tcp *tcp;
    int event;  /* UV_READABLE or UV_WRITABLE */
    bool fired; /* libuv has told us */
    struct waker waker;
};

static inline struct tcp_ready **tcp_waiter_(struct tcp *t, int event)
{
    return event == UV_READABLE ? &t->reader : &t->writer;
}

static inline void tcp_fire_(struct tcp_ready *waiter)
{
    if (!waiter)
        return;
    waiter->fired = true;
    waker_wake(waiter->waker);
}

static inline void tcp_poll_cb_(uv_poll_t *poll, int status, int events);

static inline void tcp_look_(struct tcp *t)
{
    int rc;
    t->events = (t->reader ? UV_READABLE : 0) | (t->writer ? UV_WRITABLE : 0);
    rc = uv_poll_start(&t->poll, t->events, tcp_poll_cb_);
    if (rc == 0)
        return;
    fprintf(stderr, "cannot watch a socket: %s\n", uv_strerror(rc));
    exit(1); /* it never happens: the socket is open, and only ours */
}

/* Each change of the events that we ask for is a system call.  So when no
 * future waits any more, we go on asking, and stop only when such an event
 * comes. */
static inline void tcp_poll_cb_(uv_poll_t *poll, int status, int events)
{
    struct tcp *t = container_of(poll, struct tcp, poll);
    if (status < 0) {  /* the next recv() or send() says what it is */
        t->events = 0; /* libuv has stopped looking */
        events = UV_READABLE | UV_WRITABLE;
    } else if ((events & UV_READABLE && !t->reader) ||
               (events & UV_WRITABLE && !t->writer)) {
        tcp_look_(t);
    }
    if (events & UV_READABLE)
        tcp_fire_(t->reader);
    if (events & UV_WRITABLE)
        tcp_fire_(t->writer);
}

static inline void tcp_ready_drop(struct future *f)
{
    struct tcp_ready *self = container_of(f, struct tcp_ready, future);
    struct tcp_ready **waiter = tcp_waiter_(self->tcp, self->event);
    if (*waiter != self)
        return;
    *waiter = NULL;
    if (!self->tcp->reader && !self->tcp->writer)
        uv_unref((uv_handle_t *)&self->tcp->poll);
}

static inline enum poll tcp_ready_poll(struct future *f, struct context *cx)
{
    struct tcp_ready *self = container_of(f, struct tcp_ready, future);
    struct tcp_ready **waiter = tcp_waiter_(self->tcp, self->event);
    if (*waiter && *waiter != self)
        misuse("tcp: two futures wait to %s one socket; let one task do it, "
               "and tell the other",
               self->event == UV_READABLE ? "read" : "write");
    if (self->fired) {
        tcp_ready_drop(f);
        return POLL_READY;
    }
    self->waker = context_waker(cx);
    *waiter = self;
    uv_ref((uv_handle_t *)&self->tcp->poll);
    if (!(self->tcp->events & self->event))
        tcp_look_(self->tcp);
    return POLL_PENDING;
}

static const struct future_ops tcp_ready_ops_ = FUTURE_OPS(tcp_ready);

/* Is it open?  What could not be opened is NULL. */
static inline void tcp_check(const struct tcp *t, const char *what)
{
    if (!t)
        misuse("%s: there is no socket (NULL); look at the status of "
               "tcp_listen(), tcp_connect() or tcp_accept() first",
               what);
    if (uv_is_closing((const uv_handle_t *)&t->poll))
        misuse("%s: this socket was closed", what);
}

/* `event` is UV_READABLE or UV_WRITABLE; one future at a time may wait for
 * each.  READY may be a false alarm: the system call then says UV_EAGAIN, and
 * you wait again.  Cancel-safe. */
static inline struct future *tcp_ready(struct tcp_ready *self, struct tcp *tcp,
                                       int event)
{
    tcp_check(tcp, "tcp_ready");
    *self = (struct tcp_ready){ .future.ops = &tcp_ready_ops_,
                                .tcp = tcp,
                                .event = event };
    return &self->future;
}

/* ---- Open and close ------------------------------------------------------ */

/* What the last system call says; UV_EAGAIN: not yet, so use tcp_ready(). */
static inline int tcp_error(void)
{
    bool not_yet = errno == EAGAIN || errno == EINTR || errno == EINPROGRESS;
    return not_yet ? UV_EAGAIN : uv_translate_sys_error(errno);
}

/* Takes over `fd`, and closes it if that fails. */
static inline int tcp_watch_(struct tcp *t, uv_loop_t *uv_loop, int fd)
{
    int rc = fcntl(fd, F_SETFD, FD_CLOEXEC) ? tcp_error() : 0;
    t->fd = fd;
    if (rc == 0)
        rc = uv_poll_init(uv_loop, &t->poll, fd); /* from now on non-blocking */
    if (rc == 0)
        uv_unref((uv_handle_t *)&t->poll); /* nobody waits yet */
    else
        close(fd);
    return rc;
}

static inline int tcp_give_(struct tcp **tcp, struct tcp *t, int rc)
{
    if (rc)
        free(t);
    *tcp = rc ? NULL : t;
    return rc;
}

/* A new socket, or the next client of a listener.  The memory comes first:
 * without it the client stays in the listener's queue. */
static inline int tcp_open(struct tcp **tcp, uv_loop_t *uv_loop,
                           struct tcp *listener)
{
    struct tcp *t = calloc(1, sizeof *t);
    int rc = UV_ENOMEM, on = 1;
    if (t) {
        int fd = listener ? accept(listener->fd, NULL, NULL)
                          : socket(AF_INET, SOCK_STREAM, 0);
        if (fd >= 0 &&
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0) {
            rc = tcp_watch_(t, uv_loop, fd);
        } else {
            rc = tcp_error();
            if (fd >= 0)
                close(fd);
        }
    }
    return tcp_give_(tcp, t, rc);
}

/* A struct tcp for what is open already: a Unix socket, or a terminal, which
 * can only be waited for.  It is not blocking from now on.  On an error it is
 * closed. */
static inline int tcp_adopt(struct tcp **tcp, uv_loop_t *uv_loop, int fd)
{
    struct tcp *t = calloc(1, sizeof *t);
    int rc = UV_ENOMEM;
    if (t)
        rc = tcp_watch_(t, uv_loop, fd);
    else
        close(fd);
    return tcp_give_(tcp, t, rc);
}

static inline void tcp_closed_cb_(uv_handle_t *handle)
{
    free(container_of((uv_poll_t *)(void *)handle, struct tcp, poll));
}

/* Never waits.  The descriptor is free at once, and the memory when libuv does
 * not use it any more.  The peer still gets all that was written; but if you
 * have not read all that it sent, the system resets the connection.  NULL is
 * fine. */
static inline void tcp_close(struct tcp *t)
{
    if (!t)
        return;
    tcp_check(t, "tcp_close");
    if (t->reader || t->writer)
        misuse("tcp_close: a future still waits for this socket; drop it "
               "first");
    uv_close((uv_handle_t *)&t->poll, tcp_closed_cb_);
    close(t->fd);
}

/* An address from "127.0.0.1", say, and a port.  0, or UV_EINVAL. */
static inline int tcp_address(struct sockaddr_in *address, const char *ip,
                              int port)
{
    if (port < 0 || port > 65535)
        return UV_EINVAL;
    return uv_ip4_addr(ip, port, address);
}
#endif
