/* gcc: compiles */
/* clang: compiles */
/* check_async: leave by ASYNC_RETURN */
/* COMP-13: it skips ASYNC_FINALLY: no compiler sees it */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    if (self->n == 0)
        return POLL_READY;
    AWAIT(leaf(&self->leaf));
    ASYNC_FINALLY
    self->n = 0;
    ASYNC_END;
}
