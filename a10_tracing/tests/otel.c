/* otel.h, otel_export.h, otel_send.h: what becomes of each span. */
#include <stdbool.h>
#include <stdlib.h>
#include "a04_join/fetch.h"
#include "a08_channels/mpsc.h"
#include "a10_tracing/span.h"

/* Each allocation of jansson and of the exporter passes here. */
static int until_failure = -1;

static void *fail_malloc(size_t size)
{
    return until_failure-- == 0 ? NULL : malloc(size);
}

static void *fail_realloc(void *block, size_t size)
{
    return until_failure-- == 0 ? NULL : realloc(block, size);
}

static char *fail_strdup(const char *text)
{
    return until_failure-- == 0 ? NULL : strdup(text);
}

#define malloc fail_malloc
#define realloc fail_realloc
#define strdup fail_strdup
#include "a10_tracing/otel.h"
#undef malloc
#undef realloc
#undef strdup

#include "otel_server.h"
#include "otel_valid.h"
#include "tests/by_hand.h"

#define NEVER 1000000000u /* ms; no test gets there */

static struct fetcher fetcher;
static struct otel otel;
static struct otel_options options;
static char endpoint[64];
static int port;

/* ---- What is said on stderr ---------------------------------------------- */

static char said[1000];
static FILE *said_file;
static int real_stderr;

static void listen_to_stderr(void)
{
    said_file = tmpfile();
    assert_non_null(said_file);
    fflush(stderr);
    real_stderr = dup(2);
    dup2(fileno(said_file), 2);
}

static void hear_stderr(void)
{
    size_t n;
    fflush(stderr);
    dup2(real_stderr, 2);
    close(real_stderr);
    rewind(said_file);
    n = fread(said, 1, sizeof said - 1, said_file);
    said[n] = '\0';
    fclose(said_file);
}

/* One line with these words, or none: NULL. */
static void expect_said(const char *words)
{
    const char *line = strchr(said, '\n');
    if (!words)
        assert_string_equal(said, "");
    else if (!strstr(said, words) || !line || line[1])
        fail_msg("not one line with \"%s\": %s", words, said);
    else
        assert_non_null(strstr(said, "; the program runs on\n"));
}

/* ---- A program with an exporter ------------------------------------------ */

static void defaults(void)
{
    unsetenv("OTEL_EXPORTER_OTLP_ENDPOINT");
    unsetenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    unsetenv("OTEL_EXPORTER_OTLP_HEADERS");
    unsetenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS");
    unsetenv("OTEL_SERVICE_NAME");
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%d", port);
    options = (struct otel_options){ .endpoint = endpoint, .delay_ms = NEVER };
}

static int begin(void)
{
    int rc;
    fresh();
    listen_to_stderr();
    up(&virtual_clock);
    log_open(&ex);
    assert_int_equal(fetcher_init(&fetcher, &loop, 4), 0);
    rc = otel_open(&otel, &ex, &fetcher, &options);
    log_subscribe(&otel.subscriber);
    return rc;
}

static void end(void)
{
    fetcher_close(&fetcher);
    down();
    log_close();
    hear_stderr();
}

static void close_otel(void)
{
    otel_close(&otel);
    end();
}

/* What became of the spans. */
static void expect_count(uint64_t sent, uint64_t refused, uint64_t unsent,
                         uint64_t full)
{
    assert_int_equal(otel.out.count.sent, sent);
    assert_int_equal(otel.out.count.refused, refused);
    assert_int_equal(otel.out.count.unsent, unsent);
    assert_int_equal(otel.out.count.full, full);
    assert_int_equal(otel.out.count.no_memory, 0);
}

static void make_span(void)
{
    struct instrument span;
    struct future ready = { .ops = &ready_ops };
    assert_int_equal(poll_once(INSTRUMENT(&span, &ready, INFO, "s")),
                     POLL_READY);
}

static void make_spans(int n)
{
    while (n-- > 0)
        make_span();
}

static void run_ms(uint64_t ms)
{
    struct sleep nap;
    block_on(&ex, sleep_ms(&nap, ms));
}

