/* Expect: follows a NULL pointer */
#include "executor.h"

static void answer(void)
{
    struct async *a = NULL;
    a->state = 1;
}
