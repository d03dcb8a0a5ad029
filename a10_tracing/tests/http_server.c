/* http_server.h and service.h: a service and its clients in one process. */
#include <dirent.h>
#include <stddef.h>
#include <sys/resource.h>
#include <microhttpd.h>
#include "a07_select/select.h"
#include "a10_tracing/span.h"
#include "a05_spawn/tests/tcp_peer.h"

/* The n-th call of the server from now fails, once. */
static int server_left = -1;
#undef FAILS
#define FAILS() (server_left >= 0 && server_left-- == 0)
#define malloc(size) (FAILS() ? NULL : malloc(size))
#define calloc(n, size) (FAILS() ? NULL : calloc(n, size))
#define realloc(old, size) (FAILS() ? NULL : realloc(old, size))
#define uv_poll_init(loop, poll, fd) \
    (FAILS() ? UV_EMFILE : uv_poll_init(loop, poll, fd))
#define uv_poll_start(poll, events, cb) \
    (FAILS() ? UV_EEXIST : uv_poll_start(poll, events, cb))
#define MHD_start_daemon(...) \
    (FAILS() ? (errno = EMFILE, NULL) : MHD_start_daemon(__VA_ARGS__))
#define MHD_create_response_from_buffer(size, body, mode) \
    (FAILS() ? NULL : MHD_create_response_from_buffer(size, body, mode))
#define MHD_add_response_header(response, name, value) \
    (FAILS() ? MHD_NO : MHD_add_response_header(response, name, value))
#define MHD_queue_response(connection, status, response) \
    (FAILS() ? MHD_NO : MHD_queue_response(connection, status, response))
#include "a10_tracing/service.h"
#undef malloc
#undef calloc
#undef realloc
#undef uv_poll_init
#undef uv_poll_start
#undef MHD_start_daemon
#undef MHD_create_response_from_buffer
#undef MHD_add_response_header
#undef MHD_queue_response

/* ---- A service: /hello, /echo, and /wait for the test -------------------- */

static struct {
    struct probe probe; /* what /wait waits for */
    int begun, finished, dropped;
    int peer; /* a client that resets when its handler begins; 0: none */
} desk;

static int hello_calls;

struct hello {
    struct future future;
    struct http_request *request;
};

static enum poll hello_poll(struct future *f, struct context *cx)
{
    struct http_request *r = container_of(f, struct hello, future)->request;
    hello_calls++;
    http_reply(r, 200, "text/plain", "hello\n");
    http_reply_header(r, "X-Rest", "%s", r->rest);
    return POLL_READY;
}

static const struct future_ops hello_ops = { .name = "hello",
                                             .poll = hello_poll,
                                             .drop = future_drop_nothing };

static struct future *hello(void *frame, struct http_request *r, void *state)
{
    struct hello *self = frame;
    *self = (struct hello){ .future.ops = &hello_ops, .request = r };
    assert_ptr_equal(state, &desk);
    return &self->future;
}

struct echo {
    struct async async;
    struct http_request *request;
    struct yield yield;
};

static enum poll echo_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct echo);
    AWAIT(yield_now(&self->yield)); /* so it is suspended */
    http_reply(self->request, 200, NULL, self->request->body);
    http_reply_header(self->request, "X-Size", "%zu", self->request->size);
    ASYNC_END;
}

static const struct future_ops echo_ops = ASYNC_OPS(echo);

static struct future *echo(void *frame, struct http_request *r, void *state)
{
    struct echo *self = frame;
    *self = (struct echo){ .async.future.ops = &echo_ops, .request = r };
    return &self->async.future;
}

struct wait {
    struct async async;
    struct http_request *request;
    bool finished;
};

static enum poll wait_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct wait);
    desk.begun++;
    if (desk.peer)
        peer_resets(desk.peer);
    AWAIT(probe(&desk.probe, "w"));
    self->finished = true;
    if (strcmp(self->request->path, "/wait") == 0)
        http_reply(self->request, 200, "text/plain", "waited\n");
    ASYNC_FINALLY
    if (self->finished)
        desk.finished++;
    else
        desk.dropped++;
    ASYNC_END;
}

