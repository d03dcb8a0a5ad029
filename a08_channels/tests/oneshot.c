/* oneshot.h: one by one, what oneshot_model.c does by chance. */
#include "a08_channels/oneshot.h"
#include "tests/by_hand.h"
#include "tests/every_drop.h"

typedef ONESHOT_SENDER(int) int_tx;
typedef ONESHOT_RECEIVER(int) int_rx;

static int_tx tx;
static int_rx rx;
static struct oneshot_recv recv_;
static struct oneshot_closed closed_;
static int got, dropped;

static void count_drop(void *value)
{
    dropped += *(int *)value;
}

static void open_channel(void)
{
    got = dropped = 0;
    fresh();
    assert_int_equal(oneshot_open(&tx, &rx, count_drop), 0);
}

static void drop_ends(void)
{
    oneshot_sender_drop(&tx);
    oneshot_receiver_drop(&rx);
}

static struct future *receive(void)
{
    return oneshot_recv(&recv_, &rx, &got);
}

static int put(int n)
{
    return oneshot_send(&tx, &n);
}

/* ONE-01: a value that is sent before the first poll is there at that poll. */
static void sent_before_the_first_poll(void **state)
{
    open_channel();
    assert_int_equal(put(7), 0);
    assert_int_equal(poll_once(receive()), POLL_READY);
    assert_int_equal(recv_.status, 0);
    assert_int_equal(got, 7);
    drop_ends();
    assert_int_equal(dropped, 0);
}

/* ONE-02: a send wakes the receiver that waits, once. */
static void send_wakes(void **state)
{
    open_channel();
    assert_int_equal(poll_once(receive()), POLL_PENDING);
    assert_int_equal(put(7), 0);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_once(&recv_.future), POLL_READY);
    assert_int_equal(got, 7);
    drop_ends();
}

/* ONE-03, WAIT-04 */
static void dropped_sender_wakes(void **state)
{
    open_channel();
    assert_int_equal(poll_once(receive()), POLL_PENDING);
    oneshot_sender_drop(&tx);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_once(&recv_.future), POLL_READY);
    assert_int_equal(recv_.status, UV_EOF);
    drop_ends();

    open_channel();
    oneshot_sender_drop(&tx);
    assert_int_equal(poll_once(receive()), POLL_READY);
    assert_int_equal(recv_.status, UV_EOF);
    drop_ends();
}

/* ONE-04 */
static void send_to_nobody(void **state)
{
    open_channel();
    oneshot_receiver_drop(&rx);
    assert_true(oneshot_is_closed(&tx));
    assert_int_equal(put(7), UV_EPIPE);
    assert_int_equal(dropped, 0);
    assert_null(tx.tx);
}

/* ONE-05: a value that is sent and never received is dropped once. */
static void value_nobody_receives(void **state)
{
    open_channel();
    assert_int_equal(put(7), 0);
    assert_int_equal(dropped, 0);
    oneshot_receiver_drop(&rx);
    assert_int_equal(dropped, 7);
    oneshot_receiver_drop(&rx);
    assert_int_equal(dropped, 7);
}

/* ONE-06 */
static void closed_after_the_send(void **state)
{
    open_channel();
    assert_int_equal(put(7), 0);
    oneshot_close(&rx);
    assert_int_equal(poll_once(receive()), POLL_READY);
    assert_int_equal(got, 7);
    drop_ends();
}

/* ONE-07, ONE-08, WAIT-04 */
static void closed_before_the_send(void **state)
{
    open_channel();
    assert_int_equal(poll_once(oneshot_closed(&closed_, &tx)), POLL_PENDING);
    oneshot_close(&rx);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_once(&closed_.future), POLL_READY);
    assert_int_equal(put(7), UV_EPIPE);
    assert_int_equal(poll_once(receive()), POLL_READY);
    assert_int_equal(recv_.status, UV_EOF);
    drop_ends();

    open_channel();
    assert_int_equal(poll_once(oneshot_closed(&closed_, &tx)), POLL_PENDING);
    oneshot_receiver_drop(&rx);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_once(&closed_.future), POLL_READY);
    drop_ends();
}

