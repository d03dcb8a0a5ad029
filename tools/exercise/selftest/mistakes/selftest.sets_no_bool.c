/* Expect: a bool or an enum that was never set */
#include "executor.h"

static void answer(void)
{
    bool *block = malloc(10);
    if (block && !*block)
        printf("false\n");
    free(block);
}
