/* cancel.h: one by one, what cancel_model.c does by chance. */
#include "a08_channels/cancel.h"
#include "tests/by_hand.h"
#include "tests/every_drop.h"

/* root, its children left and right, and below left: low */
enum { ROOT, LEFT, RIGHT, LOW, TOKENS };

static struct token tokens[TOKENS];
static struct token_cancelled waits[TOKENS];
static struct token_run run;
static struct bell bells[TOKENS];

static enum poll poll_wait(int i)
{
    struct context cx = context_make(bell_waker(&bells[i]), NULL);
    return future_poll(&waits[i].future, &cx);
}

static void set_up(void)
{
    fresh();
    memset(bells, 0, sizeof bells);
    token_init(&tokens[ROOT], NULL);
    token_init(&tokens[LEFT], &tokens[ROOT]);
    token_init(&tokens[RIGHT], &tokens[ROOT]);
    token_init(&tokens[LOW], &tokens[LEFT]);
    for (int i = 0; i < TOKENS; i++) {
        token_cancelled(&waits[i], &tokens[i]);
        assert_int_equal(poll_wait(i), POLL_PENDING);
    }
}

static void tear_down(void)
{
    for (int i = 0; i < TOKENS; i++)
        future_drop(&waits[i].future);
    for (int i = 0; i < TOKENS; i++)
        token_drop(&tokens[i]);
}

/* These are cancelled, and were woken once; the others were not. */
static void expect_cancelled(bool root, bool left, bool right, bool low)
{
    bool expected[TOKENS] = { root, left, right, low };
    for (int i = 0; i < TOKENS; i++) {
        assert_int_equal(token_is_cancelled(&tokens[i]), expected[i]);
        assert_int_equal(bells[i].rings, expected[i]);
    }
}

/* TOK-01 */
static void cancel_wakes(void **state)
{
    set_up();
    expect_cancelled(false, false, false, false);
    token_cancel(&tokens[LOW]);
    expect_cancelled(false, false, false, true);
    assert_int_equal(poll_wait(LOW), POLL_READY);
    token_cancelled(&waits[LOW], &tokens[LOW]);
    assert_int_equal(poll_wait(LOW), POLL_READY); /* and stays so */
    tear_down();
}

/* TOK-03, WAIT-04 */
static void parent_cancels_all_below(void **state)
{
    set_up();
    token_cancel(&tokens[ROOT]);
    expect_cancelled(true, true, true, true);
    for (int i = 0; i < TOKENS; i++)
        assert_int_equal(poll_wait(i), POLL_READY);
    tear_down();
}

/* TOK-04 */
static void child_leaves_the_others_alone(void **state)
{
    set_up();
    token_cancel(&tokens[LEFT]);
    expect_cancelled(false, true, false, true);
    token_cancel(&tokens[ROOT]);
    expect_cancelled(true, true, true, true);
    tear_down();
}

/* TOK-05 */
static void grandchildren_stay(void **state)
{
    set_up();
    future_drop(&waits[LEFT].future);
    token_drop(&tokens[LEFT]);
    memset(&tokens[LEFT], 0, sizeof tokens[LEFT]);
    token_cancel(&tokens[ROOT]);
    assert_int_equal(bells[LOW].rings, 1);
    assert_true(token_is_cancelled(&tokens[LOW]));
    tear_down();

    set_up();
    future_drop(&waits[ROOT].future);
    token_drop(&tokens[ROOT]); /* now there are two trees */
    memset(&tokens[ROOT], 0, sizeof tokens[ROOT]);
    token_cancel(&tokens[LEFT]);
    assert_int_equal(bells[LOW].rings, 1);
    assert_int_equal(bells[RIGHT].rings, 0);
    tear_down();
}

/* TOK-06: in each of the 24 orders. */
static void dropped_in_any_order(void **state)
{
    for (int order = 0; order < TOKENS * TOKENS * TOKENS * TOKENS; order++) {
        int seen = 0, digits = order;
        for (int i = 0; i < TOKENS; i++, digits /= TOKENS)
            seen |= 1 << digits % TOKENS;
        if (seen != (1 << TOKENS) - 1)
            continue;
        set_up();
        digits = order;
        for (int i = 0; i < TOKENS; i++, digits /= TOKENS) {
            int which = digits % TOKENS;
            future_drop(&waits[which].future);
            token_drop(&tokens[which]);
            assert_int_equal(bells[which].rings, 0);
            memset(&tokens[which], 0xa5, sizeof tokens[which]);
        }
    }
}

/* TOK-b */
static void cancelled_twice(void **state)
{
    set_up();
    token_cancel(&tokens[LEFT]);
    token_cancel(&tokens[LEFT]);
    token_cancel(&tokens[LOW]);
    expect_cancelled(false, true, false, true);
    tear_down();
}

