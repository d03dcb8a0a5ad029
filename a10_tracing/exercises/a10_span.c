/* Exercise: a span around a future.
 *
 * Read:   notes/a10_tracing.md, "Whose line is this?", down to the
 *         exercise
 * Build:  A future that polls an inner one inside a span.  `current` is the
 *         span that the program is in, or NULL.  It must be your span during
 *         each poll of the inner future and during its drop, and at no other
 *         time.
 * Why:    So that each line of the log says which request it belongs to.
 * Rules:  Your span may be inside another one, and that may be a different one
 *         in each poll.  Set `closed` when the inner future is READY or
 *         dropped, and only after the span has been left.
 * Check:  ./learn check a10_span
 */
#include "future.h"

struct span {
    const char *name;
    bool closed;
};

static struct span *current; /* the span that the program is in, or NULL */

struct spanned {
    struct future future;
    struct future *inner;
    struct span span;
};

static enum poll spanned_poll(struct future *f, struct context *cx)
{
    struct spanned *self = container_of(f, struct spanned, future);
    (void)self, (void)cx;
    TODO("enter the span, poll the inner future, leave the span");
}

static void spanned_drop(struct future *f)
{
    struct spanned *self = container_of(f, struct spanned, future);
    (void)self;
    TODO("drop the inner future inside the span");
}

static const struct future_ops spanned_ops = { .name = "spanned",
                                               .poll = spanned_poll,
                                               .drop = spanned_drop };

static struct future *spanned(struct spanned *self, struct future *inner,
                              const char *name)
{
    *self = (struct spanned){ .future.ops = &spanned_ops,
                              .inner = inner,
                              .span.name = name };
    return &self->future;
}
