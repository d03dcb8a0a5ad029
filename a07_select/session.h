/* session.h: one client of a07_echo: its lines come back, within limits.
 *
 * limits   A client that is silent for too long, does not read what we send, or
 *          sends a line that is too long gets a last word, and then the end.
 * errors   A connection that breaks ends the session, which says so on stderr.
 * end      Once `stopping` is set, each session ends after its next line.
 * drop     closes the connection, at any moment, without a last word.
 * threads  Everything is called on the executor's thread.
 */
#ifndef A07_SESSION_H
#define A07_SESSION_H

#include "a05_spawn/tcp.h"
#include "a07_select/timeout.h"

enum { SESSION_LINE = 1024 };

struct session_rules {
    uint64_t silence; /* ms that a client has to say something, or to read */
    size_t line;      /* bytes of a line, up to SESSION_LINE */
    bool stopping;    /* the server is about to end */
};

struct session {
    struct async async;
    const struct session_rules *rules; /* the server's */
    struct tcp *tcp;
    char line[SESSION_LINE]; /* what was read and not sent back yet */
    size_t have;
    size_t size;     /* of the first line in there; 0: it is not complete */
    const char *bye; /* our last words; "": the client is gone; NULL: not yet */
    int error;       /* what broke the connection, or 0 */
    struct tcp_read read;
    struct tcp_write write;
    struct tcp_drain drain;
    struct timeout timeout;
};

/* Send back the first line, or if it is not complete read on. */
static inline struct future *session_next_(struct session *self)
{
    char *end = memchr(self->line, '\n', self->have);
    self->size = end ? (size_t)(end + 1 - self->line) : 0;
    if (self->size)
        return tcp_write(&self->write, self->tcp, self->line, self->size);
    return tcp_read(&self->read, self->tcp, self->line + self->have,
                    self->rules->line - self->have);
}

/* Look at what that future has done. */
static inline void session_act_(struct session *self)
{
    if (self->timeout.status) {
        self->bye = "bye: you are silent\n";
    } else if (self->size) {
        self->have -= self->size;
        memmove(self->line, self->line + self->size, self->have);
        self->error = self->write.status;
        if (self->error)
            self->bye = "";
        else if (self->rules->stopping)
            self->bye = "bye: the server ends\n";
    } else if (self->read.n <= 0) {
        self->error = (int)self->read.n;
        self->bye = "";
    } else {
        self->have += (size_t)self->read.n;
        if (self->have == self->rules->line &&
            !memchr(self->line, '\n', self->have))
            self->bye = "bye: your line is too long\n";
    }
}

static inline enum poll session_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct session);
    while (!self->bye) {
        AWAIT(timeout_ms(&self->timeout, session_next_(self),
                         self->rules->silence));
        session_act_(self);
    }
    if (*self->bye) { /* a client that does not listen has its limit, too */
        tcp_write(&self->write, self->tcp, self->bye, strlen(self->bye));
        AWAIT(timeout_ms(&self->timeout, &self->write.async.future,
                         self->rules->silence));
        self->error = self->write.status;
        AWAIT(timeout_ms(&self->timeout, tcp_drain(&self->drain, self->tcp),
                         self->rules->silence));
    }
    if (self->error)
        fprintf(stderr, "a connection broke: %s\n", uv_strerror(self->error));
    ASYNC_FINALLY
    tcp_close(self->tcp);
    ASYNC_END;
}

static const struct future_ops session_ops_ = ASYNC_OPS(session);

/* Serve a client; the connection is the session's from now on. */
static inline struct future *session(struct session *self, struct tcp *tcp,
                                     const struct session_rules *rules)
{
    *self = (struct session){ .async.future.ops = &session_ops_,
                              .rules = rules,
                              .tcp = tcp };
    return &self->async.future;
}
#endif
