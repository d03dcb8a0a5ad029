/* The children are two doors: READY once the test has opened them. */
#include ANSWER
#include "exercise.h"

struct door_ {
    struct future future;
    const char *name;
    bool open;
    int polls, drops;
    bool over;
    struct waker waker; /* who waits for it; empty: nobody */
};

/* One join with its two doors, and who polls it. */
struct house_ {
    struct join_two join;
    struct door_ one, two;
    struct poller task;
};

static struct door_ *polled_last_; /* which door it was */

static enum poll door_poll_(struct future *f, struct context *cx)
{
    struct door_ *self = container_of(f, struct door_, future);
    self->polls++;
    polled_last_ = self;
    self->over = self->open;
    self->waker = self->open ? (struct waker){ NULL, NULL } : context_waker(cx);
    return self->open ? POLL_READY : POLL_PENDING;
}

static void door_drop_(struct future *f)
{
    struct door_ *self = container_of(f, struct door_, future);
    self->waker = (struct waker){ NULL, NULL };
    self->drops++;
}

static const struct future_ops door_ops_ = { .name = "door",
                                             .poll = door_poll_,
                                             .drop = door_drop_ };

static void build_(struct house_ *h)
{
    *h = (struct house_){ .one = { .future.ops = &door_ops_, .name = "one" },
                          .two = { .future.ops = &door_ops_, .name = "two" } };
    join_two(&h->join, &h->one.future, &h->two.future);
}

static void open_door_(struct house_ *h, struct door_ *door)
{
    int before = h->task.woken;
    struct waker waker = door->waker;
    door->open = true;
    door->waker = (struct waker){ NULL, NULL };
    waker_wake(waker);
    CHECK(h->task.woken == before + 1,
          "child %s can go on, and its waker did not wake the one who polls "
          "the join",
          door->name);
}

static void must_be_pending_(struct house_ *h)
{
    struct door_ *doors[] = { &h->one, &h->two };
    int polls[] = { h->one.polls, h->two.polls }, woken = h->task.woken;
    enum poll result = poll_by(&h->task, &h->join.future);
    for (int i = 0; i < 2; i++) {
        CHECK(result == POLL_PENDING || doors[i]->over,
              "READY, and child %s is not: a join waits for both",
              doors[i]->name);
        CHECK(doors[i]->over || doors[i]->polls > 0,
              "PENDING, and child %s was not polled: it could get on "
              "meanwhile, if only it were asked",
              doors[i]->name);
        CHECK(doors[i]->over || doors[i]->polls > polls[i],
              "child %s is not over, and this poll did not ask it: whether it "
              "can go on, only its own poll can tell",
              doors[i]->name);
        CHECK(doors[i]->polls <= polls[i] + 1,
              "one poll of the join polled child %s %d times", doors[i]->name,
              doors[i]->polls - polls[i]);
    }
    CHECK(result == POLL_PENDING, "READY, and one child is not");
    CHECK(h->task.woken == woken,
          "it woke itself in its poll: nothing has happened, so whoever polls "
          "it would poll it again and again");
    CHECK(h->one.over || h->two.over || polled_last_ == &h->two,
          "`two` was polled before `one`: they go in the order of the "
          "arguments");
}

