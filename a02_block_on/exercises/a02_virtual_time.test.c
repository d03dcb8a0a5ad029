/* Sleepers have names; each wake writes name and time down, "b10 a20".  They
 * stand on the heap, so that who touches one that is gone is caught. */
#include <inttypes.h>
#include "exercise.h"
#include ANSWER

enum { SLEEPERS = 5 };

static struct clock watch;
static struct sleeper *sleepers[SLEEPERS];
static int woken[SLEEPERS];
static bool removed[SLEEPERS];
static bool inside;           /* clock_advance()                              */
static char log_[256];        /* all wakes                                    */
static void (*on_wake)(void); /* what happens inside the next wake            */

/* ---- What the tests do --------------------------------------------------- */

static void wake(void *data)
{
    int *count = data;
    int i = (int)(count - woken);
    size_t length = strlen(log_);
    void (*then)(void) = on_wake;
    CHECK(inside, "%c was woken by something else than clock_advance()",
          'a' + i);
    CHECK(!removed[i], "%c was removed, and was woken all the same", 'a' + i);
    CHECK(++*count == 1, "%c was woken twice: take it out of the list",
          'a' + i);
    CHECK(watch.now >= sleepers[i]->deadline,
          "%c was woken at %" PRIu64 ", and its deadline is %" PRIu64
          ": nobody early",
          'a' + i, watch.now, sleepers[i]->deadline);
    snprintf(log_ + length, sizeof log_ - length, "%s%c%" PRIu64,
             length ? " " : "", 'a' + i, watch.now);
    on_wake = NULL;
    if (then)
        then();
}

static void sleeps(char name, uint64_t deadline)
{
    int i = name - 'a';
    free(sleepers[i]);
    sleepers[i] = malloc(sizeof *sleepers[i]);
    woken[i] = 0;
    removed[i] = false;
    *sleepers[i] =
        (struct sleeper){ .deadline = deadline, .waker = { wake, &woken[i] } };
    clock_add(&watch, sleepers[i]);
}

static void removes(char name)
{
    clock_remove(&watch, sleepers[name - 'a']);
    removed[name - 'a'] = true;
}

static void removes_and_frees(char name)
{
    removes(name);
    free(sleepers[name - 'a']);
    sleepers[name - 'a'] = NULL;
}

static void must_jump(uint64_t to, const char *wakes, const char *why)
{
    uint64_t before = watch.now;
    log_[0] = '\0';
    inside = true;
    CHECK(clock_advance(&watch),
          "somebody sleeps until %" PRIu64 ", and "
          "clock_advance() says that nobody does",
          to);
    inside = false;
    CHECK(watch.now >= before, "time went back from %" PRIu64 " to %" PRIu64,
          before, watch.now);
    CHECK(watch.now == to,
          "the clock went from %" PRIu64 " to %" PRIu64
          "; it should have gone to %" PRIu64 ": %s",
          before, watch.now, to, why);
    CHECK(strcmp(log_, wakes) == 0,
          "at %" PRIu64 " this was woken: %s; it should have been: %s; %s", to,
          *log_ ? log_ : "nobody", wakes, why);
}

/* Nobody is left; the sleepers of the test are over. */
static void must_rest(void)
{
    uint64_t before = watch.now;
    log_[0] = '\0';
    inside = true;
    bool moved = clock_advance(&watch);
    inside = false;
    CHECK(!*log_, "nobody sleeps any more, and %s was woken", log_);
    CHECK(watch.now == before,
          "nobody sleeps any more, and the clock went from %" PRIu64
          " to %" PRIu64 ": who is still in the list?",
          before, watch.now);
    CHECK(!moved, "nobody sleeps any more, and clock_advance() says that "
                  "somebody did");
    for (int i = 0; i < SLEEPERS; i++) {
        free(sleepers[i]);
        sleepers[i] = NULL;
    }
}

/* ---- The clock ----------------------------------------------------------- */

static void it_jumps_to_the_deadline(void **state)
{
    (void)state;
    sleeps('a', 30);
    must_jump(30, "a30", "the next deadline is 30");
    must_rest();
    sleeps('a', 40);
    must_jump(40, "a40", "the next deadline is 40");
    must_rest();
}

static void the_earliest_is_first(void **state)
{
    (void)state;
    sleeps('a', 30);
    sleeps('b', 10);
    sleeps('c', 40);
    sleeps('d', 20);
    must_jump(10, "b10", "the next deadline is 10");
    must_jump(20, "d20", "the next deadline is 20");
    must_jump(30, "a30", "the next deadline is 30");
    must_jump(40, "c40", "the next deadline is 40");
    must_rest();
}

