/* The children are friends who are asked for a number.  They answer when the
 * test likes, in any order; what a friend says is forgotten after the poll. */
#include <limits.h>
#include ANSWER
#include "exercise.h"
#include "probes.h"

enum { FEW_ = 4, MANY_ = 300 };

struct friend_ {
    struct number number;
    struct probe_child probe; /* ready: it answers */
    char name[20];
    int answer;
    bool restless;         /* wakes itself in its poll */
    struct friend_ *calls; /* wakes this one in its poll; or NULL */
};

struct party_ { /* a join, what it needs, and who polls it */
    struct join_all join;
    struct friend_ friends[MANY_];
    struct number *children[MANY_];
    struct member members[MANY_];
    int results[MANY_];
    int n;
    struct poller task;
    int heard; /* task.woken when the latest poll began */
};

static struct party_ party_;

static enum poll friend_poll_(struct future *f, struct context *cx)
{
    struct friend_ *self = container_of(f, struct friend_, number.future);
    enum poll result = probe_child_poll(&self->probe, f, cx);
    self->number.value = self->probe.over ? self->answer : -1;
    if (self->calls)
        probe_child_wakes(&self->calls->probe);
    if (self->restless && !self->probe.over)
        probe_child_wakes(&self->probe);
    return result;
}

static void friend_drop_(struct future *f)
{
    struct friend_ *self = container_of(f, struct friend_, number.future);
    probe_child_drop(&self->probe, f);
}

static const struct future_ops friend_ops_ = {
    .name = "child",
    .poll = friend_poll_,
    .drop = friend_drop_,
};

static struct number *friend_(struct friend_ *self, int number, int answer)
{
    *self =
        (struct friend_){ .number.future.ops = &friend_ops_, .answer = answer };
    snprintf(self->name, sizeof self->name, "child %d", number);
    probe_child(&self->probe, self->name);
    return &self->number;
}

static const char beyond_[] = "uses an array beyond its `n` elements";

/* n friends; number i will answer 100 + i. */
static void invite_(struct party_ *p, int n)
{
    probe_allow(p, sizeof *p);
    memset(p, 0, sizeof *p);
    p->task.executor = probe_executor();
    p->n = n;
    for (int i = 0; i < n; i++) {
        p->children[i] = friend_(&p->friends[i], i, 100 + i);
        p->results[i] = -2;
    }
    probe_forbid(p->members + n,
                 sizeof p->members - (size_t)n * sizeof *p->members, beyond_);
    probe_forbid(p->results + n,
                 sizeof p->results - (size_t)n * sizeof *p->results, beyond_);
    join_all(&p->join, p->children, p->members, p->results, n);
}

static void wake_(struct friend_ *who)
{
    struct waker waker = who->probe.waker;
    waker_wake(waker);
}

static void answer_(struct party_ *p, int i)
{
    p->friends[i].probe.ready = true;
    wake_(&p->friends[i]);
    CHECK(p->task.woken > p->heard, /* between two polls, one wake is enough */
          "the waker of child %d was called, and the task that polls the join "
          "was not woken",
          i);
}

/* Poll the join: it must ask these friends, once, and no other. */
static enum poll poll_asks_(struct party_ *p, const bool *expected)
{
    static int before[MANY_];
    enum poll result;
    for (int i = 0; i < p->n; i++)
        before[i] = p->friends[i].probe.polls;
    p->heard = p->task.woken;
    result = poll_by(&p->task, &p->join.future);
    for (int i = 0; i < p->n; i++) {
        int polls = p->friends[i].probe.polls - before[i];
        CHECK(polls == 0 || expected[i],
              "child %d was not woken, and was polled nevertheless", i);
        CHECK(polls > 0 || !expected[i] || before[i] > 0,
              "child %d was not polled in the first poll: poll each child "
              "there, otherwise it does not even begin",
              i);
        CHECK(polls > 0 || !expected[i],
              "child %d was woken, and the next poll did not poll it", i);
        CHECK(polls <= 1,
              "one poll of the join polled child %d %d times: a child that "
              "always wakes itself would keep the thread without end",
              i, polls);
        p->friends[i].number.value = -3; /* its memory is used for others */
    }
    return result;
}

