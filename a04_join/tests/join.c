/* join_two, join_all, try_join_all: polled by hand, and on an executor. */
#include "children.h"

static struct join_two two;
static struct join_all all;

/* ---- join_two ------------------------------------------------------------ */

static struct future *make_two(void)
{
    return join_two(&two, &probes[0].future, &probes[1].future);
}

/* JOIN-01, JOIN-03, JOIN-04 */
static void two_are_ready_when_both_are(void **state)
{
    fresh_children();
    make_two();
    expect_trace("");
    assert_int_equal(poll_once(&two.future), POLL_PENDING);
    expect_trace("a? b?");
    probe_open(&probes[1]);
    assert_int_equal(poll_once(&two.future), POLL_PENDING);
    expect_trace("b! a?");
    probe_open(&probes[0]);
    assert_int_equal(poll_once(&two.future), POLL_READY);
    expect_trace("a!");
}

/* JOIN-01, JOIN-04 */
static void two_in_one_poll(void **state)
{
    fresh_children();
    probes[0].open = probes[1].open = true;
    assert_int_equal(poll_once(make_two()), POLL_READY);
    expect_trace("a! b!");
    future_drop(&two.future);
    expect_trace("");
}

/* JOIN-05, FUT-03 */
static void either_of_two_wakes_the_one_who_polled_last(void **state)
{
    struct bell first = { 0 };
    struct context cx = context_make(bell_waker(&first), NULL);
    fresh_children();
    future_poll(make_two(), &cx);
    poll_once(&two.future);
    probe_open(&probes[1]);
    assert_int_equal(bell.rings, 1);
    poll_once(&two.future);
    probe_open(&probes[0]);
    assert_int_equal(bell.rings, 2);
    assert_int_equal(first.rings, 0);
    future_drop(&two.future);
}

/* JOIN-09 */
static void two_take_turns_to_be_first(void **state)
{
    fresh_children();
    make_two();
    for (int i = 0; i < 3; i++)
        poll_once(&two.future);
    expect_trace("a? b? b? a? a? b?");
    future_drop(&two.future);
}

/* FUT-04, JOIN-07 */
static void dropping_two_drops_those_that_are_not_over(void **state)
{
    fresh_children();
    poll_once(make_two());
    future_drop(&two.future);
    future_drop(&two.future);
    expect_trace("a? b? ~a ~b");
    assert_no_waker_left();

    fresh_children();
    probes[0].open = true;
    poll_once(make_two());
    future_drop(&two.future);
    expect_trace("a! b? ~b");

    fresh_children();
    future_drop(make_two());
    expect_trace("~a ~b");
}

/* ---- join_all ------------------------------------------------------------ */

/* JOIN-01, JOIN-03, JOIN-04, JOIN-10 */
static void all_are_ready_when_the_last_one_is(void **state)
{
    fresh_children();
    assert_int_equal(poll_once(join_all(&all, children, 3)), POLL_PENDING);
    expect_trace("a? b? c?");
    probe_open(&probes[2]);
    assert_int_equal(poll_once(&all.future), POLL_PENDING);
    expect_trace("c!");
    probe_open(&probes[1]);
    probe_open(&probes[0]);
    assert_int_equal(poll_once(&all.future), POLL_READY);
    expect_trace("b! a!");
}

/* JOIN-02 */
static void a_join_of_nothing_is_ready_at_once(void **state)
{
    fresh_children();
    assert_int_equal(poll_once(join_all(&all, NULL, 0)), POLL_READY);
    assert_int_equal(poll_once(try_join_all(&all, NULL, 0)), POLL_READY);
    assert_int_equal(all.status, 0);
    assert_int_equal(bell.rings, 0);
}

/* JOIN-05 */
static void any_child_wakes_the_join(void **state)
{
    for (int i = 0; i < MANY; i++) {
        fresh_children();
        poll_once(join_all(&all, children, MANY));
        assert_int_equal(bell.rings, 0);
        probe_open(&probes[i]);
        assert_int_equal(bell.rings, 1);
        future_drop(&all.future);
    }
}

/* JOIN-06: the later they stand, the shorter they nap. */
static void many_keep_the_order_they_were_given(void **state)
{
    static struct worker workers[128];
    static struct child many[128];
    for (int n = 1; n <= 128; n += 127) {
        up(&virtual_clock);
        for (int i = 0; i < n; i++)
            many[i].future =
                worker(&workers[i], "w", i % 3, (uint64_t)(128 - i));
        block_on(&ex, join_all(&all, many, (size_t)n));
        for (int i = 0; i < n; i++)
            assert_int_equal(workers[i].result, i % 3);
        assert_int_equal(executor_now(&ex), n == 1 ? 0 : 2 * 126);
        down();
    }
}

