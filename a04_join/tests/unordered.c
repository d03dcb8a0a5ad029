/* unordered.h and ordered.h: who is polled, and who comes out when. */
#include "children.h"
#include "a04_join/ordered.h"

static struct unordered set;
static struct unordered_next next;
static struct ordered queue;
static struct ordered_next ordered;

/* Probes a, b, c … in a fresh set. */
static void fill(int n)
{
    fresh_children();
    unordered_init(&set);
    for (int i = 0; i < n; i++)
        unordered_push(&set, &children[i], &probes[i].future);
}

/* Await the set once: who comes out; '?' while nobody does. */
static char take(void)
{
    if (poll_once(unordered_next(&next, &set)) == POLL_READY)
        return name_of(next.child);
    future_drop(&next.future);
    return '?';
}

/* SET-08 */
static void they_come_out_as_they_finish(void **state)
{
    fill(3);
    assert_int_equal(take(), '?');
    expect_trace("a? b? c?");
    probe_open(&probes[2]);
    assert_int_equal(take(), 'c');
    probe_open(&probes[0]);
    probe_open(&probes[1]);
    assert_int_equal(take(), 'a');
    assert_int_equal(take(), 'b');
    expect_trace("c! a! b!");
    assert_int_equal(take(), '-');
}

/* SET-02, SET-f */
static void an_empty_set_says_so_and_can_be_filled_again(void **state)
{
    fill(0);
    assert_int_equal(take(), '-');
    assert_int_equal(unordered_len(&set), 0);
    unordered_push(&set, &children[0], &probes[0].future);
    unordered_push(&set, &children[1], &probes[1].future);
    assert_int_equal(unordered_len(&set), 2);
    probes[1].open = true;
    assert_int_equal(take(), 'b');
    assert_int_equal(unordered_len(&set), 1);
    unordered_push(&set, &children[1], probe(&probes[1], "B"));
    assert_int_equal(unordered_len(&set), 2);
    probes[0].open = probes[1].open = true;
    waker_wake(probes[0].waker);
    assert_int_equal(take(), 'B'); /* it was ready to be polled first */
    assert_int_equal(take(), 'a');
    assert_int_equal(unordered_len(&set), 0);
    assert_int_equal(take(), '-');
}

/* SET-10 */
static void only_those_that_were_woken_are_polled_and_once(void **state)
{
    struct worker eager;
    fill(2);
    unordered_push(&set, &children[2], worker(&eager, "x", 9, 0));
    assert_int_equal(take(), '?');
    expect_trace("a? b? x1");
    assert_int_equal(bell.rings, 1);
    assert_int_equal(take(), '?');
    expect_trace("x2");
    waker_wake(probes[1].waker);
    waker_wake(probes[1].waker);
    assert_int_equal(take(), '?');
    expect_trace("x3 b?");
    unordered_drop(&set);
    expect_trace("~x ~a ~b");
}

/* SET-10, WAKE-04: the parent is woken, not polled, however many wakes. */
static void wakes_in_a_poll_of_the_set_are_not_lost(void **state)
{
    struct worker eager;
    fill(1);
    unordered_push(&set, &children[1], worker(&eager, "x", 1, 0));
    poll_once(unordered_next(&next, &set));
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_once(&next.future), POLL_READY);
    assert_ptr_equal(next.child, &children[1]);
    expect_trace("a? x1 x.");
    unordered_drop(&set);
}

/* WAKE-04, JOIN-09: the first wake counts, also for the order. */
static void they_are_polled_in_the_order_of_their_first_wake(void **state)
{
    fill(3);
    poll_once(unordered_next(&next, &set));
    waker_wake(probes[2].waker);
    waker_wake(probes[0].waker);
    waker_wake(probes[2].waker);
    poll_once(&next.future);
    expect_trace("a? b? c? c? a?");
    future_drop(&next.future);
    unordered_drop(&set);
}

struct caller { /* wakes another in its own poll, then waits */
    struct future future;
    struct waker waker;
    struct probe *other;
};

static enum poll caller_poll(struct future *f, struct context *cx)
{
    struct caller *self = container_of(f, struct caller, future);
    self->waker = context_waker(cx);
    waker_wake(self->other->waker);
    return POLL_PENDING;
}

