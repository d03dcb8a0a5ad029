/* chat_load.c: many clients of a08_chat at once.
 *
 *     chat_load PROGRAM [--clients N] [--messages M] [--room R] [--at-once A]
 *               [--memory MB]
 *
 * N clients in rooms of R, and each says M messages.  They take turns: A of
 * them wait for the message that they have said; when one has heard it, the
 * next one says something.  Every message must come to every member of the
 * room, in the order in which its sender said them, and none may be lost.
 * Printed: how long a message takes from its sender to each member, and what
 * the server needs.
 *
 * The server is a process of its own.  The clients are plain sockets in this
 * one, with poll().
 */
#include "bench.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ROOM = 100,     /* the most members */
    SLOWEST = 4000, /* ms, at the end of the table of delays */
    HANGS = 60,     /* s without any message */
};

struct client {
    char buffer[2048]; /* what came, and is not looked at yet */
    size_t have;
    int said;        /* messages */
    int heard[ROOM]; /* messages, of each member of its room */
};

static int clients = 1000, messages = 100, room = 10, at_once = 100;
static double most_memory; /* MB; 0: any */
static struct client *all;
static struct pollfd *fds;
static int joined, over;
static long delivered;
static uint32_t delays[SLOWEST * 10]; /* how many took so many 0.1 ms */

/* ---- The server ---------------------------------------------------------- */

static pid_t server;

