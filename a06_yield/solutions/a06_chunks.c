/* Exercise: much work, and a heartbeat that goes on.
 *
 * Read:   notes/a06_yield.md, "How often?"
 * Build:  An async function that adds up many numbers.  After each CHUNK of
 *         them it yields, so that the others can run.
 * Why:    Nothing takes the thread away from a task.  A task that computes for
 *         a second stops every timer and every connection for that second.
 * Rules:  Yield once between two chunks, but not before the first number, and
 *         not after the last.  What must survive a yield is in the frame.
 * Check:  ./learn check a06_chunks
 */
#include "executor.h"

enum { CHUNK = 100 };

struct total {
    struct async async;
    const int *numbers;
    size_t n;
    size_t next; /* the first number that is not added yet */
    struct yield yield;
    long sum; /* result */
};

static enum poll total_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct total);
    while (self->next < self->n) {
        self->sum += self->numbers[self->next++];
        if (self->next % CHUNK == 0 && self->next < self->n)
            AWAIT(yield_now(&self->yield));
    }
    ASYNC_END;
}

static const struct future_ops total_ops = ASYNC_OPS(total);

static struct future *total(struct total *self, const int *numbers, size_t n)
{
    *self = (struct total){ .async.future.ops = &total_ops,
                            .numbers = numbers,
                            .n = n };
    return &self->async.future;
}
