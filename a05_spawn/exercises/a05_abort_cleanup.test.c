/* The test is the door: it throws the master out at every moment of his day,
 * and looks round the workshop. */
#include ANSWER
#include "exercise_executor.h"

enum { KNIVES_ = 2, DAY_ = 60 };

static struct executor *ex_;
static struct task *master_;
static int knives_, strokes_;

static void open_workshop_(void)
{
    ex_ = virtual_executor();
    knives_ = KNIVES_;
    strokes_ = -1;
    master_ =
        task_spawn(ex_, carve(task_slot(struct carve), &knives_, &strokes_));
}

static void let_pass_(uint64_t ms)
{
    struct sleep nap;
    struct yield turn;
    if (ms)
        block_on(ex_, sleep_ms(&nap, ms));
    else
        block_on(ex_, yield_now(&turn));
}

static int apprentices_(void)
{
    int n = 0;
    for (struct list *l = ex_->tasks.next; l != &ex_->tasks; l = l->next)
        n += container_of(l, struct task, all)->future != master_->future;
    return n;
}

/* `when`, in the learner's words, then what is not as it should be. */
static void must_be_tidy_(const char *when)
{
    CHECK(apprentices_() == 0,
          "%s, and the apprentice is still at work, on wood that nobody keeps "
          "for him: abort him",
          when);
    CHECK(knives_ <= KNIVES_,
          "%s, and %d knives hang where %d hung before: bring back only what "
          "you took",
          when, knives_, KNIVES_);
    CHECK(knives_ == KNIVES_, "%s, and a knife is missing: bring it back",
          when);
}

/* ---- An undisturbed day -------------------------------------------------- */

static void nothing_happens_before_the_first_poll(void **state)
{
    (void)state;
    open_workshop_();
    CHECK(knives_ == KNIVES_, "a knife is gone before the first poll: the body "
                              "takes it, not the constructor");
    task_abort(master_);
    must_be_tidy_("aborted before its first poll");
    task_detach(master_);
}

static void each_thing_is_taken_at_its_time(void **state)
{
    size_t blocks;
    (void)state;
    open_workshop_();
    blocks = blocks_in_use();
    let_pass_(5);
    CHECK(knives_ == KNIVES_,
          "after 5 ms a knife is gone: walk for 10 ms first");
    let_pass_(10);
    CHECK(knives_ == KNIVES_ - 1, "after 15 ms no knife was taken");
    CHECK(blocks_in_use() == blocks,
          "after 15 ms the wood is there: walk for 10 ms more first");
    CHECK(apprentices_() == 0,
          "after 15 ms the apprentice is at work: walk for 10 ms more first");
    let_pass_(10);
    CHECK(apprentices_() == 1,
          "after 25 ms %d apprentices are at work, not one", apprentices_());
    CHECK(knives_ == KNIVES_ - 1,
          "after 25 ms the knife is back, and the work has just begun");
    let_pass_(DAY_);
    task_detach(master_);
}

/* The apprentice counts on from 6, should he be at work. */
static void count_from_six_(void)
{
    for (struct list *l = ex_->tasks.next; l != &ex_->tasks; l = l->next) {
        struct future *f = container_of(l, struct task, all)->future;
        if (f->ops == &sand_ops)
            container_of(f, struct sand, async.future)->strokes = 6;
    }
}

static void at_the_end_the_result_is_there(void **state)
{
    (void)state;
    open_workshop_();
    let_pass_(DAY_);
    CHECK(master_->done, "after %d ms carve() has not come to its end", DAY_);
    CHECK(strokes_ == 3, "the apprentice made 3 strokes, the result is %d",
          strokes_);
    must_be_tidy_("carve() has ended");
    task_detach(master_);

    open_workshop_();
    let_pass_(25);
    count_from_six_();
    let_pass_(DAY_);
    CHECK(strokes_ == 7,
          "the apprentice counted to 7 this time, the result is %d: take what "
          "he counted",
          strokes_);
    task_detach(master_);
}

/* ---- Thrown out ---------------------------------------------------------- */

static void aborted_at_any_moment_it_leaves_all_tidy(void **state)
{
    (void)state;
    for (uint64_t ms = 0; ms <= DAY_; ms += 5) {
        char when[40];
        uint64_t now;
        open_workshop_();
        let_pass_(ms);
        now = executor_now(ex_);
        snprintf(when, sizeof when, "aborted after %d ms", (int)ms);
        task_abort(master_);
        CHECK(executor_now(ex_) == now, "%s, and the cleanup took time", when);
        must_be_tidy_(when);
        CHECK(ms >= 50 || strokes_ == -1, "%s, and there is a result", when);
        task_detach(master_);
        let_pass_(DAY_); /* whoever is left works on, on what is no more */
    }
}

static void closing_the_executor_is_an_abort_too(void **state)
{
    (void)state;
    for (uint64_t ms = 5; ms <= 35; ms += 10) {
        char when[60];
        open_workshop_();
        let_pass_(ms);
        virtual_executor_close(); /* the youngest first: the apprentice */
        snprintf(when, sizeof when, "the executor was closed after %d ms",
                 (int)ms);
        CHECK(knives_ == KNIVES_, "%s, and %d of %d knives hang on the wall",
              when, knives_, KNIVES_);
        task_detach(master_);
    }
}

static void two_masters_do_not_know_each_other(void **state)
{
    int other_strokes = -1;
    struct task *other;
    (void)state;
    open_workshop_();
    other = task_spawn(ex_, carve(task_slot(struct carve), &knives_,
                                  &other_strokes));
    let_pass_(35);
    task_abort(master_);
    task_detach(master_);
    let_pass_(DAY_);
    CHECK(other->done && other_strokes == 3,
          "one of two was aborted, and the other did not come to its end");
    CHECK(knives_ == KNIVES_, "two worked, %d of %d knives are back", knives_,
          KNIVES_);
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
