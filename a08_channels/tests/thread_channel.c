/* thread_channel.h: threads and tasks on either side. */
#include "a07_select/timeout.h"
#include "a08_channels/thread_channel.h"
#include "tests/by_hand.h"
#include "tests/every_drop.h"

typedef THREAD_SENDER(int) int_tx;
typedef THREAD_RECEIVER(int) int_rx;

enum { THREADS = 8, EACH = 10000 };

/* ---- What threads do ----------------------------------------------------- */

struct thread {
    uv_thread_t id;
    int_tx tx;
    int_rx rx;
    int first, n; /* what it sends */
    int *seen;    /* how often it received which number */
    int status;   /* of the last send or receive */
};

static void send_some(void *arg)
{
    struct thread *t = arg;
    for (int i = 0; i < t->n && t->status == 0; i++) {
        int number = t->first + i;
        t->status = thread_channel_blocking_send(&t->tx, &number);
    }
    thread_channel_sender_drop(&t->tx);
}

static void receive_all(void *arg)
{
    struct thread *t = arg;
    int number;
    while ((t->status = thread_channel_blocking_recv(&t->rx, &number)) == 0)
        t->seen[number]++;
    thread_channel_receiver_drop(&t->rx);
}

static void start(struct thread *t, void (*run)(void *))
{
    assert_int_equal(uv_thread_create(&t->id, run, t), 0);
}

/* ---- What tasks do ------------------------------------------------------- */

struct collector { /* receives until the end */
    struct async async;
    int_rx rx;
    int *seen;
    int number, n, status;
    struct thread_channel_wait recv;
};

static enum poll collector_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct collector);
    for (;;) {
        AWAIT(thread_channel_recv(&self->recv, &self->rx, &self->number));
        self->status = self->recv.status;
        if (self->status)
            break;
        self->seen[self->number]++;
        self->n++;
    }
    ASYNC_FINALLY
    thread_channel_receiver_drop(&self->rx);
    ASYNC_END;
}

static const struct future_ops collector_ops = ASYNC_OPS(collector);

struct feeder { /* sends n numbers */
    struct async async;
    int_tx tx;
    int i, n, status;
    struct thread_channel_wait send;
};

static enum poll feeder_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct feeder);
    for (; self->i < self->n && self->status == 0; self->i++) {
        AWAIT(thread_channel_send(&self->send, &self->tx, &self->i));
        self->status = self->send.status;
    }
    ASYNC_FINALLY
    thread_channel_sender_drop(&self->tx);
    ASYNC_END;
}

static const struct future_ops feeder_ops = ASYNC_OPS(feeder);

static int *numbers(int n)
{
    int *seen = calloc((size_t)n, sizeof *seen);
    assert_non_null(seen);
    return seen;
}

static void each_was_seen_once(int *seen, int n)
{
    for (int i = 0; i < n; i++)
        assert_int_equal(seen[i], 1);
    free(seen);
}

