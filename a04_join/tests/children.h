/* children.h: the probes of by_hand.h, each with its struct child. */
#ifndef A04_TESTS_CHILDREN_H
#define A04_TESTS_CHILDREN_H

#include "tests/by_hand.h"
#include "tests/every_drop.h"
#include "a04_join/join.h"

static struct child children[MANY];

static inline void fresh_children(void)
{
    fresh();
    memset(children, 0, sizeof children);
    for (int i = 0; i < MANY; i++)
        children[i].future = arms[i];
}

/* Which probe the child is: 'a' to 'h'; '-' if NULL. */
static inline char name_of(const struct child *c)
{
    return c ? *container_of(c->future, struct probe, future)->name : '-';
}

/* As budget_spend() of a06: false if the budget of this poll is spent. */
static inline bool spend(struct context *cx)
{
    if (context_is_spent(cx)) {
        waker_wake(context_waker(cx));
        return false;
    }
    cx->spent++;
    return true;
}
#endif
