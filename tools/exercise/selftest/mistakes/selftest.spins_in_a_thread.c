/* Expect: worker() runs and runs: a loop that never ends */
#include <pthread.h>
#include "executor.h"

static void *worker(void *data)
{
    while (!data) {
    }
    return data;
}

static void answer(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, worker, NULL);
    pthread_join(thread, NULL);
}
