/* broadcast.h: one by one, what broadcast_model.c does by chance. */
#include "a08_channels/tests/many.h"

#define malloc(size) (allocation_fails() ? NULL : malloc(size))
#define calloc(n, size) (allocation_fails() ? NULL : calloc(n, size))
#include "a08_channels/broadcast.h"
#undef malloc
#undef calloc

typedef BROADCAST_SENDER(int) int_tx;
typedef BROADCAST_RECEIVER(int) int_rx;

static int_tx tx;
static int_rx rx, other;
static struct broadcast_recv recv_, recv_other;
static int got, got_other;
static uint64_t missed;

/* One sender and two receivers. */
static void open_channel(size_t capacity)
{
    got = got_other = 0;
    count_anew();
    assert_int_equal(broadcast_open(&tx, &rx, capacity, count_drop,
                                    count_clone),
                     0);
    assert_int_equal(broadcast_subscribe(&tx, &other), 0);
}

static void drop_ends(void)
{
    broadcast_sender_drop(&tx);
    broadcast_receiver_drop(&rx);
    broadcast_receiver_drop(&other);
}

static int put(int n)
{
    return broadcast_send(&tx, &n);
}

static void put_many(int first, int last)
{
    for (int n = first; n <= last; n++)
        assert_int_equal(put(n), 0);
}

static struct future *receive(void)
{
    return broadcast_recv(&recv_, &rx, &got);
}

static struct future *receive_other(void)
{
    return broadcast_recv(&recv_other, &other, &got_other);
}

/* The next one in `from`, without waiting; or its status. */
static int take(int_rx *from)
{
    int value = 0, rc = broadcast_try_recv(from, &value, &missed);
    return rc ? rc : value;
}

/* A receive of a value that is there. */
static void expect(int n)
{
    assert_int_equal(poll_once(receive()), POLL_READY);
    assert_int_equal(recv_.status, 0);
    assert_int_equal(recv_.missed, 0);
    assert_int_equal(got, n);
}

static void expect_lag(uint64_t n)
{
    assert_int_equal(poll_once(receive()), POLL_READY);
    assert_int_equal(recv_.status, UV_ENOBUFS);
    assert_int_equal(recv_.missed, n);
}

/* BC-01 */
static void all_get_all_in_order(void **state)
{
    open_channel(4);
    put_many(1, 3);
    for (int n = 1; n <= 3; n++) {
        expect(n);
        assert_int_equal(take(&other), n);
    }
    assert_int_equal(take(&rx), UV_EAGAIN);
    assert_int_equal(take(&other), UV_EAGAIN);
    drop_ends();
}

/* BC-02: who waits is woken by a send, once; who does not, is not. */
static void send_wakes_all_who_wait(void **state)
{
    open_channel(4);
    assert_int_equal(poll_once(receive()), POLL_PENDING);
    assert_int_equal(put(1), 0);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(put(2), 0);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_once(&recv_.future), POLL_READY);
    assert_int_equal(got, 1);
    expect(2);
    assert_int_equal(take(&other), 1);
    assert_int_equal(take(&other), 2);

    assert_int_equal(poll_once(receive()), POLL_PENDING);
    assert_int_equal(poll_once(receive_other()), POLL_PENDING);
    assert_int_equal(put(3), 0);
    assert_int_equal(bell.rings, 3);
    assert_int_equal(poll_once(&recv_.future), POLL_READY);
    assert_int_equal(poll_once(&recv_other.future), POLL_READY);
    assert_int_equal(got, 3);
    assert_int_equal(got_other, 3);
    drop_ends();
}

/* BC-03 */
static void send_to_nobody(void **state)
{
    open_channel(4);
    assert_int_equal(broadcast_receivers(&tx), 2);
    assert_int_equal(put(1), 0);
    broadcast_receiver_drop(&rx);
    assert_int_equal(broadcast_receivers(&tx), 1);
    broadcast_receiver_drop(&other);
    assert_int_equal(broadcast_receivers(&tx), 0);
    assert_int_equal(dropped, 1);
    assert_int_equal(put(20), UV_EPIPE);
    assert_int_equal(dropped, 1);
    assert_int_equal(broadcast_subscribe(&tx, &rx), 0);
    assert_int_equal(take(&rx), UV_EAGAIN);
    assert_int_equal(put(300), 0);
    expect(300);
    drop_ends();
    assert_int_equal(dropped, 1);
}