static void must_be_ready_(struct house_ *h)
{
    CHECK(poll_by(&h->task, &h->join.future) == POLL_READY,
          "both children are READY, and the join is PENDING: nobody is left "
          "who could wake it");
    CHECK(h->one.over, "READY, and child one was never asked");
    CHECK(h->two.over, "READY, and child two was never asked");
    CHECK(h->one.drops + h->two.drops == 0,
          "it dropped a child that was READY: that one is over");
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

static void both_get_on_from_the_first_poll(void **state)
{
    struct house_ h;
    (void)state;
    build_(&h);
    must_be_pending_(&h);
}

static void first_one_then_two(void **state)
{
    struct house_ h;
    (void)state;
    build_(&h);
    must_be_pending_(&h);
    open_door_(&h, &h.one);
    must_be_pending_(&h);
    CHECK(h.one.over, "child one could go on, and was not asked");
    must_be_pending_(&h);
    open_door_(&h, &h.two);
    must_be_ready_(&h);
}

static void first_two_then_one(void **state)
{
    struct house_ h;
    (void)state;
    build_(&h);
    must_be_pending_(&h);
    open_door_(&h, &h.two);
    must_be_pending_(&h);
    CHECK(h.two.over, "child two could go on, and was not asked");
    must_be_pending_(&h);
    open_door_(&h, &h.one);
    must_be_ready_(&h);
}

static void both_between_two_polls(void **state)
{
    struct house_ h;
    (void)state;
    build_(&h);
    must_be_pending_(&h);
    open_door_(&h, &h.two);
    open_door_(&h, &h.one);
    must_be_ready_(&h);
}

static void children_that_are_ready_at_once(void **state)
{
    struct house_ h;
    (void)state;
    build_(&h);
    h.one.open = h.two.open = true;
    must_be_ready_(&h);
    build_(&h);
    h.one.open = true;
    must_be_pending_(&h);
    open_door_(&h, &h.two);
    must_be_ready_(&h);
}

static void the_latest_waker_goes_to_both(void **state)
{
    struct house_ h;
    struct poller earlier = { 0 };
    (void)state;
    build_(&h);
    (void)poll_by(&earlier, &h.join.future);
    must_be_pending_(&h);
    open_door_(&h, &h.two);
    must_be_pending_(&h);
    open_door_(&h, &h.one);
    CHECK(earlier.woken == 0, "it woke the one who polled before, not the "
                              "one who polled last");
    must_be_ready_(&h);
}

/* A poll of one of two joins: each child that is not over is asked once. */
static void must_not_be_disturbed_(struct house_ *h, enum poll expected)
{
    int one = h->one.polls + !h->one.over, two = h->two.polls + !h->two.over;
    enum poll result = poll_by(&h->task, &h->join.future);
    CHECK(result == expected && h->one.polls == one && h->two.polls == two,
          "two joins at the same time, and one gets in the way of the other: "
          "what a join remembers belongs into its struct, not into a static");
}

static void two_joins_do_not_disturb_each_other(void **state)
{
    struct house_ a, b;
    (void)state;
    build_(&a);
    build_(&b);
    must_not_be_disturbed_(&a, POLL_PENDING);
    must_not_be_disturbed_(&b, POLL_PENDING);
    open_door_(&a, &a.one);
    must_not_be_disturbed_(&a, POLL_PENDING);
    must_not_be_disturbed_(&b, POLL_PENDING);
    open_door_(&b, &b.two);
    must_not_be_disturbed_(&b, POLL_PENDING);
    open_door_(&a, &a.two);
    must_not_be_disturbed_(&a, POLL_READY);
    must_not_be_disturbed_(&b, POLL_PENDING);
    open_door_(&b, &b.one);
    must_not_be_disturbed_(&b, POLL_READY);
}

/* ---- Dropped ------------------------------------------------------------- */

static void must_be_dropped_(struct door_ *door, int times)
{
    CHECK(door->drops >= times,
          "the join was dropped, and child %s was not: it still waits, and "
          "holds a waker that nobody may call any more",
          door->name);
    CHECK(door->drops <= times, "child %s was %s, and then it was dropped",
          door->name, times ? "dropped once" : "READY");
    future_drop(&door->future); /* it is over: this does nothing */
    CHECK(door->drops == times,
          "child %s is over, and does not know: call future_poll() and "
          "future_drop(), which note it, and not what stands in its ops",
          door->name);
}

static void a_drop_drops_both(void **state)
{
    struct house_ h;
    (void)state;
    build_(&h);
    must_be_pending_(&h);
    future_drop(&h.join.future);
    must_be_dropped_(&h.one, 1);
    must_be_dropped_(&h.two, 1);
}

static void a_drop_drops_the_one_that_is_left(void **state)
{
    struct house_ h;
    (void)state;
    build_(&h);
    must_be_pending_(&h);
    open_door_(&h, &h.two);
    must_be_pending_(&h);
    future_drop(&h.join.future);
    must_be_dropped_(&h.one, 1);
    must_be_dropped_(&h.two, 0);

    build_(&h);
    must_be_pending_(&h);
    open_door_(&h, &h.one);
    must_be_pending_(&h);
    future_drop(&h.join.future);
    must_be_dropped_(&h.one, 0);
    must_be_dropped_(&h.two, 1);
}

static void a_drop_before_the_first_poll_too(void **state)
{
    struct house_ h;
    (void)state;
    build_(&h);
    future_drop(&h.join.future);
    must_be_dropped_(&h.one, 1);
    must_be_dropped_(&h.two, 1);
    CHECK(h.one.polls + h.two.polls == 0, "the drop polled a child");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(nothing_is_polled_before_the_first_poll),
    cmocka_unit_test(both_get_on_from_the_first_poll),
    cmocka_unit_test(first_one_then_two),
    cmocka_unit_test(first_two_then_one),
    cmocka_unit_test(both_between_two_polls),
    cmocka_unit_test(children_that_are_ready_at_once),
    cmocka_unit_test(the_latest_waker_goes_to_both),
    cmocka_unit_test(two_joins_do_not_disturb_each_other),
    cmocka_unit_test(a_drop_drops_both),
    cmocka_unit_test(a_drop_drops_the_one_that_is_left),
    cmocka_unit_test(a_drop_before_the_first_poll_too),
};
EXERCISE_MAIN(tests)
