/* How does it all come together in a real program?
 *
 * This is a small web service.  libmicrohttpd speaks HTTP, in our loop; each
 * request is a task; a handler is an async function that is handed what it
 * needs.  The prices come from a warehouse that is slow, so there is a timeout,
 * and a limit on how many requests are handled at a time.
 *
 * Run:    ./a10_service               the service and its clients, for a moment
 *         ./a10_service --port 8000   the service alone; in another terminal
 *             curl localhost:8000/price/tea
 *             curl localhost:8000/orders -d '{"item": "tea", "count": 2}'
 *             curl localhost:8000/metrics
 *         ./a10_service --port 8000 --max 10   10 at a time instead of 100
 * Watch:  Each line of the service says which request it belongs to.  Cid's
 *         warehouse is too slow, so he gets 504.  Dan leaves, and his request
 *         is dropped.  Eve is refused, because both are still there.  The
 *         service ends when Ann has the answer that she waits for.
 *
 * Expected output:
 *       20 ms  Ann: GET /price/tea
 *       40 ms  INFO   task 3  request{id=1 method="GET" path="/price/tea"}: answered status=200
 *       40 ms      Ann hears 200
 *       40 ms      Ann hears {"item": "tea", "cents": 250}
 *       60 ms  Bob: POST /orders {"item": "tea", "count": 2}
 *       80 ms  INFO   task 4  request{id=2 method="POST" path="/orders"}: answered status=201
 *       80 ms      Bob hears 201
 *       80 ms      Bob hears {"id": 1, "item": "tea", "count": 2, "cents": 500}
 *      100 ms  Bob: POST /orders {"item": "tea", "count": }
 *      100 ms  INFO   task 5  request{id=3 method="POST" path="/orders"}: answered status=400
 *      100 ms      Bob hears 400
 *      100 ms      Bob hears {"error": "the body is not JSON: line 1, column 26: <text>"}
 *      120 ms  Bob: DELETE /orders/1
 *      120 ms  INFO   task 6  request{id=4 method="DELETE" path="/orders/1"}: answered status=405
 *      120 ms      Bob hears 405
 *      120 ms      Bob hears Allow: GET, HEAD
 *      120 ms      Bob hears {"error": "not DELETE, but GET, HEAD"}
 *      140 ms  Cid: GET /price/gold
 *      240 ms  Dan: GET /price/gold
 *      340 ms  Eve: GET /price/tea
 *      340 ms  INFO   task 11  request{id=7 method="GET" path="/price/tea"}: answered status=503
 *      340 ms      Eve hears 503
 *      340 ms      Eve hears Retry-After: 1
 *      340 ms      Eve hears {"error": "too many requests at a time"}
 *      390 ms  Dan leaves
 *      390 ms  WARN   request{id=6 method="GET" path="/price/gold"}: dropped
 *      440 ms  INFO   task 8  request{id=5 method="GET" path="/price/gold"}: answered status=504
 *      440 ms      Cid hears 504
 *      440 ms      Cid hears {"error": "the warehouse is too slow"}
 *      500 ms  Ann: GET /metrics
 *      500 ms  INFO   task 12  request{id=8 method="GET" path="/metrics"}: answered status=200
 *      500 ms      Ann hears 200
 *      500 ms      Ann hears # TYPE requests_open gauge
 *      500 ms      Ann hears requests_open 1
 *      500 ms      Ann hears # TYPE requests_dropped_total counter
 *      500 ms      Ann hears requests_dropped_total 1
 *      500 ms      Ann hears # TYPE requests_total counter
 *      500 ms      Ann hears requests_total{code="200"} 1
 *      500 ms      Ann hears requests_total{code="201"} 1
 *      500 ms      Ann hears requests_total{code="400"} 1
 *      500 ms      Ann hears requests_total{code="405"} 1
 *      500 ms      Ann hears requests_total{code="503"} 1
 *      500 ms      Ann hears requests_total{code="504"} 1
 *      520 ms  Ann: GET /price/silk
 *      620 ms  Fay stops the service
 *      620 ms  INFO   task 2  no more clients signal=15
 *      720 ms  INFO   task 14  request{id=9 method="GET" path="/price/silk"}: answered status=200
 *      720 ms  INFO   task 2  the end dropped=0
 *      720 ms      Ann hears 200
 *      720 ms      Ann hears {"item": "silk", "cents": 1200}
 *
 * Try:    Make MAX 3: Eve is not refused.
 *         Give the warehouse more time, PATIENCE 5000: Cid gets his price, and
 *         the service does not end before that.
 *         Leave out uv_poll_start() in http_exchange_watch_(), http_exchange.h:
 *         nobody notices that Dan has left.
 */
