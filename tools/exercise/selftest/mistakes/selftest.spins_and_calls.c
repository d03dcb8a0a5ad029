/* Expect: answer() runs and runs: a loop that never ends */
#include "executor.h"

static volatile unsigned turns;

static void helper(void)
{
    turns++;
}

/* The loop is here, also if a look at it finds it in helper(). */
static void answer(void)
{
    for (;;) {
        for (int i = 0; i < 8; i++)
            turns++;
        helper();
    }
}
