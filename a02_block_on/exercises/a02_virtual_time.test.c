/* Sleepers have names; each wake writes name and time down, "b10 a20".  They
 * stand on the heap, so that who touches one that is gone is caught. */
#include <inttypes.h>
#include ANSWER
#include "exercise.h"
#include "probes.h"

enum { SLEEPERS_ = 5 };

static struct clock watch_;
static struct sleeper *sleepers_[SLEEPERS_];
static int woken_[SLEEPERS_];
static bool removed_[SLEEPERS_], removed_in_wake_[SLEEPERS_];
static bool inside_;   /* clock_advance()                              */
static char log_[256]; /* all wakes                                    */
static void (*on_wake_)(
    void); /* what happens inside the next wake            */

/* ---- What the tests do --------------------------------------------------- */

static void wake_(void *data)
{
    int *count = data;
    int i = (int)(count - woken_);
    size_t length = strlen(log_);
    void (*then)(void) = on_wake_;
    CHECK(inside_, "%c was not woken by clock_advance()", 'a' + i);
    CHECK(!removed_[i], "%c was removed, and was woken nevertheless%s", 'a' + i,
          removed_in_wake_[i]
              ? ": another wake removed it, so look at the list again after "
                "each wake"
              : "");
    CHECK(++*count == 1, "%c was woken twice: take it out of the list",
          'a' + i);
    CHECK(watch_.now >= sleepers_[i]->deadline,
          "%c was woken at %" PRIu64 ", and its deadline is %" PRIu64
          ": wake nobody before its deadline",
          'a' + i, watch_.now, sleepers_[i]->deadline);
    snprintf(log_ + length, sizeof log_ - length, "%s%c%" PRIu64,
             length ? " " : "", 'a' + i, watch_.now);
    on_wake_ = NULL;
    if (then)
        then();
}

static void sleeps_(char name, uint64_t deadline)
{
    int i = name - 'a';
    free(sleepers_[i]);
    sleepers_[i] = malloc(sizeof *sleepers_[i]);
    woken_[i] = 0;
    removed_[i] = false;
    *sleepers_[i] = (struct sleeper){ .deadline = deadline,
                                      .waker = { wake_, &woken_[i] } };
    clock_add(&watch_, sleepers_[i]);
}

static void removes_(char name)
{
    clock_remove(&watch_, sleepers_[name - 'a']);
    removed_[name - 'a'] = true;
    removed_in_wake_[name - 'a'] = inside_;
}

static void removes_and_frees_(char name)
{
    removes_(name);
    free(sleepers_[name - 'a']);
    sleepers_[name - 'a'] = NULL;
}

static void must_jump_(uint64_t to, const char *wakes, const char *why)
{
    uint64_t before = watch_.now;
    log_[0] = '\0';
    inside_ = true;
    CHECK(clock_advance(&watch_),
          "somebody sleeps until %" PRIu64
          ", and clock_advance() says that nobody sleeps",
          to);
    inside_ = false;
    CHECK(watch_.now >= before, "time went back from %" PRIu64 " to %" PRIu64,
          before, watch_.now);
    CHECK(watch_.now == to,
          "the clock went from %" PRIu64 " to %" PRIu64
          "; it should have gone to %" PRIu64 ": %s",
          before, watch_.now, to, why);
    CHECK(strcmp(log_, wakes) == 0,
          "at %" PRIu64 " this was woken: %s; it should have been: %s; %s", to,
          *log_ ? log_ : "nobody", wakes, why);
}

/* Nobody is left; the sleepers of the test are over. */
static void must_rest_(void)
{
    uint64_t before = watch_.now;
    log_[0] = '\0';
    inside_ = true;
    bool moved = clock_advance(&watch_);
    inside_ = false;
    CHECK(!*log_, "nobody sleeps any more, and %s was woken", log_);
    CHECK(watch_.now == before,
          "nobody sleeps any more, and the clock went from %" PRIu64
          " to %" PRIu64 ": who is still in the list?",
          before, watch_.now);
    CHECK(!moved, "nobody sleeps any more, and clock_advance() says that "
                  "somebody did");
    for (int i = 0; i < SLEEPERS_; i++) {
        free(sleepers_[i]);
        sleepers_[i] = NULL;
    }
}

/* ---- The clock ----------------------------------------------------------- */

