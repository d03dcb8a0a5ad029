/* Expect: passes NULL where a function does not allow it */
#include "executor.h"

static void answer(void)
{
    char *volatile text = NULL;
    printf("%zu\n", strlen(text));
}
