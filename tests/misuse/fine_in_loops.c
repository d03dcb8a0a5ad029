/* gcc: compiles */
/* clang: compiles */
/* COMP-14: in every kind of loop */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    for (self->n = 0; self->n < 3; self->n++)
        AWAIT(leaf(&self->leaf));
    while (self->n-- > 0) {
        if (self->n == 2)
            continue;
        AWAIT(leaf(&self->leaf));
        if (self->n == 1)
            break;
    }
    do
        AWAIT(leaf(&self->leaf));
    while (self->n > 0);
    ASYNC_END;
}
