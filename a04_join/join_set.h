/* join_set.h: tasks that belong together: spawn some, take out those that are
 * over.
 *
 * tasks    Each runs on its own, whether or not a task awaits the set.  (The
 *          children of unordered.h do not.)
 * results  join_set_next() hands out the tasks in the order in which they
 *          ended: read the output of each, then task_detach() it.  A task that
 *          was aborted also stays in the set until it is taken out; its status
 *          is then UV_ECANCELED.
 * drop     The set is no future: call join_set_drop() in ASYNC_FINALLY.  It
 *          aborts its tasks, because a set owns its tasks.
 *          join_set_detach_all() lets them run on.
 * memory   A small block for each task in the set.  No memory: UV_ENOMEM.
 * threads  Everything is called on the executor's own thread.
 */
#ifndef A04_JOIN_SET_H
#define A04_JOIN_SET_H

#include "executor.h"

struct join_set {
    struct list running;          /* entries of tasks that are not over */
    struct list aborted;          /* not over, but aborted in their own poll */
    struct list over;             /* of tasks that are, first ended first */
    size_t len;                   /* of all three */
    struct join_set_next *waiter; /* what awaits the set, or NULL */
    int giving_up; /* 1: in join_set_abort_all(), 2: in join_set_clear_() */
};

struct join_set_entry { /* one task */
    struct list link;   /* in one of the set's lists */
    struct join_set *set;
    struct join join; /* learns that it is over */
};

struct join_set_next {
    struct future future;
    struct join_set *set;
    struct waker waker;
    struct task *task; /* result: yours to detach; NULL: the set is empty */
    int status;        /* result: 0, or UV_ECANCELED: aborted, no output */
};

/* Do this where the set stays, so not in a constructor: it must not move. */
static inline void join_set_init(struct join_set *set)
{
    *set = (struct join_set){ .len = 0 };
    list_init(&set->running);
    list_init(&set->aborted);
    list_init(&set->over);
}

/* How many tasks are in the set: not taken out, whether over or not. */
static inline size_t join_set_len(const struct join_set *set)
{
    return set->len;
}

/* ---- Spawning ------------------------------------------------------------ */

/* What the waker of an entry's join calls: its task is over. */
static inline void join_set_over_(void *data)
{
    struct join_set_entry *e = data;
    struct join_set *set = e->set;
    list_remove(&e->link);
    list_append(&set->over, &e->link);
    if (set->waiter)
        waker_wake(set->waiter->waker);
}

/* Spawn a future made in task_slot() into the set.  0, or UV_ENOMEM: then the
 * future was dropped before its first poll. */
static inline int join_set_spawn(struct join_set *set, struct executor *ex,
                                 struct future *f)
{
    struct join_set_entry *e = malloc(sizeof *e);
    struct waker waker = { join_set_over_, e };
    struct context cx = context_make(waker, ex);
    struct task *t = task_spawn(ex, f);
    if (!e) {
        task_abort(t);
        task_detach(t);
        return UV_ENOMEM;
    }
    e->set = set;
    list_append(&set->running, &e->link);
    set->len++;
    if (future_poll(task_join(&e->join, t), &cx) == POLL_READY)
        join_set_over_(e); /* too late: the executor is closed */
    return 0;
}

/* ---- Taking out ---------------------------------------------------------- */

/* Take a task out, and free its entry. */
static inline struct task *join_set_take_(struct join_set_entry *e)
{
    struct task *t = e->join.task;
    list_remove(&e->link);
    e->set->len--;
    future_drop(&e->join.future);
    free(e);
    return t;
}

/* A task that is over; NULL: none is.  Never waits. */
static inline struct task *join_set_try_next(struct join_set *set, int *status)
{
    struct task *t;
    if (list_is_empty(&set->over))
        return NULL;
    t = join_set_take_(
        container_of(set->over.next, struct join_set_entry, link));
    *status = task_is_cancelled(t) ? UV_ECANCELED : 0;
    return t;
}

