/* Expect: sleeps, and nobody wakes it */
#include <signal.h>
#include "executor.h"

static void answer(void)
{
    raise(SIGSTOP);
}
