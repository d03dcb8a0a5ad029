/* gcc: from incompatible pointer type 'struct stream */
/* clang: incompatible pointer types assigning to 'struct future */
/* COMP-18: a stream is no future; stream_next() makes one */
#include "generator.h"

enum poll gen_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct gen);
    AWAIT(&self->other);
    ASYNC_END;
}
