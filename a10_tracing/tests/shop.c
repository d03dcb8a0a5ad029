/* The handlers of a10_service and what stands below them, without a server: a
 * request is a struct that the test fills in, the warehouse is a fake. */
#include "tests/by_hand.h"
#include "tests/every_drop.h"

/* The n-th allocation from now fails, once. */
static int calls_left = -1;
#define FAILS() (calls_left >= 0 && calls_left-- == 0)
#define malloc(size) (FAILS() ? NULL : malloc(size))
#include "a10_tracing/shop.h"
#undef malloc
#include "a10_tracing/http_routes.h"
#include <stddef.h>

/* ---- A warehouse that answers when the test says so ---------------------- */

static struct {
    struct warehouse warehouse;
    struct probe probe;
    struct warehouse_price price; /* what it answers */
    char asked[64];               /* for this item */
    int asks, frees;
} fake;

struct fake_ask {
    struct async async;
    struct warehouse_price *into;
    void *memory; /* so that a leak checker sees a drop that is forgotten */
};

static enum poll fake_ask_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fake_ask);
    AWAIT(probe(&fake.probe, "w"));
    *self->into = fake.price;
    ASYNC_FINALLY
    fake.frees++;
    free(self->memory);
    ASYNC_END;
}

static const struct future_ops fake_ask_ops = ASYNC_OPS(fake_ask);

static struct future *fake_ask(void *frame, struct warehouse *w,
                               const char *item, struct warehouse_price *into)
{
    struct fake_ask *self = frame;
    *self = (struct fake_ask){ .async.future.ops = &fake_ask_ops,
                               .into = into,
                               .memory = malloc(1) };
    assert_ptr_equal(w, &fake.warehouse);
    snprintf(fake.asked, sizeof fake.asked, "%s", item);
    fake.asks++;
    return &self->async.future;
}

static const struct warehouse_ops fake_ops = { .frame = sizeof(struct fake_ask),
                                               .ask = fake_ask };

static const struct http_route routes[] = {
    { "GET", "/price/{item}", sizeof(struct shop_price), shop_price },
    { "POST", "/orders", sizeof(struct shop_buy), shop_buy },
    { "GET", "/orders", sizeof(struct shop_show), shop_show },
    { "GET", "/orders/{id}", sizeof(struct shop_show), shop_show },
    { .method = NULL },
};

static struct shop shop;
static struct http_request request;
struct frame { /* for any of the handlers */
    max_align_t bytes[64];
};
static struct frame frame; /* of one that is not polled */

static void open_shop(void)
{
    up(&virtual_clock);
    memset(&fake, 0, sizeof fake);
    memset(&shop, 0, sizeof shop);
    fake.warehouse.ops = &fake_ops;
    fake.price.cents = 250;
    shop.warehouse = &fake.warehouse;
    shop.patience = 100;
    calls_left = -1;
}

static void close_shop(void)
{
    http_reply_clear(&request);
    down();
}

static struct future *ask(void *memory, const char *method, const char *path,
                          const char *body)
{
    const struct http_route *route;
    http_reply_clear(&request);
    request = (struct http_request){
        .method = method, .path = path, .body = body, .size = strlen(body)
    };
    assert_true(http_routes_frame(routes) <= sizeof(struct frame));
    route = http_routes_find(routes, &request);
    return route ? route->handler(memory, &request, &shop) : NULL;
}

/* The task of a handler, which has had its first poll. */
static struct task *ask_task(const char *method, const char *path,
                             const char *body)
{
    struct task *t =
        task_spawn(&ex, ask(task_slot(struct frame), method, path, body));
    let_run(1);
    return t;
}

/* What the handler answers, when the warehouse answers at once. */
static void answers(const char *method, const char *path, const char *body,
                    int status, const char *reply)
{
    struct task *t = ask_task(method, path, body);
    probe_open(&fake.probe);
    executor_run(&ex);
    task_detach(t);
    assert_int_equal(request.status, status);
    assert_string_equal(request.reply, reply);
}

/* ---- Routes -------------------------------------------------------------- */