static void it_jumps_to_the_deadline(void **state)
{
    (void)state;
    sleeps_('a', 30);
    must_jump_(30, "a30", "the next deadline is 30");
    must_rest_();
    sleeps_('a', 40);
    must_jump_(40, "a40", "the next deadline is 40");
    must_rest_();
}

static void the_earliest_is_first(void **state)
{
    (void)state;
    sleeps_('a', 30);
    sleeps_('b', 10);
    sleeps_('c', 40);
    sleeps_('d', 20);
    must_jump_(10, "b10", "the next deadline is 10");
    must_jump_(20, "d20", "the next deadline is 20");
    must_jump_(30, "a30", "the next deadline is 30");
    must_jump_(40, "c40", "the next deadline is 40");
    must_rest_();
}

static void among_equals_the_first_added_is_first(void **state)
{
    (void)state;
    sleeps_('d', 20);
    sleeps_('a', 10);
    sleeps_('b', 10);
    sleeps_('e', 20);
    sleeps_('c', 10);
    must_jump_(10, "a10 b10 c10", "all that is due, in the order added");
    must_jump_(20, "d20 e20", "all that is due, in the order added");
    must_rest_();
}

static void a_deadline_that_has_passed(void **state)
{
    (void)state;
    sleeps_('a', 50);
    must_jump_(50, "a50", "the next deadline is 50");
    sleeps_('b', 50);
    sleeps_('c', 20);
    sleeps_('d', 60);
    must_jump_(50, "c50 b50",
               "c was due at 20, and it is 50 already: time does not go back, "
               "and c and b are due");
    must_jump_(60, "d60", "the next deadline is 60");
    must_rest_();
}

static void far_away(void **state)
{
    (void)state;
    sleeps_('a', UINT64_MAX - 1);
    sleeps_('b', 5000000000);
    sleeps_('c', 4294967297);
    must_jump_(4294967297, "c4294967297", "more than 32 bits can hold");
    must_jump_(5000000000, "b5000000000", "more than 32 bits can hold");
    must_jump_(UINT64_MAX - 1, "a18446744073709551614",
               "more than 63 bits can hold");
    must_rest_();
}

static void the_first_and_the_last_moment_of_all(void **state)
{
    (void)state;
    sleeps_('a', 0);
    must_jump_(0, "a0", "a was due at once");
    must_rest_();
    sleeps_('a', UINT64_MAX);
    must_jump_(UINT64_MAX, "a18446744073709551615",
               "the last deadline there is");
    must_rest_();
}

/* One that was woken or removed, and is not freed. */
static void sleeps_again_(char name, uint64_t deadline)
{
    int i = name - 'a';
    woken_[i] = 0;
    removed_[i] = false;
    sleepers_[i]->deadline = deadline;
    clock_add(&watch_, sleepers_[i]);
}

static void the_same_sleeper_may_sleep_again(void **state)
{
    (void)state;
    sleeps_('a', 10);
    sleeps_('b', 20);
    must_jump_(10, "a10", "the next deadline is 10");
    must_jump_(20, "b20", "the next deadline is 20");
    sleeps_again_('a', 30);
    must_jump_(30, "a30", "a had slept before, and sleeps again");
    sleeps_again_('b', 50);
    sleeps_again_('a', 40);
    removes_('a');
    sleeps_again_('a', 60);
    must_jump_(50, "b50", "a was removed, and sleeps until 60");
    must_jump_(60, "a60", "a was removed, and sleeps again");
    must_rest_();
}

static void count_(void *data)
{
    static int nobody;
    ++*(data ? (int *)data : &nobody);
}

static void hundreds_may_sleep(void **state)
{
    enum { MANY = 300 };
    static struct sleeper many[MANY];
    static int counts[MANY];
    (void)state;
    for (int i = 0; i < MANY; i++) {
        many[i] = (struct sleeper){ .deadline = (uint64_t)(i * 7 % MANY / 2),
                                    .waker = { count_, &counts[i] } };
        clock_add(&watch_, &many[i]);
    }
    for (uint64_t now = 0; now < MANY / 2; now++) {
        CHECK(clock_advance(&watch_) && watch_.now == now,
              "%d sleep, two for each deadline, and at %" PRIu64
              " the clock went to %" PRIu64,
              MANY, now, watch_.now);
        for (int i = 0; i < MANY; i++)
            CHECK(counts[i] == (many[i].deadline <= now),
                  "%d sleep, and at %" PRIu64 " one with the deadline %" PRIu64
                  " had been woken %d times",
                  MANY, now, many[i].deadline, counts[i]);
    }
    memset(counts, 0, sizeof counts);
    for (int i = 0; i < MANY; i++) {
        many[i].deadline = 1000;
        clock_add(&watch_, &many[i]);
    }
    (void)clock_advance(&watch_);
    for (int i = 0; i < MANY; i++)
        CHECK(counts[i] == 1,
              "%d are due at the same time, and one of them was woken %d times",
              MANY, counts[i]);
}

