/* Expect: did not come from malloc() */
#include "executor.h"

static void answer(void)
{
    int local[4], *volatile block = local;
    free(block);
}
