/* The thread that answers consoles; see console_server.h. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include "a10_tracing/console_server.h"
#include "a10_tracing/console_folder.h"

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* macOS: SO_NOSIGPIPE instead */
#endif

struct client {
    int fd; /* -1: this seat is free */
    char line[CONSOLE_LINE];
    size_t n;                   /* bytes of the line that have come */
    bool asking;                /* the executors have not answered yet */
    uint64_t deadline;          /* when we do not wait for them any longer */
    struct console_query query; /* while it asks */
    char *reply;                /* what is still to be sent, or NULL */
    size_t size, sent;
};

static struct {
    char path[sizeof((struct sockaddr_un *)NULL)->sun_path];
    char name[CONSOLE_NAME]; /* the program's */
    int listener, stop[2];   /* a byte in the pipe stops the thread */
    uint64_t deaf_until;     /* it has no descriptors for another client */
    pid_t process;
    uv_thread_t thread;
    struct client clients[CONSOLE_CLIENTS];
} server;

/* ---- One console --------------------------------------------------------- */

static void hang_up(struct client *c)
{
    if (c->asking) {
        uv_mutex_lock(&console_lock);
        console_unask(&c->query.ask);
        uv_mutex_unlock(&console_lock);
    }
    free(c->reply);
    close(c->fd);
    *c = (struct client){ .fd = -1 };
}

static void take_line(struct client *c)
{
    if (!console_parse_query(&c->query, c->line) ||
        !console_choose(&c->query)) {
        hang_up(c);
        return;
    }
    uv_mutex_lock(&console_lock);
    console_ask(&c->query.ask);
    uv_mutex_unlock(&console_lock);
    c->asking = true;
    c->deadline = uv_hrtime() + CONSOLE_PATIENCE_MS * UINT64_C(1000000);
}

/* A whole line is a question; what comes behind it waits for its answer. */
static void look_for_line(struct client *c)
{
    char *end = memchr(c->line, '\n', c->n);
    char rest[CONSOLE_LINE];
    if (!end || c->asking || c->reply)
        return;
    *end++ = '\0';
    c->n -= (size_t)(end - c->line);
    memcpy(rest, end, c->n);
    take_line(c);
    if (c->fd >= 0)
        memcpy(c->line, rest, c->n);
}

static void receive(struct client *c)
{
    ssize_t n = recv(c->fd, c->line + c->n, sizeof c->line - c->n, 0);
    if (n <= 0) {
        if (n == 0 || (errno != EAGAIN && errno != EINTR))
            hang_up(c);
        return;
    }
    c->n += (size_t)n;
    if (c->n == sizeof c->line && !memchr(c->line, '\n', c->n))
        hang_up(c); /* no question is so long */
}

static void try_to_reply(struct client *c)
{
    bool answered;
    uv_mutex_lock(&console_lock);
    answered = console_is_answered(&c->query.ask) || c->query.ask.failed ||
               uv_hrtime() > c->deadline;
    if (answered) {
        c->reply = console_reply(&c->query, server.name, &c->size);
        console_unask(&c->query.ask);
    }
    uv_mutex_unlock(&console_lock);
    c->asking = !answered;
    c->sent = 0;
    if (answered && !c->reply)
        hang_up(c); /* no memory */
}

static void send_reply(struct client *c)
{
    ssize_t n =
        send(c->fd, c->reply + c->sent, c->size - c->sent, MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0) {
        hang_up(c);
        return;
    }
    c->sent += (size_t)n;
    if (c->sent == c->size) {
        free(c->reply);
        c->reply = NULL;
    }
}

static void serve(struct client *c, short events)
{
    if (c->fd >= 0 && events & (POLLIN | POLLHUP | POLLERR))
        receive(c);
    if (c->fd >= 0)
        look_for_line(c);
    if (c->fd >= 0 && c->asking)
        try_to_reply(c);
    if (c->fd >= 0 && c->reply)
        send_reply(c);
}

/* ---- All of them --------------------------------------------------------- */

static bool prepare(int fd)
{
    return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
           fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

static struct client *free_seat(void)
{
    for (int i = 0; i < CONSOLE_CLIENTS; i++)
        if (server.clients[i].fd < 0)
            return &server.clients[i];
    return NULL;
}

/* Without a seat it waits in the system's queue. */
static void welcome(void)
{
    struct client *c = free_seat();
    int fd = c ? accept(server.listener, NULL, NULL) : -1;
    if (fd < 0) {
        server.deaf_until = uv_hrtime() + CONSOLE_DEAF_MS * UINT64_C(1000000);
        return;
    }
#ifdef SO_NOSIGPIPE
    setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &(int){ 1 }, sizeof(int));
#endif
    if (prepare(fd))
        c->fd = fd;
    else
        close(fd);
}

/* Not at once after an accept() that failed: the next one would fail, too. */
static bool hears(void)
{
    return free_seat() && uv_hrtime() >= server.deaf_until;
}