static void sleepers_may_share_a_waker(void **state)
{
    int count = 0;
    struct sleeper s[3];
    (void)state;
    for (int i = 0; i < 3; i++) {
        s[i] = (struct sleeper){ .deadline = 10 + (uint64_t)i,
                                 .waker = { count_, i ? &count : NULL } };
        clock_add(&watch_, &s[i]);
    }
    clock_remove(&watch_, &s[2]);
    CHECK(clock_advance(&watch_) && watch_.now == 10,
          "a sleeper whose waker has NULL as its data sleeps until 10, and the "
          "clock went to %" PRIu64,
          watch_.now);
    CHECK(clock_advance(&watch_) && watch_.now == 11 && count == 1,
          "two had the same waker, and the one due at 12 was removed: at 11 "
          "the other is to be woken");
    CHECK(!clock_advance(&watch_), "nobody sleeps any more, and "
                                   "clock_advance() says that somebody did");
}

/* ---- Removing ------------------------------------------------------------ */

static void nobody_waits_for_who_was_removed(void **state)
{
    (void)state;
    sleeps_('a', 10);
    removes_('a');
    must_rest_();
    sleeps_('a', 10);
    sleeps_('b', 20);
    sleeps_('c', 30);
    sleeps_('d', 40);
    removes_('a');
    removes_('c');
    removes_('d');
    must_jump_(20, "b20", "a, c and d were removed");
    must_rest_();
}

static void only_that_one_is_removed(void **state)
{
    (void)state;
    sleeps_('a', 10);
    sleeps_('b', 10);
    sleeps_('c', 10);
    sleeps_('d', 10);
    removes_('b');
    must_jump_(10, "a10 c10 d10", "b was removed, of four with one deadline");
    must_rest_();
}

static void who_is_not_there_is_not_removed(void **state)
{
    struct sleeper stranger = { .deadline = 10 };
    (void)state;
    clock_remove(&watch_, &stranger);
    sleeps_('a', 10);
    sleeps_('b', 20);
    clock_remove(&watch_, &stranger);
    CHECK(stranger.deadline == 10,
          "clock_remove() changed the deadline of a sleeper that was not in "
          "the list from 10 to %" PRIu64,
          stranger.deadline);
    must_jump_(10, "a10", "the one removed was not in the list");
    clock_remove(&watch_, sleepers_[0]);
    clock_remove(&watch_, sleepers_[0]);
    must_jump_(20, "b20", "a, which had been woken, was removed once more");
    must_rest_();
}

/* ---- Inside a wake ------------------------------------------------------- */

static void a_goes_(void)
{
    removes_and_frees_('a');
}

static void who_is_woken_may_be_gone(void **state)
{
    (void)state;
    sleeps_('a', 10);
    sleeps_('b', 10);
    on_wake_ = a_goes_;
    must_jump_(10, "a10 b10", "a was freed inside its wake, b is still due");
    must_rest_();
}

static void b_and_c_leave_(void)
{
    removes_('b');
    removes_('c');
}

static void b_and_c_go_(void)
{
    removes_and_frees_('b');
    removes_and_frees_('c');
}

static void a_wake_may_remove_others(void **state)
{
    static void (*const ways[])(void) = { b_and_c_leave_, b_and_c_go_ };
    (void)state;
    for (int way = 0; way < 2; way++) {
        uint64_t now = watch_.now;
        sleeps_('a', now + 10);
        sleeps_('b', now + 10);
        sleeps_('c', now + 20);
        sleeps_('d', now + 20);
        on_wake_ = ways[way];
        must_jump_(now + 10, way ? "a30" : "a10",
                   "the wake of a removed b, which was due too");
        must_jump_(now + 20, way ? "d40" : "d20", "the wake of a removed c");
        must_rest_();
    }
}

static void c_comes_(void)
{
    sleeps_('c', 15);
}

