/* Expect: uses memory that was already freed */
#include "executor.h"

static void answer(void)
{
    int *block = malloc(sizeof *block);
    free(block);
    *block = 1;
}
