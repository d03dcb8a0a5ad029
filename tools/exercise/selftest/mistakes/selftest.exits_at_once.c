/* Expect: ends the whole program */
#include <unistd.h>
#include "executor.h"

static void answer(void)
{
    _exit(0);
}
