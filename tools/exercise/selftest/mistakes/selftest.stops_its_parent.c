/* Expect: answer() sends a signal to another process */
#include <signal.h>
#include <unistd.h>
#include "executor.h"

static void answer(void)
{
    kill(getppid(), SIGSTOP);
}