/* BC-04 */
static void lag_is_told_exactly(void **state)
{
    open_channel(3);
    put_many(1, 3);
    expect(1); /* full, and no lag */
    put_many(4, 5);
    expect_lag(1);
    expect(3);
    put_many(6, 100);
    expect_lag(100 - 3 - 3);
    for (int n = 98; n <= 100; n++)
        expect(n);
    assert_int_equal(take(&rx), UV_EAGAIN);
    drop_ends();
}

/* BC-05: once for each gap, and counted from where the last one ended. */
static void lag_is_told_once(void **state)
{
    open_channel(2);
    put_many(1, 5);
    expect_lag(3);
    expect(4);
    expect(5);
    put_many(6, 10);
    expect_lag(3);
    put_many(11, 11); /* 9 is overwritten, before it is read */
    expect_lag(1);
    expect(10);
    expect(11);
    assert_int_equal(poll_once(receive()), POLL_PENDING);
    future_drop(&recv_.future);
    drop_ends();
}

/* BC-06 */
static void lag_is_of_one_receiver(void **state)
{
    open_channel(2);
    for (int n = 1; n <= 10; n++) {
        assert_int_equal(put(n), 0);
        expect(n);
    }
    assert_int_equal(take(&other), UV_ENOBUFS);
    assert_int_equal(missed, 8);
    assert_int_equal(take(&other), 9);
    assert_int_equal(missed, 0);
    drop_ends();
}

/* BC-07: received and missed are together what was sent, for any capacity. */
static void nothing_is_uncounted(void **state)
{
    for (size_t capacity = 1; capacity <= 9; capacity++) {
        int received = 0, sent = 0, lost = 0;
        open_channel(capacity);
        for (int round = 0; round < 40; round++) {
            for (int i = 0; i < round % 13; i++)
                assert_int_equal(put(sent++), 0);
            for (int i = 0; i < round % 7; i++) {
                int n = take(&rx);
                received += n >= 0;
                lost += (int)missed;
                if (n >= 0)
                    assert_int_equal(n, received + lost - 1);
            }
        }
        for (int n; (n = take(&rx)) != UV_EAGAIN; lost += (int)missed)
            received += n >= 0;
        assert_true(lost > 0);
        assert_int_equal(received + lost, sent);
        drop_ends();
    }
}

/* BC-08 */
static void closed_after_the_last_value(void **state)
{
    open_channel(2);
    put_many(1, 3);
    broadcast_sender_drop(&tx);
    expect_lag(1);
    expect(2);
    expect(3);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(poll_once(receive()), POLL_READY);
        assert_int_equal(recv_.status, UV_EOF);
    }
    assert_int_equal(take(&rx), UV_EOF);
    drop_ends();
}

/* BC-09, WAIT-04 */
static void last_sender_wakes_all(void **state)
{
    int_tx more;
    open_channel(2);
    more = broadcast_sender_clone(&tx);
    assert_int_equal(poll_once(receive()), POLL_PENDING);
    assert_int_equal(poll_once(receive_other()), POLL_PENDING);
    broadcast_sender_drop(&more);
    broadcast_sender_drop(&more);
    assert_int_equal(bell.rings, 0);
    broadcast_sender_drop(&tx);
    assert_int_equal(bell.rings, 2);
    assert_int_equal(poll_once(&recv_.future), POLL_READY);
    assert_int_equal(poll_once(&recv_other.future), POLL_READY);
    assert_int_equal(recv_.status, UV_EOF);
    assert_int_equal(recv_other.status, UV_EOF);
    drop_ends();
}

