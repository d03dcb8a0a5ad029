/* No thread and no luck: the answer's locks come here, and whatever another
 * thread could do at that moment, the test does.  While the lock is free, the
 * box is poisoned: who touches it then is caught in the act. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include "future.h"

__attribute__((unused)) static int watched_lock_(pthread_mutex_t *lock);
__attribute__((unused)) static int watched_trylock_(pthread_mutex_t *lock);
__attribute__((unused)) static int watched_unlock_(pthread_mutex_t *lock);
#define pthread_mutex_lock watched_lock_
#define pthread_mutex_trylock watched_trylock_
#define pthread_mutex_unlock watched_unlock_
#include ANSWER
#undef pthread_mutex_lock
#undef pthread_mutex_trylock
#undef pthread_mutex_unlock
#include "exercise.h"
#include "probes.h"

_Static_assert(offsetof(struct letterbox, lock) == 0,
               "please leave the lock first in struct letterbox");

static struct letterbox box_;
static struct collect mail_;
static int woken_[2]; /* how often which task was woken               */
static void (*on_wake_)(
    void); /* what a woken task does at once               */
static bool locked_;

static struct {
    void (*comes)(void); /* what another thread does, once                    */
    int at, chances;     /* at which of the moments without the lock          */
} other_;

/* ---- The lock ------------------------------------------------------------ */

static void guard_box_(bool guard)
{
    char *begin = (char *)&box_ + sizeof box_.lock;
    size_t size = sizeof box_ - sizeof box_.lock;
    if (guard)
        __asan_poison_memory_region(begin, size);
    else
        __asan_unpoison_memory_region(begin, size);
}

static void other_threads_turn_(void)
{
    void (*comes)(void) = other_.comes;
    if (!comes || ++other_.chances != other_.at)
        return;
    other_.comes = NULL;
    comes();
}

static int watched_lock_(pthread_mutex_t *lock)
{
    if (lock != &box_.lock)
        return pthread_mutex_lock(lock);
    CHECK(!locked_, "your code locks a lock that it already holds, so it waits "
                    "for itself without end");
    other_threads_turn_();
    locked_ = true;
    guard_box_(false);
    return 0;
}

static int watched_trylock_(pthread_mutex_t *lock)
{
    static int tries;
    if (!locked_ && ++tries % 2 == 0)
        return watched_lock_(lock);
    ASIDE("pthread_mutex_trylock() returned EBUSY before that, because another "
          "thread may hold the lock.  If you give up then, nothing tells you "
          "when the lock is free: use pthread_mutex_lock(), which waits for "
          "that short moment.");
    return EBUSY;
}

static int watched_unlock_(pthread_mutex_t *lock)
{
    if (lock != &box_.lock)
        return pthread_mutex_unlock(lock);
    CHECK(locked_, "your code unlocks a lock that it does not hold");
    locked_ = false;
    guard_box_(true);
    other_threads_turn_();
    return 0;
}

/* ---- What the tests do --------------------------------------------------- */

static void wake_(void *data)
{
    void (*then)(void) = on_wake_;
    CHECK(!locked_, "you call the waker while you hold the lock: the woken "
                    "task may poll at once, and would wait for that lock "
                    "without end; unlock first, then wake");
    ++*(int *)data;
    on_wake_ = NULL;
    if (then)
        then();
}

static void free_again_(const char *function)
{
    CHECK(!locked_, "%s() returned without unlocking: unlock on every way out",
          function);
}

static void start_(void)
{
    guard_box_(false);
    letterbox_init(&box_);
    guard_box_(true);
    collect(&mail_, &box_);
    woken_[0] = woken_[1] = 0;
}

static enum poll poll_as_(int task)
{
    struct waker waker = { wake_, &woken_[task] };
    struct context cx = context_make(waker, NULL);
    bool again = mail_.future.home != NULL;
    enum poll result = future_poll(&mail_.future, &cx);
    free_again_("collect_poll");
    CHECK(result == POLL_READY || !cx.mute,
          again ? "you kept the waker of an earlier poll and did not take this "
                  "one: the latest waker counts, because another task may poll "
                  "the future now"
                : "your future returned PENDING but took no waker: nothing "
                  "can wake it");
    return result;
}

static void must_wait_(int task)
{
    int before = woken_[task];
    CHECK(poll_as_(task) == POLL_PENDING,
          "READY although no letter is in the box");
    CHECK(woken_[task] == before,
          "your future wakes itself: no letter has come, so it is polled again "
          "at once, without end; only the postman may wake it");
}

static void must_get_(int task, int letter)
{
    int before = woken_[task];
    CHECK(poll_as_(task) == POLL_READY,
          "still PENDING although letter %d is in the box", letter);
    CHECK(woken_[task] == before,
          "you call the waker in a poll that is READY: the task that polls "
          "sees READY, so it needs no wake");
    CHECK(mail_.letter == letter, "letter %d came, and you collected %d",
          letter, mail_.letter);
}

