/* shop.h: what a10_service is about: prices and orders.
 *
 *     GET  /price/tea      {"item": "tea", "cents": 250}
 *     POST /orders         {"item": "tea", "count": 2}: 201, and the order
 *     GET  /orders/1       {"id": 1, "item": "tea", "count": 2, "cents": 500}
 *
 * Only a warehouse knows the prices.  It is slow, and it is behind an
 * interface: the shop is handed one, and a test hands it another one.  Nothing
 * here is global.
 *
 * errors   404: no such item or order.  502: the warehouse fails.
 *          504: it did not answer within shop->patience ms; it is dropped.
 *          400: the body is not JSON.  422: it is JSON, but not an order.
 * memory   The shop remembers the last SHOP_ORDERS orders.
 */
#ifndef A10_SHOP_H
#define A10_SHOP_H

#include "a07_select/timeout.h"
#include "a10_tracing/http_json.h"

enum { SHOP_ITEM = 32, SHOP_ORDERS = 1000, SHOP_COUNT = 1000 };

/* ---- The warehouse: one async method ------------------------------------- */

struct warehouse {
    const struct warehouse_ops *ops;
};

struct warehouse_price { /* what it answers */
    int status;          /* 0, UV_ENOENT: no such item, or another error */
    long cents;
};

struct warehouse_ops {
    size_t frame; /* bytes that the future of `ask` needs */
    /* `item` and `into` stay until READY or drop. */
    struct future *(*ask)(void *frame, struct warehouse *w, const char *item,
                          struct warehouse_price *into);
};

/* ---- The shop ------------------------------------------------------------ */

struct shop_order {
    char item[SHOP_ITEM];
    int count;
    long cents;
};

struct shop {
    struct warehouse *warehouse;
    uint64_t patience; /* ms that it may take for an answer */
    unsigned orders;   /* how many there were: the next one has this id + 1 */
    struct shop_order last[SHOP_ORDERS];
};

static inline struct shop_order *shop_slot_(struct shop *shop, unsigned id)
{
    return &shop->last[(id - 1) % SHOP_ORDERS];
}

/* Its id. */
static inline unsigned shop_add(struct shop *shop,
                                const struct shop_order *order)
{
    *shop_slot_(shop, ++shop->orders) = *order;
    return shop->orders;
}

/* NULL: there is none, or it is forgotten. */
static inline const struct shop_order *shop_find(struct shop *shop,
                                                 const char *text)
{
    char *end;
    unsigned long id = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || id < 1 || id > shop->orders ||
        shop->orders - id >= SHOP_ORDERS)
        return NULL;
    return shop_slot_(shop, (unsigned)id);
}

/* ---- Ask the warehouse, but not for ever --------------------------------- */

struct shop_ask {
    struct async async;
    struct shop *shop;
    const char *item;
    struct http_request *request;
    void *frame; /* of the warehouse's future: only the warehouse knows its
                    size */
    struct warehouse_price price;
    struct timeout timeout;
    bool known; /* result: price.cents is; otherwise the request has a reply */
};

static inline void shop_ask_judge_(struct shop_ask *self)
{
    int status =
        self->timeout.status ? self->timeout.status : self->price.status;
    self->known = status == 0;
    if (status == UV_ETIMEDOUT)
        http_reply_error(self->request, 504, "the warehouse is too slow");
    else if (status == UV_ENOENT)
        http_reply_error(self->request, 404, "no such item: %s", self->item);
    else if (status)
        http_reply_error(self->request, 502, "the warehouse: %s",
                         uv_strerror(status));
}

static inline struct future *shop_ask_begin_(struct shop_ask *self)
{
    struct warehouse *w = self->shop->warehouse;
    struct future *f = w->ops->ask(self->frame, w, self->item, &self->price);
    return timeout_ms(&self->timeout, f, self->shop->patience);
}

static inline enum poll shop_ask_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct shop_ask);
    self->frame = malloc(self->shop->warehouse->ops->frame);
    if (!self->frame)
        ASYNC_RETURN(http_reply_error(self->request, 503, "not enough memory"));
    AWAIT(shop_ask_begin_(self));
    shop_ask_judge_(self);
    ASYNC_FINALLY
    free(self->frame);
    ASYNC_END;
}

static const struct future_ops shop_ask_ops_ = ASYNC_OPS(shop_ask);

