/* Expect: your code sleeps, and nobody wakes it */
#include <signal.h>
#include <unistd.h>
#include "executor.h"

static void answer(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    pause();
}
