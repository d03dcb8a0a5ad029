/* Exercise: a stage of a pipeline.
 *
 * Read:   notes/a08_channels.md, "mpsc: many values, in order"
 * Build:  stage(): receive a number, refine() it, send it on, and so on.  In
 *         front of it is a stage that may be quicker, behind it one that may be
 *         slower.
 * Why:    A pipeline is as quick as its slowest stage.  If a stage goes on
 *         taking values that it cannot pass on, they pile up in it, or are
 *         lost.
 * Rules:  A stage has one value in its hands at most.  While there is no room
 *         behind it, it takes no other one, so the stage in front of it will
 *         have to wait, too.  When no more numbers come, the stage is over; it
 *         is also over when nobody takes its numbers.  Its neighbours must hear
 *         that it is over, also when it is dropped.
 * Check:  ./learn check a08_backpressure
 */
#include "a08_channels/mpsc.h"

typedef MPSC_SENDER(int) number_tx;
typedef MPSC_RECEIVER(int) number_rx;

static inline int refine(int number)
{
    return 2 * number + 1;
}

struct stage {
    struct async async;
    number_rx in;  /* from the stage in front of us; ours */
    number_tx out; /* to the stage behind us; ours */
    int number;
    struct mpsc_recv recv;
    struct mpsc_send send;
    int passed; /* result: how many numbers it has sent on */
};

static enum poll stage_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct stage);
    for (;;) {
        AWAIT(mpsc_recv(&self->recv, &self->in, &self->number));
        if (self->recv.status)
            break;
        self->number = refine(self->number);
        AWAIT(mpsc_send(&self->send, &self->out, &self->number));
        if (self->send.status)
            break;
        self->passed++;
    }
    ASYNC_FINALLY
    mpsc_receiver_drop(&self->in);
    mpsc_sender_drop(&self->out);
    ASYNC_END;
}

static const struct future_ops stage_ops = ASYNC_OPS(stage);

static struct future *stage(struct stage *self, number_rx in, number_tx out)
{
    *self =
        (struct stage){ .async.future.ops = &stage_ops, .in = in, .out = out };
    return &self->async.future;
}
