/* semaphore.h: one by one, what semaphore_model.c does by chance. */
#include "a08_channels/semaphore.h"
#include "tests/by_hand.h"
#include "tests/every_drop.h"

enum { WAITERS = 3 };

static struct semaphore seats;
static struct permit mine, permits[WAITERS];
static struct semaphore_acquire waits[WAITERS];
static struct bell bells[WAITERS];

static void set_up(size_t n)
{
    semaphore_init(&seats, n);
    memset(bells, 0, sizeof bells);
    memset(waits, 0, sizeof waits);
    memset(permits, 0, sizeof permits);
    mine = (struct permit){ NULL, 0 };
    bell.rings = 0;
}

static void tear_down(void)
{
    for (int i = 0; i < WAITERS; i++)
        future_drop(&waits[i].future);
    for (int i = 0; i < WAITERS; i++)
        permit_drop(&permits[i]);
    permit_drop(&mine);
    semaphore_drop(&seats);
}

static enum poll poll_wait(int i)
{
    struct context cx = context_make(bell_waker(&bells[i]), NULL);
    return future_poll(&waits[i].future, &cx);
}

static enum poll acquire(int i, size_t n)
{
    semaphore_acquire(&waits[i], &permits[i], &seats, n);
    return poll_wait(i);
}

static void expect_rings(int a, int b, int c)
{
    assert_int_equal(bells[0].rings, a);
    assert_int_equal(bells[1].rings, b);
    assert_int_equal(bells[2].rings, c);
}

/* SEM-01 */
static void free_permits_are_had_at_once(void **state)
{
    set_up(5);
    assert_int_equal(acquire(0, 1), POLL_READY);
    assert_int_equal(waits[0].status, 0);
    assert_ptr_equal(permits[0].semaphore, &seats);
    assert_int_equal(semaphore_available(&seats), 4);
    assert_int_equal(acquire(1, 4), POLL_READY);
    assert_int_equal(permits[1].n, 4);
    assert_int_equal(semaphore_available(&seats), 0);
    tear_down();
}

/* SEM-g: a task that never waits gives the thread back now and then. */
static void free_permits_spend_the_budget(void **state)
{
    struct context cx = context_make(bell_waker(&bell), NULL);
    set_up(1);
    for (int n = 1; n <= BUDGET_STEPS; n++) {
        semaphore_acquire(&waits[0], &permits[0], &seats, 1);
        assert_int_equal(future_poll(&waits[0].future, &cx), POLL_READY);
        permit_drop(&permits[0]);
    }
    assert_int_equal(bell.rings, 0);
    semaphore_acquire(&waits[0], &permits[0], &seats, 1);
    assert_int_equal(future_poll(&waits[0].future, &cx), POLL_PENDING);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(semaphore_try_acquire(&seats, &mine, 1), 0);
    assert_int_equal(poll_wait(0), POLL_PENDING); /* now it really waits */
    permit_drop(&mine);
    assert_int_equal(future_poll(&waits[0].future, &cx), POLL_READY);
    tear_down();
}

/* SEM-02, SEM-a */
static void none_at_first(void **state)
{
    set_up(0);
    assert_int_equal(acquire(0, 1), POLL_PENDING);
    semaphore_add(&seats, 1);
    expect_rings(1, 0, 0);
    assert_int_equal(poll_wait(0), POLL_READY);
    tear_down();
}

/* SEM-03 */
static void permits_are_handed_over(void **state)
{
    set_up(1);
    assert_int_equal(acquire(0, 1), POLL_READY);
    assert_int_equal(acquire(1, 1), POLL_PENDING);
    permit_drop(&permits[0]);
    expect_rings(0, 1, 0);
    assert_int_equal(semaphore_available(&seats), 0);
    assert_int_equal(semaphore_try_acquire(&seats, &mine, 1), UV_EAGAIN);
    assert_int_equal(acquire(2, 1), POLL_PENDING);
    assert_int_equal(poll_wait(1), POLL_READY);
    tear_down();
}

