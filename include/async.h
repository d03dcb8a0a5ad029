/* async.h: async functions: code that reads top to bottom, and waits.
 *
 * `fn_poll(struct future *f, struct context *cx)` is a switch on where it left
 * off, hidden in macros.  ASYNC_BEGIN comes first; leave by ASYNC_RETURN or
 * ASYNC_END, never by a bare `return` or a `break` outside of a loop; no AWAIT
 * inside a switch of your own.  From here on two warnings are off that are
 * errors inside async functions: jump-misses-init, declaration-after-statement.
 */
#ifndef ASYNC_H
#define ASYNC_H

#include "future.h"

/* What Rust's `async fn` hides: the part of the frame that remembers where we
 * are.  When poll() returns, C forgets every local, so what must live across
 * an AWAIT stands beside this in a struct of your own, the frame. */
struct async {
    struct future future;
    struct future *child; /* what we are suspended on, or NULL */
    int state;            /* the source line we are suspended at, or: */
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
        misuse_("%s: cannot resume at line %d; is that AWAIT inside a switch?",
                a->future.ops->name, a->state);
    a->state = ASYNC_OVER;
    return POLL_READY;
}

/* Cancel: first the child, then our own ASYNC_FINALLY. */
static inline void async_drop(struct future *f)
{
    struct async *a = container_of(f, struct async, future);
    future_drop(a->child);
    a->child = NULL;
    if (a->state > ASYNC_START) {
        a->state = ASYNC_UNWIND;
        (void)f->ops->poll(f, NULL);
    }
}

/* clang-format off */
#define ASYNC_OPS(fn)                                                          \
    { .name = #fn, .poll = fn##_poll, .drop = async_drop, .file = __FILE__ }

/* A local that an AWAIT would lose is a compile error; three wordings: "switch
 * jumps over variable initialization", "may be uninitialized" and "mixed
 * declarations and code".  Move it into the frame, or into { } without AWAIT.
 * (`ignored` first: or GCC keeps the warning on after the pop.) */
#if defined(__clang__)
#define ASYNC_LOST_LOCAL_ "-Wconditional-uninitialized"
#pragma GCC diagnostic ignored "-Wconditional-uninitialized"
#pragma GCC diagnostic warning "-Wuninitialized" /* or it never looks */
#else
#define ASYNC_LOST_LOCAL_ "-Wjump-misses-init"
#pragma GCC diagnostic ignored "-Wjump-misses-init"
#endif
#pragma GCC diagnostic ignored "-Wdeclaration-after-statement"
#define ASYNC_PRAGMA_(x) _Pragma(#x)
#define ASYNC_ERROR_(warning) ASYNC_PRAGMA_(GCC diagnostic error warning)

/* First line of an async function: go on where the last poll left off. */
#define ASYNC_BEGIN(type)                                                      \
    type *const self = container_of(f, type, async.future);                    \
    struct async *const async_ = &self->async;                                 \
    _Pragma("GCC diagnostic push")                                             \
    ASYNC_ERROR_("-Wdeclaration-after-statement")                              \
    ASYNC_ERROR_("-Wincompatible-pointer-types")                               \
    ASYNC_ERROR_("-Wint-conversion")                                           \
    ASYNC_ERROR_(ASYNC_LOST_LOCAL_)                                            \
    (void)cx;                                                                  \
    if (0) /* or the label counts as unused where nothing returns */           \
        goto async_resume_;                                                    \
    async_resume_:                                                             \
    switch (async_->state) {                                                   \
    default:                                                                   \
        return async_end_(async_);                                             \
    case ASYNC_START: {                                                        \
        enum { AWAIT_only_between_ASYNC_BEGIN_and_ASYNC_FINALLY };             \
        (void)0

/* Suspend until the future is ready.  Evaluated once: call a constructor.  The
 * case label stands inside a loop, as C allows: the next poll jumps to it, and
 * the loop goes on by polling the child again. */
#define AWAIT(fut)                                                             \
    do {                                                                       \
        (void)AWAIT_only_between_ASYNC_BEGIN_and_ASYNC_FINALLY;                \
        for (async_->child = (fut); async_pending_(async_, cx);) {             \
            async_->state = __LINE__;                                          \
            return POLL_PENDING;                                               \
    case __LINE__:;                                                            \
        }                                                                      \
    } while (0)

/* Finish now, with a result:  ASYNC_RETURN(self->result = 42); */
#define ASYNC_RETURN(...)                                                      \
    do {                                                                       \
        (void)AWAIT_only_between_ASYNC_BEGIN_and_ASYNC_FINALLY;                \
        __VA_ARGS__;                                                           \
        async_->state = ASYNC_UNWIND;                                          \
        goto async_resume_;                                                    \
    } while (0)

/* Optional: what follows runs on return and on cancel.  There, cx is NULL. */
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
    misuse_("%s: a `break` outside of a loop skips ASYNC_FINALLY; use "        \
            "ASYNC_RETURN()", f->ops->name)
/* clang-format on */

/* ---- Where does it stand? ------------------------------------------------ */

/* The async backtrace: "consumer at a08_mpsc.c:41 -> mpsc_recv". */
static inline void future_backtrace(const struct future *f, FILE *out)
{
    for (const char *arrow = ""; f; arrow = " -> ") {
        const struct async *a = (const void *)f;
        fprintf(out, "%s%s", arrow, f->ops->name);
        if (!f->ops->file)
            return;
        const char *slash = strrchr(f->ops->file, '/');
        const char *file = slash ? slash + 1 : f->ops->file;
        if (a->state > ASYNC_START)
            fprintf(out, " at %s:%d", file, a->state);
        f = a->child;
    }
}

/* For those who poll, after PENDING: abort if nothing can ever wake `f`. */
static inline void context_check(const struct context *cx, struct future *f)
{
    if (!cx->mute_)
        return;
    fflush(stdout);
    fputs("waiting: ", stderr);
    future_backtrace(f, stderr);
    fputc('\n', stderr);
    misuse_("%s returned PENDING but took no waker, so nothing can wake it; "
            "call context_waker(cx) in every such poll and keep what it gives",
            cx->mute_);
}
#endif
