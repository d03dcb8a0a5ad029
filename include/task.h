/* task.h: a task's life: spawn, wake, abort, end, detach.
 *
 * state.h has the diagram.  Everything here is called on the executor's thread.
 * A handle, which task_spawn() returns, belongs to the spawner until
 * task_detach(); the executor drops the tasks that are left when it closes.
 */
#ifndef TASK_H
#define TASK_H

#include "clock.h"
#include "slot.h"

struct join { /* the future of task_join(), see leaves.h */
    struct future future;
    struct task *task;
    struct waker waker;
    int status; /* result: 0, or UV_ECANCELED if the task was dropped */
};

/* ---- Questions ----------------------------------------------------------- */

static inline void task_check(const struct task *t, const char *what)
{
#ifndef NDEBUG
    if (!t)
        misuse("%s of NULL, which is no task", what);
#endif
    (void)t, (void)what;
}

/* Finished or cancelled: its future is not polled any more. */
static inline bool task_is_over(const struct task *t)
{
    task_check(t, "task_is_over()");
    return t->state >= TASK_FINISHED;
}

/* It is cancelled, or will be if the poll that runs now returns PENDING. */
static inline bool task_is_cancelled(const struct task *t)
{
    task_check(t, "task_is_cancelled()");
    return t->state == TASK_CANCELLED || t->state == TASK_ABORTED;
}

static inline bool task_is_queued_(const struct task *t)
{
    return t->state == TASK_QUEUED || t->state == TASK_WOKEN;
}

/* ---- Wake, abort, end ---------------------------------------------------- */

/* What a task's waker calls.  Nothing changes if it is queued or over. */
static inline void task_wake(void *data)
{
    struct task *t = data;
    struct executor *ex = t->executor;
    executor_check_thread(ex, "a waker was called", "post a message");
    if (t->state != TASK_WAITING && t->state != TASK_POLLED)
        return;
    t->state = t->state == TASK_WAITING ? TASK_QUEUED : TASK_WOKEN;
    list_append(&ex->ready, &t->queue);
    EXECUTOR_HOOK(ex, woken, t);
    executor_stir(ex);
}

/* Not inlined: otherwise GCC warns of a use after free where task_abort() is
 * followed by task_detach(). */
__attribute__((noinline, unused)) static void task_free_if_unused_(
    struct task *t)
{
    if (task_is_over(t) && !t->handle)
        free(t);
}

/* The future is over: READY, or dropped. */
static inline void task_end(struct task *t, enum task_state how)
{
    if (task_is_queued_(t))
        list_remove(&t->queue);
    t->state = (unsigned char)how;
    list_remove(&t->all);
    t->executor->in_hook = true;
    if (how == TASK_CANCELLED)
        EXECUTOR_HOOK(t->executor, dropped, t);
    else
        EXECUTOR_HOOK(t->executor, finished, t);
    t->executor->in_hook = false;
    if (t->join) /* the joining code has the handle, and may detach it now */
        waker_wake(t->join->waker);
    else
        task_free_if_unused_(t);
}

/* Drop the future now; if its poll is running, right after that, unless it is
 * READY then.  A task that has finished keeps its output.  NULL is fine. */
static inline void task_abort(struct task *t)
{
    struct executor *ex;
    if (!t)
        return;
    ex = t->executor;
    executor_check_hook(ex, "task_abort()");
    if (task_is_over(t) || t->state == TASK_ABORTED)
        return;
    executor_check_thread(ex, "task_abort()", "post a message");
    if (task_is_queued_(t))
        list_remove(&t->queue);
    if (t == ex->current) {
        t->state = TASK_ABORTED;
        return;
    }
    t->state = TASK_ABORTED; /* the drop may call us again, or wake us */
    future_drop(task_future(t));
    executor_stir(ex); /* its timers are gone, so the alarm may be wrong */
    task_end(t, TASK_CANCELLED);
}

/* ---- Spawn --------------------------------------------------------------- */

/* Put a task of task_of_slot() into the queue; `ops` give its name. */
static inline void task_start(struct executor *ex, struct task *t,
                              const struct future_ops *ops)
{
    executor_check_thread(ex, "task_spawn() or block_on()",
                          "send it the future by inbox_spawn()");
    executor_check_hook(ex, "task_spawn()");
    t->executor = ex;
    t->ops = ops;
    t->id = ++ex->last_id;
    list_append(&ex->tasks, &t->all);
    ex->in_hook = true;
    EXECUTOR_HOOK(ex, spawned, t);
    ex->in_hook = false;
    if (ex->closed)
        task_abort(t); /* too late: dropped without a poll */
    else
        task_wake(t);
}

/* From now on the future runs on its own.  The handle is yours, whatever
 * happens to the task, until you task_detach() it, exactly once. */
static inline struct task *task_spawn(struct executor *ex, struct future *f)
{
    struct task *t;
    executor_check(ex, "task_spawn()");
    t = task_of_slot(f, "task_spawn()");
    t->handle = true;
    task_start(ex, t, f->ops);
    return t;
}

/* ---- Detach and output --------------------------------------------------- */

/* Give a handle back; NULL is fine.  The task runs on.  Its struct is freed
 * when it is over, so take what you need from its output before. */
static inline void task_detach(struct task *t)
{
    if (!t)
        return;
    executor_check_hook(t->executor, "task_detach()");
    if (t->join || !t->handle)
        misuse("%s: task_detach() %s", t->ops->name,
               t->join ? "while a join waits for it" : "a second time");
    if (!task_is_over(t)) /* otherwise the executor may be gone */
        executor_check_thread(t->executor, "task_detach()", "post a message");
    t->handle = false;
    task_free_if_unused_(t);
}

/* The task's own struct, with its results; yours to read until you detach. */
#define task_output(t, type) ((type *)task_output_(t))
static inline void *task_output_(struct task *t)
{
    task_check(t, "task_output()");
    if (t->state != TASK_FINISHED)
        misuse("%s: no output, the task %s", t->ops->name,
               t->state == TASK_CANCELLED
                   ? "was cancelled; look at join.status first"
                   : "has not finished; AWAIT task_join() first");
    return task_future(t);
}
#endif