/* SERV-01 */
static void a_path_has_one_route(void **state)
{
    open_shop();
    assert_non_null(ask(&frame, "GET", "/price/tea", ""));
    assert_string_equal(request.rest, "tea");
    assert_non_null(ask(&frame, "HEAD", "/price/tea", ""));
    assert_non_null(ask(&frame, "GET", "/price/\n\"", ""));
    assert_non_null(ask(&frame, "POST", "/orders", ""));
    assert_string_equal(request.rest, "");
    assert_null(ask(&frame, "GET", "/price/", ""));
    assert_int_equal(request.status, 404);
    assert_null(ask(&frame, "GET", "/price/tea/1", ""));
    assert_null(ask(&frame, "GET", "/price", ""));
    assert_null(ask(&frame, "GET", "/order", ""));
    assert_null(ask(&frame, "GET", "", ""));
    assert_null(ask(&frame, "POST", "/pricetag", ""));
    assert_int_equal(request.status, 404);
    assert_string_equal(request.reply,
                        "{\"error\": \"there is no /pricetag\"}\n");
    close_shop();
}

/* SERV-01 */
static void another_method_is_told_which_there_are(void **state)
{
    open_shop();
    assert_null(ask(&frame, "DELETE", "/orders", ""));
    assert_int_equal(request.status, 405);
    assert_string_equal(request.headers[0].name, "Allow");
    assert_string_equal(request.headers[0].value, "POST, GET, HEAD");
    assert_null(ask(&frame, "get", "/orders/7", ""));
    assert_string_equal(request.headers[0].value, "GET, HEAD");
    close_shop();
}

/* ---- Handlers ------------------------------------------------------------ */

/* SERV-02: it is no lack of memory */
static void an_item_may_be_no_utf8(void **state)
{
    open_shop();
    answers("GET", "/price/t\xff", "", 200,
            "{\"item\": \"t?\", \"cents\": 250}\n");
    assert_false(request.lacked);
    close_shop();
}

/* SERV-02 */
static void a_handler_works_with_what_it_is_handed(void **state)
{
    open_shop();
    answers("GET", "/price/tea", "", 200,
            "{\"item\": \"tea\", \"cents\": 250}\n");
    assert_string_equal(fake.asked, "tea");
    answers("POST", "/orders", "{\"item\": \"silk\", \"count\": 3}", 201,
            "{\"id\": 1, \"item\": \"silk\", \"count\": 3, \"cents\": 750}\n");
    assert_string_equal(fake.asked, "silk");
    assert_string_equal(request.headers[0].value, "/orders/1");
    answers("GET", "/orders/1", "", 200,
            "{\"id\": 1, \"item\": \"silk\", \"count\": 3, \"cents\": 750}\n");
    assert_int_equal(fake.asks, 2);
    assert_int_equal(fake.frees, 2);
    close_shop();
}

/* SERV-02 */
static void what_the_warehouse_cannot_say_has_a_status(void **state)
{
    open_shop();
    fake.price.status = UV_ENOENT;
    answers("GET", "/price/x\"\t\xff", "", 404,
            "{\"error\": \"no such item: x\\\"??\"}\n");
    fake.price.status = UV_ECONNREFUSED;
    answers("POST", "/orders", "{\"item\": \"tea\", \"count\": 1}", 502,
            "{\"error\": \"the warehouse: connection refused\"}\n");
    assert_int_equal(shop.orders, 0);
    close_shop();
}

/* SERV-03 */
static void a_warehouse_that_is_too_slow_is_dropped(void **state)
{
    struct task *t;
    struct sleep nap;
    open_shop();
    t = ask_task("GET", "/price/tea", "");
    block_on(&ex, sleep_ms(&nap, 99));
    assert_int_equal(request.status, 0);
    assert_int_equal(fake.frees, 0);
    block_on(&ex, sleep_ms(&nap, 1));
    let_run(2);
    assert_int_equal(request.status, 504);
    assert_int_equal(fake.frees, 1);
    assert_string_equal(request.reply,
                        "{\"error\": \"the warehouse is too slow\"}\n");
    task_detach(t);
    close_shop();
}

/* What follows is jansson's, in words that differ from version to version. */
static void is_broken(const char *body, const char *where)
{
    char words[100];
    struct task *t = ask_task("POST", "/orders", body);
    executor_run(&ex);
    task_detach(t);
    assert_int_equal(request.status, 400);
    snprintf(words, sizeof words,
             "{\"error\": \"the body is not JSON: %s: ", where);
    assert_memory_equal(request.reply, words, strlen(words));
}

