/* gcc: switch jumps over variable initialization */
/* clang: may be uninitialized when used here */
/* COMP-01: the same, in the body of a loop */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    while (self->n > 0) {
        const int before = self->n;
        AWAIT(leaf(&self->leaf));
        self->n = before - 1;
    }
    ASYNC_END;
}