static inline struct future *shop_ask(struct shop_ask *self, struct shop *shop,
                                      const char *item,
                                      struct http_request *request)
{
    *self = (struct shop_ask){ .async.future.ops = &shop_ask_ops_,
                               .shop = shop,
                               .item = item,
                               .request = request };
    return &self->async.future;
}

/* ---- GET /price/ITEM ----------------------------------------------------- */

struct shop_price {
    struct async async;
    struct http_request *request;
    struct shop *shop;
    struct shop_ask ask;
};

static inline enum poll shop_price_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct shop_price);
    AWAIT(shop_ask(&self->ask, self->shop, self->request->rest, self->request));
    if (self->ask.known)
        http_reply_json(self->request, 200,
                        json_pack("{s:o, s:I}", "item",
                                  json_text(self->request->rest), "cents",
                                  (json_int_t)self->ask.price.cents));
    ASYNC_END;
}

static const struct future_ops shop_price_ops_ = ASYNC_OPS(shop_price);

static inline struct future *shop_price(void *frame, struct http_request *r,
                                        void *shop)
{
    struct shop_price *self = frame;
    *self = (struct shop_price){ .async.future.ops = &shop_price_ops_,
                                 .request = r,
                                 .shop = shop };
    return &self->async.future;
}

/* ---- POST /orders -------------------------------------------------------- */

static inline void shop_reply_order_(struct http_request *r, int status,
                                     unsigned id,
                                     const struct shop_order *order)
{
    http_reply_json(r, status,
                    json_pack("{s:i, s:s, s:i, s:I}", "id", (int)id, "item",
                              order->item, "count", order->count, "cents",
                              (json_int_t)order->cents));
}

/* False: then it has its reply. */
static inline bool shop_read_order_(struct http_request *r,
                                    struct shop_order *order)
{
    json_t *json = http_json(r);
    const char *item = json_string_value(json_object_get(json, "item"));
    json_int_t count = json_integer_value(json_object_get(json, "count"));
    bool good = item && *item && strlen(item) < SHOP_ITEM && count >= 1 &&
                count <= SHOP_COUNT;
    if (json && !good)
        http_reply_error(r, 422,
                         "an order has an item of 1 to %d bytes and a count "
                         "from 1 to %d",
                         SHOP_ITEM - 1, SHOP_COUNT);
    if (good) {
        strcpy(order->item, item);
        order->count = (int)count;
    }
    json_decref(json);
    return good;
}

struct shop_buy {
    struct async async;
    struct http_request *request;
    struct shop *shop;
    struct shop_order order;
    unsigned id;
    struct shop_ask ask;
};

static inline enum poll shop_buy_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct shop_buy);
    if (!shop_read_order_(self->request, &self->order))
        ASYNC_RETURN();
    AWAIT(shop_ask(&self->ask, self->shop, self->order.item, self->request));
    if (!self->ask.known)
        ASYNC_RETURN();
    self->order.cents = self->ask.price.cents * self->order.count;
    self->id = shop_add(self->shop, &self->order);
    shop_reply_order_(self->request, 201, self->id, &self->order);
    http_reply_header(self->request, "Location", "/orders/%u", self->id);
    ASYNC_END;
}

static const struct future_ops shop_buy_ops_ = ASYNC_OPS(shop_buy);

static inline struct future *shop_buy(void *frame, struct http_request *r,
                                      void *shop)
{
    struct shop_buy *self = frame;
    *self = (struct shop_buy){ .async.future.ops = &shop_buy_ops_,
                               .request = r,
                               .shop = shop };
    return &self->async.future;
}

/* ---- GET /orders/ID ------------------------------------------------------ */

struct shop_show {
    struct async async;
    struct http_request *request;
    struct shop *shop;
    const struct shop_order *order; /* or NULL */
};

static inline enum poll shop_show_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct shop_show);
    self->order = shop_find(self->shop, self->request->rest);
    if (self->order)
        shop_reply_order_(self->request, 200,
                          (unsigned)strtoul(self->request->rest, NULL, 10),
                          self->order);
    else
        http_reply_error(self->request, 404, "no such order");
    ASYNC_END;
}

static const struct future_ops shop_show_ops_ = ASYNC_OPS(shop_show);

static inline struct future *shop_show(void *frame, struct http_request *r,
                                       void *shop)
{
    struct shop_show *self = frame;
    *self = (struct shop_show){ .async.future.ops = &shop_show_ops_,
                                .request = r,
                                .shop = shop };
    return &self->async.future;
}
#endif
