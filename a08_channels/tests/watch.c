/* watch.h: one by one, what watch_model.c does by chance. */
#include "a08_channels/tests/many.h"

#define malloc(size) (allocation_fails() ? NULL : malloc(size))
#include "a08_channels/watch.h"
#undef malloc

typedef WATCH_SENDER(int) int_tx;
typedef WATCH_RECEIVER(int) int_rx;

static int_tx tx;
static int_rx rx, other;
static struct watch_changed changed, changed_other;

static bool at_least(const void *value, const void *least)
{
    return *(const int *)value >= *(const int *)least;
}

/* One sender and two receivers; the value is 1. */
static void open_channel(void)
{
    const int one = 1;
    count_anew();
    assert_int_equal(watch_open(&tx, &rx, &one, count_drop, count_clone), 0);
    assert_int_equal(watch_subscribe(&tx, &other), 0);
}

static void drop_ends(void)
{
    watch_sender_drop(&tx);
    watch_receiver_drop(&rx);
    watch_receiver_drop(&other);
}

static int put(int n)
{
    return watch_send(&tx, &n);
}

static int read_at(int_rx *from)
{
    int value = 0, rc = watch_read(from, &value);
    return rc ? rc : value;
}

static struct future *wait_here(void)
{
    return watch_changed(&changed, &rx);
}

static struct future *wait_other(void)
{
    return watch_changed(&changed_other, &other);
}

/* Nothing new: a wait is PENDING. */
static void expect_no_change(int_rx *from)
{
    struct watch_changed wait;
    assert_false(watch_has_changed(from));
    assert_int_equal(poll_once(watch_changed(&wait, from)), POLL_PENDING);
    future_drop(&wait.future);
}

static void expect_change(int_rx *from, int n)
{
    struct watch_changed wait;
    assert_true(watch_has_changed(from));
    assert_int_equal(poll_once(watch_changed(&wait, from)), POLL_READY);
    assert_int_equal(wait.status, 0);
    assert_int_equal(read_at(from), n);
}

static void expect_end(int_rx *from)
{
    struct watch_changed wait;
    assert_int_equal(poll_once(watch_changed(&wait, from)), POLL_READY);
    assert_int_equal(wait.status, UV_EOF);
}

/* WAT-01 */
static void first_value_is_seen(void **state)
{
    int_rx late, later;
    open_channel();
    expect_no_change(&rx);
    expect_no_change(&other);
    assert_int_equal(read_at(&rx), 1);
    assert_int_equal(put(2), 0);
    assert_int_equal(watch_subscribe(&tx, &late), 0);
    assert_int_equal(watch_resubscribe(&rx, &later), 0);
    assert_int_equal(watch_receivers(&tx), 4);
    expect_no_change(&late);
    expect_no_change(&later);
    assert_int_equal(read_at(&late), 2);
    assert_int_equal(put(3), 0);
    expect_change(&late, 3);
    expect_change(&later, 3);
    watch_receiver_drop(&late);
    watch_receiver_drop(&later);
    drop_ends();
}

/* WAT-02, WAT-04: and values in between are not kept. */
static void read_gives_the_newest(void **state)
{
    open_channel();
    assert_int_equal(put(2), 0);
    assert_int_equal(read_at(&rx), 2);
    assert_int_equal(put(3), 0);
    assert_int_equal(put(4), 0);
    expect_change(&rx, 4);
    expect_no_change(&rx);
    assert_int_equal(read_at(&rx), 4);
    watch_sender_drop(&tx);
    assert_int_equal(read_at(&rx), 4);
    expect_end(&rx);
    assert_int_equal(read_at(&rx), 4);
    assert_int_equal(dropped, 1 + 2 + 3);
    drop_ends();
    assert_int_equal(dropped, 1 + 2 + 3 + 4);
}

/* WAT-03 */
static void send_wakes_all_who_wait(void **state)
{
    open_channel();
    assert_int_equal(poll_once(wait_here()), POLL_PENDING);
    assert_int_equal(poll_once(wait_other()), POLL_PENDING);
    assert_int_equal(put(2), 0);
    assert_int_equal(bell.rings, 2);
    assert_int_equal(put(3), 0);
    assert_int_equal(bell.rings, 2);
    assert_int_equal(poll_once(&changed.future), POLL_READY);
    assert_int_equal(poll_once(&changed_other.future), POLL_READY);
    assert_int_equal(changed.status, 0);
    assert_int_equal(changed_other.status, 0);
    assert_int_equal(read_at(&rx), 3);
    drop_ends();
}

