/* No thread and no luck: the answer's locks come here, and whatever another
 * thread could do at that moment, the test does.  While the lock is free, the
 * box is poisoned: who touches it then is caught in the act. */
#include <errno.h>
#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include "exercise.h"

__attribute__((unused)) static int watched_lock(pthread_mutex_t *lock);
__attribute__((unused)) static int watched_trylock(pthread_mutex_t *lock);
__attribute__((unused)) static int watched_unlock(pthread_mutex_t *lock);
#define pthread_mutex_lock watched_lock
#define pthread_mutex_trylock watched_trylock
#define pthread_mutex_unlock watched_unlock
#include ANSWER
#undef pthread_mutex_lock
#undef pthread_mutex_trylock
#undef pthread_mutex_unlock

_Static_assert(offsetof(struct letterbox, lock) == 0,
               "please leave the lock first in struct letterbox");

static struct letterbox box;
static struct collect mail;
static int woken[2];          /* how often which task was woken               */
static void (*on_wake)(void); /* what a woken task does at once               */
static bool locked;

static struct {
    void (*comes)(void); /* what another thread does, once                    */
    int at, chances;     /* at which of the moments without the lock          */
} other;

/* ---- The lock ------------------------------------------------------------ */

static void guard_box(bool guard)
{
    char *begin = (char *)&box + sizeof box.lock;
    size_t size = sizeof box - sizeof box.lock;
    if (guard)
        __asan_poison_memory_region(begin, size);
    else
        __asan_unpoison_memory_region(begin, size);
}

static void other_threads_turn(void)
{
    void (*comes)(void) = other.comes;
    if (!comes || ++other.chances != other.at)
        return;
    other.comes = NULL;
    comes();
}

static int watched_lock(pthread_mutex_t *lock)
{
    if (lock != &box.lock)
        return pthread_mutex_lock(lock);
    CHECK(!locked, "your code locks what it holds already, and waits for "
                   "itself for ever");
    other_threads_turn();
    locked = true;
    guard_box(false);
    return 0;
}

static int watched_trylock(pthread_mutex_t *lock)
{
    static int tries;
    if (locked || ++tries % 2)
        return EBUSY; /* somebody else may hold it */
    return watched_lock(lock);
}

static int watched_unlock(pthread_mutex_t *lock)
{
    if (lock != &box.lock)
        return pthread_mutex_unlock(lock);
    CHECK(locked, "your code unlocks what it does not hold");
    locked = false;
    guard_box(true);
    other_threads_turn();
    return 0;
}

/* ---- What the tests do --------------------------------------------------- */

static void wake(void *data)
{
    void (*then)(void) = on_wake;
    CHECK(!locked, "you call the waker while you hold the lock: whoever it "
                   "wakes may poll at once, and would wait for that lock for "
                   "ever; unlock, then wake");
    ++*(int *)data;
    on_wake = NULL;
    if (then)
        then();
}

static void free_again(const char *function)
{
    CHECK(!locked, "%s() returned and did not unlock: every way out must",
          function);
}

static void start(void)
{
    guard_box(false);
    letterbox_init(&box);
    guard_box(true);
    collect(&mail, &box);
    woken[0] = woken[1] = 0;
}

static enum poll poll_as(int task)
{
    struct waker waker = { wake, &woken[task] };
    struct context cx = context_make(waker, NULL);
    bool again = mail.future.home != NULL;
    enum poll result = future_poll(&mail.future, &cx);
    free_again("collect_poll");
    CHECK(result == POLL_READY || cx.taken_,
          again ? "you kept the waker of an earlier poll and did not take this "
                  "one: the latest counts, the future may have changed hands"
                : "your future returned PENDING but took no waker: nothing "
                  "can wake it");
    return result;
}

