/* The children are probes: each is READY once the test lets it go. */
#include ANSWER
#include "exercise.h"
#include "probes.h"

/* One join with its two children, and who polls it. */
struct house_ {
    struct join_two join;
    struct probe_child one, two;
    struct poller task;
};

static struct future *build_(struct house_ *h)
{
    h->task = (struct poller){ .executor = probe_executor() };
    struct future *one = probe_child(&h->one, "child one");
    struct future *two = probe_child(&h->two, "child two");
    h->one.executor = h->two.executor = NULL; /* a constructor has none */
    join_two(&h->join, one, two);
    h->one.executor = h->two.executor = probe_executor();
    return &h->join.future;
}

static void let_go_(struct house_ *h, struct probe_child *child)
{
    int before = h->task.woken;
    probe_child_can_go(child);
    CHECK(h->task.woken == before + 1,
          "%s can go on, and its waker did not wake the task that polls the "
          "join",
          child->name);
}

static void must_ask_(const struct probe_child *child, int polls)
{
    CHECK(child->over || child->polls > 0,
          "PENDING, and %s was not polled: it could have made progress "
          "meanwhile",
          child->name);
    CHECK(child->over || child->polls > polls,
          "%s is not over, and this poll did not poll it: only its own poll "
          "shows whether it can go on",
          child->name);
    CHECK(child->polls <= polls + 1, "one poll of the join polled %s %d times",
          child->name, child->polls - polls);
}

static void must_be_pending_(struct house_ *h)
{
    int one = h->one.polls, two = h->two.polls, woken = h->task.woken;
    enum poll result = poll_by(&h->task, &h->join.future);
    for (int i = 0; i < 2; i++)
        CHECK(result == POLL_PENDING || (i ? h->two.over : h->one.over),
              "READY, and %s is not: a join waits for both",
              i ? "child two" : "child one");
    must_ask_(&h->one, one);
    must_ask_(&h->two, two);
    CHECK(result == POLL_PENDING, "READY, and one child is not");
    CHECK(h->task.woken == woken,
          "it woke itself in its poll: nothing has happened, so it would be "
          "polled again and again");
    CHECK(h->one.polls == one || h->two.polls == two ||
              h->one.when < h->two.when,
          "`two` was polled before `one`: poll them in the order of the "
          "arguments, in every poll");
}

static void must_be_ready_(struct house_ *h)
{
    int woken = h->task.woken;
    CHECK(poll_by(&h->task, &h->join.future) == POLL_READY,
          "both children are READY, and the join is PENDING: %s",
          h->task.woken > woken ? "it woke itself, and that costs a poll; it "
                                  "can be READY in this one"
                                : "nothing is left that could wake it");
    CHECK(h->one.over, "READY, and child one was never polled");
    CHECK(h->two.over, "READY, and child two was never polled");
    probe_child_must_be_dropped(&h->one, &h->one.future);
    probe_child_must_be_dropped(&h->two, &h->two.future);
}

/* ---- To the end ---------------------------------------------------------- */

static void nothing_is_polled_before_the_first_poll(void **state)
{
    struct house_ h;
    (void)state;
    build_(&h);
    CHECK(h.one.polls + h.two.polls == 0, "a child was polled before the "
                                          "first poll of the join");
}

static void both_begin_in_the_first_poll(void **state)
{
    struct house_ h;
    (void)state;
    build_(&h);
    must_be_pending_(&h);
    must_be_pending_(&h);
}

static void one_after_the_other(void **state)
{
    struct house_ h;
    struct probe_child *first[] = { &h.one, &h.two };
    (void)state;
    for (int i = 0; i < 2; i++) {
        build_(&h);
        must_be_pending_(&h);
        let_go_(&h, first[i]);
        must_be_pending_(&h);
        CHECK(first[i]->over, "%s could go on, and was not polled",
              first[i]->name);
        must_be_pending_(&h);
        let_go_(&h, first[!i]);
        must_be_ready_(&h);
    }
}

static void both_can_go_on_between_two_polls(void **state)
{
    struct house_ h;
    (void)state;
    build_(&h);
    must_be_pending_(&h);
    let_go_(&h, &h.two);
    let_go_(&h, &h.one);
    must_be_ready_(&h);
}

static void children_that_are_ready_at_once(void **state)
{
    struct house_ h;
    (void)state;
    build_(&h);
    h.one.ready = h.two.ready = true;
    must_be_ready_(&h);
    build_(&h);
    h.one.ready = true;
    must_be_pending_(&h);
    let_go_(&h, &h.two);
    must_be_ready_(&h);
    build_(&h);
    h.two.ready = true;
    must_be_pending_(&h);
    let_go_(&h, &h.one);
    must_be_ready_(&h);
}

