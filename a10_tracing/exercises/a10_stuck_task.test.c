/* Opens the bakery for some customers, and looks who is still there late in the
 * evening. */
#include ANSWER
#include "exercise_executor.h"

enum { EVENING_ = 10000, ROOM_ = 4 };

static struct bakery bakery_;
static int baked_ms_; /* so long the oven was in use */
static struct task *baker_, *apprentice_, *seller_;
static struct seller *sellers_frame_; /* of the last day */
static char report_[3000]; /* where those wait that are still there */

/* ---- Open, and let time pass --------------------------------------------- */

static void open_(struct executor *ex, const bool *wishes, int customers)
{
    struct baker *baker = task_slot(struct baker);
    struct apprentice *apprentice = task_slot(struct apprentice);
    struct seller *seller = task_slot(struct seller);
    bakery_ = (struct bakery){ .wishes = wishes, .customers = customers };
    baked_ms_ = 0;
    mutex_init(&bakery_.oven);
    *baker = (struct baker){ .async.future.ops = &baker_ops };
    *apprentice = (struct apprentice){ .async.future.ops = &apprentice_ops };
    *seller = (struct seller){ .async.future.ops = &seller_ops };
    baker->bakery = apprentice->bakery = seller->bakery = &bakery_;
    if (mpsc_open(&baker->breads, &seller->breads, ROOM_, NULL) ||
        mpsc_open(&seller->orders, &apprentice->orders, ROOM_, NULL))
        reject("no memory");
    baker_ = task_spawn(ex, &baker->async.future);
    apprentice_ = task_spawn(ex, &apprentice->async.future);
    seller_ = task_spawn(ex, &seller->async.future);
    sellers_frame_ = seller;
}

static void look_(void)
{
    CHECK(bakery_.in_oven <= 1,
          "two tasks bake at the same moment, and the oven has room for one: "
          "a task that bakes must have the lock");
}

/* Until this moment, with a look at the oven each 5 ms. */
static void wait_until_(struct executor *ex, uint64_t ms)
{
    struct sleep nap;
    while (executor_now(ex) < ms) {
        block_on(ex, sleep_ms(&nap, 5));
        look_();
        baked_ms_ += 5 * bakery_.in_oven;
    }
}

static void must_be_over_(struct task *t, const char *name)
{
    CHECK(task_is_over(t),
          "the shop is closed, and the task %s still waits: who keeps what it "
          "waits for?",
          name);
    task_detach(t);
}

static int cakes_(const bool *wishes, int customers)
{
    int n = 0;
    for (int i = 0; i < customers; i++)
        n += wishes[i];
    return n;
}

/* A day: everything is baked and sold, and all go home. */
static void day_(struct executor *ex, const bool *wishes, int customers)
{
    int cakes = cakes_(wishes, customers);
    size_t blocks = blocks_in_use();
    open_(ex, wishes, customers);
    wait_until_(ex, executor_now(ex) + 500);
    must_be_over_(baker_, "baker");
    must_be_over_(seller_, "seller");
    must_be_over_(apprentice_, "apprentice");
    CHECK(bakery_.breads == customers, "%d customers, and %d breads were sold",
          customers, bakery_.breads);
    CHECK(bakery_.cakes == cakes, "%d cakes were ordered, and %d were baked",
          cakes, bakery_.cakes);
    CHECK(baked_ms_ >= 25 * customers + 15 * cakes, /* a look each 5 ms */
          "%d breads and %d cakes were sold, and the oven was in use for %d "
          "ms: "
          "a bread is baked for 30 ms, and a cake for 20 ms",
          customers, cakes, baked_ms_);
    CHECK(!mutex_is_locked(&bakery_.oven),
          "all have gone home, and one of them still has the oven");
    CHECK_FREED(blocks, "all have gone home, and a channel is not freed: which "
                        "end of it was "
                        "not dropped?");
    mutex_drop(&bakery_.oven);
}

/* ---- The first day: who is stuck? ---------------------------------------- */

/* What the executor's deadlock report says of all but the task of this test. */
static void write_report_(struct executor *ex)
{
    FILE *out = fmemopen(report_, sizeof report_ - 1, "w");
    if (!out)
        reject("no memory");
    fputs("Where each task waits, late in the evening:\n", out);
    executor_print_tasks(ex, out);
    fclose(out);
}

static bool all_are_over_(void)
{
    return task_is_over(baker_) && task_is_over(apprentice_) &&
           task_is_over(seller_);
}

static void must_be_named_(void)
{
    const char *name = has_the_oven();
    CHECK(name && strcmp(name, "baker") != 0,
          "baker waits in mutex_lock, so it does not have the oven: it wants "
          "it");
    CHECK(strcmp(name, "seller") != 0,
          "seller waits for a bread, and never touches the oven; who should "
          "bake it, and why can that one not go on?");
    CHECK(strcmp(name, "apprentice") == 0,
          "has_the_oven() says \"%s\", and there is no such task", name);
}

static void the_stuck_task_is_found_and_mended(void **state)
{
    static const bool wishes[] = { false, true, false };
    struct executor *ex = virtual_executor();
    (void)state;
    open_(ex, wishes, 3);
    WHILE("the shop is open for the first day");
    wait_until_(ex, EVENING_);
    if (!all_are_over_()) {
        write_report_(ex);
        ASIDE(report_);
    }
    must_be_named_();
    CHECK(all_are_over_(),
          "right, it is apprentice.  Now mend it: what does it wait for while "
          "it has the oven?");
    task_detach(baker_);
    task_detach(apprentice_);
    task_detach(seller_);
    mutex_drop(&bakery_.oven);
}

