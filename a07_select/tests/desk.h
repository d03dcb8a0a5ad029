/* desk.h: a counter desk: it hands items to those who wait, first come first
 * served; the smallest thing from which a loser could swallow something. */
#ifndef A07_TESTS_DESK_H
#define A07_TESTS_DESK_H

#include "tests/support.h"

struct desk {
    struct list waiters; /* those that take */
    int items;           /* that nobody waits for */
};

struct take {
    struct future future;
    struct desk *desk;
    struct list link;
    struct waker waker;
    bool got;
};

static inline void desk_put(struct desk *desk)
{
    struct list *first = desk->waiters.next;
    struct take *who = container_of(first, struct take, link);
    if (list_is_empty(&desk->waiters)) {
        desk->items++;
        return;
    }
    list_remove(first);
    who->got = true;
    waker_wake(who->waker);
}

static inline enum poll take_poll(struct future *f, struct context *cx)
{
    struct take *self = container_of(f, struct take, future);
    self->waker = context_waker(cx);
    if (!self->got && !self->link.next) {
        if (self->desk->items == 0) {
            list_append(&self->desk->waiters, &self->link);
            return POLL_PENDING;
        }
        self->desk->items--;
        self->got = true;
    }
    return self->got ? POLL_READY : POLL_PENDING;
}

static inline void take_drop(struct future *f)
{
    struct take *self = container_of(f, struct take, future);
    if (self->link.next)
        list_remove(&self->link);
    else if (self->got)
        desk_put(self->desk); /* granted, never taken: to the next */
}

static const struct future_ops take_ops = { .name = "take",
                                            .poll = take_poll,
                                            .drop = take_drop };

static inline struct future *take(struct take *self, struct desk *desk)
{
    *self = (struct take){ .future.ops = &take_ops, .desk = desk };
    return &self->future;
}
#endif