/* WAT-05 */
static void each_receiver_sees_for_itself(void **state)
{
    int value;
    open_channel();
    assert_int_equal(put(2), 0);
    expect_change(&rx, 2);
    expect_change(&other, 2);
    assert_int_equal(put(3), 0);
    assert_int_equal(watch_read_and_mark(&rx, &value), 0);
    expect_no_change(&rx);
    expect_change(&other, 3);
    drop_ends();
}

/* WAT-07 */
static void what_marks_a_value_seen(void **state)
{
    int value;
    open_channel();
    assert_int_equal(put(2), 0);
    assert_int_equal(read_at(&rx), 2);
    expect_change(&rx, 2);
    expect_no_change(&rx);

    assert_int_equal(put(3), 0);
    assert_int_equal(watch_read_and_mark(&rx, &value), 0);
    assert_int_equal(value, 3);
    expect_no_change(&rx);

    assert_int_equal(put(4), 0); /* one that was not polled marks nothing */
    wait_here();
    future_drop(&changed.future);
    assert_true(watch_has_changed(&rx));
    drop_ends();
}

/* WAT-08 */
static void last_value_comes_before_the_end(void **state)
{
    open_channel();
    assert_int_equal(put(2), 0);
    watch_sender_drop(&tx);
    expect_change(&rx, 2);
    expect_end(&rx);
    expect_end(&rx);
    watch_receiver_drop(&other);
    assert_int_equal(watch_resubscribe(&rx, &other), 0);
    expect_end(&other);
    drop_ends();
}

/* WAT-09, WAIT-04 */
static void last_sender_wakes_all(void **state)
{
    int_tx more;
    open_channel();
    more = watch_sender_clone(&tx);
    assert_int_equal(poll_once(wait_here()), POLL_PENDING);
    assert_int_equal(poll_once(wait_other()), POLL_PENDING);
    watch_sender_drop(&tx);
    watch_sender_drop(&tx);
    assert_int_equal(bell.rings, 0);
    watch_sender_drop(&more);
    assert_int_equal(bell.rings, 2);
    assert_int_equal(poll_once(&changed.future), POLL_READY);
    assert_int_equal(poll_once(&changed_other.future), POLL_READY);
    assert_int_equal(changed.status, UV_EOF);
    assert_int_equal(changed_other.status, UV_EOF);
    drop_ends();
}

/* WAT-10 */
static void same_value_is_a_change(void **state)
{
    open_channel();
    assert_int_equal(put(1), 0);
    expect_change(&rx, 1);
    assert_int_equal(poll_once(wait_here()), POLL_PENDING);
    assert_int_equal(put(1), 0);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_once(&changed.future), POLL_READY);
    drop_ends();
}

/* WAT-12 */
static void send_to_nobody(void **state)
{
    open_channel();
    watch_receiver_drop(&rx);
    assert_int_equal(watch_receivers(&tx), 1);
    assert_int_equal(put(2), 0);
    watch_receiver_drop(&other);
    assert_int_equal(put(30), UV_EPIPE);
    assert_int_equal(dropped, 1);
    assert_int_equal(watch_subscribe(&tx, &rx), 0);
    expect_no_change(&rx);
    assert_int_equal(read_at(&rx), 2);
    drop_ends();
    assert_int_equal(dropped, 1 + 2);
}

/* WAT-a */
static void wait_for_a_value(void **state)
{
    static const int five = 5;
    open_channel();
    assert_int_equal(poll_once(watch_wait_for(&changed, &rx, at_least, &five)),
                     POLL_PENDING);
    assert_int_equal(put(2), 0);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_once(&changed.future), POLL_PENDING);
    assert_false(watch_has_changed(&rx)); /* it looked at 2 */
    assert_int_equal(put(5), 0);
    assert_int_equal(bell.rings, 2);
    assert_int_equal(poll_once(&changed.future), POLL_READY);
    assert_int_equal(changed.status, 0);
    expect_no_change(&rx);

    assert_int_equal(poll_once(watch_wait_for(&changed, &rx, at_least, &five)),
                     POLL_READY); /* it is so already */
    assert_int_equal(changed.status, 0);
    assert_int_equal(put(3), 0);
    watch_sender_drop(&tx);
    assert_int_equal(poll_once(watch_wait_for(&changed, &rx, at_least, &five)),
                     POLL_READY);
    assert_int_equal(changed.status, UV_EOF);
    drop_ends();
}

/* WAT-a, WAT-e: a value that is wanted is not seen before it is reported. */
static void wait_for_a_value_without_budget(void **state)
{
    static const int five = 5;
    struct context cx = context_make(bell_waker(&bell), NULL);
    open_channel();
    assert_int_equal(put(5), 0);
    cx.spent = BUDGET_STEPS;
    watch_wait_for(&changed, &rx, at_least, &five);
    assert_int_equal(future_poll(&changed.future, &cx), POLL_PENDING);
    future_drop(&changed.future);
    assert_true(watch_has_changed(&rx));
    drop_ends();
}

