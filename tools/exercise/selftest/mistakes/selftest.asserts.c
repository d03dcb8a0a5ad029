/* Expect: Assertion `1 == 2' failed. */
#include <assert.h>
#include "executor.h"

static void answer(void)
{
    assert(1 == 2);
}
