/* Who owns what many tasks use?
 *
 * An actor: one task that owns the data, and a mailbox through which all others
 * ask it.  It takes one message after the other, so nothing needs a lock.  A
 * question carries the sender of a oneshot, through which the answer comes.
 *
 * Run:    ./a08_actor
 * Watch:  Eve's message makes the counter fail, and Eve learns that no answer
 *         will come.  The supervisor starts another counter on the same
 *         mailbox, so the clients behind Eve are served as if nothing had
 *         happened; only the count is lost.
 *
 * Expected output:
 *     ann adds 3
 *     bob adds 4
 *     eve divides by 0
 *     ann adds 5
 *     bob adds 6
 *     supervisor: the counter failed (invalid argument), 2 messages wait
 *     ann hears: the count is 3
 *     bob hears: the count is 7
 *     eve hears nothing: end of file
 *     ann hears: the count is 5
 *     bob hears: the count is 11
 *     supervisor: the mailbox is closed, the counter ends at 11
 *
 * Try:    Let the actor drop its mailbox when it fails: the clients
 *         behind Eve learn that nobody will answer.
 *         Forget to drop the reply in ASYNC_FINALLY of the counter: Eve waits
 *         for an answer, and the executor reports it.
 */
#include "a08_channels/mpsc.h"
#include "a08_channels/oneshot.h"
#include "runtime.h"

typedef ONESHOT_SENDER(int) count_tx;
typedef ONESHOT_RECEIVER(int) count_rx;

struct question {
    char operation; /* '+' or '/' */
    int number;
    count_tx reply; /* belongs to the question */
};

typedef MPSC_SENDER(struct question) counter_tx;
typedef MPSC_RECEIVER(struct question) counter_rx;

static void question_drop(void *value)
{
    oneshot_sender_drop(&((struct question *)value)->reply);
}

/* ---- The actor ----------------------------------------------------------- */

struct counter {
    struct async async;
    counter_rx *mailbox;      /* the supervisor's */
    struct question question; /* the one that it handles */
    int count;
    int status; /* result: 0: the mailbox is closed; or why it failed */
    struct mpsc_recv recv;
};

static enum poll counter_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct counter);
    for (;;) {
        AWAIT(mpsc_recv(&self->recv, self->mailbox, &self->question));
        if (self->recv.status)
            ASYNC_RETURN((void)0);
        if (self->question.operation == '+')
            self->count += self->question.number;
        else if (self->question.number == 0)
            ASYNC_RETURN(self->status = UV_EINVAL);
        else
            self->count /= self->question.number;
        oneshot_send(&self->question.reply, &self->count);
    }
    ASYNC_FINALLY
    question_drop(&self->question);
    ASYNC_END;
}

static const struct future_ops counter_ops = ASYNC_OPS(counter);

static struct future *counter(struct counter *self, counter_rx *mailbox)
{
    *self = (struct counter){ .async.future.ops = &counter_ops,
                              .mailbox = mailbox };
    return &self->async.future;
}

/* ---- Who starts it again ------------------------------------------------- */

struct supervisor {
    struct async async;
    counter_rx mailbox;
    struct counter counter;
};

static enum poll supervisor_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct supervisor);
    do {
        AWAIT(counter(&self->counter, &self->mailbox));
        if (self->counter.status)
            printf("supervisor: the counter failed (%s), %zu messages wait\n",
                   uv_strerror(self->counter.status), mpsc_len(&self->mailbox));
    } while (self->counter.status);
    printf("supervisor: the mailbox is closed, the counter ends at %d\n",
           self->counter.count);
    ASYNC_FINALLY
    mpsc_receiver_drop(&self->mailbox);
    ASYNC_END;
}

static const struct future_ops supervisor_ops = ASYNC_OPS(supervisor);

/* ---- Who asks ------------------------------------------------------------ */

struct client {
    struct async async;
    const char *name;
    counter_tx counter;
    struct question question; /* ours until it is sent */
    count_rx reply;
    int count;
    struct mpsc_send send;
    struct oneshot_recv recv;
};

static enum poll client_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct client);
    runtime_check(oneshot_open(&self->question.reply, &self->reply, NULL),
                  "open a channel");
    printf("%s %s %d\n", self->name,
           self->question.operation == '+' ? "adds" : "divides by",
           self->question.number);
    AWAIT(mpsc_send(&self->send, &self->counter, &self->question));
    if (self->send.status == 0)
        self->question.reply = (count_tx){ NULL }; /* it was handed over */
    else
        question_drop(&self->question);
    AWAIT(oneshot_recv(&self->recv, &self->reply, &self->count));
    if (self->recv.status == 0)
        printf("%s hears: the count is %d\n", self->name, self->count);
    else
        printf("%s hears nothing: %s\n", self->name,
               uv_strerror(self->recv.status));
    ASYNC_FINALLY
    question_drop(&self->question);
    oneshot_receiver_drop(&self->reply);
    mpsc_sender_drop(&self->counter);
    ASYNC_END;
}

static const struct future_ops client_ops = ASYNC_OPS(client);

static struct future *client(struct client *self, counter_tx counter_end,
                             const char *name, char operation, int number)
{
    *self = (struct client){ .async.future.ops = &client_ops,
                             .name = name,
                             .counter = counter_end,
                             .question = { operation, number, { NULL } } };
    return &self->async.future;
}

static const struct {
    const char *name;
    char operation;
    int number;
} clients[] = {
    { "ann", '+', 3 }, { "bob", '+', 4 }, { "eve", '/', 0 },
    { "ann", '+', 5 }, { "bob", '+', 6 },
};

int main(int argc, char **argv)
{
    struct runtime rt;
    struct supervisor supervisor = { .async.future.ops = &supervisor_ops };
    counter_tx tx;
    runtime_open(&rt, argc, argv);
    runtime_check(mpsc_open(&tx, &supervisor.mailbox, 16, question_drop),
                  "open a channel");
    for (size_t i = 0; i < sizeof clients / sizeof *clients; i++)
        task_detach(
            task_spawn(&rt.executor,
                       client(task_slot(struct client), mpsc_sender_clone(&tx),
                              clients[i].name, clients[i].operation,
                              clients[i].number)));
    mpsc_sender_drop(&tx);
    block_on(&rt.executor, &supervisor.async.future);
    executor_run(&rt.executor); /* until all clients have heard */
    return runtime_close(&rt);
}
