/* Expect: calls abort() */
#include "executor.h"

static void answer(void)
{
    abort();
}
