/* What the generators in this folder are made of.  None of them is ever run. */
#include "a09_streams/generator.h"

struct gen {
    GENERATOR;
    int n;
    struct stream_next next;
    struct stream other;
};

enum poll gen_poll(struct future *f, struct context *cx);