/* TOK-e: under a token that is cancelled. */
static void born_cancelled(void **state)
{
    struct token late;
    set_up();
    token_cancel(&tokens[LEFT]);
    token_init(&late, &tokens[LEFT]);
    assert_true(token_is_cancelled(&late));
    future_drop(&waits[LEFT].future);
    token_drop(&tokens[LEFT]);
    token_drop(&late);
    tear_down();
}

/* FUT-03, FUT-04, TOK-a, WAIT-01, WAIT-02, WAIT-03 */
static void dropped_waits(void **state)
{
    set_up();
    future_drop(&waits[LOW].future);
    assert_int_equal(poll_once(&waits[RIGHT].future), POLL_PENDING);
    token_cancel(&tokens[ROOT]);
    future_drop(&waits[LEFT].future); /* after it was woken */
    assert_int_equal(bells[LOW].rings, 0);
    assert_int_equal(bells[RIGHT].rings, 0);
    assert_int_equal(bell.rings, 1);
    tear_down();
}

/* TOK-f: who was woken looks at no token any more. */
static void token_dropped_after_cancel(void **state)
{
    set_up();
    token_cancel(&tokens[ROOT]);
    for (int i = 0; i < TOKENS; i++)
        token_drop(&tokens[i]);
    memset(tokens, 0, sizeof tokens);
    assert_int_equal(poll_wait(ROOT), POLL_READY);
    assert_int_equal(poll_wait(LOW), POLL_READY);
    future_drop(&waits[LEFT].future);
    future_drop(&waits[RIGHT].future);
}

/* TOK-g: no recursion, so no stack that ends. */
static void a_deep_tree(void **state)
{
    enum { DEPTH = 100000 };
    struct token *deep = malloc(DEPTH * sizeof *deep);
    assert_non_null(deep);
    for (int i = 0; i < DEPTH; i++)
        token_init(&deep[i], i ? &deep[i - 1] : NULL);
    token_cancel(&deep[0]);
    for (int i = 0; i < DEPTH; i++) {
        assert_true(token_is_cancelled(&deep[i]));
        token_drop(&deep[i]);
    }
    free(deep);
}

/* ---- A waker that does more than to ring --------------------------------- */

static void drop_all(void *data)
{
    bell.rings++;
    tear_down();
    memset(tokens, 0xa5, sizeof tokens);
}

static void poll_low(void *data)
{
    bell.rings++;
    assert_int_equal(poll_wait(LOW), POLL_READY);
}

static void poll_root_with(void (*wake)(void *))
{
    struct context cx = context_make((struct waker){ wake, NULL }, NULL);
    assert_int_equal(future_poll(&waits[ROOT].future, &cx), POLL_PENDING);
}

/* TOK-f, TOK-03, WAIT-05: all are cancelled before the first one is woken. */
static void wakers_that_reenter(void **state)
{
    set_up();
    poll_root_with(drop_all);
    token_cancel(&tokens[ROOT]);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(bells[LOW].rings, 0);

    set_up();
    poll_root_with(poll_low);
    token_cancel(&tokens[ROOT]);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(bells[LOW].rings, 0);
    tear_down();
}

/* ---- token_run ----------------------------------------------------------- */

static struct future *run_probe(void)
{
    return token_run(&run, &tokens[LEFT], arms[0]);
}

/* TOK-07 */
static void run_to_its_end(void **state)
{
    set_up();
    assert_int_equal(poll_once(run_probe()), POLL_PENDING);
    probe_open(&probes[0]);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_once(&run.future), POLL_READY);
    assert_int_equal(run.status, 0);
    token_cancel(&tokens[ROOT]);
    assert_int_equal(bell.rings, 1);
    expect_trace("a? a!");
    tear_down();
}

/* TOK-07 */
static void run_is_cancelled(void **state)
{
    set_up();
    assert_int_equal(poll_once(run_probe()), POLL_PENDING);
    assert_int_equal(poll_once(&run.future), POLL_PENDING);
    token_cancel(&tokens[ROOT]);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_once(&run.future), POLL_READY);
    assert_int_equal(run.status, UV_ECANCELED);
    assert_no_waker_left();
    expect_trace("a? a? a? ~a");
    tear_down();
}

/* TOK-07 */
static void run_after_cancel(void **state)
{
    set_up();
    token_cancel(&tokens[LEFT]);
    probe_open(&probes[0]);
    assert_int_equal(poll_once(run_probe()), POLL_READY);
    assert_int_equal(run.status, UV_ECANCELED);
    expect_trace("~a");
    tear_down();
}