/* BC-10: the last one to read has the value; so nothing is dropped then. */
static void dropped_when_nobody_will_read(void **state)
{
    open_channel(3);
    put_many(1, 1);
    expect(1);
    assert_int_equal(clones, 1);
    assert_int_equal(take(&other), 1);
    assert_int_equal(clones, 1);
    assert_int_equal(dropped, 0);

    assert_int_equal(put(20), 0);
    assert_int_equal(put(300), 0);
    expect(20);
    assert_int_equal(dropped, 0);
    broadcast_receiver_drop(&other);
    assert_int_equal(dropped, 20);
    broadcast_receiver_drop(&rx);
    assert_int_equal(dropped, 320);
    broadcast_receiver_drop(&rx);
    broadcast_sender_drop(&tx);
    assert_int_equal(dropped, 320);

    open_channel(2); /* the dropped one lags */
    put_many(1, 3);
    assert_int_equal(dropped, 1);
    broadcast_receiver_drop(&other);
    assert_int_equal(dropped, 1);
    assert_int_equal(take(&rx), UV_ENOBUFS);
    expect(2);
    expect(3);
    drop_ends();
    assert_int_equal(dropped, 1);
}

/* BC-10: also what is overwritten, and what was read by all is not. */
static void overwritten_is_dropped(void **state)
{
    open_channel(2);
    put_many(1, 2);
    expect(1);
    assert_int_equal(take(&other), 1);
    assert_int_equal(put(3), 0);
    assert_int_equal(dropped, 0);
    assert_int_equal(put(4), 0);
    assert_int_equal(dropped, 2);
    drop_ends();
    assert_int_equal(dropped, 2 + 3 + 4);
}

/* BC-11 */
static void new_receiver_begins_at_the_end(void **state)
{
    int_rx late, later;
    open_channel(3);
    put_many(1, 5);
    assert_int_equal(broadcast_subscribe(&tx, &late), 0);
    assert_int_equal(broadcast_resubscribe(&rx, &later), 0);
    assert_int_equal(take(&late), UV_EAGAIN);
    assert_int_equal(take(&later), UV_EAGAIN);
    assert_int_equal(put(6), 0);
    assert_int_equal(take(&late), 6);
    assert_int_equal(take(&later), 6);
    expect_lag(3);
    expect(4);
    assert_int_equal(take(&other), UV_ENOBUFS);
    assert_int_equal(missed, 3);

    broadcast_sender_drop(&tx);
    broadcast_receiver_drop(&later);
    assert_int_equal(broadcast_resubscribe(&rx, &later), 0);
    assert_int_equal(take(&later), UV_EOF);
    expect(5);
    broadcast_receiver_drop(&late);
    broadcast_receiver_drop(&later);
    drop_ends();
}

/* BC-12 */
static void capacity_of_one(void **state)
{
    open_channel(1);
    put_many(1, 1);
    expect(1);
    put_many(2, 4);
    expect_lag(2);
    expect(4);
    assert_int_equal(take(&rx), UV_EAGAIN);
    drop_ends();
    assert_int_equal(broadcast_open(&tx, &rx, SIZE_MAX / 4, NULL, NULL),
                     UV_ENOMEM);
    assert_null(tx.tx);
    assert_null(rx.rx);
}

/* BC-a: a clone that fails leaves the value, for another try. */
static void no_memory_for_a_clone(void **state)
{
    open_channel(2);
    put_many(1, 2);
    no_memory = true;
    assert_int_equal(poll_once(receive()), POLL_READY);
    assert_int_equal(recv_.status, UV_ENOMEM);
    assert_int_equal(take(&rx), UV_ENOMEM);
    broadcast_receiver_drop(&other);
    expect(1); /* the last one needs no clone */
    assert_int_equal(broadcast_subscribe(&tx, &other), 0);
    no_memory = false;
    expect(2);
    drop_ends();
    assert_int_equal(dropped, 0);
}

/* BC-b */
static void no_memory_for_an_end(void **state)
{
    fresh();
    for (int n = 0; n < 2; n++) {
        allocations_left = n;
        assert_int_equal(broadcast_open(&tx, &rx, 2, NULL, NULL), UV_ENOMEM);
        assert_null(tx.tx);
        assert_null(rx.rx);
        assert_int_equal(allocations_left, -1);
    }
    open_channel(2);
    broadcast_receiver_drop(&other);
    allocations_left = 0;
    assert_int_equal(broadcast_subscribe(&tx, &other), UV_ENOMEM);
    assert_null(other.rx);
    assert_int_equal(broadcast_receivers(&tx), 1);
    put_many(1, 1);
    expect(1);
    drop_ends();
    assert_int_equal(dropped, 0);
}

