/* Expect: answer() starts another program */
#include <unistd.h>
#include "executor.h"

static void answer(void)
{
    execl("/bin/true", "true", (char *)NULL);
}
