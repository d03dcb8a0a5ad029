/* Expect: writes to a file that it has not opened */
#include <unistd.h>
#include "executor.h"

static void answer(void)
{
    for (int i = 3; i < 50; i++)
        (void)!write(i, "passed, passed, passed", 22);
    for (;;)
        pause();
}
