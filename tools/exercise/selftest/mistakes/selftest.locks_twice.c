/* Expect: answer() sleeps, and nobody wakes it */
#include <pthread.h>
#include "executor.h"

static void answer(void)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    pthread_mutex_lock(&lock);
}
