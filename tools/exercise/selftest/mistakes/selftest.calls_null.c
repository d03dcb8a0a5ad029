/* Expect: calls a function through a NULL pointer */
#include "executor.h"

static void answer(void)
{
    void (*volatile wake)(void *) = NULL;
    wake(NULL);
}
