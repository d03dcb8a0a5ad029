/* gcc warns: with incompatible return type */
/* clang warns: incompatible pointer types */
/* COMP-18: a constructor that takes a future, given a stream */
#include "generator.h"

struct future *run(struct gen *self);

struct future *run(struct gen *self)
{
    return &self->generator.stream;
}
