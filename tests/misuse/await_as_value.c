/* gcc: expected expression before 'do' */
/* clang: expected expression */
/* COMP-06: AWAIT has no value; the result stands in the struct of the child */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    self->n = AWAIT(leaf(&self->leaf));
    ASYNC_END;
}
