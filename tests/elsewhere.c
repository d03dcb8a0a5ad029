/* Linked into the test `futures`: what other source files do with a future. */
#include "future.h"

void drop_elsewhere(struct future *f);

void drop_elsewhere(struct future *f)
{
    future_drop(f);
}
