/* from.h: streams out of what is already there.
 *
 * stream_empty()      ends at once
 * stream_from_array() gives each element of an array that is yours
 *
 * These never wait.  Therefore they spend the budget of a poll, see
 * a06_yield/budget.h: a loop over a million items lets other tasks run.
 */
#ifndef A09_FROM_H
#define A09_FROM_H

#include "a06_yield/budget.h"
#include "a09_streams/stream.h"

/* ---- stream_empty -------------------------------------------------------- */

static inline enum stream_poll stream_empty_poll_next(struct stream *s,
                                                      struct context *cx)
{
    (void)s, (void)cx;
    return STREAM_END;
}

static const struct stream_ops stream_empty_ops_ = {
    .name = "stream_empty",
    .poll_next = stream_empty_poll_next,
    .drop = stream_drop_nothing,
};

static inline struct stream *stream_empty(struct stream *self)
{
    *self = (struct stream){ .ops = &stream_empty_ops_ };
    return self;
}

/* ---- stream_from_array --------------------------------------------------- */

struct stream_array {
    struct stream stream;
    char *next, *end;
    size_t size; /* of an element */
};

static inline enum stream_poll stream_array_poll_next(struct stream *s,
                                                      struct context *cx)
{
    struct stream_array *self = container_of(s, struct stream_array, stream);
    if (self->next == self->end)
        return STREAM_END;
    if (!budget_spend(cx))
        return STREAM_PENDING;
    s->item = self->next;
    self->next += self->size;
    return STREAM_ITEM;
}

static const struct stream_ops stream_array_ops_ = {
    .name = "stream_array",
    .poll_next = stream_array_poll_next,
    .drop = stream_drop_nothing,
};

/* Each item is a pointer to an element of the array, which stays yours. */
#define stream_from_array(self, array, n) \
    stream_from_array_(self, array, n, sizeof *(array))
static inline struct stream *stream_from_array_(struct stream_array *self,
                                                void *array, size_t n,
                                                size_t size)
{
    *self = (struct stream_array){ .stream.ops = &stream_array_ops_,
                                   .next = array,
                                   .end = (char *)array + n * size,
                                   .size = size };
    return &self->stream;
}
#endif
