/* chat_peer.h: what the tests of a08_chat share: the program in a process of
 * its own, and clients that are plain sockets, used by calls that block.
 *
 * Nothing here can hang: a minute after server_start() an alarm ends it all.
 */
#ifndef A08_TESTS_CHAT_PEER_H
#define A08_TESTS_CHAT_PEER_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

static const char *program; /* a08_chat */

/* ---- The server ---------------------------------------------------------- */

static struct {
    pid_t pid;
    FILE *says; /* its output, and its complaints */
    int port;
} server;

static void server_too_late(int signum)
{
    static const char words[] = "chat: it hangs\n";
    (void)signum;
    (void)!write(2, words, sizeof words - 1);
    if (server.pid > 0)
        kill(server.pid, SIGKILL);
    _exit(1);
}

static void server_exec(int out, const char *max, rlim_t descriptors)
{
    char port[] = "--port", zero[] = "0", option[] = "--max", number[20];
    char name[] = "a08_chat";
    char *arguments[] = { name, port, zero, option, number, NULL };
    struct rlimit limit = { descriptors, descriptors };
    snprintf(number, sizeof number, "%s", max);
    if (dup2(out, 1) != 1 || dup2(out, 2) != 2 || close(out) ||
        (descriptors && setrlimit(RLIMIT_NOFILE, &limit)))
        _exit(127);
    execv(program, arguments);
    _exit(127);
}

/* Its next line without the time, or NULL at its end. */
static inline const char *server_line(void)
{
    static char line[256];
    char *text;
    if (!fgets(line, sizeof line, server.says))
        return NULL;
    line[strcspn(line, "\n")] = '\0';
    text = strstr(line, " ms  ");
    return text ? text + 5 : line;
}

/* Wait until it says something that begins with these words. */
static inline const char *server_until(const char *words)
{
    const char *line;
    do {
        line = server_line();
        if (!line)
            fail_msg("the server did not say: %s", words);
    } while (line && strncmp(line, words, strlen(words)) != 0);
    return line;
}

/* 0 descriptors: as many as we have. */
static inline void server_start(const char *max, rlim_t descriptors)
{
    int fds[2];
    signal(SIGALRM, server_too_late);
    alarm(60);
    assert_int_equal(pipe(fds), 0);
    server.pid = fork();
    assert_true(server.pid >= 0);
    if (server.pid == 0) {
        close(fds[0]);
        server_exec(fds[1], max, descriptors);
    }
    close(fds[1]);
    server.says = fdopen(fds[0], "r");
    server.port = atoi(server_until("port ") + 5);
}

/* It has ended with this status. */
static inline void server_ended(int expected)
{
    int status = -1;
    assert_int_equal(waitpid(server.pid, &status, 0), server.pid);
    server.pid = 0;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), expected);
    fclose(server.says);
}

static inline void server_stop(void)
{
    assert_int_equal(kill(server.pid, SIGTERM), 0);
    server_ended(0);
}

/* ---- A client ------------------------------------------------------------ */

struct peer {
    int fd;
    char line[16 * 1024]; /* the latest, without \n, and what follows it */
    size_t have, used;
};

/* `room` > 0: so much of the system's memory for what it has not read. */
static inline void peer_dial(struct peer *p, int room)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    address.sin_port = htons((uint16_t)server.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    memset(p, 0, sizeof *p);
    p->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(p->fd >= 0);
    if (room)
        setsockopt(p->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    assert_int_equal(connect(p->fd, (struct sockaddr *)&address,
                             sizeof address),
                     0);
}

static inline void peer_bytes(struct peer *p, const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size > 0) {
        ssize_t n = send(p->fd, at, size, MSG_NOSIGNAL);
        assert_true(n > 0);
        at += n;
        size -= (size_t)n;
    }
}

static inline void peer_types(struct peer *p, const char *text)
{
    peer_bytes(p, text, strlen(text));
}

/* The next line without its end, or NULL at the end of the connection. */
static inline char *peer_line(struct peer *p)
{
    char *end;
    p->have -= p->used;
    memmove(p->line, p->line + p->used, p->have);
    while (!(end = memchr(p->line, '\n', p->have))) {
        ssize_t n;
        assert_true(p->have < sizeof p->line);
        n = recv(p->fd, p->line + p->have, sizeof p->line - p->have, 0);
        assert_true(n >= 0);
        if (n == 0) {
            assert_int_equal(p->have, 0); /* no half line */
            p->used = 0;
            return NULL;
        }
        p->have += (size_t)n;
    }
    *end = '\0';
    p->used = (size_t)(end + 1 - p->line);
    return p->line;
}

static inline void peer_hears_(struct peer *p, const char *text,
                               const char *file, int line)
{
    char *got = peer_line(p);
    if (!got)
        got = p->line, strcpy(got, "(the end)");
    _assert_string_equal(got, text, file, line);
}
#define peer_hears(p, text) peer_hears_(p, text, __FILE__, __LINE__)

/* Skip what comes before this line. */
static inline void peer_until(struct peer *p, const char *text)
{
    char *line;
    do {
        line = peer_line(p);
        if (!line)
            fail_msg("did not hear: %s", text);
    } while (line && strcmp(line, text) != 0);
}

static inline void peer_hears_the_end(struct peer *p)
{
    char *line = peer_line(p);
    if (line)
        fail_msg("no end, but: %s", line);
    close(p->fd);
}

/* It hangs up with a reset. */
static inline void peer_resets(struct peer *p)
{
    struct linger now = { .l_onoff = 1, .l_linger = 0 };
    assert_int_equal(setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now),
                     0);
    close(p->fd);
}

/* A client called `name`, who has heard all that was said before. */
static inline void peer_enters(struct peer *p, const char *name)
{
    char text[64];
    peer_dial(p, 0);
    snprintf(text, sizeof text, "/name %s\n/users\n", name);
    peer_types(p, text);
    while (strncmp(peer_line(p), "* in lobby:", 11) != 0) {
    }
}

static inline void peer_quits(struct peer *p)
{
    peer_types(p, "/quit\n");
    peer_until(p, "* bye");
    peer_hears_the_end(p);
}
#endif
