/* select.h: several futures at once, READY when the first one is.
 *
 *     SELECT_BIASED() {
 *         ARM(signals_next(&self->signal, &self->signals))
 *             server_stop(self);
 *         ARM_IF(self->jobs > 0, join_set_next(&self->next, &self->set)) {
 *             task_detach(self->next.task);
 *             self->jobs--;
 *         }
 *     }
 *
 * arms    Each arm stands beside its reaction, which runs if the arm wins.  An
 *         arm whose condition is false is disabled.  If all arms are disabled,
 *         nothing can end the select, so the program aborts: there is no
 *         "else", so test before the select whether an arm is enabled.  For a
 *         "default", let the last arm of a biased select be READY at once.
 * winner  The first arm found READY; those after it are not polled any more.
 * losers  are dropped before the reaction runs.  A future that must go on
 *         instead is kept and lent, see keep.h.
 * order   SELECT_ANY() begins at a random arm: executor_random(), or without an
 *         executor a generator of the thread.  So no arm starves.
 *         SELECT_BIASED() begins at the first arm: if that is always READY, the
 *         others have no turn.
 * budget  An arm that has spent the budget (a06_yield/budget.h) is PENDING in
 *         that poll although it has more.  A later arm that spends none can
 *         win then, also in SELECT_BIASED().  Where it must not, let it spend
 *         a step, too.
 * drop    drops all arms.  A select is cancel-safe exactly if its arms are.
 * cost    Each poll polls all arms.  For many futures, see
 *         a04_join/unordered.h.
 * threads A select may run on any thread on which all its arms may run.
 */
#ifndef A07_SELECT_H
#define A07_SELECT_H

#include "a07_select/keep.h"

enum { SELECT_ARMS = 8 }; /* the most in one SELECT_ANY() or SELECT_BIASED() */

struct select {
    struct future future;
    struct future **arms; /* NULL: disabled */
    size_t n;
    bool biased;
    size_t winner; /* result: the index of the arm that was READY */
    /* Of SELECT_ANY() and SELECT_BIASED(): */
    enum { SELECT_BEGIN, SELECT_FILL, SELECT_WAIT, SELECT_REACT } pass;
    size_t arm; /* in the last pass: the index of the next ARM() */
    struct future *own[SELECT_ARMS];
};

/* Which arm is polled first.  (A counter would not do: if two selects took
 * turns, each of them could always begin at the same arm.) */
static inline size_t select_first_(const struct select *self,
                                   const struct context *cx)
{
    static _Thread_local uint32_t dice;
    if (self->biased || self->n < 2)
        return 0;
    if (cx->executor)
        return (size_t)executor_random(cx->executor, self->n);
    dice = dice * 1664525u + 1013904223u; /* after Knuth and Lewis */
    return (dice >> 16) % self->n;
}

/* The winner is over by then, so its drop does nothing. */
static inline void select_any_drop(struct future *f)
{
    struct select *self = container_of(f, struct select, future);
    for (size_t i = 0; i < self->n; i++)
        future_drop(self->arms[i]);
}

/* All arms have the waker of the select, so any of them can wake its task. */
static inline enum poll select_any_poll(struct future *f, struct context *cx)
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
            select_any_drop(f);
            return POLL_READY;
        }
    }
    if (!enabled)
        misuse("%s: all arms are disabled (NULL), so nothing can end it; "
               "before you AWAIT, check that one of them is enabled",
               f->ops->name);
    return POLL_PENDING;
}

static inline void select_any_children(struct future *f, future_visit *visit,
                                       void *data)
{
    struct select *self = container_of(f, struct select, future);
    for (size_t i = 0; i < self->n; i++)
        if (self->arms[i])
            visit(self->arms[i], data);
}

static const struct future_ops select_any_ops_ = COMBINATOR_OPS(select_any);

/* ---- Arms in an array ---------------------------------------------------- */

/* Wait for one of n futures; the others are dropped.  The array is yours, and
 * stays in your frame until the select is over. */
static inline struct future *select_any(struct select *self,
                                        struct future **arms, size_t n)
{
    *self =
        (struct select){ .future.ops = &select_any_ops_, .arms = arms, .n = n };
    return &self->future;
}

static const struct future_ops select_biased_ops_ = {
    .name = "select_biased",
    .poll = select_any_poll,
    .drop = select_any_drop,
    .children = select_any_children,
};

/* The same, but if several are READY, the first of them wins. */
static inline struct future *select_biased(struct select *self,
                                           struct future **arms, size_t n)
{
    *self = (struct select){
        .future.ops = &select_biased_ops_, .arms = arms, .n = n, .biased = true
    };
    return &self->future;
}

/* ---- Arms beside their reactions ----------------------------------------- */

static inline bool select_fill_(struct select *self, struct future *arm)
{
    if (self->n == SELECT_ARMS)
        misuse("%s: more than %d arms; put them into an array of your own, "
               "see select_any()",
               self->future.ops->name, SELECT_ARMS);
    self->own[self->n++] = arm;
    return false;
}

/* Write one of these in an async function, before a block of arms; the frame
 * has a `struct select select`.  The block runs twice: first each arm is made,
 * by the expression in its ARM(); then, when one of them has won, its reaction
 * runs, which may AWAIT.  Nothing but arms may be in the block, 8 at most.
 * `break` and `continue` in a reaction leave the select, and nothing else: a
 * loop around it goes on behind the select.
 *
 * So the reaction is beside its arm, as in Rust's select!.  The other way, a
 * function for each arm, was tried, too.  Such a function stands far from its
 * arm, takes a pointer to void, and cannot AWAIT. */
#define SELECT_ANY() SELECT_IN_PASSES_(select_any)
#define SELECT_BIASED() SELECT_IN_PASSES_(select_biased)

/* clang-format off */
#define SELECT_IN_PASSES_(select_ops)                                          \
    for (select_ops(&self->select, self->select.own, 0);                       \
         ++self->select.pass <= SELECT_REACT;)                                 \
        if (self->select.pass == SELECT_WAIT)                                  \
            AWAIT(&self->select.future);                                       \
        else

/* A future, and behind it the statement that runs if it wins. */
#define ARM(fut) ARM_IF(true, fut)

/* The same, but if `enabled` is false when the block begins, there is no such
 * arm in this round. */
#define ARM_IF(enabled, fut)                                                   \
    if (!(self->select.pass == SELECT_FILL                                     \
              ? select_fill_(&self->select, (enabled) ? (fut) : NULL)          \
              : self->select.arm++ == self->select.winner)) {                  \
    } else
/* clang-format on */
#endif
