/* Expect: error: expected */
#include "executor.h"

static void answer(void)
{
    if (1) {
        printf("one\n");
    }
