/* tcp_peer.h: what the tests of tcp share: peers that are plain sockets, used
 * by plain calls that block, so that the other end is surely not ours. */
#ifndef A05_TESTS_TCP_PEER_H
#define A05_TESTS_TCP_PEER_H

#include "tests/by_hand.h"
#include "tests/every_drop.h"

/* The n-th call from now of one of these fails, once; or every accept does. */
static int calls_left = -1, accept_error, accept_tries;
#define FAILS() (calls_left >= 0 && calls_left-- == 0)
#define SAYS(error) (errno = (error), -1)
#define calloc(n, size) (FAILS() ? NULL : calloc(n, size))
#define socket(family, type, protocol) \
    (FAILS() ? SAYS(EMFILE) : socket(family, type, protocol))
#define accept(fd, address, size)                      \
    (accept_tries++, accept_error ? SAYS(accept_error) \
                     : FAILS()    ? SAYS(ENFILE)       \
                                  : accept(fd, address, size))
#define fcntl(fd, what, flag) (FAILS() ? SAYS(EBADF) : fcntl(fd, what, flag))
#define uv_poll_init(loop, poll, fd) \
    (FAILS() ? UV_ENOSPC : uv_poll_init(loop, poll, fd))
#define setsockopt(fd, level, name, value, size) \
    (FAILS() ? SAYS(ENOBUFS) : setsockopt(fd, level, name, value, size))
#define bind(fd, address, size) \
    (FAILS() ? SAYS(EADDRINUSE) : bind(fd, address, size))
#define listen(fd, backlog) (FAILS() ? SAYS(EOPNOTSUPP) : listen(fd, backlog))
#define connect(fd, address, size) \
    (FAILS() ? SAYS(ENETUNREACH) : connect(fd, address, size))
#define getsockopt(fd, level, name, value, size) \
    (FAILS() ? SAYS(ENOBUFS) : getsockopt(fd, level, name, value, size))
#include "a05_spawn/tcp.h"
#include "a05_spawn/tcp_listen.h"
#undef calloc
#undef socket
#undef accept
#undef fcntl
#undef uv_poll_init
#undef setsockopt
#undef bind
#undef listen
#undef connect
#undef getsockopt

/* Let libuv look, once. */
static inline void look(void)
{
    uv_run(&loop, UV_RUN_NOWAIT);
}

static inline struct tcp *listener_open(void)
{
    struct tcp *listener;
    assert_int_equal(tcp_listen(&listener, &ex, "127.0.0.1", 0), 0);
    return listener;
}

/* A plain socket, connected; it waits in the listener's queue. */
static inline int peer_connect(struct tcp *listener)
{
    struct sockaddr_in address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(tcp_address(&address, "127.0.0.1", tcp_port(listener)), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address),
                     0);
    return fd;
}

/* One connection: our end, and the peer's plain socket. */
static inline struct tcp *pair(int *peer)
{
    struct tcp *listener = listener_open();
    struct tcp_accept accepted;
    *peer = peer_connect(listener);
    block_on(&ex, tcp_accept(&accepted, listener));
    assert_int_equal(accepted.status, 0);
    tcp_close(listener);
    return accepted.tcp;
}

static inline void peer_says(int peer, const char *text)
{
    size_t size = strlen(text);
    assert_int_equal(send(peer, text, size, 0), (int)size);
}

/* It hangs up with a reset, as when its process is killed by a crash. */
static inline void peer_resets(int peer)
{
    struct linger now = { .l_onoff = 1, .l_linger = 0 };
    assert_int_equal(setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, sizeof now),
                     0);
    close(peer);
}

/* What the peer reads until the end, or until there is no more for now. */
static inline const char *peer_hears(int peer, int flags)
{
    static char heard[256];
    size_t n = 0;
    ssize_t got;
    while ((got = recv(peer, heard + n, sizeof heard - 1 - n, flags)) > 0)
        n += (size_t)got;
    heard[n] = '\0';
    return heard;
}

/* Read, and return n; `buffer` then ends with a zero. */
static inline int read_some_into(struct tcp *t, char *buffer, size_t size)
{
    struct tcp_read r;
    block_on(&ex, tcp_read(&r, t, buffer, size - 1));
    buffer[r.n > 0 ? r.n : 0] = '\0';
    return (int)r.n;
}

static inline int write_all(struct tcp *t, const char *text)
{
    struct tcp_write w;
    block_on(&ex, tcp_write(&w, t, text, strlen(text)));
    return w.status;
}
#endif
