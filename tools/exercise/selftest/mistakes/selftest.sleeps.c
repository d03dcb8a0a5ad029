/* Expect: answer() sleeps, and nobody wakes it */
#include <unistd.h>
#include "executor.h"

static void answer(void)
{
    pause();
}
