/* keep.h: a future that outlives the code that awaits it.
 *
 * A select, a timeout and an abort drop what they await.  A future that must go
 * on instead is kept, and lent to one of them at a time:
 *
 *     keep_init(&self->kept, download(&self->download));   before the loop
 *     AWAIT(timeout_ms(&self->limit, keep_lend(&self->kept), 50));
 *     keep_drop(&self->kept);                              in ASYNC_FINALLY
 *
 * loan    Dropping a loan does not change the kept future.  Lend it again, and
 *         it goes on.  When a loan is READY, the kept future is over: its
 *         result is in its own struct.
 * place   The keep is beside the future that it keeps, and lives as long.
 *         A task that waits for this future is given a pointer to the keep.
 *         If the keep is in a task's memory and the future is not, the next
 *         loan aborts, unless NDEBUG is defined.
 * wakers  The timers and lists of the kept future have a waker of the keep.  It
 *         calls the waker of the latest loan, or none if that was dropped.  So
 *         the future may wake after the task that polled it last is gone.  It
 *         is for the executor's own thread.
 * drop    The keep owns the future: keep_drop() cancels it.
 */
#ifndef A07_KEEP_H
#define A07_KEEP_H

#include "executor.h"

struct keep {
    struct future loan;  /* what keep_lend() gives */
    struct future *kept; /* NULL: nothing */
    struct waker waker;  /* of the latest loan; empty: nobody awaits it */
    bool woken;          /* in the poll that runs now */
};

/* The waker of the kept future. */
static inline void keep_wake_(void *data)
{
    struct keep *self = data;
    self->woken = true;
    waker_wake(self->waker);
}

/* A task must not die before the future that holds a waker into it. */
static inline void keep_check_place_(const struct keep *self,
                                     const struct context *cx)
{
#ifndef NDEBUG
    const struct task *t = cx->executor ? cx->executor->current : NULL;
    if (t && task_holds(t, self) && !task_holds(t, self->kept))
        misuse("keep_lend: the keep is in the memory of the task %s, but %s "
               "is not, and could wake the keep when the task is gone; put "
               "the keep beside the future, and give the task a pointer",
               t->ops->name, self->kept->ops->name);
#endif
    (void)self, (void)cx;
}

static inline enum poll keep_lend_poll(struct future *f, struct context *cx)
{
    struct keep *self = container_of(f, struct keep, loan);
    struct context own = context_child(cx, (struct waker){ keep_wake_, self });
    enum poll result;
    keep_check_place_(self, cx);
    self->waker = (struct waker){ NULL, NULL }; /* the old one is forgotten */
    self->woken = false;
    result = future_poll(self->kept, &own);
    context_merge(cx, &own);
    if (result == POLL_READY)
        return POLL_READY;
    self->waker = context_waker(cx);
    if (self->woken)
        waker_wake(self->waker);
    return POLL_PENDING;
}

/* The kept future stays; its wakes reach nobody until it is lent again. */
static inline void keep_lend_drop(struct future *f)
{
    struct keep *self = container_of(f, struct keep, loan);
    self->waker = (struct waker){ NULL, NULL };
}

static inline void keep_lend_children(struct future *f, future_visit *visit,
                                      void *data)
{
    visit(container_of(f, struct keep, loan)->kept, data);
}

static const struct future_ops keep_lend_ops_ = COMBINATOR_OPS(keep_lend);

/* Keep `f`.  From now on neither the keep nor `f` may move. */
static inline void keep_init(struct keep *self, struct future *f)
{
    *self = (struct keep){ .kept = f };
}

/* A future that is READY when the kept one is.  Make the next loan when the
 * last one is over or dropped. */
static inline struct future *keep_lend(struct keep *self)
{
    if (!self->kept)
        misuse("keep_lend: nothing is kept here; call keep_init() first");
    if (self->waker.wake)
        misuse("keep_lend: %s is lent already, and its wakes reach only one "
               "loan; let the task that has it tell the others",
               self->kept->ops->name);
    self->loan = (struct future){ .ops = &keep_lend_ops_ };
    return &self->loan;
}

/* Cancel the kept future, unless it is over.  Twice is fine, and so is a keep
 * that is only zeroed. */
static inline void keep_drop(struct keep *self)
{
    future_drop(&self->loan);
    future_drop(self->kept);
}
#endif
