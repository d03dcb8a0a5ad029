/* No luck: the answer's pthread calls come here, and at whatever moment the
 * test wants another thread wakes it. */
#include <errno.h>
#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <semaphore.h>
#include <time.h>
#include "future.h"

#define UNUSED __attribute__((unused))
UNUSED static int seen_lock_(pthread_mutex_t *lock);
UNUSED static int seen_trylock_(pthread_mutex_t *lock);
UNUSED static int seen_unlock_(pthread_mutex_t *lock);
UNUSED static int seen_wait_(pthread_cond_t *cond, pthread_mutex_t *lock);
UNUSED static int seen_timedwait_(pthread_cond_t *cond, pthread_mutex_t *lock,
                                  const struct timespec *until);
UNUSED static int seen_signal_(pthread_cond_t *cond);
UNUSED static int seen_sem_wait_(sem_t *sem);
UNUSED static int seen_sem_post_(sem_t *sem);
#define pthread_mutex_lock seen_lock_
#define pthread_mutex_trylock seen_trylock_
#define pthread_mutex_unlock seen_unlock_
#define pthread_cond_wait seen_wait_
#define pthread_cond_timedwait seen_timedwait_
#define pthread_cond_signal seen_signal_
#define pthread_cond_broadcast seen_signal_
#define sem_wait seen_sem_wait_
#define sem_post seen_sem_post_
#include ANSWER
#undef pthread_mutex_lock
#undef pthread_mutex_trylock
#undef pthread_mutex_unlock
#undef pthread_cond_wait
#undef pthread_cond_timedwait
#undef pthread_cond_signal
#undef pthread_cond_broadcast
#undef sem_wait
#undef sem_post
#include "exercise.h"
#include "probes.h"

/* ---- The future that block_on polls -------------------------------------- */

struct probe_ {
    struct future future;
    struct waker waker;
    int left;         /* polls that are still PENDING                         */
    int polls, wakes; /* so far                                               */
    int used;         /* how many wakes there were at the last poll           */
    int at_once;      /* how often it wakes during each poll                  */
    int at_first; /* … and during the first one                           */
    bool nests;   /* it calls block_on() itself, while it is polled       */
};

/* The moments when another thread could come between: after a poll, each time
 * that block_on does not hold its lock. */
static struct {
    int at, passed; /* it comes at this one; 0: not before block_on sleeps    */
    bool spurious;  /* the first sleep ends for nothing                       */
    bool polls;     /* probe_poll_() runs                                     */
    const char *came; /* the latest wake did                                  */
} moment_;

static struct probe_ probe_;
static pthread_t sleeper_; /* the thread that calls block_on() */

static _Thread_local pthread_mutex_t
    *held_;                        /* by this thread                 */
static _Thread_local bool waking_; /* it is inside the waker         */

/* ---- What block_on does to the parker without the lock ------------------- */

/* After a poll, and as long as block_on has not locked, it may not touch the
 * parker: the waker may be at it.  Locks and the like are not looked at. */
int __sanitizer_get_ownership(const volatile void *block);

static struct {
    void *from; /* NULL: no guard */
    bool on_heap;
    unsigned char bytes[sizeof(struct parker)];
} guarded_;

static void unguard_(void)
{
    void *from = guarded_.from;
    guarded_.from = NULL;
    if (!from || (guarded_.on_heap && !__sanitizer_get_ownership(from)))
        return; /* if it was freed, whoever touches it is to be caught */
    probe_allow(from, sizeof(struct parker));
}

static void guard_(void)
{
    void *from = probe_.waker.data;
    unguard_();
#ifndef ATOMIC_FLAG_INIT /* with <stdatomic.h> it may know what it does */
    if (!from || held_ || (uintptr_t)from % 8 ||
        __asan_region_is_poisoned(from, sizeof(struct parker)))
        return;
    memcpy(guarded_.bytes, from, sizeof guarded_.bytes);
    guarded_.from = from;
    guarded_.on_heap = __sanitizer_get_ownership(from);
    probe_forbid(from, sizeof(struct parker),
                 "uses the parker without the lock: the waker may be changing "
                 "it on another thread at that moment");
#endif
}