static void among_equals_the_first_added_is_first(void **state)
{
    (void)state;
    sleeps('d', 20);
    sleeps('a', 10);
    sleeps('b', 10);
    sleeps('e', 20);
    sleeps('c', 10);
    must_jump(10, "a10 b10 c10", "all that is due, in the order added");
    must_jump(20, "d20 e20", "all that is due, in the order added");
    must_rest();
}

static void a_deadline_that_has_passed(void **state)
{
    (void)state;
    sleeps('a', 50);
    must_jump(50, "a50", "the next deadline is 50");
    sleeps('b', 50);
    sleeps('c', 20);
    sleeps('d', 60);
    must_jump(50, "c50 b50",
              "c was due at 20, and it is 50 already: time "
              "stands still, and c and b are due");
    must_jump(60, "d60", "the next deadline is 60");
    must_rest();
}

static void far_away(void **state)
{
    (void)state;
    sleeps('a', UINT64_MAX - 1);
    sleeps('b', 5000000000);
    sleeps('c', 4294967297);
    must_jump(4294967297, "c4294967297", "more than 32 bits can hold");
    must_jump(5000000000, "b5000000000", "more than 32 bits can hold");
    must_jump(UINT64_MAX - 1, "a18446744073709551614",
              "more than 63 bits can hold");
    must_rest();
}

/* ---- Removing ------------------------------------------------------------ */

static void nobody_waits_for_who_was_removed(void **state)
{
    (void)state;
    sleeps('a', 10);
    removes('a');
    must_rest();
    sleeps('a', 10);
    sleeps('b', 20);
    sleeps('c', 30);
    sleeps('d', 40);
    removes('a');
    removes('c');
    removes('d');
    must_jump(20, "b20", "a, c and d were removed");
    must_rest();
}

static void only_that_one_is_removed(void **state)
{
    (void)state;
    sleeps('a', 10);
    sleeps('b', 10);
    sleeps('c', 10);
    sleeps('d', 10);
    removes('b');
    must_jump(10, "a10 c10 d10", "b was removed, of four with one deadline");
    must_rest();
}

static void who_is_not_there_is_not_removed(void **state)
{
    struct sleeper stranger = { .deadline = 10 };
    (void)state;
    clock_remove(&watch, &stranger);
    sleeps('a', 10);
    sleeps('b', 20);
    clock_remove(&watch, &stranger);
    must_jump(10, "a10", "the one removed was not in the list");
    clock_remove(&watch, sleepers[0]);
    clock_remove(&watch, sleepers[0]);
    must_jump(20, "b20", "a, which had been woken, was removed once more");
    must_rest();
}

/* ---- Inside a wake ------------------------------------------------------- */

static void a_goes(void)
{
    removes_and_frees('a');
}

static void who_is_woken_may_be_gone(void **state)
{
    (void)state;
    sleeps('a', 10);
    sleeps('b', 10);
    on_wake = a_goes;
    must_jump(10, "a10 b10", "a was freed inside its wake, b is still due");
    must_rest();
}

static void b_and_c_go(void)
{
    removes_and_frees('b');
    removes_and_frees('c');
}

static void a_wake_may_remove_others(void **state)
{
    (void)state;
    sleeps('a', 10);
    sleeps('b', 10);
    sleeps('c', 20);
    sleeps('d', 20);
    on_wake = b_and_c_go;
    must_jump(10, "a10", "the wake of a removed b, which was due too");
    must_jump(20, "d20", "the wake of a removed c");
    must_rest();
}

static void c_comes(void)
{
    sleeps('c', 15);
}

static void a_wake_may_add_another(void **state)
{
    (void)state;
    sleeps('a', 10);
    sleeps('b', 10);
    sleeps('d', 20);
    on_wake = c_comes;
    must_jump(10, "a10 b10", "the wake of a added c, due at 15");
    must_jump(15, "c15", "c was added inside a wake");
    must_jump(20, "d20", "the next deadline is 20");
    must_rest();
}

/* ---- The run loop -------------------------------------------------------- */

static struct sleepy { /* a task: it naps so often, so long                   */
    char name;
    uint64_t ms;
    int naps;
    struct nap nap;
    bool ready;
    uint64_t since; /* ready since then                                       */
} tasks[3];
static int asked; /* how often in a row in vain                               */