/* Until so many spans were sent, refused or given up. */
static void run_until_told_of(uint64_t spans)
{
    const struct otel_count *c = &otel.out.count;
    while (c->sent + c->refused + c->unsent < spans)
        run_ms(100);
}

/* How many spans are in the n-th document, which is valid. */
static size_t spans_of(int n)
{
    const char *wrong = otel_wrong_text(server_body(n));
    json_t *parsed = json_loads(server_body(n), 0, NULL);
    json_t *o = json_array_get(json_object_get(parsed, "resourceSpans"), 0);
    size_t size;
    if (wrong)
        fail_msg("%s in %s", wrong, server_body(n));
    o = json_array_get(json_object_get(o, "scopeSpans"), 0);
    size = json_array_size(json_object_get(o, "spans"));
    json_decref(parsed);
    return size;
}

static void server_will_say(const char *first, enum server_end then)
{
    struct server_answer answers[] = { { first, then },
                                       { SERVER_OK, SERVER_KEEP },
                                       { 0 } };
    server_will(answers);
}

/* ---- Batches ------------------------------------------------------------- */

/* OTEL-g */
static void a_full_batch_is_sent_at_once(void **state)
{
    defaults();
    options.batch = 3;
    server_will_say(SERVER_OK, SERVER_KEEP);
    begin();
    make_spans(4);
    run_until_told_of(3);
    assert_int_equal(server_got(), 1);
    assert_int_equal(spans_of(0), 3);
    assert_true(executor_now(&ex) < NEVER);
    close_otel();
    expect_count(4, 0, 0, 0);
    expect_said(NULL);
}

/* OTEL-g: counted from its first span. */
static void a_batch_is_sent_after_the_delay(void **state)
{
    defaults();
    options.delay_ms = 1000;
    server_will_say(SERVER_OK, SERVER_KEEP);
    begin();
    run_ms(5000);
    make_span();
    run_ms(500);
    make_span();
    run_ms(499);
    assert_int_equal(server_got(), 0);
    run_until_told_of(2);
    assert_int_equal(server_got(), 1);
    assert_int_equal(spans_of(0), 2);
    assert_true(executor_now(&ex) >= 6000);
    close_otel();
    expect_count(2, 0, 0, 0);
}

/* OTEL-g: several batches, too. */
static void what_is_left_is_sent_in_the_end(void **state)
{
    defaults();
    options.batch = 10;
    server_will_say(SERVER_OK, SERVER_KEEP);
    begin();
    make_spans(25);
    close_otel();
    assert_int_equal(server_got(), 3);
    assert_int_equal(spans_of(0), 10);
    assert_int_equal(spans_of(1), 10);
    assert_int_equal(spans_of(2), 5);
    expect_count(25, 0, 0, 0);
    expect_said(NULL);
}

/* OTEL-g */
static void nothing_is_sent_if_there_is_nothing(void **state)
{
    defaults();
    options.delay_ms = 1;
    server_will_say(SERVER_OK, SERVER_KEEP);
    begin();
    run_ms(10000);
    close_otel();
    assert_int_equal(server_got(), 0);
    expect_count(0, 0, 0, 0);
}

/* OTEL-g: what ends later is nobody's. */
static void a_span_may_end_after_the_close(void **state)
{
    struct instrument span;
    defaults();
    server_will_say(SERVER_OK, SERVER_KEEP);
    begin();
    poll_once(INSTRUMENT(&span, arms[0], INFO, "s"));
    otel_close(&otel);
    future_drop(&span.future);
    make_span();
    end();
    expect_count(0, 0, 0, 0);
}

/* OTEL-h */
static void a_full_queue_loses_and_counts(void **state)
{
    defaults();
    options.queue = 4;
    server_will_say(SERVER_OK, SERVER_KEEP);
    begin();
    make_spans(10);
    close_otel();
    assert_int_equal(spans_of(0), 4);
    expect_count(4, 0, 0, 6);
    expect_said("the queue is full");
}

