/* json.h */
#include <stdlib.h>

static int until_failure = -1; /* then one allocation fails */

static void *scarce(size_t size)
{
    return until_failure-- == 0 ? NULL : malloc(size);
}

static void *scarce_realloc(void *block, size_t size)
{
    return until_failure-- == 0 ? NULL : realloc(block, size);
}

#define realloc scarce_realloc
#include "a10_tracing/json.h"
#include "a10_tracing/span.h"
#undef realloc
#include "tests/by_hand.h"

static char *written;
static size_t written_size;
static struct json_log json;

static void begin(void)
{
    FILE *out = open_memstream(&written, &written_size);
    assert_non_null(out);
    fresh();
    up(&virtual_clock);
    log_open(&ex);
    log_subscribe(json_log(&json, out));
    json.place = false;
}

static void end(void)
{
    down();
    log_close();
    fclose(json.out);
}

static void expect_written(const char *expected)
{
    end();
    assert_string_equal(written, expected);
    free(written);
    assert_true(json.lost == 0);
}

/* TRACE-g */
static void each_kind_keeps_its_type(void **state)
{
    begin();
    LOG(WARN, "all", FIELD("b", (bool)1), FIELD("i", -7), FIELD("u", 7u),
        FIELD("d", 0.5), FIELD("t", "text"), FIELD("n", (char *)NULL));
    expect_written(
        "{\"ms\":0,\"level\":\"WARN\",\"message\":\"all\",\"fields\":"
        "{\"b\":true,\"i\":-7,\"u\":7,\"d\":0.5,\"t\":\"text\","
        "\"n\":null}}\n");
}

/* TRACE-g */
static void what_json_has_no_number_for_is_a_string(void **state)
{
    begin();
    LOG(INFO, "x", FIELD("least", INT64_MIN), FIELD("most", INT64_MAX),
        FIELD("more", UINT64_MAX), FIELD("inf", 1e300 * 1e300));
    expect_written("{\"ms\":0,\"level\":\"INFO\",\"message\":\"x\",\"fields\":"
                   "{\"least\":-9223372036854775808,"
                   "\"most\":9223372036854775807,"
                   "\"more\":\"18446744073709551615\",\"inf\":\"inf\"}}\n");
}

/* TRACE-g: one line, whatever comes; and what is no UTF-8 is seen. */
static void a_text_is_escaped(void **state)
{
    begin();
    LOG(INFO, "x", FIELD("t", "a\"\\\n\x01"), FIELD("umlaut", "\xc3\xa4"),
        FIELD("latin1", "\xe4\n"));
    expect_written("{\"ms\":0,\"level\":\"INFO\",\"message\":\"x\",\"fields\":"
                   "{\"t\":\"a\\\"\\\\\\n\\u0001\",\"umlaut\":\"\xc3\xa4\","
                   "\"latin1\":\"?\\n\"}}\n");
}

/* TRACE-g */
static void the_place_is_there(void **state)
{
    json_t *object;
    begin();
    json.place = true;
    LOG(INFO, "x");
    end();
    object = json_loads(written, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(object, "target")),
                        "tests");
    assert_string_equal(json_string_value(json_object_get(object, "file")),
                        "json.c");
    assert_true(json_integer_value(json_object_get(object, "line")) ==
                __LINE__ - 8);
    json_decref(object);
    free(written);
}

static void two_spans(void)
{
    struct instrument outer, inner;
    INSTRUMENT(&inner, arms[0], INFO, "inner", FIELD("n", 1));
    INSTRUMENT(&outer, &inner.future, INFO, "outer");
    poll_once(&outer.future);
    span_current = &outer.span; /* as if it were entered */
    LOG(INFO, "in it");
    span_current = NULL;
    future_drop(&outer.future);
}

/* TRACE-g: from the outside in; times when it closes. */
static void spans_are_listed(void **state)
{
    begin();
    json.closes = true;
    log_state.last_id = 0;
    two_spans();
    expect_written(
        "{\"ms\":0,\"level\":\"INFO\",\"message\":\"in it\",\"spans\":["
        "{\"id\":2,\"name\":\"outer\"}]}\n"
        "{\"ms\":0,\"level\":\"INFO\",\"message\":\"close\",\"busy_ns\":0,"
        "\"idle_ns\":0,\"polls\":1,\"spans\":[{\"id\":2,\"name\":\"outer\"},"
        "{\"id\":1,\"name\":\"inner\",\"fields\":{\"n\":1}}]}\n"
        "{\"ms\":0,\"level\":\"INFO\",\"message\":\"close\",\"busy_ns\":0,"
        "\"idle_ns\":0,\"polls\":1,\"spans\":[{\"id\":2,\"name\":\"outer\"}]}"
        "\n");
}

/* ---- Without memory ------------------------------------------------------ */

static int count_lines(void)
{
    int n = 0;
    for (char *line = written, *next; *line; line = next, n++) {
        json_t *object;
        next = strchr(line, '\n') + 1;
        object = json_loadb(line, (size_t)(next - line), 0, NULL);
        assert_non_null(object);
        json_decref(object);
    }
    return n;
}

/* TRACE-h: each allocation fails once: at most a line is lost, and counted, and
 * no other one is harmed. */
static void an_event_without_memory_is_counted(void **state)
{
    int k = 0, left;
    do {
        begin();
        json.closes = true;
        until_failure = k++;
        LOG(INFO, "x", FIELD("t", "text"), FIELD("latin1", "\xe4"),
            FIELD("inf", 1e300 * 1e300), FIELD("u", UINT64_MAX));
        two_spans();
        left = until_failure;
        until_failure = -1;
        end();
        assert_true(json.lost <= 1);
        assert_int_equal(count_lines() + (int)json.lost, 4);
        free(written);
    } while (left < 0);
    assert_true(k > 20 && k < 1000);
}

/* TRACE-h */
static void a_full_disk_is_counted(void **state)
{
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        skip();
    setvbuf(full, NULL, _IONBF, 0);
    up(&virtual_clock);
    log_open(&ex);
    log_subscribe(json_log(&json, full));
    LOG(INFO, "x");
    assert_true(json.lost == 1);
    down();
    log_close();
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_keeps_its_type),
        cmocka_unit_test(what_json_has_no_number_for_is_a_string),
        cmocka_unit_test(a_text_is_escaped),
        cmocka_unit_test(the_place_is_there),
        cmocka_unit_test(spans_are_listed),
        cmocka_unit_test(an_event_without_memory_is_counted),
        cmocka_unit_test(a_full_disk_is_counted),
    };
    unsetenv("EXECUTOR_LOG");
    json_set_alloc_funcs(scarce, free);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
