/* otel_stock.h: another service, for a10_otel: it knows what is in the shop.
 *
 * A request is its text: an item, and the header traceparent, or "".  Nothing
 * else of the caller comes here.
 */
#ifndef A10_OTEL_STOCK_H
#define A10_OTEL_STOCK_H

#undef LOG_TARGET
#define LOG_TARGET "stock"
#include "a10_tracing/span.h"

struct take {
    struct async async;
    const char *item;
    struct sleep nap;
};

static inline enum poll take_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct take);
    AWAIT(sleep_ms(&self->nap, 40));
    if (strcmp(self->item, "gold") == 0)
        LOG(ERROR, "sold out", FIELD("left", 0));
    ASYNC_END;
}

static const struct future_ops take_ops_ = ASYNC_OPS(take);

struct stock { /* a task for each request */
    struct async async;
    char item[16];
    char header[TRACEPARENT_SIZE];
    struct traceparent parent;
    struct take take;
    struct instrument spanned;
};

static inline enum poll stock_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct stock);
    self->take =
        (struct take){ .async.future.ops = &take_ops_, .item = self->item };
    INSTRUMENT(&self->spanned, &self->take.async.future, INFO, "take",
               FIELD("item", self->item));
    if (traceparent_parse(&self->parent, self->header))
        span_set_parent(&self->spanned, &self->parent);
    AWAIT(&self->spanned.future);
    ASYNC_END;
}

static const struct future_ops stock_ops_ = ASYNC_OPS(stock);

static inline struct future *stock(struct stock *self, const char *item,
                                   const char *header)
{
    *self = (struct stock){ .async.future.ops = &stock_ops_ };
    snprintf(self->item, sizeof self->item, "%s", item);
    snprintf(self->header, sizeof self->header, "%s", header);
    return &self->async.future;
}
#endif