static void make_ready(void *data)
{
    struct sleepy *task = data;
    task->ready = true;
    task->since = watch.now;
}

static void begin(int i, uint64_t ms, int naps)
{
    tasks[i] = (struct sleepy){ .name = (char)('a' + i), .ms = ms };
    tasks[i].naps = naps;
    nap(&tasks[i].nap, &watch, ms);
    make_ready(&tasks[i]);
}

/* Naps until it has to wait. */
static void poll_task(struct sleepy *task)
{
    struct waker waker = { make_ready, task };
    struct context cx = context_make(waker, NULL);
    task->ready = false;
    while (task->naps > 0) {
        size_t length = strlen(log_);
        if (future_poll(&task->nap.future, &cx) == POLL_PENDING)
            return;
        snprintf(log_ + length, sizeof log_ - length, "%s%c%" PRIu64,
                 length ? " " : "", task->name, watch.now);
        task->naps--;
        nap(&task->nap, &watch, task->ms);
    }
}

static bool poll_one(void)
{
    for (int i = 0; i < 3; i++)
        CHECK(!tasks[i].ready || watch.now == tasks[i].since,
              "the clock went from %" PRIu64 " to %" PRIu64
              " while %c was ready: jump only when poll_one() returns false",
              tasks[i].since, watch.now, tasks[i].name);
    for (int i = 0; i < 3; i++) {
        if (!tasks[i].ready)
            continue;
        asked = 0;
        poll_task(&tasks[i]);
        return true;
    }
    CHECK(++asked < 100, "run() calls poll_one() again and again: nobody is "
                         "ready, and nobody sleeps, so it should return");
    return false;
}

static void must_run(const char *naps)
{
    log_[0] = '\0';
    run(&watch, poll_one);
    for (int i = 0; i < 3; i++) {
        CHECK(!tasks[i].ready,
              "run() returned, and task %c was ready: poll_one() would have "
              "polled it",
              tasks[i].name);
        CHECK(tasks[i].naps == 0,
              "run() returned, and task %c still sleeps until %" PRIu64
              ": when nobody is ready, jump",
              tasks[i].name, tasks[i].nap.sleeper.deadline);
    }
    CHECK(strcmp(log_, naps) == 0,
          "the naps ended so: %s; they should have ended so: %s", log_, naps);
}

static void run_ends_when_there_is_nothing(void **state)
{
    (void)state;
    must_run("");
    CHECK(watch.now == 0, "nobody has slept, and it is %" PRIu64, watch.now);
}

static void run_jumps_when_nobody_is_ready(void **state)
{
    (void)state;
    begin(0, 3600000, 1);
    must_run("a3600000");
}

static void run_jumps_only_when_nobody_is_ready(void **state)
{
    (void)state;
    begin(0, 10, 3);
    begin(1, 15, 2);
    begin(2, 30, 1);
    must_run("a10 b15 a20 a30 b30 c30");
}

static void a_nap_that_is_dropped_holds_nobody_up(void **state)
{
    (void)state;
    begin(0, 10, 1);
    begin(1, 99, 1);
    while (poll_one()) {
    }
    future_drop(&tasks[1].nap.future);
    tasks[1].naps = 0;
    asked = 0;
    must_run("a10");
    CHECK(watch.now == 10,
          "it is %" PRIu64 ": the nap until 99 was dropped, the last one ended "
          "at 10",
          watch.now);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_jumps_to_the_deadline),
    cmocka_unit_test(the_earliest_is_first),
    cmocka_unit_test(among_equals_the_first_added_is_first),
    cmocka_unit_test(a_deadline_that_has_passed),
    cmocka_unit_test(far_away),
    cmocka_unit_test(nobody_waits_for_who_was_removed),
    cmocka_unit_test(only_that_one_is_removed),
    cmocka_unit_test(who_is_not_there_is_not_removed),
    cmocka_unit_test(who_is_woken_may_be_gone),
    cmocka_unit_test(a_wake_may_remove_others),
    cmocka_unit_test(a_wake_may_add_another),
    cmocka_unit_test(run_ends_when_there_is_nothing),
    cmocka_unit_test(run_jumps_when_nobody_is_ready),
    cmocka_unit_test(run_jumps_only_when_nobody_is_ready),
    cmocka_unit_test(a_nap_that_is_dropped_holds_nobody_up),
};
EXERCISE_MAIN(tests)