#include "a10_tracing/service.h"
#include "a10_tracing/service_demo.h"
#include "a10_tracing/text.h"

/* In the demo; otherwise 100, or as --max says. */
enum { MAX = 2 };

enum {
    PATIENCE = 300, /* ms for an answer of the warehouse */
    GRACE = 5000,   /* ms for the end of the service */
    SILENCE = 10,   /* s that a client may say nothing */
    BODY = 1024     /* bytes of a request's body */
};

static const struct depot_item items[] = {
    { "tea", 20, 250, 0 },      { "silk", 200, 1200, 0 },
    { "gold", 2000, 9900, 0 },  { "salt", 10, 0, UV_ECONNREFUSED },
    { NULL, 10, 0, UV_ENOENT },
};

static const struct http_route routes[] = {
    { "GET", "/price/{item}", sizeof(struct shop_price), shop_price },
    { "POST", "/orders", sizeof(struct shop_buy), shop_buy },
    { "GET", "/orders/{id}", sizeof(struct shop_show), shop_show },
    { .method = NULL },
};

static const struct visit visits[] = {
    { 20, "Ann", "GET /price/tea", NULL, 0, false },
    { 20, "Bob", "POST /orders", "{\"item\": \"tea\", \"count\": 2}", 0,
      false },
    { 20, "Bob", "POST /orders", "{\"item\": \"tea\", \"count\": }", 0, false },
    { 20, "Bob", "DELETE /orders/1", NULL, 0, false },
    { 20, "Cid", "GET /price/gold", NULL, 0, true },
    { 100, "Dan", "GET /price/gold", NULL, 150, true },
    { 100, "Eve", "GET /price/tea", NULL, 0, false },
    { 160, "Ann", "GET /metrics", NULL, 0, false },
    { 20, "Ann", "GET /price/silk", NULL, 0, true },
    { 100, "Fay", NULL, NULL, 0, false },
};

struct options {
    int port; /* -1: the demo */
    long max;
};

static struct options parse(int argc, char **argv)
{
    static const struct option known[] = { { "port", 1, NULL, 'p' },
                                           { "max", 1, NULL, 'm' },
                                           { 0 } };
    struct options options = { .port = -1 };
    int c;
    program_begin_options(argc, argv, "[--port P] [--max N]");
    while ((c = program_option(argc, argv, "", known)) != -1)
        if (c == 'p')
            options.port = (int)program_number("--port", optarg, 0, 65535);
        else
            options.max = program_number("--max", optarg, 1, 1000000);
    program_no_more(argc, argv);
    if (!options.max)
        options.max = options.port < 0 ? MAX : 100;
    return options;
}

static void begin(struct runtime *rt, struct text_log *text)
{
    runtime_init(rt, NULL);
    setvbuf(stdout, NULL, _IOLBF, 0); /* a log is written line by line */
    log_open(&rt->executor);
    log_subscribe(text_log(text, stdout));
    text->place = false;
}

int main(int argc, char **argv)
{
    static struct shop shop; /* it is large */
    struct options options = parse(argc, argv);
    struct depot depot = { .warehouse.ops = &depot_ops, .items = items };
    struct service service = { .routes = routes,
                               .state = &shop,
                               .grace = GRACE };
    struct http_app app = service_app(&service, BODY, SILENCE);
    struct http_server http;
    struct service_serve serve;
    struct text_log text;
    struct tcp *listener;
    struct runtime rt;
    struct sleep nap;
    int port;
    begin(&rt, &text);
    shop.warehouse = &depot.warehouse;
    shop.patience = PATIENCE;
    semaphore_init(&service.limit, (size_t)options.max);
    runtime_check(tcp_listen(&listener, &rt.executor, "127.0.0.1",
                             options.port < 0 ? 0 : options.port),
                  "listen");
    runtime_check(port = tcp_port(listener), "ask for the port");
    runtime_check(http_server_open(&http, &rt.executor, listener, &app),
                  "start the web server");
    if (options.port < 0)
        task_detach(task_spawn(&rt.executor,
                               crowd(task_slot(struct crowd), visits,
                                     sizeof visits / sizeof visits[0], port)));
    else
        say(&rt.executor, "port %d", port);
    block_on(&rt.executor, service_serve(&serve, &service, &http));
    if (options.port < 0) /* its clients have something to read */
        block_on(&rt.executor, sleep_ms(&nap, 200));
    return runtime_close(&rt) ? 1 : serve.status;
}
