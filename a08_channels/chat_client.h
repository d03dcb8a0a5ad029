/* chat_client.h: one client of a08_chat, from its seat to its last words.
 *
 * One task both reads and writes.  It asks its room first, then its connection:
 * a line of the client is looked at when the client has had all that was said
 * before.  So a client that does not read cannot speak either.
 *
 * slow     A client misses what its room has overwritten, and is told how many
 *          messages that were.  The server closes its connection if it misses
 *          too many, or does not take a message in time.
 * silent   A client may listen without end.  If its machine was switched off,
 *          TCP's keepalive notices it.
 * end      After /quit, or the client's end of the connection, it gets a last
 *          word, which is drained, see tcp_drain().  After a reset it gets
 *          nothing, and a line on stderr says so.
 * closed   After chat_close() a client gets what was said before, and then a
 *          last word.
 * drop     closes the connection, leaves the room, and gives the seat back.
 */
#ifndef A08_CHAT_CLIENT_H
#define A08_CHAT_CLIENT_H

#include "a07_select/select.h"
#include "a07_select/timeout.h"
#include "a08_channels/chat_commands.h"
#include "a08_channels/chat_line.h"
#include "a08_channels/semaphore.h"

struct chat_rules {
    uint64_t patience; /* ms that a client may need for a message */
    uint64_t missed;   /* messages that it may miss, in all */
    uint64_t farewell; /* ms that it has to read our last words */
    uint64_t end;      /* ms that the end of the server may take */
};

struct chat_client {
    struct async async;
    const struct chat_rules *rules; /* the server's */
    struct permit seat;
    struct tcp *tcp;
    struct chat_member member;
    struct chat_lines lines;
    struct chat_message *message; /* to be written next, or NULL */
    uint64_t missed;              /* so far */
    enum { CHAT_STAYS, CHAT_LEAVES, CHAT_GONE } end;
    struct chat_line_next line;
    struct broadcast_recv recv;
    struct select select;
    struct tcp_write write;
    struct tcp_drain drain;
    struct timeout timeout;
};

/* What the system does for us.  If it refuses, we can serve the client all the
 * same.  With keepalive it asks whether a silent client is still there.  The
 * send buffer is small, because what a client does not read stays in it. */
static inline void chat_client_socket_(struct tcp *tcp)
{
    int on = 1, seconds = 60, bytes = 32 * 1024;
    (void)setsockopt(tcp->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
#ifdef TCP_KEEPIDLE
    (void)setsockopt(tcp->fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds,
                     sizeof seconds);
#endif
    (void)setsockopt(tcp->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    (void)seconds;
}

/* ---- What to write next -------------------------------------------------- */

/* Add to what is written next, if there is memory for it. */
__attribute__((format(printf, 2, 3))) static inline void chat_client_tell_(
    struct chat_client *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (chat_message_add(&self->message, format, arguments))
        self->member.chat->lost++;
    va_end(arguments);
}

static inline void chat_client_begin_(struct chat_client *self)
{
    int rc;
    self->lines.tcp = self->tcp;
    chat_client_socket_(self->tcp);
    rc = chat_welcome(&self->member, self->member.chat);
    if (rc == 0) {
        chat_client_tell_(self,
                          "* hello, you are %s; /help says what you can "
                          "do\n",
                          self->member.name);
        return;
    }
    self->end = CHAT_LEAVES;
    chat_client_tell_(self, "* bye: %s\n",
                      rc == UV_ECANCELED ? "the server ends" : uv_strerror(rc));
}

static inline void chat_client_broke_(struct chat_client *self, int error)
{
    self->end = CHAT_GONE;
    if (error)
        fprintf(stderr, "a connection broke: %s\n", uv_strerror(error));
}

/* Something came from the room. */
static inline void chat_client_hear_(struct chat_client *self)
{
    if (self->recv.status == UV_EOF) {
        self->end = CHAT_LEAVES;
        chat_client_tell_(self, "* bye: the server ends\n");
    } else if (self->recv.status == UV_ENOBUFS) {
        self->missed += self->recv.missed;
        chat_client_tell_(self, "* you missed %llu messages\n",
                          (unsigned long long)self->recv.missed);
        if (self->missed <= self->rules->missed)
            return;
        self->end = CHAT_LEAVES;
        chat_client_tell_(self, "* bye: you are too slow\n");
    }
}

/* Something came from the client. */
static inline void chat_client_act_(struct chat_client *self)
{
    int rc = self->line.status;
    if (rc == 0)
        rc = chat_obey(&self->member, self->line.text, &self->message);
    if (rc == UV_EOF) { /* also after a half-close */
        self->end = CHAT_LEAVES;
        chat_client_tell_(self, "* bye\n");
    } else if (rc == UV_EMSGSIZE) {
        chat_client_tell_(self,
                          "* your line is too long; it may have %d bytes\n",
                          CHAT_LINE);
    } else if (rc == UV_ENOMEM) {
        self->member.chat->lost++;
        chat_message_drop(&self->message);
        self->message = NULL;
        chat_client_tell_(self, "* not enough memory\n");
    } else if (self->line.status) {
        chat_client_broke_(self, self->line.status);
    }
}

/* ---- One client ---------------------------------------------------------- */

static inline struct future *chat_client_write_(struct chat_client *self)
{
    tcp_write(&self->write, self->tcp, self->message->text,
              self->message->size);
    return timeout_ms(&self->timeout, &self->write.async.future,
                      self->rules->patience);
}

static inline void chat_client_written_(struct chat_client *self)
{
    chat_message_drop(&self->message);
    self->message = NULL;
    if (self->timeout.status || self->write.status)
        /* a line may be cut: nothing can follow it */
        chat_client_broke_(self, self->write.status);
}

static inline enum poll chat_client_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct chat_client);
    chat_client_begin_(self);
    for (;;) {
        if (self->message) {
            AWAIT(chat_client_write_(self));
            chat_client_written_(self);
        }
        if (self->end)
            break;
        SELECT_BIASED() {
            ARM(broadcast_recv(&self->recv, &self->member.rx, &self->message))
                chat_client_hear_(self);
            ARM(chat_line_next(&self->line, &self->lines))
                chat_client_act_(self);
        }
    }
    chat_leave(&self->member);
    if (self->end == CHAT_LEAVES)
        AWAIT(timeout_ms(&self->timeout, tcp_drain(&self->drain, self->tcp),
                         self->rules->farewell));
    ASYNC_FINALLY
    chat_message_drop(&self->message);
    chat_leave(&self->member);
    tcp_close(self->tcp);
    permit_drop(&self->seat);
    ASYNC_END;
}

static const struct future_ops chat_client_ops_ = ASYNC_OPS(chat_client);

/* Serve a client, which owns the connection and the seat from now on. */
static inline struct future *chat_client(struct chat_client *self,
                                         struct chat *chat,
                                         const struct chat_rules *rules,
                                         struct tcp *tcp, struct permit seat)
{
    *self = (struct chat_client){ .async.future.ops = &chat_client_ops_,
                                  .rules = rules,
                                  .seat = seat,
                                  .tcp = tcp,
                                  .member.chat = chat };
    return &self->async.future;
}
#endif
