/* Exercise: a handler with a timeout.
 *
 * Read:   notes/a10_tracing.md, "A small web service", down to the exercise
 * Build:  A handler that asks a backend for a price.  The backend, and the time
 *         that it may take, are in the desk; the handler gets a pointer to it.
 *             200  the backend has answered, and `cents` is the price
 *             504  it has not answered within desk->patience ms; it is dropped
 *             503  desk->most requests are handled already; it is not asked
 *             500  there is no memory for the backend's future
 * Why:    Without a limit on the time, requests to a slow backend pile up until
 *         there is no memory.
 * Rules:  Only the backend knows how large its future is, so its frame is on
 *         the heap.  While a handler has its place, it counts in desk->open.
 *         The handler gives back its place and its memory however it ends, also
 *         if the client leaves and the handler is dropped.
 * Check:  ./learn check a10_timeout_handler
 */
#include "a07_select/timeout.h"

struct backend {
    size_t frame; /* bytes that the future of ask() needs */
    struct future *(*ask)(void *frame, struct backend *backend,
                          const char *item, long *cents);
};

struct desk { /* what all handlers are handed */
    struct backend *backend;
    uint64_t patience; /* ms */
    int open, most;    /* requests that are handled, and may be */
};

struct handler {
    struct async async;
    struct desk *desk;
    const char *item;
    void *frame; /* of the backend's future, or NULL */
    bool has_place;
    struct timeout timeout;
    int status; /* result */
    long cents; /* result, if status is 200 */
};

static struct future *ask(struct handler *self)
{
    struct backend *backend = self->desk->backend;
    return backend->ask(self->frame, backend, self->item, &self->cents);
}

static enum poll handler_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct handler);
    if (self->desk->open == self->desk->most)
        ASYNC_RETURN(self->status = 503);
    self->desk->open++;
    self->has_place = true;
    self->frame = malloc(self->desk->backend->frame);
    if (!self->frame)
        ASYNC_RETURN(self->status = 500);
    AWAIT(timeout_ms(&self->timeout, ask(self), self->desk->patience));
    self->status = self->timeout.status ? 504 : 200;
    ASYNC_FINALLY
    free(self->frame);
    if (self->has_place)
        self->desk->open--;
    ASYNC_END;
}

static const struct future_ops handler_ops = ASYNC_OPS(handler);

static struct future *handler(struct handler *self, struct desk *desk,
                              const char *item)
{
    *self = (struct handler){ .async.future.ops = &handler_ops,
                              .desk = desk,
                              .item = item };
    return &self->async.future;
}
