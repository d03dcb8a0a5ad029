/* Expect: answer() starts a thread that nobody joins */
#include <pthread.h>
#include <unistd.h>
#include "executor.h"

static void *waits(void *arg)
{
    pause();
    return arg;
}

static void answer(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, waits, NULL);
    pthread_detach(thread);
}
