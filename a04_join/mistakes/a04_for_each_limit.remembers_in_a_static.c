/* Expect: what one remembers belongs into its struct */
/* Put back at the end, but there may be two at the same time. */
#include "future.h"

struct for_each {
    struct future future;
    struct future *(*next)(void *data); /* the next job; NULL: no more */
    void *data;                         /* what next() wants */
    struct future **slots;              /* `limit` of them; NULL: room */
    int limit;                          /* at least 1 */
    bool no_more;                       /* next() has said so */
};

static enum poll for_each_poll(struct future *f, struct context *cx)
{
    struct for_each *self = container_of(f, struct for_each, future);
    static bool no_more;
    bool waits = false;
    for (int i = 0; i < self->limit;) {
        if (!self->slots[i] && !no_more)
            self->slots[i] = self->next(self->data);
        if (!self->slots[i]) {
            no_more = true;
            i++;
        } else if (future_poll(self->slots[i], cx) == POLL_PENDING) {
            waits = true;
            i++;
        } else {
            self->slots[i] = NULL; /* room for another: the same slot again */
        }
    }
    if (!waits)
        no_more = false;
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
