/* Expect: answer() runs and runs: a loop that never ends */
#include "executor.h"

static void answer(void)
{
    for (;;) {
    }
}
