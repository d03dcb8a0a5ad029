/* gcc: 'struct fn' has no member named 'future' */
/* clang: no member named 'future' in 'struct fn' */
/* COMP-11: and at its name */
#include "misuse.h"

struct fn *around(struct future *f);

struct fn *around(struct future *f)
{
    return container_of(f, struct fn, future);
}