/* ---- What the waker does to the parker without the lock ------------------ */

static struct {
    unsigned char bytes[sizeof(struct parker)]; /* when it last gave it back  */
    bool taken, unlocked;
} parker_;
static struct {
    const char *at;
    size_t size;
} moving_
    [8]; /* locks and condition variables: they change as they like       */

static void moves_(const void *object, size_t size)
{
    for (size_t i = 0; i < sizeof moving_ / sizeof *moving_; i++) {
        if (moving_[i].at && moving_[i].at != object)
            continue;
        moving_[i].at = object;
        moving_[i].size = size;
        return;
    }
}

/* False if the waker's data is no parker. */
static bool parker_read_(unsigned char *bytes)
{
    const char *from = probe_.waker.data;
    size_t size = sizeof(struct parker);
    if (!from || __asan_region_is_poisoned(probe_.waker.data, size))
        return false;
    memcpy(bytes, from, size);
    for (size_t i = 0; i < sizeof moving_ / sizeof *moving_; i++)
        if (moving_[i].at >= from && moving_[i].at < from + size)
            memset(bytes + (moving_[i].at - from), 0, moving_[i].size);
    return true;
}

static void parker_note_(void)
{
    parker_.taken = parker_read_(parker_.bytes);
}

static bool parker_has_changed_(void)
{
    unsigned char now[sizeof parker_.bytes];
    return parker_.taken && parker_read_(now) &&
           memcmp(now, parker_.bytes, sizeof now) != 0;
}

static void waker_unlocks_(void)
{
    parker_note_();
    parker_.unlocked = true;
}

static void waker_without_the_lock_(void)
{
    CHECK(!parker_.unlocked || !parker_has_changed_(),
          "the waker changes the parker after its unlock: if block_on looks "
          "just before that, it sees no wake, and sleeps without end; change "
          "the parker while you hold the lock");
#ifndef ATOMIC_FLAG_INIT /* with <stdatomic.h> it may know what it does */
    CHECK(!parker_has_changed_(),
          "the waker changes the parker before it has the lock: block_on may "
          "be looking at it on another thread at that moment, which is a data "
          "race; lock first");
#endif
}

static void wake_(void)
{
    const pthread_mutex_t *before = held_;
    bool guarded = guarded_.from;
    unguard_();
    probe_.wakes++;
    moment_.came = moment_.polls ? "during the poll, from the future itself"
                                 : "between the poll and the sleep";
    parker_.unlocked = false;
    parker_note_();
    waking_ = true;
    waker_wake(probe_.waker);
    waking_ = false;
    if (parker_.unlocked)
        waker_without_the_lock_();
    CHECK(held_ == before,
          "the waker has returned, and it still holds the lock: block_on will "
          "wait for that lock without end");
    if (guarded)
        guard_();
}

static void nest_(void);

static const char spurious_[] =
    ": pthread_cond_wait() may return without a wake, as it did here, so check "
    "in a loop whether you were woken";
static const char used_up_[] =
    " since its last poll: a wake is answered by one poll, and several wakes "
    "before that poll are answered by the same one";

