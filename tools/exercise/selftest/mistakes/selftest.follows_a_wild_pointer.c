/* Expect: follows a pointer that points nowhere */
#include "executor.h"

static void answer(void)
{
    char *volatile wild = (char *)(uintptr_t)0x123456789000;
    *wild = 1;
}
