/* gcc: switch jumps over variable initialization */
/* clang: may be uninitialized when used here */
/* COMP-01: the same, in a block of its own */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    if (self->n > 0) {
        int doubled = 2 * self->n;
        AWAIT(leaf(&self->leaf));
        self->n = doubled;
    }
    ASYNC_END;
}