static const struct future_ops wait_ops = ASYNC_OPS(wait);

static struct future *wait_for(void *frame, struct http_request *r, void *state)
{
    struct wait *self = frame;
    *self = (struct wait){ .async.future.ops = &wait_ops, .request = r };
    return &self->async.future;
}

static const struct http_route routes[] = {
    { "GET", "/hello", sizeof(struct hello), hello },
    { "GET", "/hello/{name}", sizeof(struct hello), hello },
    { "POST", "/echo", sizeof(struct echo), echo },
    { "GET", "/wait", sizeof(struct wait), wait_for },
    { "GET", "/mute", sizeof(struct wait), wait_for },
    { .method = NULL },
};

enum { LIMIT = 2, BODY = 1000 };

static struct service service;
static struct http_app app;
static struct http_server http;
static struct task *server;
static int port;
static unsigned patience = 1; /* s */

static int descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int n = 0;
    assert_non_null(dir);
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static int service_up(void)
{
    struct tcp *listener;
    int rc;
    up(&virtual_clock);
    memset(&desk, 0, sizeof desk);
    service =
        (struct service){ .routes = routes, .state = &desk, .grace = 1000 };
    semaphore_init(&service.limit, LIMIT);
    app = service_app(&service, BODY, patience);
    listener = listener_open();
    port = tcp_port(listener);
    rc = http_server_open(&http, &ex, listener, &app);
    if (rc)
        return rc;
    server = task_spawn(&ex, http_serve(task_slot(struct http_serve), &http));
    return 0;
}

static void service_down(void)
{
    server_left = -1;
    task_abort(server);
    task_detach(server);
    server = NULL;
    http_server_close(&http);
    http_server_close(&http); /* twice is fine */
    assert_int_equal(http.requests, 0);
    semaphore_drop(&service.limit);
    down();
}

/* ---- Its clients --------------------------------------------------------- */

struct peer {
    struct tcp *tcp;
    char buffer[4096]; /* what has come */
    size_t have;
};

static struct peer ann, bob, cid;

static void dials(struct peer *peer)
{
    struct tcp_connect connect;
    block_on(&ex, tcp_connect(&connect, "127.0.0.1", port));
    assert_int_equal(connect.status, 0);
    *peer = (struct peer){ .tcp = connect.tcp };
}

static void leaves(struct peer *peer)
{
    tcp_close(peer->tcp);
    peer->tcp = NULL;
}

static void resets(struct peer *peer)
{
    int fd = dup(peer->tcp->fd);
    leaves(peer);
    peer_resets(fd);
}

static void says(struct peer *peer, const char *text)
{
    assert_int_equal(write_all(peer->tcp, text), 0);
}

/* False: the end, or a reset. */
static bool reads(struct peer *peer)
{
    struct tcp_read r;
    assert_true(peer->have < sizeof peer->buffer - 1);
    block_on(&ex, tcp_read(&r, peer->tcp, peer->buffer + peer->have,
                           sizeof peer->buffer - 1 - peer->have));
    peer->have += r.n > 0 ? (size_t)r.n : 0;
    peer->buffer[peer->have] = '\0';
    return r.n > 0;
}

/* The headers of the answer that is heard now. */
static char heard[4096];

/* The next answer: its status and body, "end", or "half" an answer. */
static const char *hears_(struct peer *peer, bool body)
{
    static char answer[4096];
    char *end, *length;
    size_t head, size;
    while (!(end = strstr(peer->buffer, "\r\n\r\n")))
        if (!reads(peer))
            return peer->have ? "half" : "end";
    head = (size_t)(end + 4 - peer->buffer);
    memcpy(heard, peer->buffer, head);
    heard[head] = '\0';
    length = strstr(heard, "Content-Length: ");
    assert_non_null(length);
    size = body ? strtoul(length + 16, NULL, 10) : 0;
    while (peer->have < head + size)
        if (!reads(peer))
            return "half";
    snprintf(answer, sizeof answer, "%.3s %.*s", heard + strlen("HTTP/1.1 "),
             (int)size, peer->buffer + head);
    peer->have -= head + size;
    memmove(peer->buffer, peer->buffer + head + size, peer->have + 1);
    return answer;
}

