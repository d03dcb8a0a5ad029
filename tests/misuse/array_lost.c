/* gcc: forbids mixed declarations and code */
/* clang: mixing declarations and code is incompatible */
/* COMP-04: an array that the AWAIT would lose */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    char line[16];
    snprintf(line, sizeof line, "%d", self->n);
    AWAIT(leaf(&self->leaf));
    puts(line);
    ASYNC_END;
}