/* FUT-04, WAIT-01, WAIT-02: dropping a receive loses nothing, before the send
 * or after it. */
static void dropped_receive(void **state)
{
    open_channel(2);
    assert_int_equal(poll_once(receive()), POLL_PENDING);
    future_drop(&recv_.future);
    assert_int_equal(put(1), 0);
    assert_int_equal(bell.rings, 0);
    expect(1);

    assert_int_equal(poll_once(receive()), POLL_PENDING);
    assert_int_equal(put(2), 0);
    assert_int_equal(bell.rings, 1);
    future_drop(&recv_.future);
    expect(2);
    drop_ends();
}

/* FUT-03, FUT-06, WAIT-03 */
static void latest_waker_counts(void **state)
{
    struct bell second = { 0 };
    struct context cx = context_make(bell_waker(&second), NULL);
    open_channel(2);
    assert_int_equal(poll_once(receive()), POLL_PENDING);
    assert_int_equal(future_poll(&recv_.future, &cx), POLL_PENDING);
    assert_int_equal(put(1), 0);
    assert_int_equal(bell.rings, 0);
    assert_int_equal(second.rings, 1);
    assert_int_equal(poll_once(&recv_.future), POLL_READY);
    drop_ends();
}

/* BC-d: a receiver that never waits gives the thread back now and then. */
static void full_channel_spends_the_budget(void **state)
{
    struct context cx = context_make(bell_waker(&bell), NULL);
    open_channel(1000);
    put_many(1, 1000);
    for (int n = 1; n <= BUDGET_STEPS; n++)
        assert_int_equal(future_poll(receive(), &cx), POLL_READY);
    assert_int_equal(bell.rings, 0);
    assert_int_equal(future_poll(receive(), &cx), POLL_PENDING);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_once(&recv_.future), POLL_READY);
    assert_int_equal(got, BUDGET_STEPS + 1);
    drop_ends();
}

/* ---- A waker that changes the channel ------------------------------------ */

static void drop_all(void *data)
{
    bell.rings++;
    future_drop(&recv_.future);
    future_drop(&recv_other.future);
    drop_ends();
}

static void receive_again(void *data)
{
    bell.rings++;
    assert_int_equal(poll_once(&recv_.future), POLL_READY);
    assert_int_equal(poll_once(receive()), POLL_PENDING);
}

static enum poll poll_with_waker(struct future *f, void (*wake)(void *))
{
    struct context cx = context_make((struct waker){ wake, NULL }, NULL);
    return future_poll(f, &cx);
}

/* BC-c, WAIT-05: whatever a waker does to the channel. */
static void waker_changes_the_channel(void **state)
{
    open_channel(2);
    assert_int_equal(poll_with_waker(receive(), drop_all), POLL_PENDING);
    assert_int_equal(poll_with_waker(receive_other(), drop_all), POLL_PENDING);
    assert_int_equal(put(7), 0);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(dropped, 7);

    open_channel(2);
    assert_int_equal(poll_with_waker(receive(), drop_all), POLL_PENDING);
    assert_int_equal(poll_with_waker(receive_other(), drop_all), POLL_PENDING);
    broadcast_sender_drop(&tx);
    assert_int_equal(bell.rings, 1);
    assert_null(rx.rx);

    open_channel(2);
    assert_int_equal(poll_with_waker(receive(), receive_again), POLL_PENDING);
    assert_int_equal(put(7), 0);
    assert_int_equal(bell.rings, 1); /* by this send, no more than once */
    assert_int_equal(got, 7);
    future_drop(&recv_.future);
    drop_ends();
}

/* ---- Misuse -------------------------------------------------------------- */

static void capacity_of_none(void)
{
    open_channel(0);
}

static void drop_without_clone(void)
{
    broadcast_open(&tx, &rx, 1, count_drop, NULL);
}

static void two_receives(void)
{
    open_channel(1);
    poll_once(receive());
    poll_once(broadcast_recv(&recv_other, &rx, &got));
}

static void poll_after_ready(void)
{
    open_channel(1);
    put(7);
    poll_once(receive());
    poll_once(&recv_.future);
}

