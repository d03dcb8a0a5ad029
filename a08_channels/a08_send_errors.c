/* Should a send to nobody abort?
 *
 * No.  The sender has made no mistake: the receiver has gone for a reason of
 * its own, and only the sender can know what to do now.  So the send has
 * a status, and the value is still the sender's, who may keep it, send it
 * elsewhere, or free it.  All four types of channel follow this rule.
 *
 * Run:    ./a08_send_errors
 * Watch:  Letters are on the heap, so each has to be freed exactly once: by the
 *         sender, if the send failed, or by the channel's drop function, if
 *         the letter was accepted and nobody receives it.
 *
 * Expected output:
 *     oneshot; the receiver is gone
 *         a: broken pipe, so it is still the sender's
 *     mpsc with room for 1
 *         b: accepted, so it is the channel's
 *         c: resource temporarily unavailable, so it is still the sender's
 *         d: waits for room
 *       the receiver goes
 *         b: dropped by the channel
 *         d: broken pipe, so it is still the sender's
 *     broadcast; nobody has subscribed
 *         e: broken pipe, so it is still the sender's
 *       a receiver subscribes
 *         f: accepted, so it is the channel's
 *       the receiver goes
 *         f: dropped by the channel
 *     watch, which has a value from the beginning: g
 *       the receiver goes
 *         h: broken pipe, so it is still the sender's
 *       the sender goes
 *         g: dropped by the channel
 *     8 letters written, 8 freed
 *
 * Try:    Free each letter after its send, whatever its status is: then some
 *         are freed twice, and AddressSanitizer reports it.
 *         Never free a letter whose send failed: its memory is lost.
 *         Send with a sender that was dropped.  That is a mistake in the
 *         program, so it does abort.
 */
#include "a08_channels/broadcast.h"
#include "a08_channels/mpsc.h"
#include "a08_channels/oneshot.h"
#include "a08_channels/watch.h"
#include "runtime.h"

/* ---- Letters: values that somebody has to free --------------------------- */

static int written, freed;

static char *letter(const char *text)
{
    char *copy = strdup(text);
    if (!copy)
        program_exit(1, "no memory for a letter");
    written++;
    return copy;
}

static void letter_free(char *text)
{
    free(text);
    freed++;
}

/* For the channels.  A value is a char *, so they give a pointer to that. */
static void letter_drop(void *value)
{
    char **text = value;
    printf("    %s: dropped by the channel\n", *text);
    letter_free(*text);
}

static bool letter_clone(void *copy, const void *value)
{
    *(char **)copy = letter(*(char *const *)value);
    return true;
}

/* What every sender does after a send.  If it failed, `text` is still ours. */
static void after_send(const char *name, int status, char *text)
{
    if (status == 0) {
        printf("    %s: accepted, so it is the channel's\n", name);
        return;
    }
    printf("    %s: %s, so it is still the sender's\n", name,
           uv_strerror(status));
    letter_free(text);
}

/* ---- One type after the other -------------------------------------------- */

static void oneshot_tells(void)
{
    ONESHOT_SENDER(char *) tx;
    ONESHOT_RECEIVER(char *) rx;
    char *a = letter("a");
    puts("oneshot; the receiver is gone");
    runtime_check(oneshot_open(&tx, &rx, letter_drop), "open a oneshot");
    oneshot_receiver_drop(&rx);
    after_send("a", oneshot_send(&tx, &a), a);
}

typedef MPSC_SENDER(char *) letter_tx;
typedef MPSC_RECEIVER(char *) letter_rx;

struct patient { /* a task that waits for room */
    struct async async;
    letter_tx tx;
    char *letter; /* until it is sent */
    struct mpsc_send send;
};

static enum poll patient_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct patient);
    self->letter = letter("d");
    puts("    d: waits for room");
    AWAIT(mpsc_send(&self->send, &self->tx, &self->letter));
    after_send("d", self->send.status, self->letter);
    self->letter = NULL;
    ASYNC_FINALLY
    if (self->letter) /* dropped while it waited: it was not sent */
        letter_free(self->letter);
    mpsc_sender_drop(&self->tx);
    ASYNC_END;
}

static const struct future_ops patient_ops = ASYNC_OPS(patient);

static struct future *patient(struct patient *self, letter_tx tx)
{
    *self = (struct patient){ .async.future.ops = &patient_ops, .tx = tx };
    return &self->async.future;
}

static void mpsc_tells(struct executor *executor)
{
    letter_tx tx;
    letter_rx rx;
    struct yield yield;
    char *b = letter("b"), *c = letter("c");
    puts("mpsc with room for 1");
    runtime_check(mpsc_open(&tx, &rx, 1, letter_drop), "open an mpsc");
    after_send("b", mpsc_try_send(&tx, &b), b);
    after_send("c", mpsc_try_send(&tx, &c), c);
    task_detach(task_spawn(executor, patient(task_slot(struct patient), tx)));
    block_on(executor, yield_now(&yield)); /* it begins to wait */
    puts("  the receiver goes");
    mpsc_receiver_drop(&rx);
    executor_run(executor);
}

static void broadcast_tells(void)
{
    BROADCAST_SENDER(char *) tx;
    BROADCAST_RECEIVER(char *) rx;
    char *e = letter("e"), *f = letter("f");
    puts("broadcast; nobody has subscribed");
    runtime_check(broadcast_open(&tx, &rx, 1, letter_drop, letter_clone),
                  "open a broadcast");
    broadcast_receiver_drop(&rx);
    after_send("e", broadcast_send(&tx, &e), e);
    puts("  a receiver subscribes");
    runtime_check(broadcast_subscribe(&tx, &rx), "subscribe");
    after_send("f", broadcast_send(&tx, &f), f);
    puts("  the receiver goes");
    broadcast_receiver_drop(&rx);
    broadcast_sender_drop(&tx);
}

static void watch_tells(void)
{
    WATCH_SENDER(char *) tx;
    WATCH_RECEIVER(char *) rx;
    char *g = letter("g"), *h = letter("h");
    puts("watch, which has a value from the beginning: g");
    runtime_check(watch_open(&tx, &rx, &g, letter_drop, letter_clone),
                  "open a watch");
    puts("  the receiver goes");
    watch_receiver_drop(&rx);
    after_send("h", watch_send(&tx, &h), h);
    puts("  the sender goes");
    watch_sender_drop(&tx);
}

int main(int argc, char **argv)
{
    struct runtime rt;
    runtime_open(&rt, argc, argv);
    oneshot_tells();
    mpsc_tells(&rt.executor);
    broadcast_tells();
    watch_tells();
    printf("%d letters written, %d freed\n", written, freed);
    return runtime_close(&rt);
}
