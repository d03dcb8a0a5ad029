/* gcc: duplicate case value */
/* clang: duplicate case value */
/* COMP-18: the state is the line, so there can be one YIELD on each */
#include "generator.h"

enum poll gen_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct gen);
    /* clang-format off */
    YIELD(&self->n); YIELD(&self->n);
    /* clang-format on */
    ASYNC_END;
}
