/* async.h: async functions: code that reads from top to bottom, and waits.
 *
 * `fn_poll(struct future *f, struct context *cx)` is a switch that jumps to the
 * place where the last poll stopped; the macros below hide it.  ASYNC_BEGIN
 * comes first.  Leave by ASYNC_RETURN or ASYNC_END, never by a bare `return` or
 * by a `break` outside of a loop.  No AWAIT inside a switch of your own.
 * The code after ASYNC_FINALLY is the destructor of the frame.  It runs once:
 * on return, or on a drop, also on a drop before the first poll.  So a
 * constructor assigns the whole frame, and the clean-up looks at what it has.
 * Two warnings are errors inside async functions, and off in the rest of a file
 * that includes this one: declaration-after-statement, and jump-misses-init
 * (clang: conditional-uninitialized).
 */
#ifndef ASYNC_H
#define ASYNC_H

#include "backtrace.h"

/* What Rust's `async fn` hides: the part of the frame that remembers where the
 * function waits.  C forgets every local when poll() returns, so what must live
 * across an AWAIT is in your own struct, the frame, behind this one. */
struct async {
    struct future future;
    struct future *child; /* what it waits for, or NULL */
    int state;            /* the source line it waits at, or one of these: */
};
enum { ASYNC_START = 0, ASYNC_OVER = -1, ASYNC_UNWIND = -2 };

static inline bool async_pending_(struct async *a, struct context *cx)
{
    if (future_poll(a->child, cx) == POLL_PENDING)
        return true;
    a->child = NULL;
    return false;
}

static inline enum poll async_end_(struct async *a)
{
    if (a->state != ASYNC_UNWIND)
        misuse("%s: cannot resume at line %d; is that AWAIT inside a switch?",
               a->future.ops->name, a->state);
    a->state = ASYNC_OVER;
    return POLL_READY;
}

/* Cancel: first the child, then the function's own ASYNC_FINALLY. */
static inline void async_drop(struct future *f)
{
    struct async *a = container_of(f, struct async, future);
    future_drop(a->child);
    a->child = NULL;
    if (a->state >= ASYNC_START) {
        a->state = ASYNC_UNWIND;
        (void)f->ops->poll(f, NULL);
    }
}

static inline void async_children(struct future *f, future_visit *visit,
                                  void *data)
{
    struct async *a = container_of(f, struct async, future);
    if (a->child)
        visit(a->child, data);
}

static inline int async_line(const struct future *f)
{
    return container_of(f, const struct async, future)->state;
}

/* clang-format off */
#define ASYNC_OPS(fn)                                                          \
    {                                                                          \
        .name = #fn, .poll = fn##_poll, .drop = async_drop,                    \
        .children = async_children, .file = __FILE__, .line = async_line       \
    }

/* A local that an AWAIT would lose is a compile error.  It has these wordings:
 * "switch jumps over variable initialization", "may be uninitialized", "is
 * uninitialized", "mixed declarations and code".  Move it into the frame, or
 * into { } without AWAIT.  (`ignored` comes first; otherwise GCC keeps the
 * warning on after the pop.) */
#if defined(__clang__)
#define ASYNC_LOST_LOCAL_ "-Wconditional-uninitialized"
#pragma GCC diagnostic ignored "-Wconditional-uninitialized"
#pragma GCC diagnostic warning "-Wuninitialized" /* lets it look */
#else
#define ASYNC_LOST_LOCAL_ "-Wjump-misses-init"
#pragma GCC diagnostic ignored "-Wjump-misses-init"
#endif
#pragma GCC diagnostic ignored "-Wdeclaration-after-statement"
#define ASYNC_PRAGMA_(x) _Pragma(#x)
#define ASYNC_ERROR_(warning) ASYNC_PRAGMA_(GCC diagnostic error warning)

/* First line of an async function: jump to where the last poll stopped. */
#define ASYNC_BEGIN(type)                                                      \
    type *const self = container_of(f, type, async.future);                    \
    struct async *const async_ = &self->async;                                 \
    _Pragma("GCC diagnostic push")                                             \
    ASYNC_ERROR_("-Wdeclaration-after-statement")                              \
    ASYNC_ERROR_("-Wincompatible-pointer-types")                               \
    ASYNC_ERROR_("-Wint-conversion")                                           \
    ASYNC_ERROR_(ASYNC_LOST_LOCAL_)                                            \
    ASYNC_ERROR_("-Wuninitialized")                                            \
    (void)cx;                                                                  \
    if (0) /* uses the label also where nothing returns early */               \
        goto async_resume_;                                                    \
    async_resume_:                                                             \
    switch (async_->state) {                                                   \
    default:                                                                   \
        return async_end_(async_);                                             \
    case ASYNC_START: {                                                        \
        enum { AWAIT_only_between_ASYNC_BEGIN_and_ASYNC_FINALLY };             \
        (void)0

/* Leave with PENDING, and go on below in the next poll: C allows a case label
 * inside a loop.  For AWAIT, and for what is built like it. */
#define ASYNC_SUSPEND()                                                        \
    do {                                                                       \
        (void)AWAIT_only_between_ASYNC_BEGIN_and_ASYNC_FINALLY;                \
        async_->state = __LINE__;                                              \
        return POLL_PENDING;                                                   \
    case __LINE__:;                                                            \
    } while (0)

/* Suspend until the future is ready.  `fut` is evaluated once, so it may call a
 * constructor; the loop then polls it again in each poll.  AWAIT has no value:
 * the result is in the child's struct. */
#define AWAIT(fut)                                                             \
    do {                                                                       \
        for (async_->child = (fut); async_pending_(async_, cx);)               \
            ASYNC_SUSPEND();                                                   \
    } while (0)

/* Finish now, with a result:  ASYNC_RETURN(self->result = 42); */
#define ASYNC_RETURN(...)                                                      \
    do {                                                                       \
        (void)AWAIT_only_between_ASYNC_BEGIN_and_ASYNC_FINALLY;                \
        __VA_ARGS__;                                                           \
        async_->state = ASYNC_UNWIND;                                          \
        goto async_resume_;                                                    \
    } while (0)

/* Optional: what follows runs on return and on drop.  There cx is NULL, and
 * AWAIT is a compile error: nobody would poll this future again. */
#define ASYNC_FINALLY                                                          \
        ASYNC_RETURN((void)0);                                                 \
    }                                                                          \
    case ASYNC_UNWIND: {                                                       \
        cx = NULL;                                                             \
        (void)cx;

#define ASYNC_END                                                              \
        async_->state = ASYNC_UNWIND;                                          \
        return async_end_(async_);                                             \
    }                                                                          \
    }                                                                          \
    _Pragma("GCC diagnostic pop")                                              \
    misuse("%s: a `break` outside of a loop skips ASYNC_FINALLY; use "         \
            "ASYNC_RETURN()", f->ops->name)
/* clang-format on */
#endif
