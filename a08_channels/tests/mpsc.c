/* mpsc.h: what is sent, what is received, and what ends a channel.  Who waits,
 * and how a wait ends, is in mpsc_waits.c. */
#include "a08_channels/tests/mpsc.h"
#include "tests/every_drop.h"

/* ---- Values -------------------------------------------------------------- */

/* MPSC-01 */
static void in_the_order_sent(void **state)
{
    number_tx other;
    open_channel(4);
    other = mpsc_sender_clone(&tx);
    for (int round = 0; round < 10; round++) {
        int n = 5;
        assert_int_equal(put(3), 0);
        assert_int_equal(mpsc_try_send(&other, &n), 0);
        assert_int_equal(put(4), 0);
        assert_int_equal(received(), 3);
        assert_int_equal(received(), 5);
        assert_int_equal(received(), 4);
    }
    mpsc_sender_drop(&other);
    drop_ends();
    assert_int_equal(dropped, 0);
}

struct triple { /* no power of two, and larger than a register */
    int64_t a, b, c;
};

/* MPSC-01: the value is copied whole, whatever its size. */
static void of_any_size(void **state)
{
    MPSC_SENDER(struct triple) large_tx;
    MPSC_RECEIVER(struct triple) large_rx;
    MPSC_SENDER(char) small_tx;
    MPSC_RECEIVER(char) small_rx;
    assert_int_equal(mpsc_open(&large_tx, &large_rx, 3, NULL), 0);
    assert_int_equal(mpsc_open(&small_tx, &small_rx, 3, NULL), 0);
    for (int i = 0; i < 10; i++) {
        struct triple in = { i, i * 2, i * 3 }, out = { 0 };
        char letter = (char)('a' + i), read = 0;
        assert_int_equal(mpsc_try_send(&large_tx, &in), 0);
        assert_int_equal(mpsc_try_recv(&large_rx, &out), 0);
        assert_memory_equal(&in, &out, sizeof in);
        assert_int_equal(mpsc_try_send(&small_tx, &letter), 0);
        assert_int_equal(mpsc_try_recv(&small_rx, &read), 0);
        assert_int_equal(read, letter);
    }
    mpsc_sender_drop(&large_tx);
    mpsc_sender_drop(&small_tx);
    mpsc_receiver_drop(&large_rx);
    mpsc_receiver_drop(&small_rx);
}

/* MPSC-10: the message is handed back: nothing has dropped it. */
static void a_try_send_fails(void **state)
{
    open_channel(2);
    assert_int_equal(put(10), 0);
    assert_int_equal(put(20), 0);
    assert_int_equal(put(30), UV_EAGAIN);
    assert_int_equal(received(), 10);
    assert_int_equal(put(40), 0);
    mpsc_close(&rx);
    assert_int_equal(put(50), UV_EPIPE);
    assert_int_equal(dropped, 0);
    drop_ends();
    assert_int_equal(dropped, 20 + 40);
}

/* MPSC-14, MPSC-e */
static void try_to_receive(void **state)
{
    open_channel(2);
    assert_int_equal(take(), UV_EAGAIN);
    put(7);
    put(8);
    assert_int_equal(mpsc_len(&rx), 2);
    assert_int_equal(take(), 7);
    mpsc_sender_drop(&tx);
    assert_int_equal(mpsc_len(&rx), 1);
    assert_int_equal(take(), 8);
    assert_int_equal(mpsc_len(&rx), 0);
    assert_int_equal(take(), UV_EOF);
    drop_ends();

    open_channel(2);
    put(7);
    mpsc_close(&rx);
    assert_int_equal(mpsc_len(&rx), 1);
    assert_int_equal(take(), 7);
    assert_int_equal(take(), UV_EOF);
    drop_ends();
}

/* ---- The end ------------------------------------------------------------- */

/* MPSC-02 */
static void all_is_received_before_the_end(void **state)
{
    number_tx other;
    open_channel(2);
    other = mpsc_sender_clone(&tx);
    put(7);
    put(8);
    mpsc_sender_drop(&tx);
    mpsc_sender_drop(&other);
    assert_int_equal(received(), 7);
    assert_int_equal(received(), 8);
    for (int i = 0; i < 3; i++)
        assert_int_equal(received(), UV_EOF);
    drop_ends();
}

