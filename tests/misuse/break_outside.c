/* gcc: compiles */
/* clang: compiles */
/* check_async: a `break` outside of a loop skips ASYNC_FINALLY */
/* COMP-13: it skips ASYNC_FINALLY: no compiler sees it; it aborts */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    AWAIT(leaf(&self->leaf));
    if (self->n == 0)
        break;
    AWAIT(leaf(&self->leaf));
    ASYNC_FINALLY
    self->n = 0;
    ASYNC_END;
}
