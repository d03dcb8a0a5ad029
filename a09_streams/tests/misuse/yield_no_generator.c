/* gcc: 'struct plain' has no member named 'generator' */
/* clang: no member named 'generator' in 'struct plain' */
/* COMP-18: YIELD in an async function whose frame has no GENERATOR */
#include "generator.h"

struct plain {
    struct async async;
    int n;
};

enum poll gen_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct plain);
    YIELD(&self->n);
    ASYNC_END;
}
