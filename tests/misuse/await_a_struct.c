/* gcc: from incompatible pointer type 'struct leaf */
/* clang: incompatible pointer types assigning to 'struct future */
/* COMP-06: the slot instead of the future that its constructor returns */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    AWAIT(&self->leaf);
    ASYNC_END;
}
