/* gcc: compiles */
/* clang: compiles */
/* check_async: no AWAIT inside a switch of your own */
/* COMP-12: AWAIT inside a switch: no compiler sees it; it aborts */
#include "misuse.h"

enum poll fn_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    switch (self->n) {
    case 1:
        AWAIT(leaf(&self->leaf));
    }
    ASYNC_END;
}
