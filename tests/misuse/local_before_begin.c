/* gcc: compiles */
/* clang: compiles */
/* check_async: make ASYNC_BEGIN the first line */
/* COMP-13: made anew in each poll: no compiler sees it */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    int polls = 0;
    ASYNC_BEGIN(struct fn);
    polls++;
    AWAIT(leaf(&self->leaf));
    self->n = polls;
    ASYNC_END;
}
