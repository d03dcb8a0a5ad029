/* fetch.h: answers that end oddly, failures inside, drops. */
#include <curl/curl.h>
#include <netdb.h>
#include <stdbool.h>
#include <uv.h>

/* What goes wrong where fetcher.h calls. */
static bool no_easy;        /* every call fails */
static CURLMcode no_action; /* every call fails */
static int no_polls;        /* so many fail */
static int not_yet;         /* so many read nothing, and no timer helps */

static CURLMcode socket_act(CURLM *multi, curl_socket_t fd, int ready,
                            int *running)
{
    CURLMcode rc;
    if (not_yet && (fd == CURL_SOCKET_TIMEOUT || not_yet--))
        return CURLM_OK;
    rc = curl_multi_socket_action(multi, fd, ready, running);
    return rc ? rc : no_action;
}

static CURL *init_easy(void)
{
    return no_easy ? NULL : curl_easy_init();
}

static int init_poll(uv_loop_t *loop, uv_poll_t *poll, uv_os_sock_t fd)
{
    return no_polls && no_polls-- ? UV_ENOMEM
                                  : uv_poll_init_socket(loop, poll, fd);
}

#define curl_easy_init init_easy
#define curl_multi_socket_action socket_act
#define uv_poll_init_socket init_poll
#include "a04_join/fetch.h"
#undef curl_easy_init
#undef curl_multi_socket_action
#undef uv_poll_init_socket

#include "a04_join/join.h"
#include "odd_server.h"
#include "tests/by_hand.h"

/* Instead of libc's: no name exists, and one look-up takes as long as a test
 * wants. */
static bool hold;
static uv_sem_t asked, let_go;
int getaddrinfo(const char *node, const char *service,
                const struct addrinfo *hints, struct addrinfo **result)
{
    (void)node, (void)service, (void)hints, (void)result;
    if (hold) {
        uv_sem_post(&asked);
        uv_sem_wait(&let_go);
        uv_sem_post(&asked);
    }
    return EAI_NONAME;
}

enum { LIMIT = 10000 }; /* ms; no test gets there */

static struct fetcher fetcher;
static struct fetch one, two;
static char url_one[64], url_two[64];
static int port;

static void open_fetcher(void)
{
    up(NULL);
    assert_int_equal(fetcher_init(&fetcher, &loop, 4), 0);
}

static void close_fetcher(void)
{
    fetcher_close(&fetcher);
    down();
}

/* On the odd server, into `url`. */
static const char *at(char url[64], const char *path)
{
    snprintf(url, 64, "http://127.0.0.1:%d%s", port, path);
    return url;
}

static long get(const char *url)
{
    block_on(&ex, fetch(&one, &fetcher, url, LIMIT, NULL));
    return one.status;
}

/* ---- One step, with hooks ------------------------------------------------ */

static size_t hooked_bytes;
static int hooked_ends;
static char hooked_url[64];

static void hook_bytes(struct fetch *f, const char *bytes, size_t n)
{
    assert_ptr_equal(f, &one);
    assert_non_null(bytes);
    hooked_bytes += n;
    assert_int_equal(f->bytes, hooked_bytes);
}

static void hook_end(struct fetch *f, CURL *easy)
{
    char *where = NULL;
    assert_ptr_equal(f, &one);
    curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &where);
    snprintf(hooked_url, sizeof hooked_url, "%s", where ? where : "");
    hooked_ends++;
}

static struct future *step(const char *path)
{
    static const struct fetch_hooks hooks = { hook_bytes, hook_end };
    hooked_bytes = 0;
    hooked_ends = 0;
    return fetch_step(&one, &fetcher, at(url_one, path), LIMIT, NULL, &hooks);
}