/* SEM-04 */
static void dropped_permits_come_back(void **state)
{
    set_up(3);
    assert_int_equal(semaphore_try_acquire(&seats, &mine, 3), 0);
    assert_int_equal(semaphore_try_acquire(&seats, &permits[0], 1), UV_EAGAIN);
    assert_null(permits[0].semaphore);
    permit_drop(&mine);
    assert_null(mine.semaphore);
    permit_drop(&mine);
    assert_int_equal(semaphore_available(&seats), 3);
    tear_down();
}

/* SEM-05 */
static void large_one_is_not_overtaken(void **state)
{
    set_up(3);
    assert_int_equal(semaphore_try_acquire(&seats, &mine, 2), 0);
    assert_int_equal(acquire(0, 3), POLL_PENDING);
    assert_int_equal(acquire(1, 1), POLL_PENDING);
    assert_int_equal(semaphore_try_acquire(&seats, &permits[2], 1), UV_EAGAIN);
    assert_int_equal(semaphore_available(&seats), 0);
    assert_int_equal(poll_wait(0), POLL_PENDING); /* and keeps its place */
    permit_drop(&mine);
    expect_rings(1, 0, 0);
    assert_int_equal(poll_wait(1), POLL_PENDING);
    assert_int_equal(poll_wait(0), POLL_READY);
    permit_drop(&permits[0]);
    assert_int_equal(poll_wait(1), POLL_READY);
    tear_down();
}

/* SEM-05: several, if there is enough. */
static void several_are_served(void **state)
{
    set_up(0);
    assert_int_equal(acquire(0, 1), POLL_PENDING);
    assert_int_equal(acquire(1, 2), POLL_PENDING);
    assert_int_equal(acquire(2, 1), POLL_PENDING);
    semaphore_add(&seats, 3);
    expect_rings(1, 1, 0);
    assert_int_equal(poll_wait(1), POLL_READY);
    tear_down();
}

/* SEM-06, WAIT-01: while it waits, the one behind it moves up. */
static void dropped_waiter_lets_others_through(void **state)
{
    set_up(2);
    assert_int_equal(semaphore_try_acquire(&seats, &mine, 1), 0);
    assert_int_equal(acquire(0, 2), POLL_PENDING);
    assert_int_equal(acquire(1, 1), POLL_PENDING);
    future_drop(&waits[0].future);
    expect_rings(0, 1, 0);
    assert_int_equal(poll_wait(1), POLL_READY);
    tear_down();
}

/* SEM-06, WAIT-02: after it was handed its permits. */
static void dropped_winner_gives_back(void **state)
{
    set_up(0);
    assert_int_equal(acquire(0, 2), POLL_PENDING);
    assert_int_equal(acquire(1, 1), POLL_PENDING);
    semaphore_add(&seats, 2);
    expect_rings(1, 0, 0);
    future_drop(&waits[0].future);
    expect_rings(1, 1, 0);
    assert_int_equal(poll_wait(1), POLL_READY);
    assert_null(permits[0].semaphore);
    assert_int_equal(semaphore_available(&seats), 1);
    tear_down();
}

/* SEM-07, WAIT-04 */
static void close_tells_all(void **state)
{
    set_up(1);
    assert_int_equal(acquire(0, 1), POLL_READY);
    assert_int_equal(acquire(1, 1), POLL_PENDING);
    assert_int_equal(acquire(2, 1), POLL_PENDING);
    semaphore_close(&seats);
    expect_rings(0, 1, 1);
    assert_int_equal(poll_wait(1), POLL_READY);
    assert_int_equal(waits[1].status, UV_ECANCELED);
    assert_null(permits[1].semaphore);
    assert_int_equal(poll_wait(2), POLL_READY);
    assert_int_equal(waits[2].status, UV_ECANCELED);

    permit_drop(&permits[0]);
    semaphore_add(&seats, 1);
    assert_int_equal(semaphore_available(&seats), 2);
    assert_int_equal(acquire(1, 1), POLL_READY);
    assert_int_equal(waits[1].status, UV_ECANCELED);
    assert_int_equal(semaphore_try_acquire(&seats, &mine, 1), UV_ECANCELED);
    tear_down();
}