/* FUT-06, JOIN-10 */
static void a_poll_without_a_wake_polls_no_child(void **state)
{
    fresh_children();
    poll_once(join_all(&all, children, 2));
    poll_once(&all.future);
    poll_once(&all.future);
    expect_trace("a? b?");
    assert_int_equal(bell.rings, 0);
    probe_open(&probes[0]);
    assert_int_equal(bell.rings, 1);
    future_drop(&all.future);
    expect_trace("~a ~b");
}

/* FUT-03 */
static void the_latest_waker_of_the_join_counts(void **state)
{
    struct bell first = { 0 };
    struct context cx = context_make(bell_waker(&first), NULL);
    fresh_children();
    future_poll(join_all(&all, children, 2), &cx);
    poll_once(&all.future);
    probe_open(&probes[1]);
    assert_int_equal(first.rings, 0);
    assert_int_equal(bell.rings, 1);
    future_drop(&all.future);
}

/* FUT-01, FUT-04, FUT-09, JOIN-07 */
static void dropping_a_join_drops_its_children_in_order(void **state)
{
    struct join_all moved;
    fresh_children();
    future_drop(join_all(&all, children, 3));
    expect_trace("~a ~b ~c");

    fresh_children();
    join_all(&all, children, 3);
    moved = all; /* before its first poll */
    probes[1].open = true;
    poll_once(&moved.future);
    expect_trace("a? b! c?");
    probe_open(&probes[2]); /* woken, and dropped before it is polled */
    future_drop(&moved.future);
    future_drop(&moved.future);
    expect_trace("~a ~c");
    assert_int_equal(bell.rings, 1); /* by c; a drop rings nobody */
    assert_no_waker_left();
}

enum { COUNT = 10000 };

struct last_will { /* its clean-up drops the join that it is a part of */
    struct async async;
    struct sleep nap;
    int number;
};

static struct last_will jobs[COUNT];
static int wills, cleaning, most_cleaning; /* so many clean-ups at a time */

static enum poll last_will_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct last_will);
    AWAIT(sleep_ms(&self->nap, 5));
    ASYNC_FINALLY
    assert_int_equal(self->number, wills++);
    if (++cleaning > most_cleaning)
        most_cleaning = cleaning;
    future_drop(&all.future);
    cleaning--;
    ASYNC_END;
}

static const struct future_ops last_will_ops = ASYNC_OPS(last_will);

/* JOIN-b: not by ten thousand calls in each other, and still in order. */
static void a_child_may_drop_its_join_when_it_is_dropped(void **state)
{
    static struct child its[COUNT];
    for (int polls = 0; polls < 2; polls++) {
        up(&virtual_clock);
        wills = most_cleaning = 0;
        for (int i = 0; i < COUNT; i++) {
            jobs[i] = (struct last_will){ .async.future.ops = &last_will_ops,
                                          .number = i };
            its[i].future = &jobs[i].async.future;
        }
        join_all(&all, its, COUNT);
        for (int i = 0; i < polls; i++)
            assert_int_equal(poll_with(&ex, &all.future), POLL_PENDING);
        future_drop(&all.future);
        assert_int_equal(wills, COUNT);
        assert_int_equal(most_cleaning, 1);
        assert_true(executor_due(&ex) == UINT64_MAX);
        down();
    }
}

/* JOIN-a */
static void one_that_wakes_itself_starves_no_sibling(void **state)
{
    struct worker eager;
    fresh_children();
    children[0].future = worker(&eager, "x", 3, 0);
    assert_int_equal(poll_once(join_all(&all, children, 2)), POLL_PENDING);
    expect_trace("x1 b?");
    assert_int_equal(bell.rings, 1);
    probe_open(&probes[1]);
    assert_int_equal(poll_once(&all.future), POLL_PENDING);
    expect_trace("x2 b!");
    poll_once(&all.future);
    assert_int_equal(poll_once(&all.future), POLL_READY);
    expect_trace("x3 x.");
}

/* ---- try_join_all -------------------------------------------------------- */

static int statuses[MANY];

static struct future *make_try(size_t n)
{
    for (int i = 0; i < MANY; i++) {
        statuses[i] = 0;
        children[i].status = &statuses[i];
    }
    return try_join_all(&all, children, n);
}

