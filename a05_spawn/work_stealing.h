/* work_stealing.h: an executor of many threads, for tasks that compute.
 *
 * One executor of executor.h uses one core, whatever it runs.  Here N threads,
 * the workers, poll tasks side by side; worker.h says how they share them.
 *
 * futures  Any that needs no executor: context.executor is NULL here, so
 *          sleep_ms and blocking_run stop the program, and say why.
 * polls    of one task never overlap; each may be on another thread.
 * wakers   may be called on any thread.  They are lent, as everywhere.  So a
 *          leaf calls its waker before it unlocks, because afterwards the task
 *          may be freed.  (The READY and the drop of alarm.h wait for the
 *          calling thread; so there the lock does not matter.)
 * results  A task is freed when it is READY, so it must hand over its result
 *          before that; or use pool_block_on(), whose future is yours.
 * order    Oldest first in each deque; between the deques there is no order.
 * misuse   Waiting inside a task, or block_on() there: aborts.
 */
#ifndef A05_WORK_STEALING_H
#define A05_WORK_STEALING_H

#include "a05_spawn/worker.h"

/* The states of a task.  It is in a queue exactly while it is QUEUED.
 *
 *     QUEUED  -> RUNNING    a worker took it
 *     RUNNING -> IDLE       PENDING
 *     IDLE    -> QUEUED     a wake
 *     RUNNING -> WOKEN      a wake during the poll; PENDING: -> QUEUED
 *     RUNNING, WOKEN        READY: it is freed
 */
enum { POOL_IDLE, POOL_QUEUED, POOL_RUNNING, POOL_WOKEN };

/* On any thread.  Even a wake that does not change the state writes it, so that
 * what the waking thread wrote before is visible to the poll that follows. */
static inline void pool_wake_(void *data)
{
    struct pool_task *t = data;
    int state = t->state, next;
    do {
        next = state;
        if (state == POOL_IDLE)
            next = POOL_QUEUED;
        else if (state == POOL_RUNNING)
            next = POOL_WOKEN;
    } while (!atomic_compare_exchange_weak(&t->state, &state, next));
    if (state == POOL_IDLE)
        pool_push(t->pool, t);
}

/* ---- What a worker does -------------------------------------------------- */

static inline void worker_end_task_(struct pool_task *t)
{
    struct pool *pool = t->pool;
    bool *over = t->over;
    uv_mutex_lock(&pool->lock);
    list_remove(&t->all);
    if (over)
        *over = true; /* `t` is the waiter's: gone once the lock is free */
    if (over || list_is_empty(&pool->tasks))
        uv_cond_broadcast(&pool->over);
    uv_mutex_unlock(&pool->lock);
    if (!over)
        free(t);
}

static inline void worker_poll_(struct pool_worker *w, struct pool_task *t)
{
    struct context cx = context_make((struct waker){ pool_wake_, t }, NULL);
    int state = POOL_RUNNING;
    w->polls++;
    atomic_exchange(&t->state, POOL_RUNNING); /* reads, too: see pool_wake_ */
    if (future_poll(t->future, &cx) == POLL_READY) {
        worker_end_task_(t);
        return;
    }
    context_check(&cx, t->future);
    if (!atomic_compare_exchange_strong(&t->state, &state, POOL_IDLE)) {
        atomic_exchange(&t->state, POOL_QUEUED); /* it was WOKEN */
        pool_push(w->pool, t);
    } /* else it may be running elsewhere by now, or be gone */
}

static inline void worker_main_(void *arg)
{
    static struct executor none; /* makes block_on() say no on this thread */
    struct pool_worker *w = arg;
    struct pool_task *t;
    pool_worker_running = w;
    executor_running = &none;
    while ((t = worker_next(w)))
        worker_poll_(w, t);
}

/* ---- Tasks --------------------------------------------------------------- */

/* The newest slot of this thread that was not spawned yet; `next` links to the
 * older ones.  Inverted, so that leak checkers report a forgotten slot. */
__attribute__((weak)) _Thread_local uintptr_t pool_slots;

static inline void *pool_slot_(size_t size)
{
    struct pool_task *t = malloc(sizeof *t + size);
    if (!t) {
        fprintf(stderr, "no memory for a task of %zu bytes\n", size);
        _Exit(1); /* the other threads still run */
    }
    *t = (struct pool_task){
        .future = (struct future *)(void *)(t + 1),
        .next = pool_slots ? (struct pool_task *)~pool_slots : NULL,
    };
    pool_slots = ~(uintptr_t)t;
    return t + 1;
}

/* The task of a future made in pool_slot(); each slot is taken once.  A future
 * from elsewhere has no header, so only addresses are compared. */
static inline struct pool_task *pool_take_slot_(struct future *f)
{
    struct pool_task *newer = NULL, *t = NULL;
    if (pool_slots)
        t = (struct pool_task *)~pool_slots;
    for (; t && t->future != f; t = t->next)
        newer = t;
    if (!t)
        misuse("pool_spawn() needs a future made in pool_slot(), with its "
               "struct future first, and takes it once, on the same thread");
    if (newer)
        newer->next = t->next;
    else
        pool_slots = t->next ? ~(uintptr_t)t->next : 0;
    t->next = NULL;
    return t;
}

/* Memory for a future that becomes a task of a pool:
 *     pool_spawn(&pool, count(pool_slot(struct count), 1, 20)); */
