/* What if a task awaits all the time, and never has to wait?
 *
 * A consumer reads from a source that always has an item.  There is an AWAIT
 * for each item, so it looks polite.  But an AWAIT that is READY at once does
 * not suspend.  A budget in the source makes it suspend now and then.
 *
 * Run:    ./a06_budget
 * Watch:  How many items the consumer takes between two steps of the other
 *         task.  With the budget it is 128, and not one item is lost.
 *
 * Expected output:
 *     source without a budget
 *       the other task runs, after 1000 items
 *       1000 items, sum 499500, suspended 0 times
 *     source with a budget
 *       the other task runs, after 128 items
 *       the other task runs, after 256 items
 *       the other task runs, after 384 items
 *       the other task runs, after 512 items
 *       the other task runs, after 640 items
 *       the other task runs, after 768 items
 *       the other task runs, after 896 items
 *       1000 items, sum 499500, suspended 7 times
 *
 * Try:    Make the source endless (item = s->next++ % s->end): without the
 *         budget the other task never runs, and only Ctrl-C ends the program.
 *         Then leave out the run without a budget: now the other task runs, and
 *         can end the program itself: if (seen.items > 5000) exit(0);
 */
#include "runtime.h"
#include "a06_yield/budget.h"

static struct {
    int items, waits;
    bool over;
} seen;

/* ---- A source that always has an item ------------------------------------ */

struct source {
    int next, end;
    bool budget;
};

struct source_next { /* a future: the next item, or -1 */
    struct future future;
    struct source *source;
    int item; /* result */
};

static enum poll source_next_poll(struct future *f, struct context *cx)
{
    struct source_next *self = container_of(f, struct source_next, future);
    struct source *s = self->source;
    if (s->budget && !budget_spend(cx)) { /* before an item is taken */
        seen.waits++;
        return POLL_PENDING;
    }
    self->item = s->next < s->end ? s->next++ : -1;
    return POLL_READY;
}

static const struct future_ops source_next_ops = {
    .name = "source_next", .poll = source_next_poll, .drop = future_drop_nothing
};

static struct future *source_next(struct source_next *self, struct source *s)
{
    *self = (struct source_next){ .future.ops = &source_next_ops, .source = s };
    return &self->future;
}

/* ---- A consumer, and somebody else --------------------------------------- */

struct consumer {
    struct async async;
    struct source source;
    struct source_next next;
    long sum;
};

static enum poll consumer_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct consumer);
    for (;;) {
        AWAIT(source_next(&self->next, &self->source));
        if (self->next.item < 0)
            break;
        seen.items++;
        self->sum += self->next.item;
    }
    seen.over = true;
    ASYNC_END;
}

static const struct future_ops consumer_ops = ASYNC_OPS(consumer);

static struct future *consumer(struct consumer *self, bool budget)
{
    *self = (struct consumer){ .async.future.ops = &consumer_ops,
                               .source = { .end = 1000, .budget = budget } };
    return &self->async.future;
}

struct other {
    struct async async;
    struct yield yield;
};

static enum poll other_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct other);
    do {
        printf("  the other task runs, after %d items\n", seen.items);
        AWAIT(yield_now(&self->yield));
    } while (!seen.over);
    ASYNC_END;
}

static const struct future_ops other_ops = ASYNC_OPS(other);

static struct future *other(struct other *self)
{
    *self = (struct other){ .async.future.ops = &other_ops };
    return &self->async.future;
}

static void run(struct executor *ex, const char *title, bool budget)
{
    struct task *t;
    printf("%s\n", title);
    memset(&seen, 0, sizeof seen);
    t = task_spawn(ex, consumer(task_slot(struct consumer), budget));
    task_detach(task_spawn(ex, other(task_slot(struct other))));
    executor_run(ex);
    printf("  %d items, sum %ld, suspended %d times\n", seen.items,
           task_output(t, struct consumer)->sum, seen.waits);
    task_detach(t);
}

int main(int argc, char **argv)
{
    struct runtime rt;
    runtime_open(&rt, argc, argv);
    run(&rt.executor, "source without a budget", false);
    run(&rt.executor, "source with a budget", true);
    return runtime_close(&rt);
}