static void must_wait(int task)
{
    int before = woken[task];
    CHECK(poll_as(task) == POLL_PENDING,
          "READY although no letter is in the box");
    CHECK(woken[task] == before,
          "your future wakes itself: no letter has come, so it is polled "
          "again at once, for ever; only the postman may wake it");
}

static void must_get(int task, int letter)
{
    CHECK(poll_as(task) == POLL_READY,
          "still PENDING although letter %d is in the box", letter);
    CHECK(mail.letter == letter, "letter %d came, and you collected %d", letter,
          mail.letter);
}

static void deliver(int letter)
{
    letterbox_deliver(&box, letter);
    free_again("letterbox_deliver");
}

static void drop(void)
{
    future_drop(&mail.future);
    free_again("collect_drop");
}

/* ---- One at a time ------------------------------------------------------- */

static void an_empty_box_means_waiting(void **state)
{
    (void)state;
    start();
    must_wait(0);
}

static void a_letter_that_is_there_is_collected_at_once(void **state)
{
    (void)state;
    start();
    deliver(7);
    must_get(0, 7);
    collect(&mail, &box);
    deliver(0);
    CHECK(woken[0] == 0,
          "the letter was there at the first poll, and you kept its "
          "waker all the same: the next letter woke a task that waits no more");
    must_get(0, 0);
}

static void a_letter_wakes_the_one_who_waits(void **state)
{
    (void)state;
    start();
    must_wait(0);
    deliver(7);
    CHECK(woken[0] > 0, "a letter came and nobody was woken: whoever waits "
                        "for it waits for ever");
    CHECK(woken[0] == 1, "one letter woke %d times, once is enough", woken[0]);
    must_get(0, 7);
}

static void only_the_latest_waker_is_woken(void **state)
{
    (void)state;
    start();
    must_wait(0);
    must_wait(1);
    must_wait(1);
    deliver(7);
    CHECK(woken[0] == 0, "you woke the waker of an earlier poll: the latest "
                         "counts, the future may have changed hands");
    CHECK(woken[1] == 1, "the waker of the latest poll was called %d times",
          woken[1]);
    must_get(1, 7);
}

static void a_letter_is_collected_once(void **state)
{
    (void)state;
    start();
    deliver(7);
    must_get(0, 7);
    collect(&mail, &box);
    CHECK(poll_as(0) == POLL_PENDING,
          "the same letter was collected twice: take it out of the box");
}

static void a_waker_is_used_once(void **state)
{
    (void)state;
    start();
    must_wait(0);
    deliver(7);
    must_get(0, 7);
    deliver(8);
    CHECK(woken[0] == 1, "the next letter woke a task that waits no more: "
                         "when you take a waker out, leave an empty one");
}

static void drop_forgets_the_waker(void **state)
{
    (void)state;
    start();
    must_wait(0);
    drop();
    CHECK(woken[0] == 0, "drop called the waker: nobody waits any more");
    deliver(7);
    CHECK(woken[0] == 0, "you woke a task after its future was dropped: by "
                         "then that task may be gone, memory and all");
    collect(&mail, &box);
    must_get(0, 7);
}

static void drop_leaves_the_letter(void **state)
{
    (void)state;
    start();
    must_wait(0);
    deliver(7);
    drop();
    collect(&mail, &box);
    CHECK(poll_as(0) == POLL_READY && mail.letter == 7,
          "drop threw the letter away: it was not collected yet, the next "
          "one may want it");
}

/* ---- The one you wake does something at once ----------------------------- */

static void collects_inside_the_wake(void)
{
    CHECK(poll_as(0) == POLL_READY,
          "you called the waker before the letter was in the box: whoever "
          "polls at once finds nothing, and is not woken again");
    CHECK(mail.letter == 7,
          "letter 7 came, and inside the wake %d was in "
          "the box",
          mail.letter);
}

