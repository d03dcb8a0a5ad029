/* gcc: makes pointer from integer without a cast */
/* clang: incompatible integer to pointer conversion */
/* COMP-18: YIELD gives a pointer to the item */
#include "generator.h"

enum poll gen_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct gen);
    YIELD(self->n);
    ASYNC_END;
}