/* MPSC-03 */
static void the_last_sender_wakes(void **state)
{
    number_tx other;
    open_channel(2);
    other = mpsc_sender_clone(&tx);
    assert_int_equal(poll_once(receive()), POLL_PENDING);
    mpsc_sender_drop(&tx);
    mpsc_sender_drop(&tx); /* twice is once */
    assert_int_equal(bell.rings, 0);
    mpsc_sender_drop(&other);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_once(&receiving.future), POLL_READY);
    assert_int_equal(receiving.status, UV_EOF);
    drop_ends();
}

/* MPSC-12 */
static void what_nobody_receives(void **state)
{
    open_channel(4);
    put(9); /* so that the ring begins elsewhere */
    take();
    put(1);
    put(20);
    put(300);
    put(4000);
    mpsc_receiver_drop(&rx);
    assert_int_equal(dropped, 4321);
    mpsc_receiver_drop(&rx);
    mpsc_sender_drop(&tx);
    assert_int_equal(dropped, 4321);
}

/* MPSC-13, MPSC-20 */
static void closed_by_the_receiver(void **state)
{
    open_channel(3);
    put(7);
    put(8);
    assert_false(mpsc_is_closed(&tx));
    mpsc_close(&rx);
    mpsc_close(&rx);
    assert_true(mpsc_is_closed(&tx));
    assert_int_equal(put(9), UV_EPIPE);
    assert_int_equal(received(), 7);
    assert_int_equal(received(), 8);
    assert_int_equal(received(), UV_EOF);
    drop_ends();
    assert_int_equal(dropped, 0);
}

/* MPSC-20: accepted, and not received before the end. */
static void accepted_and_dropped(void **state)
{
    open_channel(3);
    put(7);
    put(8);
    mpsc_close(&rx);
    assert_int_equal(received(), 7);
    drop_ends();
    assert_int_equal(dropped, 8);
}

/* MPSC-17 */
static void no_peer_from_the_start(void **state)
{
    open_channel(1);
    mpsc_sender_drop(&tx);
    assert_int_equal(received(), UV_EOF);
    drop_ends();

    open_channel(1);
    mpsc_receiver_drop(&rx);
    assert_true(mpsc_is_closed(&tx));
    assert_int_equal(put(7), UV_EPIPE);
    assert_int_equal(send_begins(&a), POLL_READY);
    assert_int_equal(a.send.status, UV_EPIPE);
    drop_ends();
    assert_int_equal(dropped, 0);
}

/* ---- Unbounded ----------------------------------------------------------- */

/* MPSC-18 */
static void an_unbounded_send_never_waits(void **state)
{
    int next = 0;
    open_channel(0);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(put(i), 0);
        if (i % 3 == 0)
            assert_int_equal(take(), next++);
    }
    a.value = 1000;
    assert_int_equal(send_begins(&a), POLL_READY);
    assert_int_equal(a.send.status, 0);
    while (next <= 1000)
        assert_int_equal(take(), next++);
    assert_int_equal(take(), UV_EAGAIN);
    drop_ends();
}

/* MPSC-k */
static void no_memory_to_grow(void **state)
{
    int n = 0;
    open_channel(0);
    while (no_memory = true, put(n) == 0)
        n++;
    assert_int_equal(put(n), UV_ENOMEM);
    assert_int_equal(send_begins(&a), POLL_READY);
    assert_int_equal(a.send.status, UV_ENOMEM);
    assert_int_equal(reserve_begins(&a), POLL_READY);
    assert_int_equal(a.reserve.status, UV_ENOMEM);
    no_memory = false;
    assert_int_equal(put(n++), 0);
    for (int i = 0; i < n; i++)
        assert_int_equal(take(), i);
    drop_ends();
    assert_int_equal(dropped, 0);
}

