/* gcc: expected declaration or statement at end of input */
/* clang: expected '}' */
/* COMP-10: ASYNC_END forgotten */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    AWAIT(leaf(&self->leaf));
}
