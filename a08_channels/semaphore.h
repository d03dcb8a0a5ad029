/* semaphore.h: a number of permits: at most so many at a time.
 *
 *     semaphore_init(&server->seats, 3);
 *     AWAIT(semaphore_acquire(&self->wait, &self->permit, &server->seats, 1));
 *     permit_drop(&self->permit);          in ASYNC_FINALLY
 *
 * permit  is a handle to one or more permits, with one owner; all zeroes: to
 *         none.  A copy by `=` moves it: only one of the two may be used.
 *         permit_drop() gives back what it has, and twice is fine.
 * order   First come, first served.  A large request at the head of the queue
 *         is not overtaken by a small one behind it that would fit.
 * hand-over  Permits that come back belong to the futures that wait, at once.
 *         A try_acquire gets none while a future waits.
 * status  0, or UV_ECANCELED: the semaphore is closed.  An acquire that was
 *         handed its permits before the close still gets them.
 * dropped  An acquire that is dropped gives back what it was handed, so it is
 *         cancel-safe.  An acquire that is made again loses its place: it waits
 *         behind all others.
 * budget  An acquire that does not wait costs a step of the budget (budget.h).
 * end     A semaphore must not move, and owns no memory.  semaphore_drop()
 *         aborts the program if an acquire still waits, or if a permit is not
 *         given back.
 * threads All of it belongs to the executor's thread.
 */
#ifndef A08_SEMAPHORE_H
#define A08_SEMAPHORE_H

#include "a06_yield/budget.h"
#include "a08_channels/wait_list.h"

#define SEMAPHORE_MOST (SIZE_MAX / 2) /* so that -1 is refused */

struct semaphore {
    size_t free; /* permits that nobody has */
    size_t held; /* permits in handles, and in acquires that were handed them */
    bool closed;
    struct list waiters; /* the first one wants more than is free */
};

struct permit {
    struct semaphore *semaphore; /* NULL: no permit */
    size_t n;
};

struct semaphore_acquire {
    struct future future;
    struct semaphore *semaphore;
    struct permit *into;
    size_t n;
    struct waiter waiter;
    int status; /* result: 0 or UV_ECANCELED */
};

static inline void semaphore_check_(const struct semaphore *s)
{
    wait_check(&s->waiters, "semaphore: this one");
}

/* ---- Permits ------------------------------------------------------------- */

/* Hand out what is free to those that wait.  First all are served, then woken,
 * because a waker may do anything, also drop this semaphore. */
static inline void semaphore_serve_(struct semaphore *s)
{
    struct list served;
    struct waiter *w;
    list_init(&served);
    while ((w = wait_first(&s->waiters)) != NULL) {
        size_t n = container_of(w, struct semaphore_acquire, waiter)->n;
        if (n > s->free)
            break;
        s->free -= n;
        s->held += n;
        wait_grant_later(&served, w);
    }
    wait_wake_all(&served);
}

/* Add n permits.  This is allowed after close, too. */
static inline void semaphore_add(struct semaphore *s, size_t n)
{
    semaphore_check_(s);
    if (n > SEMAPHORE_MOST - s->free - s->held)
        misuse("semaphore: %zu permits more would be too many; was the number "
               "negative?",
               n);
    s->free += n;
    semaphore_serve_(s);
}

static inline void semaphore_init(struct semaphore *s, size_t permits)
{
    *s = (struct semaphore){ .closed = false };
    list_init(&s->waiters);
    semaphore_add(s, permits);
}

/* Empty this handle.  `n` and the semaphore are what it had; NULL: nothing. */
static inline struct semaphore *permit_take_(struct permit *permit, size_t *n)
{
    struct semaphore *s = permit->semaphore;
    *n = permit->n;
    *permit = (struct permit){ NULL, 0 };
    if (s && *n > s->held)
        misuse("semaphore: more permits come back than are held; a copy by = "
               "moves a permit, so use only one of the two");
    if (s)
        s->held -= *n;
    return s;
}

/* Give the permits back. */
static inline void permit_drop(struct permit *permit)
{
    size_t n;
    struct semaphore *s = permit_take_(permit, &n);
    if (!s)
        return;
    s->free += n;
    semaphore_serve_(s);
}

