/* gcc: 'AWAIT_only_between_ASYNC_BEGIN_and_ASYNC_FINALLY' undeclared */
/* clang: 'AWAIT_only_between_ASYNC_BEGIN_and_ASYNC_FINALLY' */
/* COMP-08: and it is on its way out already */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    ASYNC_FINALLY
    ASYNC_RETURN(self->n = 1);
    ASYNC_END;
}