static void a_wake_for_nothing_changes_nothing(void **state)
{
    struct house_ h;
    (void)state;
    build_(&h);
    must_be_pending_(&h);
    probe_child_wakes(&h.two);
    probe_child_wakes(&h.two);
    must_be_pending_(&h);
    let_go_(&h, &h.one);
    must_be_pending_(&h);
    probe_child_wakes(&h.two);
    must_be_pending_(&h);
    let_go_(&h, &h.two);
    must_be_ready_(&h);
}

static struct house_ house_;

static struct future *waiting_for_both_(void)
{
    return build_(&house_);
}

static void one_goes_(void)
{
    probe_child_can_go(&house_.one);
}

static void two_goes_(void)
{
    probe_child_can_go(&house_.two);
}

static struct future *waiting_for_two_(void)
{
    build_(&house_);
    house_.one.ready = true;
    must_be_pending_(&house_);
    return &house_.join.future;
}

static struct future *waiting_for_one_(void)
{
    build_(&house_);
    house_.two.ready = true;
    must_be_pending_(&house_);
    return &house_.join.future;
}

static void the_latest_waker_goes_to_both(void **state)
{
    (void)state;
    probe_wakers(waiting_for_both_, one_goes_);
    probe_wakers(waiting_for_both_, two_goes_);
    probe_wakers(waiting_for_two_, two_goes_);
    probe_wakers(waiting_for_one_, one_goes_);
}

static void a_child_without_a_waker_is_reported(void **state)
{
    struct house_ h;
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct probe_child *mute = i % 2 ? &h.two : &h.one;
        build_(&h);
        mute->mute = true;
        (i % 2 ? &h.one : &h.two)->ready = i / 2;
        probe_must_tell_of("child", &h.join.future);
    }
}

/* ---- Two joins ----------------------------------------------------------- */

static void begins_(void *life)
{
    build_(life);
}

static void waits_(void *life)
{
    must_be_pending_(life);
}

static void two_can_go_(void *life)
{
    struct house_ *h = life;
    let_go_(h, &h->two);
}

static void one_can_go_(void *life)
{
    struct house_ *h = life;
    let_go_(h, &h->one);
}

static void is_ready_(void *life)
{
    must_be_ready_(life);
}

static void two_joins_do_not_disturb_each_other(void **state)
{
    (void)state;
    PROBE_LIVES(house_, begins_, waits_, one_can_go_, waits_, two_can_go_,
                is_ready_);
    PROBE_LIVES(house_, begins_, waits_, two_can_go_, waits_, one_can_go_,
                is_ready_);
}

/* ---- Dropped ------------------------------------------------------------- */

static void drop_(struct house_ *h)
{
    int polls = h->one.polls + h->two.polls, woken = h->task.woken;
    h->one.executor = h->two.executor = NULL; /* a drop has no context */
    future_drop(&h->join.future);
    probe_child_must_be_dropped(&h->one, &h->one.future);
    probe_child_must_be_dropped(&h->two, &h->two.future);
    CHECK(h->one.polls + h->two.polls == polls, "the drop polled a child");
    CHECK(h->task.woken == woken,
          "the drop called the waker: nobody waits any more");
}

static void a_drop_drops_both(void **state)
{
    struct house_ h;
    (void)state;
    build_(&h);
    must_be_pending_(&h);
    drop_(&h);
}

static void a_drop_drops_the_one_that_is_left(void **state)
{
    struct house_ h;
    (void)state;
    for (int i = 0; i < 2; i++) {
        build_(&h);
        must_be_pending_(&h);
        let_go_(&h, i ? &h.one : &h.two);
        must_be_pending_(&h);
        drop_(&h);
    }
}

static void a_drop_before_the_first_poll_too(void **state)
{
    struct house_ h;
    (void)state;
    build_(&h);
    drop_(&h);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(nothing_is_polled_before_the_first_poll),
    cmocka_unit_test(both_begin_in_the_first_poll),
    cmocka_unit_test(one_after_the_other),
    cmocka_unit_test(both_can_go_on_between_two_polls),
    cmocka_unit_test(children_that_are_ready_at_once),
    cmocka_unit_test(two_joins_do_not_disturb_each_other),
    cmocka_unit_test(a_drop_drops_both),
    cmocka_unit_test(a_drop_drops_the_one_that_is_left),
    cmocka_unit_test(a_drop_before_the_first_poll_too),
    cmocka_unit_test(a_wake_for_nothing_changes_nothing),
    cmocka_unit_test(the_latest_waker_goes_to_both),
    cmocka_unit_test(a_child_without_a_waker_is_reported),
};
EXERCISE_MAIN(tests)
