/* Expect: your code ends the whole program */
#include <unistd.h>
#include "executor.h"

__attribute__((constructor)) static void first(void)
{
    _exit(0);
}

static void answer(void)
{
}
