/* gcc: compiles */
/* clang: compiles */
/* COMP-16: what holds in an async function ends with it */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    AWAIT(leaf(&self->leaf));
    ASYNC_END;
}

int plain(struct leaf *l);

int plain(struct leaf *l)
{
    puts("a statement");
    int declared = 1; /* and a declaration */
    for (int i = 0; i < 3; i++)
        declared += i;
    return leaf(l) ? declared : 0;
}
