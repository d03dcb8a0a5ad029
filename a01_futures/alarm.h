/* alarm.h: a leaf that a thread completes: READY after some milliseconds.
 *
 * The first poll starts a thread.  The thread sleeps, sets `up`, and calls the
 * waker.  A thread for each nap is expensive, and executor.h needs none.  But
 * everything that ends a wait (a thread, a disk, a network) wakes in this way.
 *
 * lock    Both sides use `up` and `waker` under the lock.  So either the poll
 *         sees that time is up, or the thread sees the waker: no wake is lost.
 * end     READY and drop wait for the thread, because the thread uses this
 *         struct, and the waker, which is only lent.  (a05_spawn shows how not
 *         to wait.)
 * errors  If no thread can be started: one line that says why, exit 1.
 */
#ifndef A01_ALARM_H
#define A01_ALARM_H

#include <pthread.h>
#include <string.h>
#include <time.h>
#include "future.h"

struct alarm {
    struct future future;
    long ms;
    bool started;
    pthread_t thread;
    pthread_mutex_t lock; /* protects the two below */
    bool up;              /* the time is up */
    struct waker waker;   /* of the latest poll */
};

static inline void *alarm_thread(void *arg)
{
    struct alarm *self = arg;
    struct waker waker;
    struct timespec left = { self->ms / 1000, self->ms % 1000 * 1000000 };
    while (nanosleep(&left, &left) != 0) {
        /* a signal came: sleep for what is left */
    }
    pthread_mutex_lock(&self->lock);
    self->up = true;
    waker = self->waker;
    pthread_mutex_unlock(&self->lock);
    waker_wake(waker); /* not under the lock: a waker may do anything */
    return NULL;
}

static inline void alarm_start(struct alarm *self)
{
    int rc = pthread_create(&self->thread, NULL, alarm_thread, self);
    if (rc) {
        fprintf(stderr, "alarm: cannot start a thread: %s\n", strerror(rc));
        _Exit(1); /* other threads may still run */
    }
    self->started = true;
}

static inline enum poll alarm_poll(struct future *f, struct context *cx)
{
    struct alarm *self = container_of(f, struct alarm, future);
    bool up;
    if (!self->started) /* not earlier: until now we may have moved */
        pthread_mutex_init(&self->lock, NULL);
    pthread_mutex_lock(&self->lock);
    up = self->up;
    if (!up)
        self->waker = context_waker(cx);
    pthread_mutex_unlock(&self->lock);
    if (up) {
        pthread_join(self->thread, NULL);
        pthread_mutex_destroy(&self->lock);
        return POLL_READY;
    }
    if (!self->started)
        alarm_start(self);
    return POLL_PENDING;
}

static inline void alarm_drop(struct future *f)
{
    struct alarm *self = container_of(f, struct alarm, future);
    if (!self->started)
        return;
    pthread_mutex_lock(&self->lock);
    self->waker = (struct waker){ NULL, NULL };
    pthread_mutex_unlock(&self->lock);
    pthread_join(self->thread, NULL);
    pthread_mutex_destroy(&self->lock);
}

static const struct future_ops alarm_ops = { .name = "alarm",
                                             .poll = alarm_poll,
                                             .drop = alarm_drop };

static inline struct future *alarm_ms(struct alarm *self, long ms)
{
    *self = (struct alarm){ .future.ops = &alarm_ops, .ms = ms };
    return &self->future;
}
#endif