static void a_wake_may_add_another(void **state)
{
    (void)state;
    sleeps_('a', 10);
    sleeps_('b', 10);
    sleeps_('d', 20);
    on_wake_ = c_comes_;
    must_jump_(10, "a10 b10", "the wake of a added c, due at 15");
    must_jump_(15, "c15", "c was added inside a wake");
    must_jump_(20, "d20", "the next deadline is 20");
    must_rest_();
}

/* ---- The run loop -------------------------------------------------------- */

static struct
    sleepy_ { /* a task: it naps so often, so long                   */
    char name;
    uint64_t ms;
    int naps;
    struct nap nap;
    bool ready;
    uint64_t since; /* ready since then                                       */
} tasks_[3];
static int asked_; /* how often in a row in vain */

static void make_ready_(void *data)
{
    struct sleepy_ *task = data;
    task->ready = true;
    task->since = watch_.now;
}

static void begin_(int i, uint64_t ms, int naps)
{
    tasks_[i] = (struct sleepy_){ .name = (char)('a' + i), .ms = ms };
    tasks_[i].naps = naps;
    nap(&tasks_[i].nap, &watch_, ms);
    make_ready_(&tasks_[i]);
}

/* Naps until it has to wait. */
static void poll_task_(struct sleepy_ *task)
{
    struct waker waker = { make_ready_, task };
    struct context cx = context_make(waker, NULL);
    task->ready = false;
    while (task->naps > 0) {
        size_t length = strlen(log_);
        if (future_poll(&task->nap.future, &cx) == POLL_PENDING)
            return;
        snprintf(log_ + length, sizeof log_ - length, "%s%c%" PRIu64,
                 length ? " " : "", task->name, watch_.now);
        task->naps--;
        nap(&task->nap, &watch_, task->ms);
    }
}

static bool poll_one_(void)
{
    for (int i = 0; i < 3; i++)
        CHECK(!tasks_[i].ready || watch_.now == tasks_[i].since,
              "the clock went from %" PRIu64 " to %" PRIu64
              " while %c was ready: jump only when poll_one() returns false",
              tasks_[i].since, watch_.now, tasks_[i].name);
    for (int i = 0; i < 3; i++) {
        if (!tasks_[i].ready)
            continue;
        asked_ = 0;
        poll_task_(&tasks_[i]);
        return true;
    }
    CHECK(++asked_ < 100, "run() calls poll_one() again and again: nobody is "
                          "ready, and nobody sleeps, so it should return");
    return false;
}

static void must_run_(const char *naps)
{
    log_[0] = '\0';
    run(&watch_, poll_one_);
    for (int i = 0; i < 3; i++) {
        CHECK(!tasks_[i].ready,
              "run() returned, and task %c was ready: poll_one() would have "
              "polled it",
              tasks_[i].name);
        CHECK(tasks_[i].naps == 0,
              "run() returned, and task %c still sleeps until %" PRIu64
              ": when nobody is ready, jump",
              tasks_[i].name, tasks_[i].nap.sleeper.deadline);
    }
    CHECK(strcmp(log_, naps) == 0,
          "the naps ended at: %s; they should have ended at: %s", log_, naps);
}

static void run_ends_when_there_is_nothing(void **state)
{
    (void)state;
    must_run_("");
    CHECK(watch_.now == 0, "nobody has slept, and it is %" PRIu64, watch_.now);
}

static void run_jumps_when_nobody_is_ready(void **state)
{
    (void)state;
    begin_(0, 3600000, 1);
    must_run_("a3600000");
}

static void run_jumps_only_when_nobody_is_ready(void **state)
{
    (void)state;
    begin_(0, 10, 3);
    begin_(1, 15, 2);
    begin_(2, 30, 1);
    must_run_("a10 b15 a20 a30 b30 c30");
}

static void a_wake_may_make_nobody_ready(void **state)
{
    int woken = 0;
    struct sleeper other = { .deadline = 10, .waker = { count_, &woken } };
    (void)state;
    clock_add(&watch_, &other);
    begin_(0, 20, 1);
    ASIDE("At 10 somebody else was woken, which made no task ready.");
    must_run_("a20");
    CHECK(woken == 1, "a sleeper that was due at 10 was woken %d times", woken);
    ASIDE("");
}

static void a_nap_that_is_dropped_holds_nobody_up(void **state)
{
    (void)state;
    begin_(0, 10, 1);
    begin_(1, 99, 1);
    while (poll_one_()) {
    }
    future_drop(&tasks_[1].nap.future);
    tasks_[1].naps = 0;
    asked_ = 0;
    must_run_("a10");
    CHECK(watch_.now == 10,
          "it is %" PRIu64 ": the nap until 99 was dropped, the last one ended "
          "at 10",
          watch_.now);
}