/* JOIN-08 */
static void the_first_error_ends_the_join_and_drops_the_others(void **state)
{
    fresh_children();
    assert_int_equal(poll_once(make_try(4)), POLL_PENDING);
    probe_open(&probes[3]);
    assert_int_equal(poll_once(&all.future), POLL_PENDING);
    statuses[1] = UV_ENOENT;
    probe_open(&probes[1]);
    assert_int_equal(poll_once(&all.future), POLL_READY);
    expect_trace("a? b? c? d? d! b! ~a ~c");
    assert_int_equal(all.status, UV_ENOENT);
    assert_int_equal(name_of(all.failed), 'b');
    assert_no_waker_left();
}

/* JOIN-08 */
static void of_two_errors_in_one_poll_the_first_counts(void **state)
{
    fresh_children();
    make_try(3);
    statuses[1] = UV_EIO;
    statuses[2] = UV_ENOENT;
    probes[1].open = probes[2].open = true;
    assert_int_equal(poll_once(&all.future), POLL_READY);
    expect_trace("a? b! ~a ~c");
    assert_int_equal(all.status, UV_EIO);
}

/* JOIN-08 */
static void without_an_error_it_is_a_join(void **state)
{
    fresh_children();
    make_try(2);
    statuses[0] = 7; /* only below 0 is an error */
    children[1].status = NULL;
    statuses[1] = UV_EIO;
    probes[0].open = probes[1].open = true;
    assert_int_equal(poll_once(&all.future), POLL_READY);
    expect_trace("a! b!");
    assert_int_equal(all.status, 0);
    assert_null(all.failed);
}

/* ---- On an executor ------------------------------------------------------ */

static void join_two_with_a_mute(void)
{
    fresh_children();
    poll_once(join_two(&two, &mute, &probes[0].future));
}

static void join_all_with_a_mute(void)
{
    fresh_children();
    children[1].future = &mute;
    poll_once(join_all(&all, children, 3));
}

/* FUT-02: the trap "a sibling's wake hides a missing one" */
static void a_child_without_a_waker_is_reported_beside_siblings(void **state)
{
#ifdef NDEBUG
    skip();
#endif
    assert_misuse(join_two_with_a_mute, "mute returned PENDING but took no");
    assert_misuse(join_all_with_a_mute, "mute returned PENDING but took no");
}

static void poll_a_join_again(void)
{
    join_all(&all, NULL, 0);
    poll_once(&all.future);
    poll_once(&all.future);
}

static void polling_a_finished_join_aborts(void **state)
{
    assert_misuse(poll_a_join_again, "polled again after READY");
}

struct team { /* a join, and those it joins */
    union {
        struct join_two two;
        struct join_all all;
    } join;
    struct worker workers[4];
    struct child children[4];
    int status;
};

static struct future *make_two_workers(void *memory)
{
    struct team *t = memory;
    return join_two(&t->join.two, worker(&t->workers[0], "a", 3, 2),
                    worker(&t->workers[1], "b", 2, 0));
}

static struct future *make_workers(void *memory)
{
    struct team *t = memory;
    for (int i = 0; i < 4; i++)
        t->children[i].future = worker(&t->workers[i], names[i], 3 - i % 2,
                                       i % 2 ? (uint64_t)i : 0);
    return join_all(&t->join.all, t->children, 4);
}

static struct future *make_workers_that_fail(void *memory)
{
    struct team *t = memory;
    make_workers(t);
    for (int i = 0; i < 4; i++)
        t->children[i].status = i == 3 ? &t->status : NULL;
    t->status = UV_EIO;
    return try_join_all(&t->join.all, t->children, 4);
}

/* JOIN-07, at any moment */
static void it_can_be_dropped_after_every_poll(void **state)
{
    assert_true(every_drop(sizeof(struct team), make_two_workers) > 3);
    assert_true(every_drop(sizeof(struct team), make_workers) > 3);
    assert_true(every_drop(sizeof(struct team), make_workers_that_fail) > 3);
}

/* ---- The budget of a06 ---------------------------------------------------*/

struct eater { /* spends all that is left, at every poll, for three polls */
    struct future future;
    int polls;
};

static enum poll eater_poll(struct future *f, struct context *cx)
{
    struct eater *self = container_of(f, struct eater, future);
    while (!context_is_spent(cx))
        assert_true(spend(cx));
    if (++self->polls == 3)
        return POLL_READY;
    waker_wake(context_waker(cx));
    return POLL_PENDING;
}

static const struct future_ops eater_ops = { .name = "eater",
                                             .poll = eater_poll,
                                             .drop = future_drop_nothing };

