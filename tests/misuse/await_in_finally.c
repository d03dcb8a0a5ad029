/* gcc: 'AWAIT_only_between_ASYNC_BEGIN_and_ASYNC_FINALLY' undeclared */
/* clang: 'AWAIT_only_between_ASYNC_BEGIN_and_ASYNC_FINALLY' */
/* COMP-08: nothing can wait while it is cancelled */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    ASYNC_FINALLY
    AWAIT(leaf(&self->leaf));
    ASYNC_END;
}
