/* console_client.h: the console's side of the conversation.
 *
 *     AWAIT(console_request(&self->request, &self->client, &self->table,
 *                           "table busy down 0 20"));
 *     if (self->request.status == 0) ...
 *
 * status   0: the table is complete.  UV_EOF: the program has ended.
 *          UV_EPROTO: the other end is not a watched program, or it speaks
 *          another version.  Otherwise the error of a read or a write.
 * drop     not cancel-safe: a part of an answer may have been read.
 * The protocol is in console_protocol.h.
 */
#ifndef A10_CONSOLE_CLIENT_H
#define A10_CONSOLE_CLIENT_H

#include "a09_streams/lines.h"
#include "a10_tracing/console_protocol.h"

struct console_table { /* an answer */
    struct console_program program;
    size_t n;
    struct console_row rows[CONSOLE_ROWS];
};

struct console_client {
    struct tcp *tcp; /* NULL: not open */
    struct tcp_reader reader;
    struct lines lines;
    char buffer[CONSOLE_LINE];
};

struct console_request {
    struct async async;
    struct console_client *client;
    struct console_table *table;
    char question[64];
    struct tcp_write write;
    struct stream_next next;
    int status; /* result, see above */
};

/* From now on `fd`, a connected socket, is the client's.  0, or an error. */
static inline int console_client_open(struct console_client *c, uv_loop_t *loop,
                                      int fd)
{
    int rc = tcp_adopt(&c->tcp, loop, fd);
    if (rc == 0)
        lines(&c->lines, tcp_reader(&c->reader, c->tcp), c->buffer,
              sizeof c->buffer);
    return rc;
}

/* Twice is fine. */
static inline void console_client_close(struct console_client *c)
{
    stream_drop(&c->lines.stream);
    tcp_close(c->tcp);
    c->tcp = NULL;
}

/* ---- A line of the answer ------------------------------------------------ */

static inline int console_take_task_(struct console_table *t, char *line)
{
    if (t->n == CONSOLE_ROWS || !console_read_row(line, &t->rows[t->n]))
        return UV_EPROTO;
    t->n++;
    return 0;
}

/* 0: there is more to come; UV_EOF: that was the last; UV_EPROTO. */
static inline int console_take_(struct console_table *t, char *line)
{
    const char *what = console_word(&line);
    if (strcmp(what, "end") == 0)
        return UV_EOF;
    if (strcmp(what, "program") == 0)
        return console_read_program(line, &t->program) ? 0 : UV_EPROTO;
    if (strcmp(what, "task") == 0)
        return console_take_task_(t, line);
    if (strcmp(what, "at") != 0 || t->n == 0)
        return UV_EPROTO;
    console_read_where(line, &t->rows[t->n - 1]);
    return 0;
}

/* ---- A question and its answer ------------------------------------------- */

/* Of the line that has come, or of the end. */
static inline int console_answered_(const struct console_request *self)
{
    const struct line *line = self->next.item;
    int status = self->client->lines.status;
    if (line)
        return console_take_(self->table, line->text);
    return status ? status : UV_ECONNRESET; /* it ends without "end" */
}

/* For the program that asked. */
static inline int console_status_(const struct console_request *self)
{
    switch (self->status) {
    case UV_EOF: /* the end of the answer */
        return self->table->program.pid ? 0 : UV_EPROTO;
    case UV_ECONNRESET:
    case UV_EPIPE:
        return UV_EOF;
    case UV_EMSGSIZE:
        return UV_EPROTO;
    default:
        return self->status;
    }
}

static inline enum poll console_request_poll(struct future *f,
                                             struct context *cx)
{
    ASYNC_BEGIN(struct console_request);
    self->table->n = 0;
    self->table->program = (struct console_program){ .pid = 0 };
    AWAIT(tcp_write(&self->write, self->client->tcp, self->question,
                    strlen(self->question)));
    self->status = self->write.status;
    while (self->status == 0) {
        AWAIT(stream_next(&self->next, &self->client->lines.stream));
        self->status = console_answered_(self);
    }
    self->status = console_status_(self);
    ASYNC_END;
}

static const struct future_ops console_request_ops_ =
    ASYNC_OPS(console_request);

/* The question is copied; the table is filled in. */
static inline struct future *console_request(struct console_request *self,
                                             struct console_client *client,
                                             struct console_table *table,
                                             const char *question)
{
    *self = (struct console_request){ .async.future.ops = &console_request_ops_,
                                      .client = client,
                                      .table = table };
    snprintf(self->question, sizeof self->question, "%s\n", question);
    return &self->async.future;
}
#endif
