/* gcc: compiles */
/* clang: compiles */
/* COMP-14: nothing to do */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    ASYNC_END;
}