/* The poll that has just ended. */
static void must_be_(const struct party_ *p, enum poll result,
                     enum poll expected)
{
    CHECK(result == expected || expected == POLL_READY,
          "READY, and not all of the children are");
    CHECK(result == expected,
          "all children are over, and the join is PENDING: %s",
          p->task.woken > p->heard
              ? "it woke itself, and that costs a poll; it "
                "can be READY in this one"
              : "nothing is left that could wake it");
}

/* It must ask a and b only; -1: nobody. */
static void asks_(struct party_ *p, enum poll result, int a, int b)
{
    bool expected[MANY_] = { false };
    if (a >= 0)
        expected[a] = true;
    if (b >= 0)
        expected[b] = true;
    must_be_(p, poll_asks_(p, expected), result);
}

static void asks_all_(struct party_ *p, enum poll result)
{
    static bool all[MANY_];
    memset(all, true, sizeof all);
    must_be_(p, poll_asks_(p, all), result);
}

static void must_know_(struct party_ *p)
{
    for (int i = 0; i < p->n; i++) {
        CHECK(p->results[i] != -3,
              "results[%d] was taken too late, because the child's memory was "
              "used for something else meanwhile: take the result in the poll "
              "in which the child is READY",
              i);
        CHECK(p->results[i] != -2, "results[%d] was never written", i);
        CHECK(p->results[i] < 100 || p->results[i] >= 100 + p->n ||
                  p->results[i] == 100 + i,
              "results[%d] is what child %d said: results come in the order of "
              "the children, not in the order in which they were READY",
              i, p->results[i] - 100);
        CHECK(p->results[i] == 100 + i, "results[%d] is %d, child %d said %d",
              i, p->results[i], i, 100 + i);
    }
}

/* ---- To the end ---------------------------------------------------------- */

static void a_join_of_nothing_is_ready_at_once(void **state)
{
    (void)state;
    invite_(&party_, 0);
    CHECK(poll_by(&party_.task, &party_.join.future) == POLL_READY,
          "without children it is PENDING: nothing could ever wake it");
}

static void the_first_poll_polls_every_child(void **state)
{
    (void)state;
    invite_(&party_, FEW_);
    CHECK(party_.friends[0].probe.polls == 0,
          "a child was polled before the first "
          "poll of the join");
    asks_all_(&party_, POLL_PENDING);
}

static void children_that_are_ready_at_once(void **state)
{
    (void)state;
    invite_(&party_, FEW_);
    for (int i = 0; i < FEW_; i++)
        party_.friends[i].probe.ready = true;
    asks_all_(&party_, POLL_READY);
    must_know_(&party_);
}

static void only_woken_children_are_polled(void **state)
{
    (void)state;
    invite_(&party_, FEW_);
    asks_all_(&party_, POLL_PENDING);
    wake_(&party_.friends[2]);
    asks_(&party_, POLL_PENDING, 2, -1);
    asks_(&party_, POLL_PENDING, -1, -1);
    wake_(&party_.friends[3]);
    wake_(&party_.friends[0]);
    wake_(&party_.friends[3]);
    asks_(&party_, POLL_PENDING, 0, 3);
}

