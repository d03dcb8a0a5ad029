/* gcc: compiles */
/* clang: compiles */
/* check_async: all futures of this kind share a static variable */
/* COMP-13: kept over an AWAIT, but by all futures together */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    static int polls;
    ASYNC_BEGIN(struct fn);
    polls++;
    AWAIT(leaf(&self->leaf));
    self->n = polls;
    ASYNC_END;
}