static void hooks_see_what_comes_and_a_redirect_is_the_end(void **state)
{
    char moved[64];
    open_fetcher();
    block_on(&ex, step("/much"));
    assert_int_equal(one.status, 200);
    assert_int_equal(hooked_bytes, ODD_MUCH);
    assert_int_equal(hooked_ends, 1);
    assert_string_equal(hooked_url, "");
    block_on(&ex, step("/moved/1"));
    assert_int_equal(one.status, 302);
    assert_string_equal(one.error, "");
    assert_int_equal(hooked_bytes, 0);
    assert_int_equal(hooked_ends, 1);
    assert_string_equal(hooked_url, at(moved, "/slow/1"));
    block_on(&ex, step("/half-then-reset"));
    assert_int_equal(hooked_bytes, 100);
    assert_int_equal(hooked_ends, 1);
    assert_true(*one.error);
    future_drop(step("/ok")); /* before its first poll */
    assert_int_equal(hooked_ends, 0);
    close_fetcher();
}

/* ---- A request of our own ------------------------------------------------ */

static char echo[ODD_REQUEST + 1]; /* what the server has got */

static void echo_bytes(struct fetch *f, const char *bytes, size_t n)
{
    memcpy(echo + f->bytes - n, bytes, n);
    echo[f->bytes] = '\0';
}

static void ignore_end(struct fetch *f, CURL *easy)
{
    (void)f, (void)easy;
}

static void send_and_hear(const char *path, const struct fetch_request *r)
{
    static const struct fetch_hooks hooks = { echo_bytes, ignore_end };
    block_on(&ex, fetch_send(&one, &fetcher, at(url_one, path), LIMIT, r,
                             r->body ? &hooks : NULL));
}

/* Also one that does not fit into what the system takes at once. */
static void a_post_sends_its_headers_and_its_body(void **state)
{
    static const size_t sizes[] = { 0, 7, 100000, 900000 };
    struct fetch_request r = { .headers = NULL };
    char *body = malloc(900000);
    assert_non_null(body);
    memset(body, 'x', 900000);
    r.headers = curl_slist_append(NULL, "X-Odd: one");
    r.body = body;
    open_fetcher();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const char *end;
        r.size = sizes[i];
        send_and_hear("/echo", &r);
        assert_int_equal(one.status, 200);
        assert_string_equal(one.error, "");
        assert_memory_equal(echo, "POST /echo ", 11);
        assert_non_null(strstr(echo, "\r\nX-Odd: one\r\n"));
        end = strstr(echo, "\r\n\r\n");
        assert_non_null(end);
        assert_int_equal(strlen(end + 4), sizes[i]);
    }
    close_fetcher();
    curl_slist_free_all(r.headers);
    free(body);
}

static void a_post_is_not_redirected(void **state)
{
    struct fetch_request r = { .body = "x", .size = 1 };
    open_fetcher();
    send_and_hear("/moved/1", &r);
    assert_int_equal(one.status, 302);
    assert_string_equal(one.error, "");
    close_fetcher();
}

static void without_a_body_it_is_a_get(void **state)
{
    struct fetch_request r = { .body = NULL };
    open_fetcher();
    send_and_hear("/ok", &r);
    assert_int_equal(one.status, 200);
    assert_int_equal(one.bytes, 3);
    close_fetcher();
}

/* ---- Answers ------------------------------------------------------------- */

static void an_answer_is_read_although_a_reset_follows(void **state)
{
    open_fetcher();
    for (int i = 0; i < 20; i++) {
        assert_int_equal(get(at(url_one, "/whole-then-reset")), 200);
        assert_string_equal(one.error, "");
        assert_int_equal(one.bytes, 100);
        assert_int_equal(get(at(url_one, "/413-then-reset")), 413);
        assert_string_equal(one.error, "the server answers with an error");
    }
    close_fetcher();
}

/* As if libcurl had used a connection again that was reset meanwhile. */
static enum poll send_fails(void)
{
    struct context cx = context_make((struct waker){ NULL, NULL }, &ex);
    transfer_end(&one.transfer, CURLE_SEND_ERROR, NULL);
    return future_poll(&one.future, &cx);
}

