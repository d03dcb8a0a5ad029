/* No luck: the answer's pthread calls come here, and at whatever moment the
 * test wants another thread wakes it. */
#include <errno.h>
#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <time.h>
#include "exercise.h"

#define UNUSED __attribute__((unused))
UNUSED static int seen_lock(pthread_mutex_t *lock);
UNUSED static int seen_trylock(pthread_mutex_t *lock);
UNUSED static int seen_unlock(pthread_mutex_t *lock);
UNUSED static int seen_wait(pthread_cond_t *cond, pthread_mutex_t *lock);
UNUSED static int seen_timedwait(pthread_cond_t *cond, pthread_mutex_t *lock,
                                 const struct timespec *until);
UNUSED static int seen_signal(pthread_cond_t *cond);
#define pthread_mutex_lock seen_lock
#define pthread_mutex_trylock seen_trylock
#define pthread_mutex_unlock seen_unlock
#define pthread_cond_wait seen_wait
#define pthread_cond_timedwait seen_timedwait
#define pthread_cond_signal seen_signal
#define pthread_cond_broadcast seen_signal
#include ANSWER
#undef pthread_mutex_lock
#undef pthread_mutex_trylock
#undef pthread_mutex_unlock
#undef pthread_cond_wait
#undef pthread_cond_timedwait
#undef pthread_cond_signal
#undef pthread_cond_broadcast

/* ---- The future that block_on polls -------------------------------------- */

struct probe {
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
} moment;

static struct probe probe;
static pthread_t sleeper; /* the thread that calls block_on()                 */

static _Thread_local pthread_mutex_t *held; /* by this thread                 */
static _Thread_local bool waking;           /* it is inside the waker         */

/* ---- What the waker does to the parker without the lock ------------------ */

static struct {
    unsigned char bytes[sizeof(struct parker)]; /* when it last gave it back  */
    bool taken, unlocked;
} parker;
static struct {
    const char *at;
    size_t size;
} moving[8]; /* locks and condition variables: they change as they like       */

static void moves(const void *object, size_t size)
{
    for (size_t i = 0; i < sizeof moving / sizeof *moving; i++) {
        if (moving[i].at && moving[i].at != object)
            continue;
        moving[i].at = object;
        moving[i].size = size;
        return;
    }
}

/* False if the waker's data is no parker. */
static bool parker_read(unsigned char *bytes)
{
    const char *from = probe.waker.data;
    size_t size = sizeof(struct parker);
    if (!from || __asan_region_is_poisoned(probe.waker.data, size))
        return false;
    memcpy(bytes, from, size);
    for (size_t i = 0; i < sizeof moving / sizeof *moving; i++)
        if (moving[i].at >= from && moving[i].at < from + size)
            memset(bytes + (moving[i].at - from), 0, moving[i].size);
    return true;
}

static void parker_note(void)
{
    parker.taken = parker_read(parker.bytes);
}

static bool parker_has_changed(void)
{
    unsigned char now[sizeof parker.bytes];
    return parker.taken && parker_read(now) &&
           memcmp(now, parker.bytes, sizeof now) != 0;
}

static void waker_unlocks(void)
{
    parker_note();
    parker.unlocked = true;
}

static void waker_without_the_lock(void)
{
    CHECK(!parker.unlocked || !parker_has_changed(),
          "the waker changes the parker after its unlock: if block_on looks "
          "just before, it sees no wake, and sleeps on, for ever; change it "
          "while you hold the lock");
#ifndef ATOMIC_FLAG_INIT /* with <stdatomic.h> it may know what it does */
    CHECK(!parker_has_changed(),
          "the waker changes the parker before it has the lock: block_on may "
          "be looking at it on another thread at that moment, which is a data "
          "race; lock first");
#endif
}

static void wake(void)
{
    const pthread_mutex_t *before = held;
    probe.wakes++;
    parker.unlocked = false;
    parker_note();
    waking = true;
    waker_wake(probe.waker);
    waking = false;
    if (parker.unlocked)
        waker_without_the_lock();
    CHECK(held == before,
          "the waker has returned, and it still holds the lock: "
          "block_on will wait for it, for ever");
}

static void nest(void);

static const char spurious[] =
    ": pthread_cond_wait() may return for nothing, as it did here, so ask in a "
    "loop whether you were woken";
static const char used_up[] =
    " since its last poll: a wake is used up by the poll that follows it, and "
    "so are two";

