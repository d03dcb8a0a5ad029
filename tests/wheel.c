/* The timer wheel, alone and against the simplest thing that could work. */
#include "support.h"

static struct wheel wheel;

struct entry {
    struct timer timer;
    const char *name;
    struct entry *victim; /* removed when this one fires, or NULL */
};

static void entry_fires(void *data)
{
    struct entry *e = data;
    trace("%s", e->name);
    if (e->victim)
        wheel_remove(&e->victim->timer);
}

static void add(struct entry *e, const char *name, uint64_t deadline)
{
    *e = (struct entry){ .name = name, .timer.deadline = deadline };
    e->timer.waker = (struct waker){ entry_fires, e };
    wheel_add(&wheel, &e->timer);
}

/* WHEEL-01, TIME-04 */
static void deadlines_fire_in_order_and_ties_as_added(void **state)
{
    struct entry e[7];
    wheel_init(&wheel, 1000);
    add(&e[0], "b", 1200);
    add(&e[1], "z", 900000);
    add(&e[2], "a", 1001);
    add(&e[3], "B", 1200);
    wheel_turn(&wheel, 1190);
    expect_trace("a");
    add(&e[4], "y", 899999);
    add(&e[5], "3", 1200); /* from another level than the first two */
    wheel_turn(&wheel, 1199);
    expect_trace("");
    wheel_turn(&wheel, 900000);
    expect_trace("b B 3 y z");
    assert_null(wheel_first(&wheel));
    assert_true(wheel.next == UINT64_MAX);
}

/* WHEEL-02, TIME-05 */
static void a_removed_timer_does_not_fire(void **state)
{
    struct entry e[3];
    wheel_init(&wheel, 0);
    add(&e[0], "a", 10);
    add(&e[1], "b", 10);
    add(&e[2], "c", 70);
    wheel_remove(&e[0].timer);
    wheel_remove(&e[0].timer); /* twice is fine */
    wheel_turn(&wheel, 100);
    expect_trace("b c");
    wheel_remove(&e[1].timer); /* and so is too late */
}

/* WHEEL-02, TIME-06 */
static void a_timer_may_remove_others_that_are_due_with_it(void **state)
{
    struct entry e[5];
    wheel_init(&wheel, 0);
    add(&e[0], "a", 100);
    add(&e[1], "b", 100);
    add(&e[2], "c", 100);
    add(&e[3], "d", 5000);
    add(&e[4], "e", 5000);
    e[0].victim = &e[1];
    e[2].victim = &e[4];
    e[3].victim = &e[0];
    wheel_turn(&wheel, 10000);
    expect_trace("a c d");
}

/* WHEEL-03, TIME-08 */
static void far_deadlines_are_exact(void **state)
{
    struct entry e;
    uint64_t starts[] = { 0, 1, 63, 64, 4095, 1234567890123 };
    for (unsigned s = 0; s < sizeof starts / sizeof *starts; s++) {
        for (unsigned shift = 0; shift < 64; shift++) {
            uint64_t deadline = starts[s] + ((uint64_t)1 << shift);
            wheel_init(&wheel, starts[s]);
            add(&e, "x", deadline);
            wheel_turn(&wheel, deadline - 1);
            expect_trace("");
            wheel_turn(&wheel, deadline);
            expect_trace("x");
        }
        wheel_init(&wheel, starts[s]);
        add(&e, "last", UINT64_MAX - 1);
        wheel_turn(&wheel, UINT64_MAX - 2);
        expect_trace("");
        wheel_turn(&wheel, UINT64_MAX - 1);
        expect_trace("last");
    }
}

/* ---- The model: an array, searched from end to end ----------------------- */

enum { TIMERS = 200, STEPS = 10000 };

static struct model {
    struct timer timer;
    uint64_t added; /* when, counted in additions; 0: not running */
} model[TIMERS];
static struct model *fired[TIMERS];
static int fired_count;

static void model_fires(void *data)
{
    fired[fired_count++] = data;
}

static uint64_t random_state;

static uint64_t chance(uint64_t below)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (random_state >> 33) % below;
}

/* The running one that is to fire first; NULL if none is. */
static struct model *model_first(void)
{
    struct model *first = NULL;
    for (int i = 0; i < TIMERS; i++) {
        struct model *m = &model[i];
        if (m->added && (!first || m->timer.deadline < first->timer.deadline ||
                         (m->timer.deadline == first->timer.deadline &&
                          m->added < first->added)))
            first = m;
    }
    return first;
}

/* Short and long, with many ties. */
static uint64_t some_time(void)
{
    return chance((uint64_t)1 << chance(30)) & ~chance(8);
}

static void model_turn(uint64_t now)
{
    struct model *m;
    fired_count = 0;
    wheel_turn(&wheel, now);
    for (int i = 0; i < fired_count; i++) {
        assert_ptr_equal(fired[i], model_first());
        assert_true(fired[i]->timer.deadline <= now);
        assert_null(fired[i]->timer.link.next);
        fired[i]->added = 0;
    }
    m = model_first();
    assert_true(!m || m->timer.deadline > now);
    assert_true(wheel_deadline(&wheel) == (m ? m->timer.deadline : UINT64_MAX));
    assert_true(m ? wheel.next > now && wheel.next <= m->timer.deadline
                  : wheel.next == UINT64_MAX);
}

/* WHEEL-01, WHEEL-02, WHEEL-04 */
static void ten_thousand_random_steps_agree_with_a_sorted_list(void **state)
{
    uint64_t now = 0, additions = 0;
    memset(model, 0, sizeof model);
    wheel_init(&wheel, now);
    for (int step = 0; step < STEPS; step++) {
        struct model *m = &model[chance(TIMERS)];
        if (chance(8) == 0) {
            now += some_time();
            model_turn(now);
        } else if (m->added) {
            wheel_remove(&m->timer);
            m->added = 0;
        } else {
            m->added = ++additions;
            m->timer.deadline = now + 1 + some_time();
            m->timer.waker = (struct waker){ model_fires, m };
            wheel_add(&wheel, &m->timer);
        }
    }
    model_turn(now + ((uint64_t)1 << 40));
    assert_null(model_first());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deadlines_fire_in_order_and_ties_as_added),
        cmocka_unit_test(a_removed_timer_does_not_fire),
        cmocka_unit_test(a_timer_may_remove_others_that_are_due_with_it),
        cmocka_unit_test(far_deadlines_are_exact),
        cmocka_unit_test(ten_thousand_random_steps_agree_with_a_sorted_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