/* SEM-c: what was handed over before counts. */
static void handed_over_before_close(void **state)
{
    set_up(0);
    assert_int_equal(acquire(0, 1), POLL_PENDING);
    semaphore_add(&seats, 1);
    semaphore_close(&seats);
    assert_int_equal(poll_wait(0), POLL_READY);
    assert_int_equal(waits[0].status, 0);
    tear_down();
}

/* SEM-a */
static void forgotten_permits_are_gone(void **state)
{
    set_up(3);
    assert_int_equal(semaphore_try_acquire(&seats, &mine, 2), 0);
    permit_forget(&mine);
    permit_forget(&mine);
    assert_int_equal(semaphore_available(&seats), 1);
    assert_int_equal(acquire(0, 2), POLL_PENDING);
    semaphore_add(&seats, 1);
    assert_int_equal(poll_wait(0), POLL_READY);
    tear_down();
}

/* SEM-d */
static void no_permits_wait_their_turn(void **state)
{
    set_up(0);
    assert_int_equal(acquire(0, 0), POLL_READY);
    assert_int_equal(acquire(1, 1), POLL_PENDING);
    permit_drop(&permits[0]);
    assert_int_equal(acquire(0, 0), POLL_PENDING);
    semaphore_add(&seats, 1);
    expect_rings(1, 1, 0);
    assert_int_equal(poll_wait(0), POLL_READY);
    assert_int_equal(poll_wait(1), POLL_READY);
    tear_down();
}

/* SEM-d, SEM-g, WAIT-03: it waits, so it costs no step, and without budget it
 * takes the latest waker, too. */
static void no_permits_wait_without_budget(void **state)
{
    struct context cx = context_make(bell_waker(&bell), NULL);
    set_up(0);
    assert_int_equal(acquire(1, 1), POLL_PENDING);
    semaphore_acquire(&waits[0], &permits[0], &seats, 0);
    assert_int_equal(future_poll(&waits[0].future, &cx), POLL_PENDING);
    assert_int_equal(cx.spent, 0);
    cx = context_make(bell_waker(&bells[2]), NULL);
    cx.spent = BUDGET_STEPS;
    assert_int_equal(future_poll(&waits[0].future, &cx), POLL_PENDING);
    expect_rings(0, 0, 0);
    semaphore_add(&seats, 1);
    expect_rings(0, 1, 1);
    assert_int_equal(bell.rings, 0);
    tear_down();
}

/* FUT-03, FUT-04, WAIT-03 */
static void latest_waker_counts(void **state)
{
    set_up(0);
    assert_int_equal(acquire(0, 1), POLL_PENDING);
    assert_int_equal(poll_once(&waits[0].future), POLL_PENDING);
    assert_int_equal(acquire(1, 1), POLL_PENDING);
    future_drop(&waits[1].future);
    semaphore_add(&seats, 2);
    expect_rings(0, 0, 0);
    assert_int_equal(bell.rings, 1);
    tear_down();
}

/* ---- A waker that does more than to ring --------------------------------- */

static void drop_all(void *data)
{
    bell.rings++;
    tear_down();
}

static void acquire_with_drop_all(int i)
{
    struct context cx = context_make((struct waker){ drop_all, NULL }, NULL);
    semaphore_acquire(&waits[i], &permits[i], &seats, 1);
    assert_int_equal(future_poll(&waits[i].future, &cx), POLL_PENDING);
}

/* SEM-e, WAIT-05: whatever a waker does to the semaphore. */
static void waker_drops_all(void **state)
{
    for (int how = 0; how < 3; how++) {
        set_up(2);
        assert_int_equal(semaphore_try_acquire(&seats, &mine, 2), 0);
        acquire_with_drop_all(0);
        assert_int_equal(acquire(1, 1), POLL_PENDING);
        if (how == 0)
            permit_drop(&mine);
        else if (how == 1)
            semaphore_add(&seats, 1);
        else
            semaphore_close(&seats);
        memset(&seats, 0xa5, sizeof seats); /* nobody looks at it now */
        assert_int_equal(bell.rings, 1);
    }
}

static void poll_second(void *data)
{
    bell.rings++;
    assert_int_equal(poll_wait(1), POLL_READY);
}

