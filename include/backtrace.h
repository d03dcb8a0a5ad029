/* backtrace.h: where does a future wait?
 *
 * The call stack of a debugger shows the run loop, because a future that waits
 * is on no stack.  What it waits for is in its struct, so the async backtrace
 * follows future_ops.children from future to future, and shows a tree:
 *
 *     host at a05_spawn.c:131 -> join_two
 *       |- ticker at a05_spawn.c:63 -> sleep_ms
 *       `- counter at a05_spawn.c:87 -> sleep_ms
 *
 * Its length has a bound, whatever the number of children.  It only reads, but
 * takes no lock: call it on the thread that polls.
 */
#ifndef BACKTRACE_H
#define BACKTRACE_H

#include "future.h"

enum { BACKTRACE_CHAIN = 32, BACKTRACE_LINES = 24, BACKTRACE_DEPTH = 16 };

struct backtrace_children_ { /* what a first visit finds out */
    size_t n;
    struct future *first;
};

struct backtrace_ {
    FILE *out;
    int *lines;  /* how many the whole tree may still have */
    size_t left; /* children of this node that come after this one */
    int depth;   /* how far this level is indented */
    bool cut;    /* the rest of the children is only counted */
};

static inline void backtrace_count_(struct future *child, void *data)
{
    struct backtrace_children_ *found = data;
    if (found->n++ == 0)
        found->first = child;
}

static inline void backtrace_name_(const struct future *f, FILE *out)
{
    fputs(f->ops->name, out);
    if (f->ops->line && f->ops->line(f) > 0) {
        const char *slash = strrchr(f->ops->file, '/');
        fprintf(out, " at %s:%d", slash ? slash + 1 : f->ops->file,
                f->ops->line(f));
    }
}

static inline void backtrace_tree_(struct future *f, FILE *out, int *lines,
                                   int depth);

static inline void backtrace_branch_(struct future *child, void *data)
{
    struct backtrace_ *b = data;
    if (b->cut)
        return;
    fprintf(b->out, "\n%*s", 2 * b->depth + 2, "");
    if (*b->lines <= 0 || b->depth >= BACKTRACE_DEPTH) {
        b->cut = true;
        fprintf(b->out, "`- and %zu more", b->left);
        return;
    }
    --*b->lines;
    fputs(--b->left ? "|- " : "`- ", b->out);
    backtrace_tree_(child, b->out, b->lines, b->depth + 1);
}

/* A chain of only children stays on one line; many children have one each. */
static inline void backtrace_tree_(struct future *f, FILE *out, int *lines,
                                   int depth)
{
    struct backtrace_children_ found = { 1, f };
    const char *arrow = "";
    for (int n = 0; n < BACKTRACE_CHAIN && found.n == 1; n++) {
        f = found.first;
        if (f->ops->name) {
            fputs(arrow, out);
            backtrace_name_(f, out);
            arrow = " -> ";
        }
        found = (struct backtrace_children_){ 0, NULL };
        if (f->ops->children)
            f->ops->children(f, backtrace_count_, &found);
    }
    if (found.n == 1)
        fputs(" -> and so on", out);
    if (found.n > 1) {
        struct backtrace_ b = { out, lines, found.n, depth, false };
        f->ops->children(f, backtrace_branch_, &b);
    }
}

/* Prints where `f` waits; the last line is left open.  In a debugger:
 *     call future_backtrace(f, stderr) */
static inline void future_backtrace(const struct future *f, FILE *out)
{
    int lines = BACKTRACE_LINES;
    if (f && f->ops) /* children() only looks, so the cast does no harm */
        backtrace_tree_((struct future *)f, out, &lines, 0);
}

/* For code that polls, after POLL_PENDING: abort if nothing can wake `f`. */
static inline void context_check(const struct context *cx, struct future *f)
{
    if (!cx->mute)
        return;
    fflush(stdout);
    fputs("waiting: ", stderr);
    future_backtrace(f, stderr);
    fputc('\n', stderr);
    misuse("%s returned PENDING but took no waker, so nothing can wake it; "
           "call context_waker(cx) in every such poll and keep what it gives",
           cx->mute);
}
#endif
