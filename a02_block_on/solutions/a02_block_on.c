/* Exercise: block_on, the smallest executor.
 *
 * Read:   notes/a02_block_on.md, the beginning, down to the exercise
 * Build:  block_on(), which polls the future.  While the future is PENDING,
 *         block_on() sleeps until the waker is called, and then polls again.
 *         Build also that waker, parker_wake().
 * Why:    This is the smallest executor, and in its few lines a wake can be
 *         lost: another thread may call the waker at any moment, also between
 *         any two of your lines.
 * Rules:  No wake may be lost: neither one that comes during the poll, nor one
 *         that comes just before the sleep.
 *         After the first poll, poll only after a wake.  pthread_cond_wait()
 *         may also return without one.
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
