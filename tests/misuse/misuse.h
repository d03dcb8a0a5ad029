/* What the functions in this folder wait for.  None of them is ever run. */
#include "async.h"

struct leaf {
    struct future future;
};
struct future *leaf(struct leaf *self);

struct fn {
    struct async async;
    int n;
    struct leaf leaf;
};

enum poll fn_poll(struct future *f, struct context *cx);
