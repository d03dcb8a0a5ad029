/* odd_server.h: a web server on 127.0.0.1 whose answers are odd.
 *
 *     GET /slow/MS         200 after MS milliseconds: "this took MS ms"
 *     GET /moved/MS        302 to /slow/MS
 *     /without/FILE        200, as soon as there is no such FILE
 *     /much                200, ODD_MUCH bytes
 *     /much-then-reset     200, ODD_MUCH bytes, RST: at once after the first
 *     /much-then-silence   200, ODD_MUCH bytes of twice as many
 *     /long-line           200, with a line of 3 * ODD_MUCH bytes in the header
 *     POST /echo           200, all of the request
 *     a path of odd_       as the table says
 *     anything else        404
 *
 * Blocking calls and a thread for each connection, so that nothing of what is
 * tested is in here.  It runs until the process ends.
 */
#ifndef A04_ODD_SERVER_H
#define A04_ODD_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ODD_MUCH = 50000 };      /* libcurl reads it in several steps */
enum { ODD_REQUEST = 1000000 }; /* the longest */
enum odd_end { ODD_KEEP, ODD_CLOSE, ODD_RESET, ODD_HOLD };

#define ODD_100_BYTES_                                   \
    "01234567890123456789012345678901234567890123456789" \
    "01234567890123456789012345678901234567890123456789"

