/* poller.c: polling by hand. */
#include <sys/resource.h>
#include <time.h>
#include "machinery.h"

/* ---- Polls that keep the thread ------------------------------------------ */

/* A wrong answer does it in every poll, or in every second one.  A busy machine
 * may hold up a poll or two, which therefore proves nothing. */
struct habit {
    int polls, bad;
};

static bool is_habit(struct habit *habit, bool bad)
{
    habit->polls++;
    habit->bad += bad;
    return habit->bad >= 4 && habit->bad * 3 >= habit->polls;
}

static int64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* What five million additions take on this machine.  A poll does far less: the
 * longest of all right answers, with 300 children, a tenth. */
static int64_t long_ns(void)
{
    static int64_t longest;
    int64_t start = cpu_ns();
    for (volatile int i = 0; !longest && i < 100000; i++) {
    }
    if (!longest)
        longest = (cpu_ns() - start) * 50;
    return longest;
}

static long waits_so_far(void)
{
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nvcsw;
}

static const char *polled = "your future"; /* the one that is polled now */
static unsigned polls;

/* It is no matter of what this test compares with what. */
static _Noreturn void reject_habit(const char *words)
{
    ASIDE("");
    reject("%s %s", polled, words);
}

/* Out of time.  If there are polls and polls, it is not one loop without end:
 * each of them takes too long. */
void exercise_polls_look(int64_t now)
{
    static unsigned polls_before;
    static int64_t before;
    if (before && polls > polls_before &&
        (now - before) / (polls - polls_before) > long_ns() / 10)
        reject_habit("computes for long in each poll: meanwhile no other task "
                     "can run");
    if (before)
        return;
    before = now;
    polls_before = polls;
}

static enum poll measured_poll(struct future *f, struct context *cx)
{
    static struct habit sleeps, computes;
    int64_t longest = long_ns(), start = cpu_ns();
    long waits = waits_so_far();
    enum poll result = future_poll(f, cx);
    bool waited = waits_so_far() > waits;
    if (is_habit(&computes, cpu_ns() - start > longest))
        reject_habit("computes for long in its polls, as long as five million "
                     "additions take: meanwhile no other task can run");
    if (is_habit(&sleeps, waited))
        reject_habit(
            "puts the thread to sleep in its polls: meanwhile no other task "
            "can run; a poll never waits; it returns POLL_PENDING");
    return result;
}

/* To measure takes longer than a poll, so of many only some are measured. */
static enum poll short_poll(struct future *f, struct context *cx)
{
    bool measure = ++polls <= 100 || polls % 16 == 0;
    polled = f && f->ops ? f->ops->name : "your future";
    return measure ? measured_poll(f, cx) : future_poll(f, cx);
}

/* ---- Pollers ------------------------------------------------------------- */

static unsigned wakes; /* of all pollers */

static void poller_wake(void *data)
{
    struct poller *who = data;
    who->woken++;
    wakes++;
    if (who->on_wake)
        who->on_wake(who);
}

/* Should it never return, the learner is told so. */
static enum poll poll_with_words(struct future *f, struct context *cx)
{
    const char *before = exercise_while_;
    WHILE("it is polled: a poll never waits; it returns POLL_PENDING");
    exercise_naps_poll(true);
    enum poll result = short_poll(f, cx);
    exercise_naps_poll(false);
    WHILE(before);
    return result;
}

enum poll exercise_poll_in(struct future *f, struct waker waker,
                           struct executor *executor)
{
    static const struct future *waiting; /* was PENDING, and took a waker */
    struct context cx = context_make(waker, executor);
    unsigned wakes_before = wakes;
    if (poll_with_words(f, &cx) == POLL_READY) {
        waiting = NULL;
        return POLL_READY;
    }
    if (cx.mute && waiting == f)
        reject("%s kept an old waker: in this poll it returned PENDING but "
               "took no waker.  The latest waker counts, because another task "
               "may poll the future now: call context_waker(cx) in every such "
               "poll",
               cx.mute);
    if (cx.mute && !cx.taken && wakes > wakes_before)
        reject("%s returned PENDING but took no waker, although it called one: "
               "take it with context_waker(cx), not out of the context by hand",
               cx.mute);
    if (cx.mute)
        reject("%s returned PENDING but took no waker: nothing can wake it",
               cx.mute);
    waiting = f;
    return POLL_PENDING;
}

enum poll poll_by(struct poller *who, struct future *f)
{
    const char *name = f && f->ops ? f->ops->name : "your future";
    int woken = who->woken;
    who->polls++;
    enum poll result =
        exercise_poll_in(f, (struct waker){ poller_wake, who }, who->executor);
    CHECK(result == POLL_PENDING || who->woken == woken,
          "%s calls the waker in a poll that is READY: the task that polls "
          "sees READY, so it needs no wake",
          name);
    return result;
}
