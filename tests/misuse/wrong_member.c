/* gcc warns: pointer type mismatch in conditional expression */
/* clang warns: pointer type mismatch */
/* COMP-11: container_of looks at the type of the member */
#include "misuse.h"

struct fn *around(struct future *f);

struct fn *around(struct future *f)
{
    return container_of(f, struct fn, leaf); /* it should be leaf.future */
}
