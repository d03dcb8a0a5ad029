/* notify.h: one by one, what notify_model.c does by chance. */
#include "a08_channels/notify.h"
#include "tests/by_hand.h"
#include "tests/every_drop.h"

enum { WAITERS = 4 };

static struct notify changed;
static struct notified waits[WAITERS];
static struct bell bells[WAITERS];

/* Each waiter has a bell of its own. */
static enum poll poll_wait(int i)
{
    struct context cx = context_make(bell_waker(&bells[i]), NULL);
    return future_poll(&waits[i].future, &cx);
}

/* So many wait, in this order. */
static void set_up(int n)
{
    notify_init(&changed);
    memset(bells, 0, sizeof bells);
    bell.rings = 0;
    for (int i = 0; i < WAITERS; i++)
        notified(&waits[i], &changed);
    for (int i = 0; i < n; i++)
        assert_int_equal(poll_wait(i), POLL_PENDING);
}

static void tear_down(void)
{
    for (int i = 0; i < WAITERS; i++)
        future_drop(&waits[i].future);
    notify_drop(&changed);
}

static void expect_rings(int a, int b, int c)
{
    assert_int_equal(bells[0].rings, a);
    assert_int_equal(bells[1].rings, b);
    assert_int_equal(bells[2].rings, c);
}

/* NOT-g: a task that never waits gives the thread back now and then. */
static void a_permit_spends_the_budget(void **state)
{
    struct context cx = context_make(bell_waker(&bell), NULL);
    set_up(0);
    for (int n = 1; n <= BUDGET_STEPS; n++) {
        notify_one(&changed);
        notified(&waits[0], &changed);
        assert_int_equal(future_poll(&waits[0].future, &cx), POLL_READY);
    }
    notify_one(&changed);
    notified(&waits[0], &changed);
    assert_int_equal(future_poll(&waits[0].future, &cx), POLL_PENDING);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_wait(0), POLL_READY);
    tear_down();
}

/* NOT-01, NOT-02 */
static void one_permit_is_kept(void **state)
{
    set_up(0);
    notify_one(&changed);
    assert_int_equal(poll_wait(0), POLL_READY);
    assert_int_equal(poll_wait(1), POLL_PENDING);
    tear_down();

    set_up(0);
    notify_one(&changed);
    notify_one(&changed);
    notify_one(&changed);
    assert_int_equal(poll_wait(0), POLL_READY);
    assert_int_equal(poll_wait(1), POLL_PENDING);
    tear_down();
}

/* NOT-03 */
static void one_wakes_who_waits_longest(void **state)
{
    set_up(3);
    assert_int_equal(poll_wait(0), POLL_PENDING); /* and keeps its place */
    notify_one(&changed);
    expect_rings(1, 0, 0);
    notify_one(&changed);
    expect_rings(1, 1, 0);
    assert_int_equal(poll_wait(2), POLL_PENDING);
    assert_int_equal(poll_wait(1), POLL_READY);
    assert_int_equal(poll_wait(0), POLL_READY);
    tear_down();
}

/* NOT-04, WAIT-02: to the next one that waits; or it is kept. */
static void dropped_one_passes_on(void **state)
{
    set_up(3);
    notify_one(&changed);
    future_drop(&waits[0].future);
    expect_rings(1, 1, 0);
    future_drop(&waits[1].future);
    expect_rings(1, 1, 1);
    future_drop(&waits[2].future);
    assert_int_equal(poll_wait(3), POLL_READY);
    tear_down();
}

/* NOT-04: also if all are notified before it is dropped; and what all of them
 * had is not passed on. */
static void what_is_passed_on(void **state)
{
    set_up(2);
    notify_one(&changed);
    notify_all(&changed);
    future_drop(&waits[0].future);
    assert_int_equal(poll_wait(1), POLL_READY);
    assert_int_equal(poll_wait(2), POLL_READY); /* that of the first one */
    assert_int_equal(poll_wait(3), POLL_PENDING);
    tear_down();

    set_up(2);
    notify_all(&changed);
    future_drop(&waits[0].future);
    future_drop(&waits[1].future);
    assert_int_equal(poll_wait(2), POLL_PENDING);
    tear_down();
}

/* NOT-06 */
static void all_wakes_all_and_keeps_nothing(void **state)
{
    set_up(2);
    notify_all(&changed);
    expect_rings(1, 1, 0);
    assert_int_equal(poll_wait(2), POLL_PENDING);
    assert_int_equal(poll_wait(1), POLL_READY);
    assert_int_equal(poll_wait(0), POLL_READY);
    notify_all(&changed);
    expect_rings(1, 1, 1);
    tear_down();

    set_up(0);
    notify_all(&changed);
    assert_int_equal(poll_wait(0), POLL_PENDING);
    tear_down();
}

/* NOT-06: it leaves a permit that is kept. */
static void all_takes_no_permit(void **state)
{
    set_up(0);
    notify_one(&changed);
    notify_all(&changed);
    assert_int_equal(poll_wait(0), POLL_READY);
    assert_int_equal(poll_wait(1), POLL_PENDING);
    tear_down();
}

/* FUT-01, NOT-a: who has not been polled does not wait yet. */
static void unpolled_does_not_wait(void **state)
{
    set_up(0);
    notify_all(&changed);
    assert_int_equal(poll_wait(0), POLL_PENDING);
    future_drop(&waits[1].future);
    notify_one(&changed);
    assert_int_equal(poll_wait(0), POLL_READY);
    tear_down();
}