static enum poll probe_poll(struct future *f, struct context *cx)
{
    struct probe *self = container_of(f, struct probe, future);
    if (self->polls > 0 && self->wakes == self->used)
        reject("block_on polled again, and nobody has woken it%s",
               moment.spurious ? spurious
               : self->wakes   ? used_up
                               : ": it must sleep until its waker is called");
    self->polls++;
    self->used = self->wakes;
    if (self->left-- == 0)
        return POLL_READY;
    self->waker = context_waker(cx);
    CHECK(self->waker.wake, "block_on polls with an empty waker: nobody can "
                            "wake it");
    for (int i = self->polls == 1 ? -self->at_first : 0; i < self->at_once; i++)
        wake();
    if (self->nests)
        nest();
    return POLL_PENDING;
}

static const struct future_ops probe_ops = { .name = "probe",
                                             .poll = probe_poll,
                                             .drop = future_drop_nothing };

/* ---- What the answer's calls do ------------------------------------------ */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER; /* for all below     */
static pthread_cond_t gate_moves = PTHREAD_COND_INITIALIZER;
static const pthread_mutex_t *sleeps_with; /* the lock                        */
static bool waker_came; /* as far as the lock, or has returned                */
static int signals;

static bool on_sleeper(void)
{
    return pthread_equal(pthread_self(), sleeper);
}

static void another_thread_may_come(void)
{
    if (waking || probe.polls == 0 || probe.wakes > probe.used)
        return;
    if (moment.at > 0 && ++moment.passed == moment.at)
        wake();
}

static void waker_comes(const pthread_mutex_t *lock)
{
    CHECK(lock == sleeps_with, "the waker locks something else than block_on "
                               "sleeps with: is its `data` the parker?");
    pthread_mutex_lock(&gate);
    waker_came = true;
    pthread_cond_signal(&gate_moves);
    pthread_mutex_unlock(&gate);
}

/* ASan does not see what libc does with a lock: look at it here. */
static void touch(const void *object)
{
    (void)*(const volatile char *)object;
}

static int seen_lock(pthread_mutex_t *lock)
{
    touch(lock);
    CHECK(held != lock || !waking,
          "the waker waits for the lock, and block_on holds it while it polls: "
          "nobody can go on");
    CHECK(held != lock, "your code locks what it holds already, and waits for "
                        "itself, for ever");
    if (waking)
        waker_without_the_lock();
    if (on_sleeper())
        another_thread_may_come();
    else
        waker_comes(lock);
    int rc = pthread_mutex_lock(lock);
    held = lock;
    return rc;
}

static int seen_trylock(pthread_mutex_t *lock)
{
    if (on_sleeper())
        return held == lock ? EBUSY : seen_lock(lock);
    touch(lock);
    waker_without_the_lock();
    waker_comes(lock);
    int rc = pthread_mutex_trylock(lock);
    held = rc == 0 ? lock : held;
    return rc;
}

static int seen_unlock(pthread_mutex_t *lock)
{
    touch(lock);
    CHECK(held == lock, "your code unlocks what it does not hold");
    held = NULL;
    moves(lock, sizeof *lock);
    if (waking)
        waker_unlocks();
    int rc = pthread_mutex_unlock(lock);
    if (on_sleeper())
        another_thread_may_come();
    return rc;
}

static int seen_signal(pthread_cond_t *cond)
{
    touch(cond);
    moves(cond, sizeof *cond);
    CHECK(held || !waking || !parker.unlocked,
          "the waker signals after its unlock: by then block_on may have seen "
          "that it was woken, polled and returned, and its parker is gone; "
          "signal while you hold the lock");
    pthread_mutex_lock(&gate);
    signals++;
    pthread_mutex_unlock(&gate);
    return pthread_cond_broadcast(cond);
}

static void *waker_thread(void *arg)
{
    int before = signals;
    wake();
    CHECK(signals > before, "the waker was called while block_on slept, and it "
                            "signals nobody: block_on sleeps on, for ever");
    waker_comes(sleeps_with);
    return arg;
}

/* Another thread wakes while we fall asleep: it waits for the lock, which the
 * sleep will free, or its signal comes too early. */
static void wake_the_falling_asleep(pthread_t *thread)
{
    int before = signals;
    waker_came = false;
    if (pthread_create(thread, NULL, waker_thread, NULL) != 0)
        reject("the test itself: no thread to be had");
    pthread_mutex_lock(&gate);
    while (!waker_came)
        pthread_cond_wait(&gate_moves, &gate);
    CHECK(signals == before,
          "the wake came after block_on had looked and before it slept, and "
          "its signal reached nobody: the waker must lock, too");
    pthread_mutex_unlock(&gate);
}