static void results_come_in_the_order_of_the_children(void **state)
{
    static const int orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                     { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    (void)state;
    for (int i = 0; i < 6; i++) {
        invite_(&party_, 3);
        asks_all_(&party_, POLL_PENDING);
        for (int k = 0; k < 3; k++) {
            answer_(&party_, orders[i][k]);
            asks_(&party_, k < 2 ? POLL_PENDING : POLL_READY, orders[i][k], -1);
        }
        must_know_(&party_);
    }
}

static void several_are_woken_between_two_polls(void **state)
{
    (void)state;
    invite_(&party_, 3);
    asks_all_(&party_, POLL_PENDING);
    answer_(&party_, 2);
    answer_(&party_, 0);
    asks_(&party_, POLL_PENDING, 0, 2);
    answer_(&party_, 1);
    asks_(&party_, POLL_READY, 1, -1);
    must_know_(&party_);
}

static void a_child_that_wakes_itself_is_polled_next_time(void **state)
{
    (void)state;
    for (int who = 0; who < 3; who++) {
        invite_(&party_, 3);
        party_.friends[who].restless = true;
        asks_all_(&party_, POLL_PENDING);
        CHECK(party_.task.woken > 0,
              "child %d woke itself while it was polled, and the task that "
              "polls the join was not woken: take the waker before you poll "
              "the children, and call it whenever a child is woken, whatever "
              "other children do",
              who);
        (void)poll_by(&party_.task, &party_.join.future);
        CHECK(party_.friends[who].probe.polls == 2,
              "child %d woke itself while it was polled, and the next poll did "
              "not poll it: clear `woken` before the poll, because a wake that "
              "comes after that is new",
              who);
        party_.friends[who].probe.ready = true;
        asks_(&party_, POLL_PENDING, who, -1);
        answer_(&party_, (who + 1) % 3);
        answer_(&party_, (who + 2) % 3);
        asks_(&party_, POLL_READY, (who + 1) % 3, (who + 2) % 3);
        must_know_(&party_);
    }
}

static void a_child_may_wake_another_in_its_poll(void **state)
{
    (void)state;
    for (int who = 0; who < 3; who += 2) {
        invite_(&party_, 3);
        asks_all_(&party_, POLL_PENDING);
        party_.friends[1].calls = &party_.friends[who];
        wake_(&party_.friends[1]);
        (void)poll_by(&party_.task, &party_.join.future);
        (void)poll_by(&party_.task, &party_.join.future);
        CHECK(party_.friends[who].probe.polls > 1,
              "child 1 woke child %d while it was polled, and no poll since "
              "then has polled that child",
              who);
        party_.friends[1].calls = NULL;
        for (int i = 0; i < 3; i++)
            answer_(&party_, i);
        CHECK(poll_by(&party_.task, &party_.join.future) == POLL_READY,
              "all children are over, and the join is PENDING");
        must_know_(&party_);
    }
}

static struct future *three_friends_(void)
{
    invite_(&party_, 3);
    return &party_.join.future;
}

static void the_first_answers_(void)
{
    probe_child_can_go(&party_.friends[0].probe);
}

static void the_last_answers_(void)
{
    probe_child_can_go(&party_.friends[2].probe);
}

static struct future *one_is_over_(int who)
{
    invite_(&party_, 3);
    asks_all_(&party_, POLL_PENDING);
    answer_(&party_, who);
    asks_(&party_, POLL_PENDING, who, -1);
    return &party_.join.future;
}

static struct future *the_first_is_over_(void)
{
    return one_is_over_(0);
}

static struct future *the_last_is_over_(void)
{
    return one_is_over_(2);
}

static void the_latest_waker_counts(void **state)
{
    (void)state;
    probe_wakers(three_friends_, the_first_answers_);
    probe_wakers(three_friends_, the_last_answers_);
    ASIDE("One of the children is over already.");
    probe_wakers(the_first_is_over_, the_last_answers_);
    probe_wakers(the_last_is_over_, the_first_answers_);
    ASIDE("");
}

static void another_task_may_poll(void **state)
{
    struct poller other = { .executor = probe_executor() };
    (void)state;
    invite_(&party_, FEW_);
    asks_all_(&party_, POLL_PENDING);
    wake_(&party_.friends[2]);
    (void)poll_by(&other, &party_.join.future);
    CHECK(party_.friends[2].probe.polls == 2,
          "child 2 was woken, and the next poll did not poll it");
    for (int i = 0; i < FEW_; i++)
        CHECK(i == 2 || party_.friends[i].probe.polls == 1,
              "the join was polled with another waker than before, and polled "
              "child %d, which was not woken: the waker of a child is made of "
              "member_wake and its member, and neither has changed",
              i);
}

static void a_child_may_be_woken_twice_or_for_nothing(void **state)
{
    (void)state;
    invite_(&party_, 2);
    asks_all_(&party_, POLL_PENDING);
    wake_(&party_.friends[1]);
    wake_(&party_.friends[1]);
    asks_(&party_, POLL_PENDING, 1, -1);
    asks_(&party_, POLL_PENDING, -1, -1);
    wake_(&party_.friends[0]);
    answer_(&party_, 1);
    wake_(&party_.friends[1]);
    asks_(&party_, POLL_PENDING, 0, 1);
    answer_(&party_, 0);
    wake_(&party_.friends[0]);
    asks_(&party_, POLL_READY, 0, -1);
    must_know_(&party_);
}

static void any_number_of_children(void **state)
{
    static const int counts[] = { 1, 2, 3, 64, 255, 256, 257, MANY_ };
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        invite_(&party_, counts[i]);
        asks_all_(&party_, POLL_PENDING);
        for (int k = 0; k < counts[i]; k++)
            answer_(&party_, k);
        asks_all_(&party_, POLL_READY);
        must_know_(&party_);
    }
}