static void receiver_under_a_receive(void)
{
    open_channel(1);
    poll_once(receive());
    broadcast_receiver_drop(&rx);
}

static void receiver_under_a_spent_receive(void)
{
    struct context cx = context_make(bell_waker(&bell), NULL);
    open_channel(1);
    put(7);
    cx.spent = BUDGET_STEPS;
    future_poll(receive(), &cx);
    broadcast_receiver_drop(&rx);
}

/* BC-12, BC-e */
static void misuse_is_said(void **state)
{
    assert_misuse(capacity_of_none,
                  "with a capacity of 0 nobody could receive");
    assert_misuse(drop_without_clone, "need a clone function");
    assert_misuse(two_receives, "another one waits at this receiver");
    assert_misuse(poll_after_ready, ": polled again");
    assert_misuse(receiver_under_a_receive, "the receiver is dropped while");
    assert_misuse(receiver_under_a_spent_receive, "the receiver is dropped");
}

/* ---- In tasks, dropped at every point ------------------------------------ */

struct speaker { /* sends 1 to 3 */
    struct async async;
    int_tx tx;
    int n;
    struct sleep nap;
};

struct listener { /* opens a channel, spawns who speaks, hears all */
    struct async async;
    int_tx tx;
    int_rx rx;
    int n, sum;
    struct broadcast_recv recv;
};

static enum poll speaker_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct speaker);
    for (self->n = 1; self->n <= 3; self->n++) {
        AWAIT(sleep_ms(&self->nap, 5));
        broadcast_send(&self->tx, &self->n);
    }
    ASYNC_FINALLY
    broadcast_sender_drop(&self->tx);
    ASYNC_END;
}

static const struct future_ops speaker_ops = ASYNC_OPS(speaker);

static struct future *speaker(struct speaker *self, int_tx to)
{
    *self = (struct speaker){ .async.future.ops = &speaker_ops, .tx = to };
    return &self->async.future;
}

static enum poll listener_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct listener);
    if (broadcast_open(&self->tx, &self->rx, 2, count_drop, count_clone))
        ASYNC_RETURN((void)0);
    spawn(speaker(task_slot(struct speaker), self->tx));
    self->tx.tx = NULL;
    do {
        AWAIT(broadcast_recv(&self->recv, &self->rx, &self->n));
        if (self->recv.status == 0)
            self->sum += self->n;
    } while (self->recv.status == 0);
    assert_int_equal(self->sum, 6);
    ASYNC_FINALLY
    broadcast_sender_drop(&self->tx);
    broadcast_receiver_drop(&self->rx);
    ASYNC_END;
}

static const struct future_ops listener_ops = ASYNC_OPS(listener);

static struct future *make_listener(void *memory)
{
    struct listener *self = memory;
    *self = (struct listener){ .async.future.ops = &listener_ops };
    return &self->async.future;
}

/* FUT-04 */
static void dropped_at_every_point(void **state)
{
    assert_int_equal(every_drop(sizeof(struct listener), make_listener), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_get_all_in_order),
        cmocka_unit_test(send_wakes_all_who_wait),
        cmocka_unit_test(send_to_nobody),
        cmocka_unit_test(lag_is_told_exactly),
        cmocka_unit_test(lag_is_told_once),
        cmocka_unit_test(lag_is_of_one_receiver),
        cmocka_unit_test(nothing_is_uncounted),
        cmocka_unit_test(closed_after_the_last_value),
        cmocka_unit_test(last_sender_wakes_all),
        cmocka_unit_test(dropped_when_nobody_will_read),
        cmocka_unit_test(overwritten_is_dropped),
        cmocka_unit_test(new_receiver_begins_at_the_end),
        cmocka_unit_test(capacity_of_one),
        cmocka_unit_test(no_memory_for_a_clone),
        cmocka_unit_test(no_memory_for_an_end),
        cmocka_unit_test(dropped_receive),
        cmocka_unit_test(latest_waker_counts),
        cmocka_unit_test(full_channel_spends_the_budget),
        cmocka_unit_test(waker_changes_the_channel),
        cmocka_unit_test(misuse_is_said),
        cmocka_unit_test(dropped_at_every_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
