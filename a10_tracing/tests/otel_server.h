/* otel_server.h: a collector on 127.0.0.1 that answers as the test says.
 *
 *     server_will((struct server_answer[]){ { SERVER_503 }, { SERVER_OK },
 *                                           { NULL } });
 *
 * The first request gets the first answer, and so on; the last one is repeated.
 * server_got() says how many requests came; their heads and bodies are kept.
 * Blocking calls and a thread for each connection, so that nothing of what is
 * tested is in here.  It runs until the process ends.
 */
#ifndef A10_TESTS_OTEL_SERVER_H
#define A10_TESTS_OTEL_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SERVER_SAYS(status) \
    "HTTP/1.1 " status "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
#define SERVER_OK                                           \
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" \
    "Content-Length: 2\r\n\r\n{}"

enum server_end { SERVER_KEEP, SERVER_CLOSE, SERVER_HOLD };

struct server_answer {
    const char *bytes;
    enum server_end end; /* then: the next request, FIN, or silence */
};

enum { SERVER_ANSWERS = 8, SERVER_REQUESTS = 64, SERVER_ROOM = 2000000 };

static struct {
    pthread_mutex_t lock;
    struct { /* copies, because the test has its own on a stack */
        char *bytes;
        enum server_end end;
    } answers[SERVER_ANSWERS];
    int n;                           /* of them */
    char *requests[SERVER_REQUESTS]; /* head, empty line, body */
    int got;                         /* requests */
} server_ = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* ---- For the test -------------------------------------------------------- */

/* From now on; what came before is forgotten. */
static inline void server_will(const struct server_answer *answers)
{
    pthread_mutex_lock(&server_.lock);
    while (server_.n > 0)
        free(server_.answers[--server_.n].bytes);
    for (; answers[server_.n].bytes; server_.n++) {
        server_.answers[server_.n].bytes = strdup(answers[server_.n].bytes);
        server_.answers[server_.n].end = answers[server_.n].end;
    }
    while (server_.got > 0) {
        free(server_.requests[--server_.got]);
        server_.requests[server_.got] = NULL;
    }
    pthread_mutex_unlock(&server_.lock);
}

static inline int server_got(void)
{
    int got;
    pthread_mutex_lock(&server_.lock);
    got = server_.got;
    pthread_mutex_unlock(&server_.lock);
    return got;
}

/* The n-th, from 0 on; it has come. */
static inline const char *server_request(int n)
{
    return server_.requests[n];
}

static inline const char *server_body(int n)
{
    return strstr(server_.requests[n], "\r\n\r\n") + 4;
}

/* ---- The server ---------------------------------------------------------- */

/* Remembers the request, and sends its answer. */
static inline enum server_end server_answer_(int fd, const char *request)
{
    enum server_end end = SERVER_CLOSE;
    char *bytes = NULL;
    int i;
    pthread_mutex_lock(&server_.lock);
    i = server_.got < server_.n ? server_.got : server_.n - 1;
    if (i >= 0) {
        bytes = strdup(server_.answers[i].bytes);
        end = server_.answers[i].end;
    }
    if (server_.got < SERVER_REQUESTS)
        server_.requests[server_.got++] = strdup(request);
    pthread_mutex_unlock(&server_.lock);
    if (bytes && send(fd, bytes, strlen(bytes), MSG_NOSIGNAL) < 0)
        end = SERVER_CLOSE;
    free(bytes);
    return end;
}

static inline bool server_is_whole_(const char *request)
{
    const char *end = strstr(request, "\r\n\r\n");
    const char *length = strstr(request, "\r\nContent-Length: ");
    return end &&
           (!length || strlen(end + 4) >= strtoul(length + 18, NULL, 10));
}

static inline void *server_connection_(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char *request = malloc(SERVER_ROOM + 1);
    size_t have = 0;
    ssize_t n;
    enum server_end end = SERVER_KEEP;
    while (request && end == SERVER_KEEP && have < SERVER_ROOM &&
           (n = recv(fd, request + have, SERVER_ROOM - have, 0)) > 0) {
        have += (size_t)n;
        request[have] = '\0';
        if (server_is_whole_(request)) {
            end = server_answer_(fd, request);
            have = 0;
        }
    }
    while (end == SERVER_HOLD && recv(fd, request, SERVER_ROOM, 0) > 0) {
    }
    free(request);
    close(fd);
    return NULL;
}

static inline void *server_accept_(void *arg)
{
    for (;;) {
        pthread_t thread;
        int fd = accept((int)(intptr_t)arg, NULL, NULL);
        if (fd < 0)
            continue;
        if (pthread_create(&thread, NULL, server_connection_,
                           (void *)(intptr_t)fd))
            close(fd);
        else
            pthread_detach(thread);
    }
    return NULL;
}

/* The port that it listens on, or 0. */
static inline int server_start(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    pthread_t thread;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) ||
        listen(fd, 128) ||
        getsockname(fd, (struct sockaddr *)&address, &length) ||
        pthread_create(&thread, NULL, server_accept_, (void *)(intptr_t)fd))
        return 0;
    pthread_detach(thread);
    return ntohs(address.sin_port);
}
#endif
