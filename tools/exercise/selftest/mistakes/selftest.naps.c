/* Expect: answer() sleeps, and nobody wakes it */
#include <time.h>
#include "executor.h"

static void answer(void)
{
    struct timespec moment = { .tv_nsec = 1000000 };
    for (;;)
        nanosleep(&moment, NULL);
}