static void a_reset_between_two_answers_is_tried_again_once(void **state)
{
    struct context cx = context_make((struct waker){ NULL, NULL }, &ex);
    open_fetcher();
    at(url_one, "/whole-then-reset");
    future_poll(fetch(&one, &fetcher, url_one, LIMIT, NULL), &cx);
    assert_int_equal(send_fails(), POLL_PENDING);
    block_on(&ex, &one.future);
    assert_int_equal(one.status, 200);
    assert_string_equal(one.error, "");
    assert_int_equal(one.bytes, 100);

    future_poll(fetch(&one, &fetcher, url_one, LIMIT, NULL), &cx);
    assert_int_equal(send_fails(), POLL_PENDING);
    assert_int_equal(send_fails(), POLL_READY);
    assert_string_equal(one.error, curl_easy_strerror(CURLE_SEND_ERROR));
    close_fetcher();
}

/* Until so many bytes have come. */
static void get_some(const char *url, uint64_t bytes)
{
    struct context cx = context_make((struct waker){ NULL, NULL }, &ex);
    struct sleep nap;
    future_poll(fetch(&one, &fetcher, url, LIMIT, NULL), &cx);
    while (one.bytes < bytes)
        block_on(&ex, sleep_ms(&nap, 1));
}

static void it_is_read_on_where_one_read_is_not_enough(void **state)
{
    open_fetcher();
    get_some(at(url_one, "/much-then-reset"), 1);
    odd_pause(60); /* now all the rest is there, with the reset behind it */
    not_yet = 2;
    block_on(&ex, &one.future);
    assert_string_equal(one.error, "");
    assert_int_equal(one.bytes, ODD_MUCH);
    close_fetcher();
}

static void half_an_answer_fails_and_its_bytes_are_counted(void **state)
{
    open_fetcher();
    for (int i = 0; i < 20; i++) {
        assert_int_equal(get(at(url_one, "/half-then-reset")), 200);
        assert_non_null(strstr(one.error, "reset"));
        assert_int_equal(one.bytes, 100);
    }
    close_fetcher();
}

static void an_answer_that_ends_in_its_header_fails(void **state)
{
    open_fetcher();
    assert_int_equal(get(at(url_one, "/cut")), 200);
    assert_string_equal(one.error, "the answer ends in its header");
    assert_int_equal(get(at(url_one, "/404-cut")), 404);
    assert_string_equal(one.error, "the answer ends in its header");
    close_fetcher();
}

static void a_line_that_is_too_long_is_called_that(void **state)
{
    open_fetcher();
    get(at(url_one, "/long-line"));
    assert_string_equal(one.error, "no memory, or its header is too long");
    close_fetcher();
}

static void what_ends_later_is_whole(void **state)
{
    static const char *const paths[] = { "/ok", "/chunked", "/trailer",
                                         "/trailer-like-a-status", "/moved/1" };
    open_fetcher();
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        assert_int_equal(get(at(url_one, paths[i])), 200);
        assert_string_equal(one.error, "");
    }
    close_fetcher();
}

static void redirects_end_and_the_answer_is_http(void **state)
{
    open_fetcher();
    assert_int_equal(get(at(url_one, "/for-ever")), 302);
    assert_non_null(strstr(one.error, "redirects"));
    assert_int_equal(get(at(url_one, "/not-http")), 0);
    assert_non_null(strstr(one.error, "HTTP"));
    assert_int_equal(one.bytes, 0);
    close_fetcher();
}

static void no_answer_but_a_reset_is_called_that(void **state)
{
    open_fetcher();
    for (int i = 0; i < 20; i++) {
        assert_int_equal(get(at(url_one, "/reset")), 0);
        assert_non_null(strstr(one.error, "reset"));
    }
    close_fetcher();
}

static void nobody_there_is_called_that(void **state)
{
    open_fetcher();
    assert_int_equal(get("http://127.0.0.1:1/"), 0);
    assert_non_null(strstr(one.error, "127.0.0.1"));
    assert_non_null(strstr(one.error, strerror(ECONNREFUSED)));
    close_fetcher();
}