#define hears(peer, expected) \
    assert_string_equal(hears_((peer), true), expected)
#define has_header(text) assert_non_null(strstr(heard, text "\r\n"))
#define lacks_header(text) assert_null(strstr(heard, text))

static void asks(struct peer *peer, const char *line)
{
    char text[200];
    snprintf(text, sizeof text, "%s HTTP/1.1\r\nHost: x\r\n\r\n", line);
    says(peer, text);
}

static void posts(struct peer *peer, const char *headers, const char *body)
{
    says(peer, "POST /echo HTTP/1.1\r\nHost: x\r\n");
    says(peer, headers);
    says(peer, "\r\n");
    if (*body)
        says(peer, body);
}

/* Until a handler waits at the probe. */
static void until_it_waits(int n)
{
    struct sleep nap;
    while (desk.begun < n)
        block_on(&ex, sleep_ms(&nap, 1));
}

/* Until the service has so many requests. */
static void until_requests(size_t n)
{
    struct sleep nap;
    while (http.requests != n)
        block_on(&ex, sleep_ms(&nap, 1));
}

/* ---- Requests and answers ------------------------------------------------ */

/* HTTP-01 */
static void a_connection_has_many_requests(void **state)
{
    service_up();
    dials(&ann);
    for (int i = 0; i < 100; i++) {
        asks(&ann, "GET /hello/ann?x=1");
        hears(&ann, "200 hello\n");
        has_header("X-Rest: ann");
        has_header("Content-Type: text/plain");
        posts(&ann, "Content-Length: 5\r\n", "a\nb\nc");
        hears(&ann, "200 a\nb\nc");
        has_header("X-Size: 5");
        lacks_header("Connection: ");
    }
    leaves(&ann);
    until_requests(0);
    assert_int_equal(service.codes[200], 200);
    service_down();
}

/* HTTP-01 */
static void a_nul_in_a_path_does_not_end_it(void **state)
{
    service_up();
    dials(&ann);
    asks(&ann, "GET /hello/a%00b");
    hears(&ann, "200 hello\n");
    has_header("X-Rest: a?b");
    asks(&ann, "GET /hello%00");
    assert_memory_equal(hears_(&ann, true), "404", 3);
    leaves(&ann);
    service_down();
}

/* HTTP-01: RFC 9112, 3.2: Host is needed, and the whole URL may be there. */
static void a_request_may_have_a_whole_url_and_must_have_a_host(void **state)
{
    service_up();
    dials(&ann);
    asks(&ann, "GET HTTP://x:80/hello/a");
    hears(&ann, "200 hello\n");
    has_header("X-Rest: a");
    asks(&ann, "GET http://x");
    hears(&ann, "404 {\"error\": \"there is no /\"}\n");
    says(&ann, "GET /hello HTTP/1.1\r\n\r\n");
    assert_memory_equal(hears_(&ann, true), "400", 3);
    leaves(&ann);
    service_down();
}

/* HTTP-01 */
static void requests_in_one_piece_are_answered_in_their_order(void **state)
{
    service_up();
    dials(&ann);
    says(&ann, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
               "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"
               "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
               "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nfour"
               "GET /no HTTP/1.1\r\nHost: x\r\n\r\n");
    hears(&ann, "200 one");
    until_it_waits(1);
    probe_open(&desk.probe);
    hears(&ann, "200 waited\n");
    hears(&ann, "200 hello\n");
    hears(&ann, "200 four");
    hears(&ann, "404 {\"error\": \"there is no /no\"}\n");
    leaves(&ann);
    service_down();
}

