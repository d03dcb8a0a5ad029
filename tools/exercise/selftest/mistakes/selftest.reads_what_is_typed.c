/* Expect: nothing was typed */
#include "executor.h"

static void answer(void)
{
    if (getchar() == EOF)
        reject("nothing was typed");
}
