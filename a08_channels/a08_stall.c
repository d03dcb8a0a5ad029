/* My bounded channels are stuck.  Shall I make them unbounded?
 *
 * A client has 100 questions for a server, which sends its answers through
 * another channel.  The client first sends all questions, and then receives the
 * answers.  With bounded channels that gets stuck: the server waits for room
 * for an answer, so it takes no question, so the client waits for room for a
 * question, and therefore receives no answer.
 *
 * Run:    ./a08_stall
 * Watch:  Without a limit nothing is stuck any more, but now all questions are
 *         in memory at the same time.  The third client avoids both: while it
 *         waits for room, it also receives.
 *
 * Expected output:
 *     room for 4; first all questions, then the answers
 *         stuck: 9 questions sent, 0 answers received
 *     no limit; first all questions, then the answers
 *         done, and up to 100 were on their way
 *     room for 4; questions and answers at the same time
 *         done, and up to 8 were on their way
 *
 * Try:    Room for 64: the first client is done, too.  But with more questions
 *         it would be stuck again.
 *         100,000 questions: without a limit 100,000 are on their way.
 */
#include "a07_select/select.h"
#include "a07_select/timeout.h"
#include "a08_channels/mpsc_reserve.h"
#include "runtime.h"

enum { ROOM = 4, QUESTIONS = 100 };

typedef MPSC_SENDER(int) number_tx;
typedef MPSC_RECEIVER(int) number_rx;
typedef MPSC_PERMIT(int) number_permit;

/* If the other side is gone, that is no failure here. */
static void check_memory(int status)
{
    runtime_check(status == UV_ENOMEM ? status : 0, "send a number");
}

/* ---- The server ---------------------------------------------------------- */

struct server {
    struct async async;
    number_rx questions; /* its own */
    number_tx answers;   /* its own */
    int number;
    struct mpsc_recv recv;
    struct mpsc_send send;
};

static enum poll server_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct server);
    for (;;) {
        AWAIT(mpsc_recv(&self->recv, &self->questions, &self->number));
        if (self->recv.status)
            break;
        self->number *= 2;
        AWAIT(mpsc_send(&self->send, &self->answers, &self->number));
        check_memory(self->send.status);
        if (self->send.status)
            break;
    }
    ASYNC_FINALLY
    mpsc_receiver_drop(&self->questions);
    mpsc_sender_drop(&self->answers);
    ASYNC_END;
}

static const struct future_ops server_ops = ASYNC_OPS(server);

static struct future *server(struct server *self, number_rx questions,
                             number_tx answers)
{
    *self = (struct server){ .async.future.ops = &server_ops,
                             .questions = questions,
                             .answers = answers };
    return &self->async.future;
}

/* ---- The client ---------------------------------------------------------- */

struct client {
    struct async async;
    number_tx questions; /* its own */
    number_rx answers;   /* its own */
    bool both;           /* it receives while it waits for room */
    int number, sent, received, most;
    struct mpsc_send send;
    struct mpsc_reserve reserve;
    number_permit permit;
    struct mpsc_recv recv;
    struct select select;
};

static void client_has_sent(struct client *self)
{
    int on_their_way = ++self->sent - self->received;
    if (self->most < on_their_way)
        self->most = on_their_way;
}

static enum poll client_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct client);
    while (!self->both && self->sent < QUESTIONS) {
        AWAIT(mpsc_send(&self->send, &self->questions, &self->sent));
        check_memory(self->send.status);
        client_has_sent(self);
    }
    while (self->received < QUESTIONS) {
        SELECT_ANY() {
            ARM(mpsc_recv(&self->recv, &self->answers, &self->number))
                self->received++;
            ARM_IF(self->sent < QUESTIONS,
                   mpsc_reserve(&self->reserve, &self->questions,
                                &self->permit)) {
                mpsc_permit_send(&self->permit, &self->sent);
                client_has_sent(self);
            }
        }
    }
    ASYNC_FINALLY
    mpsc_permit_drop(&self->permit);
    mpsc_sender_drop(&self->questions);
    mpsc_receiver_drop(&self->answers);
    ASYNC_END;
}

static const struct future_ops client_ops = ASYNC_OPS(client);

/* ---- Three clients ------------------------------------------------------- */

static void ask(struct runtime *rt, bool bounded, bool both)
{
    struct client client = { .async.future.ops = &client_ops, .both = both };
    struct timeout timeout;
    number_rx questions;
    number_tx answers;
    runtime_check(bounded ? mpsc_open(&client.questions, &questions, ROOM, NULL)
                          : mpsc_open_unbounded(&client.questions, &questions,
                                                NULL),
                  "open a channel");
    runtime_check(bounded
                      ? mpsc_open(&answers, &client.answers, ROOM, NULL)
                      : mpsc_open_unbounded(&answers, &client.answers, NULL),
                  "open a channel");
    task_detach(task_spawn(&rt->executor, server(task_slot(struct server),
                                                 questions, answers)));
    block_on(&rt->executor, timeout_ms(&timeout, &client.async.future, 500));
    if (client.received < QUESTIONS)
        printf("    stuck: %d questions sent, %d answers received\n",
               client.sent, client.received);
    else
        printf("    done, and up to %d were on their way\n", client.most);
    executor_run(&rt->executor); /* the server */
}

int main(int argc, char **argv)
{
    struct runtime rt;
    runtime_open(&rt, argc, argv);
    printf("room for %d; first all questions, then the answers\n", ROOM);
    ask(&rt, true, false);
    puts("no limit; first all questions, then the answers");
    ask(&rt, false, false);
    printf("room for %d; questions and answers at the same time\n", ROOM);
    ask(&rt, true, true);
    return runtime_close(&rt);
}