static const struct odd_answer {
    const char *path;
    enum odd_end end; /* then: the next request, FIN, RST, or silence */
    const char *bytes;
} odd_[] = {
    { "/ok", ODD_KEEP, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n" },
    { "/whole-then-reset", ODD_RESET,
      "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" ODD_100_BYTES_ },
    { "/413-then-reset", ODD_RESET,
      "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n"
      "Connection: close\r\n\r\n" },
    { "/reset", ODD_RESET, "" },
    { "/half-then-reset", ODD_RESET,
      "HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n" ODD_100_BYTES_ },
    { "/cut", ODD_CLOSE, "HTTP/1.1 200 OK\r\nContent-Le" },
    { "/404-cut", ODD_CLOSE, "HTTP/1.1 404 Not Found\r\nContent-Le" },
    { "/trailer", ODD_KEEP,
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nok\n\r\n0\r\nX-After: the body\r\n\r\n" },
    { "/trailer-like-a-status", ODD_KEEP,
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nok\n\r\n0\r\nHTTP/1.1: what a field may be called\r\n\r\n" },
    { "/half-then-silence", ODD_HOLD,
      "HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n" ODD_100_BYTES_ },
    { "/to-a-file", ODD_KEEP,
      "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n"
      "Content-Length: 0\r\n\r\n" },
    { "/to-ftp", ODD_KEEP,
      "HTTP/1.1 302 Found\r\nLocation: ftp://127.0.0.1:1/\r\n"
      "Content-Length: 0\r\n\r\n" },
    { "/for-ever", ODD_KEEP,
      "HTTP/1.1 302 Found\r\nLocation: /for-ever\r\n"
      "Content-Length: 0\r\n\r\n" },
    { "/chunked", ODD_KEEP,
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nok\n\r\n0\r\n\r\n" },
    { "/not-http", ODD_CLOSE, "who are you?\n" },
};

static inline void odd_pause(unsigned ms)
{
    struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };
    nanosleep(&t, NULL);
}

static inline void odd_send_(int fd, const char *bytes)
{
    size_t n = strlen(bytes);
    for (ssize_t sent; n; bytes += sent, n -= (size_t)sent)
        if ((sent = send(fd, bytes, n, 0)) <= 0)
            return;
}

/* Returns the path of the answer. */
static inline const char *odd_wait_without_(const char *file)
{
    while (access(file, F_OK) == 0)
        odd_pause(10);
    return "/ok";
}

static inline enum odd_end odd_echo_(int fd, const char *request)
{
    char header[64];
    snprintf(header, sizeof header,
             "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", strlen(request));
    odd_send_(fd, header);
    odd_send_(fd, request);
    return ODD_KEEP;
}

static inline enum odd_end odd_much_(int fd, const char *path)
{
    static char much[ODD_MUCH];
    bool reset = strcmp(path, "/much-then-reset") == 0;
    bool whole = reset || strcmp(path, "/much") == 0;
    char header[64];
    snprintf(header, sizeof header,
             "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\nx",
             whole ? ODD_MUCH : 2 * ODD_MUCH);
    odd_send_(fd, header);
    odd_pause(20);
    odd_send_(fd, memset(much, 'x', ODD_MUCH - 1));
    return reset ? ODD_RESET : whole ? ODD_KEEP : ODD_HOLD;
}

static inline enum odd_end odd_long_line_(int fd)
{
    static char line[3 * ODD_MUCH + 1];
    odd_send_(fd, "HTTP/1.1 200 OK\r\nX: ");
    odd_send_(fd, memset(line, 'x', sizeof line - 1));
    odd_send_(fd, "\r\nContent-Length: 0\r\n\r\n");
    return ODD_KEEP;
}

static inline enum odd_end odd_answer_(int fd, const char *request)
{
    char path[64] = "", body[64], reply[256];
    unsigned ms;
    sscanf(request, "%*s %63s", path);
    if (strncmp(path, "/without/", 9) == 0)
        strcpy(path, odd_wait_without_(path + 9));
    for (size_t i = 0; i < sizeof odd_ / sizeof *odd_; i++)
        if (strcmp(path, odd_[i].path) == 0) {
            odd_send_(fd, odd_[i].bytes);
            return odd_[i].end;
        }
    if (strcmp(path, "/long-line") == 0)
        return odd_long_line_(fd);
    if (strcmp(path, "/echo") == 0)
        return odd_echo_(fd, request);
    if (strncmp(path, "/much", 5) == 0)
        return odd_much_(fd, path);
    if (sscanf(path, "/slow/%u", &ms) == 1) {
        odd_pause(ms);
        snprintf(body, sizeof body, "this took %u ms\n", ms);
        snprintf(reply, sizeof reply,
                 "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
                 strlen(body), body);
    } else if (sscanf(path, "/moved/%u", &ms) == 1) {
        snprintf(reply, sizeof reply,
                 "HTTP/1.1 302 Found\r\nLocation: /slow/%u\r\n"
                 "Content-Length: 0\r\n\r\n",
                 ms);
    } else {
        snprintf(reply, sizeof reply,
                 "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    }
    odd_send_(fd, reply);
    return ODD_KEEP;
}

static inline bool odd_is_whole_(const char *request)
{
    const char *end = strstr(request, "\r\n\r\n");
    const char *length = strstr(request, "\r\nContent-Length: ");
    return end &&
           (!length || strlen(end + 4) >= strtoul(length + 18, NULL, 10));
}

/* One request at a time, as libcurl sends them. */
static inline void *odd_connection_(void *arg)
{
    struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
    int fd = (int)(intptr_t)arg;
    char *request = malloc(ODD_REQUEST + 1);
    size_t have = 0;
    ssize_t n;
    enum odd_end end = request ? ODD_KEEP : ODD_CLOSE;
    while (end == ODD_KEEP && have < ODD_REQUEST &&
           (n = recv(fd, request + have, ODD_REQUEST - have, 0)) > 0) {
        have += (size_t)n;
        request[have] = '\0';
        if (odd_is_whole_(request)) {
            end = odd_answer_(fd, request);
            have = 0;
        }
    }
    while (end == ODD_HOLD && recv(fd, request, ODD_REQUEST, 0) > 0) {
    }
    free(request);
    if (end == ODD_RESET) /* closing it now sends RST instead of FIN */
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
    return NULL;
}

static inline void *odd_accept_(void *arg)
{
    for (;;) {
        pthread_t thread;
        int fd = accept((int)(intptr_t)arg, NULL, NULL);
        if (fd < 0)
            continue;
        if (pthread_create(&thread, NULL, odd_connection_,
                           (void *)(intptr_t)fd))
            close(fd);
        else
            pthread_detach(thread);
    }
    return NULL;
}

/* The port that it listens on, or 0. */
static inline int odd_server_start(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    pthread_t thread;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    signal(SIGPIPE, SIG_IGN);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) ||
        listen(fd, 128) ||
        getsockname(fd, (struct sockaddr *)&address, &length) ||
        pthread_create(&thread, NULL, odd_accept_, (void *)(intptr_t)fd))
        return 0;
    pthread_detach(thread);
    return ntohs(address.sin_port);
}
#endif
