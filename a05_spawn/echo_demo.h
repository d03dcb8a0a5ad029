/* echo_demo.h: what a05_echo and a07_echo share: lines with a time, and clients
 * that follow a script, so that a demo needs no second terminal.
 *
 * A client connects, and for each line of its script it sends the line, prints
 * what it hears, and pauses.  Then it half-closes, unless it `stays`, and reads
 * until the server closes.  Everything is called on the executor's thread.
 */
#ifndef A05_ECHO_DEMO_H
#define A05_ECHO_DEMO_H

#include <sys/resource.h>
#include "a04_join/join_set.h"
#include "a05_spawn/tcp.h"
#include "runtime.h"

/* Print a line, with the time in ms, rounded down to tens. */
__attribute__((format(printf, 2, 3))) static inline void say(
    struct executor *executor, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("%4d ms  ", (int)executor_now(executor) / 10 * 10);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
    program_flush(); /* at once, also into a pipe */
}

struct script {
    const char *name;     /* NULL: it prints nothing */
    uint64_t start;       /* ms before it connects */
    uint64_t pause;       /* ms between two lines */
    const char *lines[4]; /* what it sends, up to the first NULL */
    bool stays;           /* it does not half-close */
    bool stops; /* it does not connect: it sends SIGTERM, and that is all */
};

struct client {
    struct async async;
    const struct script *script;
    int port;
    struct tcp *tcp;
    char buffer[256]; /* what has come and is not printed yet */
    size_t have;
    int sent;  /* lines of the script */
    int heard; /* result: lines that came back */
    int error; /* what broke its connection, or 0 */
    struct tcp_connect connect;
    struct tcp_write write;
    struct tcp_read read;
    struct sleep nap;
};

static inline struct future *client_read_(struct client *self)
{
    return tcp_read(&self->read, self->tcp, self->buffer + self->have,
                    sizeof self->buffer - 1 - self->have);
}

/* 0 or more is no error. */
static inline void client_check_(struct client *self, struct executor *executor,
                                 int rc)
{
    if (rc >= 0)
        return;
    self->error = rc;
    say(executor, "%s: %s",
        self->script->name ? self->script->name : "a client", uv_strerror(rc));
}

/* TCP carries bytes, not lines: one read may bring half a line, or two.  False:
 * the line is not complete yet. */
static inline bool client_heard_(struct client *self, struct executor *executor)
{
    char *end, *line = self->buffer;
    int before = self->heard;
    client_check_(self, executor, (int)self->read.n);
    self->have += self->read.n > 0 ? (size_t)self->read.n : 0;
    self->buffer[self->have] = '\0';
    for (; (end = strchr(line, '\n')); line = end + 1, self->heard++)
        if (self->script->name)
            say(executor, "%s hears: %.*s", self->script->name,
                (int)(end - line), line);
    self->have -= (size_t)(line - self->buffer);
    memmove(self->buffer, line, self->have);
    return self->heard > before || self->read.n <= 0;
}

static inline enum poll client_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct client);
    AWAIT(sleep_ms(&self->nap, self->script->start));
    if (self->script->stops) {
        say(cx->executor, "%s stops the server", self->script->name);
        raise(SIGTERM);                 /* as if somebody had typed kill */
        AWAIT(sleep_ms(&self->nap, 0)); /* libuv looks, before time goes on */
        ASYNC_RETURN();
    }
    if (self->script->name)
        say(cx->executor, "%s connects", self->script->name);
    AWAIT(tcp_connect(&self->connect, "127.0.0.1", self->port));
    self->tcp = self->connect.tcp;
    runtime_check(self->connect.status, "connect a client");
    for (; !self->error && self->script->lines[self->sent]; self->sent++) {
        if (self->sent > 0)
            AWAIT(sleep_ms(&self->nap, self->script->pause));
        AWAIT(tcp_write(&self->write, self->tcp,
                        self->script->lines[self->sent],
                        strlen(self->script->lines[self->sent])));
        client_check_(self, cx->executor, self->write.status);
        if (self->error)
            break;
        do
            AWAIT(client_read_(self));
        while (!client_heard_(self, cx->executor));
    }
    if (!self->script->stays)
        (void)tcp_shutdown(self->tcp); /* fails if the server was faster */
    do {
        AWAIT(client_read_(self));
        (void)client_heard_(self, cx->executor);
    } while (self->read.n > 0);
    if (self->script->name)
        say(cx->executor, "%s hears the end", self->script->name);
    ASYNC_FINALLY
    tcp_close(self->tcp);
    ASYNC_END;
}

static const struct future_ops client_ops = ASYNC_OPS(client);

/* `script` must stay until the client is over; `port` is on 127.0.0.1. */
static inline struct future *client(struct client *self,
                                    const struct script *script, int port)
{
    *self = (struct client){ .async.future.ops = &client_ops,
                             .script = script,
                             .port = port };
    return &self->async.future;
}

/* ---- Several clients ----------------------------------------------------- */

struct guests {
    struct async async;
    const struct script *scripts; /* taken in turn */
    int kinds, n, port;
    struct join_set clients;
    struct join_set_next next;
    int heard; /* result: lines that came back, to all of them */
};

/* Each needs two descriptors here: its own end, and the server's. */
static inline void guests_check_descriptors(int n)
{
    rlim_t need = 2 * (rlim_t)n + 32;
    struct rlimit files = { .rlim_cur = 0 };
    runtime_check(getrlimit(RLIMIT_NOFILE, &files) ? tcp_error() : 0,
                  "ask for the limit of descriptors");
    if (files.rlim_cur < need && files.rlim_max >= need) {
        files.rlim_cur = need;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    if (files.rlim_cur < need)
        program_exit(1, "%d clients need %lu descriptors; see ulimit -n", n,
                     (unsigned long)need);
}

static inline void guests_spawn_(struct guests *self, struct executor *executor)
{
    guests_check_descriptors(self->n);
    for (int i = 0; i < self->n; i++) {
        struct client *c = task_slot(struct client);
        client(c, &self->scripts[i % self->kinds], self->port);
        runtime_check(join_set_spawn(&self->clients, executor,
                                     &c->async.future),
                      "start a client");
    }
}

static inline enum poll guests_visit_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct guests);
    join_set_init(&self->clients);
    guests_spawn_(self, cx->executor);
    while (join_set_len(&self->clients) > 0) {
        AWAIT(join_set_next(&self->next, &self->clients));
        self->heard += task_output(self->next.task, struct client)->heard;
        task_detach(self->next.task);
    }
    ASYNC_FINALLY
    join_set_drop(&self->clients);
    ASYNC_END;
}

static const struct future_ops guests_visit_ops = ASYNC_OPS(guests_visit);

/* n clients at once, that take these scripts in turn, until all have left. */
static inline struct future *guests_visit(struct guests *self, int port,
                                          const struct script *scripts,
                                          int kinds, int n)
{
    *self = (struct guests){ .async.future.ops = &guests_visit_ops,
                             .scripts = scripts,
                             .kinds = kinds,
                             .n = n,
                             .port = port };
    return &self->async.future;
}
#endif