static enum poll probe_poll_(struct future *f, struct context *cx)
{
    struct probe_ *self = container_of(f, struct probe_, future);
    const struct parker *made = guarded_.from;
    unguard_();
    CHECK(f->home == f, "block_on polls through the future's ops: call "
                        "future_poll(), which checks the contract");
    f->home = NULL; /* future_poll() notes it anew each time */
    CHECK(!made || made != context_waker(cx).data ||
              memcmp(guarded_.bytes, made, sizeof guarded_.bytes) == 0,
          "block_on makes a new parker, or changes it without the lock, before "
          "it polls again: the waker that it has lent is still valid, and may "
          "be called at that very moment; use one parker for all polls");
    if (self->polls > 0 && self->wakes == self->used)
        reject("block_on polled again, and nobody has woken it%s",
               moment_.spurious ? spurious_
               : self->wakes    ? used_up_
                                : ": it must sleep until its waker is called");
    self->polls++;
    self->used = self->wakes;
    if (self->left-- == 0)
        return POLL_READY;
    self->waker = context_waker(cx);
    CHECK(self->waker.wake, "block_on polls with an empty waker: nobody can "
                            "wake it");
    moment_.polls = true;
    for (int i = self->polls == 1 ? -self->at_first : 0; i < self->at_once; i++)
        wake_();
    moment_.polls = false;
    if (self->nests)
        nest_();
    guard_();
    return POLL_PENDING;
}

static const struct future_ops probe_ops_ = { .name = "probe",
                                              .poll = probe_poll_,
                                              .drop = future_drop_nothing };

/* ---- What the answer's calls do ------------------------------------------ */

/* For all below. */
static pthread_mutex_t gate_ = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_moves_ = PTHREAD_COND_INITIALIZER;
static const pthread_mutex_t *sleeps_with_; /* the lock */
static bool waker_came_; /* as far as the lock, or has returned */
static int signals_;

static bool on_sleeper_(void)
{
    return pthread_equal(pthread_self(), sleeper_);
}

static void another_thread_may_come_(void)
{
    if (waking_ || probe_.polls == 0 || probe_.wakes > probe_.used)
        return;
    if (moment_.at > 0 && ++moment_.passed == moment_.at)
        wake_();
}

static void waker_comes_(const pthread_mutex_t *lock)
{
    CHECK(!sleeps_with_ || lock == sleeps_with_,
          "the waker does not lock the lock with which block_on sleeps: is its "
          "`data` the parker?");
    pthread_mutex_lock(&gate_);
    waker_came_ = true;
    pthread_cond_signal(&gate_moves_);
    pthread_mutex_unlock(&gate_);
}

/* ASan does not see what libc does with a lock: look at it here. */
static void touch_(const void *object)
{
    (void)*(const volatile char *)object;
}

static int seen_lock_(pthread_mutex_t *lock)
{
    if (on_sleeper_())
        unguard_();
    touch_(lock);
    CHECK(held_ != lock || !waking_,
          "the waker waits for the lock, and block_on holds it while it polls: "
          "neither of them can go on");
    CHECK(held_ != lock, "your code locks a lock that it already holds, so it "
                         "waits for itself without end");
    if (waking_)
        waker_without_the_lock_();
    if (on_sleeper_())
        another_thread_may_come_();
    else
        waker_comes_(lock);
    int rc = pthread_mutex_lock(lock);
    held_ = lock;
    return rc;
}

static int seen_trylock_(pthread_mutex_t *lock)
{
    if (on_sleeper_())
        return held_ == lock ? EBUSY : seen_lock_(lock);
    touch_(lock);
    waker_without_the_lock_();
    waker_comes_(lock);
    int rc = pthread_mutex_trylock(lock);
    held_ = rc == 0 ? lock : held_;
    return rc;
}

static int seen_unlock_(pthread_mutex_t *lock)
{
    touch_(lock);
    CHECK(held_ == lock, "your code unlocks a lock that it does not hold");
    held_ = NULL;
    moves_(lock, sizeof *lock);
    if (waking_)
        waker_unlocks_();
    int rc = pthread_mutex_unlock(lock);
    if (on_sleeper_() && !waking_ && probe_.polls > 0 && probe_.left >= 0)
        guard_();
    if (on_sleeper_())
        another_thread_may_come_();
    return rc;
}