/* ONE-09 */
static void try_receive(void **state)
{
    open_channel();
    assert_int_equal(oneshot_try_recv(&rx, &got), UV_EAGAIN);
    assert_int_equal(put(7), 0);
    assert_int_equal(oneshot_try_recv(&rx, &got), 0);
    assert_int_equal(got, 7);
    assert_int_equal(oneshot_try_recv(&rx, &got), UV_EOF);
    drop_ends();

    open_channel();
    oneshot_sender_drop(&tx);
    assert_int_equal(oneshot_try_recv(&rx, &got), UV_EOF);
    drop_ends();
}

/* ONE-12, WAIT-01 */
static void watcher_is_forgotten(void **state)
{
    open_channel();
    assert_int_equal(poll_once(oneshot_closed(&closed_, &tx)), POLL_PENDING);
    future_drop(&closed_.future);
    oneshot_sender_drop(&tx);
    oneshot_receiver_drop(&rx);
    assert_int_equal(bell.rings, 0);
}

/* FUT-04, WAIT-01, WAIT-02: dropping a receive loses nothing, before the send
 * or after it. */
static void dropped_receive(void **state)
{
    open_channel();
    assert_int_equal(poll_once(receive()), POLL_PENDING);
    future_drop(&recv_.future);
    assert_int_equal(put(7), 0);
    assert_int_equal(bell.rings, 0);
    assert_int_equal(poll_once(receive()), POLL_READY);
    assert_int_equal(got, 7);
    drop_ends();

    open_channel();
    assert_int_equal(poll_once(receive()), POLL_PENDING);
    assert_int_equal(put(8), 0);
    future_drop(&recv_.future);
    assert_int_equal(poll_once(receive()), POLL_READY);
    assert_int_equal(got, 8);
    drop_ends();
}

static enum poll poll_by(struct bell *b, struct future *f)
{
    struct context cx = context_make(bell_waker(b), NULL);
    return future_poll(f, &cx);
}

/* WAIT-03, FUT-03, FUT-06: at both ends. */
static void latest_waker_counts(void **state)
{
    struct bell second = { 0 };
    open_channel();
    assert_int_equal(poll_once(receive()), POLL_PENDING);
    assert_int_equal(poll_by(&second, &recv_.future), POLL_PENDING);
    assert_int_equal(poll_once(oneshot_closed(&closed_, &tx)), POLL_PENDING);
    assert_int_equal(poll_by(&second, &closed_.future), POLL_PENDING);
    oneshot_close(&rx);
    assert_int_equal(bell.rings, 0);
    assert_int_equal(second.rings, 2);
    assert_int_equal(poll_once(&recv_.future), POLL_READY);
    assert_int_equal(poll_once(&closed_.future), POLL_READY);
    drop_ends();
}

/* ---- A waker that changes the channel ------------------------------------ */

static void drop_all(void *data)
{
    bell.rings++;
    future_drop(&recv_.future);
    future_drop(&closed_.future);
    drop_ends();
}

static enum poll poll_with_drop_all(struct future *f)
{
    struct context cx = context_make((struct waker){ drop_all, NULL }, NULL);
    return future_poll(f, &cx);
}

/* ONE-a, WAIT-05: whatever a waker does to the channel. */
static void waker_drops_all(void **state)
{
    open_channel();
    assert_int_equal(poll_with_drop_all(receive()), POLL_PENDING);
    assert_int_equal(put(7), 0);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(dropped, 7);

    open_channel();
    assert_int_equal(poll_with_drop_all(oneshot_closed(&closed_, &tx)),
                     POLL_PENDING);
    oneshot_close(&rx);
    assert_int_equal(bell.rings, 1);

    open_channel();
    assert_int_equal(poll_with_drop_all(oneshot_closed(&closed_, &tx)),
                     POLL_PENDING);
    oneshot_receiver_drop(&rx);
    assert_int_equal(bell.rings, 1);

    open_channel(); /* the first waker drops the future of the second */
    assert_int_equal(poll_once(oneshot_closed(&closed_, &tx)), POLL_PENDING);
    assert_int_equal(poll_with_drop_all(receive()), POLL_PENDING);
    oneshot_close(&rx);
    assert_int_equal(bell.rings, 1);
}

static void close_again_and_drop_all(void *data)
{
    if (bell.rings++ > 0)
        return;
    oneshot_close(&rx);
    drop_all(data);
}

