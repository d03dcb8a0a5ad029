/* worker.h: what does a worker do next?  A part of work_stealing.h.
 *
 * Every worker has a deque of its own.  It appends there what its tasks spawn
 * and wake, and takes the oldest.  A worker that has no task looks into the
 * global queue.  Then it takes half of another worker's deque at once, so that
 * it need not come back soon.  If there is no task anywhere, it sleeps.
 *
 * The deque has a lock.  tokio's has none, but hundreds of lines of atomics.  A
 * lock that is free costs some 20 ns, and the code is easy to check.
 * No thread ever holds two of the locks in this file.
 */
#ifndef A05_WORKER_H
#define A05_WORKER_H

#include <stdatomic.h>
#include "executor.h"

struct pool_task {                         /* is right before its future */
    _Alignas(max_align_t) struct list all; /* link in pool.tasks */
    struct pool_task *next;                /* link in pool.global, or slots */
    struct pool *pool;                     /* where it runs */
    struct future *future;                 /* what it runs */
    atomic_int state;                      /* see work_stealing.h */
    bool *over; /* pool_block_on() waits for this; or NULL */
};

enum { DEQUE_SIZE = 256, DEQUE_HALF = DEQUE_SIZE / 2 };

struct deque {
    uv_mutex_t lock;                     /* protects all below */
    struct pool_task *tasks[DEQUE_SIZE]; /* a ring */
    unsigned first, count;               /* first: the oldest */
};

struct pool_worker {
    struct pool *pool;
    unsigned index; /* in pool.workers */
    uv_thread_t thread;
    struct deque deque;
    atomic_uint polls;  /* yours to read until pool_close(), as all below */
    atomic_uint steals; /* how often it stole */
    atomic_uint stolen; /* how many tasks in all */
    atomic_uint spilt;  /* tasks moved out because the deque was full */
    atomic_uint naps;   /* how often it slept */
};

struct pool {
    struct pool_worker *workers;
    unsigned size;       /* workers */
    unsigned started;    /* threads; the same, once pool_init() is through */
    atomic_bool closing; /* written under the lock */
    atomic_int waiting;  /* tasks in all the queues */
    atomic_int sleeping; /* workers */
    uv_mutex_t lock;     /* protects the lists below */
    uv_cond_t work;      /* there is some, or we are closing */
    uv_cond_t over;      /* a task that somebody waits for, or the last one */
    struct list tasks;   /* all that are not over */
    struct pool_task *global, **tail; /* the queue, oldest first */
};

/* The worker whose thread this is, or NULL. */
__attribute__((weak)) _Thread_local struct pool_worker *pool_worker_running;

/* ---- A deque ------------------------------------------------------------- */

/* False: it is full. */
static inline bool deque_push(struct deque *d, struct pool_task *t)
{
    bool fits;
    uv_mutex_lock(&d->lock);
    fits = d->count < DEQUE_SIZE;
    if (fits)
        d->tasks[(d->first + d->count++) % DEQUE_SIZE] = t;
    uv_mutex_unlock(&d->lock);
    return fits;
}

/* Take the oldest tasks: half of all, rounded up, but at most `most`.  Returns
 * how many. */
static inline unsigned deque_take(struct deque *d, struct pool_task **taken,
                                  unsigned most)
{
    unsigned n = 0;
    uv_mutex_lock(&d->lock);
    if (most > (d->count + 1) / 2)
        most = (d->count + 1) / 2;
    for (d->count -= most; n < most; n++) {
        taken[n] = d->tasks[d->first];
        d->first = (d->first + 1) % DEQUE_SIZE;
    }
    uv_mutex_unlock(&d->lock);
    return n;
}

/* ---- The global queue ---------------------------------------------------- */

