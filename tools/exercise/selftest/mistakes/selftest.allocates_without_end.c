/* Expect: allocates without end */
#include "executor.h"

static void answer(void)
{
    for (;;)
        printf("%s", malloc(1000) ? "" : "none");
}
