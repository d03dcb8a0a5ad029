/* Expect: copies or sets a negative number of bytes */
#include "executor.h"

static void answer(void)
{
    char from[8] = "", to[8];
    volatile int n = -1;
    memcpy(to, from, (size_t)n);
    printf("%s\n", to);
}