/* FUT-03, FUT-04, WAIT-01, WAIT-03 */
static void latest_waker_counts(void **state)
{
    set_up(1);
    assert_int_equal(poll_once(&waits[0].future), POLL_PENDING);
    notify_one(&changed);
    assert_int_equal(bells[0].rings, 0);
    assert_int_equal(bell.rings, 1);
    tear_down();

    set_up(2);
    future_drop(&waits[0].future);
    notify_all(&changed);
    expect_rings(0, 1, 0);
    tear_down();
}

/* ---- A waker that does more than to ring --------------------------------- */

static void drop_all(void *data)
{
    bell.rings++;
    tear_down();
}

static void poll_second(void *data)
{
    bell.rings++;
    notify_one(&changed); /* for a new one, see below */
    assert_int_equal(poll_wait(1), POLL_READY);
    assert_int_equal(poll_wait(2), POLL_READY);
}

static void poll_with_waker(int i, void (*wake)(void *))
{
    struct context cx = context_make((struct waker){ wake, NULL }, NULL);
    assert_int_equal(future_poll(&waits[i].future, &cx), POLL_PENDING);
}

/* NOT-b, NOT-e, WAIT-05: all are notified before the first one is woken. */
static void wakers_that_reenter(void **state)
{
    set_up(2);
    poll_with_waker(0, drop_all);
    notify_all(&changed);
    assert_int_equal(bell.rings, 1);
    expect_rings(0, 0, 0);

    set_up(1);
    poll_with_waker(0, drop_all);
    notify_one(&changed);
    assert_int_equal(bell.rings, 1);

    set_up(2);
    poll_with_waker(0, poll_second);
    notify_all(&changed);
    assert_int_equal(bell.rings, 1);
    tear_down();
}

/* ---- Misuse -------------------------------------------------------------- */

static void dropped_under_a_wait(void)
{
    set_up(1);
    notify_drop(&changed);
}

/* It would pass the wake on. */
static void dropped_under_a_woken_wait(void)
{
    set_up(1);
    notify_one(&changed);
    notify_drop(&changed);
}

static void polled_after_ready(void)
{
    set_up(0);
    notify_one(&changed);
    poll_wait(0);
    poll_wait(0);
}

/* NOT-f */
static void misuse_is_said(void **state)
{
    assert_misuse(dropped_under_a_wait, "dropped while a notified() waits");
    assert_misuse(dropped_under_a_woken_wait, "while a notified() waits");
    assert_misuse(polled_after_ready, ": polled again");
    set_up(1);
    notify_all(&changed);
    notify_drop(&changed); /* who was woken needs it no more */
    future_drop(&waits[0].future);
    set_up(2);
    notify_one(&changed);
    notify_one(&changed);
    assert_int_equal(poll_wait(0), POLL_READY);
    future_drop(&waits[1].future);
    notify_drop(&changed); /* both are over */
}

/* ---- In tasks, dropped at every point ------------------------------------ */

struct looker { /* waits until there is something */
    struct async async;
    struct notified wait;
    int *things;
};

static enum poll looker_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct looker);
    while (*self->things == 0)
        AWAIT(notified(&self->wait, &changed));
    --*self->things;
    ASYNC_END;
}

static const struct future_ops looker_ops = ASYNC_OPS(looker);

static struct future *looker(struct looker *self, int *things)
{
    *self =
        (struct looker){ .async.future.ops = &looker_ops, .things = things };
    return &self->async.future;
}

/* Puts two things there, later. */
struct putter {
    struct async async;
    struct sleep nap;
    int *things;
    int i;
};

static enum poll putter_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct putter);
    for (self->i = 0; self->i < 2; self->i++) {
        AWAIT(sleep_ms(&self->nap, 5));
        ++*self->things;
        notify_one(&changed);
    }
    ASYNC_END;
}

static const struct future_ops putter_ops = ASYNC_OPS(putter);

static int things;

static struct future *make_two_lookers(void *memory)
{
    struct looker *first = memory;
    struct putter *putter = task_slot(struct putter);
    notify_init(&changed);
    things = 0;
    *putter =
        (struct putter){ .async.future.ops = &putter_ops, .things = &things };
    spawn(&putter->async.future);
    spawn(looker(task_slot(struct looker), &things));
    return looker(first, &things);
}

/* FUT-04: nothing is lost with a looker that is dropped, so the other one comes
 * to its end; otherwise executor_run() would report a deadlock. */
static void dropped_at_every_point(void **state)
{
    assert_int_equal(every_drop(sizeof(struct looker), make_two_lookers), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_permit_is_kept),
        cmocka_unit_test(a_permit_spends_the_budget),
        cmocka_unit_test(one_wakes_who_waits_longest),
        cmocka_unit_test(dropped_one_passes_on),
        cmocka_unit_test(what_is_passed_on),
        cmocka_unit_test(all_wakes_all_and_keeps_nothing),
        cmocka_unit_test(all_takes_no_permit),
        cmocka_unit_test(unpolled_does_not_wait),
        cmocka_unit_test(latest_waker_counts),
        cmocka_unit_test(wakers_that_reenter),
        cmocka_unit_test(misuse_is_said),
        cmocka_unit_test(dropped_at_every_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