/* THR-01: eight threads send, one task receives: nothing is lost. */
static void threads_to_a_task(void **state)
{
    struct thread threads[THREADS] = { 0 };
    struct collector c = { .async.future.ops = &collector_ops,
                           .seen = numbers(THREADS * EACH) };
    int_tx tx;
    up(NULL);
    assert_int_equal(thread_channel_open(&tx, &c.rx, &ex, 16, NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        threads[i].tx = thread_channel_sender_clone(&tx);
        threads[i].first = i * EACH;
        threads[i].n = EACH;
        start(&threads[i], send_some);
    }
    thread_channel_sender_drop(&tx);
    block_on(&ex, &c.async.future);
    for (int i = 0; i < THREADS; i++) {
        uv_thread_join(&threads[i].id);
        assert_int_equal(threads[i].status, 0);
    }
    assert_int_equal(c.status, UV_EOF);
    each_was_seen_once(c.seen, THREADS * EACH);
    down();
}

/* THR-01: and the other way round, with a bound that a task waits for. */
static void a_task_to_threads(void **state)
{
    struct thread threads[THREADS] = { 0 };
    struct feeder feeder = { .async.future.ops = &feeder_ops, .n = EACH };
    int *seen = numbers(EACH);
    int_rx rx;
    up(NULL);
    assert_int_equal(thread_channel_open(&feeder.tx, &rx, &ex, 4, NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        threads[i].rx = thread_channel_receiver_clone(&rx);
        threads[i].seen = numbers(EACH);
        start(&threads[i], receive_all);
    }
    thread_channel_receiver_drop(&rx);
    block_on(&ex, &feeder.async.future);
    assert_int_equal(feeder.status, 0);
    for (int i = 0; i < THREADS; i++) {
        uv_thread_join(&threads[i].id);
        assert_int_equal(threads[i].status, UV_EOF);
        for (int n = 0; n < EACH; n++)
            seen[n] += threads[i].seen[n];
        free(threads[i].seen);
    }
    each_was_seen_once(seen, EACH);
    down();
}

/* THR-02: a thread that waits for room hears of the end of the receiver. */
static void a_thread_hears_of_the_end(void **state)
{
    struct thread t = { .n = 1000 };
    struct sleep nap;
    int_rx rx;
    up(NULL);
    assert_int_equal(thread_channel_open(&t.tx, &rx, &ex, 4, NULL), 0);
    start(&t, send_some);
    block_on(&ex, sleep_ms(&nap, 20)); /* most likely it waits by then */
    thread_channel_receiver_drop(&rx);
    uv_thread_join(&t.id);
    assert_int_equal(t.status, UV_EPIPE);
    down();
}

/* THR-02, WAIT-04: and a task hears of the end of the last receiver. */
static void a_task_hears_of_the_end(void **state)
{
    struct feeder *feeder = task_slot(struct feeder);
    struct task *task;
    struct thread t = { .seen = numbers(10) };
    int number;
    up(NULL);
    *feeder = (struct feeder){ .async.future.ops = &feeder_ops, .n = 10 };
    assert_int_equal(thread_channel_open(&feeder->tx, &t.rx, &ex, 1, NULL), 0);
    task = task_spawn(&ex, &feeder->async.future);
    let_run(3);
    assert_int_equal(thread_channel_blocking_recv(&t.rx, &number), 0);
    assert_int_equal(number, 0);
    thread_channel_receiver_drop(&t.rx);
    assert_int_equal(join_status(task), 0);
    assert_int_equal(task_output(task, struct feeder)->status, UV_EPIPE);
    task_detach(task);
    free(t.seen);
    down();
}

/* ---- By hand ------------------------------------------------------------- */

static int dropped;

static void count_drop(void *value)
{
    dropped += *(int *)value;
}

/* THR-03: what is left goes with the last receiver, once; a refused value is
 * still the sender's. */
static void values_that_are_left(void **state)
{
    int_tx tx;
    int_rx rx, other;
    int number = 5;
    up(NULL);
    dropped = 0;
    assert_int_equal(thread_channel_open(&tx, &rx, &ex, 3, count_drop), 0);
    assert_int_equal(thread_channel_blocking_send(&tx, &number), 0);
    assert_int_equal(thread_channel_blocking_send(&tx, &number), 0);
    other = thread_channel_receiver_clone(&rx);
    thread_channel_receiver_drop(&rx);
    assert_int_equal(dropped, 0);
    thread_channel_receiver_drop(&other);
    assert_int_equal(dropped, 10);
    assert_int_equal(thread_channel_blocking_send(&tx, &number), UV_EPIPE);
    assert_int_equal(dropped, 10);
    thread_channel_sender_drop(&tx);
    thread_channel_sender_drop(&tx);
    down();
}

/* THR-04, WAIT-01: a send that is dropped did not send, and nobody wakes it;
 * one that takes its place does. */
static void dropped_while_it_waits(void **state)
{
    struct thread_channel_wait send, recv;
    int_tx tx;
    int_rx rx;
    int number = 1, got = 0;
    up(NULL);
    fresh();
    assert_int_equal(thread_channel_open(&tx, &rx, &ex, 1, NULL), 0);
    assert_int_equal(poll_once(thread_channel_send(&send, &tx, &number)),
                     POLL_READY);
    number = 2;
    assert_int_equal(poll_once(thread_channel_send(&send, &tx, &number)),
                     POLL_PENDING);
    future_drop(&send.future);
    assert_int_equal(poll_once(thread_channel_recv(&recv, &rx, &got)),
                     POLL_READY);
    assert_int_equal(got, 1);
    assert_int_equal(poll_once(thread_channel_recv(&recv, &rx, &got)),
                     POLL_PENDING);
    let_run(2);
    assert_int_equal(bell.rings, 0);
    number = 3;
    assert_int_equal(thread_channel_blocking_send(&tx, &number), 0);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_once(&recv.future), POLL_READY);
    assert_int_equal(got, 3);
    thread_channel_sender_drop(&tx);
    thread_channel_receiver_drop(&rx);
    executor_run(&ex);
    down();
}

/* THR-b */
static void opened_too_late(void **state)
{
    int_tx tx;
    int_rx rx;
    up(NULL);
    assert_int_equal(executor_close(&ex), 0);
    assert_int_equal(thread_channel_open(&tx, &rx, &ex, 1, NULL), UV_ECANCELED);
    assert_null(tx.tx);
    assert_null(rx.rx);
    assert_int_equal(uv_loop_close(&loop), 0);
}

/* THR-a: a receive that always finds a value, and a send that always finds
 * room, spend the budget; one that waits spends nothing. */
static void they_spend_the_budget(void **state)
{
    struct thread_channel_wait wait;
    struct context cx = context_make(bell_waker(&bell), NULL);
    int_tx tx;
    int_rx rx;
    int number = 1, n = 0;
    up(NULL);
    fresh();
    assert_int_equal(thread_channel_open(&tx, &rx, &ex, 1000, NULL), 0);
    assert_int_equal(future_poll(thread_channel_recv(&wait, &rx, &number), &cx),
                     POLL_PENDING);
    future_drop(&wait.future);
    assert_int_equal(cx.spent, 0);
    while (n < 1000 &&
           future_poll(thread_channel_send(&wait, &tx, &n), &cx) == POLL_READY)
        n++;
    assert_int_equal(n, BUDGET_STEPS);
    assert_int_equal(bell.rings, 1);
    cx = context_make(bell_waker(&bell), NULL);
    assert_int_equal(future_poll(&wait.future, &cx), POLL_READY);
    for (n = 1; future_poll(thread_channel_recv(&wait, &rx, &number), &cx) ==
                POLL_READY;)
        assert_int_equal(number, n++ - 1);
    assert_int_equal(n, BUDGET_STEPS);
    assert_int_equal(bell.rings, 2);
    future_drop(&wait.future);
    thread_channel_sender_drop(&tx);
    thread_channel_receiver_drop(&rx);
    executor_run(&ex);
    down();
}

static struct thread echo; /* sends three numbers, in a thread */

static struct future *make_collector(void *memory)
{
    static int seen[3];
    struct collector *self = memory;
    if (echo.id)
        uv_thread_join(&echo.id);
    *self =
        (struct collector){ .async.future.ops = &collector_ops, .seen = seen };
    echo = (struct thread){ .n = 3 };
    assert_int_equal(thread_channel_open(&echo.tx, &self->rx, &ex, 1, NULL), 0);
    start(&echo, send_some);
    return &self->async.future;
}

/* THR-04 */
static void dropped_at_every_point(void **state)
{
    every_drop(sizeof(struct collector), make_collector);
    uv_thread_join(&echo.id);
}

/* ---- Misuse -------------------------------------------------------------- */

/* WAIT-02, WAIT-03: the value that it was woken for is there for the next. */
static void dropped_when_it_was_woken(void **state)
{
    struct thread_channel_wait recv;
    struct bell second = { 0 };
    struct context cx = context_make(bell_waker(&second), NULL);
    int_tx tx;
    int_rx rx;
    int number = 3, got = 0;
    up(NULL);
    fresh();
    assert_int_equal(thread_channel_open(&tx, &rx, &ex, 1, NULL), 0);
    assert_int_equal(poll_once(thread_channel_recv(&recv, &rx, &got)),
                     POLL_PENDING);
    assert_int_equal(future_poll(&recv.future, &cx), POLL_PENDING);
    assert_int_equal(thread_channel_blocking_send(&tx, &number), 0);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(bell.rings, 0);
    assert_int_equal(second.rings, 1);
    future_drop(&recv.future);
    assert_int_equal(poll_once(thread_channel_recv(&recv, &rx, &got)),
                     POLL_READY);
    assert_int_equal(got, 3);
    thread_channel_sender_drop(&tx);
    thread_channel_receiver_drop(&rx);
    executor_run(&ex);
    down();
}

static void no_capacity(void)
{
    int_tx tx;
    int_rx rx;
    thread_channel_open(&tx, &rx, &ex, 0, NULL);
}

static void two_tasks(void)
{
    struct thread_channel_wait one, two;
    int_tx tx;
    int_rx rx;
    int got;
    thread_channel_open(&tx, &rx, &ex, 1, NULL);
    poll_once(thread_channel_recv(&one, &rx, &got));
    poll_once(thread_channel_recv(&two, &rx, &got));
}

static void receiver_under_a_receive(void)
{
    struct thread_channel_wait wait;
    int_tx tx;
    int_rx rx;
    int got;
    thread_channel_open(&tx, &rx, &ex, 1, NULL);
    poll_once(thread_channel_recv(&wait, &rx, &got));
    thread_channel_receiver_drop(&rx);
    thread_channel_sender_drop(&tx); /* the ring is freed with its bell */
    uv_run(&loop, UV_RUN_NOWAIT);
    future_drop(&wait.future);
}

static void sender_under_a_send(void)
{
    struct thread_channel_wait wait;
    int_tx tx;
    int_rx rx;
    int number = 1;
    thread_channel_open(&tx, &rx, &ex, 1, NULL);
    poll_once(thread_channel_send(&wait, &tx, &number));
    poll_once(thread_channel_send(&wait, &tx, &number));
    thread_channel_sender_drop(&tx);
    thread_channel_receiver_drop(&rx);
    uv_run(&loop, UV_RUN_NOWAIT);
    future_drop(&wait.future);
}

struct blocker { /* a task that calls what only a thread may call */
    struct async async;
    int_tx tx;
    int number;
};

static enum poll blocker_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct blocker);
    (void)thread_channel_blocking_send(&self->tx, &self->number);
    ASYNC_END;
}