static void only_http_and_https_are_fetched(void **state)
{
    static const char *const others[] = {
        "file:///etc/passwd",  "telnet://127.0.0.1:1/", "ftp://127.0.0.1:1/",
        "dict://127.0.0.1:1/", "ldap://127.0.0.1:1/",   "nonsense://x",
    };
    open_fetcher();
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(get(others[i]), 0);
        assert_non_null(strstr(one.error, "rotocol"));
        assert_int_equal(one.bytes, 0);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(get(at(url_one, i ? "/to-ftp" : "/to-a-file")), 302);
        assert_non_null(strstr(one.error, "rotocol"));
        assert_int_equal(one.bytes, 0);
    }
    close_fetcher();
}

static void a_body_that_cannot_be_written_says_why(void **state)
{
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        skip(); /* not on this system */
    setbuf(full, NULL);
    open_fetcher();
    block_on(&ex, fetch(&one, &fetcher, at(url_one, "/ok"), LIMIT, full));
    assert_string_equal(one.error, strerror(ENOSPC));
    close_fetcher();
    fclose(full);
}

/* ---- Proxies ------------------------------------------------------------- */

static long get_past_proxy(const char *not_for, const char *url)
{
    long status;
    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    if (not_for)
        assert_int_equal(setenv("no_proxy", not_for, 1), 0);
    open_fetcher();
    status = get(url);
    close_fetcher();
    unsetenv("http_proxy");
    unsetenv("no_proxy");
    return status;
}

static void this_machine_needs_no_proxy(void **state)
{
    assert_int_equal(get_past_proxy(NULL, at(url_one, "/ok")), 200);
    assert_int_equal(get_past_proxy("example.org", at(url_one, "/ok")), 200);
    assert_int_equal(get_past_proxy("*", at(url_one, "/ok")), 200);
}

static void other_machines_are_asked_through_the_proxy(void **state)
{
    get_past_proxy(NULL, "http://example.invalid/");
    assert_non_null(strstr(one.error, "127.0.0.1")); /* it is not there */
    get_past_proxy("x,example.invalid", "http://example.invalid/");
    assert_null(strstr(one.error, "127.0.0.1"));
}

/* ---- Failures inside ----------------------------------------------------- */

static void libcurl_fails_and_no_transfer_waits_for_ever(void **state)
{
    struct join_two both;
    open_fetcher();
    no_action = CURLM_INTERNAL_ERROR;
    block_on(&ex,
             join_two(&both,
                      fetch(&one, &fetcher, at(url_one, "/half-then-silence"),
                            LIMIT, NULL),
                      fetch(&two, &fetcher, at(url_two, "/half-then-silence"),
                            LIMIT, NULL)));
    no_action = CURLM_OK;
    assert_string_equal(one.error, curl_multi_strerror(CURLM_INTERNAL_ERROR));
    assert_string_equal(two.error, one.error);
    assert_int_equal(get(at(url_one, "/ok")), 200);
    close_fetcher();
}

static void no_memory_for_a_transfer_says_so(void **state)
{
    open_fetcher();
    no_easy = true;
    assert_int_equal(get(at(url_one, "/ok")), 0);
    no_easy = false;
    assert_string_equal(one.error, curl_easy_strerror(CURLE_OUT_OF_MEMORY));
    close_fetcher();
}

static void no_memory_for_one_socket_fails_one_transfer(void **state)
{
    struct join_two both;
    open_fetcher();
    no_polls = 1;
    block_on(&ex,
             join_two(&both,
                      fetch(&one, &fetcher, at(url_one, "/ok"), LIMIT, NULL),
                      fetch(&two, &fetcher, at(url_two, "/ok"), LIMIT, NULL)));
    assert_int_equal(one.status, 0);
    assert_string_equal(one.error, uv_strerror(UV_ENOMEM));
    assert_true(one.lacked && !two.lacked);
    assert_int_equal(two.status, 200);
    assert_string_equal(two.error, "");
    close_fetcher();
}

/* ---- Drops --------------------------------------------------------------- */

static void a_drop_says_how_far_it_came(void **state)
{
    open_fetcher();
    get_some(at(url_one, "/half-then-silence"), 100);
    future_drop(&one.future);
    assert_int_equal(one.status, 200);
    assert_int_equal(one.bytes, 100);
    close_fetcher();
}

