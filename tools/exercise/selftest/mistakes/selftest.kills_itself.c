/* Expect: your code was stopped */
#include <signal.h>
#include "executor.h"

static void answer(void)
{
    raise(SIGKILL);
}
