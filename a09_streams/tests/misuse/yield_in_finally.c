/* gcc: 'AWAIT_only_between_ASYNC_BEGIN_and_ASYNC_FINALLY' undeclared */
/* clang: 'AWAIT_only_between_ASYNC_BEGIN_and_ASYNC_FINALLY' */
/* COMP-18: nobody would ask for the item */
#include "generator.h"

enum poll gen_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct gen);
    ASYNC_FINALLY
    YIELD(&self->n);
    ASYNC_END;
}
