/* Exercise: a clock that jumps.
 *
 * Read:   notes/a02_block_on.md, "Virtual time"
 * Build:  clock_add() and clock_remove(), which keep a list of sleepers;
 *         clock_advance(), which jumps to the next deadline and wakes all
 *         sleepers that are due; and run(), which decides when to jump.
 * Why:    Under EXECUTOR_CLOCK=virtual an hour of sleep takes no time, and each
 *         run happens in the same order.  That is how this course is tested.
 * Rules:  Time moves only when no task is ready, and only to the next deadline.
 *         It never goes back.
 *         Sleepers are woken in the order of their deadlines, and with equal
 *         deadlines in the order added; never too early, and never twice.
 *         The clock does not wait for a sleeper that was removed.
 *         During a wake anything may happen: the sleeper may be freed, another
 *         one removed, a new one added.
 * Check:  ./learn check a02_virtual_time
 */
#include "future.h"

struct sleeper {
    uint64_t deadline; /* in milliseconds; it may have passed                 */
    struct waker waker;
    struct sleeper *next; /* the one that is due after it, or NULL            */
};

struct clock {
    uint64_t now;
    struct sleeper *first; /* due next; NULL: nobody sleeps                   */
};

/* The sleeper is not in the list. */
static void clock_add(struct clock *clock, struct sleeper *sleeper)
{
    struct sleeper **at = &clock->first;
    while (*at && (*at)->deadline <= sleeper->deadline)
        at = &(*at)->next;
    sleeper->next = *at;
    *at = sleeper;
}

/* Nothing happens if it is not in the list: it was woken, or removed before. */
static void clock_remove(struct clock *clock, struct sleeper *sleeper)
{
    struct sleeper **at = &clock->first;
    while (*at && *at != sleeper)
        at = &(*at)->next;
    if (*at)
        *at = sleeper->next;
}

/* Jump, and wake all that are due.  False: nobody sleeps, so no jump. */
static bool clock_advance(struct clock *clock)
{
    if (!clock->first)
        return false;
    if (clock->now < clock->first->deadline)
        clock->now = clock->first->deadline;
    while (clock->first && clock->first->deadline <= clock->now) {
        struct sleeper *due = clock->first;
        clock->first = due->next; /* before the wake: then it may be gone */
        waker_wake(due->waker);
    }
    return true;
}

/* Until no task is ready and nobody sleeps.  poll_one() polls one task, and
 * returns false if none was ready. */
static void run(struct clock *clock, bool (*poll_one)(void))
{
    while (poll_one() || clock_advance(clock)) {
    }
}

/* ---- Given: the future that sleeps --------------------------------------- */

struct nap {
    struct future future;
    struct clock *clock;
    uint64_t ms;
    bool begun;
    struct sleeper sleeper;
};

static enum poll nap_poll(struct future *f, struct context *cx)
{
    struct nap *self = container_of(f, struct nap, future);
    if (!self->begun) {
        self->begun = true;
        self->sleeper.deadline = self->clock->now + self->ms;
        clock_add(self->clock, &self->sleeper);
    }
    self->sleeper.waker = context_waker(cx);
    if (self->clock->now < self->sleeper.deadline)
        return POLL_PENDING;
    clock_remove(self->clock, &self->sleeper);
    return POLL_READY;
}

static void nap_drop(struct future *f)
{
    struct nap *self = container_of(f, struct nap, future);
    clock_remove(self->clock, &self->sleeper);
}

static const struct future_ops nap_ops = { .name = "nap",
                                           .poll = nap_poll,
                                           .drop = nap_drop };

static struct future *nap(struct nap *self, struct clock *clock, uint64_t ms)
{
    *self = (struct nap){ .future.ops = &nap_ops, .clock = clock, .ms = ms };
    return &self->future;
}
