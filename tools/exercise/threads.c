/* threads.c: inside the test's process: every thread that is not joined.
 *
 * A thread that outlives the test may still use memory that is gone; whether
 * it does so in time to be seen is luck.  So the rule is: whoever starts a
 * thread joins it.  The linker leads the calls of answer and test here
 * (--wrap); libuv's threads are its own. */
#include <execinfo.h>
#include <pthread.h>
#include "machinery.h"

enum { THREADS_MAX = 64 };

static struct {
    pthread_t thread;
    bool runs;
    int frame_count;
    void *frames[STACK_MAX]; /* where it was started                          */
} threads[THREADS_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                          void *(*run)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                          void *(*run)(void *), void *arg);
int __real_pthread_join(pthread_t thread, void **result);
int __wrap_pthread_join(pthread_t thread, void **result);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                          void *(*run)(void *), void *arg)
{
    int rc, i = 0;
    pthread_mutex_lock(&lock);
    rc = __real_pthread_create(thread, attr, run, arg);
    while (i < THREADS_MAX && threads[i].runs)
        i++;
    if (rc == 0 && i < THREADS_MAX) {
        threads[i].thread = *thread;
        threads[i].runs = true;
        threads[i].frame_count = backtrace(threads[i].frames, STACK_MAX);
    }
    pthread_mutex_unlock(&lock);
    if (i == THREADS_MAX)
        reject("your code starts threads without end: %d so far, and none is "
               "joined",
               i + 1);
    return rc;
}

int __wrap_pthread_join(pthread_t thread, void **result)
{
    int rc = __real_pthread_join(thread, result);
    pthread_mutex_lock(&lock);
    for (int i = 0; rc == 0 && i < THREADS_MAX; i++)
        if (threads[i].runs && pthread_equal(threads[i].thread, thread))
            threads[i].runs = false;
    pthread_mutex_unlock(&lock);
    return rc;
}

void exercise_threads_end(void)
{
    for (int i = 0; i < THREADS_MAX; i++)
        if (threads[i].runs)
            exercise_verdict(PLACED,
                             "starts a thread that nobody joins: it may still "
                             "run when the memory it uses is gone",
                             threads[i].frames, threads[i].frame_count);
}
