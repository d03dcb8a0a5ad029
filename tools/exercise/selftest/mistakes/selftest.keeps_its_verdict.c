/* Expect: your code */
#include <unistd.h>
#include "executor.h"

static void answer(void)
{
    for (int i = 0; i < 100; i++)
        close(i);
    for (;;) {
    }
}