/* ---- Other days ---------------------------------------------------------- */

static void every_customer_is_served(void **state)
{
    static const bool wishes[8][3] = {
        { 0, 0, 0 }, { 0, 0, 1 }, { 0, 1, 0 }, { 0, 1, 1 },
        { 1, 0, 0 }, { 1, 0, 1 }, { 1, 1, 0 }, { 1, 1, 1 },
    };
    struct executor *ex = virtual_executor();
    (void)state;
    for (int i = 0; i < 8; i++)
        for (int customers = 0; customers <= 3; customers++)
            day_(ex, wishes[i], customers);
}

/* Somebody else orders so much that the channel is full when the seller has the
 * first order. */
static void an_order_waits_until_there_is_room(void **state)
{
    static const bool wishes[] = { true, true };
    struct executor *ex = virtual_executor();
    uint64_t now = executor_now(ex);
    int order = 0, sent = 0;
    int_tx orders;
    (void)state;
    open_(ex, wishes, 2);
    orders = mpsc_sender_clone(&sellers_frame_->orders);
    for (int i = 0; i < 2; i++) {
        while (mpsc_try_send(&orders, &order) == 0)
            sent++;
        wait_until_(ex, now + 5);
    }
    mpsc_sender_drop(&orders);
    wait_until_(ex, now + 1000);
    must_be_over_(baker_, "baker");
    must_be_over_(seller_, "seller");
    must_be_over_(apprentice_, "apprentice");
    CHECK(bakery_.cakes == sent + 2,
          "%d cakes were ordered, and %d were baked: does the seller wait "
          "until there is room for the next order, and does the apprentice "
          "bake until no more can come?",
          sent + 2, bakery_.cakes);
    mutex_drop(&bakery_.oven);
}

/* Somebody may order a cake late in the evening.  Until then the apprentice
 * waits, and has no need of the oven. */
static void who_waits_for_an_order_sleeps(void **state)
{
    static const bool wishes[] = { true, false, true };
    struct executor *ex = virtual_executor();
    uint64_t now = executor_now(ex);
    int order = 1;
    int_tx orders;
    (void)state;
    open_(ex, wishes, 3);
    orders = mpsc_sender_clone(&sellers_frame_->orders);
    WHILE("the apprentice has no order, and one may still come");
    wait_until_(ex, now + 1000);
    must_be_over_(baker_, "baker");
    must_be_over_(seller_, "seller");
    CHECK(!task_is_over(apprentice_),
          "the apprentice has gone home, and somebody may still order a cake");
    CHECK(!mutex_is_locked(&bakery_.oven),
          "the apprentice waits for an order, and keeps the oven");
    CHECK(mpsc_try_send(&orders, &order) == 0, "there is no room for an order");
    wait_until_(ex, now + 2000);
    CHECK(bakery_.cakes == 3,
          "3 cakes were ordered, the last one late in the evening, and %d were "
          "baked",
          bakery_.cakes);
    mpsc_sender_drop(&orders);
    wait_until_(ex, now + 3000);
    must_be_over_(apprentice_, "apprentice");
    mutex_drop(&bakery_.oven);
}

/* The others have no reason to wait for it. */
static void any_other_may_be_dropped(void **state)
{
    static const bool wishes[] = { true, true, true };
    struct executor *ex = virtual_executor();
    (void)state;
    for (int i = 0; i < 60; i++) {
        uint64_t now = executor_now(ex), ms = 5 + 5 * (uint64_t)(i / 2);
        const char *name = i % 2 ? "seller" : "baker";
        open_(ex, wishes, 3);
        wait_until_(ex, now + ms);
        task_abort(i % 2 ? seller_ : baker_);
        wait_until_(ex, now + 500);
        CHECK(all_are_over_() && !mutex_is_locked(&bakery_.oven),
              "the %s was dropped after %d ms, and %s: did it give everything "
              "back in ASYNC_FINALLY?",
              name, (int)ms,
              all_are_over_() ? "still has the oven"
                              : "another task still waits");
        task_detach(baker_);
        task_detach(apprentice_);
        task_detach(seller_);
        mutex_drop(&bakery_.oven);
    }
}

static void a_task_that_is_dropped_leaves_the_oven(void **state)
{
    static const bool wishes[] = { true, true, true };
    struct executor *ex = virtual_executor();
    (void)state;
    for (uint64_t ms = 5; ms < 150; ms += 5) {
        uint64_t now = executor_now(ex);
        open_(ex, wishes, 3);
        wait_until_(ex, now + ms);
        task_abort(apprentice_);
        wait_until_(ex, now + 500);
        CHECK(task_is_over(baker_) && bakery_.breads == 3,
              "the apprentice was dropped after %d ms, and the baker still "
              "waits for the oven: unlock it in ASYNC_FINALLY, too",
              (int)ms);
        CHECK(task_is_over(seller_),
              "the apprentice was dropped after %d ms, and the seller has not "
              "gone home",
              (int)ms);
        task_detach(baker_);
        task_detach(apprentice_);
        task_detach(seller_);
        mutex_drop(&bakery_.oven);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_stuck_task_is_found_and_mended),
    cmocka_unit_test(every_customer_is_served),
    cmocka_unit_test(an_order_waits_until_there_is_room),
    cmocka_unit_test(who_waits_for_an_order_sleeps),
    cmocka_unit_test(a_task_that_is_dropped_leaves_the_oven),
    cmocka_unit_test(any_other_may_be_dropped),
};
EXERCISE_MAIN(tests)
