/* client.h: the client of a server's workload, in a process of its own: plain
 * sockets, a request on each, the next one when the answer has come.
 *
 *     pid_t client = client_start(port, n, ask, hear);
 *     ...                                 the server, until n requests are over
 *     client_end(client);
 */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include <poll.h>
#include <sys/wait.h>
#include "a05_spawn/tcp.h"
#include "bench.h"

enum { CONNECTIONS = 64 };

static int client_connect(int port)
{
    struct sockaddr_in address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    must(fd >= 0 && tcp_address(&address, "127.0.0.1", port) == 0, "socket");
    must(connect(fd, (struct sockaddr *)&address, sizeof address) == 0,
         "connect");
    return fd;
}

static void client_run(int port, int n, void (*ask)(int fd),
                       void (*hear)(int fd))
{
    struct pollfd fds[CONNECTIONS];
    int asked = 0, most = n < CONNECTIONS ? n : CONNECTIONS;
    for (int i = 0; i < most; i++, asked++) {
        fds[i] =
            (struct pollfd){ .fd = client_connect(port), .events = POLLIN };
        ask(fds[i].fd);
    }
    for (int back = 0; back < n;) {
        must(poll(fds, (nfds_t)most, 20000) > 0, "poll");
        for (int i = 0; i < most; i++) {
            if (!fds[i].revents)
                continue;
            hear(fds[i].fd);
            back++;
            if (asked++ < n)
                ask(fds[i].fd);
            else
                fds[i].fd = -1; /* poll() passes it over */
        }
    }
}

static pid_t client_start(int port, int n, void (*ask)(int fd),
                          void (*hear)(int fd))
{
    pid_t pid = fork();
    must(pid >= 0, "fork");
    if (pid == 0) {
        client_run(port, n, ask, hear);
        _exit(0);
    }
    return pid;
}

static void client_end(pid_t pid)
{
    int status = -1;
    waitpid(pid, &status, 0);
    must(status == 0, "the client failed");
}
#endif
