/* gcc: switch jumps over variable initialization */
/* clang: may be uninitialized when used here */
/* COMP-02: a loop counter that the AWAIT would lose */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    for (int i = 0; i < self->n; i++)
        AWAIT(leaf(&self->leaf));
    ASYNC_END;
}
