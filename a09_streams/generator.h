/* generator.h: a stream written as an async function.
 *
 *     struct doubler {
 *         GENERATOR;                    the first member
 *         int n, last;
 *     };
 *
 *     static enum poll doubler_poll(struct future *f, struct context *cx)
 *     {
 *         ASYNC_BEGIN(struct doubler);
 *         for (self->n = 1; self->n <= self->last; self->n *= 2)
 *             YIELD(&self->n);
 *         ASYNC_END;
 *     }
 *
 *     GENERATOR_OPS(doubler);
 *     *self = (struct doubler){ .generator = GENERATOR_OF(doubler) };
 *     return &self->generator.stream;
 *
 * YIELD gives an item.  When the next item is asked for, the function goes on
 * below the YIELD.  AWAIT waits, as in every async function.  The end of the
 * function is the end of the stream.  ASYNC_FINALLY runs at the end, or when
 * the stream is dropped.  A YIELD lets no other task run: if the loop never has
 * to wait, AWAIT a budget_step() in it, see a06_yield/budget.h.
 */
#ifndef A09_GENERATOR_H
#define A09_GENERATOR_H

#include "a09_streams/stream.h"

struct generator {
    struct async async;
    struct stream stream;
};

#define GENERATOR                   \
    union {                         \
        struct generator generator; \
        struct async async;         \
    }

#define YIELD(pointer)                           \
    do {                                         \
        self->generator.stream.item = (pointer); \
        generator_check_item_(&self->generator); \
        ASYNC_SUSPEND();                         \
    } while (0)

static inline void generator_check_item_(const struct generator *g)
{
    if (!g->stream.item)
        misuse("%s: YIELD(NULL); an item is never NULL", g->stream.name);
}

/* A poll that ends at a YIELD is PENDING, too, but it has left an item, and
 * needs no waker. */
static inline enum stream_poll generator_poll_next(struct stream *s,
                                                   struct context *cx)
{
    struct generator *self = container_of(s, struct generator, stream);
    const char *mute = cx->mute;
    s->item = NULL;
    if (future_poll(&self->async.future, cx) == POLL_READY)
        return STREAM_END;
    if (!s->item)
        return STREAM_PENDING;
    cx->mute = mute;
    return STREAM_ITEM;
}

static inline void generator_drop(struct stream *s)
{
    future_drop(&container_of(s, struct generator, stream)->async.future);
}

static inline void generator_children(struct stream *s, future_visit *visit,
                                      void *data)
{
    visit(&container_of(s, struct generator, stream)->async.future, data);
}

#define GENERATOR_OPS(fn)                                    \
    static const struct future_ops fn##_ops = ASYNC_OPS(fn); \
    static const struct stream_ops fn##_stream_ops = {       \
        .name = #fn,                                         \
        .poll_next = generator_poll_next,                    \
        .drop = generator_drop,                              \
        .children = generator_children                       \
    }

#define GENERATOR_OF(fn)                                              \
    {                                                                 \
        .async.future.ops = &fn##_ops, .stream.ops = &fn##_stream_ops \
    }
#endif
