/* How does one server serve a thousand clients at once?
 *
 * One thread, with a task for each connection.  The server accepts a client,
 * spawns an echo for it, detaches that task, and accepts the next client.  It
 * waits for none of them, and that is what spawn is for.
 *
 * Run:    ./a05_echo                  a server and its clients, for a moment
 *         ./a05_echo --clients 1000   the same, more of them at the end
 *         ./a05_echo --port 4000      only the server, until Ctrl-C; in another
 *                                     terminal:  nc localhost 4000
 * Watch:  Three clients take turns, and none waits for another's pause.  Then a
 *         hundred come at the same moment.
 *
 * Expected output:
 *       20 ms  Ann connects
 *       20 ms  connection 1 begins
 *       20 ms  Ann hears: hello
 *       40 ms  Bob connects
 *       40 ms  connection 2 begins
 *       40 ms  Bob hears: good day
 *       60 ms  Cid connects
 *       60 ms  connection 3 begins
 *       60 ms  Cid hears: hi
 *       80 ms  Ann hears: and bye
 *       80 ms  connection 1 ends
 *       80 ms  Ann hears the end
 *      100 ms  Bob hears: later
 *      100 ms  connection 2 ends
 *      100 ms  Bob hears the end
 *      120 ms  Cid hears: ciao
 *      120 ms  connection 3 ends
 *      120 ms  Cid hears the end
 *     100 more clients at once, and 100 answers
 *
 * It lacks limits and an end.  A client that says nothing keeps its connection
 * forever, nobody counts how much a client sends, and Ctrl-C cuts off everyone
 * in the middle of a word.  See a07_echo.
 *
 * Try:    Spawn no echo: put one into struct server, and AWAIT it.  Then Bob is
 *         served when Ann has gone, and Cid when Bob has.
 *         Leave out tcp_close() in server_poll(): the executor cannot be
 *         closed.
 *         Read 4 bytes at a time: every line still comes back whole.
 */
#include "a05_spawn/echo_demo.h"
#include "a05_spawn/tcp_listen.h"

/* ---- One connection ------------------------------------------------------ */

struct echo {
    struct async async;
    struct tcp *tcp; /* its own: the task that has it closes it */
    int number;      /* for what we print; 0: nothing */
    char buffer[1024];
    struct tcp_read read;
    struct tcp_write write;
};

static enum poll echo_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct echo);
    do {
        AWAIT(tcp_read(&self->read, self->tcp, self->buffer,
                       sizeof self->buffer));
        if (self->read.n <= 0) /* the client has ended, or is gone */
            break;
        AWAIT(tcp_write(&self->write, self->tcp, self->buffer,
                        (size_t)self->read.n));
    } while (self->write.status == 0);
    if (self->read.n < 0 || self->write.status)
        fprintf(stderr, "a connection broke: %s\n",
                uv_strerror(self->read.n < 0 ? (int)self->read.n
                                             : self->write.status));
    if (self->number)
        say(cx->executor, "connection %d ends", self->number);
    ASYNC_FINALLY
    tcp_close(self->tcp);
    ASYNC_END;
}

static const struct future_ops echo_ops = ASYNC_OPS(echo);

static struct future *echo(struct echo *self, struct tcp *tcp, int number)
{
    *self = (struct echo){ .async.future.ops = &echo_ops,
                           .tcp = tcp,
                           .number = number };
    return &self->async.future;
}

/* ---- The server ---------------------------------------------------------- */

struct server {
    struct async async;
    struct tcp *listener; /* its own */
    struct tcp_accept accept;
    int number;
    bool quiet;
    bool waited; /* clients had to wait, see tcp_listen.h: shortage */
};

static enum poll server_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct server);
    for (;;) {
        AWAIT(tcp_accept(&self->accept, self->listener));
        if (self->accept.status) { /* the next accept waits, see tcp_listen.h */
            fprintf(stderr, "clients have to wait: %s\n",
                    uv_strerror(self->accept.status));
            self->waited = true;
            continue;
        }
        if (!self->quiet)
            say(cx->executor, "connection %d begins", ++self->number);
        task_detach(task_spawn(cx->executor,
                               echo(task_slot(struct echo), self->accept.tcp,
                                    self->quiet ? 0 : self->number)));
    }
    ASYNC_FINALLY
    tcp_close(self->listener);
    ASYNC_END;
}

static const struct future_ops server_ops = ASYNC_OPS(server);

static struct future *server(struct server *self, struct tcp *listener)
{
    *self = (struct server){ .async.future.ops = &server_ops,
                             .listener = listener };
    return &self->async.future;
}

/* ---- Its clients, if it has to bring its own ----------------------------- */

static const struct script talks[] = {
    { "Ann", .start = 20, .pause = 60, .lines = { "hello\n", "and bye\n" } },
    { "Bob", .start = 40, .pause = 60, .lines = { "good day\n", "later\n" } },
    { "Cid", .start = 60, .pause = 60, .lines = { "hi\n", "ciao\n" } },
};
static const struct script crowd = { .lines = { "me too\n" } };

/* Returns how many lines did not come back. */
static int demo(struct executor *executor, struct server *server, int port,
                int clients)
{
    struct guests guests;
    int missing = 6 + clients;
    block_on(executor, guests_visit(&guests, port, talks, 3, 3));
    missing -= guests.heard;
    server->quiet = true;
    block_on(executor, guests_visit(&guests, port, &crowd, 1, clients));
    printf("%d more clients at once, and %d answers\n", clients, guests.heard);
    return missing - guests.heard;
}

struct options {
    bool serves; /* only the server, on this port */
    int port, clients;
};

static struct options parse(int argc, char **argv)
{
    static const struct option known[] = { { "port", 1, NULL, 'p' },
                                           { "clients", 1, NULL, 'c' },
                                           { 0 } };
    struct options o = { .clients = 100 };
    program_begin_options(argc, argv, "[--clients N | --port P]");
    for (int c; (c = program_option(argc, argv, "", known)) != -1;) {
        if (c == 'c')
            o.clients = (int)program_number("--clients", optarg, 0, 100000);
        else
            o.port = (int)program_number("--port", optarg, 0, 65535);
        o.serves = o.serves || c == 'p';
    }
    program_no_more(argc, argv);
    return o;
}

int main(int argc, char **argv)
{
    struct options o = parse(argc, argv);
    struct server *s = task_slot(struct server);
    struct runtime rt;
    struct tcp *listener;
    bool failed = false;
    runtime_init(&rt, NULL);
    runtime_check(tcp_listen(&listener, &rt.executor, "127.0.0.1", o.port),
                  "listen");
    task_detach(task_spawn(&rt.executor, server(s, listener)));
    if (o.serves) {
        printf("port %d; try:  nc localhost %d\n", tcp_port(listener),
               tcp_port(listener));
        program_flush();
        executor_run(&rt.executor); /* until Ctrl-C */
    } else {
        failed = demo(&rt.executor, s, tcp_port(listener), o.clients) > 0;
    }
    failed = failed || s->waited; /* the close drops the server */
    return runtime_close(&rt) || failed;
}
