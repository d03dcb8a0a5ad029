/* gcc: compiles */
/* clang: compiles */
/* check_async: belongs in the frame */
/* COMP-04: the same, in a block: no compiler sees it */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    {
        char line[16];
        snprintf(line, sizeof line, "%d", self->n);
        AWAIT(leaf(&self->leaf));
        puts(line);
    }
    ASYNC_END;
}
