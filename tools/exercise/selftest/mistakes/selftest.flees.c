/* Expect: starts a process */
#include "executor.h"

static void answer(void)
{
    if (system("setsid sleep 1000 &") == 0)
        for (;;) {
        }
}
