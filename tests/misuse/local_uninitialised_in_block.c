/* gcc: compiles */
/* clang: may be uninitialized when used here */
/* check_async: belongs in the frame */
/* COMP-03: the same, in a block: gcc does not see it */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    {
        int doubled;
        doubled = 2 * self->n;
        AWAIT(leaf(&self->leaf));
        self->n = doubled;
    }
    ASYNC_END;
}
