/* gcc: compiles */
/* clang: compiles */
/* COMP-19: in every kind of loop, without braces, with AWAIT beside it */
#include "generator.h"

enum poll gen_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct gen);
    if (self->n)
        YIELD(&self->n);
    else
        YIELD(&self->other);
    for (self->n = 0; self->n < 3; self->n++)
        YIELD(&self->n);
    do
        YIELD(&self->n);
    while (self->n-- > 0);
    while (self->n < 3) {
        AWAIT(stream_next(&self->next, &self->other));
        if (!self->next.item)
            ASYNC_RETURN((void)0);
        YIELD(self->next.item);
    }
    ASYNC_FINALLY
    stream_drop(&self->other);
    ASYNC_END;
}
