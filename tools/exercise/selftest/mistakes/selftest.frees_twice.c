/* Expect: frees the same memory twice */
#include "executor.h"

static void answer(void)
{
    char *volatile block = malloc(10);
    free(block);
    free(block);
}
