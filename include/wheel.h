/* wheel.h: a hierarchical timer wheel, after Varghese and Lauck (1987).
 *
 * Timers live inside the futures that wait: no allocation, no clock.  Adding
 * and removing cost the same with one timer as with a million, and timers with
 * the same deadline fire in the order they were added.  Times are milliseconds.
 * Nothing is locked: one thread uses a wheel and its timers.
 *
 * A clock with 11 hands: level 0 has 64 slots of 1 ms, level 1 has 64 slots of
 * 64 ms, and so on.  When a coarse slot begins, its timers move to finer ones;
 * in a slot of level 0 all are due.
 */
#ifndef WHEEL_H
#define WHEEL_H

#include "future.h"
#include "list.h"

struct timer {
    struct list link; /* in a slot while the timer runs */
    uint64_t deadline;
    struct waker waker; /* called once, at the deadline or later */
};

/* A zeroed timer was never added; list_remove() clears only link.next. */
static inline bool timer_was_added(const struct timer *t)
{
    return t->link.prev != NULL;
}

static inline bool timer_is_running(const struct timer *t)
{
    return t->link.next != NULL;
}

enum { WHEEL_BITS = 6, WHEEL_SLOTS = 1 << WHEEL_BITS, WHEEL_LEVELS = 11 };

struct wheel {
    struct list slots[WHEEL_LEVELS][WHEEL_SLOTS];
    uint64_t used[WHEEL_LEVELS]; /* a bit for each slot; 0 = surely empty */
    uint64_t now;                /* everything up to here has fired */
    uint64_t next;               /* before this moment there is nothing to do */
};

/* An empty wheel, where it is `now` ms. */
static inline void wheel_init(struct wheel *w, uint64_t now)
{
    for (int level = 0; level < WHEEL_LEVELS; level++) {
        w->used[level] = 0;
        for (int slot = 0; slot < WHEEL_SLOTS; slot++)
            list_init(&w->slots[level][slot]);
    }
    w->now = now;
    w->next = UINT64_MAX;
}

/* The level is the lowest whose hand must not move to another turn first.  The
 * deadline must not be before w->now. */
static inline void wheel_add(struct wheel *w, struct timer *t)
{
    unsigned level = 0;
#ifndef NDEBUG
    if (timer_is_running(t) || t->deadline < w->now)
        misuse("wheel_add(): this timer %s",
               timer_is_running(t) ? "runs already; call wheel_remove() first"
                                   : "would never fire: its deadline is over");
#endif
    for (uint64_t far = t->deadline ^ w->now; far >= WHEEL_SLOTS; level++)
        far >>= WHEEL_BITS;
    uint64_t start = t->deadline >> level * WHEEL_BITS;
    uint64_t slot = start % WHEEL_SLOTS;
    start <<= level * WHEEL_BITS;
    list_append(&w->slots[level][slot], &t->link);
    w->used[level] |= (uint64_t)1 << slot;
    if (start < w->next)
        w->next = start;
}

/* Nothing happens if the timer does not run. */
static inline void wheel_remove(struct timer *t)
{
    if (timer_is_running(t))
        list_remove(&t->link);
}

/* The earliest slot in use, or NULL; w->next becomes the moment it begins. */
static inline struct list *wheel_first(struct wheel *w)
{
    for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
        for (; w->used[level]; w->used[level] &= w->used[level] - 1) {
            unsigned slot = (unsigned)__builtin_ctzll(w->used[level]);
            unsigned shift = level * WHEEL_BITS;
            uint64_t turn = (w->now >> shift) & ~(uint64_t)(WHEEL_SLOTS - 1);
            w->next = (turn | slot) << shift;
            if (!list_is_empty(&w->slots[level][slot]))
                return &w->slots[level][slot];
        }
    }
    w->next = UINT64_MAX;
    return NULL;
}

/* The first deadline, or UINT64_MAX.  It looks at every timer of one slot. */
static inline uint64_t wheel_deadline(struct wheel *w)
{
    uint64_t first = UINT64_MAX;
    struct list *slot = wheel_first(w);
    for (struct list *l = slot ? slot->next : slot; l != slot; l = l->next) {
        struct timer *t = container_of(l, struct timer, link);
        if (t->deadline < first)
            first = t->deadline;
    }
    return first;
}

/* Fire all that is due, or move it to finer slots.  A wake may remove other
 * timers meanwhile; it must not add any (an executor's only queues a task). */
static inline void wheel_turn(struct wheel *w, uint64_t now)
{
    struct list *slot;
    while ((slot = wheel_first(w)) && w->next <= now) {
        w->now = w->next;
        while (!list_is_empty(slot)) {
            struct timer *t = container_of(slot->next, struct timer, link);
            list_remove(&t->link);
            if (t->deadline <= w->now)
                waker_wake(t->waker);
            else
                wheel_add(w, t);
        }
    }
    w->now = now;
}
#endif
