/* The test is the door: it throws the master out at every moment of his day,
 * and looks round the workshop. */
#include "exercise_executor.h"
#include ANSWER

enum { KNIVES = 2, DAY = 60 };

static struct executor *ex;
static struct task *master;
static int knives, strokes;

static void open_workshop(void)
{
    ex = virtual_executor();
    knives = KNIVES;
    strokes = -1;
    master = task_spawn(ex, carve(task_slot(struct carve), &knives, &strokes));
}

static void let_pass(uint64_t ms)
{
    struct sleep nap;
    struct yield turn;
    if (ms)
        block_on(ex, sleep_ms(&nap, ms));
    else
        block_on(ex, yield_now(&turn));
}

static int apprentices(void)
{
    int n = 0;
    for (struct list *l = ex->tasks.next; l != &ex->tasks; l = l->next)
        n += container_of(l, struct task, all)->future != master->future;
    return n;
}

/* `when`, in the learner's words, then what is not as it should be. */
static void must_be_tidy(const char *when)
{
    CHECK(apprentices() == 0,
          "%s, and the apprentice is still at work, on wood that nobody keeps "
          "for him: abort him",
          when);
    CHECK(knives <= KNIVES,
          "%s, and %d knives hang where %d hung before: bring back only what "
          "you took",
          when, knives, KNIVES);
    CHECK(knives == KNIVES, "%s, and a knife is missing: bring it back", when);
}

/* ---- An undisturbed day -------------------------------------------------- */

static void nothing_happens_before_the_first_poll(void **state)
{
    (void)state;
    open_workshop();
    CHECK(knives == KNIVES, "a knife is gone before the first poll: the body "
                            "takes it, not the constructor");
    task_abort(master);
    must_be_tidy("aborted before its first poll");
    task_detach(master);
}

static void each_thing_is_taken_at_its_time(void **state)
{
    size_t blocks;
    (void)state;
    open_workshop();
    blocks = blocks_in_use();
    let_pass(5);
    CHECK(knives == KNIVES, "after 5 ms a knife is gone: walk for 10 ms first");
    let_pass(10);
    CHECK(knives == KNIVES - 1, "after 15 ms no knife was taken");
    CHECK(blocks_in_use() == blocks,
          "after 15 ms the wood is there: walk for 10 ms more first");
    CHECK(apprentices() == 0,
          "after 15 ms the apprentice is at work: walk for 10 ms more first");
    let_pass(10);
    CHECK(apprentices() == 1, "after 25 ms %d apprentices are at work, not one",
          apprentices());
    CHECK(knives == KNIVES - 1,
          "after 25 ms the knife is back, and the work has just begun");
    let_pass(DAY);
    task_detach(master);
}

/* The apprentice counts on from 6, should he be at work. */
static void count_from_six(void)
{
    for (struct list *l = ex->tasks.next; l != &ex->tasks; l = l->next) {
        struct future *f = container_of(l, struct task, all)->future;
        if (f->ops == &sand_ops)
            container_of(f, struct sand, async.future)->strokes = 6;
    }
}

static void at_the_end_the_result_is_there(void **state)
{
    (void)state;
    open_workshop();
    let_pass(DAY);
    CHECK(master->done, "after %d ms carve() has not come to its end", DAY);
    CHECK(strokes == 3, "the apprentice made 3 strokes, the result is %d",
          strokes);
    must_be_tidy("carve() has ended");
    task_detach(master);

    open_workshop();
    let_pass(25);
    count_from_six();
    let_pass(DAY);
    CHECK(strokes == 7,
          "the apprentice counted to 7 this time, the result is %d: take what "
          "he counted",
          strokes);
    task_detach(master);
}

/* ---- Thrown out ---------------------------------------------------------- */

static void aborted_at_any_moment_it_leaves_all_tidy(void **state)
{
    (void)state;
    for (uint64_t ms = 0; ms <= DAY; ms += 5) {
        char when[40];
        uint64_t now;
        open_workshop();
        let_pass(ms);
        now = executor_now(ex);
        snprintf(when, sizeof when, "aborted after %d ms", (int)ms);
        task_abort(master);
        CHECK(executor_now(ex) == now, "%s, and the cleanup took time", when);
        must_be_tidy(when);
        CHECK(ms >= 50 || strokes == -1, "%s, and there is a result", when);
        task_detach(master);
        let_pass(DAY); /* whoever is left works on, on what is no more */
    }
}

static void closing_the_executor_is_an_abort_too(void **state)
{
    (void)state;
    for (uint64_t ms = 5; ms <= 35; ms += 10) {
        char when[60];
        open_workshop();
        let_pass(ms);
        virtual_executor_close(); /* the youngest first: the apprentice */
        snprintf(when, sizeof when, "the executor was closed after %d ms",
                 (int)ms);
        CHECK(knives == KNIVES, "%s, and %d of %d knives hang on the wall",
              when, knives, KNIVES);
        task_detach(master);
    }
}

static void two_masters_do_not_know_each_other(void **state)
{
    int other_strokes = -1;
    struct task *other;
    (void)state;
    open_workshop();
    other =
        task_spawn(ex, carve(task_slot(struct carve), &knives, &other_strokes));
    let_pass(35);
    task_abort(master);
    task_detach(master);
    let_pass(DAY);
    CHECK(other->done && other_strokes == 3,
          "one of two was aborted, and the other did not come to its end");
    CHECK(knives == KNIVES, "two worked, %d of %d knives are back", knives,
          KNIVES);
    task_detach(other);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(nothing_happens_before_the_first_poll),
    cmocka_unit_test(each_thing_is_taken_at_its_time),
    cmocka_unit_test(at_the_end_the_result_is_there),
    cmocka_unit_test(aborted_at_any_moment_it_leaves_all_tidy),
    cmocka_unit_test(closing_the_executor_is_an_abort_too),
    cmocka_unit_test(two_masters_do_not_know_each_other),
};
EXERCISE_MAIN(tests)