static int seen_signal_(pthread_cond_t *cond)
{
    touch_(cond);
    moves_(cond, sizeof *cond);
    CHECK(held_ || !waking_ || !parker_.unlocked,
          "the waker signals after its unlock: by then block_on may have seen "
          "the wake, polled and returned, and its parker no longer exists; "
          "signal while you hold the lock");
    pthread_mutex_lock(&gate_);
    signals_++;
    pthread_mutex_unlock(&gate_);
    return pthread_cond_broadcast(cond);
}

static void *waker_thread_(void *arg)
{
    int before = signals_;
    wake_();
    CHECK(signals_ > before, "the waker was called while block_on slept, and "
                             "it does not signal: block_on sleeps without end");
    waker_comes_(sleeps_with_);
    return arg;
}

/* Another thread wakes while we fall asleep: it waits for the lock, which the
 * sleep will free, or its signal comes too early. */
static void wake_the_falling_asleep_(pthread_t *thread)
{
    int before = signals_;
    waker_came_ = false;
    if (pthread_create(thread, NULL, waker_thread_, NULL) != 0)
        reject("the test itself: cannot start a thread");
    pthread_mutex_lock(&gate_);
    while (!waker_came_)
        pthread_cond_wait(&gate_moves_, &gate_);
    CHECK(signals_ == before,
          "the wake came after block_on had looked and before it slept, and "
          "its signal reached nobody: the waker must lock, too");
    pthread_mutex_unlock(&gate_);
}

static void must_not_be_woken_(void)
{
    CHECK(probe_.wakes == probe_.used,
          "block_on goes to sleep although it was woken already: the wake came "
          "%s, and it is lost",
          moment_.came);
}

static int seen_wait_(pthread_cond_t *cond, pthread_mutex_t *lock)
{
    static bool been_spurious;
    pthread_t thread;
    touch_(cond);
    touch_(lock);
    moves_(cond, sizeof *cond);
    CHECK(on_sleeper_(),
          "the waker sleeps: it must only wake, and then return");
    CHECK(probe_.polls > 0,
          "block_on sleeps before the first poll: nothing has "
          "begun yet, so nobody will wake it");
    CHECK(probe_.left >= 0, "block_on sleeps although the future is READY: a "
                            "future that is READY wakes nobody any more");
    CHECK(held_ == lock, "block_on calls pthread_cond_wait() and does not hold "
                         "the lock");
    must_not_be_woken_();
    if (moment_.spurious && !been_spurious) {
        been_spurious = true;
        return 0;
    }
    moment_.spurious = false;
    sleeps_with_ = lock;
    wake_the_falling_asleep_(&thread);
    held_ = NULL;
    int rc = pthread_cond_wait(cond, lock);
    held_ = lock;
    pthread_mutex_unlock(lock); /* the waker may still need it */
    pthread_join(thread, NULL);
    pthread_mutex_lock(lock);
    return rc;
}

static int seen_timedwait_(pthread_cond_t *cond, pthread_mutex_t *lock,
                           const struct timespec *until)
{
    static bool late;
    (void)until;
    late = !late;
    return late ? ETIMEDOUT : seen_wait_(cond, lock);
}

/* ---- The same with a semaphore ------------------------------------------- */

static int seen_sem_post_(sem_t *sem)
{
    moves_(sem, sizeof *sem);
    parker_note_();
    pthread_mutex_lock(&gate_);
    signals_++;
    pthread_mutex_unlock(&gate_);
    return sem_post(sem);
}

static int seen_sem_wait_(sem_t *sem)
{
    int value = 0;
    pthread_t thread;
    moves_(sem, sizeof *sem);
    unguard_();
    CHECK(on_sleeper_(),
          "the waker sleeps: it must only wake, and then return");
    CHECK(probe_.polls > 0, "block_on sleeps before the first poll: nothing "
                            "has begun yet, so nobody will wake it");
    if (sem_getvalue(sem, &value) == 0 && value > 0)
        return sem_wait(sem);
    CHECK(probe_.left >= 0, "block_on sleeps although the future is READY: a "
                            "future that is READY wakes nobody any more");
    must_not_be_woken_();
    if (moment_.spurious) {
        moment_.spurious = false;
        errno = EINTR;
        return -1;
    }
    sleeps_with_ = NULL;
    if (pthread_create(&thread, NULL, waker_thread_, NULL) != 0)
        reject("the test itself: cannot start a thread");
    pthread_join(thread, NULL);
    return sem_wait(sem);
}