/* ONE-a: also if it closes the channel that is being closed. */
static void waker_closes_again(void **state)
{
    struct context cx =
        context_make((struct waker){ close_again_and_drop_all, NULL }, NULL);
    open_channel();
    assert_int_equal(future_poll(receive(), &cx), POLL_PENDING);
    oneshot_close(&rx);
    assert_int_equal(bell.rings, 3);
    assert_null(rx.rx);
}

/* ---- Misuse -------------------------------------------------------------- */

static void receive_twice(void)
{
    open_channel();
    put(7);
    poll_once(receive());
    poll_once(receive());
}

static void poll_after_ready(void)
{
    open_channel();
    put(7);
    poll_once(receive());
    poll_once(&recv_.future);
}

static void send_twice(void)
{
    open_channel();
    put(7);
    put(8);
}

static void two_receives(void)
{
    struct oneshot_recv other;
    open_channel();
    poll_once(receive());
    poll_once(oneshot_recv(&other, &rx, &got));
}

static void receiver_under_a_receive(void)
{
    open_channel();
    poll_once(receive());
    oneshot_receiver_drop(&rx);
}

static void sender_under_a_wait(void)
{
    open_channel();
    poll_once(oneshot_closed(&closed_, &tx));
    put(7);
}

/* ONE-10 */
static void misuse_is_said(void **state)
{
    assert_misuse(receive_twice, "the value was received already");
    assert_misuse(poll_after_ready, ": polled again");
    assert_misuse(send_twice, "this sender has sent");
    assert_misuse(two_receives, "another one waits at this receiver");
    assert_misuse(receiver_under_a_receive, "the receiver is dropped while");
    assert_misuse(sender_under_a_wait, "the sender is used up or dropped");
}

/* ---- In tasks, dropped at every point ------------------------------------ */

struct asker { /* opens a channel, spawns who answers, waits */
    struct async async;
    int_tx tx;
    int_rx rx;
    int answer;
    struct oneshot_recv recv;
};

struct answerer {
    struct async async;
    int_tx tx;
    int n;
    struct sleep nap;
};

static enum poll answerer_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct answerer);
    AWAIT(sleep_ms(&self->nap, 5));
    self->n = 42;
    oneshot_send(&self->tx, &self->n);
    ASYNC_FINALLY
    oneshot_sender_drop(&self->tx);
    ASYNC_END;
}

static const struct future_ops answerer_ops = ASYNC_OPS(answerer);

static struct future *answerer(struct answerer *self, int_tx to)
{
    *self = (struct answerer){ .async.future.ops = &answerer_ops, .tx = to };
    return &self->async.future;
}

static enum poll asker_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct asker);
    if (oneshot_open(&self->tx, &self->rx, count_drop))
        ASYNC_RETURN(self->answer = UV_ENOMEM);
    spawn(answerer(task_slot(struct answerer), self->tx));
    self->tx = (int_tx){ NULL };
    AWAIT(oneshot_recv(&self->recv, &self->rx, &self->answer));
    assert_int_equal(self->recv.status, 0);
    assert_int_equal(self->answer, 42);
    ASYNC_FINALLY
    oneshot_sender_drop(&self->tx);
    oneshot_receiver_drop(&self->rx);
    ASYNC_END;
}

static const struct future_ops asker_ops = ASYNC_OPS(asker);

static struct future *make_asker(void *memory)
{
    struct asker *self = memory;
    *self = (struct asker){ .async.future.ops = &asker_ops };
    return &self->async.future;
}

/* FUT-04 */
static void dropped_at_every_point(void **state)
{
    assert_int_equal(every_drop(sizeof(struct asker), make_asker), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sent_before_the_first_poll),
        cmocka_unit_test(send_wakes),
        cmocka_unit_test(dropped_sender_wakes),
        cmocka_unit_test(send_to_nobody),
        cmocka_unit_test(value_nobody_receives),
        cmocka_unit_test(closed_after_the_send),
        cmocka_unit_test(closed_before_the_send),
        cmocka_unit_test(try_receive),
        cmocka_unit_test(watcher_is_forgotten),
        cmocka_unit_test(dropped_receive),
        cmocka_unit_test(latest_waker_counts),
        cmocka_unit_test(waker_drops_all),
        cmocka_unit_test(waker_closes_again),
        cmocka_unit_test(misuse_is_said),
        cmocka_unit_test(dropped_at_every_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
