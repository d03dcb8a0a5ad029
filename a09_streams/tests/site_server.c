/* A web server on 127.0.0.1 for crawl.sh.  It prints its port, then a line for
 * each request, and ends when standard input does.
 *
 *     /                  leads to all that follow
 *     /a, /b             lead to each other, and to themselves
 *     /away              302 to the same port of "localhost"
 *     /home              302 to /a, which is a page of its own, too
 *     /moved             302 to itself
 *     /slow              200 after 100 ms
 *     /half-then-reset   half of a page, with a link to /never, then RST
 *     /large             30,000 bytes, and a link to /a
 *     /hostile           links whose names are not to be trusted
 *     /tree/N/K          K leads to 2K+1 and 2K+2, as far as they are below N,
 *                        and to the root: N pages
 *     /silent            leads to /whole and to /stuck, which is half a page,
 *                        and then nothing
 *     /odd               leads to the answers of odd[]
 *     /hop/N             302 to /hop/N+1
 *     /farm/N            leads to 20 others, which lead to 20 others each
 *     /endless           200, and bytes that do not end
 *     /drip              200, and a byte every 20 ms that do not end
 *     anything else      404; below /deep/, 200
 *
 * A line "busy N" says that N requests are being served at once, when N is
 * more than before.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 32768, LARGE = 30000 };

static int port, busy, most;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void pause_ms(long ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
    nanosleep(&t, NULL);
}

static void note(const char *path, int change)
{
    pthread_mutex_lock(&lock);
    busy += change;
    if (path)
        printf("%s\n", path);
    if (busy > most)
        printf("busy %d\n", most = busy);
    fflush(stdout);
    pthread_mutex_unlock(&lock);
}

static const char hostile[] =
    "<a href='../../../etc/passwd'>"
    "<a href='/%2e%2e/%2E%2e/deep/..%2f..%2f..%2fescape'>"
    "<a href='/deep/.bashrc'><a href='/.bashrc'><a href='/deep/x.part'>"
    "<a href='/deep/q?../../../escape'><a href='/deep/a%5C..%5C..%5Cb'>"
    "<a href='/deep/%00x'><a href='/deep/%0a;rm -rf'><a href='/deep/\377\376'>"
    "<a href='/deep/DEEP'><a href='/deep/deep'><a href='/deep/'>"
    "<a href='/deep/index.html'><a href='/deep+x'><a href='/deep/x'>"
    "<a href='javascript:alert(1)'><a href='file:///etc/passwd'><a href>"
    "<a href='http://['><a href='http://127.0.0.1:99999/'><a href='http:///'>"
    "<a href='ftp://127.0.0.1/'><a href='/deep/";

static size_t tree(char *body, const char *path)
{
    unsigned n = 0, k = 0;
    size_t used = (size_t)sprintf(body, "<a href=/tree/");
    sscanf(path, "/tree/%u/%u", &n, &k);
    used += (size_t)sprintf(body + used, "%u/0>root</a>", n);
    for (unsigned child = 2 * k + 1; child <= 2 * k + 2 && child < n; child++)
        used += (size_t)sprintf(body + used, "<a href='/tree/%u/%u'>%*s</a>", n,
                                child, 2000, "text");
    return used;
}

static void hostile_page(char *body)
{
    size_t n =
        (size_t)sprintf(body, "<a href='//127.0.0.1:%d//deep//etc/passwd'>%s",
                        port, hostile);
    memset(body + n, 'x', 1500);
    strcpy(body + n + 1500, "'>long");
}

static const struct {
    const char *path, *head, *body;
} pages[] = {
    { "/", "200 OK",
      "<a href=a><a href=/./b><a href='%61#x'><a href=/away><a href=/home>"
      "<a href=/moved><a href=/slow><a href=/half-then-reset><a href=/hostile>"
      "<a href=/missing><a href=http://localhost/>" },
    { "/a", "200 OK", "<a href=/b><a href=/a><a href='/'>" },
    { "/b", "200 OK", "<a href=/a><a href=/b?>" },
    { "/home", "302 Found\r\nLocation: /a", "" },
    { "/moved", "302 Found\r\nLocation: /moved", "moved" },
    { "/slow", "200 OK", "slow" },
    { "/whole", "200 OK", "whole" },
    { "/silent", "200 OK", "<a href=/whole><a href=/stuck>" },
    { "/stuck", "200 OK", "half of it" },
    { "/half-then-reset", "200 OK", "<a href=/never>" },
};

/* Answers that are sent as they are; then the connection is closed.
 * crawl.sh knows what must come of each. */
#define OK "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
#define ZIPPED                                                     \
    "\037\213\010\000\000\000\000\000\002\377\263\111\124\310\050" \
    "\112\115\263\325\057\315\253\312\054\050\110\115\261\003\000" \
    "\104\252\141\340\022\000\000\000"
#define ANSWER(path, bytes)            \
    {                                  \
        path, bytes, sizeof(bytes) - 1 \
    }