static const struct future_ops caller_ops = { .name = "caller",
                                              .poll = caller_poll,
                                              .drop = future_drop_nothing };

/* WAKE-02 */
static void a_wake_between_siblings_does_not_leave_the_set(void **state)
{
    struct caller caller = { .future.ops = &caller_ops, .other = &probes[0] };
    fill(1);
    unordered_push(&set, &children[1], &caller.future);
    poll_once(unordered_next(&next, &set));
    assert_int_equal(bell.rings, 1); /* a had its poll in that turn */
    poll_once(&next.future);
    waker_wake(caller.waker);
    assert_int_equal(bell.rings, 2);
    poll_once(&next.future);
    assert_int_equal(bell.rings, 2); /* a was polled in that same poll */
    expect_trace("a? a? a?");
    future_drop(&next.future);
    unordered_drop(&set);
}

/* SET-12, FUT-04 */
static void a_wake_for_one_that_is_over_or_removed_is_harmless(void **state)
{
    struct waker finished, removed, dropped;
    fill(3);
    poll_once(unordered_next(&next, &set));
    finished = probes[0].waker;
    removed = probes[1].waker;
    dropped = probes[2].waker;
    probe_open(&probes[0]);
    assert_int_equal(poll_once(&next.future), POLL_READY);
    waker_wake(finished);
    unordered_remove(&children[1]);
    unordered_remove(&children[1]);
    unordered_remove(&children[0]);
    waker_wake(removed);
    assert_int_equal(unordered_len(&set), 1);
    assert_int_equal(take(), '?');
    unordered_drop(&set);
    waker_wake(dropped);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(take(), '-');
    expect_trace("a? b? c? a! ~b ~c");
}

/* SET-13 */
static void one_pushed_while_the_set_is_awaited_is_polled_next(void **state)
{
    fill(1);
    poll_once(unordered_next(&next, &set));
    unordered_push(&set, &children[1], &probes[1].future);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_once(&next.future), POLL_PENDING);
    expect_trace("a? b?");
    future_drop(&next.future);
    unordered_drop(&set);
}

struct pusher { /* pushes a sibling in its own poll */
    struct future future;
    struct child *sibling;
    struct ordered *queue; /* push it here; NULL: into the set */
};

static enum poll pusher_poll(struct future *f, struct context *cx)
{
    struct pusher *self = container_of(f, struct pusher, future);
    (void)cx;
    trace("push");
    if (self->queue)
        ordered_push(self->queue, self->sibling, self->sibling->future);
    else
        unordered_push(&set, self->sibling, self->sibling->future);
    return POLL_READY;
}

static const struct future_ops pusher_ops = { .name = "pusher",
                                              .poll = pusher_poll,
                                              .drop = future_drop_nothing };

/* SET-13, FUT-09 */
static void a_child_may_push_another(void **state)
{
    struct pusher pusher = { .future.ops = &pusher_ops,
                             .sibling = &children[1] };
    fill(1);
    unordered_push(&set, &children[2], &pusher.future);
    probes[1].open = true;
    assert_int_equal(poll_once(unordered_next(&next, &set)), POLL_READY);
    assert_ptr_equal(next.child, &children[2]);
    assert_int_equal(take(), 'b');
    expect_trace("a? push b!");
    unordered_drop(&set);
}

/* FUT-09: a set grows by links; nobody moves. */
static void a_set_that_grows_moves_no_child(void **state)
{
    fill(1);
    take();
    for (int i = 1; i < MANY; i++) {
        unordered_push(&set, &children[i], &probes[i].future);
        take(); /* a moved future would abort */
    }
    for (int i = 0; i < MANY; i++) {
        probe_open(&probes[i]);
        assert_int_equal(take(), *names[i]);
    }
    assert_int_equal(take(), '-');
}

/* It only borrows the set. */
static void dropping_next_loses_no_child(void **state)
{
    fill(2);
    poll_once(unordered_next(&next, &set));
    probe_open(&probes[1]);
    future_drop(&next.future);
    probe_open(&probes[0]);
    assert_int_equal(bell.rings, 1); /* nobody awaits the set any more */
    assert_int_equal(take(), 'b');
    assert_int_equal(take(), 'a');
}

