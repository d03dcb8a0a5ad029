/* Expect: ends the whole program */
#include "executor.h"

static void answer(void)
{
    skip();
}
