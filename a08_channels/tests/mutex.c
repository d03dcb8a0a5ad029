/* mutex.h: one by one, what mutex_model.c does by chance. */
#include "a07_select/keep.h"
#include "a07_select/timeout.h"
#include "a08_channels/mutex.h"
#include "tests/by_hand.h"
#include "tests/every_drop.h"

enum { LOCKERS = 3 };

static struct mutex till;
static struct guard guards[LOCKERS];
static struct mutex_lock locks[LOCKERS];
static struct bell bells[LOCKERS];

static struct future *lock(int i)
{
    return mutex_lock(&locks[i], &guards[i], &till);
}

static enum poll poll_lock(int i)
{
    struct context cx = context_make(bell_waker(&bells[i]), NULL);
    return future_poll(&locks[i].acquire.future, &cx);
}

static void set_up(void)
{
    mutex_init(&till);
    memset(guards, 0, sizeof guards);
    memset(bells, 0, sizeof bells);
    bell.rings = 0;
    for (int i = 0; i < LOCKERS; i++)
        lock(i);
}

static void tear_down(void)
{
    for (int i = 0; i < LOCKERS; i++)
        future_drop(&locks[i].acquire.future);
    for (int i = 0; i < LOCKERS; i++)
        mutex_unlock(&guards[i]);
    mutex_drop(&till);
}

static void expect_rings(int a, int b, int c)
{
    assert_int_equal(bells[0].rings, a);
    assert_int_equal(bells[1].rings, b);
    assert_int_equal(bells[2].rings, c);
}

/* MTX-01 */
static void unlock_wakes_the_second(void **state)
{
    set_up();
    assert_false(mutex_is_locked(&till));
    assert_int_equal(poll_lock(0), POLL_READY);
    assert_true(mutex_is_locked(&till));
    assert_int_equal(poll_lock(1), POLL_PENDING);
    expect_rings(0, 0, 0);
    mutex_unlock(&guards[0]);
    expect_rings(0, 1, 0);
    assert_true(mutex_is_locked(&till)); /* handed over */
    mutex_unlock(&guards[0]);
    expect_rings(0, 1, 0);
    assert_int_equal(poll_lock(1), POLL_READY);
    mutex_unlock(&guards[1]);
    assert_false(mutex_is_locked(&till));
    tear_down();
}

/* MTX-05 */
static void first_come_first_served(void **state)
{
    set_up();
    assert_int_equal(poll_lock(1), POLL_READY);
    assert_int_equal(poll_lock(2), POLL_PENDING);
    assert_int_equal(poll_lock(0), POLL_PENDING);
    assert_int_equal(poll_lock(2), POLL_PENDING); /* and keeps its place */
    mutex_unlock(&guards[1]);
    assert_int_equal(poll_lock(0), POLL_PENDING);
    assert_int_equal(poll_lock(2), POLL_READY);
    lock(1);
    assert_int_equal(poll_lock(1), POLL_PENDING);
    mutex_unlock(&guards[2]);
    assert_int_equal(poll_lock(1), POLL_PENDING);
    assert_int_equal(poll_lock(0), POLL_READY);
    tear_down();
}

/* MTX-a */
static void try_to_lock(void **state)
{
    struct guard guard = { .permit.n = 0 };
    set_up();
    assert_int_equal(mutex_try_lock(&till, &guard), 0);
    assert_int_equal(mutex_try_lock(&till, &guards[0]), UV_EAGAIN);
    assert_int_equal(poll_lock(0), POLL_PENDING);
    mutex_unlock(&guard);
    assert_int_equal(mutex_try_lock(&till, &guard), UV_EAGAIN);
    assert_int_equal(poll_lock(0), POLL_READY);
    mutex_unlock(&guards[0]);
    assert_int_equal(mutex_try_lock(&till, &guard), 0);
    mutex_unlock(&guard);
    tear_down();
}

