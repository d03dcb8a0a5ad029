/* gcc: expected identifier or '(' */
/* clang: extraneous closing brace ('}') */
/* COMP-10: ASYNC_BEGIN forgotten */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    struct fn *self = container_of(f, struct fn, async.future);
    self->n = 1;
    ASYNC_END;
}