/* SCHED-10: first the first alone, then the next, and so on. */
static void the_children_share_a_budget_and_each_has_its_turn(void **state)
{
    struct eater eaters[3];
    fresh_children();
    for (int i = 0; i < 3; i++) {
        eaters[i] = (struct eater){ .future.ops = &eater_ops };
        children[i].future = &eaters[i].future;
    }
    join_all(&all, children, 3);
    for (int turn = 0; turn < 9; turn++) {
        struct context cx = context_make(bell_waker(&bell), NULL);
        assert_int_equal(future_poll(&all.future, &cx),
                         turn == 8 ? POLL_READY : POLL_PENDING);
        assert_true(context_is_spent(&cx)); /* and so we have spent ours */
        for (int i = 0; i < 3; i++)
            assert_int_equal(eaters[i].polls, (turn + 3 - i) / 3);
    }
}

struct reader { /* takes `items` that are always there, a budget at a time */
    struct future future;
    int items, got;
    bool *stop; /* set at the end; once it is set, no more are needed */
};

static enum poll reader_poll(struct future *f, struct context *cx)
{
    struct reader *self = container_of(f, struct reader, future);
    for (; self->got < self->items && !*self->stop; self->got++)
        if (!spend(cx))
            return POLL_PENDING;
    *self->stop = true;
    return POLL_READY;
}

static const struct future_ops reader_ops = { .name = "reader",
                                              .poll = reader_poll,
                                              .drop = future_drop_nothing };

/* SCHED-10: tokio 4612 */
static void a_greedy_child_starves_nobody(void **state)
{
    for (int way = 0; way < 4; way++) {
        bool stop = false;
        struct reader readers[] = {
            { .future.ops = &reader_ops, .items = 100000, .stop = &stop },
            { .future.ops = &reader_ops, .items = 1, .stop = &stop },
        };
        struct future *f[2] = { &readers[way % 2].future,
                                &readers[!(way % 2)].future };
        children[0] = (struct child){ .future = f[0] };
        children[1] = (struct child){ .future = f[1] };
        up(&virtual_clock);
        block_on(&ex, way < 2 ? join_two(&two, f[0], f[1])
                              : join_all(&all, children, 2));
        assert_true(readers[0].got <= 2 * BUDGET_STEPS);
        down();
    }
}

/* SCHED-10: a join gets the budget in every other poll only, and still gives it
 * to its children by turns. */
static void a_greedy_child_starves_nobody_in_a_join_inside_a_join(void **state)
{
    for (int way = 0; way < 4; way++) {
        static struct join_two inner;
        bool stop = false;
        struct reader readers[] = {
            { .future.ops = &reader_ops, .items = 100000, .stop = &stop },
            { .future.ops = &reader_ops, .items = 100000, .stop = &stop },
            { .future.ops = &reader_ops, .items = 1, .stop = &stop },
        };
        struct future *greedy = &readers[0].future;
        join_two(&inner, &readers[1 + way % 2].future,
                 &readers[2 - way % 2].future);
        up(&virtual_clock);
        block_on(&ex, way < 2 ? join_two(&two, greedy, &inner.future)
                              : join_two(&two, &inner.future, greedy));
        assert_true(readers[0].got <= 4 * BUDGET_STEPS);
        down();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_are_ready_when_both_are),
        cmocka_unit_test(two_in_one_poll),
        cmocka_unit_test(either_of_two_wakes_the_one_who_polled_last),
        cmocka_unit_test(two_take_turns_to_be_first),
        cmocka_unit_test(dropping_two_drops_those_that_are_not_over),
        cmocka_unit_test(all_are_ready_when_the_last_one_is),
        cmocka_unit_test(a_join_of_nothing_is_ready_at_once),
        cmocka_unit_test(any_child_wakes_the_join),
        cmocka_unit_test(many_keep_the_order_they_were_given),
        cmocka_unit_test(a_poll_without_a_wake_polls_no_child),
        cmocka_unit_test(the_latest_waker_of_the_join_counts),
        cmocka_unit_test(dropping_a_join_drops_its_children_in_order),
        cmocka_unit_test(a_child_may_drop_its_join_when_it_is_dropped),
        cmocka_unit_test(one_that_wakes_itself_starves_no_sibling),
        cmocka_unit_test(the_first_error_ends_the_join_and_drops_the_others),
        cmocka_unit_test(of_two_errors_in_one_poll_the_first_counts),
        cmocka_unit_test(without_an_error_it_is_a_join),
        cmocka_unit_test(a_child_without_a_waker_is_reported_beside_siblings),
        cmocka_unit_test(polling_a_finished_join_aborts),
        cmocka_unit_test(it_can_be_dropped_after_every_poll),
        cmocka_unit_test(the_children_share_a_budget_and_each_has_its_turn),
        cmocka_unit_test(a_greedy_child_starves_nobody),
        cmocka_unit_test(a_greedy_child_starves_nobody_in_a_join_inside_a_join),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
