/* When does a server close the connections of its clients?
 *
 * This is the server of a05_echo with what that one lacks.  A client that is
 * silent for too long, or whose line is too long, is told so, and its
 * connection is closed.  On Ctrl-C the server accepts no client any more.  Each
 * connection may go on to the end of its next line, until a deadline.  After a
 * second Ctrl-C the server does not wait for the deadline.
 *
 * Run:    ./a07_echo               a server and its clients, for a moment
 *         ./a07_echo --port 4000   the server alone; then  nc localhost 4000
 * Watch:  Ann says nothing.  Bob's line is too long.  Eve stops the server when
 *         Cid has one more line to send.  Dan is dropped at the deadline.
 *
 * Expected output:
 *       20 ms  Ann connects
 *       20 ms  connection 1 begins
 *       40 ms  Bob connects
 *       40 ms  connection 2 begins
 *       40 ms  Bob hears: bye: your line is too long
 *       40 ms  Bob hears the end
 *       60 ms  Cid connects
 *       60 ms  connection 3 begins
 *       60 ms  Cid hears: one
 *      120 ms  Ann hears: bye: you are silent
 *      120 ms  Ann hears the end
 *      140 ms  Cid hears: two
 *      160 ms  Dan connects
 *      160 ms  connection 4 begins
 *      160 ms  Dan hears: nice
 *      180 ms  Eve stops the server
 *      180 ms  signal 15: no more clients
 *      220 ms  Cid hears: 3
 *      220 ms  Cid hears: bye: the server ends
 *      220 ms  Cid hears the end
 *      240 ms  connections left, and dropped: 1
 *
 * Try:    Make .end 20 ms: Cid is dropped, too.
 *         Make .silence 50 ms: Cid is told to go during his pause.
 *         Accept only if no session is left: Bob has to wait until Ann is gone.
 */
#include "a05_spawn/echo_demo.h"
#include "a05_spawn/tcp_listen.h"
#include "a07_select/select.h"
#include "a07_select/signals.h"
#include "a07_select/session.h"

enum { SIGNAL, OVER, CLIENT, ARMS }; /* they are polled in this order */

struct rest { /* a future: READY when no session is left */
    struct async async;
    struct server *server;
};

struct server {
    struct async async;
    struct tcp *listener; /* its own */
    struct session_rules rules;
    uint64_t end;             /* ms that an orderly end may take */
    int number;               /* of the latest connection */
    struct join_set sessions; /* one for each connection */
    struct signals signals;
    struct signals_next signal;
    struct join_set_next over;
    struct tcp_accept accept;
    struct rest rest;
    struct timeout timeout;
    struct future *arms[ARMS];
    struct select select;
    bool lacked; /* something that a client needs */
    int status;  /* result: for the shell */
};

static void server_welcome(struct server *self, struct executor *executor)
{
    int error = self->accept.status; /* told once, see tcp_listen.h */
    if (error == 0) {
        struct session *s = task_slot(struct session);
        say(executor, "connection %d begins", ++self->number);
        session(s, self->accept.tcp, &self->rules);
        error = join_set_spawn(&self->sessions, executor, &s->async.future);
    }
    if (error)
        fprintf(stderr, "cannot serve a client: %s\n", uv_strerror(error));
    self->lacked = self->lacked || error;
}

/* ---- Until Ctrl-C: accept and serve -------------------------------------- */

static struct future *server_next(struct server *self)
{
    self->arms[SIGNAL] = signals_next(&self->signal, &self->signals);
    self->arms[OVER] = NULL;
    if (join_set_len(&self->sessions) > 0)
        self->arms[OVER] = join_set_next(&self->over, &self->sessions);
    self->arms[CLIENT] = tcp_accept(&self->accept, self->listener);
    return select_biased(&self->select, self->arms, ARMS);
}

/* ---- After it: let the sessions end, but not forever --------------------- */

static enum poll rest_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct rest);
    while (join_set_len(&self->server->sessions) > 0) {
        AWAIT(join_set_next(&self->server->over, &self->server->sessions));
        task_detach(self->server->over.task);
    }
    ASYNC_END;
}

static const struct future_ops rest_ops = ASYNC_OPS(rest);

static struct future *server_rest(struct server *self)
{
    self->rest = (struct rest){ .async.future.ops = &rest_ops, .server = self };
    self->arms[SIGNAL] = signals_next(&self->signal, &self->signals);
    self->arms[1] =
        timeout_ms(&self->timeout, &self->rest.async.future, self->end);
    return select_biased(&self->select, self->arms, 2);
}

static enum poll server_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct server);
    join_set_init(&self->sessions);
    runtime_check(signals_open(&self->signals, cx->executor),
                  "wait for Ctrl-C");
    do {
        AWAIT(server_next(self));
        if (self->select.winner == OVER)
            task_detach(self->over.task);
        else if (self->select.winner == CLIENT)
            server_welcome(self, cx->executor);
    } while (self->select.winner != SIGNAL);

    say(cx->executor, "signal %d: no more clients", self->signal.signum);
    tcp_close(self->listener);
    self->listener = NULL;
    self->rules.stopping = true;
    AWAIT(server_rest(self));
    if (self->select.winner == SIGNAL)
        self->status = 128 + self->signal.signum;
    say(cx->executor, "connections left, and dropped: %zu",
        join_set_len(&self->sessions));
    ASYNC_FINALLY
    join_set_drop(&self->sessions);
    signals_close(&self->signals);
    tcp_close(self->listener);
    ASYNC_END;
}

static const struct future_ops server_ops = ASYNC_OPS(server);

/* ---- Its clients, and Eve, who stops it ---------------------------------- */

static const struct script talks[] = {
    { "Ann", .start = 20, .stays = true },
    { "Bob", .start = 40, .lines = { "I could go on and on and on and on\n" } },
    { "Cid", .start = 60, .pause = 80, .lines = { "one\n", "two\n", "3\n" } },
    { "Dan", .start = 160, .stays = true, .lines = { "nice\n" } },
    { "Eve", .start = 180, .stops = true },
};
enum { TALKS = sizeof talks / sizeof talks[0] };

static int parse(int argc, char **argv)
{
    static const struct option known[] = { { "port", 1, NULL, 'p' }, { 0 } };
    int port = -1; /* the demo */
    program_begin_options(argc, argv, "[--port P]");
    while (program_option(argc, argv, "", known) != -1)
        port = (int)program_number("--port", optarg, 0, 65535);
    program_no_more(argc, argv);
    return port;
}

int main(int argc, char **argv)
{
    struct server server = { .async.future.ops = &server_ops,
                             .rules = { .silence = 100, .line = 32 },
                             .end = 60 };
    int port = parse(argc, argv);
    struct runtime rt;
    runtime_init(&rt, NULL);
    runtime_check(tcp_listen(&server.listener, &rt.executor, "127.0.0.1",
                             port < 0 ? 0 : port),
                  "listen");
    if (port < 0) {
        struct guests *g = task_slot(struct guests);
        guests_visit(g, tcp_port(server.listener), talks, TALKS, TALKS);
        task_detach(task_spawn(&rt.executor, &g->async.future));
    } else {
        server.rules.silence = 60000;
        server.rules.line = SESSION_LINE;
        server.end = 5000;
        say(&rt.executor, "port %d", tcp_port(server.listener));
    }
    block_on(&rt.executor, &server.async.future);
    return runtime_close(&rt) || server.lacked ? 1 : server.status;
}
