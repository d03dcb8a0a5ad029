/* select.h: several futures at once, READY when the first one is.
 *
 * arms    Your array, in your frame: it stays until the select is over.  A NULL
 *         arm is disabled.  All disabled: nothing could end it, so it aborts;
 *         for an "else", look before.  For a "default", let the last arm of a
 *         biased select be READY at once.
 * winner  The first arm found READY; those after it are not polled any more.
 * losers  are dropped before the select is READY, so before your next line.
 *         One that shall go on instead is lent with future_keep().
 * order   select_any() begins at a random arm, by executor_random(), or with no
 *         executor by turns, so none starves.  select_biased() begins at the
 *         first: if that is always READY, the others have no turn.
 * drop    drops all arms.  Cancel-safe no more, no less than they are.
 * cost    A wake polls every arm.  For many, see a04_join/unordered.h.
 * threads Arms get the waker that we get: it runs wherever they do.
 */
#ifndef A07_SELECT_H
#define A07_SELECT_H

#include "executor.h"

struct select {
    struct future future;
    struct future **arms; /* yours; NULL: disabled */
    size_t n;
    bool biased;
    size_t winner; /* result: the index of the arm that was READY */
};

/* Which arm is polled first. */
static inline size_t select_first_(const struct select *self,
                                   const struct context *cx)
{
    static _Thread_local size_t turn;
    if (self->biased || self->n < 2)
        return 0;
    if (cx->executor)
        return (size_t)executor_random(cx->executor, self->n);
    return turn++ % self->n;
}

/* The winner is over by then, so its drop does nothing. */
static inline void select_drop_(struct future *f)
{
    struct select *self = container_of(f, struct select, future);
    for (size_t i = 0; i < self->n; i++)
        future_drop(self->arms[i]);
}

/* All have the waker of whoever polls us, so any of them can wake it. */
static inline enum poll select_poll_(struct future *f, struct context *cx)
{
    struct select *self = container_of(f, struct select, future);
    size_t first = select_first_(self, cx);
    bool enabled = false;
    for (size_t i = 0; i < self->n; i++) {
        size_t arm = first + i;
        if (arm >= self->n)
            arm -= self->n;
        if (!self->arms[arm])
            continue;
        enabled = true;
        if (future_poll(self->arms[arm], cx) == POLL_READY) {
            self->winner = arm;
            select_drop_(f);
            return POLL_READY;
        }
    }
    if (!enabled)
        misuse("%s: all arms are disabled (NULL), so nothing can end it; "
               "look at them before you AWAIT",
               f->ops->name);
    return POLL_PENDING;
}

static const struct future_ops select_any_ops_ = { .name = "select_any",
                                                   .poll = select_poll_,
                                                   .drop = select_drop_ };

/* Wait for one of n futures, whichever; the others are dropped. */
static inline struct future *select_any(struct select *self,
                                        struct future **arms, size_t n)
{
    *self =
        (struct select){ .future.ops = &select_any_ops_, .arms = arms, .n = n };
    return &self->future;
}

static const struct future_ops select_biased_ops_ = { .name = "select_biased",
                                                      .poll = select_poll_,
                                                      .drop = select_drop_ };

/* The same, but if several are READY, the first of them wins. */
static inline struct future *select_biased(struct select *self,
                                           struct future **arms, size_t n)
{
    *self = (struct select){
        .future.ops = &select_biased_ops_, .arms = arms, .n = n, .biased = true
    };
    return &self->future;
}

/* ---- future_keep: an arm that is only lent ------------------------------- */

struct keep {
    struct future future;
    struct future *kept;
};

static inline enum poll keep_poll_(struct future *f, struct context *cx)
{
    return future_poll(container_of(f, struct keep, future)->kept, cx);
}

static const struct future_ops keep_ops_ = { .name = "future_keep",
                                             .poll = keep_poll_,
                                             .drop = future_drop_nothing };

/* Stands for `kept`, but when it is dropped, `kept` lives on, as far as it has
 * come: AWAIT it later, or lend it again in the next round.  `kept` remains
 * yours: future_drop() it in ASYNC_FINALLY.  Once READY it is over. */
static inline struct future *future_keep(struct keep *self, struct future *kept)
{
    *self = (struct keep){ .future.ops = &keep_ops_, .kept = kept };
    return &self->future;
}
#endif
