/* Expect: selftest.has_no_name.c:6:12: error: */
#include "executor.h"

static void answer(void)
{
    return self->left;
}
