/* Expect: calls itself without end */
#include "executor.h"

static void answer(void)
{
    static int volatile depth;
    if (depth++ >= 0)
        answer();
    depth--;
}
