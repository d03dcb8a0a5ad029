/* Expect: PENDING, and the task was not woken */
/* Exercise: much work, and a heartbeat that goes on.
 *
 * Build:  An async function that adds up many numbers.  After each CHUNK of
 *         them it yields, so that the others can run.
 * Why:    Nobody takes the thread away from a task.  One that computes for a
 *         second stops every timer and every connection for that second.
 * Rules:  One yield between two chunks; none before the first number, none
 *         after the last.  What must survive a yield stands in the frame.
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
    struct total *self = container_of(f, struct total, async.future);
    for (size_t k = 0; k < CHUNK && self->next < self->n; k++)
        self->sum += self->numbers[self->next++];
    if (self->next < self->n) {
        (void)context_waker(cx);
        return POLL_PENDING;
    }
    return POLL_READY;
}

static const struct future_ops total_ops = ASYNC_OPS(total);

static struct future *total(struct total *self, const int *numbers, size_t n)
{
    *self = (struct total){ .async.future.ops = &total_ops,
                            .numbers = numbers,
                            .n = n };
    return &self->async.future;
}
