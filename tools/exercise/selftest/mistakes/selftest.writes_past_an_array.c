/* Expect: outside an array */
#include "executor.h"

static void answer(void)
{
    int array[4];
    volatile int i = 4;
    array[i] = 1;
}
