/* How do I wait for several things at once?
 *
 * There are three ways: join two futures, join an array of them, or spawn a
 * task for each into a join set and take out the results.
 *
 * Run:    ./a04_join
 * Watch:  All begin at once, so it takes as long as the slowest.  A join gives
 *         the results in the order of the arguments, whichever was first.  A
 *         join set gives them in the order in which the tasks ended.
 *
 * Expected output:
 *     join two
 *         0 ms  soup is on
 *         0 ms  bread is on
 *        40 ms  bread is done
 *        80 ms  soup is done
 *       soup took 80, bread took 40
 *     join all
 *         0 ms  soup is on
 *         0 ms  bread is on
 *         0 ms  salad is on
 *        40 ms  bread is done
 *        60 ms  salad is done
 *        80 ms  soup is done
 *       soup took 80, bread took 40, salad took 60
 *     join set
 *         0 ms  soup is on
 *         0 ms  bread is on
 *         0 ms  salad is on
 *        40 ms  bread is done
 *       bread took 40
 *        60 ms  salad is done
 *       salad took 60
 *        80 ms  soup is done
 *       soup took 80
 *
 * Try:    Await the two one after the other instead of joining them: the bread
 *         begins when the soup is done.
 *         Swap the arguments of join_two: what changes, and what does not?
 */
#include "runtime.h"
#include "a04_join/join.h"
#include "a04_join/join_set.h"

static uint64_t start; /* of one of the three ways */

static void say(const struct executor *ex, const char *name, const char *what)
{
    uint64_t ms = (executor_now(ex) - start) / 10 * 10;
    printf("  %3d ms  %s %s\n", (int)ms, name, what);
}

/* ---- What takes its time ------------------------------------------------- */

struct cook {
    struct async async;
    const char *name;
    int ms;
    int took; /* result */
    struct sleep sleep;
};

static enum poll cook_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct cook);
    say(cx->executor, self->name, "is on");
    AWAIT(sleep_ms(&self->sleep, (uint64_t)self->ms));
    say(cx->executor, self->name, "is done");
    self->took = self->ms;
    ASYNC_END;
}

static const struct future_ops cook_ops = ASYNC_OPS(cook);

static struct future *cook(struct cook *self, const char *name, int ms)
{
    *self =
        (struct cook){ .async.future.ops = &cook_ops, .name = name, .ms = ms };
    return &self->async.future;
}

/* ---- The three ways ------------------------------------------------------ */

struct dinner {
    struct async async;
    struct cook soup, bread, salad;
    struct join_two two;
    struct child children[3]; /* what join_all needs beside the futures */
    struct join_all all;
    struct join_set set;
    struct join_set_next next;
};

static void spawn(struct dinner *self, struct executor *ex, const char *name,
                  int ms)
{
    struct cook *dish = task_slot(struct cook);
    if (join_set_spawn(&self->set, ex, cook(dish, name, ms)) == 0)
        return;
    program_exit(1, "no memory for another task");
}

static void say_took(const struct cook *dish)
{
    printf("  %s took %d\n", dish->name, dish->took);
}

static enum poll dinner_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct dinner);
    join_set_init(&self->set);
    printf("join two\n");
    start = executor_now(cx->executor);
    AWAIT(join_two(&self->two, cook(&self->soup, "soup", 80),
                   cook(&self->bread, "bread", 40)));
    printf("  soup took %d, bread took %d\n", self->soup.took,
           self->bread.took);

    printf("join all\n");
    start = executor_now(cx->executor);
    self->children[0].future = cook(&self->soup, "soup", 80);
    self->children[1].future = cook(&self->bread, "bread", 40);
    self->children[2].future = cook(&self->salad, "salad", 60);
    AWAIT(join_all(&self->all, self->children, 3));
    printf("  soup took %d, bread took %d, salad took %d\n", self->soup.took,
           self->bread.took, self->salad.took);

    printf("join set\n");
    start = executor_now(cx->executor);
    spawn(self, cx->executor, "soup", 80);
    spawn(self, cx->executor, "bread", 40);
    spawn(self, cx->executor, "salad", 60);
    AWAIT(join_set_next(&self->next, &self->set));
    while (self->next.task) {
        say_took(task_output(self->next.task, struct cook));
        task_detach(self->next.task);
        AWAIT(join_set_next(&self->next, &self->set));
    }
    ASYNC_FINALLY
    join_set_drop(&self->set);
    ASYNC_END;
}

static const struct future_ops dinner_ops = ASYNC_OPS(dinner);

int main(int argc, char **argv)
{
    struct runtime rt;
    struct dinner dinner = { .async.future.ops = &dinner_ops };

    runtime_open(&rt, argc, argv);
    return runtime_run(&rt, &dinner.async.future);
}
