/* gcc: compiles */
/* clang: compiles */
/* COMP-14: a function that never ends by itself */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    for (;;)
        AWAIT(leaf(&self->leaf));
    ASYNC_FINALLY
    self->n = 0;
    ASYNC_END;
}