static void any_number_may_be_a_result(void **state)
{
    static const int answers[] = { 0, -1, INT_MIN, INT_MAX, 256 };
    const int n = sizeof answers / sizeof *answers;
    (void)state;
    for (int at_once = 0; at_once < 2; at_once++) {
        invite_(&party_, n);
        for (int i = 0; i < n; i++) {
            party_.friends[i].answer = answers[i];
            party_.friends[i].probe.ready = at_once;
        }
        if (!at_once) {
            asks_all_(&party_, POLL_PENDING);
            for (int i = 0; i < n; i++)
                answer_(&party_, i);
        }
        asks_all_(&party_, POLL_READY);
        for (int i = 0; i < n; i++)
            CHECK(party_.results[i] == answers[i],
                  "results[%d] is %d, child %d said %d", i, party_.results[i],
                  i, answers[i]);
    }
}

static void polls_inside_the_wake_(struct poller *who)
{
    (void)who;
    party_.heard = party_.task.woken;
    (void)poll_by(&party_.task, &party_.join.future);
}

static void the_task_you_wake_may_poll_at_once(void **state)
{
    (void)state;
    invite_(&party_, 2);
    asks_all_(&party_, POLL_PENDING);
    party_.task.on_wake = polls_inside_the_wake_;
    party_.friends[1].probe.ready = true;
    wake_(&party_.friends[1]);
    CHECK(party_.friends[1].probe.over,
          "child 1 was woken, the join was polled at once, inside that wake, "
          "and child 1 was not polled: first note which child it was, then "
          "wake");
    party_.task.on_wake = NULL;
    answer_(&party_, 0);
    asks_(&party_, POLL_READY, 0, -1);
    must_know_(&party_);
}

static void a_late_wake_does_no_harm(void **state)
{
    struct waker late;
    (void)state;
    invite_(&party_, 2);
    asks_all_(&party_, POLL_PENDING);
    late = party_.friends[0].probe.waker;
    answer_(&party_, 0);
    asks_(&party_, POLL_PENDING, 0, -1);
    WHILE("somebody calls the waker of a child that is over");
    waker_wake(late);
    asks_(&party_, POLL_PENDING, -1, -1);
    answer_(&party_, 1);
    asks_(&party_, POLL_READY, 1, -1);
    must_know_(&party_);
}

static void hundreds_cost_two_polls_each(void **state)
{
    int polls = 0;
    (void)state;
    invite_(&party_, MANY_);
    asks_all_(&party_, POLL_PENDING);
    for (int i = 0; i < MANY_; i++) {
        int who = i * 7 % MANY_;
        answer_(&party_, who);
        asks_(&party_, i < MANY_ - 1 ? POLL_PENDING : POLL_READY, who, -1);
    }
    for (int i = 0; i < MANY_; i++)
        polls += party_.friends[i].probe.polls;
    CHECK(polls == 2 * MANY_, "%d children cost %d polls", MANY_, polls);
    must_know_(&party_);
}

static void a_child_without_a_waker_is_not_hidden_by_its_siblings(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        invite_(&party_, 3);
        party_.friends[i].probe.mute = true;
        probe_must_tell_of("child", &party_.join.future);
    }
}