/* TOK-07 */
static void run_has_a_tie(void **state)
{
    set_up();
    assert_int_equal(poll_once(run_probe()), POLL_PENDING);
    probe_open(&probes[0]);
    token_cancel(&tokens[LEFT]);
    assert_int_equal(poll_once(&run.future), POLL_READY);
    assert_int_equal(run.status, 0);
    tear_down();

    set_up();
    probe_open(&probes[0]);
    assert_int_equal(poll_once(run_probe()), POLL_READY);
    assert_int_equal(run.status, 0);
    tear_down();
}

/* FUT-04, TOK-h */
static void run_is_dropped(void **state)
{
    for (int polls = 0; polls < 3; polls++) {
        set_up();
        run_probe();
        for (int i = 0; i < polls; i++)
            poll_once(&run.future);
        future_drop(&run.future);
        assert_int_equal(probes[0].drops, 1);
        assert_no_waker_left();
        token_cancel(&tokens[ROOT]);
        assert_int_equal(bell.rings, 0);
        tear_down();
    }
}

/* ---- Misuse -------------------------------------------------------------- */

static void dropped_under_a_wait(void)
{
    set_up();
    token_drop(&tokens[LOW]);
}

static void polled_after_ready(void)
{
    set_up();
    token_cancel(&tokens[LOW]);
    poll_wait(LOW);
    poll_wait(LOW);
}

static void run_after_ready(void)
{
    set_up();
    probe_open(&probes[0]);
    poll_once(run_probe());
    poll_once(&run.future);
}

#ifndef NDEBUG
static void run_of_a_mute_future(void)
{
    set_up();
    poll_once(token_run(&run, &tokens[LOW], &mute));
}
#endif

static void nobody_cancels(void)
{
    set_up();
    up(&virtual_clock);
    block_on(&ex, token_run(&run, &tokens[LOW], arms[0]));
}

/* TOK-i */
static void misuse_is_said(void **state)
{
    assert_misuse(dropped_under_a_wait, "dropped while a token_cancelled()");
    assert_misuse(polled_after_ready, ": polled again");
    assert_misuse(run_after_ready, ": polled again");
#ifndef NDEBUG
    assert_misuse(run_of_a_mute_future, "mute returned PENDING");
#endif
    assert_misuse(nobody_cancels, "token_run\n"
                                  "  |- probe\n"
                                  "  `- token_cancelled\n");
}

/* ---- In tasks, dropped at every point ------------------------------------ */

static struct token stop;

struct server { /* runs a nap until the token says stop, then says good-bye */
    struct async async;
    struct sleep nap, bye;
    struct token own;
    struct token_run run;
};

static enum poll server_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct server);
    token_init(&self->own, &stop);
    AWAIT(token_run(&self->run, &self->own, sleep_ms(&self->nap, 100)));
    assert_int_equal(self->run.status, UV_ECANCELED);
    AWAIT(sleep_ms(&self->bye, 5));
    ASYNC_FINALLY
    token_drop(&self->own);
    ASYNC_END;
}

static const struct future_ops server_ops = ASYNC_OPS(server);

struct stopper {
    struct async async;
    struct sleep nap;
};

static enum poll stopper_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct stopper);
    AWAIT(sleep_ms(&self->nap, 10));
    token_cancel(&stop);
    ASYNC_END;
}

static const struct future_ops stopper_ops = ASYNC_OPS(stopper);

static struct future *make_server(void *memory)
{
    struct server *self = memory;
    struct stopper *stopper = task_slot(struct stopper);
    token_init(&stop, NULL);
    *stopper = (struct stopper){ .async.future.ops = &stopper_ops };
    spawn(&stopper->async.future);
    *self = (struct server){ .async.future.ops = &server_ops };
    return &self->async.future;
}

/* FUT-04, TOK-06 */
static void dropped_at_every_point(void **state)
{
    assert_int_equal(every_drop(sizeof(struct server), make_server), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cancel_wakes),
        cmocka_unit_test(parent_cancels_all_below),
        cmocka_unit_test(child_leaves_the_others_alone),
        cmocka_unit_test(grandchildren_stay),
        cmocka_unit_test(dropped_in_any_order),
        cmocka_unit_test(cancelled_twice),
        cmocka_unit_test(born_cancelled),
        cmocka_unit_test(dropped_waits),
        cmocka_unit_test(token_dropped_after_cancel),
        cmocka_unit_test(a_deep_tree),
        cmocka_unit_test(wakers_that_reenter),
        cmocka_unit_test(run_to_its_end),
        cmocka_unit_test(run_is_cancelled),
        cmocka_unit_test(run_after_cancel),
        cmocka_unit_test(run_has_a_tie),
        cmocka_unit_test(run_is_dropped),
        cmocka_unit_test(misuse_is_said),
        cmocka_unit_test(dropped_at_every_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
