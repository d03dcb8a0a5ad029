/* future.h: what a future is.  Plain C: no event loop, no threads.
 *
 * A future is work that need not be finished: a struct with a poll function.
 *
 * poll     does all it can now.  POLL_READY: finished, the result stands in its
 *          struct, all else is released.  POLL_PENDING: in this very poll it
 *          took context_waker(cx), and it wakes that as soon as polling pays.
 *          A poll may also come unasked, and does no harm.
 * drop     cancels a future that has not finished: it leaves every list and
 *          timer.  It never waits, and never frees the struct.  Twice is fine.
 * pinning  A future may move until its first poll, and never after.
 * wakers   are lent: once the future is READY or dropped, none may be called.
 *          The waker of the latest poll counts, earlier ones are forgotten.
 * threads  None here.  Which threads may call a waker, its executor says.
 * misuse   aborts with a sentence.  NDEBUG removes three checks: "moved",
 *          "PENDING without a waker", "not filled in"; and the name in "polled
 *          again".
 */
#ifndef FUTURE_H
#define FUTURE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From a pointer to a member to the struct around it; ?: checks the type. */
#define container_of(ptr, type, member)                            \
    ((type *)(void *)((char *)(1 ? (ptr) : &((type *)0)->member) - \
                      offsetof(type, member)))

/* What every abort of this course begins with, so that tools can find it. */
static inline _Noreturn void misuse_(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
static inline _Noreturn void misuse_(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fflush(stdout);
    fputs("async-in-c: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    abort();
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

struct context {               /* what poll() is lent; never keep a pointer */
    struct executor *executor; /* who polls: for tasks and timers; or NULL */
    struct waker waker_;       /* take it with context_waker() */
    unsigned taken_;           /* how often it was taken */
    unsigned spent_;           /* what was READY at once, in this poll */
    const char *mute_;         /* who returned PENDING and took none, or NULL */
};

/* For those who poll: a context with this waker.  `executor` may be NULL. */
static inline struct context context_make(struct waker waker,
                                          struct executor *executor)
{
    return (struct context){ .executor = executor, .waker_ = waker };
}

/* For those who pass a poll on with a waker of their own: poll children with
 * context_child(), then tell context_merge() what they left in it. */
static inline struct context context_child(const struct context *cx,
                                           struct waker waker)
{
    return (struct context){ .executor = cx->executor,
                             .waker_ = waker,
                             .spent_ = cx->spent_ };
}

static inline void context_merge(struct context *cx,
                                 const struct context *child)
{
    cx->spent_ = child->spent_;
    if (!cx->mute_)
        cx->mute_ = child->mute_;
}

/* For those who are polled: the waker to keep before returning PENDING. */
static inline struct waker context_waker(struct context *cx)
{
    cx->taken_++;
    return cx->waker_;
}

/* ---- Futures ------------------------------------------------------------- */

enum poll { POLL_PENDING, POLL_READY };

struct future;
struct future_ops {   /* one static const object for each kind of future */
    const char *name; /* for messages, traces and the debugger */
    enum poll (*poll)(struct future *f, struct context *cx);
    void (*drop)(struct future *f);
    const char *file; /* where an async function is written; NULL for a leaf */
};

struct future { /* the first member of your own struct */
    const struct future_ops *ops;
#ifndef NDEBUG
    const void *home; /* its address at the first poll; its ops when over */
#endif
};

/* A drop function for futures that are in no list and hold nothing. */
static inline void future_drop_nothing(struct future *f)
{
    (void)f;
}

/* The ops of a future that is over (READY or dropped). */
static inline enum poll future_over_(struct future *f, struct context *cx)
{
    const char *name = "a future";
#ifndef NDEBUG
    name = ((const struct future_ops *)f->home)->name;
#endif
    (void)f, (void)cx;
    misuse_("%s: polled again after READY or drop; construct it anew", name);
}
__attribute__((weak)) const struct future_ops future_over_ops_ = {
    .name = "over", .poll = future_over_, .drop = future_drop_nothing
};

static inline void future_end_(struct future *f)
{
#ifndef NDEBUG
    if (f->ops != &future_over_ops_)
        f->home = f->ops;
#endif
    f->ops = &future_over_ops_;
}

static inline void future_check_(const struct future *f)
{
#ifndef NDEBUG
    if (!f || !f->ops)
        misuse_("a future was polled that its constructor has not filled in");
    if (f->home && f->home != f && f->ops != &future_over_ops_)
        misuse_("%s: moved from %p to %p after its first poll; timers, lists "
                "and wakers still point to the old place: put it where it can "
                "stay, then poll",
                f->ops->name, f->home, (const void *)f);
#endif
    (void)f;
}

/* One step.  The only way to poll: it keeps watch over the contract above. */
static inline enum poll future_poll(struct future *f, struct context *cx)
{
    future_check_(f);
#ifndef NDEBUG
    const char *mute = cx->mute_;
    unsigned taken = cx->taken_;
    if (!f->home)
        f->home = f;
#endif
    if (f->ops->poll(f, cx) == POLL_READY) {
        future_end_(f);
#ifndef NDEBUG
        cx->mute_ = mute; /* whoever was mute in there no longer matters */
#endif
        return POLL_READY;
    }
#ifndef NDEBUG
    if (taken == cx->taken_ && !cx->mute_)
        cx->mute_ = f->ops->name; /* the innermost returns first */
#endif
    return POLL_PENDING;
}

/* Cancel.  A future that is over, still zeroed, or NULL is left alone. */
static inline void future_drop(struct future *f)
{
    if (!f || !f->ops)
        return;
    future_check_(f);
    f->ops->drop(f);
    future_end_(f);
}
#endif
