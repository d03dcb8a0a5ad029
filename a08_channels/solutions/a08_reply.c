/* Exercise: a channel for one answer.
 *
 * Read:   notes/a08_channels.md, "oneshot: one value, one time"
 * Build:  The two ends of a oneshot for an int: send, receive, and drop.
 * Why:    Two tasks share one piece of memory, and either may end first.  So
 *         they must agree on who wakes whom, and on who frees it.
 * Rules:  A send uses up the sender; an end that is dropped is not used again.
 *         The last end that goes frees the channel, and nobody else does.
 *         A task that waits is woken once: when the answer is there, or when
 *         it is certain that none will come.  The code that you wake may do
 *         anything at once, also drop the receiver.
 * Check:  ./learn check a08_reply
 */
#include "future.h"

struct oneshot {
    bool sender, receiver; /* these ends are still in use */
    bool sent;             /* there is an answer */
    int answer;            /* any number, 0 too */
    struct waker waker;    /* of the receive that waits; empty: none does */
};

/* A channel with both its ends, or NULL: no memory. */
static struct oneshot *oneshot_open(void)
{
    struct oneshot *channel = malloc(sizeof *channel);
    if (channel)
        *channel = (struct oneshot){ .sender = true, .receiver = true };
    return channel;
}

/* ---- The sender ---------------------------------------------------------- */

/* One of the two was just set to false: the sender, or the receiver. */
static void oneshot_free_if_unused(struct oneshot *channel)
{
    if (!channel->sender && !channel->receiver)
        free(channel);
}

/* There will be no answer. */
static void sender_drop(struct oneshot *channel)
{
    struct waker waker = channel->waker;
    channel->waker = (struct waker){ NULL, NULL };
    channel->sender = false;
    oneshot_free_if_unused(channel);
    waker_wake(waker);
}

/* Send, and drop the sender.  False: nobody will receive the answer. */
static bool oneshot_send(struct oneshot *channel, int answer)
{
    bool receiver = channel->receiver;
    channel->answer = answer;
    channel->sent = true;
    sender_drop(channel);
    return receiver;
}

/* ---- The receiver -------------------------------------------------------- */

struct receive {
    struct future future;
    struct oneshot *channel;
    bool ok;    /* result: there is an answer; false: there will be none */
    int answer; /* result */
};

static enum poll receive_poll(struct future *f, struct context *cx)
{
    struct receive *self = container_of(f, struct receive, future);
    struct oneshot *channel = self->channel;
    if (!channel->sent && channel->sender) {
        channel->waker = context_waker(cx);
        return POLL_PENDING;
    }
    channel->waker = (struct waker){ NULL, NULL };
    self->ok = channel->sent;
    self->answer = channel->answer;
    return POLL_READY;
}

static void receive_drop(struct future *f)
{
    struct receive *self = container_of(f, struct receive, future);
    self->channel->waker = (struct waker){ NULL, NULL };
}

static const struct future_ops receive_ops = FUTURE_OPS(receive);

/* Wait for the answer.  The channel has its receiver until this is over. */
static struct future *receive(struct receive *self, struct oneshot *channel)
{
    *self = (struct receive){ .future.ops = &receive_ops, .channel = channel };
    return &self->future;
}

/* Nobody waits any more, and nobody will. */
static void receiver_drop(struct oneshot *channel)
{
    channel->receiver = false;
    oneshot_free_if_unused(channel);
}