#define pool_slot(type) ((type *)pool_slot_(sizeof(type)))

/* False: too late, the pool is closing. */
static inline bool pool_start_(struct pool *pool, struct pool_task *t)
{
    bool open;
    t->pool = pool;
    t->state = POOL_QUEUED;
    uv_mutex_lock(&pool->lock);
    open = !pool->closing;
    if (open)
        list_append(&pool->tasks, &t->all);
    uv_mutex_unlock(&pool->lock);
    if (open)
        pool_push(pool, t);
    return open;
}

static inline void pool_check_(const struct pool *pool, const char *function)
{
    if (!pool || !pool->workers)
        misuse("%s(): this pool is not open; look at what pool_init() has "
               "returned",
               function);
}

/* From now on the future runs on its own, detached.  On any thread.
 * UV_ECANCELED: the pool is closing, and the future was dropped. */
static inline int pool_spawn(struct pool *pool, struct future *f)
{
    struct pool_task *t = pool_take_slot_(f);
    pool_check_(pool, "pool_spawn");
    if (pool_start_(pool, t))
        return 0;
    future_drop(f);
    free(t);
    return UV_ECANCELED;
}

static inline void pool_wait_(struct pool *pool, const bool *over)
{
    uv_mutex_lock(&pool->lock);
    while (over ? !*over : !list_is_empty(&pool->tasks))
        uv_cond_wait(&pool->over, &pool->lock);
    uv_mutex_unlock(&pool->lock);
}

/* To wait here would stop whatever else this thread has to run. */
static inline void pool_refuse_task_(const struct pool *pool,
                                     const char *function)
{
    pool_check_(pool, function);
    if (pool_worker_running)
        misuse("%s() inside a running task: this worker would wait for "
               "itself; AWAIT the future instead",
               function);
    if (executor_running)
        misuse("%s() inside a running task of executor.h: its whole thread "
               "would sleep; call it outside, or on a thread of its own that "
               "posts a message, see inbox.h",
               function);
}

/* Sleep until the workers have brought `f` to its end.  It stays yours.  On
 * any thread but a worker's. */
static inline void pool_block_on(struct pool *pool, struct future *f)
{
    bool over = false;
    struct pool_task t = { .future = f, .over = &over };
    pool_refuse_task_(pool, "pool_block_on");
    if (pool_start_(pool, &t))
        pool_wait_(pool, &over);
}

/* Sleep until no task is left.  On any thread but a worker's. */
static inline void pool_wait(struct pool *pool)
{
    pool_refuse_task_(pool, "pool_wait");
    pool_wait_(pool, NULL);
}

/* ---- Open and close ------------------------------------------------------ */

/* Stop the workers, each after the poll it is at; then drop, on this thread,
 * the tasks left, newest first.  No other thread may still spawn or wait. */
static inline void pool_close(struct pool *pool)
{
    pool_refuse_task_(pool, "pool_close");
    uv_mutex_lock(&pool->lock);
    pool->closing = true;
    uv_cond_broadcast(&pool->work);
    uv_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->started; i++)
        uv_thread_join(&pool->workers[i].thread);
    while (!list_is_empty(&pool->tasks)) {
        struct pool_task *t =
            container_of(pool->tasks.prev, struct pool_task, all);
        list_remove(&t->all);
        future_drop(t->future);
        free(t);
    }
    for (unsigned i = 0; i < pool->size; i++)
        uv_mutex_destroy(&pool->workers[i].deque.lock);
    uv_cond_destroy(&pool->over);
    uv_cond_destroy(&pool->work);
    uv_mutex_destroy(&pool->lock);
    free(pool->workers);
    pool->workers = NULL;
}

/* All deques before the first thread: it looks into all of them at once. */
static inline int pool_start_workers_(struct pool *pool, unsigned size)
{
    int rc = 0;
    for (unsigned i = 0; i < size && rc == 0; i++) {
        struct pool_worker *w = &pool->workers[i];
        w->pool = pool;
        w->index = i;
        rc = uv_mutex_init(&w->deque.lock);
        pool->size += rc == 0;
    }
    for (unsigned i = 0; i < size && rc == 0; i++) {
        struct pool_worker *w = &pool->workers[i];
        rc = uv_thread_create(&w->thread, worker_main_, w);
        pool->started += rc == 0;
    }
    if (rc)
        pool_close(pool);
    return rc;
}

/* A pool of so many threads; one is fine.  UV_EINVAL for none, UV_ENOMEM, or
 * the system's reason not to give us a thread. */
static inline int pool_init(struct pool *pool, unsigned size)
{
    int rc = UV_ENOMEM;
    *pool = (struct pool){ .tail = &pool->global };
    list_init(&pool->tasks);
    if (size == 0)
        return UV_EINVAL;
    pool->workers = calloc(size, sizeof pool->workers[0]);
    if (!pool->workers)
        return rc;
    if ((rc = uv_mutex_init(&pool->lock)))
        goto no_lock;
    if ((rc = uv_cond_init(&pool->work)))
        goto no_work;
    if ((rc = uv_cond_init(&pool->over)))
        goto no_over;
    return pool_start_workers_(pool, size);

no_over:
    uv_cond_destroy(&pool->work);
no_work:
    uv_mutex_destroy(&pool->lock);
no_lock:
    free(pool->workers);
    pool->workers = NULL;
    return rc;
}
#endif
