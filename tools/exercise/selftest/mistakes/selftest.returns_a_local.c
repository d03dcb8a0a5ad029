/* Expect: uses a local variable of a function that has returned */
#include "executor.h"

static int *keep(int *p)
{
    return p;
}

static int *local(void)
{
    int i = 1;
    return keep(&i);
}

static void answer(void)
{
    *local() = 2;
}
