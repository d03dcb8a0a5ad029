/* May a task use what belongs to its spawner?
 *
 * Only as long as the spawner lives.  A task does not know how long that is,
 * because it may outlive the function that spawned it.  Here a host writes a
 * guest's name on the slate at the door, spawns a greeter that will read it,
 * and leaves.  The next host wipes the slate.
 *
 * Run:    ./a05_borrowed
 * Watch:  Borrowed, both greetings go to Bob.  The slate is a global here, so
 *         you see a wrong name.  If it were on the host's stack or in its
 *         frame, the greeter would read freed memory.  There are two cures: the
 *         task owns a copy, or its spawner waits for it.
 *
 * Expected output:
 *     borrowed   20 ms  hello, Bob
 *     borrowed   20 ms  hello, Bob
 *     copied     20 ms  hello, Ann
 *     copied     20 ms  hello, Bob
 *     joined     20 ms  hello, Ann
 *     joined     40 ms  hello, Bob
 *
 * Try:    Call executor_run() between the two welcomes: the bug hides, until a
 *         task is a little faster or slower.
 *         In the constructor of the greeter, leave out the copy: which guest is
 *         greeted in the third line?
 */
#include "runtime.h"

enum how { BORROWED, COPIED, JOINED };
static const char *const how_names[] = { "borrowed", "copied", "joined" };

static char slate[8]; /* the host's, for as long as it is there */

/* ---- The task ------------------------------------------------------------ */

struct greeter {
    struct async async;
    enum how how;
    const char *name; /* borrowed … */
    char own[8];      /* … or our own copy of it */
    uint64_t start;
    struct sleep sleep;
};

static enum poll greeter_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct greeter);
    AWAIT(sleep_ms(&self->sleep, 20));
    printf("%-8s %4d ms  hello, %s\n", how_names[self->how],
           (int)(executor_now(cx->executor) - self->start) / 10 * 10,
           self->how == COPIED ? self->own : self->name);
    ASYNC_END;
}

static const struct future_ops greeter_ops = ASYNC_OPS(greeter);

static struct future *greeter(struct greeter *self, enum how how,
                              const char *name, uint64_t start)
{
    *self = (struct greeter){ .async.future.ops = &greeter_ops,
                              .how = how,
                              .name = name,
                              .start = start };
    snprintf(self->own, sizeof self->own, "%s", name);
    return &self->async.future;
}

/* ---- Who spawns it ------------------------------------------------------- */

struct host {
    struct async async;
    enum how how;
    const char *guest;
    uint64_t start;
    struct task *task;
    struct join join;
};

static enum poll host_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct host);
    snprintf(slate, sizeof slate, "%s", self->guest);
    self->task =
        task_spawn(cx->executor, greeter(task_slot(struct greeter), self->how,
                                         slate, self->start));
    if (self->how == JOINED)
        AWAIT(task_join(&self->join, self->task));
    ASYNC_FINALLY
    if (self->how == JOINED)
        task_abort(self->task); /* we may be cancelled: then so is the task */
    task_detach(self->task);
    ASYNC_END;
}

static const struct future_ops host_ops = ASYNC_OPS(host);

static void welcome(struct executor *ex, enum how how, const char *guest,
                    uint64_t start)
{
    struct host host = { .async.future.ops = &host_ops,
                         .how = how,
                         .guest = guest,
                         .start = start };
    block_on(ex, &host.async.future);
}

int main(int argc, char **argv)
{
    struct runtime rt;
    runtime_open(&rt, argc, argv);
    for (enum how how = BORROWED; how <= JOINED; how++) {
        uint64_t start = executor_now(&rt.executor);
        welcome(&rt.executor, how, "Ann", start);
        welcome(&rt.executor, how, "Bob", start);
        executor_run(&rt.executor); /* the greeters that nobody waits for */
    }
    return runtime_close(&rt);
}