/* MPSC-k */
static void no_memory_for_a_channel(void **state)
{
    number_tx no_tx;
    number_rx no_rx;
    no_memory = true;
    assert_int_equal(mpsc_open(&no_tx, &no_rx, 64, NULL), UV_ENOMEM);
    assert_int_equal(mpsc_open_unbounded(&no_tx, &no_rx, NULL), UV_ENOMEM);
    no_memory = false;
    assert_int_equal(mpsc_open(&no_tx, &no_rx, SIZE_MAX / 2, NULL), UV_ENOMEM);
    mpsc_sender_drop(&no_tx); /* of nothing */
    mpsc_receiver_drop(&no_rx);
}

/* ---- Misuse -------------------------------------------------------------- */

static void capacity_0(void)
{
    size_t none = 0;
    mpsc_open(&tx, &rx, none, NULL);
}

static void two_receives(void)
{
    struct mpsc_recv other;
    open_channel(1);
    poll_once(receive());
    poll_once(mpsc_recv(&other, &rx, &got));
}

static void receiver_under_a_receive(void)
{
    open_channel(1);
    poll_once(receive());
    mpsc_receiver_drop(&rx);
}

static void receiver_under_a_woken_receive(void)
{
    open_channel(1);
    poll_once(receive());
    put(7);
    mpsc_receiver_drop(&rx);
}

static struct context spent(void)
{
    struct context cx = context_make(bell_waker(&bell), NULL);
    cx.spent = BUDGET_STEPS;
    return cx;
}

static void receiver_under_a_spent_receive(void)
{
    struct context cx = spent();
    open_channel(1);
    put(7);
    future_poll(receive(), &cx);
    mpsc_receiver_drop(&rx);
}

static void sender_under_a_granted_send(void)
{
    open_channel(1);
    put(7);
    send_begins(&a);
    take();
    mpsc_sender_drop(&tx);
}

static void sender_under_a_woken_send(void)
{
    open_channel(1);
    put(7);
    send_begins(&a);
    mpsc_receiver_drop(&rx);
    mpsc_sender_drop(&tx);
}

static void sender_under_a_spent_send(void)
{
    struct context cx = spent();
    open_channel(1);
    future_poll(mpsc_send(&a.send, &tx, &a.value), &cx);
    mpsc_sender_drop(&tx);
}

static void sender_under_a_woken_wait(void)
{
    open_channel(1);
    poll_once(mpsc_closed(&watching, &tx));
    mpsc_close(&rx);
    mpsc_sender_drop(&tx);
}

static void sender_under_a_send(void)
{
    open_channel(1);
    put(7);
    send_begins(&a);
    mpsc_sender_drop(&tx);
}

static void sender_under_a_wait(void)
{
    open_channel(1);
    poll_once(mpsc_closed(&watching, &tx));
    mpsc_sender_drop(&tx);
}

static void permit_twice(void)
{
    open_channel(1);
    mpsc_try_reserve(&tx, &a.permit);
    mpsc_permit_send(&a.permit, &a.value);
    mpsc_permit_send(&a.permit, &a.value);
}

static void permit_over_permit(void)
{
    open_channel(2);
    mpsc_try_reserve(&tx, &a.permit);
    reserve_begins(&a);
}

static void poll_after_ready(void)
{
    open_channel(1);
    put(7);
    poll_once(receive());
    poll_once(&receiving.future);
}

static void drop_sender(void *unused)
{
    mpsc_sender_drop(&tx);
}

static void sender_by_a_waker_of_the_end(void)
{
    struct context cx = context_make((struct waker){ drop_sender, NULL }, NULL);
    open_channel(1);
    put(1);
    mpsc_send(&a.send, &tx, &a.value);
    future_poll(&a.send.future, &cx);
    mpsc_receiver_drop(&rx);
    future_drop(&a.send.future); /* at which channel? */
}