static void the_letter_is_in_the_box_before_the_wake(void **state)
{
    (void)state;
    start();
    must_wait(0);
    on_wake = collects_inside_the_wake;
    deliver(7);
    CHECK(!on_wake, "a letter came and nobody was woken");
    collect(&mail, &box);
    CHECK(poll_as(0) == POLL_PENDING,
          "the letter was collected inside the wake, and afterwards it was in "
          "the box again: after the wake leave the box alone");
}

static void collects_and_waits_again(void)
{
    collects_inside_the_wake();
    collect(&mail, &box);
    must_wait(1);
}

static void who_is_woken_may_wait_again_at_once(void **state)
{
    (void)state;
    start();
    must_wait(0);
    on_wake = collects_and_waits_again;
    deliver(7);
    CHECK(woken[1] == 0, "the letter woke someone who began to wait after it "
                         "was collected");
    deliver(8);
    CHECK(woken[1] == 1, "whoever you woke waited again at once, and you "
                         "forgot the new waker: empty it before you wake, not "
                         "after");
    must_get(1, 8);
}

/* ---- Somebody else comes in between -------------------------------------- */

static void postman(void)
{
    deliver(7);
}

static void a_letter_that_comes_during_the_poll_is_not_lost(void **state)
{
    (void)state;
    for (int at = 1; at <= 6; at++) {
        start();
        other.comes = postman;
        other.at = at;
        other.chances = 0;
        if (poll_as(0) == POLL_READY) {
            CHECK(!other.comes, "READY although no letter is in the box");
            CHECK(mail.letter == 7, "letter 7 came, and you collected %d",
                  mail.letter);
            continue;
        }
        CHECK(other.comes || woken[0] == 1,
              "a letter came between your look into the box and your storing "
              "the waker, so nobody was woken: do both under one lock");
        if (other.comes)
            deliver(7);
        must_get(0, 7);
    }
    other.comes = NULL;
}

static bool collected;

static void second_task(void)
{
    collected = poll_as(1) == POLL_READY;
}

static void a_poll_that_comes_during_delivery_is_not_lost(void **state)
{
    (void)state;
    for (int at = 1; at <= 6; at++) {
        start();
        must_wait(0);
        collected = false;
        other.comes = second_task;
        other.at = at;
        other.chances = 0;
        deliver(7);
        other.comes = NULL;
        if (collected)
            CHECK(mail.letter == 7,
                  "the box said full before letter 7 was in "
                  "it: a poll in between collected %d",
                  mail.letter);
        else if (other.chances >= at)
            CHECK(woken[1] == 1,
                  "a poll came between your taking the waker and your putting "
                  "the letter in, so its waker was not called: do both under "
                  "one lock");
    }
}

static void a_drop_during_delivery_and_a_letter_during_a_drop(void **state)
{
    (void)state;
    for (int at = 1; at <= 6; at++) {
        start();
        must_wait(0);
        other.comes = postman;
        other.at = at;
        other.chances = 0;
        drop();
        if (other.comes)
            deliver(7);
        other.comes = NULL;
        collect(&mail, &box);
        must_get(1, 7);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_empty_box_means_waiting),
    cmocka_unit_test(a_letter_that_is_there_is_collected_at_once),
    cmocka_unit_test(a_letter_wakes_the_one_who_waits),
    cmocka_unit_test(only_the_latest_waker_is_woken),
    cmocka_unit_test(a_letter_is_collected_once),
    cmocka_unit_test(the_letter_is_in_the_box_before_the_wake),
    cmocka_unit_test(a_waker_is_used_once),
    cmocka_unit_test(who_is_woken_may_wait_again_at_once),
    cmocka_unit_test(drop_forgets_the_waker),
    cmocka_unit_test(drop_leaves_the_letter),
    cmocka_unit_test(a_letter_that_comes_during_the_poll_is_not_lost),
    cmocka_unit_test(a_poll_that_comes_during_delivery_is_not_lost),
    cmocka_unit_test(a_drop_during_delivery_and_a_letter_during_a_drop),
};
EXERCISE_MAIN(tests)
