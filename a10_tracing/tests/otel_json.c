/* otel_json.h: the document against OTLP's JSON mapping. */
#include <stdbool.h>
#include <stdlib.h>

/* Each allocation of jansson and of json.h passes here. */
static int until_failure = -1;
static bool failed;

static bool fails(void)
{
    bool now = until_failure-- == 0;
    failed = failed || now;
    return now;
}

static void *fail_malloc(size_t size)
{
    return fails() ? NULL : malloc(size);
}

static void *fail_realloc(void *block, size_t size)
{
    return fails() ? NULL : realloc(block, size);
}

#define malloc fail_malloc
#define realloc fail_realloc
#include "a10_tracing/otel_json.h"
#include "a10_tracing/span.h"
#undef malloc
#undef realloc
#include "otel_valid.h"
#include "tests/by_hand.h"

/* ---- A subscriber that makes a document of each span --------------------- */

static struct otel_open_span open_span;
static char *document; /* of the latest span; NULL: it found no memory */
static const struct executor_options virtual_with_seed = { .virtual_clock =
                                                               true,
                                                           .seed = 7 };

static void make_document(const struct record *r)
{
    json_t *spans = json_array();
    free(document);
    document = NULL;
    if (json_array_append_new(spans, otel_span(r->span, &open_span, r->ns)) ==
        0)
        document = otel_document(spans, "service");
    json_decref(spans);
    json_decref(open_span.events);
}

static void ear_write(struct subscriber *s, const struct record *r)
{
    if (r->kind == SPAN_NEW)
        open_span = (struct otel_open_span){ .start = r->ns };
    else if (r->kind == RECORD_EVENT)
        otel_add_event(&open_span, r, r->ns);
    else if (r->kind == SPAN_CLOSE)
        make_document(r);
}

static struct subscriber ear;
static struct instrument spanned;

static void begin(void)
{
    fresh();
    up(&virtual_with_seed);
    ear = (struct subscriber){ .write = ear_write };
    log_open(&ex);
    log_subscribe(&ear);
}

static void end(void)
{
    down();
    log_close();
    free(document);
    document = NULL;
}

/* It is polled; these events happen in it; it is dropped. */
#define IN_SPAN(...)                  \
    do {                              \
        poll_once(&spanned.future);   \
        span_current = &spanned.span; \
        __VA_ARGS__;                  \
        span_current = NULL;          \
        future_drop(&spanned.future); \
    } while (0)

/* What is in the document: the only span. */
static json_t *the_span(json_t *parsed)
{
    json_t *o = json_object_get(parsed, "resourceSpans");
    o = json_object_get(json_array_get(o, 0), "scopeSpans");
    o = json_object_get(json_array_get(o, 0), "spans");
    assert_int_equal(json_array_size(o), 1);
    return json_array_get(o, 0);
}

static void expect_valid(void)
{
    const char *wrong = otel_wrong_text(document);
    if (wrong)
        fail_msg("%s in %s", wrong, document);
}

/* ---- The whole ----------------------------------------------------------- */

/* OTEL-d */
static void a_span_is_a_document(void **state)
{
    char expected[2000];
    int line;
    struct traceparent parent = { { 0x4bf92f3577b34da6, 0xa3ce929d0e0e4736 },
                                  0x00f067aa0ba902b7,
                                  true };
    begin();
    INSTRUMENT(&spanned, arms[0], INFO, "request", FIELD("id", 7));
    line = __LINE__ - 1;
    span_set_parent(&spanned, &parent);
    ex.virtual_now = 1000;
    IN_SPAN(ex.virtual_now += 5; LOG(WARN, "low", FIELD("left", 2)));
    snprintf(
        expected, sizeof expected,
        "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":"
        "\"service.name\",\"value\":{\"stringValue\":\"service\"}}]},"
        "\"scopeSpans\":[{\"scope\":{\"name\":\"async-in-c\"},\"spans\":[{"
        "\"traceId\":\"4bf92f3577b34da6a3ce929d0e0e4736\","
        "\"spanId\":\"%016" PRIx64 "\","
        "\"parentSpanId\":\"00f067aa0ba902b7\",\"flags\":769,"
        "\"name\":\"request\",\"kind\":2,"
        "\"startTimeUnixNano\":\"1000000000\","
        "\"endTimeUnixNano\":\"1005000000\",\"attributes\":["
        "{\"key\":\"id\",\"value\":{\"intValue\":\"7\"}},"
        "{\"key\":\"target\",\"value\":{\"stringValue\":\"tests\"}},"
        "{\"key\":\"code.file.path\",\"value\":{\"stringValue\":"
        "\"otel_json.c\"}},"
        "{\"key\":\"code.line.number\",\"value\":{\"intValue\":\"%d\"}},"
        "{\"key\":\"busy_ns\",\"value\":{\"intValue\":\"0\"}},"
        "{\"key\":\"idle_ns\",\"value\":{\"intValue\":\"1005000000\"}}],"
        "\"events\":[{\"timeUnixNano\":\"1005000000\",\"name\":\"low\","
        "\"attributes\":[{\"key\":\"left\",\"value\":{\"intValue\":\"2\"}},"
        "{\"key\":\"level\",\"value\":{\"stringValue\":\"WARN\"}}]}]}]}]}]}",
        spanned.span.as_parent.span, line);
    assert_string_equal(document, expected);
    expect_valid();
    end();
}

