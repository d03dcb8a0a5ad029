/* Expect: prints and prints */
#include "executor.h"

static void answer(void)
{
    for (;;)
        printf("more\n");
}