/* SERV-04 */
static void broken_json_is_told_where(void **state)
{
    open_shop();
    is_broken("{\"item\": \"tea\",\n \"count\": }", "line 2, column 11");
    is_broken("", "line 1, column 0");
    is_broken("{\"item\": 1, \"item\": 2}", "line 1, column 18");
    is_broken("{\"item\": \"\xff\"}", "line 1, column 10");
    answers("POST", "/orders", "[1]", 400,
            "{\"error\": \"the body is JSON, but not an object\"}\n");
    assert_int_equal(fake.asks, 0);
    close_shop();
}

/* SERV-04 */
static void an_order_that_makes_no_sense_is_refused(void **state)
{
    static const char *const orders[] = {
        "{}",
        "{\"item\": \"tea\"}",
        "{\"item\": \"\", \"count\": 1}",
        "{\"item\": 7, \"count\": 1}",
        "{\"item\": \"tea\", \"count\": 0}",
        "{\"item\": \"tea\", \"count\": -1}",
        "{\"item\": \"tea\", \"count\": 1001}",
        "{\"item\": \"tea\", \"count\": 1.5}",
        "{\"item\": \"tea\", \"count\": \"2\"}",
        "{\"item\": \"12345678901234567890123456789012\", \"count\": 1}",
    };
    open_shop();
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++)
        answers("POST", "/orders", orders[i], 422,
                "{\"error\": \"an order has an item of 1 to 31 bytes and a "
                "count from 1 to 1000\"}\n");
    answers("POST", "/orders",
            "{\"item\": \"1234567890123456789012345678901\", \"count\": 1000}",
            201,
            "{\"id\": 1, \"item\": \"1234567890123456789012345678901\", "
            "\"count\": 1000, \"cents\": 250000}\n");
    close_shop();
}

/* SERV-05 */
static void the_last_orders_are_remembered(void **state)
{
    const struct shop_order order = { .item = "tea", .count = 1 };
    char path[32];
    open_shop();
    for (int i = 0; i < SHOP_ORDERS + 1; i++)
        shop_add(&shop, &order);
    assert_null(shop_find(&shop, "1"));
    assert_non_null(shop_find(&shop, "2"));
    snprintf(path, sizeof path, "%d", SHOP_ORDERS + 1);
    assert_non_null(shop_find(&shop, path));
    snprintf(path, sizeof path, "%d", SHOP_ORDERS + 2);
    assert_null(shop_find(&shop, path));
    assert_null(shop_find(&shop, "0"));
    assert_null(shop_find(&shop, "-5"));
    assert_null(shop_find(&shop, "5x"));
    assert_null(shop_find(&shop, ""));
    assert_null(shop_find(&shop, "99999999999999999999999"));
    answers("GET", "/orders/1", "", 404, "{\"error\": \"no such order\"}\n");
    close_shop();
}

/* SERV-09 */
static void a_reply_replaces_the_one_before(void **state)
{
    open_shop();
    memset(&request, 0, sizeof request);
    http_reply(&request, 200, "text/plain", "hello");
    http_reply_header(&request, "X-A", "%d", 7);
    http_reply_error(&request, 404, "no");
    assert_int_equal(request.status, 404);
    assert_string_equal(request.type, "application/json");
    assert_string_equal(request.reply, "{\"error\": \"no\"}\n");
    assert_int_equal(request.reply_size, strlen(request.reply));
    assert_null(request.headers[0].name);
    http_reply_clear(&request);
    assert_int_equal(request.reply_size, 0);
    close_shop();
}

/* SERV-09 */
static void what_a_client_sent_begins_no_other_header(void **state)
{
    char much[2 * HTTP_HEADER];
    open_shop();
    memset(&request, 0, sizeof request);
    memset(much, 'x', sizeof much - 1);
    much[sizeof much - 1] = '\0';
    http_reply_header(&request, "X-A", "a\r\nSet-Cookie: b\x7f\xc3\xa9");
    assert_string_equal(request.headers[0].value, "a??Set-Cookie: b?\xc3\xa9");
    http_reply_header(&request, "X-Empty", "%s", "");
    http_reply_header(&request, "X-Long", "%s", much);
    assert_string_equal(request.headers[1].name, "X-Long");
    assert_int_equal(strlen(request.headers[1].value), HTTP_HEADER - 1);
    assert_null(request.headers[2].name);
    close_shop();
}

