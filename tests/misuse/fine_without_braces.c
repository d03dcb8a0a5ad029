/* gcc: compiles */
/* clang: compiles */
/* COMP-14: the macros are statements like any other */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    if (self->n == 0)
        AWAIT(leaf(&self->leaf));
    else if (self->n == 1)
        ASYNC_RETURN(self->n = 2);
    else
        AWAIT(leaf(&self->leaf));
    ASYNC_END;
}
