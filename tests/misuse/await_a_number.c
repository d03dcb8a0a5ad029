/* gcc: makes pointer from integer without a cast */
/* clang: incompatible integer to pointer conversion */
/* COMP-06: an int is no future */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    AWAIT(self->n);
    ASYNC_END;
}
