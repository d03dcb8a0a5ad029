/* Exercise: work through many jobs, and only so many at a time.
 *
 * Read:   notes/a04_join.md, "Only so many at a time"
 * Build:  for_each(), READY when the source has no more jobs and all jobs that
 *         were begun are over.
 * Why:    A thousand downloads at once are too much for the server, and for
 *         you.  Run three at a time, and begin a new one as soon as one is
 *         over.
 * Rules:  next() makes a job, and then the job has begun.  So call it only when
 *         a slot is free.  After it has returned NULL, do not call it again.
 *         As long as there are jobs, `limit` of them are under way (the page
 *         says: in flight).  A new job begins as soon as any of them is over,
 *         not when all of them are.
 *         Each poll polls every job under way.  When you return PENDING, each
 *         job under way must have been polled, because only a poll leaves a
 *         waker.
 *         A drop drops the jobs under way; the others have not begun.
 * Check:  ./learn check a04_for_each_limit
 */
#include "future.h"

struct for_each {
    struct future future;
    struct future *(*next)(void *data); /* the next job; NULL: no more */
    void *data;                         /* what next() wants */
    struct future **slots;              /* `limit` of them; NULL: room */
    int limit;                          /* at least 1 */
    bool no_more;                       /* next() has returned NULL */
};

static enum poll for_each_poll(struct future *f, struct context *cx)
{
    struct for_each *self = container_of(f, struct for_each, future);
    bool waits = false;
    for (int i = 0; i < self->limit;) {
        if (!self->slots[i] && !self->no_more)
            self->slots[i] = self->next(self->data);
        if (!self->slots[i]) {
            self->no_more = true;
            i++;
        } else if (future_poll(self->slots[i], cx) == POLL_PENDING) {
            waits = true;
            i++;
        } else {
            self->slots[i] = NULL; /* room for another: the same slot again */
        }
    }
    return waits ? POLL_PENDING : POLL_READY;
}

static void for_each_drop(struct future *f)
{
    struct for_each *self = container_of(f, struct for_each, future);
    for (int i = 0; i < self->limit; i++)
        future_drop(self->slots[i]);
}

static const struct future_ops for_each_ops = { .name = "for_each",
                                                .poll = for_each_poll,
                                                .drop = for_each_drop };

/* slots: an array of `limit` pointers, the caller's. */
static struct future *for_each(struct for_each *self,
                               struct future *(*next)(void *data), void *data,
                               struct future **slots, int limit)
{
    *self = (struct for_each){ .future.ops = &for_each_ops,
                               .next = next,
                               .data = data,
                               .slots = slots,
                               .limit = limit };
    for (int i = 0; i < limit; i++)
        slots[i] = NULL;
    return &self->future;
}
