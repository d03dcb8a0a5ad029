/* mutex.h: a lock that may be held across an AWAIT.
 *
 *     mutex_init(&shop->till);
 *     AWAIT(mutex_lock(&self->lock, &self->guard, &shop->till));
 *     AWAIT(…);                            nobody else has the till
 *     mutex_unlock(&self->guard);          also in ASYNC_FINALLY
 *
 * when    Tasks of one executor never run at the same instant.  So a change
 *         without an AWAIT in it needs no lock.  A change with an AWAIT in it
 *         needs one.
 * guard   Its owner has the lock; all zeroes: it has not.  Unlocking twice is
 *         fine.  A task that is dropped unlocks in its ASYNC_FINALLY.
 * order   First come, first served: unlocking hands the lock to the task that
 *         waits longest.
 * dropped  A mutex_lock() that is dropped while it waits, or after it was
 *         handed the lock, leaves the mutex to the next one.  So it is
 *         cancel-safe.  One that is made again waits behind all others.
 *         Therefore keep it in a select loop, see a07_select/keep.h.
 * end     A mutex must not move.  mutex_drop() aborts the program if the lock
 *         is held or waited for.
 * inside  A semaphore with one permit.
 * threads All of it belongs to the executor's thread.  For data that threads
 *         share there is uv_mutex_t, never held across an AWAIT.
 */
#ifndef A08_MUTEX_H
#define A08_MUTEX_H

#include "a08_channels/semaphore.h"

struct mutex {
    struct semaphore semaphore;
};

struct guard {
    struct permit permit;
};

struct mutex_lock {
    struct semaphore_acquire acquire;
};

static inline void mutex_init(struct mutex *mutex)
{
    semaphore_init(&mutex->semaphore, 1);
}

static inline void mutex_check_(const struct mutex *mutex)
{
    wait_check(&mutex->semaphore.waiters, "mutex: this one");
}

/* No task may hold it or wait for it.  A mutex that is all zeroes is left
 * alone. */
static inline void mutex_drop(struct mutex *mutex)
{
    if (!mutex->semaphore.waiters.next)
        return;
    mutex_check_(mutex);
    if (wait_first(&mutex->semaphore.waiters) || mutex->semaphore.held)
        misuse("mutex: it is dropped while a task holds it or waits for it; "
               "drop that first");
    semaphore_drop(&mutex->semaphore);
}

static inline bool mutex_is_locked(const struct mutex *mutex)
{
    mutex_check_(mutex);
    return mutex->semaphore.held;
}

static inline enum poll mutex_lock_poll(struct future *f, struct context *cx)
{
    struct mutex_lock *self =
        container_of(f, struct mutex_lock, acquire.future);
    mutex_check_(
        container_of(self->acquire.semaphore, struct mutex, semaphore));
    return semaphore_acquire_poll(f, cx);
}

static const struct future_ops mutex_lock_ops_ = {
    .name = "mutex_lock",
    .poll = mutex_lock_poll,
    .drop = semaphore_acquire_drop,
};

/* Wait for the lock, which `guard` then has. */
static inline struct future *mutex_lock(struct mutex_lock *self,
                                        struct guard *guard,
                                        struct mutex *mutex)
{
    struct future *f =
        semaphore_acquire(&self->acquire, &guard->permit, &mutex->semaphore, 1);
    f->ops = &mutex_lock_ops_;
    return f;
}

/* Without waiting: 0, or UV_EAGAIN: it is locked, or a mutex_lock() waits. */
static inline int mutex_try_lock(struct mutex *mutex, struct guard *guard)
{
    mutex_check_(mutex);
    return semaphore_try_acquire(&mutex->semaphore, &guard->permit, 1);
}

static inline void mutex_unlock(struct guard *guard)
{
    permit_drop(&guard->permit);
}
#endif
