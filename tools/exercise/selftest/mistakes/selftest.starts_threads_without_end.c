/* Expect: starts threads without end */
#include <pthread.h>
#include "executor.h"

static void *ends(void *arg)
{
    return arg;
}

static void answer(void)
{
    pthread_t thread;
    while (pthread_create(&thread, NULL, ends, NULL) == 0)
        pthread_detach(thread);
}
