/* Expect: eager was polled 100,000 times while no time passed */
#include "executor.h"

static enum poll eager_poll(struct future *f, struct context *cx)
{
    (void)f;
    waker_wake(context_waker(cx));
    return POLL_PENDING;
}

static const struct future_ops eager_ops = { .name = "eager",
                                             .poll = eager_poll,
                                             .drop = future_drop_nothing };

static void answer(void)
{
    struct future eager = { .ops = &eager_ops };
    block_on(virtual_executor(), &eager);
}
