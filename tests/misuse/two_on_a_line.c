/* gcc: duplicate case value */
/* clang: duplicate case value */
/* COMP-05: the state is the line, so there can be one AWAIT on each */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    /* clang-format off */
    AWAIT(leaf(&self->leaf)); AWAIT(leaf(&self->leaf));
    /* clang-format on */
    ASYNC_END;
}