static void write_too_many_headers(void)
{
    for (int i = 0; i <= HTTP_HEADERS; i++)
        http_reply_header(&request, "X-More", "x");
}

/* SERV-09 */
static void a_header_too_many_is_told(void **state)
{
    memset(&request, 0, sizeof request);
    assert_misuse(write_too_many_headers, "X-More is one header too many");
}

/* ---- Without memory, and dropped ----------------------------------------- */

/* SERV-06 */
static void without_memory_there_is_still_a_status(void **state)
{
    open_shop();
    calls_left = 0; /* the frame of the warehouse's future */
    answers("GET", "/price/tea", "", 503,
            "{\"error\": \"not enough memory\"}\n");
    assert_int_equal(fake.asks, 0);
    calls_left = 0;
    http_reply(&request, 200, "text/plain", "hello");
    assert_int_equal(request.status, 500);
    assert_null(request.reply);
    assert_int_equal(request.reply_size, 0);
    assert_null(request.type);
    assert_true(request.lacked);
    http_reply_json(&request, 200, NULL);
    assert_int_equal(request.status, 500);
    close_shop();
}

static void *scarce_malloc(size_t size)
{
    return FAILS() ? NULL : malloc(size);
}

/* SERV-06: each allocation of jansson fails once, and no half of it is sent. */
static void a_reply_in_json_is_whole_or_none(void **state)
{
    const char *whole = "{\"item\": \"tea\", \"cents\": 250}\n";
    int k = -1, whole_ones = 0;
    memset(&request, 0, sizeof request);
    json_set_alloc_funcs(scarce_malloc, free);
    do {
        calls_left = ++k;
        http_reply_json(&request, 200,
                        json_pack("{s:s, s:i}", "item", "tea", "cents", 250));
        whole_ones += request.status == 200;
        if (request.status == 200)
            assert_string_equal(request.reply, whole);
        else
            assert_int_equal(request.status, 500);
    } while (calls_left < 0);
    json_set_alloc_funcs(malloc, free);
    assert_true(k > 5 && whole_ones >= 1 && request.status == 200);
    calls_left = -1;
    http_reply_clear(&request);
}

static struct future *make_price(void *memory)
{
    return ask(memory, "GET", "/price/tea", "");
}

static struct future *make_order(void *memory)
{
    return ask(memory, "POST", "/orders", "{\"item\": \"tea\", \"count\": 1}");
}

static void nothing(struct task *t)
{
    (void)t;
}

/* SERV-03: dropped while it waits, its own wait for the warehouse is dropped */
static void a_handler_can_be_dropped_anywhere(void **state)
{
    open_shop();
    down();
    shop.patience = 1; /* so the fake ends it */
    every_drop_beside = nothing;
    every_drop(sizeof(struct shop_price), make_price);
    every_drop(sizeof(struct shop_buy), make_order);
    assert_int_equal(fake.asks, fake.frees);
    http_reply_clear(&request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_has_one_route),
        cmocka_unit_test(another_method_is_told_which_there_are),
        cmocka_unit_test(an_item_may_be_no_utf8),
        cmocka_unit_test(a_handler_works_with_what_it_is_handed),
        cmocka_unit_test(what_the_warehouse_cannot_say_has_a_status),
        cmocka_unit_test(a_warehouse_that_is_too_slow_is_dropped),
        cmocka_unit_test(broken_json_is_told_where),
        cmocka_unit_test(an_order_that_makes_no_sense_is_refused),
        cmocka_unit_test(the_last_orders_are_remembered),
        cmocka_unit_test(a_reply_replaces_the_one_before),
        cmocka_unit_test(what_a_client_sent_begins_no_other_header),
        cmocka_unit_test(a_header_too_many_is_told),
        cmocka_unit_test(without_memory_there_is_still_a_status),
        cmocka_unit_test(a_reply_in_json_is_whole_or_none),
        cmocka_unit_test(a_handler_can_be_dropped_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