static void a_drop_before_the_first_poll_is_fine(void **state)
{
    open_fetcher();
    future_drop(fetch(&one, &fetcher, at(url_one, "/ok"), LIMIT, NULL));
    assert_int_equal(one.status, 0);
    close_fetcher();
}

static void a_drop_of_what_has_come_calls_no_hook(void **state)
{
    struct context cx = context_make((struct waker){ NULL, NULL }, &ex);
    open_fetcher();
    future_poll(step("/ok"), &cx);
    while (!one.transfer.over)
        uv_run(&loop, UV_RUN_ONCE);
    future_drop(&one.future); /* before the poll that would be READY */
    assert_int_equal(hooked_ends, 0);
    assert_int_equal(one.status, 200);
    close_fetcher();
}

static void a_drop_does_not_wait_for_the_name(void **state)
{
    struct context cx;
    struct sleep nap;
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
    if (curl->version_num < 0x075700 ||
        !(curl->features & CURL_VERSION_ASYNCHDNS) || curl->ares)
        skip();
    open_fetcher();
    hold = true;
    uv_sem_init(&asked, 0);
    uv_sem_init(&let_go, 0);
    cx = context_make((struct waker){ NULL, NULL }, &ex);
    future_poll(fetch(&one, &fetcher, "http://name.invalid/", 0, NULL), &cx);
    while (uv_sem_trywait(&asked))
        block_on(&ex, sleep_ms(&nap, 1));
    future_drop(&one.future); /* a thread is inside getaddrinfo() */
    close_fetcher();
    uv_sem_post(&let_go);
    uv_sem_wait(&asked);
}

static void close_under_way(void)
{
    open_fetcher();
    get_some(at(url_one, "/half-then-silence"), 100);
    fetcher_close(&fetcher);
}

static void close_twice(void)
{
    open_fetcher();
    fetcher_close(&fetcher);
    fetcher_close(&fetcher);
}

static void a_close_that_is_too_early_or_too_late_says_so(void **state)
{
    assert_misuse(close_under_way, "fetcher_close: a fetch is under way");
    assert_misuse(close_twice, "fetcher_close: it is not open");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hooks_see_what_comes_and_a_redirect_is_the_end),
        cmocka_unit_test(a_post_sends_its_headers_and_its_body),
        cmocka_unit_test(a_post_is_not_redirected),
        cmocka_unit_test(without_a_body_it_is_a_get),
        cmocka_unit_test(an_answer_is_read_although_a_reset_follows),
        cmocka_unit_test(a_reset_between_two_answers_is_tried_again_once),
        cmocka_unit_test(it_is_read_on_where_one_read_is_not_enough),
        cmocka_unit_test(half_an_answer_fails_and_its_bytes_are_counted),
        cmocka_unit_test(an_answer_that_ends_in_its_header_fails),
        cmocka_unit_test(a_line_that_is_too_long_is_called_that),
        cmocka_unit_test(what_ends_later_is_whole),
        cmocka_unit_test(redirects_end_and_the_answer_is_http),
        cmocka_unit_test(no_answer_but_a_reset_is_called_that),
        cmocka_unit_test(nobody_there_is_called_that),
        cmocka_unit_test(only_http_and_https_are_fetched),
        cmocka_unit_test(a_body_that_cannot_be_written_says_why),
        cmocka_unit_test(this_machine_needs_no_proxy),
        cmocka_unit_test(other_machines_are_asked_through_the_proxy),
        cmocka_unit_test(libcurl_fails_and_no_transfer_waits_for_ever),
        cmocka_unit_test(no_memory_for_a_transfer_says_so),
        cmocka_unit_test(no_memory_for_one_socket_fails_one_transfer),
        cmocka_unit_test(a_drop_says_how_far_it_came),
        cmocka_unit_test(a_drop_before_the_first_poll_is_fine),
        cmocka_unit_test(a_drop_of_what_has_come_calls_no_hook),
        cmocka_unit_test(a_drop_does_not_wait_for_the_name),
        cmocka_unit_test(a_close_that_is_too_early_or_too_late_says_so),
    };
    port = odd_server_start();
    return port ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