/* ---- Two clocks ---------------------------------------------------------- */

struct life_ {
    struct clock watch;
    struct sleeper first, second;
    int woken[2];
    uint64_t ms;
};

static void begins_(void *life)
{
    static uint64_t ms;
    struct life_ *me = life;
    *me = (struct life_){ .ms = ms += 10 };
    me->first =
        (struct sleeper){ .deadline = ms, .waker = { count_, &me->woken[0] } };
    me->second = (struct sleeper){ .deadline = 2 * ms,
                                   .waker = { count_, &me->woken[1] } };
    clock_add(&me->watch, &me->second);
}

static void adds_(void *life)
{
    struct life_ *me = life;
    clock_add(&me->watch, &me->first);
}

static void jumps_to_the_first_(void *life)
{
    struct life_ *me = life;
    CHECK(clock_advance(&me->watch) && me->watch.now == me->ms,
          "the next deadline is %" PRIu64 ", and it is %" PRIu64, me->ms,
          me->watch.now);
    CHECK(me->woken[0] == 1 && me->woken[1] == 0,
          "two sleep, one of them is due, and it was woken %d times",
          me->woken[0]);
}

static void removes_the_second_(void *life)
{
    struct life_ *me = life;
    clock_remove(&me->watch, &me->second);
}

static void has_nobody_(void *life)
{
    struct life_ *me = life;
    CHECK(!clock_advance(&me->watch) && me->watch.now == me->ms,
          "nobody sleeps any more, and it is %" PRIu64 ", not %" PRIu64,
          me->watch.now, me->ms);
}

static void two_clocks_do_not_know_each_other(void **state)
{
    (void)state;
    PROBE_LIVES(life_, begins_, adds_, jumps_to_the_first_, removes_the_second_,
                has_nobody_);
}

static void each_nap_has_a_clock_of_its_own(void **state)
{
    static struct clock here, there;
    static struct nap one, two;
    struct poller task = { 0 };
    (void)state;
    ASIDE("There are two naps on two clocks here: keep the clock in the struct "
          "of the nap, not in a static.");
    nap(&one, &here, 10);
    nap(&two, &there, 20);
    CHECK(poll_by(&task, &one.future) == POLL_PENDING &&
              poll_by(&task, &two.future) == POLL_PENDING,
          "no time has passed, and a nap is over");
    CHECK(clock_advance(&here) && here.now == 10,
          "a nap of 10 ms waits at this clock, and after clock_advance() it "
          "shows %" PRIu64,
          here.now);
    CHECK(poll_by(&task, &one.future) == POLL_READY,
          "10 ms have passed, and a nap of 10 ms is not over");
    CHECK(there.now == 0 && poll_by(&task, &two.future) == POLL_PENDING,
          "one clock went on, and the nap on the other one is over");
    future_drop(&two.future);
    ASIDE("");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_jumps_to_the_deadline),
    cmocka_unit_test(the_earliest_is_first),
    cmocka_unit_test(among_equals_the_first_added_is_first),
    cmocka_unit_test(a_deadline_that_has_passed),
    cmocka_unit_test(far_away),
    cmocka_unit_test(the_first_and_the_last_moment_of_all),
    cmocka_unit_test(nobody_waits_for_who_was_removed),
    cmocka_unit_test(only_that_one_is_removed),
    cmocka_unit_test(who_is_not_there_is_not_removed),
    cmocka_unit_test(the_same_sleeper_may_sleep_again),
    cmocka_unit_test(hundreds_may_sleep),
    cmocka_unit_test(sleepers_may_share_a_waker),
    cmocka_unit_test(who_is_woken_may_be_gone),
    cmocka_unit_test(a_wake_may_remove_others),
    cmocka_unit_test(a_wake_may_add_another),
    cmocka_unit_test(two_clocks_do_not_know_each_other),
    cmocka_unit_test(each_nap_has_a_clock_of_its_own),
    cmocka_unit_test(run_ends_when_there_is_nothing),
    cmocka_unit_test(run_jumps_when_nobody_is_ready),
    cmocka_unit_test(run_jumps_only_when_nobody_is_ready),
    cmocka_unit_test(a_wake_may_make_nobody_ready),
    cmocka_unit_test(a_nap_that_is_dropped_holds_nobody_up),
};
EXERCISE_MAIN(tests)
