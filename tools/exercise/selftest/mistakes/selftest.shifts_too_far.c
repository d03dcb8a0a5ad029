/* Expect: shifts by more bits than the type has */
#include "executor.h"

static void answer(void)
{
    volatile int bits = 40;
    printf("%d\n", 1 << bits);
}