/* OTEL-h: while a collector does not answer, the queue is the limit. */
static void a_slow_collector_does_not_make_the_program_wait(void **state)
{
    defaults();
    options.queue = 5;
    options.batch = 2;
    options.flush_ms = 20;
    server_will_say("", SERVER_HOLD);
    begin();
    make_spans(2);
    while (server_got() == 0)
        run_ms(1);
    make_spans(9);
    close_otel();
    expect_count(0, 0, 7, 4);
    expect_said("the queue is full");
}

/* ---- Which spans --------------------------------------------------------- */

static void other_thread(void *unused)
{
    make_span();
}

/* OTEL-i */
static void only_what_is_sampled_and_wanted_is_sent(void **state)
{
    struct traceparent parent = { { 1, 2 }, 3, false };
    struct instrument span;
    uv_thread_t thread;
    defaults();
    options.target = "tests";
    server_will_say(SERVER_OK, SERVER_KEEP);
    begin();
    INSTRUMENT(&span, arms[0], INFO, "not sampled");
    span_set_parent(&span, &parent);
    poll_once(&span.future);
    future_drop(&span.future);
    instrument(&span, arms[1],
               (struct site){ "x/x.c", 1, "other", LEVEL_INFO, "other" },
               &FIELD_END);
    poll_once(&span.future);
    future_drop(&span.future);
    LOG(INFO, "an event in no span");
    assert_int_equal(uv_thread_create(&thread, other_thread, NULL), 0);
    uv_thread_join(&thread);
    make_span();
    close_otel();
    assert_int_equal(server_got(), 1);
    assert_int_equal(spans_of(0), 1);
    expect_count(1, 0, 0, 0);
}

static int spans_begun;

static void count_begun(struct subscriber *s, const struct record *r)
{
    spans_begun += r->kind == SPAN_NEW;
}

/* OTEL-i */
static void no_trace_is_about_traces(void **state)
{
    struct subscriber counts = { .write = count_begun };
    const char *head;
    defaults();
    options.delay_ms = 1;
    server_will_say(SERVER_OK, SERVER_KEEP);
    begin();
    filter_parse(&log_state.filter, "trace");
    log_subscribe(&counts);
    spans_begun = 0;
    make_span();
    run_until_told_of(1);
    run_ms(10000);
    close_otel();
    assert_int_equal(spans_begun, 1);
    assert_int_equal(server_got(), 1);
    head = server_request(0);
    assert_memory_equal(head, "POST /v1/traces HTTP/1.1\r\n", 26);
    assert_non_null(strstr(head, "\r\nContent-Type: application/json\r\n"));
    assert_null(strstr(head, "traceparent"));
    assert_null(strstr(head, "Expect"));
}

/* ---- What the collector answers ------------------------------------------ */

/* One span, and this answer first. */
static void send_one(const char *first, enum server_end then)
{
    defaults();
    options.delay_ms = 1;
    options.timeout_ms = then == SERVER_HOLD ? 1500 : 0;
    server_will_say(first, then);
    begin();
    make_span();
    run_until_told_of(1);
    close_otel();
}

static void expect_again(const char *first, enum server_end then,
                         const char *words)
{
    send_one(first, then);
    assert_int_equal(server_got(), 2);
    assert_string_equal(server_body(0), server_body(1));
    assert_int_equal(spans_of(0), 1);
    assert_true(executor_now(&ex) >= 800);
    expect_count(1, 0, 0, 0);
    expect_said(words);
}

/* OTEL-j */
static void four_statuses_are_worth_another_attempt(void **state)
{
    expect_again(SERVER_SAYS("429 Slow"), SERVER_CLOSE, "status 429");
    expect_again(SERVER_SAYS("502 Bad"), SERVER_CLOSE, "status 502");
    expect_again(SERVER_SAYS("503 Busy"), SERVER_CLOSE, "status 503");
    expect_again(SERVER_SAYS("504 Late"), SERVER_CLOSE, "status 504");
}

/* OTEL-j */
static void so_is_an_answer_that_is_none(void **state)
{
    static const char words[] = "the collector does not answer: ";
    expect_again("", SERVER_CLOSE, words);
    expect_again("", SERVER_HOLD, words); /* until options.timeout_ms */
    expect_again("who are you?\n", SERVER_CLOSE, words);
    expect_again("HTTP/1.1 200 OK\r\nContent-Le", SERVER_CLOSE, words);
    expect_again("HTTP/1.1 400 Bad\r\nContent-Le", SERVER_CLOSE, words);
    expect_again("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"part",
                 SERVER_CLOSE, words);
    expect_again("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"part",
                 SERVER_HOLD, words);
}

