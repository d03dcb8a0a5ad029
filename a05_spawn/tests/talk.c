/* talk PORT N [LINE...] [--stay]: a client with plain sockets, for the tests.
 *
 * Opens N connections at once and sends the lines on each.  Then in turn, for
 * each of them: half-close (not with --stay), print what comes until the end.
 */
#include <netinet/in.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void must(int ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    exit(1);
}

static int dial(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((unsigned short)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    must(fd >= 0, "socket");
    must(connect(fd, (struct sockaddr *)&address, sizeof address) == 0,
         "connect");
    return fd;
}

static void say(int fd, const char *line)
{
    char text[5000];
    int size = snprintf(text, sizeof text, "%s\n", line);
    must(write(fd, text, (size_t)size) == size, "write");
}

static void hear(int fd)
{
    char text[5000];
    ssize_t n;
    while ((n = read(fd, text, sizeof text)) > 0) {
        fwrite(text, 1, (size_t)n, stdout);
        fflush(stdout);
    }
    must(n == 0, "read");
    close(fd);
}

int main(int argc, char **argv)
{
    int n = argc > 2 ? atoi(argv[2]) : 0, fds[200];
    int stays = argc > 3 && strcmp(argv[argc - 1], "--stay") == 0;
    must(n > 0 && n <= 200, "talk PORT N [LINE...] [--stay]");
    for (int i = 0; i < n; i++) {
        fds[i] = dial(atoi(argv[1]));
        for (int line = 3; line < argc - stays; line++)
            say(fds[i], argv[line]);
    }
    for (int i = 0; i < n; i++) {
        must(stays || shutdown(fds[i], SHUT_WR) == 0, "shutdown");
        hear(fds[i]);
    }
    return 0;
}
