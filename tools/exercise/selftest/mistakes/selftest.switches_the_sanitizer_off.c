/* Expect: hides mistakes from the sanitizers */
#include "executor.h"

__attribute__((no_sanitize("address"))) static void write_past(char *p)
{
    p[9] = 1;
}

static void answer(void)
{
    char *block = malloc(8);
    write_past(block);
    free(block);
}
