/* What if the program already has a loop?
 *
 * A game, a GUI or a server has a loop of its own and keeps it.  Then the
 * executor is the guest: after executor_attach(), the host's own uv_run() runs
 * the tasks too.
 *
 * Run:    ./a02_embedded
 * Watch:  The host draws a frame and gives libuv one turn, again and again.
 *         With one poll for each turn, the tasks go on one step per frame.
 *         Drawing never waits for them.
 *
 * Expected output:
 *     frame 1 | ghost 1
 *     frame 2 | clock starts to wait 50 ms
 *     frame 3 | ghost 2
 *     frame 4 | ghost 3
 *     frame 5 |
 *     the clock rang after <n> frames
 *     all tasks are done, and the host closes its loop with 0
 *
 * Try:    Set polls_per_turn to 61: everything that is ready happens in frame
 *         1.
 *         Call block_on() after executor_attach(): the program stops, and says
 *         why.
 */
#include "runtime.h"

/* ---- Two tasks ----------------------------------------------------------- */

struct ghost { /* moves a step whenever it may */
    struct async async;
    int step;
    struct yield yield;
};

static enum poll ghost_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct ghost);
    for (self->step = 1; self->step <= 3; self->step++) {
        printf(" ghost %d", self->step);
        AWAIT(yield_now(&self->yield));
    }
    ASYNC_END;
}

static const struct future_ops ghost_ops = ASYNC_OPS(ghost);

static struct future *ghost(struct ghost *self)
{
    *self = (struct ghost){ .async.future.ops = &ghost_ops };
    return &self->async.future;
}

struct clock_ {
    struct async async;
    bool *rang;
    struct sleep sleep;
};

static enum poll clock_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct clock_);
    printf(" clock starts to wait 50 ms");
    AWAIT(sleep_ms(&self->sleep, 50));
    *self->rang = true;
    ASYNC_END;
}

static const struct future_ops clock_ops = ASYNC_OPS(clock);

static struct future *clock_50(struct clock_ *self, bool *rang)
{
    *self = (struct clock_){ .async.future.ops = &clock_ops, .rang = rang };
    return &self->async.future;
}

/* ---- The host ------------------------------------------------------------ */

static void draw_frame(int frame)
{
    if (frame <= 5)
        printf("frame %d |", frame);
    uv_sleep(2);
}

int main(int argc, char **argv)
{
    uv_loop_t loop;
    struct executor ex;
    bool rang = false;
    int frame = 0, rc;

    program_begin(argc, argv);
    runtime_check(uv_loop_init(&loop), "open an event loop");
    executor_init(&ex, &loop,
                  &(struct executor_options){ .polls_per_turn = 1 });
    executor_attach(&ex);
    task_detach(task_spawn(&ex, ghost(task_slot(struct ghost))));
    task_detach(task_spawn(&ex, clock_50(task_slot(struct clock_), &rang)));

    while (!rang) {
        draw_frame(++frame);
        uv_run(&loop, UV_RUN_NOWAIT); /* whatever is ready, and no more */
        if (frame <= 5)
            printf("\n");
    }
    printf("the clock rang after %d frames\n", frame);
    uv_run(&loop, UV_RUN_DEFAULT);

    rc = executor_close(&ex) || uv_loop_close(&loop);
    printf("all tasks are done, and the host closes its loop with %d\n", rc);
    return program_end(rc);
}