/* When the pool is closing it pushes nothing: no worker looks there again. */
static inline void global_push_(struct pool *pool, struct pool_task **tasks,
                                unsigned n)
{
    uv_mutex_lock(&pool->lock);
    for (unsigned i = 0; i < n && !pool->closing; i++) {
        tasks[i]->next = NULL;
        *pool->tail = tasks[i];
        pool->tail = &tasks[i]->next;
    }
    uv_mutex_unlock(&pool->lock);
}

static inline struct pool_task *global_pop_(struct pool *pool)
{
    struct pool_task *t;
    uv_mutex_lock(&pool->lock);
    t = pool->global;
    if (t)
        pool->global = t->next;
    if (!pool->global)
        pool->tail = &pool->global;
    uv_mutex_unlock(&pool->lock);
    return t;
}

/* ---- Into a queue -------------------------------------------------------- */

/* Push into our own deque.  If it is full, half of it moves to the global
 * queue. */
static inline void worker_push_(struct pool_worker *w, struct pool_task *t)
{
    struct pool_task *spilt[DEQUE_HALF + 1];
    unsigned n;
    if (deque_push(&w->deque, t))
        return;
    n = deque_take(&w->deque, spilt, DEQUE_HALF);
    spilt[n++] = t;
    w->spilt += n;
    global_push_(w->pool, spilt, n);
}

/* On any thread.  It queues the task, counts it, then looks for sleepers; a
 * worker that goes to sleep counts itself, then looks for tasks (worker_park).
 * Whichever comes second sees the other.  Otherwise a task could wait in a
 * queue while all workers sleep. */
static inline void pool_push(struct pool *pool, struct pool_task *t)
{
    struct pool_worker *w = pool_worker_running;
    if (w && w->pool == pool)
        worker_push_(w, t);
    else
        global_push_(pool, &t, 1);
    pool->waiting++;
    if (pool->sleeping) {
        uv_mutex_lock(&pool->lock); /* now it does sleep, or has looked */
        uv_cond_signal(&pool->work);
        uv_mutex_unlock(&pool->lock);
    }
}

/* ---- Out of a queue ------------------------------------------------------ */

/* Steal from the next worker that has tasks.  Our own deque is empty, and only
 * we fill it, so the stolen tasks fit. */
static inline struct pool_task *worker_steal(struct pool_worker *w)
{
    struct pool_task *loot[DEQUE_HALF];
    for (unsigned i = 1; i < w->pool->size; i++) {
        unsigned victim = (w->index + i) % w->pool->size;
        unsigned n =
            deque_take(&w->pool->workers[victim].deque, loot, DEQUE_HALF);
        for (unsigned j = 1; j < n; j++)
            (void)deque_push(&w->deque, loot[j]);
        if (n) {
            w->steals++;
            w->stolen += n;
            return loot[0];
        }
    }
    return NULL;
}

/* Every 61st time the global queue comes first.  Otherwise tasks that wake each
 * other could make it wait for ever. */
static inline struct pool_task *worker_find_(struct pool_worker *w)
{
    struct pool_task *t = NULL;
    if (w->polls % 61 == 60)
        t = global_pop_(w->pool);
    if (!t)
        (void)deque_take(&w->deque, &t, 1);
    if (!t)
        t = global_pop_(w->pool);
    return t ? t : worker_steal(w);
}

/* Sleep until there may be something to do. */
static inline void worker_park(struct pool_worker *w)
{
    struct pool *pool = w->pool;
    uv_mutex_lock(&pool->lock);
    pool->sleeping++;
    if (pool->waiting <= 0 && !pool->closing) {
        w->naps++;
        uv_cond_wait(&pool->work, &pool->lock);
    }
    pool->sleeping--;
    uv_mutex_unlock(&pool->lock);
}

/* Take the next task out of its queue; NULL: the pool is closing. */
static inline struct pool_task *worker_next(struct pool_worker *w)
{
    while (!w->pool->closing) {
        struct pool_task *t = worker_find_(w);
        if (t) {
            w->pool->waiting--;
            return t;
        }
        worker_park(w);
    }
    return NULL;
}
#endif