/* FUT-03, FUT-06 */
static void the_latest_waker_of_next_counts(void **state)
{
    struct bell first = { 0 };
    struct context cx = context_make(bell_waker(&first), NULL);
    fill(1);
    future_poll(unordered_next(&next, &set), &cx);
    poll_once(&next.future);
    probe_open(&probes[0]);
    assert_int_equal(first.rings, 0);
    assert_int_equal(bell.rings, 1);
    expect_trace("a?");
    future_drop(&next.future);
    unordered_drop(&set);
}

static void dropping_a_next_that_was_never_polled_disturbs_nobody(void **state)
{
    struct unordered_next other;
    fill(1);
    poll_once(unordered_next(&next, &set));
    future_drop(unordered_next(&other, &set));
    probe_open(&probes[0]);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_once(&next.future), POLL_READY);
}

static void dropping_the_set_wakes_who_awaits_it(void **state)
{
    fill(2);
    poll_once(unordered_next(&next, &set));
    unordered_drop(&set);
    assert_true(bell.rings > 0);
    assert_int_equal(poll_once(&next.future), POLL_READY);
    assert_null(next.child);
    expect_trace("a? b? ~a ~b");
}

static void await_twice(void)
{
    struct unordered_next other;
    fill(1);
    poll_once(unordered_next(&next, &set));
    poll_once(unordered_next(&other, &set));
}

static void push_a_mute(void)
{
    fill(1);
    unordered_push(&set, &children[1], &mute);
    unordered_push(&set, &children[2], &probes[2].future);
    probes[2].open = true;
    poll_once(unordered_next(&next, &set)); /* READY would hide it */
}

static void only_one_awaits_a_set(void **state)
{
    assert_misuse(await_twice, "unordered_next: another one awaits this set");
}

/* FUT-02 */
static void a_child_without_a_waker_is_reported_beside_a_ready_one(void **state)
{
#ifdef NDEBUG
    skip();
#endif
    assert_misuse(push_a_mute, "mute returned PENDING but took no waker");
}

/* ---- Children that change their set -------------------------------------- */

struct cuckoo { /* does this to its set, then is READY or waits */
    struct future future;
    void (*act)(void);
    bool ready;
    struct waker waker;
};

static enum poll cuckoo_poll(struct future *f, struct context *cx)
{
    struct cuckoo *self = container_of(f, struct cuckoo, future);
    trace("act");
    self->act();
    if (self->ready)
        return POLL_READY;
    if (unordered_len(&set) > 2) /* dropped or removed, it needs no waker */
        self->waker = context_waker(cx);
    return POLL_PENDING;
}

static void cuckoo_drop(struct future *f)
{
    (void)f;
    trace("~act");
}

static const struct future_ops cuckoo_ops = { .name = "cuckoo",
                                              .poll = cuckoo_poll,
                                              .drop = cuckoo_drop };
static struct cuckoo cuckoo;

/* a, the cuckoo and c in a set. */
static void fill_with_cuckoo(void (*act)(void), bool ready)
{
    fill(1);
    cuckoo = (struct cuckoo){ .future.ops = &cuckoo_ops,
                              .act = act,
                              .ready = ready };
    unordered_push(&set, &children[1], &cuckoo.future);
    unordered_push(&set, &children[2], &probes[2].future);
}

static void drop_the_set(void)
{
    unordered_drop(&set);
    assert_int_equal(unordered_len(&set), 0);
}

static void remove_the_cuckoo(void)
{
    unordered_remove(&children[1]);
    unordered_remove(&children[1]);
}

/* SET-j */
static void a_child_may_drop_its_own_set(void **state)
{
    for (int ready = 0; ready < 2; ready++) {
        fill_with_cuckoo(drop_the_set, ready);
        assert_int_equal(take(), '-');
        expect_trace(ready ? "a? act ~c ~a" : "a? act ~c ~a ~act");
        waker_wake(cuckoo.waker);
        assert_no_waker_left();
        unordered_push(&set, &children[1], probe(&probes[1], "b"));
        probes[1].open = true;
        assert_int_equal(take(), 'b');
    }
}