/* WAT-b: what failed for want of memory left everything as it was. */
static void no_memory_for_it(void **state)
{
    const int one = 1;
    int value;
    fresh();
    for (int n = 0; n < 2; n++) {
        allocations_left = n;
        assert_int_equal(watch_open(&tx, &rx, &one, NULL, NULL), UV_ENOMEM);
        assert_null(tx.tx);
        assert_null(rx.rx);
        assert_int_equal(allocations_left, -1);
    }
    open_channel();
    watch_receiver_drop(&other);
    allocations_left = 0;
    assert_int_equal(watch_subscribe(&tx, &other), UV_ENOMEM);
    assert_null(other.rx);
    assert_int_equal(watch_receivers(&tx), 1);
    assert_int_equal(put(2), 0);
    no_memory = true;
    assert_int_equal(watch_read(&rx, &value), UV_ENOMEM);
    assert_int_equal(watch_read_and_mark(&rx, &value), UV_ENOMEM);
    no_memory = false;
    expect_change(&rx, 2);
    drop_ends();
}

/* FUT-04, WAIT-01, WAIT-02: dropping a wait loses nothing, before the send or
 * after it. */
static void dropped_wait(void **state)
{
    open_channel();
    assert_int_equal(poll_once(wait_here()), POLL_PENDING);
    future_drop(&changed.future);
    assert_int_equal(put(2), 0);
    assert_int_equal(bell.rings, 0);
    expect_change(&rx, 2);

    assert_int_equal(poll_once(wait_here()), POLL_PENDING);
    assert_int_equal(put(3), 0);
    future_drop(&changed.future);
    expect_change(&rx, 3);
    drop_ends();
}

/* FUT-03, FUT-06, WAIT-03 */
static void latest_waker_counts(void **state)
{
    struct bell second = { 0 };
    struct context cx = context_make(bell_waker(&second), NULL);
    open_channel();
    assert_int_equal(poll_once(wait_here()), POLL_PENDING);
    assert_int_equal(future_poll(&changed.future, &cx), POLL_PENDING);
    assert_int_equal(put(2), 0);
    assert_int_equal(bell.rings, 0);
    assert_int_equal(second.rings, 1);
    assert_int_equal(poll_once(&changed.future), POLL_READY);
    drop_ends();
}

/* ---- A waker that changes the channel ------------------------------------ */

static void drop_all(void *data)
{
    bell.rings++;
    future_drop(&changed.future);
    future_drop(&changed_other.future);
    drop_ends();
}

static void wait_again(void *data)
{
    bell.rings++;
    assert_int_equal(poll_once(&changed.future), POLL_READY);
    assert_int_equal(poll_once(wait_here()), POLL_PENDING);
}

static enum poll poll_with_waker(struct future *f, void (*wake)(void *))
{
    struct context cx = context_make((struct waker){ wake, NULL }, NULL);
    return future_poll(f, &cx);
}

/* WAT-c, WAIT-05: whatever a waker does to the channel. */
static void waker_changes_the_channel(void **state)
{
    open_channel();
    assert_int_equal(poll_with_waker(wait_here(), drop_all), POLL_PENDING);
    assert_int_equal(poll_with_waker(wait_other(), drop_all), POLL_PENDING);
    assert_int_equal(put(7), 0);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(dropped, 1 + 7);

    open_channel();
    assert_int_equal(poll_with_waker(wait_here(), drop_all), POLL_PENDING);
    assert_int_equal(poll_with_waker(wait_other(), drop_all), POLL_PENDING);
    watch_sender_drop(&tx);
    assert_int_equal(bell.rings, 1);
    assert_null(rx.rx);

    open_channel();
    assert_int_equal(poll_with_waker(wait_here(), wait_again), POLL_PENDING);
    assert_int_equal(put(7), 0);
    assert_int_equal(bell.rings, 1); /* by this send, no more than once */
    future_drop(&changed.future);
    drop_ends();
}

/* ---- Misuse -------------------------------------------------------------- */

static void drop_without_clone(void)
{
    const int one = 1;
    watch_open(&tx, &rx, &one, count_drop, NULL);
}

static void two_waits(void)
{
    open_channel();
    poll_once(wait_here());
    poll_once(watch_changed(&changed_other, &rx));
}

static void poll_after_ready(void)
{
    open_channel();
    put(7);
    poll_once(wait_here());
    poll_once(&changed.future);
}

