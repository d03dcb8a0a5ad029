/* open.h: executor_init() and executor_close().
 *
 * The loop is the caller's and must outlive the executor.  While a handle or a
 * request of the caller keeps the loop alive, no deadlock is reported and the
 * virtual clock does not jump.  So uv_unref() a handle that should not do this.
 */
#ifndef OPEN_H
#define OPEN_H

#include <errno.h>
#include "host.h"

/* ---- Open ---------------------------------------------------------------- */

/* Environment variables override the program's options.  A wrong value: one
 * line on stderr, status 2. */
static inline void executor_environment_(struct executor_options *options)
{
    const char *clock = getenv("EXECUTOR_CLOCK"), *bad = NULL;
    const char *seed = getenv("EXECUTOR_SEED");
    char *end = NULL;
    if (clock)
        options->virtual_clock = strcmp(clock, "virtual") == 0;
    if (clock && !options->virtual_clock && strcmp(clock, "real") != 0)
        bad = "EXECUTOR_CLOCK is neither virtual nor real";
    errno = 0;
    if (seed)
        options->seed = strtoull(seed, &end, 10);
    if (seed && (*seed < '0' || *seed > '9' || *end || errno))
        bad = "EXECUTOR_SEED is not a number";
    if (bad) {
        fprintf(stderr, "%s\n", bad);
        exit(2);
    }
}

static inline void executor_is_there_cb_(uv_handle_t *handle, void *ex)
{
    if (handle == (uv_handle_t *)&((struct executor *)ex)->alarm)
        misuse("executor_init() a second time; call executor_close() first");
}

/* `ex` may hold any bytes, so only its address counts. */
static inline void executor_check_init_(struct executor *ex, uv_loop_t *loop)
{
#ifndef NDEBUG
    if (!ex || !loop)
        misuse("executor_init(): no %s (NULL)", ex ? "loop" : "executor");
    uv_walk(loop, executor_is_there_cb_, ex);
#endif
    (void)ex, (void)loop;
}

/* `options` may be NULL and is copied.  `ex` is the caller's; it must not move
 * until executor_close().  No errors; but a wrong environment variable ends the
 * program. */
static inline void executor_init(struct executor *ex, uv_loop_t *loop,
                                 const struct executor_options *options)
{
    executor_check_init_(ex, loop);
    *ex = (struct executor){ .loop = loop, .start = uv_hrtime() };
    if (options)
        ex->options = *options;
    executor_environment_(&ex->options);
    if (ex->options.polls_per_turn <= 0)
        ex->options.polls_per_turn = 61;
    ex->random = ex->options.seed;
    list_init(&ex->ready);
    list_init(&ex->tasks);
    wheel_init(&ex->wheel, 0);
    uv_timer_init(loop, &ex->alarm);
    uv_idle_init(loop, &ex->idle);
    uv_prepare_init(loop, &ex->host);
    uv_unref((uv_handle_t *)&ex->alarm);
    uv_unref((uv_handle_t *)&ex->idle);
    uv_unref((uv_handle_t *)&ex->host);
    ex->alarm.data = ex->idle.data = ex->host.data = ex;
    if (executor_observe)
        executor_observe(ex);
}

/* ---- Close --------------------------------------------------------------- */

static inline void executor_closed_cb_(uv_handle_t *handle)
{
    struct executor *ex = handle->data;
    ex->closing--;
}

static inline void executor_close_handle_(struct executor *ex, void *handle)
{
    ex->closing++;
    uv_close(handle, executor_closed_cb_);
}

static inline void executor_count_cb_(uv_handle_t *handle, void *count)
{
    *(int *)count += !uv_is_closing(handle);
}

/* Handles in the loop that are not being closed; the executor's own are. */
static inline int executor_strangers_(struct executor *ex)
{
    int count = 0;
    uv_walk(ex->loop, executor_count_cb_, &count);
    return count;
}

/* Drop every task, newest first; refuse threads; close the executor's handles,
 * and wait for requests that cannot be stopped, such as work on the thread
 * pool.  Returns 0, or UV_EBUSY if other handles are open, so that
 * uv_loop_close() would fail; then executor_close() waits for no request,
 * because a request of those handles may never end. */
static inline int executor_close(struct executor *ex)
{
    executor_check_thread(ex, "executor_close()", "let that thread do it");
    if (executor_running || ex->closed)
        misuse("executor_close() %s",
               ex->closed ? "a second time" : "inside a running task");
    ex->closed = ex->in_turn = true; /* from now on no wake starts the loop */
    while (!list_is_empty(&ex->tasks))
        task_abort(container_of(ex->tasks.prev, struct task, all));
    if (ex->inbox)
        ex->inbox_shut(ex);
    EXECUTOR_HOOK(ex, closing, ex);
    executor_close_handle_(ex, &ex->alarm);
    executor_close_handle_(ex, &ex->idle);
    executor_close_handle_(ex, &ex->host);
    while (ex->closing)
        uv_run(ex->loop, UV_RUN_NOWAIT);
    while (!executor_strangers_(ex) && uv_loop_alive(ex->loop))
        uv_run(ex->loop, UV_RUN_ONCE);
    return executor_strangers_(ex) ? UV_EBUSY : 0;
}
#endif
