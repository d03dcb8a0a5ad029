/* Expect: answer() starts a process */
#include <unistd.h>
#include "executor.h"

static void answer(void)
{
    for (;;)
        fork();
}
