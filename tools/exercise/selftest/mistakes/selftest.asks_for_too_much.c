/* Expect: no memory */
#include "executor.h"

static void answer(void)
{
    if (!malloc((size_t)1 << 30))
        reject("no memory");
}
