/* gcc: forbids mixed declarations and code */
/* clang: mixing declarations and code is incompatible */
/* COMP-03: a local without a value, set before the AWAIT, used after it */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    int doubled;
    doubled = 2 * self->n;
    AWAIT(leaf(&self->leaf));
    self->n = doubled;
    ASYNC_END;
}
