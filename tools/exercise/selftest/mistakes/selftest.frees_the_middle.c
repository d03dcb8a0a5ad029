/* Expect: did not come from malloc() */
#include "executor.h"

static void answer(void)
{
    char *block = malloc(10), *volatile middle = block + 4;
    free(middle);
}