/* MPSC-15, MPSC-n */
static void misuse_is_said(void **state)
{
    assert_misuse(capacity_0, "a capacity of 0 has no room");
    assert_misuse(two_receives, "another one waits at this receiver");
    assert_misuse(receiver_under_a_receive, "the receiver is dropped while");
    assert_misuse(receiver_under_a_woken_receive, "the receiver is dropped");
    assert_misuse(receiver_under_a_spent_receive, "the receiver is dropped");
    assert_misuse(sender_under_a_granted_send, "the last sender is dropped");
    assert_misuse(sender_under_a_woken_send, "the last sender is dropped");
    assert_misuse(sender_under_a_spent_send, "the last sender is dropped");
    assert_misuse(sender_under_a_woken_wait, "the last sender is dropped");
    assert_misuse(sender_under_a_send, "the last sender is dropped while");
    assert_misuse(sender_under_a_wait, "the last sender is dropped while");
    assert_misuse(sender_by_a_waker_of_the_end, "the last sender is dropped");
    assert_misuse(permit_twice, "this permit has no slot");
    assert_misuse(permit_over_permit, "this permit has a slot already");
    assert_misuse(poll_after_ready, ": polled again");
}

/* ---- In tasks ------------------------------------------------------------ */

struct producer { /* sends first, first + step, ... */
    struct async async;
    number_tx to;
    int next, step, left;
    bool reserves; /* first the slot */
    struct mpsc_send send;
    struct mpsc_reserve reserve;
    number_permit permit;
};

static enum poll producer_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct producer);
    for (; self->left > 0; self->left--, self->next += self->step) {
        if (self->reserves) {
            AWAIT(mpsc_reserve(&self->reserve, &self->to, &self->permit));
            if (self->reserve.status == 0)
                mpsc_permit_send(&self->permit, &self->next);
        } else {
            AWAIT(mpsc_send(&self->send, &self->to, &self->next));
        }
    }
    ASYNC_FINALLY
    mpsc_permit_drop(&self->permit);
    mpsc_sender_drop(&self->to);
    ASYNC_END;
}

static const struct future_ops producer_ops = ASYNC_OPS(producer);

static struct future *producer(struct producer *self, number_tx to, int first,
                               int step, int n)
{
    *self = (struct producer){ .async.future.ops = &producer_ops,
                               .to = to,
                               .next = first,
                               .step = step,
                               .left = n,
                               .reserves = first % 2 };
    return &self->async.future;
}

struct collector {
    struct async async;
    number_rx from;
    int producers; /* or 0: number i is of producer i % producers */
    int next[8];   /* of each */
    int number, total;
    struct mpsc_recv recv;
};

static void collector_counts(struct collector *self)
{
    int who = self->number % self->producers;
    assert_int_equal(self->number, self->next[who]);
    self->next[who] += self->producers;
    self->total++;
}

static enum poll collector_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct collector);
    for (;;) {
        AWAIT(mpsc_recv(&self->recv, &self->from, &self->number));
        if (self->recv.status)
            break;
        collector_counts(self);
    }
    assert_int_equal(self->recv.status, UV_EOF);
    ASYNC_FINALLY
    mpsc_receiver_drop(&self->from);
    ASYNC_END;
}

static const struct future_ops collector_ops = ASYNC_OPS(collector);

/* Nothing is lost, nothing comes twice, the order of each is kept. */
static void collect(size_t capacity, int producers, int n)
{
    struct collector to = { .async.future.ops = &collector_ops,
                            .producers = producers };
    up(&virtual_clock);
    open_channel(capacity);
    to.from = rx;
    for (int i = 0; i < producers; i++) {
        to.next[i] = i;
        spawn(producer(task_slot(struct producer), mpsc_sender_clone(&tx), i,
                       producers, n));
    }
    mpsc_sender_drop(&tx);
    block_on(&ex, &to.async.future);
    assert_int_equal(to.total, producers * n);
    assert_int_equal(dropped, 0);
    down();
}

/* MPSC-16, MPSC-19 */
static void many_producers(void **state)
{
    collect(1, 1, 10000);
    collect(1, 8, 10000);
    collect(64, 8, 10000);
    collect(0, 8, 10000);
}

struct ticker { /* counts the rounds until the collector is done */
    struct async async;
    int rounds;
    bool stop;
    struct yield yield;
};

