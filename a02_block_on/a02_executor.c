/* What does a real executor add?
 *
 * Many tasks on one thread, and an event loop in which the thread sleeps:
 * libuv.  The async function is that of a02_block_on.c, but its nap is a timer
 * instead of a thread, and two of them run at the same time.
 *
 * Run:    ./a02_executor
 * Watch:  The two take turns on one thread, and both are done after 120 ms.
 *         One after the other they would need 220 ms.  With
 *         EXECUTOR_CLOCK=virtual the same is printed at once, because the clock
 *         jumps to the next deadline when all tasks wait.
 *
 * Expected output:
 *      40 ms  one napped for 40
 *      60 ms  two napped for 60
 *      80 ms  one napped for 40
 *     100 ms  two napped for 40
 *     120 ms  one napped for 40
 *     tasks returned 120 and 100; the loop closed with 0
 *
 * Try:    Delete executor_run(): task_output() aborts, and says why.  Delete
 *         the printf() with task_output() too: closing the executor drops both
 *         tasks, and nothing leaks.
 *         Give both the same naps, and run it with EXECUTOR_SEED=1, 2, 3: which
 *         task is first when both are ready?
 */
#include "executor.h"
#include "program.h"

struct naps {
    struct async async;
    const char *name;
    int nap, step, times;
    int i, total;
    struct sleep sleep;
};

static enum poll naps_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct naps);
    for (self->i = 0; self->i < self->times; self->i++) {
        AWAIT(sleep_ms(&self->sleep, (uint64_t)self->nap));
        printf("%3d ms  %s napped for %d\n",
               (int)executor_now(cx->executor) / 10 * 10, self->name,
               self->nap);
        self->total += self->nap;
        self->nap += self->step;
    }
    ASYNC_END;
}

static const struct future_ops naps_ops = ASYNC_OPS(naps);

/* `times` naps, the first of `nap` ms, each `step` ms longer. */
static struct future *naps(struct naps *self, const char *name, int nap,
                           int step, int times)
{
    *self = (struct naps){ .async.future.ops = &naps_ops,
                           .name = name,
                           .nap = nap,
                           .step = step,
                           .times = times };
    return &self->async.future;
}

int main(int argc, char **argv)
{
    uv_loop_t loop;
    struct executor ex;
    struct task *one, *two;
    int rc;

    program_begin(argc, argv);
    rc = uv_loop_init(&loop);
    if (rc)
        program_exit(1, "cannot open an event loop: %s", uv_strerror(rc));
    executor_init(&ex, &loop, NULL);

    one = task_spawn(&ex, naps(task_slot(struct naps), "one", 40, 0, 3));
    two = task_spawn(&ex, naps(task_slot(struct naps), "two", 60, -20, 2));
    executor_run(&ex);

    printf("tasks returned %d and %d; ", task_output(one, struct naps)->total,
           task_output(two, struct naps)->total);
    task_detach(one);
    task_detach(two);

    rc = executor_close(&ex);
    if (rc == 0)
        rc = uv_loop_close(&loop);
    printf("the loop closed with %d\n", rc);
    return program_end(rc != 0);
}
