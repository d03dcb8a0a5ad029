/* What if a task simply waits, as plain code does?
 *
 * Then nobody else runs.  All tasks share one thread, and a call that blocks,
 * be it sleep(), read() or a long computation, keeps it.
 *
 * Run:    ./a05_blocking
 * Watch:  A heartbeat every 50 ms, while another task waits for 230 ms, first
 *         as it should, then in a call that blocks: no beat, and a gap as long
 *         as the wait.  The compiler does not complain, and nothing crashes.
 *
 * Expected output:
 *     waits by           beats meanwhile   longest gap
 *     sleep_ms(230)                    4        <n> ms
 *     uv_sleep(230)                    0       <n> ms
 *
 * Try:    Replace uv_sleep() by a loop that counts a volatile int to
 *         1,000,000,000: the same.
 *         gdb ./a05_blocking, break uv_sleep, run, bt: it names the culprit.
 *         break epoll_wait (on Linux; newer versions of libuv call epoll_pwait)
 *         instead: an idle thread.  Then  frame function main, and
 *         call executor_print_tasks(&rt.executor, stderr)
 */
#include "runtime.h"
#include "a05_spawn/heartbeat.h"

struct waiter {
    struct async async;
    struct pulse pulse;
    struct sleep sleep;
};

static void report(const char *what, const struct pulse *pulse)
{
    printf("%-18s %15d %9d ms\n", what, pulse->beats,
           (int)(pulse->gap / 1000000));
}

static enum poll waiter_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct waiter);
    printf("%-18s %15s %13s\n", "waits by", "beats meanwhile", "longest gap");

    heartbeat_start(&self->pulse, cx->executor, 50);
    AWAIT(sleep_ms(&self->sleep, 230)); /* PENDING: others run */
    heartbeat_stop(&self->pulse);
    report("sleep_ms(230)", &self->pulse);

    heartbeat_start(&self->pulse, cx->executor, 50);
    AWAIT(sleep_ms(&self->sleep, 0)); /* so that it has begun */
    uv_sleep(230);                    /* the mistake: this is still one poll */
    heartbeat_stop(&self->pulse);
    report("uv_sleep(230)", &self->pulse);
    ASYNC_FINALLY
    heartbeat_stop(&self->pulse);
    ASYNC_END;
}

static const struct future_ops waiter_ops = ASYNC_OPS(waiter);

int main(int argc, char **argv)
{
    struct runtime rt;
    struct waiter waiter = { .async.future.ops = &waiter_ops };
    runtime_open(&rt, argc, argv);
    return runtime_run(&rt, &waiter.async.future);
}