static enum poll ticker_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct ticker);
    for (; !self->stop; self->rounds++)
        AWAIT(yield_now(&self->yield));
    ASYNC_END;
}

static const struct future_ops ticker_ops = ASYNC_OPS(ticker);

/* MPSC-l: 1,280 values that are there are 10 polls of 128. */
static void a_full_channel_does_not_starve_others(void **state)
{
    struct collector to = { .async.future.ops = &collector_ops,
                            .producers = 1 };
    struct ticker *ticker;
    struct task *t;
    up(&virtual_clock);
    open_channel(0);
    for (int i = 0; i < 1280; i++)
        put(i);
    mpsc_sender_drop(&tx);
    to.from = rx;
    ticker = task_slot(struct ticker);
    *ticker = (struct ticker){ .async.future.ops = &ticker_ops };
    t = task_spawn(&ex, &ticker->async.future);
    block_on(&ex, &to.async.future);
    assert_int_equal(to.total, 1280);
    assert_in_range(ticker->rounds, 9, 12);
    ticker->stop = true;
    join_status(t);
    task_detach(t);
    down();
}

/* ---- Dropped at every point ---------------------------------------------- */

struct pair { /* a channel; a producer in a task; receives; sends to itself */
    struct async async;
    number_tx tx;
    number_rx rx;
    int number, n;
    struct mpsc_recv recv;
    struct mpsc_send send;
    struct mpsc_closed closed;
};

static enum poll pair_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct pair);
    if (mpsc_open(&self->tx, &self->rx, 1, count_drop))
        ASYNC_RETURN((void)0);
    for (int i = 0; i < 2; i++)
        spawn(producer(task_slot(struct producer), mpsc_sender_clone(&self->tx),
                       i, 2, 3));
    for (; self->n < 6; self->n++)
        AWAIT(mpsc_recv(&self->recv, &self->rx, &self->number));
    AWAIT(mpsc_send(&self->send, &self->tx, &self->number));
    mpsc_receiver_drop(&self->rx);
    AWAIT(mpsc_closed(&self->closed, &self->tx));
    ASYNC_FINALLY
    mpsc_sender_drop(&self->tx);
    mpsc_receiver_drop(&self->rx);
    ASYNC_END;
}

static const struct future_ops pair_ops = ASYNC_OPS(pair);

static struct future *make_pair(void *memory)
{
    struct pair *self = memory;
    *self = (struct pair){ .async.future.ops = &pair_ops };
    return &self->async.future;
}

static struct future *make_producer(void *memory)
{
    number_tx to;
    number_rx from;
    struct collector *collector = task_slot(struct collector);
    assert_int_equal(mpsc_open(&to, &from, 1, count_drop), 0);
    *collector = (struct collector){ .async.future.ops = &collector_ops,
                                     .producers = 1,
                                     .next = { 1 },
                                     .from = from };
    spawn(&collector->async.future);
    return producer(memory, to, 1, 1, 4);
}

/* FUT-04, MPSC-08, MPSC-09 */
static void dropped_at_every_point(void **state)
{
    assert_in_range(every_drop(sizeof(struct pair), make_pair), 4, 20);
    assert_in_range(every_drop(sizeof(struct producer), make_producer), 3, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_the_order_sent),
        cmocka_unit_test(of_any_size),
        cmocka_unit_test(a_try_send_fails),
        cmocka_unit_test(try_to_receive),
        cmocka_unit_test(all_is_received_before_the_end),
        cmocka_unit_test(the_last_sender_wakes),
        cmocka_unit_test(what_nobody_receives),
        cmocka_unit_test(closed_by_the_receiver),
        cmocka_unit_test(accepted_and_dropped),
        cmocka_unit_test(no_peer_from_the_start),
        cmocka_unit_test(an_unbounded_send_never_waits),
        cmocka_unit_test(no_memory_to_grow),
        cmocka_unit_test(no_memory_for_a_channel),
        cmocka_unit_test(misuse_is_said),
        cmocka_unit_test(many_producers),
        cmocka_unit_test(a_full_channel_does_not_starve_others),
        cmocka_unit_test(dropped_at_every_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
