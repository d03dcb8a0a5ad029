/* The test is the door: it throws the master out at every moment of his day,
 * and looks round the workshop. */
#include ANSWER
#include "exercise_executor.h"

/* From the sanitizer's own header, which gcc does not install. */
int __sanitizer_get_ownership(const volatile void *block);

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

/* The next one at work behind `l` in the list of tasks, or NULL. */
static struct sand *apprentice_behind_(struct list **l)
{
    while ((*l = (*l)->next) != &ex_->tasks) {
        struct future *f = task_future(container_of(*l, struct task, all));
        if (f->ops == &sand_ops)
            return container_of(f, struct sand, async.future);
    }
    return NULL;
}

static int apprentices_(void)
{
    int n = 0;
    for (struct list *l = &ex_->tasks; apprentice_behind_(&l);)
        n++;
    return n;
}

/* `when`, in the learner's words, then what is not as it should be. */
static void must_be_tidy_(const char *when)
{
    CHECK(apprentices_() == 0,
          "%s, and the apprentice still works, on wood that may be freed: "
          "abort him",
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
    CHECK(knives_ == KNIVES_, "a knife is gone before the first poll: the "
                              "constructor must not take it");
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
    let_pass_(9);
    CHECK(knives_ == KNIVES_,
          "after 9 ms a knife is gone: walk for 10 ms first");
    let_pass_(1);
    let_pass_(0);
    CHECK(knives_ == KNIVES_ - 1, "after 10 ms no knife was taken");
    let_pass_(9);
    CHECK(blocks_in_use() == blocks,
          "after 19 ms the wood is there: walk for 10 ms more first");
    CHECK(apprentices_() == 0,
          "after 19 ms the apprentice is at work: walk for 10 ms more first");
    let_pass_(1);
    let_pass_(0);
    CHECK(apprentices_() == 1,
          "after 20 ms %d apprentices are at work, not one", apprentices_());
    let_pass_(5);
    CHECK(knives_ == KNIVES_ - 1,
          "after 25 ms the knife is back, and the work has just begun");
    let_pass_(DAY_);
    task_detach(master_);
}

/* The apprentice counts on from so many, should he be at work. */
static void count_from_(int strokes)
{
    struct list *l = &ex_->tasks;
    struct sand *sand = apprentice_behind_(&l);
    if (sand)
        sand->strokes = strokes;
}

static void must_end_(int strokes, const char *when)
{
    CHECK(task_is_over(master_),
          "%s, and carve() has not come to its end: wait until the apprentice "
          "has ended, and no longer",
          when);
    CHECK(strokes_ == strokes,
          "the apprentice counted to %d, but the result is %d: return what he "
          "counted",
          strokes, strokes_);
    must_be_tidy_("carve() has ended");
    task_detach(master_);
}

static void at_the_end_the_result_is_there(void **state)
{
    (void)state;
    open_workshop_();
    let_pass_(49);
    CHECK(strokes_ == -1, "after 49 ms there is a result, and the apprentice "
                          "has not made his last stroke");
    let_pass_(1);
    let_pass_(0);
    let_pass_(0);
    must_end_(3, "the apprentice was done after 50 ms");
}

static void the_result_is_what_he_counted(void **state)
{
    (void)state;
    open_workshop_();
    let_pass_(25);
    count_from_(6);
    let_pass_(DAY_);
    must_end_(7, "the apprentice was done long ago");
}

static void it_waits_as_long_as_he_works(void **state)
{
    (void)state;
    open_workshop_();
    let_pass_(25);
    count_from_(-97);
    let_pass_(900);
    CHECK(strokes_ == -1 && !task_is_over(master_) && knives_ == KNIVES_ - 1,
          "the apprentice works for a second this time, and carve() did not "
          "wait for his end");
    let_pass_(200);
    must_end_(3, "the apprentice was done long ago");
}

/* ---- Thrown out ---------------------------------------------------------- */

static void aborted_at_any_moment_it_leaves_all_tidy(void **state)
{
    (void)state;
    for (uint64_t ms = 0; ms <= DAY_; ms += 5) {
        int before = ms % 2 ? -1 : 0;
        char when[40];
        uint64_t now;
        open_workshop_();
        strokes_ = before;
        let_pass_(ms);
        now = executor_now(ex_);
        snprintf(when, sizeof when, "aborted after %d ms", (int)ms);
        task_abort(master_);
        CHECK(executor_now(ex_) == now, "%s, and the cleanup took time", when);
        must_be_tidy_(when);
        CHECK(ms >= 50 || strokes_ == before, "%s, and there is a result",
              when);
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

static void must_have_their_own_wood_(void)
{
    struct list *l = &ex_->tasks;
    struct sand *one = apprentice_behind_(&l), *two = apprentice_behind_(&l);
    CHECK(one && two, "two masters work, and %d apprentices do",
          apprentices_());
    CHECK(one->wood != two->wood,
          "two masters work, and their apprentices sand the same wood: each "
          "master needs wood of his own");
    CHECK(__sanitizer_get_ownership(one->wood) &&
              __sanitizer_get_ownership(two->wood),
          "the wood does not come from malloc()");
}

static void two_masters_do_not_know_each_other(void **state)
{
    (void)state;
    for (uint64_t ms = 5; ms <= 45; ms += 10) {
        int other_strokes = -1;
        struct task *other;
        open_workshop_();
        other = task_spawn(ex_, carve(task_slot(struct carve), &knives_,
                                      &other_strokes));
        let_pass_(ms);
        if (ms > 20)
            must_have_their_own_wood_();
        task_abort(ms % 20 == 5 ? master_ : other);
        CHECK(knives_ == KNIVES_ - (ms > 10),
              "two worked, one was aborted after %d ms, and %d knives hang on "
              "the wall: bring back only what you took",
              (int)ms, knives_);
        CHECK(apprentices_() == (ms > 20),
              "two worked, one was aborted after %d ms, and %d apprentices "
              "are at work",
              (int)ms, apprentices_());
        let_pass_(DAY_);
        CHECK((ms % 20 == 5 ? other_strokes : strokes_) == 3,
              "one of two was aborted after %d ms, and the other did not come "
              "to its end",
              (int)ms);
        CHECK(knives_ == KNIVES_, "two worked, %d of %d knives are back",
              knives_, KNIVES_);
        task_detach(master_);
        task_detach(other);
    }
}

/* The other one comes when the first has his knife, his wood, or both. */
static void one_master_comes_later(void **state)
{
    (void)state;
    for (uint64_t later = 5; later <= 25; later += 10) {
        struct task *other;
        int other_strokes = -1;
        open_workshop_();
        let_pass_(later);
        other = task_spawn(ex_, carve(task_slot(struct carve), &knives_,
                                      &other_strokes));
        let_pass_(5);
        task_abort(other);
        CHECK(knives_ == KNIVES_ - (later + 5 >= 10),
              "one master has worked for %d ms, another one was aborted after "
              "5, and %d knives hang on the wall: bring back only what you "
              "took yourself",
              (int)later + 5, knives_);
        let_pass_(DAY_);
        CHECK(strokes_ == 3, "one of two masters was aborted, and the other "
                             "did not come to his end");
        must_be_tidy_("one of two masters was aborted, the other has ended");
        task_detach(master_);
        task_detach(other);
    }
}

static void each_master_has_a_wall_of_his_own(void **state)
{
    struct task *other;
    int other_knives = KNIVES_, other_strokes = -1;
    (void)state;
    open_workshop_();
    other = task_spawn(ex_, carve(task_slot(struct carve), &other_knives,
                                  &other_strokes));
    let_pass_(15);
    CHECK(knives_ == KNIVES_ - 1 && other_knives == KNIVES_ - 1,
          "two masters work, each at a wall of his own with %d knives: one "
          "knife is to be gone from each, and %d and %d hang there",
          KNIVES_, knives_, other_knives);
    task_abort(master_);
    must_be_tidy_("one of two masters was aborted");
    CHECK(other_knives == KNIVES_ - 1,
          "one of two masters was aborted, and the knife of the other is back");
    let_pass_(DAY_);
    CHECK(other_strokes == 3 && other_knives == KNIVES_,
          "one of two masters was aborted, the other has ended, and %d of %d "
          "knives hang on his wall",
          other_knives, KNIVES_);
    task_detach(master_);
    task_detach(other);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(nothing_happens_before_the_first_poll),
    cmocka_unit_test(each_thing_is_taken_at_its_time),
    cmocka_unit_test(at_the_end_the_result_is_there),
    cmocka_unit_test(the_result_is_what_he_counted),
    cmocka_unit_test(it_waits_as_long_as_he_works),
    cmocka_unit_test(aborted_at_any_moment_it_leaves_all_tidy),
    cmocka_unit_test(closing_the_executor_is_an_abort_too),
    cmocka_unit_test(two_masters_do_not_know_each_other),
    cmocka_unit_test(one_master_comes_later),
    cmocka_unit_test(each_master_has_a_wall_of_his_own),
};
EXERCISE_MAIN(tests)
