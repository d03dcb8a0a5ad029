/* run.h: the run loop: poll what is ready, then let libuv work or wait.
 *
 *     while there is work:
 *         turn   fire the timers that are due, poll ready tasks, 61 at most
 *         park   tasks are ready: give libuv a moment, but do not wait
 *                none is ready:   wait in libuv until something wakes a task;
 *                                 the virtual clock jumps instead, if it can
 *                nothing could ever wake one: report the deadlock, and abort
 */
#ifndef RUN_H
#define RUN_H

#include "task.h"

/* ---- Turn ---------------------------------------------------------------- */

/* The oldest; with a seed any of the oldest 64, each with the same chance. */
static inline struct task *executor_pop_(struct executor *ex)
{
    struct list *pick = ex->ready.next, *at = pick;
    for (unsigned n = 1; ex->options.seed && at != &ex->ready && n <= 64; n++) {
        if (executor_random(ex, n) == 0)
            pick = at;
        at = at->next;
    }
    list_remove(pick);
    return container_of(pick, struct task, queue);
}

static inline void executor_poll_(struct executor *ex, struct task *t)
{
    struct waker waker = { task_wake, t };
    struct context cx = context_make(waker, ex);
    enum poll result;
    t->state = TASK_POLLED;
    ex->current = t;
    EXECUTOR_HOOK(ex, poll_begins, t);
    result = future_poll(task_future(t), &cx);
    EXECUTOR_HOOK(ex, poll_ends, t, result);
    ex->current = NULL;
    if (result == POLL_READY) {
        task_end(t, TASK_FINISHED);
    } else if (t->state == TASK_ABORTED) {
        future_drop(task_future(t));
        task_end(t, TASK_CANCELLED);
    } else {
        context_check(&cx, task_future(t));
        t->state = t->state == TASK_WOKEN ? TASK_QUEUED : TASK_WAITING;
    }
}

/* The number of polls has a limit; otherwise libuv would starve.  No task is
 * polled once `until`, which may be NULL, is over. */
static inline void executor_turn(struct executor *ex, const struct task *until)
{
    struct executor *outer = executor_running;
    if (ex->in_turn)
        misuse("uv_run() inside a poll: the host's loop runs this poll; "
               "return POLL_PENDING, and wake from a callback");
    executor_running = ex;
    ex->in_turn = true;
    if (ex->wheel.next != UINT64_MAX)
        wheel_turn(&ex->wheel, executor_now(ex));
    for (int n = ex->options.polls_per_turn; n > 0; n--) {
        if (list_is_empty(&ex->ready) || (until && task_is_over(until)))
            break;
        executor_poll_(ex, executor_pop_(ex));
    }
    ex->in_turn = false;
    executor_running = outer;
}

/* ---- Park ---------------------------------------------------------------- */

/* Every task, oldest first, with its async backtrace.  In a debugger:
 *     call executor_print_tasks(executor_running, stderr) */
static inline void executor_print_tasks(struct executor *ex, FILE *out)
{
    executor_check(ex, "executor_print_tasks()");
    for (struct list *l = ex->tasks.next; l != &ex->tasks; l = l->next) {
        struct task *t = container_of(l, struct task, all);
        fprintf(out, "task %u: ", t->id);
        future_backtrace(task_future(t), out);
        fputc('\n', out);
    }
}

static inline _Noreturn void executor_deadlock_(struct executor *ex)
{
    EXECUTOR_HOOK(ex, deadlock, ex);
    fflush(stdout);
    executor_print_tasks(ex, stderr);
    misuse("deadlock: nothing is left that could wake the tasks above; which "
           "code should have called their wakers?");
}

/* Nothing keeps the loop alive, but a handle that was unref'd may have work:
 * once a millisecond is often enough. */
static inline void executor_glance_(struct executor *ex)
{
    uint64_t ms = uv_hrtime() / 1000000;
    if (ms == ex->glance)
        return;
    ex->glance = ms;
    uv_ref((uv_handle_t *)&ex->idle); /* uv_run() ignores a loop not alive */
    executor_stir(ex);
    uv_run(ex->loop, UV_RUN_NOWAIT);
    uv_unref((uv_handle_t *)&ex->idle);
    uv_idle_stop(&ex->idle);
}

static inline void executor_sleep_(struct executor *ex)
{
    executor_set_alarm(ex);
    uv_ref((uv_handle_t *)&ex->alarm);
    uv_run(ex->loop, UV_RUN_ONCE);
    uv_unref((uv_handle_t *)&ex->alarm);
}

static inline void executor_park_(struct executor *ex)
{
    bool others; /* handles and requests that are not the executor's own */
    uv_idle_stop(&ex->idle);
    others = uv_loop_alive(ex->loop) != 0;
    if (!list_is_empty(&ex->ready)) {
        if (others)
            uv_run(ex->loop, UV_RUN_NOWAIT);
        else
            executor_glance_(ex);
    } else if (!others && executor_due(ex) == UINT64_MAX) {
        executor_deadlock_(ex);
    } else if (!others && ex->options.virtual_clock) {
        ex->virtual_now = executor_due(ex);
        uv_timer_stop(&ex->alarm);
    } else {
        executor_sleep_(ex);
    }
}

/* ---- Run ----------------------------------------------------------------- */

static inline bool executor_has_work_(struct executor *ex,
                                      const struct task *until)
{
    if (until)
        return !task_is_over(until);
    return ex->threads || !list_is_empty(&ex->tasks);
}

/* Run until this task is over.  NULL: until no task is left, see below. */
static inline void executor_run_until(struct executor *ex,
                                      const struct task *until)
{
    executor_check_thread(ex, "block_on() or executor_run()",
                          "send it futures by inbox_spawn()");
    if (executor_running)
        misuse("block_on() or executor_run() inside a running task: the "
               "thread would wait for itself; AWAIT the future instead");
    if (uv_is_active((uv_handle_t *)&ex->host) || ex->closed)
        misuse("block_on() or executor_run(): this executor is %s",
               ex->closed ? "closed" : "run by its host's uv_run()");
    executor_running = ex;
    while (executor_has_work_(ex, until)) {
        executor_turn(ex, until);
        if (executor_has_work_(ex, until))
            executor_park_(ex);
    }
    executor_running = NULL;
}

/* Run until no task is left, and no other thread holds the inbox. */
static inline void executor_run(struct executor *ex)
{
    executor_run_until(ex, NULL);
}
#endif
