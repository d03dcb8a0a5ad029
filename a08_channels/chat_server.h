/* chat_server.h: the door of a08_chat, its seats, and the orderly end.
 *
 * seats    A semaphore has a permit for each seat.  The server first takes a
 *          seat, then the client for it.  A client that finds no seat is not
 *          accepted.  It waits in the system's queue, first come, first served,
 *          where it costs no descriptor and none of our memory.  A seat comes
 *          back with the end of the client's task, however that ends.
 * end      The first Ctrl-C closes the door and the rooms.  Each client can
 *          read what was said before, until a deadline.  Then, or with a second
 *          Ctrl-C, those who are left are dropped.
 * status   0 after an orderly end, also if clients were dropped at the
 *          deadline; 128 and the signal after the second Ctrl-C; 1: something
 *          that a client or a message needs was missing, and stderr says what.
 */
#ifndef A08_CHAT_SERVER_H
#define A08_CHAT_SERVER_H

#include "a05_spawn/echo_demo.h"
#include "a05_spawn/tcp_listen.h"
#include "a07_select/signals.h"
#include "a08_channels/chat_client.h"

struct chat_rest { /* a future: READY when no client is left */
    struct async async;
    struct join_set *clients;
    struct join_set_next over;
};

struct chat_server {
    struct async async;
    struct tcp *listener; /* its own */
    struct chat chat;
    const struct chat_rules *rules;
    size_t max;              /* how many seats there are */
    struct semaphore seats;  /* one for each client */
    struct permit seat;      /* for the next one */
    struct join_set clients; /* a task for each */
    struct signals signals;
    struct signals_next signal;
    struct join_set_next over;
    struct semaphore_acquire acquire;
    struct tcp_accept accept;
    struct chat_rest rest;
    struct timeout timeout;
    struct select select;
    bool lacked; /* something that a client needs */
    int status;  /* result: for the shell, see above */
};

/* ---- Until Ctrl-C: a seat, and then a client for it ---------------------- */

static inline void chat_server_welcome_(struct chat_server *self,
                                        struct executor *executor)
{
    int error = self->accept.status; /* told once, see tcp_listen.h */
    if (error == 0) {
        struct chat_client *c = task_slot(struct chat_client);
        chat_client(c, &self->chat, self->rules, self->accept.tcp, self->seat);
        self->seat = (struct permit){ NULL, 0 }; /* it is the client's */
        error = join_set_spawn(&self->clients, executor, &c->async.future);
    }
    if (error)
        fprintf(stderr, "clients have to wait: %s\n", uv_strerror(error));
    else if (semaphore_available(&self->seats) == 0)
        say(executor, "all seats are taken");
    self->lacked = self->lacked || error;
}

/* ---- After Ctrl-C: let the clients read the rest, but not forever -------- */

static inline enum poll chat_rest_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct chat_rest);
    while (join_set_len(self->clients) > 0) {
        AWAIT(join_set_next(&self->over, self->clients));
        task_detach(self->over.task);
    }
    ASYNC_END;
}

static const struct future_ops chat_rest_ops_ = ASYNC_OPS(chat_rest);

static inline struct future *chat_server_rest_(struct chat_server *self)
{
    self->rest = (struct chat_rest){ .async.future.ops = &chat_rest_ops_,
                                     .clients = &self->clients };
    return timeout_ms(&self->timeout, &self->rest.async.future,
                      self->rules->end);
}

static inline void chat_server_judge_(struct chat_server *self,
                                      struct executor *executor)
{
    say(executor, "clients left, and dropped: %zu",
        join_set_len(&self->clients));
    if (self->chat.lost)
        fprintf(stderr, "messages that nobody got: %d, not enough memory\n",
                self->chat.lost);
    if (self->lacked || self->chat.lost)
        self->status = 1;
}

static inline enum poll chat_server_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct chat_server);
    chat_init(&self->chat);
    semaphore_init(&self->seats, self->max);
    join_set_init(&self->clients);
    runtime_check(signals_open(&self->signals, cx->executor),
                  "wait for Ctrl-C");
    do {
        SELECT_BIASED() {
            ARM(signals_next(&self->signal, &self->signals))
                say(cx->executor, "signal %d: no more clients",
                    self->signal.signum);
            ARM_IF(join_set_len(&self->clients) > 0,
                   join_set_next(&self->over, &self->clients))
                task_detach(self->over.task);
            ARM_IF(!self->seat.n, semaphore_acquire(&self->acquire, &self->seat,
                                                    &self->seats, 1)) {
            }
            ARM_IF(self->seat.n, tcp_accept(&self->accept, self->listener))
                chat_server_welcome_(self, cx->executor);
        }
    } while (!self->signal.signum);

    tcp_close(self->listener);
    self->listener = NULL;
    chat_close(&self->chat);
    SELECT_BIASED() {
        ARM(signals_next(&self->signal, &self->signals))
            self->status = 128 + self->signal.signum;
        ARM(chat_server_rest_(self)) {
        }
    }
    chat_server_judge_(self, cx->executor);
    ASYNC_FINALLY
    join_set_drop(&self->clients);
    permit_drop(&self->seat);
    semaphore_drop(&self->seats);
    signals_close(&self->signals);
    tcp_close(self->listener);
    ASYNC_END;
}

static const struct future_ops chat_server_ops_ = ASYNC_OPS(chat_server);

/* Serve at most `max` clients of this listener at a time, until Ctrl-C.  The
 * listener is the server's from now on. */
static inline struct future *chat_server(struct chat_server *self,
                                         struct tcp *listener, size_t max,
                                         const struct chat_rules *rules)
{
    *self = (struct chat_server){ .async.future.ops = &chat_server_ops_,
                                  .listener = listener,
                                  .max = max,
                                  .rules = rules };
    return &self->async.future;
}
#endif
