/* Exercise: wait for many, and poll only those that were woken.
 *
 * Read:   notes/a04_join.md, "Which child woke me?"
 * Build:  join_all(), READY when all its children are.  Each child has a waker
 *         of its own: member_wake and its member tell the join which it was.
 * Why:    With one waker for all, each wake means to ask everybody: n children
 *         cost n * n polls.
 * Rules:  The first poll polls every child, a later one only those that were
 *         woken since, each of them once.  One that is over: never again.
 *         results[i] is the value of children[i], in whatever order they end.
 *         Take it in that very poll: later the memory may be used for others.
 *         context_child() makes the context for a child; afterwards tell
 *         context_merge(); otherwise a child without a waker goes unnoticed.
 *         The waker of the latest poll counts; no children: READY at once.
 *         The task that you wake may poll at once, on this very stack.
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

/* Somebody wakes a child: `data` is its member. */
static void member_wake(void *data)
{
    struct member *m = data;
    (void)m;
    TODO("note who was woken, and wake whoever polls the join");
}

static enum poll join_all_poll(struct future *f, struct context *cx)
{
    struct join_all *self = container_of(f, struct join_all, future);
    (void)self, (void)cx, (void)member_wake;
    TODO("take the waker; poll the members that were woken; all over: READY");
}

static void join_all_drop(struct future *f)
{
    struct join_all *self = container_of(f, struct join_all, future);
    (void)self;
    TODO("drop the children that are not over");
}

static const struct future_ops join_all_ops = { .name = "join_all",
                                                .poll = join_all_poll,
                                                .drop = join_all_drop };

/* members and results: arrays of n, the caller's.  The members point to us, so
 * this future stays where it is made. */
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