/* SET-j */
static void a_child_may_remove_itself(void **state)
{
    for (int ready = 0; ready < 2; ready++) {
        fill_with_cuckoo(remove_the_cuckoo, ready);
        assert_int_equal(take(), '?');
        expect_trace(ready ? "a? act c?" : "a? act ~act c?");
        assert_int_equal(unordered_len(&set), 2);
        waker_wake(cuckoo.waker);
        assert_int_equal(bell.rings, 0);
        unordered_drop(&set);
    }
}

enum { COUNT = 10000 };

struct last_will { /* its clean-up drops the whole set, and the queue */
    struct async async;
    struct child child;
    struct sleep nap;
};

static int wills;

static enum poll last_will_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct last_will);
    AWAIT(sleep_ms(&self->nap, 5));
    ASYNC_FINALLY
    wills++;
    unordered_drop(&set);
    ordered_drop(&queue);
    ASYNC_END;
}

static const struct future_ops last_will_ops = ASYNC_OPS(last_will);

/* SET-j: also in its clean-up, and not by ten thousand calls in each other. */
static void a_child_may_drop_its_set_when_it_is_dropped(void **state)
{
    static struct last_will jobs[COUNT];
    for (int way = 0; way < 4; way++) {
        up(&virtual_clock);
        unordered_init(&set);
        ordered_init(&queue);
        wills = 0;
        for (int i = 0; i < COUNT; i++) {
            jobs[i] = (struct last_will){ .async.future.ops = &last_will_ops };
            if (way == 3)
                ordered_push(&queue, &jobs[i].child, &jobs[i].async.future);
            else
                unordered_push(&set, &jobs[i].child, &jobs[i].async.future);
        }
        if (way == 3) {
            block_on(&ex, ordered_next(&ordered, &queue));
            assert_null(ordered.child);
            assert_int_equal(ordered_len(&queue), 0);
        } else {
            assert_int_equal(poll_with(&ex, unordered_next(&next, &set)),
                             POLL_PENDING);
        }
        if (way == 0) {
            unordered_drop(&set);
        } else if (way == 1) {
            unordered_remove(&jobs[7].child);
        } else if (way == 2) { /* the first one's end */
            future_drop(&next.future);
            block_on(&ex, unordered_next(&next, &set));
            assert_null(next.child);
        }
        future_drop(way == 3 ? NULL : &next.future);
        assert_int_equal(wills, COUNT);
        assert_int_equal(unordered_len(&set), 0);
        down();
    }
}

static void push_twice(void)
{
    fill(2);
    unordered_push(&set, &children[0], &probes[2].future);
}

static void push_twice_while_it_waits(void)
{
    fill(2);
    take();
    unordered_push(&set, &children[1], &probes[2].future);
}

static void push_into_two_sets(void)
{
    struct unordered other;
    unordered_init(&other);
    fill(2);
    unordered_push(&other, &children[0], &probes[2].future);
    take();
}

static void drop_one_of_two_sets(void)
{
    struct unordered other;
    unordered_init(&other);
    fill(2);
    take();
    unordered_push(&other, &children[0], &probes[2].future);
    unordered_drop(&set);
}

/* SET-k */
static void a_child_is_in_one_set_once(void **state)
{
    assert_misuse(push_twice, "is in this set already");
    assert_misuse(push_twice_while_it_waits, "is in this set already");
    assert_misuse(push_into_two_sets, "pushed into a second set");
    assert_misuse(drop_one_of_two_sets, "pushed into a second set");
}

/* ---- 10,000 -------------------------------------------------------------- */

struct quiet { /* a probe that traces nothing */
    struct future future;
    struct child child;
    struct waker waker;
    bool open;
};

static int quiet_polls;

static enum poll quiet_poll(struct future *f, struct context *cx)
{
    struct quiet *self = container_of(f, struct quiet, future);
    quiet_polls++;
    self->waker = context_waker(cx);
    return self->open ? POLL_READY : POLL_PENDING;
}

static const struct future_ops quiet_ops = { .name = "quiet",
                                             .poll = quiet_poll,
                                             .drop = future_drop_nothing };

static struct quiet crowd[COUNT];