/* ---- Values -------------------------------------------------------------- */

static void check_value(struct field f, const char *expected)
{
    json_t *value = otel_value(&f);
    char *text = json_line(value, JSON_COMPACT, "");
    assert_non_null(text);
    assert_string_equal(text, expected);
    assert_null(otel_wrong(value, &otel_any_value));
    free(text);
    json_decref(value);
}

/* OTEL-d */
static void each_kind_has_its_type(void **state)
{
    check_value(FIELD("", (bool)1), "{\"boolValue\":true}");
    check_value(FIELD("", (bool)0), "{\"boolValue\":false}");
    check_value(FIELD("", -7), "{\"intValue\":\"-7\"}");
    check_value(FIELD("", INT64_MIN),
                "{\"intValue\":\"-9223372036854775808\"}");
    check_value(FIELD("", (uint64_t)INT64_MAX),
                "{\"intValue\":\"9223372036854775807\"}");
    check_value(FIELD("", UINT64_MAX),
                "{\"stringValue\":\"18446744073709551615\"}");
    check_value(FIELD("", 0.5), "{\"doubleValue\":0.5}");
    check_value(FIELD("", 2.0), "{\"doubleValue\":2.0}");
    check_value(FIELD("", (double)INFINITY), "{\"doubleValue\":\"Infinity\"}");
    check_value(FIELD("", (double)-INFINITY),
                "{\"doubleValue\":\"-Infinity\"}");
    check_value(FIELD("", (double)NAN), "{\"doubleValue\":\"NaN\"}");
    check_value(FIELD("", "a\n\"\xc3\xa4"),
                "{\"stringValue\":\"a\\n\\\"\xc3\xa4\"}");
    check_value(FIELD("", "\xe4"), "{\"stringValue\":\"?\"}");
    check_value(FIELD("", (char *)NULL), "{}");
}

/* OTEL-d */
static void the_first_of_two_attributes_counts(void **state)
{
    json_t *parsed, *span, *event;
    begin();
    INSTRUMENT(&spanned, arms[0], INFO, "s", FIELD("a", 1), FIELD("a", 2),
               FIELD("target", "mine"));
    IN_SPAN(LOG(INFO, "e", FIELD("level", 9), FIELD("b", 1), FIELD("b", 1)));
    expect_valid();
    parsed = json_loads(document, 0, NULL);
    span = the_span(parsed);
    event = json_array_get(json_object_get(span, "events"), 0);
    assert_int_equal(json_integer_value(
                         json_object_get(span, "droppedAttributesCount")),
                     2);
    assert_int_equal(json_integer_value(
                         json_object_get(event, "droppedAttributesCount")),
                     2);
    assert_non_null(strstr(document, "{\"key\":\"a\",\"value\":{\"intValue\":"
                                     "\"1\"}}"));
    assert_non_null(strstr(document, "\"stringValue\":\"mine\""));
    json_decref(parsed);
    end();
}

static json_int_t kind_of(const char *said, bool remote)
{
    struct traceparent parent = { { 1, 2 }, 3, true };
    json_t *parsed;
    json_int_t kind;
    begin();
    INSTRUMENT(&spanned, arms[0], INFO, "s", FIELD("otel.kind", said));
    if (remote)
        span_set_parent(&spanned, &parent);
    IN_SPAN((void)0);
    expect_valid();
    assert_null(strstr(document, "otel.kind"));
    parsed = json_loads(document, 0, NULL);
    kind = json_integer_value(json_object_get(the_span(parsed), "kind"));
    json_decref(parsed);
    end();
    return kind;
}

/* OTEL-e */
static void a_kind_is_a_number(void **state)
{
    assert_int_equal(kind_of(NULL, false), 1);
    assert_int_equal(kind_of(NULL, true), 2);
    assert_int_equal(kind_of("internal", true), 1);
    assert_int_equal(kind_of("server", false), 2);
    assert_int_equal(kind_of("client", true), 3);
    assert_int_equal(kind_of("producer", false), 4);
    assert_int_equal(kind_of("consumer", false), 5);
    assert_int_equal(kind_of("Server", false), 1);
}

/* OTEL-e */
static void an_error_is_the_status(void **state)
{
    begin();
    INSTRUMENT(&spanned, arms[0], INFO, "s");
    IN_SPAN(LOG(WARN, "bad"); LOG(ERROR, "worse"); LOG(INFO, "good"));
    expect_valid();
    assert_non_null(
        strstr(document, "\"status\":{\"code\":2,\"message\":\"worse\"}"));
    end();
}

/* OTEL-e */
static void a_root_has_no_parent_and_is_not_remote(void **state)
{
    begin();
    INSTRUMENT(&spanned, arms[0], INFO, "s");
    IN_SPAN((void)0);
    expect_valid();
    assert_null(strstr(document, "parentSpanId"));
    assert_null(strstr(document, "\"events\""));
    assert_null(strstr(document, "\"status\""));
    assert_non_null(strstr(document, "\"flags\":257,"));
    end();
}

