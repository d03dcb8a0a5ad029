/* gcc: 'struct leaf' has no member named 'async' */
/* clang: no member named 'async' in 'struct leaf' */
/* COMP-07: not the struct of this function */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct leaf);
    ASYNC_END;
}