/* ---- A join of joins ----------------------------------------------------- */

struct family_ { /* a child that joins two children of its own */
    struct number number;
    struct join_all join;
    struct friend_ friends[2];
    struct number *children[2];
    struct member members[2];
    int results[2];
};

static enum poll family_poll_(struct future *f, struct context *cx)
{
    struct family_ *self = container_of(f, struct family_, number.future);
    enum poll result = future_poll(&self->join.future, cx);
    self->number.value = self->results[0] + self->results[1];
    return result;
}

static void family_drop_(struct future *f)
{
    struct family_ *self = container_of(f, struct family_, number.future);
    future_drop(&self->join.future);
}

static const struct future_ops family_ops_ = {
    .name = "a join of two children",
    .poll = family_poll_,
    .drop = family_drop_,
};

/* One is ready at once, the other one waits. */
static struct number *family_(struct family_ *self, int ready)
{
    self->number = (struct number){ .future.ops = &family_ops_ };
    for (int i = 0; i < 2; i++)
        self->children[i] = friend_(&self->friends[i], i, 10 + i);
    self->friends[ready].probe.ready = true;
    join_all(&self->join, self->children, self->members, self->results, 2);
    return &self->number;
}

static void a_child_may_be_a_join(void **state)
{
    (void)state;
    for (int ready = 0; ready < 2; ready++) {
        static struct family_ families[2];
        struct number *children[2];
        struct member members[2];
        int results[2];
        struct join_all join;
        struct poller task = { .executor = probe_executor() };
        for (int i = 0; i < 2; i++)
            children[i] = family_(&families[i], ready);
        ASIDE("Here a child of the join is a join, too: while one poll runs, "
              "another one begins and ends.");
        join_all(&join, children, members, results, 2);
        for (int i = 0; i < 2; i++) {
            CHECK(poll_by(&task, &join.future) == POLL_PENDING,
                  "READY, and not all of the children are");
            CHECK(task.woken == i,
                  "%d wakes of a child's child have woken the task %d times", i,
                  task.woken);
            probe_child_can_go(&families[i].friends[!ready].probe);
        }
        CHECK(poll_by(&task, &join.future) == POLL_READY,
              "all children are over, and the join is PENDING");
        CHECK(results[0] == 21 && results[1] == 21,
              "the results are %d and %d, not 21 and 21", results[0],
              results[1]);
        ASIDE("");
    }
}

/* ---- Two joins ----------------------------------------------------------- */

struct life_ {
    struct join_all join;
    struct friend_ friends[2];
    struct number *children[2];
    struct member members[2];
    int results[2], answer;
    struct poller task;
};

static void begins_(void *life)
{
    static int answer;
    struct life_ *me = life;
    me->task = (struct poller){ .executor = probe_executor() };
    me->answer = answer += 2;
    for (int i = 0; i < 2; i++)
        me->children[i] = friend_(&me->friends[i], i, answer + i);
    join_all(&me->join, me->children, me->members, me->results, 2);
}

static void waits_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_by(&me->task, &me->join.future) == POLL_PENDING,
          "READY, and not all of the children are");
}

static void hears_(struct life_ *me, int i)
{
    int woken = me->task.woken;
    probe_child_can_go(&me->friends[i].probe);
    CHECK(me->task.woken == woken + 1,
          "the waker of child %d was called, and the task that polls the join "
          "was not woken",
          i);
}

static void hears_the_second_(void *life)
{
    hears_(life, 1);
}

static void hears_the_first_(void *life)
{
    hears_(life, 0);
}

static void is_ready_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_by(&me->task, &me->join.future) == POLL_READY,
          "all children are over, and the join is PENDING");
    for (int i = 0; i < 2; i++) {
        CHECK(me->friends[i].probe.polls == 2,
              "child %d was polled %d times: at first, and when it was woken",
              i, me->friends[i].probe.polls);
        CHECK(me->results[i] == me->answer + i,
              "results[%d] is %d, child %d said %d", i, me->results[i], i,
              me->answer + i);
    }
}