/* HTTP-02 */
static void a_request_may_come_byte_by_byte(void **state)
{
    static const char text[] =
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    char one[2] = "";
    service_up();
    dials(&ann);
    for (const char *c = text; *c; c++) {
        one[0] = *c;
        says(&ann, one);
        let_run(5);
        look();
    }
    hears(&ann, "200 abcde");
    leaves(&ann);
    service_down();
}

/* HTTP-03 */
static void head_is_get_without_a_body(void **state)
{
    service_up();
    dials(&ann);
    asks(&ann, "HEAD /hello");
    assert_string_equal(hears_(&ann, false), "200 ");
    has_header("Content-Length: 6");
    asks(&ann, "HEAD /echo");
    assert_string_equal(hears_(&ann, false), "405 ");
    has_header("Allow: POST");
    asks(&ann, "GET /hello");
    hears(&ann, "200 hello\n");
    leaves(&ann);
    service_down();
}

/* HTTP-04 */
static void a_handler_that_says_nothing_is_a_500(void **state)
{
    service_up();
    dials(&ann);
    asks(&ann, "GET /mute");
    until_it_waits(1);
    probe_open(&desk.probe);
    hears(&ann, "500 {\"error\": \"the handler said nothing\"}\n");
    asks(&ann, "GET /hello");
    hears(&ann, "200 hello\n");
    leaves(&ann);
    service_down();
}

/* ---- Bodies -------------------------------------------------------------- */

#define TOO_LARGE "413 {\"error\": \"the body may have 1000 bytes\"}\n"

/* HTTP-05 */
static void a_body_has_a_limit(void **state)
{
    static char much[BODY + 2], answer[BODY + 10];
    service_up();
    memset(much, 'x', BODY + 1);
    dials(&ann);
    posts(&ann, "Content-Length: 1001\r\n", much);
    hears(&ann, TOO_LARGE);
    much[BODY] = '\0';
    posts(&ann, "Content-Length: 1000\r\n", much);
    snprintf(answer, sizeof answer, "200 %s", much);
    hears(&ann, answer);
    posts(&ann, "Transfer-Encoding: chunked\r\n", "3e8\r\n");
    says(&ann, much);
    says(&ann, "\r\n0\r\n\r\n");
    hears(&ann, answer);
    posts(&ann, "Transfer-Encoding: chunked\r\n", "3e8\r\n");
    says(&ann, much);
    says(&ann, "\r\n1\r\nx\r\n0\r\n\r\n");
    hears(&ann, TOO_LARGE);
    posts(&ann, "Content-Length: 0\r\n", "");
    hears(&ann, "200 ");
    leaves(&ann);
    assert_int_equal(service.begun, 3); /* the other ones had no handler */
    service_down();
}

/* HTTP-05 */
static void one_who_asks_first_sends_no_body_that_is_too_large(void **state)
{
    service_up();
    dials(&ann);
    posts(&ann, "Content-Length: 1001\r\nExpect: 100-continue\r\n", "");
    hears(&ann, TOO_LARGE);
    has_header("Connection: close");
    hears(&ann, "end");
    leaves(&ann);
    dials(&ann);
    posts(&ann, "Content-Length: 3\r\nExpect: 100-continue\r\n", "");
    while (!strstr(ann.buffer, "\r\n\r\n"))
        assert_true(reads(&ann));
    assert_string_equal(ann.buffer, "HTTP/1.1 100 Continue\r\n\r\n");
    ann.have = 0;
    ann.buffer[0] = '\0';
    says(&ann, "abc");
    hears(&ann, "200 abc");
    leaves(&ann);
    service_down();
}

/* HTTP-05 */
static void a_body_without_end_is_cut_off(void **state)
{
    static char much[64 * 1024 + 1];
    struct tcp_write write = { .status = 0 };
    service_up();
    memset(much, 'x', sizeof much - 1);
    dials(&ann);
    posts(&ann, "Content-Length: 1000000000\r\n", "");
    for (int i = 0; i < 1000 && write.status == 0; i++)
        block_on(&ex, tcp_write(&write, ann.tcp, much, sizeof much - 1));
    assert_true(write.status == UV_EPIPE || write.status == UV_ECONNRESET);
    leaves(&ann);
    until_requests(0);
    service_down();
}

