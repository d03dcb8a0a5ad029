/* What if a task simply waits, as plain code does?
 *
 * Then no other task runs.  All tasks share one thread, and a call that blocks,
 * such as sleep(), read() or a long computation, keeps that thread.
 *
 * Run:    ./a05_blocking
 * Watch:  A heartbeat beats every 50 ms while another task waits for 230 ms: at
 *         first with AWAIT, then in a call that blocks.  The second time there
 *         is no beat, because one poll takes 230 ms.  The first time all polls
 *         are short.  The compiler does not complain, and nothing crashes.
 *
 * Expected output:
 *     waits by           beats meanwhile   longest poll
 *     sleep_ms(230)                    4         <n> ms
 *     uv_sleep(230)                    0        <n> ms
 *
 * Try:    Replace uv_sleep() by a loop that counts a volatile int to
 *         1,000,000,000: the same.
 *         gdb ./a05_blocking, break uv_sleep, run, bt: the backtrace names the
 *         function that blocks.
 *         break epoll_wait (on Linux; newer versions of libuv call epoll_pwait)
 *         instead: the debugger shows a thread that is idle.  Then  frame
 *         function main, and call executor_print_tasks(&rt.executor, stderr)
 */
#include "runtime.h"
#include "a05_spawn/heartbeat.h"

struct waiter {
    struct async async;
    bool blocks;
    struct pulse pulse;
    struct sleep sleep;
};

static enum poll waiter_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct waiter);
    heartbeat_start(&self->pulse, cx->executor, 50);
    AWAIT(sleep_ms(&self->sleep, 0)); /* so that the heartbeat has begun */
    if (self->blocks)
        uv_sleep(230); /* the mistake: this is still one poll */
    else
        AWAIT(sleep_ms(&self->sleep, 230)); /* PENDING: others run */
    ASYNC_FINALLY
    heartbeat_stop(&self->pulse);
    ASYNC_END;
}

static const struct future_ops waiter_ops = ASYNC_OPS(waiter);

static void run(struct executor *ex, const char *title, bool blocks)
{
    struct stopwatch watch;
    struct waiter waiter = { .async.future.ops = &waiter_ops,
                             .blocks = blocks };
    block_on(ex, stopwatch(&watch, &waiter.async.future));
    printf("%-18s %15d %11d ms\n", title, waiter.pulse.beats,
           (int)(watch.longest / 1000000));
}

int main(int argc, char **argv)
{
    struct runtime rt;
    runtime_open(&rt, argc, argv);
    printf("%-18s %15s %14s\n", "waits by", "beats meanwhile", "longest poll");
    run(&rt.executor, "sleep_ms(230)", false);
    run(&rt.executor, "uv_sleep(230)", true);
    return runtime_close(&rt);
}
