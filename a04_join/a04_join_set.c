/* What if tasks come and go?
 *
 * A join set holds tasks that belong together.  You can spawn into it at any
 * time, take out each task that is over, and abort the rest when you have what
 * you need.
 *
 * Run:    ./a04_join_set
 * Watch:  Results come out in the order in which the tasks end, not in the
 *         order in which they were spawned.  The set grows while you empty it.
 *         An aborted task runs its ASYNC_FINALLY, and still has to be taken
 *         out.
 *
 * Expected output:
 *       0 ms  anna, ben, carl, dora set out
 *      40 ms  ben is back with 2 mushrooms; 3 are out
 *             emma sets out
 *      60 ms  carl is back with 3 mushrooms; 3 are out
 *     100 ms  anna is back with 5 mushrooms; 2 are out
 *             10 are enough
 *             dora turns back with what she has
 *             emma turns back with what she has
 *             taken out: aborted
 *             taken out: aborted
 *             0 are out
 *
 * Try:    Leave out join_set_abort_all(): the other tasks go on, and end too
 *         late.
 *         Write ASYNC_RETURN((void)0) right after "10 are enough":
 *         join_set_drop() aborts the others, and nothing leaks.
 */
#include "runtime.h"
#include "a04_join/join_set.h"

/* ---- A task: look for mushrooms ------------------------------------------ */

struct search {
    struct async async;
    const char *name;
    int ms;
    int found; /* result */
    struct sleep sleep;
};

static enum poll search_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct search);
    AWAIT(sleep_ms(&self->sleep, (uint64_t)self->ms));
    self->found = self->ms / 20;
    ASYNC_FINALLY
    if (!self->found)
        printf("%8s%s turns back with what she has\n", "", self->name);
    ASYNC_END;
}

static const struct future_ops search_ops = ASYNC_OPS(search);

static struct future *search(struct search *self, const char *name, int ms)
{
    *self = (struct search){ .async.future.ops = &search_ops,
                             .name = name,
                             .ms = ms };
    return &self->async.future;
}

/* ---- Who sends them out -------------------------------------------------- */

struct supper {
    struct async async;
    struct join_set set;
    struct join_set_next next;
    int mushrooms;
};

static void send_out(struct supper *self, struct executor *ex, const char *name,
                     int ms)
{
    struct search *s = task_slot(struct search);
    if (join_set_spawn(&self->set, ex, search(s, name, ms)) == 0)
        return;
    program_exit(1, "no memory for another task");
}

/* Look at the result, then give the handle back. */
static void welcome(struct supper *self, struct executor *ex)
{
    struct task *t = self->next.task;
    struct search *s = task_output(t, struct search);
    self->mushrooms += s->found;
    printf("%3d ms  %s is back with %d mushrooms; %zu are out\n",
           (int)executor_now(ex) / 10 * 10, s->name, s->found,
           join_set_len(&self->set));
    task_detach(t);
}

static enum poll supper_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct supper);
    join_set_init(&self->set);
    send_out(self, cx->executor, "anna", 100);
    send_out(self, cx->executor, "ben", 40);
    send_out(self, cx->executor, "carl", 60);
    send_out(self, cx->executor, "dora", 300);
    printf("  0 ms  anna, ben, carl, dora set out\n");
    while (self->mushrooms < 10) {
        AWAIT(join_set_next(&self->next, &self->set));
        welcome(self, cx->executor);
        if (self->mushrooms == 2) {
            printf("%8semma sets out\n", "");
            send_out(self, cx->executor, "emma", 200);
        }
    }
    printf("%8s10 are enough\n", "");
    join_set_abort_all(&self->set);
    while (join_set_len(&self->set) > 0) {
        AWAIT(join_set_next(&self->next, &self->set));
        printf("%8staken out: %s\n", "",
               self->next.status == UV_ECANCELED ? "aborted" : "too late");
        task_detach(self->next.task);
    }
    printf("%8s%zu are out\n", "", join_set_len(&self->set));
    ASYNC_FINALLY
    join_set_drop(&self->set);
    ASYNC_END;
}

static const struct future_ops supper_ops = ASYNC_OPS(supper);

int main(int argc, char **argv)
{
    struct runtime rt;
    struct supper supper = { .async.future.ops = &supper_ops };

    runtime_open(&rt, argc, argv);
    return runtime_run(&rt, &supper.async.future);
}
