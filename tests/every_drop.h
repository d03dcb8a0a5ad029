/* every_drop.h: drop a future at each of its suspension points.
 *
 *     static struct future *make_nap(void *memory)
 *     {
 *         return sleep_ms(memory, 10);
 *     }
 *
 *     every_drop(sizeof(struct sleep), make_nap);
 *
 * For k = 0, 1, 2 ... : make it in fresh memory, poll it k times in a task, on
 * the virtual clock, then drop it and free its memory; until it is READY
 * before its drop.  Each k several times: dropped right after that poll, or not
 * before it was woken once more; from outside, with its task, and with its
 * executor.  What a drop forgets shows:
 *
 * a waker   rings after the drop, while all others run to their end: fails
 * a timer   is left in the wheel: fails
 * a list    still holds it, and touches freed memory: AddressSanitizer
 * memory    is never freed: LeakSanitizer
 * a handle  is left open: executor_close() says so, fails
 */
#ifndef TESTS_EVERY_DROP_H
#define TESTS_EVERY_DROP_H

#include "tests/support.h"

static struct {
    struct future *driven;
    int k, polls;        /* how often it shall be polled, and was */
    bool late, woken;    /* shall be woken once more, and was */
    bool over;           /* it was READY */
    bool silent;         /* over or dropped: nobody may wake us any more */
    struct waker driver; /* of the task that polls it */
    struct waker gate;   /* of the test, which waits for the k polls */
} drops;

static inline bool drops_reached(void)
{
    return drops.over ||
           (drops.polls == drops.k && (drops.woken || !drops.late));
}

static inline void drops_wake(void *unused)
{
    assert_false(drops.silent);
    drops.woken = true;
    waker_wake(drops_reached() ? drops.gate : drops.driver);
}

static inline enum poll driver_poll(struct future *f, struct context *cx)
{
    struct context own = context_child(cx, (struct waker){ drops_wake, NULL });
    if (drops.silent)
        return POLL_READY;
    drops.driver = context_waker(cx);
    if (!drops.over && drops.polls < drops.k) {
        drops.polls++;
        drops.woken = false;
        drops.over = future_poll(drops.driven, &own) == POLL_READY;
        drops.silent = drops.over;
        context_merge(cx, &own);
    }
    if (drops_reached())
        waker_wake(drops.gate);
    return POLL_PENDING;
}

static inline void driver_drop(struct future *f)
{
    future_drop(drops.driven);
    drops.silent = true;
}

static const struct future_ops driver_ops = { .name = "driver",
                                              .poll = driver_poll,
                                              .drop = driver_drop };

static inline enum poll gate_poll(struct future *f, struct context *cx)
{
    drops.gate = context_waker(cx);
    return drops_reached() ? POLL_READY : POLL_PENDING;
}

static const struct future_ops gate_ops = { .name = "gate",
                                            .poll = gate_poll,
                                            .drop = future_drop_nothing };

/* The executor of each run; a seed may be set. */
static struct executor_options every_drop_options = { .virtual_clock = true };

/* Called with the task that is going to be dropped, or NULL: it may spawn tasks
 * that wait for it. */
static void (*every_drop_beside)(struct task *t);

enum drop_how { DROP_ALONE, DROP_WITH_TASK, DROP_WITH_EXECUTOR, DROP_HOWS };

/* Nobody touches its memory any more: not a byte of it is good from now on. */
static inline void drops_free(void *memory, size_t size)
{
    memset(memory, 0xa5, size);
    free(memory);
}

/* Poll it k times, then drop it; `late`: not before it was woken again.  True:
 * it was READY before. */
static inline bool drop_after(int k, bool late, enum drop_how how, size_t size,
                              struct future *(*make)(void *memory))
{
    void *memory = malloc(size);
    struct future *driver, gate = { .ops = &gate_ops };
    struct task *t;
    assert_non_null(memory);
    up(&every_drop_options);
    memset(&drops, 0, sizeof drops);
    drops.k = k;
    drops.late = late && k > 0;
    drops.driven = make(memory);
    driver = task_slot(struct future);
    *driver = (struct future){ .ops = &driver_ops };
    t = task_spawn(&ex, driver);
    if (every_drop_beside)
        every_drop_beside(t);
    block_on(&ex, &gate);
    drops.gate = (struct waker){ NULL, NULL };
    if (how == DROP_ALONE) {
        future_drop(drops.driven);
        drops.silent = true;
        waker_wake(drops.driver);
    } else if (how == DROP_WITH_TASK) {
        task_abort(t);
    }
    if (how != DROP_WITH_EXECUTOR) {
        drops_free(memory, size);
        executor_run(&ex);
    }
    down();
    task_detach(t);
    assert_null(wheel_first(&ex.wheel));
    if (how == DROP_WITH_EXECUTOR)
        drops_free(memory, size);
    return drops.over;
}

/* Returns after how many polls it is READY. */
static inline int every_drop(size_t size, struct future *(*make)(void *memory))
{
    bool over = false;
    int k = 0;
    for (; !over; k++) {
        assert_true(k < 10000);
        for (enum drop_how how = 0; how < DROP_HOWS; how++) {
            drop_after(k, true, how, size, make);
            over = drop_after(k, false, how, size, make);
        }
    }
    return k - 1;
}
#endif