static void deliver_(int letter)
{
    letterbox_deliver(&box_, letter);
    free_again_("letterbox_deliver");
}

static void drop_(void)
{
    future_drop(&mail_.future);
    free_again_("collect_drop");
}

/* ---- One at a time ------------------------------------------------------- */

static void an_empty_box_means_waiting(void **state)
{
    (void)state;
    start_();
    must_wait_(0);
    drop_();
}

static void a_letter_that_is_there_is_collected_at_once(void **state)
{
    (void)state;
    start_();
    deliver_(7);
    must_get_(0, 7);
    collect(&mail_, &box_);
    deliver_(0);
    CHECK(woken_[0] == 0, "the letter was there at the first poll, and you "
                          "kept its waker although it was READY: the next "
                          "letter woke a task that no longer waits");
    must_get_(0, 0);
}

static void a_letter_wakes_the_one_who_waits(void **state)
{
    (void)state;
    start_();
    must_wait_(0);
    deliver_(7);
    CHECK(woken_[0] > 0, "a letter came and nobody was woken: the task that "
                         "waits for it waits without end");
    CHECK(woken_[0] == 1, "one letter woke %d times, once is enough",
          woken_[0]);
    must_get_(0, 7);
}

static void only_the_latest_waker_is_woken(void **state)
{
    (void)state;
    start_();
    must_wait_(0);
    must_wait_(1);
    must_wait_(1);
    deliver_(7);
    CHECK(woken_[0] == 0,
          "you woke the waker of an earlier poll: the latest waker counts, "
          "because another task may poll the future now");
    CHECK(woken_[1] == 1, "the waker of the latest poll was called %d times",
          woken_[1]);
    must_get_(1, 7);
}

static void a_letter_is_collected_once(void **state)
{
    (void)state;
    start_();
    deliver_(7);
    must_get_(0, 7);
    collect(&mail_, &box_);
    CHECK(poll_as_(0) == POLL_PENDING,
          "the same letter was collected twice: take it out of the box");
    drop_();
}

static void a_waker_is_used_once(void **state)
{
    (void)state;
    start_();
    must_wait_(0);
    deliver_(7);
    must_get_(0, 7);
    deliver_(8);
    CHECK(woken_[0] == 1,
          "the next letter woke a task that no longer waits: when you take the "
          "waker out, put an empty one in its place");
}

static void drop_forgets_the_waker(void **state)
{
    (void)state;
    start_();
    must_wait_(0);
    drop_();
    CHECK(woken_[0] == 0,
          "drop called the waker, but after a drop nobody waits any more");
    deliver_(7);
    CHECK(woken_[0] == 0,
          "you woke a task after its future was dropped: by then that task may "
          "be finished, and its memory freed");
    collect(&mail_, &box_);
    must_get_(0, 7);
}

static void drop_leaves_the_letter(void **state)
{
    (void)state;
    start_();
    must_wait_(0);
    deliver_(7);
    drop_();
    collect(&mail_, &box_);
    CHECK(poll_as_(0) == POLL_READY && mail_.letter == 7,
          "drop threw the letter away: nobody has collected it yet, and the "
          "next task may want it");
}

static void any_number_is_a_letter(void **state)
{
    static const int letters[] = { -1, INT_MIN, INT_MAX, 0, 256, 65536 };
    (void)state;
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
        start_();
        deliver_(letters[i]);
        must_get_(0, letters[i]);
        collect(&mail_, &box_);
        must_wait_(0);
        deliver_(letters[i]);
        CHECK(woken_[0] == 1,
              "letter %d came, and the task that waits for it was woken %d "
              "times",
              letters[i], woken_[0]);
        must_get_(0, letters[i]);
    }
}

static struct future *waiting_(void)
{
    start_();
    return collect(&mail_, &box_);
}

static void a_letter_comes_(void)
{
    deliver_(7);
}

static void a_waker_is_a_function_and_its_data(void **state)
{
    (void)state;
    probe_wakers(waiting_, a_letter_comes_);
}

/* ---- The one you wake does something at once ----------------------------- */

static void collects_inside_the_wake_(void)
{
    CHECK(poll_as_(0) == POLL_READY,
          "you called the waker before the letter was in the box: a task that "
          "polls at once finds nothing, and nothing wakes it again");
    CHECK(mail_.letter == 7,
          "letter 7 came, and during the wake letter %d was in the box",
          mail_.letter);
}

static void the_letter_is_in_the_box_before_the_wake(void **state)
{
    (void)state;
    start_();
    must_wait_(0);
    on_wake_ = collects_inside_the_wake_;
    deliver_(7);
    CHECK(!on_wake_, "a letter came and nobody was woken");
    collect(&mail_, &box_);
    CHECK(poll_as_(0) == POLL_PENDING,
          "the letter was collected during the wake, and afterwards it was in "
          "the box again: do not change the box after the wake");
    drop_();
}

static void collects_and_waits_again_(void)
{
    collects_inside_the_wake_();
    collect(&mail_, &box_);
    must_wait_(1);
}

