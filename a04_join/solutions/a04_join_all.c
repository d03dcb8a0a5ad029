/* Exercise: wait for many, and poll only those that were woken.
 *
 * Read:   notes/a04_join.md, "Which child woke me?", down to the exercise
 * Build:  join_all(), READY when all its children are.  Each child has a waker
 *         of its own, made of member_wake and its member; so the join knows
 *         which child was woken.
 * Why:    With one waker for all children, each wake means to poll all of them:
 *         n children cost n * n polls.
 * Rules:  The first poll polls every child.  A later one polls only the
 *         children that were woken since, each of them once, and never a child
 *         that is over.
 *         results[i] is the value of children[i], in whatever order they end.
 *         Take it in the poll in which the child is READY, because its memory
 *         may be used for something else later.
 *         context_child() makes the context for a child.  Call context_merge()
 *         afterwards: it passes on that a child has taken no waker.
 *         The waker of the latest poll counts.  Without children: READY at
 *         once.
 *         The waker that you call may poll your join before it returns.
 *         A drop drops the children that are not over.
 * Check:  ./learn check a04_join_all
 */
#include "future.h"

struct number { /* what every child begins with: a future of an int */
    struct future future;
    int value; /* result */
};

struct member { /* what the join must know of one child */
    struct join_all *join;
    struct number *child;
    bool woken; /* since its last poll; at first they all are */
    bool over;
};

struct join_all {
    struct future future;
    struct member *members;
    int n;
    int *results;
    struct waker waker; /* of the latest poll */
};

/* What the waker of a child calls; `data` is its member. */
static void member_wake(void *data)
{
    struct member *m = data;
    m->woken = true;
    waker_wake(m->join->waker);
}

static enum poll join_all_poll(struct future *f, struct context *cx)
{
    struct join_all *self = container_of(f, struct join_all, future);
    bool all_over = true;
    self->waker = context_waker(cx);
    for (int i = 0; i < self->n; i++) {
        struct member *m = &self->members[i];
        struct context own =
            context_child(cx, (struct waker){ member_wake, m });
        if (m->woken && !m->over) {
            m->woken = false; /* before the poll: the child may wake itself */
            m->over = future_poll(&m->child->future, &own) == POLL_READY;
            context_merge(cx, &own);
            if (m->over)
                self->results[i] = m->child->value;
        }
        all_over = all_over && m->over;
    }
    return all_over ? POLL_READY : POLL_PENDING;
}

static void join_all_drop(struct future *f)
{
    struct join_all *self = container_of(f, struct join_all, future);
    for (int i = 0; i < self->n; i++)
        if (!self->members[i].over)
            future_drop(&self->members[i].child->future);
}

static const struct future_ops join_all_ops = { .name = "join_all",
                                                .poll = join_all_poll,
                                                .drop = join_all_drop };

/* members and results: arrays of n, the caller's.  The members point to this
 * future, so it stays where it is made. */
static struct future *join_all(struct join_all *self, struct number **children,
                               struct member *members, int *results, int n)
{
    *self = (struct join_all){ .future.ops = &join_all_ops,
                               .members = members,
                               .n = n,
                               .results = results };
    for (int i = 0; i < n; i++)
        members[i] = (struct member){ .join = self,
                                      .child = children[i],
                                      .woken = true };
    return &self->future;
}
