/* signals_next: this process sends the signals to itself. */
#include "tests/by_hand.h"

/* The n-th call from now of one of these fails, once. */
static int calls_left = -1;
#define FAILS() (calls_left >= 0 && calls_left-- == 0)
#define malloc(size) (FAILS() ? NULL : malloc(size))
#define uv_signal_init(loop, handle) \
    (FAILS() ? UV_EMFILE : uv_signal_init(loop, handle))
#define uv_signal_start(handle, cb, signum) \
    (FAILS() ? UV_EINVAL : uv_signal_start(handle, cb, signum))
#include "a07_select/signals.h"
#undef malloc
#undef uv_signal_init
#undef uv_signal_start

static struct signals sigs;
static struct signals_next next;

static void up_open(void)
{
    up(&virtual_clock);
    fresh();
    assert_int_equal(signals_open(&sigs, &ex), 0);
}

static void down_closed(void)
{
    signals_close(&sigs);
    down();
}

/* Let libuv hear of what was raised. */
static void hear(void)
{
    uv_run(&loop, UV_RUN_NOWAIT);
}

/* SIG-01 */
static void a_signal_wakes_who_waits(void **state)
{
    static const int signums[3] = { SIGINT, SIGTERM, SIGHUP };
    up_open();
    for (int i = 0; i < 3; i++) {
        bell.rings = 0;
        assert_int_equal(poll_once(signals_next(&next, &sigs)), POLL_PENDING);
        raise(signums[i]);
        hear();
        assert_int_equal(bell.rings, 1);
        assert_int_equal(poll_once(&next.future), POLL_READY);
        assert_int_equal(next.signum, signums[i]);
        raise(SIGINT); /* it is over: no waker of it may be left */
        hear();
        assert_int_equal(bell.rings, 1);
        assert_int_equal(poll_once(signals_next(&next, &sigs)), POLL_READY);
    }
    down_closed();
}

/* SIG-02 */
static void a_signal_that_comes_while_nobody_waits_is_kept(void **state)
{
    up_open();
    raise(SIGINT);
    raise(SIGTERM);
    hear();
    assert_int_equal(poll_once(signals_next(&next, &sigs)), POLL_READY);
    assert_int_equal(poll_once(signals_next(&next, &sigs)), POLL_READY);
    assert_int_equal(next.signum, SIGTERM);
    assert_int_equal(poll_once(signals_next(&next, &sigs)), POLL_PENDING);
    future_drop(&next.future);
    down_closed();
}

/* SIG-02, WAIT-01, WAIT-02 */
static void a_waiter_that_is_dropped_takes_none(void **state)
{
    up_open();
    poll_once(signals_next(&next, &sigs));
    future_drop(&next.future);
    raise(SIGINT);
    hear();
    assert_int_equal(bell.rings, 0);
    poll_once(signals_next(&next, &sigs));
    assert_int_equal(next.signum, SIGINT);

    poll_once(signals_next(&next, &sigs));
    raise(SIGTERM);
    hear();
    assert_int_equal(bell.rings, 1);
    future_drop(&next.future);
    assert_int_equal(poll_once(signals_next(&next, &sigs)), POLL_READY);
    assert_int_equal(next.signum, SIGTERM);
    down_closed();
}

/* WAIT-03, FUT-03, FUT-06 */
static void the_latest_waker_counts(void **state)
{
    struct bell first = { 0 };
    struct context cx = context_make(bell_waker(&first), &ex);
    up_open();
    future_poll(signals_next(&next, &sigs), &cx);
    poll_once(&next.future);
    poll_once(&next.future);
    raise(SIGINT);
    hear();
    assert_int_equal(first.rings, 0);
    assert_int_equal(bell.rings, 1);
    future_drop(&next.future);
    down_closed();
}

static void drop_and_take_anew(void *data)
{
    struct bell *b = data;
    b->rings++;
    future_drop(&next.future);
    assert_int_equal(poll_once(signals_next(&next, &sigs)), POLL_READY);
}