static const struct {
    const char *path, *bytes;
    size_t n;
} odd[] = {
    ANSWER("/odd/zipped", OK "Content-Encoding: gzip\r\n\r\n" ZIPPED),
    ANSWER("/odd/cut-zip", OK "Content-Encoding: gzip\r\n\r\n\037\213\010"),
    ANSWER("/odd/more", OK "Content-Length: 4\r\n\r\n<b><a href=/never>"),
    ANSWER("/odd/less", OK "Content-Length: 99\r\n\r\nless"),
    ANSWER("/odd/two-lengths",
           OK "Content-Length: 3\r\nContent-Length: 7\r\n\r\nabcdefg"),
    ANSWER("/odd/until-close", OK "\r\n<a href=/deep/closed>"),
    ANSWER("/odd/cut-chunk",
           OK "Transfer-Encoding: chunked\r\n\r\n40\r\n<a href=/deep/chunk>"),
    ANSWER("/odd/only-header", OK),
    ANSWER("/odd/nothing", ""),
    ANSWER("/odd/not-http", "<a href=/never>"),
    ANSWER("/odd/same", "HTTP/1.1 304 Not Modified\r\n\r\n"),
    ANSWER("/odd/picture",
           "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n<a href=/never>"),
    ANSWER("/odd/untyped", "HTTP/1.1 200 OK\r\n\r\n<a href=/never>"),
    ANSWER("/odd/to-script",
           "HTTP/1.1 302 Found\r\nLocation: javascript:alert(1)\r\n\r\n"),
    ANSWER("/odd/to-file",
           "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n"),
    ANSWER("/odd/to-nowhere", "HTTP/1.1 302 Found\r\n\r\n"),
};

static size_t odd_links(char *body)
{
    size_t n = 0;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        n += (size_t)sprintf(body + n, "<a href='%s'>", odd[i].path);
    return n;
}

static size_t farm(char *body, const char *path)
{
    unsigned k = 0;
    size_t n = 0;
    sscanf(path, "/farm/%u", &k);
    for (unsigned i = 1; i <= 20; i++)
        n += (size_t)sprintf(body + n, "<a href=/farm/%u>", 20 * k + i);
    return n;
}

/* True: that was the answer. */
static bool serve_odd(int fd, const char *path)
{
    static const char many[4096] = "<a href=/never>";
    bool drip = strcmp(path, "/drip") == 0;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        if (strcmp(path, odd[i].path) == 0)
            return send(fd, odd[i].bytes, odd[i].n, 0) >= 0;
    if (!drip && strcmp(path, "/endless") != 0)
        return false;
    if (send(fd, OK "\r\n", sizeof OK + 1, 0) < 0)
        return true;
    while (send(fd, many, drip ? 1 : sizeof many, 0) > 0)
        if (drip)
            pause_ms(20);
    return true;
}

static size_t answer(const char *path, char *head, char *body)
{
    unsigned hop;
    strcpy(head, "404 Not Found");
    *body = '\0';
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (strcmp(path, pages[i].path) == 0) {
            strcpy(head, pages[i].head);
            strcpy(body, pages[i].body);
        }
    if (strcmp(path, "/away") == 0)
        sprintf(head, "302 Found\r\nLocation: http://localhost:%d/b", port);
    else if (strncmp(path, "/tree/", 6) == 0)
        strcpy(head, "200 OK"), tree(body, path);
    else if (strcmp(path, "/large") == 0)
        strcpy(head, "200 OK"), sprintf(body, "<a href=a>%*s", LARGE, "text");
    else if (strcmp(path, "/hostile") == 0)
        strcpy(head, "200 OK"), hostile_page(body);
    else if (strcmp(path, "/odd") == 0)
        strcpy(head, "200 OK"), odd_links(body);
    else if (strncmp(path, "/farm/", 6) == 0)
        strcpy(head, "200 OK"), farm(body, path);
    else if (sscanf(path, "/hop/%u", &hop) == 1)
        sprintf(head, "302 Found\r\nLocation: /hop/%u", hop + 1);
    else if (strstr(path, "deep"))
        strcpy(head, "200 OK"), strcpy(body, "deep");
    return strlen(body);
}

/* False: no further request on this connection. */
static bool serve(int fd, const char *path)
{
    char head[256], body[SIZE], all[SIZE + 512];
    size_t n;
    if (serve_odd(fd, path)) {
        note(NULL, -1);
        return false;
    }
    n = answer(path, head, body);
    bool half = strcmp(path, "/stuck") == 0 || strstr(path, "-reset");
    int length = sprintf(all,
                         "HTTP/1.1 %s\r\nContent-Type: text/html\r\n"
                         "Content-Length: %zu\r\n\r\n%s",
                         head, half ? 2 * n : n, body);
    if (strcmp(path, "/slow") == 0)
        pause_ms(100);
    note(NULL, -1);
    if (send(fd, all, (size_t)length, 0) < 0)
        return false;
    if (half)
        pause_ms(50);
    return !strstr(path, "-reset");
}

static void *connection(void *arg)
{
    struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
    int fd = (int)(intptr_t)arg;
    char request[SIZE], path[4096];
    size_t have = 0;
    ssize_t n;
    while (have < sizeof request - 1 &&
           (n = recv(fd, request + have, sizeof request - 1 - have, 0)) > 0) {
        have += (size_t)n;
        request[have] = '\0';
        if (!strstr(request, "\r\n\r\n"))
            continue;
        sscanf(request, "%*s %4095s", path);
        have = 0;
        note(path, 1);
        if (strstr(request, "Host: localhost"))
            note("another host", 0);
        if (!serve(fd, path)) {
            if (!strstr(path, "-reset"))
                break;
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
            break;
        }
    }
    close(fd);
    return NULL;
}

static void *serve_all(void *arg)
{
    for (;;) {
        pthread_t thread;
        int fd = accept((int)(intptr_t)arg, NULL, NULL);
        if (fd >= 0 && pthread_create(&thread, NULL, connection,
                                      (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
        else if (fd >= 0)
            close(fd);
    }
    return NULL;
}

int main(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    pthread_t thread;
    char byte;
    signal(SIGPIPE, SIG_IGN);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) ||
        listen(fd, 128) ||
        getsockname(fd, (struct sockaddr *)&address, &length) ||
        pthread_create(&thread, NULL, serve_all, (void *)(intptr_t)fd))
        return 1;
    port = ntohs(address.sin_port);
    printf("%d\n", port);
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    return 0;
}
