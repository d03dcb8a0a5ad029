/* Expect: ends the whole program */
#include <pthread.h>
#include "executor.h"

static void answer(void)
{
    pthread_exit(NULL);
}