/* Never give them back: from now on the semaphore has fewer permits. */
static inline void permit_forget(struct permit *permit)
{
    size_t n;
    (void)permit_take_(permit, &n);
}

/* ---- Acquire ------------------------------------------------------------- */

/* How many a try_acquire could get now, if the semaphore is not closed. */
static inline size_t semaphore_available(const struct semaphore *s)
{
    semaphore_check_(s);
    return wait_first(&s->waiters) ? 0 : s->free;
}

static inline void permit_fill_(struct permit *into, struct semaphore *s,
                                size_t n)
{
    if (into->semaphore)
        misuse("semaphore: this permit is held already; permit_drop() it, or "
               "acquire into another one");
    *into = (struct permit){ s, n };
}

/* Without waiting: 0, UV_EAGAIN: not now, or UV_ECANCELED. */
static inline int semaphore_try_acquire(struct semaphore *s,
                                        struct permit *into, size_t n)
{
    semaphore_check_(s);
    if (n > SEMAPHORE_MOST)
        misuse("semaphore: %zu permits are more than it can ever have; was the "
               "number negative?",
               n);
    if (s->closed)
        return UV_ECANCELED;
    if (wait_first(&s->waiters) || n > s->free)
        return UV_EAGAIN;
    permit_fill_(into, s, n);
    s->free -= n;
    s->held += n;
    return 0;
}

static inline enum poll semaphore_acquire_poll(struct future *f,
                                               struct context *cx)
{
    struct semaphore_acquire *self =
        container_of(f, struct semaphore_acquire, future);
    struct semaphore *s = self->semaphore;
    if (self->waiter.granted) {
        permit_fill_(self->into, s, self->n);
        self->status = 0;
    } else if (self->waiter.woken) { /* by close; the semaphore may be gone */
        self->status = UV_ECANCELED;
    } else if (!wait_first(&s->waiters) && s->free >= self->n &&
               !budget_spend(cx)) {
        return POLL_PENDING;
    } else {
        self->status = semaphore_try_acquire(s, self->into, self->n);
    }
    if (self->status == UV_EAGAIN) {
        wait_in(&s->waiters, &self->waiter, cx);
        return POLL_PENDING;
    }
    wait_leave(&self->waiter);
    return POLL_READY;
}

/* An acquire that waited may have held up those behind it.  But if a close woke
 * it, then the semaphore may be gone. */
static inline void semaphore_acquire_drop(struct future *f)
{
    struct semaphore_acquire *self =
        container_of(f, struct semaphore_acquire, future);
    struct semaphore *s = self->semaphore;
    bool waited = waiter_waits(&self->waiter) && !self->waiter.woken;
    if (wait_leave(&self->waiter)) {
        struct permit granted = { s, self->n };
        permit_drop(&granted);
    } else if (waited) {
        semaphore_serve_(s);
    }
}

static const struct future_ops semaphore_acquire_ops_ =
    FUTURE_OPS(semaphore_acquire);

/* Wait for n permits, all at once, which `into` then has. */
static inline struct future *semaphore_acquire(struct semaphore_acquire *self,
                                               struct permit *into,
                                               struct semaphore *s, size_t n)
{
    *self = (struct semaphore_acquire){ .future.ops = &semaphore_acquire_ops_,
                                        .semaphore = s,
                                        .into = into,
                                        .n = n };
    return &self->future;
}

/* ---- The end ------------------------------------------------------------- */

/* From now on every acquire fails, also those that wait.  Permits that are held
 * can still be given back. */
static inline void semaphore_close(struct semaphore *s)
{
    semaphore_check_(s);
    s->closed = true;
    wait_wake_all(&s->waiters);
}

/* No acquire may wait, and no permit may be held.  A semaphore that is all
 * zeroes is left alone. */
static inline void semaphore_drop(struct semaphore *s)
{
    if (!s->waiters.next)
        return;
    semaphore_check_(s);
    if (wait_first(&s->waiters))
        misuse("semaphore: it is dropped while an acquire waits at it; drop "
               "that first");
    if (s->held)
        misuse("semaphore: it is dropped, and %zu permits are still held; drop "
               "those first",
               s->held);
    *s = (struct semaphore){ .free = 0 };
}
#endif