static int server_start(const char *program)
{
    char line[100], max[20];
    int port = 0, ends[2];
    FILE *says;
    must(pipe(ends) == 0, "no pipe");
    snprintf(max, sizeof max, "%d", clients);
    server = fork();
    must(server >= 0, "no process");
    if (server == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        execl(program, program, "--port", "0", "--max", max, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    says = fdopen(ends[0], "r");
    must(says && fgets(line, sizeof line, says) && strstr(line, "port "),
         "the server does not begin");
    port = atoi(strstr(line, "port ") + 5);
    return port; /* `says` stays open: it may have more to say */
}

static void server_end(void)
{
    int status = -1;
    waitpid(server, &status, 0);
    must(status == 0, "the server did not end with status 0");
}

/* ---- The clients --------------------------------------------------------- */

/* The next one whose turn it is, or nobody any more. */
static void next_says(void)
{
    static int turn;
    char text[64];
    int n, i = turn++ % clients;
    if (all[i].said == messages)
        return;
    n = snprintf(text, sizeof text, "%d %llu\n", all[i].said++,
                 (unsigned long long)uv_hrtime());
    must(send(fds[i].fd, text, (size_t)n, 0) == n, "cannot send");
}

static void client_heard(int i, int from, int number, uint64_t at)
{
    uint64_t delay = (uv_hrtime() - at) / 100000;
    int last = SLOWEST * 10 - 1;
    must(from / room == i / room, "a message of another room");
    must(number == all[i].heard[from % room]++, "a message is lost, or twice");
    delays[delay < (uint64_t)last ? (int)delay : last]++;
    delivered++;
    if (from == i)
        next_says();
}

static void client_line(int i, const char *line)
{
    unsigned long long at;
    char joins[64];
    int from, number;
    if (sscanf(line, "c%d: %d %llu", &from, &number, &at) == 3) {
        client_heard(i, from, number, at);
        return;
    }
    must(!strstr(line, " missed "), "a client misses messages");
    snprintf(joins, sizeof joins, "* c%d joins r%d", i, i / room);
    if (strcmp(line, joins) == 0)
        joined++;
}

static void client_read(int i)
{
    struct client *c = &all[i];
    char *end, *line = c->buffer;
    ssize_t n =
        recv(fds[i].fd, c->buffer + c->have, sizeof c->buffer - 1 - c->have, 0);
    must(n >= 0, "cannot receive");
    if (n == 0) {
        close(fds[i].fd);
        fds[i].fd = -1; /* poll() passes it over */
        over++;
        return;
    }
    c->have += (size_t)n;
    c->buffer[c->have] = '\0';
    for (; (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        client_line(i, line);
    }
    c->have -= (size_t)(line - c->buffer);
    memmove(c->buffer, line, c->have);
}

static void clients_read(void)
{
    must(poll(fds, (nfds_t)clients, HANGS * 1000) > 0, "nothing comes");
    for (int i = 0; i < clients; i++)
        if (fds[i].revents)
            client_read(i);
}

/* One after the other: if all stood in the lobby at once, each of them would
 * hear of each other. */
static void client_enters(int i, int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    char text[64];
    int n, fd = socket(AF_INET, SOCK_STREAM, 0);
    must(fd >= 0, "no socket");
    must(connect(fd, (struct sockaddr *)&address, sizeof address) == 0,
         "cannot connect");
    fds[i] = (struct pollfd){ .fd = fd, .events = POLLIN };
    n = snprintf(text, sizeof text, "/name c%d\n/join r%d\n", i, i / room);
    must(send(fd, text, (size_t)n, 0) == n, "cannot send");
    while (joined <= i)
        client_read(i);
}

/* ---- What came of it ----------------------------------------------------- */

/* The delay, in ms, that this part of all messages did not exceed. */
static double delay_of(double part)
{
    long n = 0;
    int i = 0;
    while (i < SLOWEST * 10 - 1 &&
           (double)(n += delays[i]) < part * (double)delivered)
        i++;
    return (i + 1) / 10.0;
}

static void report(double seconds)
{
    struct rusage used;
    double mb, cpu;
    must(getrusage(RUSAGE_CHILDREN, &used) == 0, "what did the server use?");
    mb = (double)used.ru_maxrss / 1024; /* Linux counts KB */
    cpu = (double)used.ru_utime.tv_sec + (double)used.ru_stime.tv_sec +
          (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    printf("%d clients in rooms of %d, %d messages each, %d at once\n", clients,
           room, messages, at_once);
    printf("delivered\t%ld, in order, none lost\n", delivered);
    printf("delay\tp50 %.1f ms, p99 %.1f ms, at most %.1f ms\n", delay_of(0.5),
           delay_of(0.99), delay_of(1));
    printf("all of it\t%.1f s, %.0f deliveries per second\n", seconds,
           (double)delivered / seconds);
    printf("server\t%.1f MB at most, %.1f s of CPU time\n", mb, cpu);
    must(most_memory == 0 || mb <= most_memory, "that is too much memory");
}

static int number(const char *text, int least, int most)
{
    char *end;
    long n = strtol(text, &end, 10);
    must(*text && !*end && n >= least && n <= most, "a bad number");
    return (int)n;
}

static void parse(int argc, char **argv)
{
    must(argc > 1 && argc % 2 == 0, "chat_load PROGRAM [--clients N] "
                                    "[--messages M] [--room R] [--at-once A] "
                                    "[--memory MB]");
    for (int i = 2; i < argc; i += 2)
        if (strcmp(argv[i], "--clients") == 0)
            clients = number(argv[i + 1], 1, 20000);
        else if (strcmp(argv[i], "--messages") == 0)
            messages = number(argv[i + 1], 1, 1000000);
        else if (strcmp(argv[i], "--room") == 0)
            room = number(argv[i + 1], 1, ROOM);
        else if (strcmp(argv[i], "--at-once") == 0)
            at_once = number(argv[i + 1], 1, 20000);
        else if (strcmp(argv[i], "--memory") == 0)
            most_memory = number(argv[i + 1], 1, 100000);
        else
            must(false, "an unknown option");
}

static void allow_descriptors(void)
{
    struct rlimit files;
    must(getrlimit(RLIMIT_NOFILE, &files) == 0, "how many descriptors?");
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    must(files.rlim_cur > (rlim_t)clients + 32, "too few descriptors");
}

int main(int argc, char **argv)
{
    uint64_t start;
    long expected;
    int port;
    parse(argc, argv);
    expected = (long)messages * clients * room;
    allow_descriptors();
    port = server_start(argv[1]); /* before we need memory, which counts */
    all = calloc((size_t)clients, sizeof *all);
    fds = calloc((size_t)clients, sizeof *fds);
    must(all && fds && clients % room == 0, "rooms would not be full");
    for (int i = 0; i < clients; i++)
        client_enters(i, port);
    start = uv_hrtime();
    for (int i = 0; i < at_once; i++)
        next_says();
    while (delivered < expected)
        clients_read();
    start = uv_hrtime() - start;
    kill(server, SIGTERM);
    while (over < clients)
        clients_read();
    server_end();
    must(delivered == expected, "more messages than were said");
    report((double)start / 1e9);
    return 0;
}