static void receiver_under_a_wait(void)
{
    open_channel();
    poll_once(wait_here());
    watch_receiver_drop(&rx);
}

/* WAT-e: a task that sends what it waits for gives the thread back. */
static void a_change_spends_the_budget(void **state)
{
    struct context cx = context_make(bell_waker(&bell), NULL);
    open_channel();
    for (int n = 1; n <= BUDGET_STEPS; n++) {
        put(n);
        watch_changed(&changed, &rx);
        assert_int_equal(future_poll(&changed.future, &cx), POLL_READY);
    }
    put(500);
    watch_changed(&changed, &rx);
    assert_int_equal(future_poll(&changed.future, &cx), POLL_PENDING);
    assert_int_equal(bell.rings, 1);
    assert_true(watch_has_changed(&rx)); /* it is not lost */
    assert_int_equal(poll_once(&changed.future), POLL_READY);
    assert_int_equal(changed.status, 0);
    drop_ends();
}

static void receiver_under_a_spent_wait(void)
{
    struct context cx = context_make(bell_waker(&bell), NULL);
    open_channel();
    put(2);
    cx.spent = BUDGET_STEPS;
    future_poll(watch_changed(&changed, &rx), &cx);
    watch_receiver_drop(&rx);
}

/* WAT-d */
static void misuse_is_said(void **state)
{
    assert_misuse(drop_without_clone, "need a clone function");
    assert_misuse(two_waits, "another future waits at this receiver");
    assert_misuse(poll_after_ready, ": polled again");
    assert_misuse(receiver_under_a_wait, "while a watch_changed() waits");
    assert_misuse(receiver_under_a_spent_wait, "while a watch_changed()");
}

/* ---- In tasks, dropped at every point ------------------------------------ */

struct setter { /* sets 2 to 4 */
    struct async async;
    int_tx tx;
    int n;
    struct sleep nap;
};

struct observer { /* opens a channel, spawns who sets, sees the last value */
    struct async async;
    int_tx tx;
    int_rx rx;
    int n;
    struct watch_changed changed;
};

static enum poll setter_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct setter);
    for (self->n = 2; self->n <= 4; self->n++) {
        AWAIT(sleep_ms(&self->nap, 5));
        watch_send(&self->tx, &self->n);
    }
    ASYNC_FINALLY
    watch_sender_drop(&self->tx);
    ASYNC_END;
}

static const struct future_ops setter_ops = ASYNC_OPS(setter);

static struct future *setter(struct setter *self, int_tx to)
{
    *self = (struct setter){ .async.future.ops = &setter_ops, .tx = to };
    return &self->async.future;
}

static enum poll observer_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct observer);
    self->n = 1;
    if (watch_open(&self->tx, &self->rx, &self->n, count_drop, count_clone))
        ASYNC_RETURN((void)0);
    spawn(setter(task_slot(struct setter), self->tx));
    self->tx.tx = NULL;
    do {
        AWAIT(watch_changed(&self->changed, &self->rx));
        watch_read(&self->rx, &self->n);
    } while (self->changed.status == 0);
    assert_int_equal(self->n, 4);
    ASYNC_FINALLY
    watch_sender_drop(&self->tx);
    watch_receiver_drop(&self->rx);
    ASYNC_END;
}

static const struct future_ops observer_ops = ASYNC_OPS(observer);

static struct future *make_observer(void *memory)
{
    struct observer *self = memory;
    *self = (struct observer){ .async.future.ops = &observer_ops };
    return &self->async.future;
}

/* FUT-04 */
static void dropped_at_every_point(void **state)
{
    assert_int_equal(every_drop(sizeof(struct observer), make_observer), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_value_is_seen),
        cmocka_unit_test(read_gives_the_newest),
        cmocka_unit_test(send_wakes_all_who_wait),
        cmocka_unit_test(each_receiver_sees_for_itself),
        cmocka_unit_test(what_marks_a_value_seen),
        cmocka_unit_test(last_value_comes_before_the_end),
        cmocka_unit_test(last_sender_wakes_all),
        cmocka_unit_test(same_value_is_a_change),
        cmocka_unit_test(send_to_nobody),
        cmocka_unit_test(wait_for_a_value),
        cmocka_unit_test(wait_for_a_value_without_budget),
        cmocka_unit_test(no_memory_for_it),
        cmocka_unit_test(dropped_wait),
        cmocka_unit_test(latest_waker_counts),
        cmocka_unit_test(waker_changes_the_channel),
        cmocka_unit_test(a_change_spends_the_budget),
        cmocka_unit_test(misuse_is_said),
        cmocka_unit_test(dropped_at_every_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