static void expect_refused(const char *first, const char *words)
{
    send_one(first, SERVER_CLOSE);
    assert_int_equal(server_got(), 1);
    expect_count(0, 1, 0, 0);
    expect_said(words);
}

/* OTEL-j */
static void any_other_status_is_final(void **state)
{
    expect_refused(SERVER_SAYS("400 Bad"), "status 400");
    expect_refused(SERVER_SAYS("401 Who"), "status 401");
    expect_refused(SERVER_SAYS("404 No"), "status 404");
    expect_refused(SERVER_SAYS("413 Much"), "status 413");
    expect_refused(SERVER_SAYS("500 Oh"), "status 500");
    expect_refused(SERVER_SAYS("501 No"), "status 501");
    expect_refused("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n"
                   "Content-Length: 0\r\nConnection: close\r\n\r\n",
                   "status 302");
}

/* Sends one span; the collector says 503 and this.  In the next `early` ms, of
 * virtual time, nothing is sent again. */
static void expect_pause(const char *header, uint64_t early, uint64_t late)
{
    char answer[200];
    snprintf(answer, sizeof answer,
             "HTTP/1.1 503 Busy\r\n%sContent-Length: 0\r\n\r\n", header);
    defaults();
    options.batch = 1;
    server_will_say(answer, SERVER_KEEP);
    begin();
    make_span();
    while (server_got() == 0)
        run_ms(1);
    run_ms(early);
    assert_int_equal(server_got(), 1);
    run_until_told_of(1);
    assert_int_equal(server_got(), 2);
    assert_true(executor_now(&ex) < late);
    close_otel();
    expect_count(1, 0, 0, 0);
}

/* OTEL-k: of virtual time. */
static void the_collector_says_when_to_come_back(void **state)
{
    expect_pause("Retry-After: 7\r\n", 6980, NEVER);
    expect_pause("Retry-After: 1\r\n", 980, NEVER);
    expect_pause("Retry-After: 86400\r\n", 59980, 86400000);
    expect_pause("Retry-After: Mon, 01 Jan 2301 00:00:00 GMT\r\n", 59980,
                 86400000);
    expect_pause("Retry-After: soon\r\n", 780, NEVER);
    expect_pause("Retry-After: -5\r\n", 780, NEVER);
    expect_pause("", 780, NEVER);
}

/* OTEL-k: four pauses of 1, 2, 4 and 8 s, each up to a fifth less. */
static void a_collector_that_is_away_is_asked_five_times(void **state)
{
    defaults();
    options.endpoint = "http://127.0.0.1:1";
    options.delay_ms = 1;
    begin();
    make_spans(3);
    run_until_told_of(3);
    assert_true(executor_now(&ex) >= 12000);
    expect_count(0, 0, 3, 0);
    make_span();
    run_until_told_of(4);
    close_otel();
    expect_count(0, 0, 4, 0);
    expect_said("the collector does not answer: ");

    defaults();
    options.delay_ms = 1;
    server_will((struct server_answer[]){
        { SERVER_SAYS("503 Busy"), SERVER_CLOSE }, { 0 } });
    begin();
    make_span();
    run_until_told_of(1);
    close_otel();
    assert_int_equal(server_got(), 5);
    expect_count(0, 0, 1, 0);
}

/* Five spans; the collector says yes, but. */
static void expect_partial(const char *answer, uint64_t refused)
{
    char text[500];
    snprintf(text, sizeof text,
             "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(answer),
             answer);
    defaults();
    server_will_say(text, SERVER_KEEP);
    begin();
    make_spans(5);
    close_otel();
    assert_int_equal(server_got(), 1);
    expect_count(5 - refused, refused, 0, 0);
    expect_said(refused ? "the collector rejects spans" : NULL);
}

