/* Expect: divides by zero */
#include "executor.h"

static void answer(void)
{
    volatile int zero = 0;
    printf("%d\n", 1 / zero);
}