static void two_joins_do_not_disturb_each_other(void **state)
{
    (void)state;
    PROBE_LIVES(life_, begins_, waits_, hears_the_second_, waits_,
                hears_the_first_, is_ready_);
}

static void each_join_has_a_number_of_its_own(void **state)
{
    static struct life_ large, small;
    (void)state;
    ASIDE("There are two at the same time here, one joins two children, and "
          "the other one joins one: keep the number in the struct, not in a "
          "static.");
    begins_(&large);
    begins_(&small);
    join_all(&small.join, small.children, small.members, small.results, 1);
    waits_(&large);
    waits_(&small);
    hears_(&large, 0);
    waits_(&large);
    future_drop(&large.join.future);
    future_drop(&small.join.future);
    ASIDE("");
}

/* ---- Dropped ------------------------------------------------------------- */

static void must_be_dropped_(const struct party_ *p)
{
    for (int i = 0; i < p->n; i++)
        probe_child_must_be_dropped(&p->friends[i].probe,
                                    &p->friends[i].number.future);
}

static void a_drop_drops_all_that_are_left(void **state)
{
    (void)state;
    for (unsigned over = 0; over < 1u << FEW_; over++) { /* bit i: child i is */
        invite_(&party_, FEW_);
        if (over < (1u << FEW_) - 1) { /* the last: before the first poll */
            asks_all_(&party_, POLL_PENDING);
            for (int i = 0; i < FEW_; i++)
                if (over >> i & 1) {
                    answer_(&party_, i);
                    asks_(&party_, POLL_PENDING, i, -1);
                }
        }
        int woken = party_.task.woken;
        future_drop(&party_.join.future);
        CHECK(party_.task.woken == woken,
              "the drop called the waker: nobody waits any more");
        must_be_dropped_(&party_);
    }
}

static void a_child_that_is_over_is_left_alone(void **state)
{
    (void)state;
    for (int who = 0; who < 3; who++) {
        struct number *child = &party_.friends[who].number;
        (void)one_is_over_(who);
        probe_forbid(child, sizeof *child,
                     "uses a child that is over: its memory may be used for "
                     "something else by now");
        party_.friends[(who + 1) % 3].probe.ready = true;
        wake_(&party_.friends[(who + 1) % 3]);
        CHECK(poll_by(&party_.task, &party_.join.future) == POLL_PENDING,
              "READY, and not all of the children are");
        future_drop(&party_.join.future);
        probe_allow(child, sizeof *child);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_first_poll_polls_every_child),
    cmocka_unit_test(a_join_of_nothing_is_ready_at_once),
    cmocka_unit_test(children_that_are_ready_at_once),
    cmocka_unit_test(only_woken_children_are_polled),
    cmocka_unit_test(results_come_in_the_order_of_the_children),
    cmocka_unit_test(several_are_woken_between_two_polls),
    cmocka_unit_test(a_child_that_wakes_itself_is_polled_next_time),
    cmocka_unit_test(a_child_may_wake_another_in_its_poll),
    cmocka_unit_test(any_number_of_children),
    cmocka_unit_test(any_number_may_be_a_result),
    cmocka_unit_test(a_child_may_be_woken_twice_or_for_nothing),
    cmocka_unit_test(the_latest_waker_counts),
    cmocka_unit_test(another_task_may_poll),
    cmocka_unit_test(the_task_you_wake_may_poll_at_once),
    cmocka_unit_test(a_late_wake_does_no_harm),
    cmocka_unit_test(two_joins_do_not_disturb_each_other),
    cmocka_unit_test(each_join_has_a_number_of_its_own),
    cmocka_unit_test(a_child_may_be_a_join),
    cmocka_unit_test(hundreds_cost_two_polls_each),
    cmocka_unit_test(a_child_without_a_waker_is_not_hidden_by_its_siblings),
    cmocka_unit_test(a_drop_drops_all_that_are_left),
    cmocka_unit_test(a_child_that_is_over_is_left_alone),
};
EXERCISE_MAIN(tests)
