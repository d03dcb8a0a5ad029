/* Expect: answer() never frees the 10 bytes */
#include "executor.h"

static void answer(void)
{
    printf("%p\n", malloc(10));
}