/* ---- Tests --------------------------------------------------------------- */

static struct future *make_probe_(struct probe_ *self, int left)
{
    *self = (struct probe_){ .future.ops = &probe_ops_, .left = left };
    return &self->future;
}

static struct future *begin_(int left)
{
    sleeper_ = pthread_self();
    moment_.at = moment_.passed = 0;
    memset(moving_, 0, sizeof moving_);
    return make_probe_(&probe_, left);
}

static void run_(struct future *f, int polls)
{
    WHILE("block_on must sleep in pthread_cond_wait()");
    block_on(f);
    CHECK(probe_.left < 0,
          "block_on returned, and the future is still PENDING");
    CHECK(!held_, "block_on returned, and it still holds its lock");
    CHECK(probe_.polls == polls,
          "block_on polled %d times, but %d polls are enough", probe_.polls,
          polls);
}

static void a_ready_future_is_polled_once(void **state)
{
    (void)state;
    run_(begin_(0), 1);
}

static void it_sleeps_until_a_thread_wakes_it(void **state)
{
    (void)state;
    run_(begin_(3), 4);
}

static void a_wake_during_the_poll_is_not_lost(void **state)
{
    struct future *f = begin_(3);
    (void)state;
    probe_.at_once = 1;
    run_(f, 4);
}

static void a_wake_between_poll_and_sleep_is_not_lost(void **state)
{
    (void)state;
    for (int at = 1; at <= 4; at++) {
        struct future *f = begin_(3);
        moment_.at = at;
        run_(f, 4);
    }
}

static void many_wakes_before_a_poll_are_one(void **state)
{
    static const int wakes[] = { 2, 3, 255, 256, 257, 512 };
    (void)state;
    for (size_t i = 0; i < sizeof wakes / sizeof *wakes; i++) {
        struct future *f = begin_(2);
        probe_.at_first = wakes[i];
        run_(f, 3);
    }
}

static void it_polls_as_often_as_it_takes(void **state)
{
    struct future *f = begin_(300);
    (void)state;
    probe_.at_once = 1;
    run_(f, 301);
}

static void it_may_be_called_again(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        run_(begin_(1), 2);
}

static void a_sleep_that_ends_for_nothing_is_gone_on_with(void **state)
{
    struct future *f = begin_(3);
    (void)state;
    moment_.spurious = true;
    run_(f, 4);
}

static void nest_(void)
{
    struct probe_ outer = probe_;
    struct future *f = make_probe_(&probe_, 0);
    probe_.left = 1;
    probe_.at_once = 1;
    block_on(f);
    CHECK(probe_.waker.data != outer.waker.data,
          "two calls of block_on at the same time share one parker, so one "
          "takes the other's wake: each call needs a parker of its own");
    probe_ = outer;
}

static void each_call_has_a_parker_of_its_own(void **state)
{
    (void)state;
    struct future *f = begin_(1);
    probe_.nests = true;
    run_(f, 2);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_ready_future_is_polled_once),
    cmocka_unit_test(it_sleeps_until_a_thread_wakes_it),
    cmocka_unit_test(a_wake_during_the_poll_is_not_lost),
    cmocka_unit_test(a_wake_between_poll_and_sleep_is_not_lost),
    cmocka_unit_test(many_wakes_before_a_poll_are_one),
    cmocka_unit_test(it_polls_as_often_as_it_takes),
    cmocka_unit_test(it_may_be_called_again),
    cmocka_unit_test(a_sleep_that_ends_for_nothing_is_gone_on_with),
    cmocka_unit_test(each_call_has_a_parker_of_its_own),
};
EXERCISE_MAIN(tests)
