/* A right answer may allocate and free, start threads, print and nap. */
#include <pthread.h>
#include <time.h>
#include "executor.h"

static void *worker(void *data)
{
    struct timespec moment = { .tv_nsec = 20000000 };
    nanosleep(&moment, NULL);
    return data;
}

static void answer(void)
{
    pthread_t thread;
    void *blocks[100];
    for (int i = 0; i < 100000; i++) {
        blocks[i % 100] = malloc(10);
        if (i % 100 == 99)
            for (int k = 0; k < 100; k++)
                free(blocks[k]);
    }
    if (pthread_create(&thread, NULL, worker, NULL) == 0)
        pthread_join(thread, NULL);
    for (int i = 0; i < 100; i++)
        printf("line %d\n", i);
}