/* FUT-04, SEM-e: one that is READY while others are woken is not woken. */
static void waker_polls_another(void **state)
{
    struct context cx = context_make((struct waker){ poll_second, NULL }, NULL);
    for (int how = 0; how < 2; how++) {
        set_up(0);
        semaphore_acquire(&waits[0], &permits[0], &seats, 1);
        assert_int_equal(future_poll(&waits[0].future, &cx), POLL_PENDING);
        assert_int_equal(acquire(1, 1), POLL_PENDING);
        if (how == 0)
            semaphore_add(&seats, 2);
        else
            semaphore_close(&seats);
        assert_int_equal(bell.rings, 1);
        assert_int_equal(waits[1].status, how ? UV_ECANCELED : 0);
        expect_rings(0, 0, 0);
        tear_down();
    }
}

/* SEM-f: after close it may go; who was woken does not look at it. */
static void close_and_drop(void **state)
{
    set_up(0);
    assert_int_equal(acquire(0, 1), POLL_PENDING);
    assert_int_equal(acquire(2, 1), POLL_PENDING);
    semaphore_acquire(&waits[1], &permits[1], &seats, 1);
    semaphore_close(&seats);
    semaphore_drop(&seats);
    memset(&seats, 0, sizeof seats);
    future_drop(&waits[0].future);
    future_drop(&waits[1].future);
    assert_int_equal(poll_wait(2), POLL_READY);
    assert_int_equal(waits[2].status, UV_ECANCELED);
}

static void drop_then_the_other_wait(void *data)
{
    bell.rings++;
    semaphore_drop(&seats);
    memset(&seats, 0xa5, sizeof seats); /* nobody looks at it now */
    future_drop(&waits[1].future);
}

/* SEM-e: a wait that a close wakes may be dropped after the semaphore. */
static void waker_drops_the_other_wait(void **state)
{
    struct context cx =
        context_make((struct waker){ drop_then_the_other_wait, NULL }, NULL);
    set_up(0);
    semaphore_acquire(&waits[0], &permits[0], &seats, 1);
    assert_int_equal(future_poll(&waits[0].future, &cx), POLL_PENDING);
    assert_int_equal(acquire(1, 1), POLL_PENDING);
    semaphore_close(&seats);
    assert_int_equal(bell.rings, 1);
    expect_rings(0, 0, 0);
}

/* ---- Misuse -------------------------------------------------------------- */

static void dropped_under_a_wait(void)
{
    set_up(0);
    acquire(0, 1);
    semaphore_drop(&seats);
}

static void dropped_under_a_permit(void)
{
    set_up(2);
    acquire(0, 2);
    semaphore_drop(&seats);
}

static void dropped_under_a_granted_wait(void)
{
    set_up(0);
    acquire(0, 1);
    semaphore_add(&seats, 1);
    semaphore_drop(&seats);
}

static void permit_over_a_permit(void)
{
    set_up(2);
    acquire(0, 1);
    acquire(0, 1);
}

static void negative_number(void)
{
    semaphore_init(&seats, (size_t)-1);
}

static void added_too_many(void)
{
    set_up(2);
    acquire(0, 1);
    semaphore_add(&seats, SEMAPHORE_MOST - 1);
}

static void acquired_too_many(void)
{
    set_up(2);
    acquire(0, (size_t)-1);
}

static void tried_too_many(void)
{
    set_up(2);
    semaphore_try_acquire(&seats, &mine, SEMAPHORE_MOST + 1);
}

static void polled_after_ready(void)
{
    set_up(1);
    acquire(0, 1);
    poll_wait(0);
}

/* SEM-09, SEM-f */
static void misuse_is_said(void **state)
{
    assert_misuse(dropped_under_a_wait, "dropped while an acquire waits");
    assert_misuse(dropped_under_a_permit, "2 permits are still held");
    assert_misuse(dropped_under_a_granted_wait, "1 permits are still held");
    assert_misuse(permit_over_a_permit, "this permit is held already");
    assert_misuse(negative_number, "was the number negative?");
    assert_misuse(added_too_many, "permits more would be too many");
    assert_misuse(acquired_too_many, "was the number negative?");
    assert_misuse(tried_too_many, "was the number negative?");
    assert_misuse(polled_after_ready, ": polled again");
    set_up(2);
    semaphore_add(&seats, SEMAPHORE_MOST - 2);
    tear_down();
}

