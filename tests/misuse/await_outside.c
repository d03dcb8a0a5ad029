/* gcc: 'AWAIT_only_between_ASYNC_BEGIN_and_ASYNC_FINALLY' undeclared */
/* clang: 'AWAIT_only_between_ASYNC_BEGIN_and_ASYNC_FINALLY' */
/* COMP-09: AWAIT in a function that is not async */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    struct fn *self = container_of(f, struct fn, async.future);
    AWAIT(leaf(&self->leaf));
    return POLL_READY;
}