/* What to wait for.  While the answer is being made or sent, nothing more is
 * read, so that a console cannot fill our memory. */
static short wanted_events(const struct client *c)
{
    if (c->reply)
        return POLLOUT;
    return c->asking || c->n == sizeof c->line ? 0 : POLLIN;
}

static void thread(void *data)
{
    struct pollfd fds[CONSOLE_CLIENTS + 2];
    (void)data;
    do {
        fds[0] = (struct pollfd){ .fd = server.stop[0], .events = POLLIN };
        fds[1] = (struct pollfd){ .fd = hears() ? server.listener : -1,
                                  .events = POLLIN };
        for (int i = 0; i < CONSOLE_CLIENTS; i++) {
            struct client *c = &server.clients[i];
            fds[i + 2] =
                (struct pollfd){ .fd = c->fd, .events = wanted_events(c) };
        }
        poll(fds, CONSOLE_CLIENTS + 2, CONSOLE_TICK_MS);
        CONSOLE_SET(&console_clock, uv_hrtime());
        for (int i = 0; i < CONSOLE_CLIENTS; i++)
            serve(&server.clients[i], fds[i + 2].revents);
        if (fds[1].revents)
            welcome();
    } while (!fds[0].revents);
}

/* ---- Begin and end ------------------------------------------------------- */

static _Noreturn void refuse(const char *path, const char *why)
{
    fflush(stdout);
    fprintf(stderr, "EXECUTOR_CONSOLE: cannot serve at %s: %s\n", path, why);
    _exit(2);
}

static void close_all(void)
{
    close(server.stop[0]);
    close(server.stop[1]);
    close(server.listener);
    for (int i = 0; i < CONSOLE_CLIENTS; i++)
        if (server.clients[i].fd >= 0)
            close(server.clients[i].fd);
}

/* Another thread may have held the lock when it called fork(). */
static void in_child(void)
{
    uv_mutex_init(&console_lock);
    close_all();
}

static void stop(void)
{
    if (getpid() != server.process)
        return;
    unlink(server.path);
    if (write(server.stop[1], "", 1) == 1)
        uv_thread_join(&server.thread);
}

/* Sets the mode before the socket is in the folder, so that nobody else can
 * come in between; and again, where the first has no effect. */
static int bind_and_listen(int fd, const struct sockaddr_un *address)
{
    fchmod(fd, S_IRUSR | S_IWUSR);
    if (bind(fd, (const struct sockaddr *)address, sizeof *address) != 0)
        return -1;
    if (chmod(address->sun_path, S_IRUSR | S_IWUSR) == 0 &&
        listen(fd, CONSOLE_CLIENTS) == 0)
        return 0;
    unlink(address->sun_path);
    return -1;
}

static void open_socket(const char *path)
{
    struct sockaddr_un address;
    int rc;
    if (!console_address(&address, path))
        refuse(path, "the path is too long for a socket");
    server.listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (server.listener < 0 || !prepare(server.listener))
        refuse(path, strerror(errno));
    rc = bind_and_listen(server.listener, &address);
    if (rc != 0 && errno == EADDRINUSE && console_remove_stale(path))
        rc = bind_and_listen(server.listener, &address);
    if (rc != 0)
        refuse(path, strerror(errno));
    strcpy(server.path, path);
}

static void find_name(void)
{
    char path[1024], *slash;
    size_t size = sizeof path;
    if (uv_exepath(path, &size) != 0)
        strcpy(path, "program");
    slash = strrchr(path, '/');
    console_copy_text(server.name, sizeof server.name,
                      slash ? slash + 1 : path);
}

static void usual_path(char *path, size_t size)
{
    char folder[sizeof server.path];
    const char *wrong = console_folder(folder, sizeof folder);
    if (wrong)
        refuse(folder, wrong);
    snprintf(path, size, "%s/" CONSOLE_PREFIX "%s-%ld" CONSOLE_SUFFIX, folder,
             server.name, (long)server.process);
}

static void start_thread(void)
{
    sigset_t all, before;
    int rc;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = uv_thread_create(&server.thread, thread, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc == 0)
        return;
    unlink(server.path);
    refuse(server.path, uv_strerror(rc));
}

void console_serve(const char *path)
{
    char usual[sizeof server.path + CONSOLE_NAME + 64];
    server.process = getpid();
    find_name();
    if (!path)
        usual_path(usual, sizeof usual);
    else if (!strchr(path, '/'))
        refuse(path, "neither 1 nor a path with a /");
    for (int i = 0; i < CONSOLE_CLIENTS; i++)
        server.clients[i].fd = -1;
    if (pipe(server.stop) != 0 || !prepare(server.stop[0]) ||
        !prepare(server.stop[1]))
        refuse(path ? path : usual, strerror(errno));
    open_socket(path ? path : usual);
    start_thread();
    pthread_atfork(NULL, NULL, in_child);
    atexit(stop);
}
