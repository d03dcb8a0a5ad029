/* Expect: task 1: nap at selftest.deadlocks.c:25 -> never deadlock: nothing is left */
#include "executor.h"

static enum poll never_poll(struct future *f, struct context *cx)
{
    (void)f;
    (void)context_waker(cx);
    return POLL_PENDING;
}

static const struct future_ops never_ops = { .name = "never",
                                             .poll = never_poll,
                                             .drop = future_drop_nothing };

struct nap {
    struct async async;
    struct sleep sleep;
    struct future never;
};

static enum poll nap_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct nap);
    AWAIT(sleep_ms(&self->sleep, 10000));
    AWAIT(&self->never);
    ASYNC_END;
}

static const struct future_ops nap_ops = ASYNC_OPS(nap);

static void answer(void)
{
    struct nap nap = { .async.future.ops = &nap_ops, .never.ops = &never_ops };
    block_on(virtual_executor(), &nap.async.future);
}