/* SET-10, JOIN-10 */
static void ten_thousand_are_polled_twice_each(void **state)
{
    fill(0);
    memset(crowd, 0xff, sizeof crowd); /* push sets all it needs */
    for (int i = 0; i < COUNT; i++) {
        crowd[i].open = false;
        crowd[i].future = (struct future){ .ops = &quiet_ops };
        unordered_push(&set, &crowd[i].child, &crowd[i].future);
    }
    quiet_polls = 0;
    assert_int_equal(take(), '?');
    assert_int_equal(quiet_polls, COUNT);
    for (int i = 0; i < COUNT; i++) {
        struct quiet *who = &crowd[i * 7919 % COUNT];
        who->open = true;
        waker_wake(who->waker);
        assert_int_equal(poll_once(unordered_next(&next, &set)), POLL_READY);
        assert_ptr_equal(next.child, &who->child);
        assert_int_equal(quiet_polls, COUNT + i + 1);
    }
    assert_int_equal(take(), '-');
}

/* ---- ordered ------------------------------------------------------------- */

static void fill_ordered(int n)
{
    fresh_children();
    ordered_init(&queue);
    for (int i = 0; i < n; i++)
        ordered_push(&queue, &children[i], &probes[i].future);
}

static char take_ordered(void)
{
    if (poll_once(ordered_next(&ordered, &queue)) == POLL_READY)
        return name_of(ordered.child);
    future_drop(&ordered.future);
    return '?';
}

/* SET-14, SET-f, SET-l */
static void who_finishes_early_waits_for_those_pushed_before(void **state)
{
    fill_ordered(3);
    assert_int_equal(take_ordered(), '?');
    probe_open(&probes[2]);
    probe_open(&probes[1]);
    assert_int_equal(take_ordered(), '?');
    assert_int_equal(ordered_len(&queue), 3);
    probe_open(&probes[0]);
    assert_int_equal(take_ordered(), 'a');
    assert_int_equal(take_ordered(), 'b');
    assert_int_equal(ordered_len(&queue), 1);
    ordered_push(&queue, &children[0], probe(&probes[0], "A"));
    assert_int_equal(take_ordered(), 'c');
    probe_open(&probes[0]);
    assert_int_equal(take_ordered(), 'A');
    assert_int_equal(take_ordered(), '-');
    expect_trace("a? b? c? c! b! a! A!"); /* c was out without a poll */
}

/* SET-14: all that can go on do so, although nobody comes out. */
static void the_first_does_not_block_the_others(void **state)
{
    fill_ordered(2);
    poll_once(ordered_next(&ordered, &queue));
    probe_open(&probes[1]);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_once(&ordered.future), POLL_PENDING);
    expect_trace("a? b? b!");
    probe_open(&probes[0]);
    assert_int_equal(bell.rings, 2);
    assert_int_equal(poll_once(&ordered.future), POLL_READY);
    assert_int_equal(take_ordered(), 'b');
}

/* SET-13: at the next poll, so that no poll is without end. */
static void one_pushed_by_a_sibling_has_to_wait_for_the_next_poll(void **state)
{
    struct pusher pusher = { .future.ops = &pusher_ops,
                             .sibling = &children[1],
                             .queue = &queue };
    fill_ordered(1);
    ordered_push(&queue, &children[2], &pusher.future);
    assert_int_equal(poll_once(ordered_next(&ordered, &queue)), POLL_PENDING);
    expect_trace("a? push");
    assert_int_equal(bell.rings, 1);
    poll_once(&ordered.future);
    expect_trace("b?");
    future_drop(&ordered.future);
    ordered_drop(&queue);
}

static void dropping_ordered_next_loses_no_child(void **state)
{
    struct ordered_next other;
    fill_ordered(1);
    poll_once(ordered_next(&ordered, &queue));
    future_drop(&ordered.future);
    probe_open(&probes[0]);
    assert_int_equal(bell.rings, 0);
    assert_int_equal(poll_once(ordered_next(&other, &queue)), POLL_READY);
    assert_int_equal(name_of(other.child), 'a');
}

static void dropping_the_queue_drops_who_is_not_over(void **state)
{
    fill_ordered(4);
    poll_once(ordered_next(&ordered, &queue));
    probe_open(&probes[2]);
    poll_once(&ordered.future);
    future_drop(&ordered.future);
    ordered_drop(&queue);
    ordered_drop(&queue);
    expect_trace("a? b? c? d? c! ~a ~b ~d");
    assert_no_waker_left();
    assert_int_equal(take_ordered(), '-');
    ordered_push(&queue, &children[0], probe(&probes[0], "A"));
    probes[0].open = true;
    assert_int_equal(take_ordered(), 'A');
}