/* HTTP-06 */
static void what_is_no_http_is_refused(void **state)
{
    service_up();
    dials(&ann);
    says(&ann, "hello\r\n\r\n");
    while (reads(&ann)) {
    }
    leaves(&ann);
    dials(&ann);
    posts(&ann, "Transfer-Encoding: chunked\r\n", "what?\r\n");
    assert_int_equal(strncmp(hears_(&ann, true), "400 ", 4), 0);
    leaves(&ann);
    until_requests(0);
    assert_int_equal(service.begun, 0);
    service_down();
}

/* ---- Clients that leave -------------------------------------------------- */

/* HTTP-07 */
static void a_client_that_leaves_in_mid_body_leaves_nothing(void **state)
{
    service_up();
    for (int i = 0; i < 20; i++) {
        dials(&ann);
        posts(&ann, "Content-Length: 100\r\n", "abc");
        until_requests(1);
        i % 2 ? leaves(&ann) : resets(&ann);
        until_requests(0);
    }
    assert_int_equal(service.begun, 0);
    service_down();
}

/* HTTP-08 */
static void a_client_that_leaves_drops_its_handler(void **state)
{
    service_up();
    for (int i = 0; i < 20; i++) {
        dials(&ann);
        asks(&ann, "GET /wait");
        until_it_waits(i + 1);
        assert_int_equal(desk.dropped, i);
        assert_int_equal(semaphore_available(&service.limit), LIMIT - 1);
        i % 2 ? leaves(&ann) : resets(&ann);
        until_requests(0);
        assert_int_equal(desk.dropped, i + 1);
        assert_int_equal(semaphore_available(&service.limit), LIMIT);
    }
    assert_int_equal(service.dropped, 20);
    service_down();
}

/* HTTP-08 */
static void one_who_only_half_closes_has_left_too(void **state)
{
    service_up();
    dials(&ann);
    asks(&ann, "GET /wait");
    until_it_waits(1);
    assert_int_equal(tcp_shutdown(ann.tcp), 0);
    hears(&ann, "end");
    assert_int_equal(desk.dropped, 1);
    leaves(&ann);
    service_down();
}

/* HTTP-08 */
static void one_who_leaves_when_the_answer_is_there_does_no_harm(void **state)
{
    service_up();
    for (int i = 0; i < 20; i++) {
        dials(&ann);
        asks(&ann, "GET /wait");
        until_it_waits(i + 1);
        probe_open(&desk.probe);
        if (i % 2)
            let_run(1);
        leaves(&ann);
        until_requests(0);
    }
    assert_int_equal(desk.finished + desk.dropped, 20);
    dials(&ann);
    asks(&ann, "GET /hello");
    hears(&ann, "200 hello\n");
    leaves(&ann);
    service_down();
}