/* MTX-04, WAIT-01, WAIT-02: while it waits, and after it was handed it. */
static void dropped_lockers(void **state)
{
    set_up();
    assert_int_equal(poll_lock(0), POLL_READY);
    assert_int_equal(poll_lock(1), POLL_PENDING);
    assert_int_equal(poll_lock(2), POLL_PENDING);
    future_drop(&locks[1].acquire.future);
    mutex_unlock(&guards[0]);
    expect_rings(0, 0, 1);
    future_drop(&locks[2].acquire.future);
    assert_false(mutex_is_locked(&till));
    lock(0);
    assert_int_equal(poll_lock(0), POLL_READY);
    tear_down();
}

/* FUT-03, WAIT-03 */
static void latest_waker_counts(void **state)
{
    set_up();
    assert_int_equal(poll_lock(0), POLL_READY);
    assert_int_equal(poll_lock(1), POLL_PENDING);
    assert_int_equal(poll_once(&locks[1].acquire.future), POLL_PENDING);
    mutex_unlock(&guards[0]);
    expect_rings(0, 0, 0);
    assert_int_equal(bell.rings, 1);
    tear_down();
}

static void drop_all(void *data)
{
    bell.rings++;
    tear_down();
}

/* MTX-b, WAIT-05 */
static void waker_drops_all(void **state)
{
    struct context cx = context_make((struct waker){ drop_all, NULL }, NULL);
    set_up();
    assert_int_equal(poll_lock(0), POLL_READY);
    assert_int_equal(future_poll(&locks[1].acquire.future, &cx), POLL_PENDING);
    mutex_unlock(&guards[0]);
    assert_int_equal(bell.rings, 1);
    memset(&till, 0xa5, sizeof till);
}

/* ---- Misuse -------------------------------------------------------------- */

static void dropped_while_held(void)
{
    set_up();
    poll_lock(0);
    mutex_drop(&till);
}

static void dropped_while_awaited(void)
{
    set_up();
    poll_lock(0);
    poll_lock(1);
    permit_forget(&guards[0].permit);
    mutex_drop(&till);
}

static void polled_after_ready(void)
{
    set_up();
    poll_lock(0);
    poll_lock(0);
}

static void held_already(void)
{
    set_up();
    poll_lock(0);
    semaphore_add(&till.semaphore, 1); /* otherwise it would wait for ever */
    lock(0);
    poll_lock(0);
}

/* MTX-c */
static void misuse_is_said(void **state)
{
    assert_misuse(dropped_while_held, "mutex: it is dropped while");
    assert_misuse(dropped_while_awaited, "mutex: it is dropped while");
    assert_misuse(polled_after_ready, ": polled again");
    assert_misuse(held_already, "held already");
}

/* ---- In tasks ------------------------------------------------------------ */

static int counter;

struct adder { /* takes the number, waits, puts it back with one more */
    struct async async;
    struct mutex_lock lock;
    struct guard guard;
    struct yield yield;
    int was;
};

static enum poll adder_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct adder);
    AWAIT(mutex_lock(&self->lock, &self->guard, &till));
    self->was = counter;
    AWAIT(yield_now(&self->yield));
    counter = self->was + 1;
    ASYNC_FINALLY
    mutex_unlock(&self->guard);
    ASYNC_END;
}

static const struct future_ops adder_ops = ASYNC_OPS(adder);

static struct future *adder(struct adder *self)
{
    *self = (struct adder){ .async.future.ops = &adder_ops };
    return &self->async.future;
}

/* MTX-02 */
static void a_thousand_tasks_count(void **state)
{
    static const struct executor_options options[] = {
        { .virtual_clock = true },
        { .virtual_clock = true, .seed = 3 },
    };
    for (int how = 0; how < 2; how++) {
        set_up();
        counter = 0;
        up(&options[how]);
        for (int i = 0; i < 1000; i++)
            spawn(adder(task_slot(struct adder)));
        executor_run(&ex);
        assert_int_equal(counter, 1000);
        assert_false(mutex_is_locked(&till));
        down();
        tear_down();
    }
}

/* MTX-03, MTX-04, WAIT-04: whichever task is aborted, when it has the lock,
 * waits for it, or was just handed it. */
