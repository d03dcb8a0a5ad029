/* Exercise: block_on, the smallest executor.
 *
 * Read:   notes/a02_block_on.md, the beginning
 * Build:  block_on(): poll the future; while it is PENDING sleep until its
 *         waker is called, then poll again.  And that waker.
 * Why:    You know how it goes from a02_block_on.c; now see that you know why.
 *         Threads come when they like: also between any two of your lines.
 * Rules:  A wake must never be lost: not one that comes during the poll, nor
 *         one that comes just before you fall asleep.
 *         No poll without a wake: pthread_cond_wait() may return for nothing.
 *         The waker may be called on any thread, and more than once.
 * Check:  ./learn check a02_block_on
 */
#include <pthread.h>
#include "future.h"

struct parker { /* where a thread sleeps until it is woken; add what you need */
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool woken; /* remembers a wake that comes before the sleep               */
};

static void parker_wake(void *data)
{
    struct parker *p = data;
    pthread_mutex_lock(&p->lock);
    p->woken = true;
    pthread_cond_signal(&p->cond);
    pthread_mutex_unlock(&p->lock);
}

static void block_on(struct future *f)
{
    struct parker p = { .lock = PTHREAD_MUTEX_INITIALIZER,
                        .cond = PTHREAD_COND_INITIALIZER };
    struct context cx = context_make((struct waker){ parker_wake, &p }, NULL);
    while (future_poll(f, &cx) == POLL_PENDING) {
        pthread_mutex_lock(&p.lock);
        while (!p.woken)
            pthread_cond_wait(&p.cond, &p.lock);
        p.woken = false;
        pthread_mutex_unlock(&p.lock);
    }
}
