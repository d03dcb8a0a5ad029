/* What runs without being awaited?
 *
 * A task. task_spawn() starts it and gives you a handle.  With the handle you
 * do one of three things: wait for the result, detach the task, or abort it.
 *
 * Run:    ./a05_spawn
 * Watch:  The host detaches the ticker and the tocker at once, and they outlive
 *         it.  The guest is aborted in the middle of an hour's sleep, and the
 *         code after its ASYNC_FINALLY runs, inside task_abort().
 *
 * Expected output:
 *       0 ms  the host spawns a ticker and a tocker, and detaches them
 *       0 ms  the host spawns a counter, and waits for it
 *      40 ms  tick
 *      60 ms  the host has the result: counted to 3
 *      60 ms  the host spawns a guest
 *      60 ms  the guest turns on the light, and sleeps for an hour
 *      80 ms  tock
 *     100 ms  the host aborts the guest
 *     100 ms  the guest turns off the light
 *     100 ms  the host joins the guest: operation canceled
 *     100 ms  the host is over
 *     120 ms  tick
 *     160 ms  tock
 *     200 ms  tick
 *     240 ms  tock
 *
 * Try:    Delete executor_run(): what happens to the ticker, and when?
 *         Call task_output() on the guest after joining it: the program stops
 *         and says why there is no output.
 *         Detach the guest right after its abort, as some do to "tidy up": the
 *         join then reads freed memory (build with the preset asan to see it).
 */
#include "runtime.h"

static void say(struct executor *ex, const char *what)
{
    printf("%3d ms  %s\n", (int)executor_now(ex) / 10 * 10, what);
}

/* ---- Three kinds of task ------------------------------------------------- */

struct ticker {
    struct async async;
    const char *sound;
    uint64_t wait; /* ms until the next sound */
    int i;
    struct sleep sleep;
};

static enum poll ticker_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct ticker);
    for (self->i = 0; self->i < 3; self->i++) {
        AWAIT(sleep_ms(&self->sleep, self->i ? 80 : self->wait));
        say(cx->executor, self->sound);
    }
    ASYNC_END;
}

static const struct future_ops ticker_ops = ASYNC_OPS(ticker);

static struct future *ticker(struct ticker *self, const char *sound,
                             uint64_t wait)
{
    *self = (struct ticker){ .async.future.ops = &ticker_ops,
                             .sound = sound,
                             .wait = wait };
    return &self->async.future;
}

struct counter {
    struct async async;
    int count; /* result */
    struct sleep sleep;
};

static enum poll counter_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct counter);
    for (; self->count < 3; self->count++)
        AWAIT(sleep_ms(&self->sleep, 20));
    ASYNC_END;
}

static const struct future_ops counter_ops = ASYNC_OPS(counter);

static struct future *counter(struct counter *self)
{
    *self = (struct counter){ .async.future.ops = &counter_ops };
    return &self->async.future;
}

struct guest {
    struct async async;
    struct executor *executor; /* cx is NULL after ASYNC_FINALLY */
    struct sleep sleep;
};

static enum poll guest_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct guest);
    say(self->executor, "the guest turns on the light, and sleeps for an hour");
    AWAIT(sleep_ms(&self->sleep, 3600 * 1000));
    say(self->executor, "this line is never reached");
    ASYNC_FINALLY
    say(self->executor, "the guest turns off the light");
    ASYNC_END;
}

static const struct future_ops guest_ops = ASYNC_OPS(guest);

static struct future *guest(struct guest *self, struct executor *ex)
{
    *self = (struct guest){ .async.future.ops = &guest_ops, .executor = ex };
    return &self->async.future;
}

/* ---- And one that spawns them -------------------------------------------- */

struct host {
    struct async async;
    struct task *task;
    struct join join;
    struct sleep sleep;
};

static enum poll host_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct host);
    say(cx->executor,
        "the host spawns a ticker and a tocker, and detaches them");
    task_detach(
        task_spawn(cx->executor, ticker(task_slot(struct ticker), "tick", 40)));
    task_detach(
        task_spawn(cx->executor, ticker(task_slot(struct ticker), "tock", 80)));

    say(cx->executor, "the host spawns a counter, and waits for it");
    self->task = task_spawn(cx->executor, counter(task_slot(struct counter)));
    AWAIT(task_join(&self->join, self->task));
    printf("%3d ms  the host has the result: counted to %d\n",
           (int)executor_now(cx->executor) / 10 * 10,
           task_output(self->task, struct counter)->count);
    task_detach(self->task); /* from here on its result is gone */

    say(cx->executor, "the host spawns a guest");
    self->task =
        task_spawn(cx->executor, guest(task_slot(struct guest), cx->executor));
    AWAIT(sleep_ms(&self->sleep, 40));
    say(cx->executor, "the host aborts the guest");
    task_abort(self->task);
    AWAIT(task_join(&self->join, self->task));
    printf("%3d ms  the host joins the guest: %s\n",
           (int)executor_now(cx->executor) / 10 * 10,
           uv_strerror(self->join.status));
    say(cx->executor, "the host is over");
    ASYNC_FINALLY
    task_detach(self->task);
    ASYNC_END;
}

static const struct future_ops host_ops = ASYNC_OPS(host);

int main(int argc, char **argv)
{
    struct runtime rt;
    struct host host = { .async.future.ops = &host_ops };
    runtime_open(&rt, argc, argv);
    block_on(&rt.executor, &host.async.future);
    executor_run(&rt.executor); /* until the last task is over */
    return runtime_close(&rt);
}