static void who_is_woken_may_wait_again_at_once(void **state)
{
    (void)state;
    start_();
    must_wait_(0);
    on_wake_ = collects_and_waits_again_;
    deliver_(7);
    CHECK(woken_[1] == 0, "the letter woke a task that began to wait after the "
                          "letter was collected");
    deliver_(8);
    CHECK(woken_[1] == 1,
          "the task that you woke waited again at once, and you forgot its new "
          "waker: empty `waker` before you wake, not after");
    must_get_(1, 8);
}

/* ---- Somebody else comes in between -------------------------------------- */

static void postman_(void)
{
    deliver_(7);
}

static void a_letter_that_comes_during_the_poll_is_not_lost(void **state)
{
    (void)state;
    for (int at = 1; at <= 6; at++) {
        start_();
        other_.comes = postman_;
        other_.at = at;
        other_.chances = 0;
        if (poll_as_(0) == POLL_READY) {
            CHECK(!other_.comes, "READY although no letter is in the box");
            CHECK(mail_.letter == 7, "letter 7 came, and you collected %d",
                  mail_.letter);
            continue;
        }
        CHECK(other_.comes || woken_[0] == 1,
              "a letter came between your look into the box and your storing "
              "the waker, so nobody was woken: do both under one lock");
        if (other_.comes)
            deliver_(7);
        must_get_(0, 7);
    }
    other_.comes = NULL;
}

static bool collected_;

static void second_task_(void)
{
    collected_ = poll_as_(1) == POLL_READY;
}

static void a_poll_that_comes_during_delivery_is_not_lost(void **state)
{
    (void)state;
    for (int at = 1; at <= 6; at++) {
        start_();
        must_wait_(0);
        collected_ = false;
        other_.comes = second_task_;
        other_.at = at;
        other_.chances = 0;
        deliver_(7);
        other_.comes = NULL;
        if (collected_)
            CHECK(mail_.letter == 7,
                  "the box said full before letter 7 was in "
                  "it: a poll in between collected %d",
                  mail_.letter);
        else if (other_.chances >= at)
            CHECK(woken_[1] == 1,
                  "a poll came between your taking the waker and your putting "
                  "the letter in, so its waker was not called: do both under "
                  "one lock");
        drop_();
    }
}

static void a_drop_during_delivery_and_a_letter_during_a_drop(void **state)
{
    (void)state;
    for (int at = 1; at <= 6; at++) {
        start_();
        must_wait_(0);
        other_.comes = postman_;
        other_.at = at;
        other_.chances = 0;
        drop_();
        if (other_.comes)
            deliver_(7);
        other_.comes = NULL;
        collect(&mail_, &box_);
        must_get_(1, 7);
    }
}

/* ---- Two boxes at the same time ------------------------------------------ */

struct life_ { /* its lock is not watched */
    struct poller task;
    struct letterbox box;
    struct collect mail;
    int letter;
};

static void begins_(void *life)
{
    static int letters;
    struct life_ *me = life;
    me->task = (struct poller){ 0 };
    me->letter = ++letters;
    letterbox_init(&me->box);
    collect(&me->mail, &me->box);
}

static void waits_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_by(&me->task, &me->mail.future) == POLL_PENDING,
          "READY although no letter is in the box");
}

static void gets_a_letter_(void *life)
{
    struct life_ *me = life;
    letterbox_deliver(&me->box, me->letter);
    CHECK(me->task.woken == 1,
          "a letter came, and the task that waits for it was woken %d times",
          me->task.woken);
}

static void collects_(void *life)
{
    struct life_ *me = life;
    CHECK(poll_by(&me->task, &me->mail.future) == POLL_READY,
          "still PENDING although a letter is in the box");
    CHECK(me->mail.letter == me->letter, "letter %d came, and you collected %d",
          me->letter, me->mail.letter);
    collect(&me->mail, &me->box);
}

static void goes_(void *life)
{
    struct life_ *me = life;
    future_drop(&me->mail.future);
}

static void misses_a_letter_(void *life)
{
    struct life_ *me = life;
    letterbox_deliver(&me->box, me->letter);
    CHECK(me->task.woken == 1, "you woke a task after its future was dropped");
}

static void two_boxes_do_not_know_each_other(void **state)
{
    (void)state;
    PROBE_LIVES(life_, begins_, waits_, gets_a_letter_, collects_, waits_,
                goes_, misses_a_letter_);
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
    cmocka_unit_test(any_number_is_a_letter),
    cmocka_unit_test(a_waker_is_a_function_and_its_data),
    cmocka_unit_test(a_letter_that_comes_during_the_poll_is_not_lost),
    cmocka_unit_test(a_poll_that_comes_during_delivery_is_not_lost),
    cmocka_unit_test(a_drop_during_delivery_and_a_letter_during_a_drop),
    cmocka_unit_test(two_boxes_do_not_know_each_other),
};
EXERCISE_MAIN(tests)
