/* Expect: allocates without end */
#include "executor.h"

static void answer(void)
{
    for (volatile int i = 0;; i++)
        if (i % 10000 == 0 && !malloc(10000))
            return;
}
