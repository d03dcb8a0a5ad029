/* block_on.h: from plain code into async code, and back with a result.
 *
 * block_on() makes a task that polls the caller's future in place, and runs the
 * executor until that task is over.
 */
#ifndef BLOCK_ON_H
#define BLOCK_ON_H

#include "run.h"

struct block_on { /* the future of block_on()'s task */
    struct future future;
    struct future *inner; /* the caller's, which stays where it is */
};

static inline enum poll block_on_poll(struct future *f, struct context *cx)
{
    return future_poll(container_of(f, struct block_on, future)->inner, cx);
}

static inline void block_on_drop(struct future *f)
{
    future_drop(container_of(f, struct block_on, future)->inner);
}

static inline void block_on_children(struct future *f, future_visit *visit,
                                     void *data)
{
    visit(container_of(f, struct block_on, future)->inner, data);
}

static const struct future_ops block_on_ops_ = {
    .poll = block_on_poll,
    .drop = block_on_drop,
    .children = block_on_children,
};

/* Run until `f` is READY, and not one poll longer.  `f` stays the caller's, and
 * must not move meanwhile.  Other tasks run, too; those that are left stay. */
static inline void block_on(struct executor *ex, struct future *f)
{
    struct block_on *self;
    struct task *t;
    executor_check(ex, "block_on()");
    self = task_slot(struct block_on);
    *self = (struct block_on){ .future.ops = &block_on_ops_, .inner = f };
    t = task_of_slot(&self->future, "block_on()");
    t->handle = true;
    task_start(ex, t, f ? f->ops : NULL);
    executor_run_until(ex, t);
    task_detach(t);
}
#endif