static void aborted_tasks_leave_the_mutex_usable(void **state)
{
    for (int i = 0; i < 3; i++)
        for (int polls = 0; polls < 6; polls++) {
            struct task *tasks[3];
            set_up();
            counter = 0;
            up(&virtual_clock);
            for (int k = 0; k < 3; k++)
                tasks[k] = task_spawn(&ex, adder(task_slot(struct adder)));
            let_run(polls);
            task_abort(tasks[i]);
            executor_run(&ex);
            assert_in_range(counter, 2, 3);
            assert_false(mutex_is_locked(&till));
            for (int k = 0; k < 3; k++)
                task_detach(tasks[k]);
            down();
            tear_down();
        }
}

struct patient { /* waits for the lock, and looks up every 2 ms */
    struct async async;
    struct mutex_lock lock;
    struct guard guard;
    struct keep kept;
    struct timeout timeout;
    bool keeps; /* or makes another lock each time */
    int rounds;
};

static enum poll patient_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct patient);
    keep_init(&self->kept, mutex_lock(&self->lock, &self->guard, &till));
    for (self->timeout.status = 1; self->timeout.status; self->rounds++) {
        if (!self->keeps) {
            keep_drop(&self->kept);
            keep_init(&self->kept,
                      mutex_lock(&self->lock, &self->guard, &till));
        }
        AWAIT(timeout_ms(&self->timeout, keep_lend(&self->kept), 2));
    }
    ASYNC_FINALLY
    keep_drop(&self->kept);
    mutex_unlock(&self->guard);
    ASYNC_END;
}

static const struct future_ops patient_ops = ASYNC_OPS(patient);

struct holder { /* has the lock for 5 ms */
    struct async async;
    struct mutex_lock lock;
    struct guard guard;
    struct sleep nap;
};

static enum poll holder_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct holder);
    AWAIT(mutex_lock(&self->lock, &self->guard, &till));
    AWAIT(sleep_ms(&self->nap, 5));
    ASYNC_FINALLY
    mutex_unlock(&self->guard);
    ASYNC_END;
}

static const struct future_ops holder_ops = ASYNC_OPS(holder);

static struct future *holder(struct holder *self)
{
    *self = (struct holder){ .async.future.ops = &holder_ops };
    return &self->async.future;
}

/* When the patient one has the lock: a holder before it, and three behind it
 * that come while it waits. */
static uint64_t patience(bool keeps)
{
    struct patient *self;
    struct task *t;
    uint64_t took;
    struct sleep nap;
    struct join join;
    set_up();
    up(&virtual_clock);
    spawn(holder(task_slot(struct holder)));
    self = task_slot(struct patient);
    *self =
        (struct patient){ .async.future.ops = &patient_ops, .keeps = keeps };
    t = task_spawn(&ex, &self->async.future);
    block_on(&ex, sleep_ms(&nap, 1));
    for (int i = 0; i < 3; i++)
        spawn(holder(task_slot(struct holder)));
    block_on(&ex, task_join(&join, t));
    task_detach(t);
    took = executor_now(&ex);
    executor_run(&ex);
    down();
    tear_down();
    return took;
}

/* MTX-d: a lock that is made again waits behind all others. */
static void made_again_it_loses_its_place(void **state)
{
    assert_int_equal(patience(true), 5);
    assert_int_equal(patience(false), 20);
}

static struct future *make_adders(void *memory)
{
    set_up();
    counter = 0;
    spawn(adder(task_slot(struct adder)));
    spawn(adder(task_slot(struct adder)));
    return adder(memory);
}

/* FUT-04, MTX-03, MTX-04: the others come to their end. */
static void dropped_at_every_point(void **state)
{
    assert_int_equal(every_drop(sizeof(struct adder), make_adders), 3);
    assert_false(mutex_is_locked(&till));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unlock_wakes_the_second),
        cmocka_unit_test(first_come_first_served),
        cmocka_unit_test(try_to_lock),
        cmocka_unit_test(dropped_lockers),
        cmocka_unit_test(latest_waker_counts),
        cmocka_unit_test(waker_drops_all),
        cmocka_unit_test(misuse_is_said),
        cmocka_unit_test(a_thousand_tasks_count),
        cmocka_unit_test(aborted_tasks_leave_the_mutex_usable),
        cmocka_unit_test(made_again_it_loses_its_place),
        cmocka_unit_test(dropped_at_every_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