/* ---- On an executor ------------------------------------------------------ */

struct drain { /* takes everything out of a set, or of a queue */
    struct async async;
    bool in_order;
    struct unordered set;
    struct ordered queue;
    struct unordered_next next;
    struct ordered_next ordered;
    struct worker workers[4];
    struct child children[4];
};

static void drain_push(struct drain *self)
{
    unordered_init(&self->set);
    ordered_init(&self->queue);
    for (int i = 0; i < 4; i++) {
        struct future *f = worker(&self->workers[i], names[i], 2,
                                  i == 2 ? 0 : (uint64_t)(9 - i));
        if (self->in_order)
            ordered_push(&self->queue, &self->children[i], f);
        else
            unordered_push(&self->set, &self->children[i], f);
    }
}

static enum poll drain_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct drain);
    drain_push(self);
    while (ordered_len(&self->queue) > 0)
        AWAIT(ordered_next(&self->ordered, &self->queue));
    while (unordered_len(&self->set) > 0)
        AWAIT(unordered_next(&self->next, &self->set));
    ASYNC_FINALLY
    unordered_drop(&self->set);
    ordered_drop(&self->queue);
    ASYNC_END;
}

static const struct future_ops drain_ops = ASYNC_OPS(drain);

static struct future *drain_unordered(void *memory)
{
    struct drain *self = memory;
    *self = (struct drain){ .async.future.ops = &drain_ops };
    return &self->async.future;
}

static struct future *drain_ordered(void *memory)
{
    struct drain *self = memory;
    drain_unordered(memory);
    self->in_order = true;
    return &self->async.future;
}

static void sets_can_be_dropped_after_every_poll(void **state)
{
    assert_true(every_drop(sizeof(struct drain), drain_unordered) > 4);
    assert_true(every_drop(sizeof(struct drain), drain_ordered) > 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_come_out_as_they_finish),
        cmocka_unit_test(an_empty_set_says_so_and_can_be_filled_again),
        cmocka_unit_test(only_those_that_were_woken_are_polled_and_once),
        cmocka_unit_test(wakes_in_a_poll_of_the_set_are_not_lost),
        cmocka_unit_test(they_are_polled_in_the_order_of_their_first_wake),
        cmocka_unit_test(a_wake_between_siblings_does_not_leave_the_set),
        cmocka_unit_test(a_wake_for_one_that_is_over_or_removed_is_harmless),
        cmocka_unit_test(one_pushed_while_the_set_is_awaited_is_polled_next),
        cmocka_unit_test(a_child_may_push_another),
        cmocka_unit_test(a_set_that_grows_moves_no_child),
        cmocka_unit_test(dropping_next_loses_no_child),
        cmocka_unit_test(the_latest_waker_of_next_counts),
        cmocka_unit_test(dropping_a_next_that_was_never_polled_disturbs_nobody),
        cmocka_unit_test(dropping_the_set_wakes_who_awaits_it),
        cmocka_unit_test(only_one_awaits_a_set),
        cmocka_unit_test(
            a_child_without_a_waker_is_reported_beside_a_ready_one),
        cmocka_unit_test(a_child_may_drop_its_own_set),
        cmocka_unit_test(a_child_may_remove_itself),
        cmocka_unit_test(a_child_may_drop_its_set_when_it_is_dropped),
        cmocka_unit_test(a_child_is_in_one_set_once),
        cmocka_unit_test(ten_thousand_are_polled_twice_each),
        cmocka_unit_test(who_finishes_early_waits_for_those_pushed_before),
        cmocka_unit_test(the_first_does_not_block_the_others),
        cmocka_unit_test(one_pushed_by_a_sibling_has_to_wait_for_the_next_poll),
        cmocka_unit_test(dropping_ordered_next_loses_no_child),
        cmocka_unit_test(dropping_the_queue_drops_who_is_not_over),
        cmocka_unit_test(sets_can_be_dropped_after_every_poll),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