static const struct future_ops blocker_ops = ASYNC_OPS(blocker);

static void block_in_a_task(void)
{
    struct blocker blocker = { .async.future.ops = &blocker_ops };
    int_rx rx;
    thread_channel_open(&blocker.tx, &rx, &ex, 1, NULL);
    block_on(&ex, &blocker.async.future);
}

/* THR-05 */
static void misuse_is_said(void **state)
{
    up(NULL);
    assert_misuse(no_capacity, "a capacity of 0");
    assert_misuse(block_in_a_task, "a blocking call in a task");
    assert_misuse(two_tasks, "another task waits on this side already");
    assert_misuse(receiver_under_a_receive,
                  "dropped while a thread_channel_recv() waits");
    assert_misuse(sender_under_a_send,
                  "dropped while a thread_channel_send() waits");
    down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_to_a_task),
        cmocka_unit_test(a_task_to_threads),
        cmocka_unit_test(a_thread_hears_of_the_end),
        cmocka_unit_test(a_task_hears_of_the_end),
        cmocka_unit_test(values_that_are_left),
        cmocka_unit_test(dropped_while_it_waits),
        cmocka_unit_test(dropped_when_it_was_woken),
        cmocka_unit_test(opened_too_late),
        cmocka_unit_test(they_spend_the_budget),
        cmocka_unit_test(dropped_at_every_point),
        cmocka_unit_test(misuse_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