/* WAIT-05, WAKE-07 */
static void the_waker_may_drop_it_and_take_it(void **state)
{
    struct bell b = { 0 };
    struct waker waker = { drop_and_take_anew, &b };
    struct context cx = context_make(waker, NULL);
    up_open();
    future_poll(signals_next(&next, &sigs), &cx);
    raise(SIGINT);
    hear();
    assert_int_equal(b.rings, 1);
    down_closed();
}

struct catcher { /* the handles are closed, its memory is gone at once */
    struct async async;
    struct signals signals;
    struct signals_next next;
};

static enum poll catcher_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct catcher);
    if (signals_open(&self->signals, cx->executor))
        fail();
    trace("open");
    AWAIT(signals_next(&self->next, &self->signals));
    trace("caught");
    ASYNC_FINALLY
    signals_close(&self->signals);
    signals_close(&self->signals);
    trace("closed");
    ASYNC_END;
}

static const struct future_ops catcher_ops = ASYNC_OPS(catcher);

/* SIG-03, DRV-05 */
static void a_frame_may_go_before_libuv_has_closed_its_handles(void **state)
{
    struct catcher *c = task_slot(struct catcher);
    struct task *t;
    up(&virtual_clock);
    *c = (struct catcher){ .async.future.ops = &catcher_ops };
    t = task_spawn(&ex, &c->async.future);
    let_run(1);
    task_abort(t);
    task_detach(t);
    expect_trace("open closed");
    down();
}

/* SIG-04: it keeps the loop alive, so there is no deadlock to report. */
static void a_task_may_wait_for_nothing_but_a_signal(void **state)
{
    struct catcher *c = task_slot(struct catcher);
    up(&virtual_clock);
    *c = (struct catcher){ .async.future.ops = &catcher_ops };
    spawn(&c->async.future);
    let_run(1);
    raise(SIGTERM);
    executor_run(&ex);
    expect_trace("open caught closed");
    down();
}

/* SIG-05 */
static void what_fails_to_open_is_closed(void **state)
{
    static const int errors[] = { UV_ENOMEM, UV_EMFILE, UV_EINVAL };
    for (int n = 0; n < 9; n++) {
        up(&virtual_clock);
        calls_left = n;
        assert_int_equal(signals_open(&sigs, &ex), errors[n % 3]);
        down();
    }
    calls_left = -1;
}

/* SIG-07 */
static void a_signal_that_nohup_ignores_stays_ignored(void **state)
{
    signal(SIGHUP, SIG_IGN);
    up_open();
    poll_once(signals_next(&next, &sigs));
    raise(SIGHUP);
    hear();
    assert_int_equal(bell.rings, 0);
    raise(SIGTERM);
    hear();
    assert_int_equal(poll_once(&next.future), POLL_READY);
    down_closed();
    raise(SIGHUP);
    signal(SIGHUP, SIG_DFL);
}

static void raise_after_close(void)
{
    up_open();
    down_closed();
    raise(SIGTERM);
}

static void await_twice(void)
{
    struct signals_next other;
    up_open();
    poll_once(signals_next(&next, &sigs));
    poll_once(signals_next(&other, &sigs));
}

/* SIG-06 */
static void misuse_is_reported(void **state)
{
    assert_misuse(await_twice, "signals_next: another task waits");
}

/* SIG-03 */
static void closed_they_end_the_program_again(void **state)
{
    assert_misuse(raise_after_close, ""); /* by a signal, without a word */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_wakes_who_waits),
        cmocka_unit_test(a_signal_that_comes_while_nobody_waits_is_kept),
        cmocka_unit_test(a_waiter_that_is_dropped_takes_none),
        cmocka_unit_test(the_latest_waker_counts),
        cmocka_unit_test(the_waker_may_drop_it_and_take_it),
        cmocka_unit_test(a_frame_may_go_before_libuv_has_closed_its_handles),
        cmocka_unit_test(a_task_may_wait_for_nothing_but_a_signal),
        cmocka_unit_test(what_fails_to_open_is_closed),
        cmocka_unit_test(a_signal_that_nohup_ignores_stays_ignored),
        cmocka_unit_test(misuse_is_reported),
        cmocka_unit_test(closed_they_end_the_program_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
