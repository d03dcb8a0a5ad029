/* Expect: follows a NULL pointer */
#include "executor.h"

static void answer(void)
{
    char *volatile text = NULL;
    printf("%zu\n", strlen(text));
}