/* OTEL-e */
static void events_have_a_limit(void **state)
{
    json_t *parsed, *span;
    begin();
    INSTRUMENT(&spanned, arms[0], INFO, "s");
    IN_SPAN(for (int i = 0; i < OTEL_EVENTS + 3; i++) LOG(INFO, "e"));
    expect_valid();
    parsed = json_loads(document, 0, NULL);
    span = the_span(parsed);
    assert_int_equal(json_array_size(json_object_get(span, "events")),
                     OTEL_EVENTS);
    assert_int_equal(json_integer_value(
                         json_object_get(span, "droppedEventsCount")),
                     3);
    json_decref(parsed);
    end();
}

/* OTEL-d: a clock that goes back, as some do. */
static void no_span_ends_before_it_begins(void **state)
{
    begin();
    INSTRUMENT(&spanned, arms[0], INFO, "s");
    ex.virtual_now = 10;
    IN_SPAN(open_span.start += 1000000000);
    expect_valid();
    end();
}

/* ---- The judge is judged ------------------------------------------------- */

/* A change of a valid document, and what is wrong then. */
static const struct {
    const char *from, *to, *wrong;
} forged[] = {
    { "\"traceId\"", "\"trace_id\"", "traceId" },
    { "\"spanId\":\"", "\"spanId\":\"0", "spanId" },
    { "\"kind\":1", "\"kind\":\"SPAN_KIND_INTERNAL\"", "kind" },
    { "\"kind\":1", "\"kind\":0", "kind" },
    { "TimeUnixNano\":\"0\"", "TimeUnixNano\":0", "startTimeUnixNano" },
    { "{\"intValue\":\"1\"}", "{\"intValue\":1}", "intValue" },
    { "{\"intValue\":\"1\"}", "{\"intValue\":\"1\",\"boolValue\":true}",
      "makes no sense" },
    { "{\"intValue\":\"1\"}", "{\"int_value\":\"1\"}",
      "a name that is not known" },
    { "\"flags\":257", "\"flags\":\"257\"", "flags" },
    { "\"name\":\"s\"", "\"name\":\"\"", "name" },
    { "\"key\":\"target\"", "\"key\":\"a\"", "makes no sense" },
    { "\"scopeSpans\":[", "\"scopeSpans\":[7,", "no object" },
    { "{\"resourceSpans\"", "{\"resourceSpan\"", "resourceSpans" },
    { "\"spans\":[", "\"spans\":{", "no JSON" },
};

/* OTEL-d */
static void a_document_that_is_wrong_is_found(void **state)
{
    begin();
    INSTRUMENT(&spanned, arms[0], INFO, "s", FIELD("a", 1));
    IN_SPAN((void)0);
    expect_valid();
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
        char *at = strstr(document, forged[i].from), changed[2000];
        const char *wrong;
        assert_non_null(at);
        snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - document),
                 document, forged[i].to, at + strlen(forged[i].from));
        wrong = otel_wrong_text(changed);
        if (!wrong || strcmp(wrong, forged[i].wrong) != 0)
            fail_msg("%s instead of %s: %s", wrong, forged[i].wrong,
                     forged[i].to);
    }
    end();
}

/* ---- Without memory ------------------------------------------------------ */

/* OTEL-f: each allocation fails once.  Then there is no document, or it is
 * valid, and all that it may lack is an event, which it counts. */
static void no_half_span_is_made_without_memory(void **state)
{
    int k = 0;
    begin();
    do {
        bool counts;
        fresh();
        failed = false;
        until_failure = k++;
        INSTRUMENT(&spanned, arms[0], INFO, "s", FIELD("latin1", "\xe4"),
                   FIELD("i", 1), FIELD("i", 2), FIELD("d", 0.5));
        IN_SPAN(LOG(ERROR, "e", FIELD("u", UINT64_MAX)));
        until_failure = -1;
        if (document)
            expect_valid();
        counts = document && strstr(document, "\"droppedEventsCount\":1");
        if (document && !counts) {
            assert_non_null(strstr(document, "\"stringValue\":\"?\""));
            assert_non_null(strstr(document, "18446744073709551615"));
        }
        assert_true(k < 1000);
    } while (failed);
    assert_true(k > 200);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_span_is_a_document),
        cmocka_unit_test(each_kind_has_its_type),
        cmocka_unit_test(the_first_of_two_attributes_counts),
        cmocka_unit_test(a_kind_is_a_number),
        cmocka_unit_test(an_error_is_the_status),
        cmocka_unit_test(a_root_has_no_parent_and_is_not_remote),
        cmocka_unit_test(events_have_a_limit),
        cmocka_unit_test(no_span_ends_before_it_begins),
        cmocka_unit_test(a_document_that_is_wrong_is_found),
        cmocka_unit_test(no_half_span_is_made_without_memory),
    };
    unsetenv("EXECUTOR_LOG");
    json_set_alloc_funcs(fail_malloc, free);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