/* HTTP-08: then the connection is not suspended yet */
static void one_who_leaves_when_the_handler_begins_has_left_too(void **state)
{
    service_up();
    desk.peer = peer_connect(http.listener);
    peer_says(desk.peer, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
    until_it_waits(1);
    until_requests(0);
    assert_int_equal(desk.dropped, 1);
    service_down();
}

/* HTTP-09: it may be silent for a second */
static void a_client_that_is_silent_is_disconnected(void **state)
{
    service_up();
    dials(&ann);
    dials(&bob);
    dials(&cid);
    says(&ann, "GET /hel");
    posts(&bob, "Content-Length: 100\r\n", "abc");
    asks(&cid, "GET /wait");
    until_it_waits(1);
    hears(&ann, "end");
    hears(&bob, "end");
    probe_open(&desk.probe); /* it was not Cid who was silent */
    hears(&cid, "200 waited\n");
    leaves(&ann);
    leaves(&bob);
    leaves(&cid);
    service_down();
}

/* ---- Limits and counters ------------------------------------------------- */

/* SERV-07 */
static void a_service_that_is_full_says_so_at_once(void **state)
{
    service_up();
    dials(&ann);
    dials(&bob);
    dials(&cid);
    asks(&ann, "GET /wait");
    asks(&bob, "GET /wait");
    until_it_waits(2);
    asks(&cid, "GET /hello");
    hears(&cid, "503 {\"error\": \"too many requests at a time\"}\n");
    has_header("Retry-After: 1");
    asks(&cid, "GET /metrics");
    hears(&cid, "200 # TYPE requests_open gauge\n"
                "requests_open 3\n"
                "# TYPE requests_dropped_total counter\n"
                "requests_dropped_total 0\n"
                "# TYPE requests_total counter\n"
                "requests_total{code=\"503\"} 1\n");
    asks(&cid, "POST /metrics");
    hears(&cid, "405 {\"error\": \"not POST, but GET, HEAD\"}\n");
    leaves(&ann);
    until_requests(1);
    asks(&cid, "GET /hello");
    hears(&cid, "200 hello\n");
    asks(&cid, "GET /metrics");
    hears(&cid, "200 # TYPE requests_open gauge\n"
                "requests_open 2\n"
                "# TYPE requests_dropped_total counter\n"
                "requests_dropped_total 1\n"
                "# TYPE requests_total counter\n"
                "requests_total{code=\"200\"} 2\n"
                "requests_total{code=\"405\"} 1\n"
                "requests_total{code=\"503\"} 1\n");
    leaves(&bob);
    leaves(&cid);
    service_down();
}

/* The last span that was made. */
static struct span last_span;

static void note_span(struct subscriber *s, const struct record *r)
{
    (void)s;
    if (r->kind == SPAN_NEW)
        last_span = *r->span;
}

/* SERV-08 */
static void a_request_is_a_span_below_that_of_the_client(void **state)
{
    struct subscriber notes = { .write = note_span };
    service_up();
    log_open(&ex);
    log_subscribe(&notes);
    dials(&ann);
    asks(&ann, "GET /hello");
    hears(&ann, "200 hello\n");
    assert_false(last_span.remote);
    assert_string_equal(last_span.site.message, "request");
    says(&ann, "GET /hello HTTP/1.1\r\nHost: x\r\ntraceparent: 00-4bf92f3577b3"
               "4da6a3ce929d0e0e4736-00f067aa0ba902b7-01 \t\r\n\r\n");
    hears(&ann, "200 hello\n");
    assert_true(last_span.remote);
    assert_true(last_span.above == 0x00f067aa0ba902b7);
    assert_true(last_span.as_parent.trace[1] == 0xa3ce929d0e0e4736);
    says(&ann, "GET /hello HTTP/1.1\r\nHost: x\r\ntraceparent: 00-4\r\n\r\n");
    hears(&ann, "200 hello\n");
    assert_false(last_span.remote);
    log_close();
    leaves(&ann);
    service_down();
}

/* ---- The end ------------------------------------------------------------- */

/* HTTP-10 */
static void a_server_that_stops_finishes_what_has_begun(void **state)
{
    struct tcp_connect connect;
    struct join join;
    service_up();
    dials(&ann);
    dials(&bob);
    asks(&bob, "GET /hello"); /* a connection that stays open */
    hears(&bob, "200 hello\n");
    asks(&ann, "GET /wait");
    until_it_waits(1);
    http_server_stop(&http);
    block_on(&ex, tcp_connect(&connect, "127.0.0.1", port));
    assert_int_equal(connect.status, UV_ECONNREFUSED);
    asks(&bob, "GET /hello");
    hears(&bob, "200 hello\n");
    has_header("Connection: close");
    hears(&bob, "end");
    assert_false(task_is_over(server));
    probe_open(&desk.probe);
    hears(&ann, "200 waited\n");
    has_header("Connection: close");
    hears(&ann, "end");
    block_on(&ex, task_join(&join, server));
    leaves(&ann);
    leaves(&bob);
    service_down();
}

/* HTTP-10: nothing else wakes its task. */
static void a_server_that_is_idle_ends_when_it_is_stopped_or_closed(
    void **state)
{
    for (int closed = 0; closed < 2; closed++) {
        struct timeout limit;
        struct sleep nap;
        struct join join;
        service_up();
        dials(&ann);
        block_on(&ex, sleep_ms(&nap, 50));
        if (closed)
            http_server_close(&http);
        else
            http_server_stop(&http);
        block_on(&ex, timeout_ms(&limit, task_join(&join, server), 500));
        assert_int_equal(limit.status, 0);
        leaves(&ann);
        service_down();
    }
}

/* HTTP-11 */
static void a_server_can_be_closed_at_any_moment(void **state)
{
    int open;
    up(NULL);
    down();
    open = descriptors();
    for (int i = 0; i < 60; i++) {
        service_up();
        dials(&ann);
        dials(&bob);
        dials(&cid);
        asks(&ann, "GET /wait");
        posts(&bob, "Content-Length: 10\r\n", i % 2 ? "abc" : "0123456789");
        asks(&cid, "GET /hello");
        let_run(i / 3);
        for (int j = 0; j < i / 3; j++)
            look();
        if (i % 3 == 1)
            http_server_stop(&http);
        if (i % 3 == 2 && desk.begun)
            probe_open(&desk.probe);
        if (i % 2)
            leaves(&ann);
        http_server_close(&http);
        assert_int_equal(desk.begun, desk.finished + desk.dropped);
        leaves(&bob);
        leaves(&cid);
        if (ann.tcp)
            leaves(&ann);
        service_down();
    }
    assert_int_equal(descriptors(), open);
}

/* ---- Without memory ------------------------------------------------------ */

/* HTTP-12 */
static void a_server_that_cannot_begin_says_why(void **state)
{
    int rc, n = 0, open;
    up(NULL);
    down();
    open = descriptors();
    for (;; n++) {
        struct tcp *listener;
        up(NULL);
        listener = listener_open();
        server_left = n;
        rc = http_server_open(&http, &ex, listener, &app);
        if (server_left >= 0)
            break;
        assert_true(rc == UV_ENOMEM || rc == UV_EMFILE || rc == UV_EEXIST);
        down();
        assert_int_equal(descriptors(), open);
    }
    assert_int_equal(n, 5);
    server_left = -1;
    assert_int_equal(rc, 0);
    http_server_close(&http);
    down();
}

/* Until the handler waits, or the failure kept it from that. */
static void gate_opens(void)
{
    struct sleep nap;
    while (!desk.begun && server_left >= 0)
        block_on(&ex, sleep_ms(&nap, 1));
    block_on(&ex, sleep_ms(&nap, 5));
    if (desk.begun && !desk.dropped)
        probe_open(&desk.probe);
}

/* Three requests; one of them may have an error, or no answer. */
static void three_requests(void)
{
    static const char *const good[] = { "200 hello\n", "200 abc",
                                        "200 waited\n" };
    for (int i = 0; i < 3; i++) {
        const char *answer;
        dials(&ann);
        if (i == 0)
            asks(&ann, "GET /hello");
        else if (i == 1)
            posts(&ann, "Content-Length: 3\r\n", "abc");
        else
            asks(&ann, "GET /wait");
        if (i == 2)
            gate_opens();
        answer = hears_(&ann, true);
        if (strcmp(answer, good[i]) != 0)
            assert_true(strcmp(answer, "end") == 0 ||
                        strncmp(answer, "503 ", 4) == 0 ||
                        strncmp(answer, "500 ", 4) == 0);
        leaves(&ann);
    }
}

/* HTTP-12 */
static void a_request_without_memory_does_not_hurt_the_next_one(void **state)
{
    bool failed = true;
    int n = 0;
    for (; failed; n++) {
        service_up();
        server_left = n;
        three_requests();
        failed = server_left < 0;
        server_left = -1;
        dials(&ann);
        asks(&ann, "GET /hello");
        hears(&ann, "200 hello\n");
        leaves(&ann);
        service_down();
    }
    assert_true(n > 10);
}

/* ---- Many ---------------------------------------------------------------- */

/* HTTP-13 */
static void many_at_once_each_have_their_answer(void **state)
{
    static struct peer crowd[200];
    int open;
    up(NULL);
    down();
    open = descriptors();
    service_up();
    semaphore_add(&service.limit, 200);
    for (int i = 0; i < 200; i++)
        dials(&crowd[i]);
    for (int i = 0; i < 200; i++)
        posts(&crowd[i], "Content-Length: 3\r\n", "abc");
    for (int i = 0; i < 200; i++)
        hears(&crowd[i], "200 abc");
    for (int i = 0; i < 200; i++)
        leaves(&crowd[i]);
    service_down();
    assert_int_equal(descriptors(), open);
}

/* HTTP-14 */
static void without_descriptors_clients_wait_and_are_served(void **state)
{
    struct rlimit all, few;
    struct sleep nap;
    int peers[30], left = 30, turns = 0; /* without an answer */
    patience = 3600;                     /* so that this does not help it on */
    service_up();
    patience = 1;
    semaphore_add(&service.limit, 30);
    for (int i = 0; i < 30; i++) {
        peers[i] = peer_connect(http.listener); /* the system accepts it */
        peer_says(peers[i], "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &all), 0);
    few = all;
    few.rlim_cur = (rlim_t)peers[29] + 4; /* for three at a time */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    while (left > 0) {
        block_on(&ex, sleep_ms(&nap, 1));
        assert_true(http.requests <= 3);
        assert_true(turns++ < 5000);
        for (int i = 0; i < 30; i++) {
            if (peers[i] < 0 || !*peer_hears(peers[i], MSG_DONTWAIT))
                continue;
            shutdown(peers[i], SHUT_RDWR); /* its number stays taken */
            peers[i] = -1 - peers[i];
            left--;
            turns = 0;
        }
    }
    for (int i = 0; i < 30; i++)
        close(-1 - peers[i]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &all), 0);
    assert_int_equal(service.codes[200], 30);
    service_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_has_many_requests),
        cmocka_unit_test(a_nul_in_a_path_does_not_end_it),
        cmocka_unit_test(a_request_may_have_a_whole_url_and_must_have_a_host),
        cmocka_unit_test(requests_in_one_piece_are_answered_in_their_order),
        cmocka_unit_test(a_request_may_come_byte_by_byte),
        cmocka_unit_test(head_is_get_without_a_body),
        cmocka_unit_test(a_handler_that_says_nothing_is_a_500),
        cmocka_unit_test(a_body_has_a_limit),
        cmocka_unit_test(one_who_asks_first_sends_no_body_that_is_too_large),
        cmocka_unit_test(a_body_without_end_is_cut_off),
        cmocka_unit_test(what_is_no_http_is_refused),
        cmocka_unit_test(a_client_that_leaves_in_mid_body_leaves_nothing),
        cmocka_unit_test(a_client_that_leaves_drops_its_handler),
        cmocka_unit_test(one_who_only_half_closes_has_left_too),
        cmocka_unit_test(one_who_leaves_when_the_answer_is_there_does_no_harm),
        cmocka_unit_test(one_who_leaves_when_the_handler_begins_has_left_too),
        cmocka_unit_test(a_client_that_is_silent_is_disconnected),
        cmocka_unit_test(a_service_that_is_full_says_so_at_once),
        cmocka_unit_test(a_request_is_a_span_below_that_of_the_client),
        cmocka_unit_test(a_server_that_stops_finishes_what_has_begun),
        cmocka_unit_test(
            a_server_that_is_idle_ends_when_it_is_stopped_or_closed),
        cmocka_unit_test(a_server_can_be_closed_at_any_moment),
        cmocka_unit_test(a_server_that_cannot_begin_says_why),
        cmocka_unit_test(a_request_without_memory_does_not_hurt_the_next_one),
        cmocka_unit_test(many_at_once_each_have_their_answer),
        cmocka_unit_test(without_descriptors_clients_wait_and_are_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