/* ---- In tasks ------------------------------------------------------------ */

static int inside, most, done;

struct visitor { /* so many permits, three times, each over a pause */
    struct async async;
    struct semaphore_acquire wait;
    struct permit permit;
    struct sleep nap;
    struct yield yield;
    size_t n;
    int round;
};

static enum poll visitor_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct visitor);
    for (self->round = 0; self->round < 3; self->round++) {
        AWAIT(semaphore_acquire(&self->wait, &self->permit, &seats, self->n));
        inside += (int)self->n;
        most = inside > most ? inside : most;
        if (self->round == 1)
            AWAIT(sleep_ms(&self->nap, 1 + self->n));
        else
            AWAIT(yield_now(&self->yield));
        inside -= (int)self->n;
        permit_drop(&self->permit);
    }
    done++;
    ASYNC_FINALLY
    if (self->permit.semaphore)
        inside -= (int)self->n;
    permit_drop(&self->permit);
    ASYNC_END;
}

static const struct future_ops visitor_ops = ASYNC_OPS(visitor);

static struct future *visitor(struct visitor *self, size_t n)
{
    *self = (struct visitor){ .async.future.ops = &visitor_ops, .n = n };
    return &self->async.future;
}

/* SEM-08: 1,000 tasks, of which a tenth is aborted on the way. */
static void a_thousand_visitors(void **state)
{
    static struct task *tasks[1000];
    struct sleep nap;
    set_up(7);
    up(&virtual_clock);
    inside = most = done = 0;
    for (int i = 0; i < 1000; i++)
        tasks[i] = task_spawn(&ex, visitor(task_slot(struct visitor),
                                           (size_t)i % 7 + 1));
    for (int i = 0; i < 100; i++) {
        block_on(&ex, sleep_ms(&nap, 3));
        task_abort(tasks[10 * i + i % 10]);
    }
    executor_run(&ex);
    assert_int_equal(most, 7);
    assert_int_equal(inside, 0);
    assert_in_range(done, 900, 999);
    assert_int_equal(semaphore_available(&seats), 7);
    for (int i = 0; i < 1000; i++)
        task_detach(tasks[i]);
    down();
    tear_down();
}

static struct future *make_two_visitors(void *memory)
{
    set_up(3);
    inside = most = 0;
    spawn(visitor(task_slot(struct visitor), 2));
    return visitor(memory, 3);
}

/* FUT-04, SEM-08: with whatever it is dropped, the other comes to its end. */
static void dropped_at_every_point(void **state)
{
    assert_in_range(every_drop(sizeof(struct visitor), make_two_visitors), 4,
                    9);
    assert_int_equal(most, 3);
    assert_int_equal(semaphore_available(&seats), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(free_permits_are_had_at_once),
        cmocka_unit_test(free_permits_spend_the_budget),
        cmocka_unit_test(none_at_first),
        cmocka_unit_test(permits_are_handed_over),
        cmocka_unit_test(dropped_permits_come_back),
        cmocka_unit_test(large_one_is_not_overtaken),
        cmocka_unit_test(several_are_served),
        cmocka_unit_test(dropped_waiter_lets_others_through),
        cmocka_unit_test(dropped_winner_gives_back),
        cmocka_unit_test(close_tells_all),
        cmocka_unit_test(handed_over_before_close),
        cmocka_unit_test(forgotten_permits_are_gone),
        cmocka_unit_test(no_permits_wait_their_turn),
        cmocka_unit_test(no_permits_wait_without_budget),
        cmocka_unit_test(latest_waker_counts),
        cmocka_unit_test(waker_drops_all),
        cmocka_unit_test(waker_polls_another),
        cmocka_unit_test(waker_drops_the_other_wait),
        cmocka_unit_test(close_and_drop),
        cmocka_unit_test(misuse_is_said),
        cmocka_unit_test(a_thousand_visitors),
        cmocka_unit_test(dropped_at_every_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
