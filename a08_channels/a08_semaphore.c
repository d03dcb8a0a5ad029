/* How can many tasks share a few of something?
 *
 * A semaphore has a number of permits.  A task acquires what it needs, waits if
 * that is not free, and gives it back at its end, however it ends.  Here the
 * permits are the seats of a small restaurant.
 *
 * Run:    ./a08_semaphore
 * Watch:  A seat is free all the time while eve waits.  The family came before
 *         her and needs all three seats; if others could pass, the family might
 *         wait without end.  Gus gives up waiting, and bob is called away in
 *         the middle of his meal: nothing is lost with either of them.
 *
 * Expected output:
 *       0 ms  ann takes 1 seat; free: 2
 *       0 ms  bob takes 1 seat; free: 1
 *       0 ms  the family wants 3 seats
 *       0 ms  gus wants 1 seat
 *       0 ms  eve wants 1 seat
 *      40 ms  gus leaves
 *      60 ms  ann has eaten
 *     100 ms  bob is called away
 *     100 ms  the family takes 3 seats; free: 0
 *     140 ms  the family has eaten
 *     140 ms  eve takes 1 seat; free: 2
 *     180 ms  eve has eaten
 *             free: 3
 *
 * Try:    Let the family need only 2 seats: it does not have to wait for bob.
 *         Close the restaurant, instead of calling bob away: the guests who
 *         wait leave, and the guests who eat finish.
 *         Forget to give the seats back in ASYNC_FINALLY: the family leaves
 *         without a meal, and semaphore_drop() says how many are missing.
 */
#include "a07_select/timeout.h"
#include "a08_channels/semaphore.h"
#include "runtime.h"

enum { SEATS = 3, GUESTS = 5 };

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

/* ---- A guest ------------------------------------------------------------- */

struct guest {
    struct async async;
    struct semaphore *seats;
    const char *name;
    size_t n;          /* seats that it needs */
    uint64_t patience; /* ms that it waits for them */
    uint64_t meal;     /* ms */
    struct permit permit;
    struct semaphore_acquire wait;
    struct timeout limit;
    struct sleep nap;
};

static const char *seats_of(const struct guest *self)
{
    return self->n == 1 ? "seat" : "seats";
}

static enum poll guest_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct guest);
    if (semaphore_available(self->seats) < self->n)
        say(cx->executor, "%s wants %zu %s", self->name, self->n,
            seats_of(self));
    AWAIT(timeout_ms(&self->limit,
                     semaphore_acquire(&self->wait, &self->permit, self->seats,
                                       self->n),
                     self->patience));
    if (self->limit.status || self->wait.status) {
        say(cx->executor, "%s leaves", self->name);
        ASYNC_RETURN((void)0);
    }
    say(cx->executor, "%s takes %zu %s; free: %zu", self->name, self->n,
        seats_of(self), semaphore_available(self->seats));
    AWAIT(sleep_ms(&self->nap, self->meal));
    say(cx->executor, "%s has eaten", self->name);
    ASYNC_FINALLY
    permit_drop(&self->permit);
    ASYNC_END;
}

static const struct future_ops guest_ops = ASYNC_OPS(guest);

/* ---- The evening --------------------------------------------------------- */

struct evening {
    struct async async;
    struct semaphore seats;
    struct task *guests[GUESTS];
    struct sleep nap;
    struct join join;
    int i;
};

static const struct guest expected[GUESTS] = {
    { .name = "ann", .n = 1, .patience = 400, .meal = 60 },
    { .name = "bob", .n = 1, .patience = 400, .meal = 300 },
    { .name = "the family", .n = 3, .patience = 400, .meal = 40 },
    { .name = "gus", .n = 1, .patience = 40, .meal = 40 },
    { .name = "eve", .n = 1, .patience = 400, .meal = 40 },
};

static struct task *guest_comes(struct executor *executor,
                                const struct guest *who,
                                struct semaphore *seats)
{
    struct guest *guest = task_slot(struct guest);
    *guest = *who;
    guest->async.future.ops = &guest_ops;
    guest->seats = seats;
    return task_spawn(executor, &guest->async.future);
}

static enum poll evening_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct evening);
    semaphore_init(&self->seats, SEATS);
    for (self->i = 0; self->i < GUESTS; self->i++)
        self->guests[self->i] =
            guest_comes(cx->executor, &expected[self->i], &self->seats);
    AWAIT(sleep_ms(&self->nap, 100));
    say(cx->executor, "bob is called away");
    task_abort(self->guests[1]);
    for (self->i = 0; self->i < GUESTS; self->i++)
        AWAIT(task_join(&self->join, self->guests[self->i]));
    printf("        free: %zu\n", semaphore_available(&self->seats));
    ASYNC_FINALLY
    for (int i = 0; i < GUESTS; i++) {
        task_abort(self->guests[i]);
        task_detach(self->guests[i]);
    }
    semaphore_drop(&self->seats); /* no guest is left that needs it */
    ASYNC_END;
}

static const struct future_ops evening_ops = ASYNC_OPS(evening);

int main(int argc, char **argv)
{
    struct runtime rt;
    struct evening evening = { .async.future.ops = &evening_ops };
    runtime_open(&rt, argc, argv);
    return runtime_run(&rt, &evening.async.future);
}
