/* Expect: counts beyond what the type can hold */
#include "executor.h"

static void answer(void)
{
    volatile int i = INT32_MAX;
    i++;
}