static int seen_wait(pthread_cond_t *cond, pthread_mutex_t *lock)
{
    static bool been_spurious;
    pthread_t thread;
    touch(cond);
    touch(lock);
    moves(cond, sizeof *cond);
    CHECK(on_sleeper(), "the waker sleeps: it is to wake, and to return");
    CHECK(probe.polls > 0, "block_on sleeps before the first poll: nothing has "
                           "begun yet, so nobody will wake it");
    CHECK(probe.left >= 0, "block_on sleeps although the future is READY: "
                           "whoever is READY wakes nobody any more");
    CHECK(held == lock, "block_on calls pthread_cond_wait() and does not hold "
                        "the lock");
    CHECK(probe.wakes == probe.used,
          "block_on goes to sleep although it was woken already: the wake came "
          "between the poll and the sleep, and it is lost");
    if (moment.spurious && !been_spurious) {
        been_spurious = true;
        return 0;
    }
    moment.spurious = false;
    sleeps_with = lock;
    wake_the_falling_asleep(&thread);
    held = NULL;
    int rc = pthread_cond_wait(cond, lock);
    held = lock;
    pthread_mutex_unlock(lock); /* the waker may still need it */
    pthread_join(thread, NULL);
    pthread_mutex_lock(lock);
    return rc;
}

static int seen_timedwait(pthread_cond_t *cond, pthread_mutex_t *lock,
                          const struct timespec *until)
{
    static bool late;
    (void)until;
    late = !late;
    return late ? ETIMEDOUT : seen_wait(cond, lock);
}

/* ---- Tests --------------------------------------------------------------- */

static struct future *make_probe(struct probe *self, int left)
{
    *self = (struct probe){ .future.ops = &probe_ops, .left = left };
    return &self->future;
}

static struct future *begin(int left)
{
    sleeper = pthread_self();
    moment.at = moment.passed = 0;
    return make_probe(&probe, left);
}

static void run(struct future *f, int polls)
{
    WHILE("it was to sleep in pthread_cond_wait()");
    block_on(f);
    CHECK(probe.left < 0, "block_on returned, and the future is still PENDING");
    CHECK(!held, "block_on returned, and it still holds its lock");
    CHECK(probe.polls == polls, "block_on polled %d times, it takes %d",
          probe.polls, polls);
}

static void a_ready_future_is_polled_once(void **state)
{
    (void)state;
    run(begin(0), 1);
}

static void it_sleeps_until_a_thread_wakes_it(void **state)
{
    (void)state;
    run(begin(3), 4);
}

static void a_wake_during_the_poll_is_not_lost(void **state)
{
    struct future *f = begin(3);
    (void)state;
    probe.at_once = 1;
    run(f, 4);
}

static void a_wake_between_poll_and_sleep_is_not_lost(void **state)
{
    (void)state;
    for (int at = 1; at <= 4; at++) {
        struct future *f = begin(3);
        moment.at = at;
        run(f, 4);
    }
}

static void two_wakes_before_a_poll_are_one(void **state)
{
    struct future *f = begin(2);
    (void)state;
    probe.at_first = 2;
    run(f, 3);
}

static void a_sleep_that_ends_for_nothing_is_gone_on_with(void **state)
{
    struct future *f = begin(3);
    (void)state;
    moment.spurious = true;
    run(f, 4);
}

static void nest(void)
{
    struct probe outer = probe;
    struct future *f = make_probe(&probe, 0);
    probe.left = 1;
    probe.at_once = 1;
    block_on(f);
    CHECK(probe.waker.data != outer.waker.data,
          "two calls of block_on at the same time share one parker, so one "
          "takes the other's wake: each needs its own");
    probe = outer;
}

static void each_call_has_a_parker_of_its_own(void **state)
{
    (void)state;
    struct future *f = begin(1);
    probe.nests = true;
    run(f, 2);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_ready_future_is_polled_once),
    cmocka_unit_test(it_sleeps_until_a_thread_wakes_it),
    cmocka_unit_test(a_wake_during_the_poll_is_not_lost),
    cmocka_unit_test(a_wake_between_poll_and_sleep_is_not_lost),
    cmocka_unit_test(two_wakes_before_a_poll_are_one),
    cmocka_unit_test(a_sleep_that_ends_for_nothing_is_gone_on_with),
    cmocka_unit_test(each_call_has_a_parker_of_its_own),
};
EXERCISE_MAIN(tests)
