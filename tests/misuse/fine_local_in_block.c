/* gcc: compiles */
/* clang: compiles */
/* COMP-15: a local may live where no AWAIT is */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    for (int i = 0; i < 3; i++) {
        int twice = 2 * i;
        self->n += twice;
    }
    AWAIT(leaf(&self->leaf));
    {
        char line[16] = "";
        snprintf(line, sizeof line, "%d", self->n);
        puts(line);
    }
    AWAIT(leaf(&self->leaf));
    ASYNC_FINALLY
    for (int i = 0; i < 3; i++)
        self->n -= i;
    ASYNC_END;
}
