/* gcc: 'f' undeclared */
/* clang: undeclared identifier 'f' */
/* COMP-07: the macros know the parameters as f and cx */
#include "misuse.h"

enum poll fn_poll(struct future *future, struct context *context)
{
    ASYNC_BEGIN(struct fn);
    ASYNC_END;
}
