/* tcp_listen.h: the server's side: listen and accept.
 *
 * Clients that are not accepted yet wait in the system's queue.  So a server
 * protects itself from a flood if it accepts no more than it can serve.
 *
 * shortage  Without descriptors or memory no client can be accepted, and the
 *           clients stay in the queue.  Trying again at once would spin.  So
 *           tcp_accept() returns the error once.  After that it waits, and
 *           tries again every 100 ms until it has a client.  It does the same
 *           after any other error.
 * threads   Everything is called on the executor's thread.
 * loop      One accept in each turn of the loop, so that many clients at once
 *           do not keep the others waiting.
 */
#ifndef A05_TCP_LISTEN_H
#define A05_TCP_LISTEN_H

#include "a05_spawn/tcp_socket.h"

enum { TCP_RETRY_MS = 100 };

static inline int tcp_bind_(struct tcp *t, const struct sockaddr_in *address)
{
    int on = 1; /* otherwise a server cannot start again for a minute */
    if (setsockopt(t->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        bind(t->fd, (const struct sockaddr *)address, sizeof *address) ||
        listen(t->fd, SOMAXCONN))
        return tcp_error();
    return 0;
}

/* Listen on an address of this machine: "127.0.0.1" for clients on it only,
 * "0.0.0.0" for all.  Port 0: the system picks one.  The listener is yours to
 * tcp_close(); on an error it is NULL. */
static inline int tcp_listen(struct tcp **listener, struct executor *executor,
                             const char *ip, int port)
{
    struct sockaddr_in address;
    int rc = tcp_address(&address, ip, port);
    executor_check(executor, "tcp_listen");
    *listener = NULL;
    if (rc == 0)
        rc = tcp_open(listener, executor->loop, NULL);
    if (rc == 0)
        rc = tcp_bind_(*listener, &address);
    if (rc) {
        tcp_close(*listener);
        *listener = NULL;
    }
    return rc;
}

/* The port it listens on, or an error. */
static inline int tcp_port(struct tcp *listener)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    tcp_check(listener, "tcp_port");
    if (getsockname(listener->fd, (struct sockaddr *)&address, &size))
        return tcp_error();
    return ntohs(address.sin_port);
}

/* ---- tcp_accept ---------------------------------------------------------- */

struct tcp_accept {
    struct async async;
    struct tcp *listener;
    struct tcp_ready ready;
    struct sleep pause;
    struct tcp *tcp; /* result: yours to close; NULL if status is not 0 */
    int status;      /* result: 0 or an error; the listener still listens */
};

/* UV_EAGAIN: there was no client after all, or a shortage that was returned
 * before goes on. */
static inline int tcp_accept_one_(struct tcp_accept *self)
{
    struct tcp *listener = self->listener;
    int rc = tcp_open(&self->tcp, listener->poll.loop, listener);
    bool told = listener->starved;
    if (rc == UV_ECONNABORTED) /* the client hung up in the queue */
        rc = UV_EAGAIN;
    listener->starved = rc != 0 && rc != UV_EAGAIN;
    return told && listener->starved ? UV_EAGAIN : rc;
}

static inline enum poll tcp_accept_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct tcp_accept);
    do {
        if (self->listener->starved)
            AWAIT(sleep_ms(&self->pause, TCP_RETRY_MS));
        else
            AWAIT(tcp_ready(&self->ready, self->listener, UV_READABLE));
        self->status = tcp_accept_one_(self);
    } while (self->status == UV_EAGAIN);
    ASYNC_END;
}

static const struct future_ops tcp_accept_ops_ = ASYNC_OPS(tcp_accept);

/* The next client.  Cancel-safe: only READY takes one out of the queue. */
static inline struct future *tcp_accept(struct tcp_accept *self,
                                        struct tcp *listener)
{
    tcp_check(listener, "tcp_accept");
    *self = (struct tcp_accept){ .async.future.ops = &tcp_accept_ops_,
                                 .listener = listener };
    return &self->async.future;
}
#endif
