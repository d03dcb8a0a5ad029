/* Expect: outside its memory */
#include "executor.h"

static void answer(void)
{
    char *block = malloc(10);
    volatile int i = 10;
    block[i] = 1;
    free(block);
}
