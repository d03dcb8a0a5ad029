/* task.h: a task, from spawn to detach.  A part of executor.h.
 *
 * A task is a future that runs on its own.  Header and future are one block of
 * memory: it is freed when the task is over, out of the queue, and detached.
 *
 *     slot -1-> queued -2-> polled -5-> over -7-> freed
 *                 ^           |          ^
 *                 |           3          |
 *                 4           v          |
 *                 +------- waiting --6---+
 *
 * 1 task_spawn()                    5 READY, or aborted during this poll
 * 2 executor_turn_()                6 task_abort(), executor_close(); also
 * 3 PENDING                           from queued
 * 4 a wake; one that comes during   7 task_detach(), or at once if detached
 *   the poll counts after it
 */
#ifndef TASK_H
#define TASK_H

#ifndef EXECUTOR_H
#error "include executor.h"
#endif

struct task {                     /* stands right before its future */
    struct list all;              /* link in executor.tasks */
    struct task *next;            /* link in executor.ready */
    struct executor *executor;    /* where it runs */
    struct future *future;        /* what it runs */
    const struct future_ops *ops; /* the future's, also when it is over */
    struct join *join;            /* who awaits our end, or NULL */
    unsigned id;                  /* 1, 2, 3 in the order spawned */
    bool queued;                  /* is in executor.ready, at most once */
    bool done;                    /* finished or dropped, never polled again */
    bool cancelled;               /* dropped, or will be after this poll */
    bool handle;                  /* the spawner has not detached it yet */
};
_Static_assert(sizeof(struct task) <= 64, "a header of 64 bytes at most");
_Static_assert(sizeof(struct task) % _Alignof(max_align_t) == 0,
               "what follows the header is aligned");

struct join { /* a future: READY when the task is over */
    struct future future;
    struct task *task;
    struct waker waker;
    int status; /* result: 0, or UV_ECANCELED if the task was dropped */
};

static inline void executor_idle_cb_(uv_idle_t *idle);

/* Outside of a turn, uv_run() may be about to sleep, and for too long. */
static inline void executor_stir_(struct executor *ex)
{
    if (!ex->in_turn)
        uv_idle_start(&ex->idle, executor_idle_cb_);
}

/* The first to spawn decides which thread it is. */
static inline void executor_check_thread_(struct executor *ex, const char *what,
                                          const char *instead)
{
#ifndef NDEBUG
    uv_thread_t here = uv_thread_self();
    if (!ex->has_thread)
        ex->thread = here;
    ex->has_thread = true;
    if (!uv_thread_equal(&here, &ex->thread))
        misuse_("%s on another thread than the executor's; %s, see inbox.h",
                what, instead);
#endif
    (void)ex, (void)what, (void)instead;
}

static inline void task_wake_(void *data)
{
    struct task *t = data;
    struct executor *ex = t->executor;
    executor_check_thread_(ex, "a waker was called", "post a message");
    if (t->queued || t->done)
        return;
    t->queued = true;
    t->next = NULL;
    *ex->tail = t;
    ex->tail = &t->next;
    EXECUTOR_HOOK_(ex, woken, t);
    executor_stir_(ex);
}

/* Not inlined: or GCC warns of a use after free in abort, then detach. */
__attribute__((noinline, unused)) static void task_free_if_unused_(
    struct task *t)
{
    if (t->done && !t->queued && !t->handle)
        free(t);
}

static inline void task_end_(struct task *t, bool cancelled)
{
    t->done = true;
    t->cancelled = cancelled;
    list_remove_(&t->all);
    if (cancelled)
        EXECUTOR_HOOK_(t->executor, dropped, t);
    else
        EXECUTOR_HOOK_(t->executor, finished, t);
    if (t->join) /* who waits has the handle, and may let go of it right now */
        waker_wake(t->join->waker);
    else
        task_free_if_unused_(t);
}

/* Cancel: drop the future now, or right after its poll if that is running.
 * A task that has finished keeps its output. */
static inline void task_abort(struct task *t)
{
    if (t->done || t->cancelled)
        return;
    t->cancelled = true;
    if (t == t->executor->current)
        return;
    future_drop(t->future);
    executor_stir_(t->executor); /* its timers are gone */
    task_end_(t, true);
}

static inline void *task_slot_(size_t size)
{
    struct task *t = malloc(sizeof *t + size);
    if (!t) {
        fprintf(stderr, "no memory for a task of %zu bytes\n", size);
        exit(1);
    }
    *t = (struct task){ .future = (struct future *)(void *)(t + 1) };
    return t + 1;
}

/* Memory for a future that becomes a task:
 *     t = task_spawn(ex, fetch(task_slot(struct fetch), 1, 20)); */
#define task_slot(type) ((type *)task_slot_(sizeof(type)))

/* A future from elsewhere has no header; what stands there instead tells. */
static inline struct task *task_of_slot_(struct future *f)
{
    struct task *t = (struct task *)(void *)f - 1;
    if (t->future != f)
        misuse_("%s: task_spawn() needs a future made in task_slot(), with "
                "its struct future first",
                f->ops->name);
    return t;
}

static inline void task_start_(struct executor *ex, struct task *t)
{
    executor_check_thread_(ex, "task_spawn() or block_on()",
                           "send it the future by inbox_spawn()");
    t->executor = ex;
    t->ops = t->future->ops;
    t->id = ++ex->last_id;
    list_append_(&ex->tasks, &t->all);
    EXECUTOR_HOOK_(ex, spawned, t);
    if (ex->closed)
        task_abort(t); /* too late: dropped without a poll */
    else
        task_wake_(t);
}

/* From now on the future runs on its own.  The handle is yours, whatever
 * happens to the task, until you task_detach() it, exactly once. */
static inline struct task *task_spawn(struct executor *ex, struct future *f)
{
    struct task *t = task_of_slot_(f);
    t->handle = true;
    task_start_(ex, t);
    return t;
}

/* Let go of a handle, or NULL.  The task runs on; its struct is freed when it
 * is over, so what only its output owns must have another owner by then. */
static inline void task_detach(struct task *t)
{
    if (!t)
        return;
    if (t->join || !t->handle)
        misuse_("%s: task_detach() %s", t->ops->name,
                t->join ? "while a join waits for it" : "a second time");
    t->handle = false;
    task_free_if_unused_(t);
}

/* The task's own struct, with its results; yours to read until you detach. */
#define task_output(t, type) ((type *)task_output_(t))
static inline void *task_output_(struct task *t)
{
    if (!t->done || t->cancelled)
        misuse_("%s: no output, the task %s", t->ops->name,
                t->done ? "was cancelled; look at join.status first"
                        : "has not finished; AWAIT task_join() first");
    return t->future;
}
#endif
