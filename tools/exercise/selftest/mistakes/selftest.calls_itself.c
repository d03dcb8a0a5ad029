/* Expect: calls itself again and again */
#include "executor.h"

static void answer(void)
{
    static int volatile depth;
    if (depth++ >= 0)
        answer();
    depth--;
}
