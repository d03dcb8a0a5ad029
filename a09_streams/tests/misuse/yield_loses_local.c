/* gcc: switch jumps over variable initialization */
/* clang: is uninitialized when used here */
/* COMP-18: a local that the YIELD would lose */
#include "generator.h"

enum poll gen_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct gen);
    for (int i = 0; i < 3; i++) {
        self->n = i;
        YIELD(&self->n);
    }
    ASYNC_END;
}
