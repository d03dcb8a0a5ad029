/* future.h: a future is work that may take a while: a struct with a poll().
 *
 * poll     does all that is possible now.  POLL_READY: the work is finished,
 *          the result is in the struct, everything else is released.
 *          POLL_PENDING: in this very poll the future took context_waker(cx),
 *          to be called when polling helps.  An additional poll does no harm.
 * drop     cancels a future that is not over.  The future leaves every list and
 *          timer at once.  A drop never waits, and never frees the struct.
 * over     means READY or dropped.  A future that is over is not polled again.
 * pinning  A future may move in memory until its first poll, and never after.
 * wakers   are valid until the future is over.  The latest one counts.
 * threads  Nothing is locked: one thread at a time polls or drops a future.
 * misuse   aborts with a sentence.  With NDEBUG only two checks of this header
 *          are left: "polled again" and "no drop function".
 */
#ifndef FUTURE_H
#define FUTURE_H

#include "base.h"

enum poll { POLL_PENDING, POLL_READY };

struct future;
struct context; /* what a poll is given: a waker, see below */
typedef void future_visit(struct future *child, void *data);

struct future_ops {   /* one static const object for each type of future */
    const char *name; /* for messages and traces; NULL: not shown in these */
    enum poll (*poll)(struct future *f, struct context *cx);
    void (*drop)(struct future *f);
    /* Optional: calls visit(child, data) for each future that `f` polls and
     * that is not over, so that a backtrace can go on.  NULL: it has none. */
    void (*children)(struct future *f, future_visit *visit, void *data);
    /* Async functions only: the source file, and the line they wait at. */
    const char *file;
    int (*line)(const struct future *f);
};

struct future { /* the first member of your own struct */
    const struct future_ops *ops;
#ifndef NDEBUG
    const void *home;             /* its address at the first poll */
    const struct future_ops *was; /* once it is over: what `ops` was before */
    bool polling;                 /* its poll is running */
#endif
};

/* The ops of `fn`: fn_poll(), fn_drop(); if it polls others, fn_children(). */
#define FUTURE_OPS(fn)                                    \
    {                                                     \
        .name = #fn, .poll = fn##_poll, .drop = fn##_drop \
    }
#define COMBINATOR_OPS(fn)                                 \
    {                                                      \
        .name = #fn, .poll = fn##_poll, .drop = fn##_drop, \
        .children = fn##_children                          \
    }

/* A drop function for futures that are in no list and hold nothing. */
static inline void future_drop_nothing(struct future *f)
{
    (void)f;
}

/* ---- Wakers and contexts ------------------------------------------------- */

struct waker {                /* "poll me again": two words, copy it freely */
    void (*wake)(void *data); /* NULL: an empty waker, it wakes nobody */
    void *data;
};

static inline void waker_wake(struct waker waker)
{
    if (waker.wake)
        waker.wake(waker.data);
}

struct context {               /* lent for one poll; never keep a pointer */
    struct executor *executor; /* the poller, for tasks and timers; or NULL */
    struct waker waker_;       /* take it with context_waker() */
    unsigned taken;            /* how often it was taken */
    unsigned spent;            /* budget used in this poll, see budget.h */
    const char *mute;          /* name of a future that took no waker */
};

/* For code that polls: a context with this waker; `executor` may be NULL. */
static inline struct context context_make(struct waker waker,
                                          struct executor *executor)
{
    return (struct context){ .executor = executor, .waker_ = waker };
}

/* For a future: the waker to keep before it returns POLL_PENDING. */
static inline struct waker context_waker(struct context *cx)
{
    cx->taken++;
    return cx->waker_;
}

/* For a future that gives its children another waker than its own: poll them
 * with context_child(), then give what they left in it to context_merge(). */
static inline struct context context_child(const struct context *cx,
                                           struct waker waker)
{
    return (struct context){ .executor = cx->executor,
                             .waker_ = waker,
                             .spent = cx->spent };
}

static inline void context_merge(struct context *cx,
                                 const struct context *child)
{
    cx->spent = child->spent;
    if (!cx->mute)
        cx->mute = child->mute;
}

/* ---- Poll and drop: they also check the contract ------------------------- */

static inline enum poll future_over_poll_(struct future *f, struct context *cx)
{
    const char *name = "a future";
#ifndef NDEBUG
    name = f->was->name;
#endif
    (void)f, (void)cx;
    misuse("%s: polled again after READY or drop; construct a new one", name);
}
__attribute__((weak)) const struct future_ops future_over_ops = {
    .name = "over",
    .poll = future_over_poll_,
    .drop = future_drop_nothing,
};

static inline void future_end_(struct future *f)
{
#ifndef NDEBUG
    if (f->ops != &future_over_ops)
        f->was = f->ops;
    f->home = NULL;
#endif
    f->ops = &future_over_ops;
}

static inline void future_check_(const struct future *f)
{
#ifndef NDEBUG
    if (!f || !f->ops)
        misuse("a future was polled that its constructor has not filled in");
    if (f->home && f->home != f)
        misuse("%s: moved from %p to %p after its first poll; timers, lists "
               "and wakers still point to the old place: put it where it can "
               "stay, then poll",
               f->ops->name, f->home, (const void *)f);
    if (f->polling)
        misuse("%s: polled or dropped inside its own poll; wait until that "
               "poll has returned",
               f->ops->name);
#endif
    (void)f;
}

/* One step of a future.  Always poll through this function. */
static inline enum poll future_poll(struct future *f, struct context *cx)
{
    enum poll result;
    future_check_(f);
#ifndef NDEBUG
    if (!cx)
        misuse("%s: polled without a context (cx is NULL)", f->ops->name);
    const char *mute = cx->mute;
    unsigned taken = cx->taken;
    f->home = f;
    f->polling = true;
#endif
    result = f->ops->poll(f, cx);
#ifndef NDEBUG
    f->polling = false;
    if (result == POLL_READY)
        cx->mute = mute; /* a mute child of a READY future does not matter */
    else if (taken == cx->taken && !cx->mute) /* the innermost returns first */
        cx->mute = f->ops->name ? f->ops->name : "a future";
#endif
    if (result == POLL_READY)
        future_end_(f);
    return result;
}

/* Cancel.  A future that is over, still zeroed, or NULL is left alone. */
static inline void future_drop(struct future *f)
{
    if (!f || !f->ops)
        return;
    future_check_(f);
    if (!f->ops->drop)
        misuse("%s: it has no drop function", f->ops->name);
    f->ops->drop(f);
    future_end_(f);
}
#endif