/* OTEL-l */
static void a_success_may_be_partial(void **state)
{
    expect_partial("{\"partialSuccess\":{\"rejectedSpans\":\"2\","
                   "\"errorMessage\":\"x\"}}",
                   2);
    expect_partial("{\"partialSuccess\":{\"rejectedSpans\":2}}", 2);
    expect_partial("{\"partialSuccess\":{\"rejectedSpans\":\"5\"}}", 5);
    expect_partial("{\"partialSuccess\":{\"rejectedSpans\":"
                   "\"99999999999999999999\"}}",
                   5);
    expect_partial("{\"partialSuccess\":{\"rejectedSpans\":\"-2\"}}", 0);
    expect_partial("{\"partialSuccess\":{\"rejectedSpans\":[3]}}", 0);
    expect_partial("{\"partialSuccess\":{\"errorMessage\":\"slower\"}}", 0);
    expect_partial("{\"partialSuccess\":3}", 0);
    expect_partial("{}", 0);
    expect_partial("[]", 0);
    expect_partial("", 0);
    expect_partial("<html>", 0);
}

/* OTEL-l: it is not all kept. */
static void a_long_answer_is_a_success(void **state)
{
    static char much[200000];
    memset(much, ' ', sizeof much - 1);
    memcpy(much, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[", 40);
    send_one(much, SERVER_CLOSE);
    expect_count(1, 0, 0, 0);
    expect_said(NULL);
}

/* ---- The end ------------------------------------------------------------- */

/* OTEL-m: one attempt more, at once. */
static void a_close_does_not_wait_for_a_pause(void **state)
{
    uint64_t before;
    defaults();
    options.batch = 1;
    options.flush_ms = 20000;
    server_will((struct server_answer[]){
        { "HTTP/1.1 503 Busy\r\nRetry-After: 50\r\nContent-Length: 0\r\n\r\n",
          SERVER_KEEP },
        { 0 } });
    begin();
    make_spans(2);
    while (server_got() == 0)
        run_ms(1);
    run_ms(20); /* now it waits for the end of the pause */
    assert_int_equal(server_got(), 1);
    before = executor_now(&ex);
    otel_close(&otel);
    assert_true(executor_now(&ex) - before <= 20000);
    assert_int_equal(server_got(), 3);
    end();
    expect_count(0, 0, 2, 0);
    expect_said("status 503");
}

/* OTEL-m */
static void a_close_waits_for_the_collector_but_not_for_ever(void **state)
{
    defaults();
    options.flush_ms = 50;
    options.batch = 2;
    server_will_say("", SERVER_HOLD);
    begin();
    make_spans(5);
    while (server_got() == 0)
        run_ms(1);
    close_otel();
    assert_int_equal(server_got(), 1);
    expect_count(0, 0, 5, 0);
    expect_said("the collector has not answered in 50 ms");
}

/* The exporter's task is dropped in this state. */
static void drop_after(int spans, int polls, int requests)
{
    begin();
    make_spans(spans);
    let_run(polls);
    while (server_got() < requests)
        run_ms(1);
    if (requests)
        run_ms(20);
    task_abort(otel.task);
    make_span(); /* there is no receiver */
    close_otel();
    expect_count(0, 0, (uint64_t)spans + 1, 0);
}

/* OTEL-m: before its first poll; while it waits for a span, for more of them,
 * for an answer, and for the end of a pause. */
static void a_drop_counts_what_was_not_sent(void **state)
{
    defaults();
    options.batch = 4;
    drop_after(3, 0, 0);
    drop_after(0, 3, 0);
    drop_after(3, 3, 0);
    server_will_say("", SERVER_HOLD);
    drop_after(6, 3, 1);
    server_will_say("HTTP/1.1 503 Busy\r\nRetry-After: 50\r\n"
                    "Content-Length: 0\r\n\r\n",
                    SERVER_KEEP);
    drop_after(6, 3, 1);
}

/* OTEL-m: the executor is closed first, which is wrong, but does no harm. */
static void an_executor_that_closes_drops_the_exporter(void **state)
{
    defaults();
    begin();
    make_spans(2);
    task_detach(otel.task);
    otel.task = NULL;
    fetcher_close(&fetcher);
    down();
    otel_close(&otel);
    log_close();
    hear_stderr();
    expect_count(0, 0, 2, 0);
}

/* ---- The environment ----------------------------------------------------- */

static void expect_url(const char *base, const char *traces, const char *url)
{
    defaults();
    setenv("OTEL_EXPORTER_OTLP_ENDPOINT", base, 1);
    setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", traces, 1);
    assert_int_equal(otel_is_configured(), *base || *traces);
    begin();
    assert_string_equal(otel.out.route.url, url);
    close_otel();
    defaults();
}

/* OTEL-n */
static void the_environment_says_where(void **state)
{
    char own[100];
    snprintf(own, sizeof own, "http://127.0.0.1:%d/v1/traces", port);
    expect_url("", "", own);
    expect_url("http://c:4318", "", "http://c:4318/v1/traces");
    expect_url("http://c:4318/", "", "http://c:4318/v1/traces");
    expect_url("https://c/base/", "", "https://c/base/v1/traces");
    expect_url("https://c/base", "", "https://c/base/v1/traces");
    expect_url("http://c/base/?key=a/b", "", "http://c/base/v1/traces?key=a/b");
    expect_url("http://c#part", "", "http://c/v1/traces#part");
    expect_url("http://c", "http://d/x", "http://d/x");
    expect_url("", "http://d", "http://d");
}

/* OTEL-n */
static void the_environment_names_the_service(void **state)
{
    defaults();
    options.service = "mine";
    begin();
    assert_string_equal(otel.out.service, "mine");
    close_otel();
    setenv("OTEL_SERVICE_NAME", "theirs", 1);
    begin();
    assert_string_equal(otel.out.service, "theirs");
    close_otel();
    setenv("OTEL_SERVICE_NAME", "", 1);
    options.service = NULL;
    begin();
    assert_string_equal(otel.out.service, "unknown_service");
    close_otel();
    defaults();
}

/* The headers that a span is sent with, in the order of the list. */
static void expect_headers(const char *list, const char *headers)
{
    setenv("OTEL_EXPORTER_OTLP_HEADERS", list, 1);
    begin();
    server_will_say(SERVER_OK, SERVER_KEEP);
    make_spans(1);
    close_otel();
    expect_count(1, 0, 0, 0);
    if (!strstr(server_request(0), headers))
        fail_msg("%s gave %s", list, server_request(0));
}

/* OTEL-n */
static void the_environment_adds_headers(void **state)
{
    defaults();
    expect_headers("api-key=secret", "\r\napi-key: secret\r\n");
    expect_said(NULL);
    expect_headers(" a = one two , b=2,", "\r\na: one two\r\nb: 2\r\n");
    expect_said(NULL);
    expect_headers("a=x%2Cy%3Dz=,b=", "\r\na: x,y=z=\r\nb:\r\n");
    expect_said(NULL);
    expect_headers("nonsense,a=1", "\r\na: 1\r\n");
    expect_said("is not name=value");
    expect_headers("a=1%0D%0Aevil: 2,b=3", "\r\nb: 3\r\n");
    expect_said("is not name=value");
    assert_null(strstr(server_request(0), "evil"));
    expect_headers("a b=1,=2,b=3", "\r\nb: 3\r\n");
    expect_said("is not name=value");
    setenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "only=this", 1);
    expect_headers("not=that", "\r\nonly: this\r\n");
    assert_null(strstr(server_request(0), "that"));
    defaults();
}

/* OTEL-n */
static void without_an_endpoint_one_line_says_so(void **state)
{
    defaults();
    options.endpoint = NULL;
    assert_false(otel_is_configured());
    assert_int_equal(begin(), 0);
    make_spans(3);
    run_ms(10000);
    close_otel();
    expect_count(0, 0, 0, 0);
    expect_said("no span is sent, because OTEL_EXPORTER_OTLP_ENDPOINT is not "
                "set");
}

/* ---- Time, and memory ---------------------------------------------------- */

/* OTEL-d: on the real clock, times are those of the wall. */
static void times_begin_in_1970(void **state)
{
    time_t before = time(NULL);
    uint64_t start;
    const char *at;
    static const char key[] = "\"startTimeUnixNano\":\"";
    defaults();
    setenv("EXECUTOR_CLOCK", "real", 1);
    server_will_say(SERVER_OK, SERVER_KEEP);
    begin();
    make_span();
    close_otel();
    unsetenv("EXECUTOR_CLOCK");
    assert_int_equal(spans_of(0), 1);
    at = strstr(server_body(0), key);
    assert_non_null(at);
    start = strtoull(at + strlen(key), NULL, 10) / 1000000000;
    assert_true(start + 5 >= (uint64_t)before);
    assert_true(start <= (uint64_t)time(NULL) + 5);
}

/* Three spans, the second with an event. */
static uint64_t send_three(void)
{
    struct instrument span;
    const struct otel_count *c = &otel.out.count;
    make_span();
    poll_once(INSTRUMENT(&span, arms[0], INFO, "s", FIELD("a", 1)));
    span_current = &span.span;
    LOG(INFO, "e", FIELD("b", "text"));
    span_current = NULL;
    future_drop(&span.future);
    make_span();
    otel_close(&otel);
    return c->sent + c->no_memory;
}

/* OTEL-f: each allocation fails once; each span is sent, or counted. */
static void a_span_without_memory_is_counted(void **state)
{
    static const struct server_answer good[] = {
        { "HTTP/1.1 200 OK\r\nContent-Length: 37\r\n\r\n"
          "{\"partialSuccess\":{\"errorMessage\":\"\"}}",
          SERVER_KEEP },
        { 0 },
    };
    int k = 0, left;
    do {
        defaults();
        options.batch = 2;
        server_will(good);
        until_failure = k++;
        if (begin() == 0)
            assert_int_equal(send_three(), 3);
        else
            assert_int_equal(otel.out.count.sent, 0);
        left = until_failure;
        until_failure = -1;
        end();
        for (int i = 0; i < server_got(); i++)
            assert_true(spans_of(i) <= 2);
        if (otel.out.count.no_memory)
            expect_said(uv_strerror(UV_ENOMEM));
        else
            expect_said(NULL);
    } while (left < 0);
    assert_true(k > 300 && k < 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_batch_is_sent_at_once),
        cmocka_unit_test(a_batch_is_sent_after_the_delay),
        cmocka_unit_test(what_is_left_is_sent_in_the_end),
        cmocka_unit_test(nothing_is_sent_if_there_is_nothing),
        cmocka_unit_test(a_span_may_end_after_the_close),
        cmocka_unit_test(a_full_queue_loses_and_counts),
        cmocka_unit_test(a_slow_collector_does_not_make_the_program_wait),
        cmocka_unit_test(only_what_is_sampled_and_wanted_is_sent),
        cmocka_unit_test(no_trace_is_about_traces),
        cmocka_unit_test(four_statuses_are_worth_another_attempt),
        cmocka_unit_test(so_is_an_answer_that_is_none),
        cmocka_unit_test(any_other_status_is_final),
        cmocka_unit_test(the_collector_says_when_to_come_back),
        cmocka_unit_test(a_collector_that_is_away_is_asked_five_times),
        cmocka_unit_test(a_success_may_be_partial),
        cmocka_unit_test(a_long_answer_is_a_success),
        cmocka_unit_test(a_close_does_not_wait_for_a_pause),
        cmocka_unit_test(a_close_waits_for_the_collector_but_not_for_ever),
        cmocka_unit_test(a_drop_counts_what_was_not_sent),
        cmocka_unit_test(an_executor_that_closes_drops_the_exporter),
        cmocka_unit_test(the_environment_says_where),
        cmocka_unit_test(the_environment_names_the_service),
        cmocka_unit_test(the_environment_adds_headers),
        cmocka_unit_test(without_an_endpoint_one_line_says_so),
        cmocka_unit_test(times_begin_in_1970),
        cmocka_unit_test(a_span_without_memory_is_counted),
    };
    unsetenv("EXECUTOR_LOG");
    json_set_alloc_funcs(fail_malloc, free);
    port = server_start();
    return port ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
