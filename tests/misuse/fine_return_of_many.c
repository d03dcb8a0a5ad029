/* gcc: compiles */
/* clang: compiles */
/* COMP-14: a result may need more than one expression, or none */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    if (self->n == 0)
        ASYNC_RETURN(self->n = 1, puts("one, two"));
    if (self->n == 1)
        ASYNC_RETURN();
    AWAIT(leaf(&self->leaf));
    ASYNC_END;
}
