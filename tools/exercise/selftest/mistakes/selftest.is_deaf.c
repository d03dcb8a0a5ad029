/* Expect: your code runs and runs: a loop that never ends */
#include <signal.h>
#include "executor.h"

static void answer(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    for (;;) {
    }
}
