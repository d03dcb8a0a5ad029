/* Expect: writes to memory that can only be read */
#include "executor.h"

static void answer(void)
{
    char *text = (char *)(uintptr_t) "hello";
    text[0] = 66;
}
