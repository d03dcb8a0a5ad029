/* Exercise: an account that only one task may touch.
 *
 * Read:   notes/a08_channels.md, "Actors: one task owns the data"
 * Build:  account(), an actor that serves one request after the other, and
 *         ask(), which sends it a request and waits for the answer.
 * Why:    Nobody else can reach the balance, so nothing can happen between the
 *         look at it and the change, and there is no lock to forget.
 * Rules:  A withdrawal that the balance does not cover changes nothing; its
 *         answer has ok = false.  Every answer tells the balance after it.
 *         The account ends when no task can ask it any more.
 *         It may be dropped at any moment: then a task that waits for an
 *         answer hears that there will be none.
 *         A request belongs to ask() until the send says 0.  Whatever happens,
 *         each end of each channel is dropped.
 * Check:  ./learn check a08_account
 */
#include "a08_channels/mpsc.h"
#include "a08_channels/oneshot.h"

struct answer {
    bool ok;
    long balance;
};

typedef ONESHOT_SENDER(struct answer) answer_tx;
typedef ONESHOT_RECEIVER(struct answer) answer_rx;

struct request {
    long amount; /* above 0: pay in; below 0: withdraw; 0: only ask */
    answer_tx reply;
};

typedef MPSC_SENDER(struct request) request_tx;
typedef MPSC_RECEIVER(struct request) request_rx;

/* For the channel, and for you. */
static void request_drop(void *request)
{
    oneshot_sender_drop(&((struct request *)request)->reply);
}

/* ---- The actor ----------------------------------------------------------- */

struct account {
    struct async async;
    request_rx mailbox; /* its own */
    long balance;
    struct request request; /* the one that it works at */
    struct answer answer;
    struct mpsc_recv recv;
};

static enum poll account_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct account);
    TODO("take a request, serve it, send the answer; until the mailbox ends");
    ASYNC_FINALLY
    TODO("what does the frame hold, when it is dropped in the middle?");
    ASYNC_END;
}

static const struct future_ops account_ops = ASYNC_OPS(account);

static struct future *account(struct account *self, request_rx mailbox)
{
    *self = (struct account){ .async.future.ops = &account_ops,
                              .mailbox = mailbox };
    return &self->async.future;
}

/* ---- Who asks ------------------------------------------------------------ */

struct ask {
    struct async async;
    request_tx *account; /* lent: not ours to drop */
    struct request request;
    answer_rx reply;
    struct mpsc_send send;
    struct oneshot_recv recv;
    struct answer answer; /* result, if the status is 0 */
    int status;           /* result: 0; UV_ENOMEM; of the send; of the recv */
};

static enum poll ask_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct ask);
    self->status = oneshot_open(&self->request.reply, &self->reply, NULL);
    if (self->status)
        ASYNC_RETURN((void)0);
    TODO("send the request, wait for the answer; whose is the reply then?");
    ASYNC_FINALLY
    TODO("drop what is still yours");
    ASYNC_END;
}

static const struct future_ops ask_ops = ASYNC_OPS(ask);

static struct future *ask(struct ask *self, request_tx *account_tx, long amount)
{
    *self = (struct ask){ .async.future.ops = &ask_ops,
                          .account = account_tx,
                          .request.amount = amount };
    return &self->async.future;
}
