/* chat_demo.h: people who use a08_chat, so that its demo needs no terminals.
 *
 * A play is a list of acts: when, who, and what he types.  With his first act a
 * person connects, and from then on he prints what he hears, until the server
 * closes.  The one who types NULL stops the server, as Ctrl-C does.
 */
#ifndef A08_CHAT_DEMO_H
#define A08_CHAT_DEMO_H

#include "a05_spawn/echo_demo.h"
#include "a07_select/select.h"
#include "a08_channels/chat_line.h"

struct chat_act {
    uint64_t at; /* ms */
    const char *who;
    const char *types; /* at first "": he connects; NULL: he stops the server */
};

struct chat_person {
    struct async async;
    const char *who;
    const struct chat_act *act; /* his next */
    const struct chat_act *end; /* of the play */
    int port;
    struct tcp *tcp;
    char buffer[512]; /* what has come and is not printed yet */
    size_t have;
    bool over; /* the server has closed */
    struct tcp_connect connect;
    struct tcp_write write;
    struct tcp_read read;
    struct sleep nap;
    struct select select;
};

static inline struct future *chat_person_wait_(struct chat_person *self,
                                               struct executor *executor)
{
    uint64_t now = executor_now(executor), at = self->act->at;
    return sleep_ms(&self->nap, at > now ? at - now : 0);
}

static inline void chat_person_next_(struct chat_person *self)
{
    do
        self->act++;
    while (self->act < self->end && strcmp(self->act->who, self->who) != 0);
}

static inline struct future *chat_person_type_(struct chat_person *self,
                                               struct executor *executor)
{
    const char *line = self->act->types;
    char shown[CHAT_LINE];
    snprintf(shown, sizeof shown, "%s", line);
    shown[strcspn(shown, "\n")] = '\0';
    chat_clean(shown, strlen(shown));
    say(executor, "%s types %s", self->who, shown);
    return tcp_write(&self->write, self->tcp, line, strlen(line));
}

static inline struct future *chat_person_read_(struct chat_person *self)
{
    return tcp_read(&self->read, self->tcp, self->buffer + self->have,
                    sizeof self->buffer - 1 - self->have);
}

/* 0 or more is no error. */
static inline void chat_person_check_(struct chat_person *self,
                                      struct executor *executor, int rc)
{
    if (rc < 0)
        say(executor, "    %s: %s", self->who, uv_strerror(rc));
}

/* Print the lines that are complete. */
static inline void chat_person_hear_(struct chat_person *self,
                                     struct executor *executor)
{
    char *end, *line = self->buffer;
    chat_person_check_(self, executor, (int)self->read.n);
    self->have += self->read.n > 0 ? (size_t)self->read.n : 0;
    self->buffer[self->have] = '\0';
    for (; (end = strchr(line, '\n')); line = end + 1)
        say(executor, "    %s hears %.*s", self->who, (int)(end - line), line);
    self->have -= (size_t)(line - self->buffer);
    memmove(self->buffer, line, self->have);
    self->over = self->read.n <= 0;
    if (self->over)
        say(executor, "    %s hears the end", self->who);
}

static inline enum poll chat_person_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct chat_person);
    AWAIT(chat_person_wait_(self, cx->executor));
    if (!self->act->types) {
        say(cx->executor, "%s stops the server", self->who);
        raise(SIGTERM);                 /* as if somebody had typed kill */
        AWAIT(sleep_ms(&self->nap, 0)); /* libuv looks, before time goes on */
        ASYNC_RETURN();
    }
    say(cx->executor, "%s connects", self->who);
    AWAIT(tcp_connect(&self->connect, "127.0.0.1", self->port));
    self->tcp = self->connect.tcp;
    runtime_check(self->connect.status, "connect a client");
    chat_person_next_(self);
    while (!self->over) {
        SELECT_BIASED() {
            ARM(chat_person_read_(self))
                chat_person_hear_(self, cx->executor);
            ARM_IF(self->act < self->end,
                   chat_person_wait_(self, cx->executor)) {
                AWAIT(chat_person_type_(self, cx->executor));
                chat_person_check_(self, cx->executor, self->write.status);
                chat_person_next_(self);
            }
        }
    }
    ASYNC_FINALLY
    tcp_close(self->tcp);
    ASYNC_END;
}

static const struct future_ops chat_person_ops_ = ASYNC_OPS(chat_person);

static inline struct future *chat_person(struct chat_person *self,
                                         const struct chat_act *act,
                                         const struct chat_act *end, int port)
{
    *self = (struct chat_person){ .async.future.ops = &chat_person_ops_,
                                  .who = act->who,
                                  .act = act,
                                  .end = end,
                                  .port = port };
    return &self->async.future;
}

/* A task for each person of the play. */
static inline void chat_play(struct executor *executor,
                             const struct chat_act *acts, size_t n, int port)
{
    int persons = 0;
    for (size_t i = 0, j; i < n; i++) {
        for (j = 0; strcmp(acts[j].who, acts[i].who) != 0; j++) {
        }
        if (j < i)
            continue; /* this is not his first line */
        task_detach(
            task_spawn(executor, chat_person(task_slot(struct chat_person),
                                             &acts[i], acts + n, port)));
        persons++;
    }
    guests_check_descriptors(persons);
}
#endif
