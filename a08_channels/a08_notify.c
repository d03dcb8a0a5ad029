/* How does a task wait until something has changed?
 *
 * What the tasks share is plain data: loaves on a shelf.  A notify wakes those
 * that wait for a change, and carries no value.  A task that is woken looks at
 * the data again.
 *
 * Run:    ./a08_notify
 * Watch:  A loaf wakes one customer, the one that waits longest.  Bob is woken,
 *         but called away before he can look; his wake is passed on to eve,
 *         otherwise a loaf would lie there while she waits.  Closing wakes
 *         all of them.
 *
 * Expected output:
 *      40 ms  a loaf
 *      40 ms  ann has bread
 *      80 ms  a loaf
 *      80 ms  bob is called away
 *      80 ms  eve has bread
 *     120 ms  closed
 *     120 ms  gus goes home
 *     120 ms  dan goes home
 *
 * Try:    Notify all about each loaf: it works as well, but four of them look,
 *         find nothing, and wait again.
 *         Notify one about the closing: dan never hears of it.
 */
#include "a08_channels/notify.h"
#include "runtime.h"

enum { CUSTOMERS = 5 };

__attribute__((format(printf, 2, 3))) static void say(struct executor *executor,
                                                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("%3d ms  ", (int)executor_now(executor) / 10 * 10);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
}

struct shelf {
    int loaves;
    bool closed;
    struct notify changed; /* loaves or closed has changed */
};

/* ---- A customer ---------------------------------------------------------- */

struct customer {
    struct async async;
    const char *name;
    struct shelf *shelf;
    struct notified wait;
};

static enum poll customer_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct customer);
    while (self->shelf->loaves == 0 && !self->shelf->closed) {
        AWAIT(notified(&self->wait, &self->shelf->changed));
        if (self->shelf->loaves == 0 && !self->shelf->closed)
            say(cx->executor, "%s finds nothing", self->name);
    }
    if (self->shelf->loaves == 0) {
        say(cx->executor, "%s goes home", self->name);
    } else {
        self->shelf->loaves--;
        say(cx->executor, "%s has bread", self->name);
    }
    ASYNC_END;
}

static const struct future_ops customer_ops = ASYNC_OPS(customer);

static struct future *customer(struct customer *self, const char *name,
                               struct shelf *shelf)
{
    *self = (struct customer){ .async.future.ops = &customer_ops,
                               .name = name,
                               .shelf = shelf };
    return &self->async.future;
}

/* ---- The bakery ---------------------------------------------------------- */

struct bakery {
    struct async async;
    struct shelf shelf;
    struct task *customers[CUSTOMERS];
    struct sleep nap;
    struct join join;
    int i;
};

static void open_shop(struct bakery *self, struct executor *executor)
{
    static const char *const names[] = { "ann", "bob", "eve", "gus", "dan" };
    notify_init(&self->shelf.changed);
    for (int i = 0; i < CUSTOMERS; i++)
        self->customers[i] =
            task_spawn(executor, customer(task_slot(struct customer), names[i],
                                          &self->shelf));
}

static void put_loaf(struct shelf *shelf, struct executor *executor)
{
    say(executor, "a loaf");
    shelf->loaves++;
    notify_one(&shelf->changed);
}

static enum poll bakery_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct bakery);
    open_shop(self, cx->executor);
    AWAIT(sleep_ms(&self->nap, 40));
    put_loaf(&self->shelf, cx->executor);
    AWAIT(sleep_ms(&self->nap, 40));
    put_loaf(&self->shelf, cx->executor); /* bob is woken, and did not look */
    say(cx->executor, "bob is called away");
    task_abort(self->customers[1]);
    AWAIT(sleep_ms(&self->nap, 40));
    say(cx->executor, "closed");
    self->shelf.closed = true;
    notify_all(&self->shelf.changed);
    for (self->i = 0; self->i < CUSTOMERS; self->i++)
        AWAIT(task_join(&self->join, self->customers[self->i]));
    ASYNC_FINALLY
    for (int i = 0; i < CUSTOMERS; i++) {
        task_abort(self->customers[i]);
        task_detach(self->customers[i]);
    }
    notify_drop(&self->shelf.changed); /* no customer waits at it any more */
    ASYNC_END;
}

static const struct future_ops bakery_ops = ASYNC_OPS(bakery);

int main(int argc, char **argv)
{
    struct runtime rt;
    struct bakery bakery = { .async.future.ops = &bakery_ops };
    runtime_open(&rt, argc, argv);
    return runtime_run(&rt, &bakery.async.future);
}
