/* host.h: the executor inside a loop that a host program runs itself.
 *
 * A libuv prepare handle takes the place of the run loop: libuv calls it in
 * each round, before it waits.  It polls what is ready, and then makes
 * sure that libuv does not wait too long.  The virtual clock runs at real pace.
 */
#ifndef HOST_H
#define HOST_H

#include "run.h"

static inline void executor_host_cb_(uv_prepare_t *host)
{
    struct executor *ex = host->data;
    executor_turn(ex, NULL);
    if (list_is_empty(&ex->ready))
        uv_idle_stop(&ex->idle);
    else
        executor_stir(ex);
    executor_set_alarm(ex);
}

/* From now on the host's uv_run() runs the tasks.  It returns when none of them
 * can go on. */
static inline void executor_attach(struct executor *ex)
{
    executor_check(ex, "executor_attach()");
    if (executor_running || ex->closed ||
        uv_is_active((uv_handle_t *)&ex->host))
        misuse("executor_attach() %s", executor_running
                                           ? "inside a running task"
                                       : ex->closed ? "after executor_close()"
                                                    : "a second time");
    uv_ref((uv_handle_t *)&ex->alarm);
    uv_ref((uv_handle_t *)&ex->idle);
    uv_prepare_start(&ex->host, executor_host_cb_);
    executor_stir(ex); /* a first round, for the tasks that are ready */
}
#endif
