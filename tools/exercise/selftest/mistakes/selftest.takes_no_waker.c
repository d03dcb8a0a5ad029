/* Expect: waiting: never never returned PENDING but took no waker */
#include "executor.h"

static enum poll never_poll(struct future *f, struct context *cx)
{
    (void)f, (void)cx;
    return POLL_PENDING;
}

static const struct future_ops never_ops = { .name = "never",
                                             .poll = never_poll,
                                             .drop = future_drop_nothing };

static void answer(void)
{
    struct future never = { .ops = &never_ops };
    block_on(virtual_executor(), &never);
}