static inline enum poll join_set_next_poll(struct future *f, struct context *cx)
{
    struct join_set_next *self = container_of(f, struct join_set_next, future);
    struct join_set *set = self->set;
    if (set->waiter && set->waiter != self)
        misuse("join_set_next: another one awaits this set already, and a "
               "set wakes only one");
    self->task = join_set_try_next(set, &self->status);
    set->waiter = self->task || set->len == 0 ? NULL : self;
    if (!set->waiter)
        return POLL_READY;
    self->waker = context_waker(cx);
    return POLL_PENDING;
}

static inline void join_set_next_drop(struct future *f)
{
    struct join_set_next *self = container_of(f, struct join_set_next, future);
    if (self->set->waiter == self)
        self->set->waiter = NULL;
}

static const struct future_ops join_set_next_ops_ = FUTURE_OPS(join_set_next);

/* Wait for a task that is over.  Cancel-safe: a drop takes no task out. */
static inline struct future *join_set_next(struct join_set_next *self,
                                           struct join_set *set)
{
    *self =
        (struct join_set_next){ .future.ops = &join_set_next_ops_, .set = set };
    return &self->future;
}

/* ---- Giving up ----------------------------------------------------------- */

/* task_abort() them all.  They stay in the set until they are taken out.
 * In the clean-up of a task that is aborted here, this does nothing. */
static inline void join_set_abort_all(struct join_set *set)
{
    if (set->giving_up)
        return;
    set->giving_up = 1;
    while (!list_is_empty(&set->running)) {
        struct list *l = set->running.next;
        list_remove(l);
        list_append(&set->aborted, l); /* until its task is over */
        task_abort(container_of(l, struct join_set_entry, link)->join.task);
    }
    set->giving_up = 0;
}

static inline struct join_set_entry *join_set_any_(struct join_set *set)
{
    struct list *l = set->running.next;
    if (list_is_empty(&set->running))
        l = list_is_empty(&set->aborted) ? set->over.next : set->aborted.next;
    return container_of(l, struct join_set_entry, link);
}

/* The clean-up of an aborted task may call this again.  That call does nothing,
 * because calls inside calls would fill the stack. */
static inline void join_set_clear_(struct join_set *set, bool abort)
{
    int outer = set->giving_up;
    if (outer == 2)
        return;
    set->giving_up = 2;
    while (set->len > 0) {
        struct task *t = join_set_take_(join_set_any_(set));
        if (abort)
            task_abort(t);
        task_detach(t);
    }
    set->giving_up = outer;
    if (set->waiter)
        waker_wake(set->waiter->waker);
}

/* Abort them all, and empty the set; outputs are lost. */
static inline void join_set_drop(struct join_set *set)
{
    join_set_clear_(set, true);
}

/* Empty the set, and let the tasks run on. */
static inline void join_set_detach_all(struct join_set *set)
{
    join_set_clear_(set, false);
}

struct join_set_shutdown {
    struct async async;
    struct join_set *set;
    struct join_set_next next;
};

static inline enum poll join_set_shutdown_poll(struct future *f,
                                               struct context *cx)
{
    ASYNC_BEGIN(struct join_set_shutdown);
    join_set_abort_all(self->set);
    do {
        AWAIT(join_set_next(&self->next, self->set));
        task_detach(self->next.task);
    } while (self->next.task);
    ASYNC_END;
}

static const struct future_ops join_set_shutdown_ops =
    ASYNC_OPS(join_set_shutdown);

/* Abort them all, and wait until each is dropped and the set is empty.
 * Cancel-safe: the tasks not taken out yet stay in the set, aborted. */
static inline struct future *join_set_shutdown(struct join_set_shutdown *self,
                                               struct join_set *set)
{
    *self =
        (struct join_set_shutdown){ .async.future.ops = &join_set_shutdown_ops,
                                    .set = set };
    return &self->async.future;
}
#endif
