/* traceparent.h, and what span.h does with it */
#include <uv.h>

static int random_fails; /* so many calls do */

static int some_random(uv_loop_t *loop, uv_random_t *request, void *into,
                       size_t size, unsigned flags, uv_random_cb done)
{
    return random_fails && random_fails--
               ? UV_ENOSYS
               : uv_random(loop, request, into, size, flags, done);
}

#define uv_random some_random
#include "a10_tracing/span.h"
#undef uv_random

#include "tests/by_hand.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"
#define ZEROES "00000000000000000000000000000000"

/* ---- In a header --------------------------------------------------------- */

/* Each is written as version 00, with the one flag that we know. */
static const struct {
    const char *text, *written;
} good[] = {
    { "00-" TRACE "-" SPAN "-01", "00-" TRACE "-" SPAN "-01" },
    { "00-" TRACE "-" SPAN "-00", "00-" TRACE "-" SPAN "-00" },
    { "00-" TRACE "-" SPAN "-ff", "00-" TRACE "-" SPAN "-01" },
    { "00-" TRACE "-" SPAN "-01 \t", "00-" TRACE "-" SPAN "-01" },
    { "00-" TRACE "-" SPAN "-02", "00-" TRACE "-" SPAN "-00" },
    { "00-00000000000000000000000000000001-0000000000000001-01",
      "00-00000000000000000000000000000001-0000000000000001-01" },
    { "00-10000000000000000000000000000000-" SPAN "-01",
      "00-10000000000000000000000000000000-" SPAN "-01" },
    { "00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-09",
      "00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-01" },
    /* Later versions: only the beginning is known, but for ff. */
    { "01-" TRACE "-" SPAN "-01", "00-" TRACE "-" SPAN "-01" },
    { "cc-" TRACE "-" SPAN "-01-what-the-future-will-be", NULL },
    { "cc-" TRACE "-" SPAN "-01-", NULL },
    { "fe-" TRACE "-" SPAN "-00-x", "00-" TRACE "-" SPAN "-00" },
};

static const char *const bad[] = {
    NULL,
    "",
    "-",
    "00",
    "00-",
    "ff-" TRACE "-" SPAN "-01",
    "0-" TRACE "-" SPAN "-01",
    "0g-" TRACE "-" SPAN "-01",
    "000-" TRACE "-" SPAN "-01",
    "FE-" TRACE "-" SPAN "-01",
    ".0-" TRACE "-" SPAN "-01",
    "00_" TRACE "-" SPAN "-01",
    "00-" TRACE "_" SPAN "-01",
    "00-" TRACE "-" SPAN "_01",
    "00-" ZEROES "-" SPAN "-01",
    "00-" TRACE "-0000000000000000-01",
    "01-" ZEROES "-" SPAN "-01",
    "00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01",
    "00-" TRACE "-00F067AA0BA902B7-01",
    "00-" TRACE "-" SPAN "-0A",
    "00-" TRACE "-" SPAN "-",
    "00-" TRACE "-" SPAN "-0",
    "00-" TRACE "-" SPAN "-0x",
    "00-" TRACE "-" SPAN "-01-",
    "00-" TRACE "-" SPAN "-01-more",
    "00-" TRACE "-" SPAN "-011",
    "00-" TRACE "-" SPAN "-01 x",
    " 00-" TRACE "-" SPAN "-01",
    " 00-" TRACE "-" SPAN "-01",
    "cc-" TRACE "-" SPAN "-01.x",
    "cc-" TRACE "-" SPAN "-0",
    "cc-" TRACE "-" SPAN "-011",
    "00-4bf92f3577b34da6a3ce929d0e0e473-" SPAN "-01",
    "00-" TRACE "0-" SPAN "-01",
    "00-" TRACE "-00f067aa0ba902b-01",
    "00-" TRACE "-" SPAN "0-01",
    "00-" TRACE "-00f067aa0ba902b\xb7-01",
};

/* OTEL-a */
static void what_the_standard_allows_is_read(void **state)
{
    struct traceparent tp;
    char text[TRACEPARENT_SIZE];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!traceparent_parse(&tp, good[i].text))
            fail_msg("refused: %s", good[i].text);
        traceparent_format(&tp, text);
        assert_string_equal(text, good[i].written ? good[i].written
                                                  : good[0].written);
    }
    assert_true(traceparent_parse(&tp, good[0].text));
    assert_true(tp.trace[0] == 0x4bf92f3577b34da6);
    assert_true(tp.trace[1] == 0xa3ce929d0e0e4736);
    assert_true(tp.span == 0x00f067aa0ba902b7 && tp.sampled);
}

/* OTEL-a: each from a block of its own size, so that a step beyond shows. */
static void what_it_forbids_is_ignored(void **state)
{
    struct traceparent tp;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *copy = bad[i] ? strdup(bad[i]) : NULL;
        if (traceparent_parse(&tp, copy))
            fail_msg("accepted: %s", copy);
        free(copy);
    }
}

/* OTEL-a */
static void no_beginning_of_a_header_is_one(void **state)
{
    struct traceparent tp;
    char text[] = "cc-" TRACE "-" SPAN "-01";
    for (size_t n = strlen(text); n-- > 0;) {
        text[n] = '\0';
        assert_false(traceparent_parse(&tp, text));
    }
}

/* ---- Ids ----------------------------------------------------------------- */

static void open_ids(struct trace_ids *ids,
                     const struct executor_options *options)
{
    up(options);
    trace_ids_open(ids, &ex);
}

static uint64_t first_id(const struct executor_options *options)
{
    struct trace_ids ids;
    open_ids(&ids, options);
    down();
    return trace_id_new(&ids);
}

/* OTEL-b */
static void ids_repeat_with_a_seed_and_on_the_virtual_clock(void **state)
{
    static const struct executor_options seven = { .seed = 7 };
    assert_true(first_id(&virtual_clock) == first_id(&virtual_clock));
    assert_true(first_id(&seven) == first_id(&seven));
    assert_true(first_id(&seven) != first_id(&virtual_clock));
    assert_true(first_id(NULL) != first_id(NULL));
}

/* OTEL-b: the time and the number of the process must do then. */
static void without_randomness_ids_still_differ(void **state)
{
    uint64_t first;
    random_fails = 2;
    first = first_id(NULL);
    assert_true(first != first_id(NULL));
    assert_int_equal(random_fails, 0);
}

/* OTEL-b: this step passes the state from which the generator makes a 0. */
static void no_id_is_zero(void **state)
{
    struct trace_ids ids = { .state = (uint64_t)-1, .step = 1 };
    assert_true(trace_id_new(&ids) != 0);
    assert_true(ids.state == 1);
}

/* OTEL-b */
static void ids_take_no_number_from_the_program(void **state)
{
    struct trace_ids ids;
    uint64_t random;
    open_ids(&ids, &virtual_clock);
    random = ex.random;
    trace_id_new(&ids);
    assert_true(ex.random == random);
    down();
}

/* ---- Spans --------------------------------------------------------------- */

static void ear_write(struct subscriber *s, const struct record *r)
{
    (void)s, (void)r;
}

static struct subscriber ear = { .write = ear_write };
static struct instrument outer, inner;

static void begin(void)
{
    fresh();
    up(&virtual_clock);
    log_open(&ex);
    log_subscribe(&ear);
    assert_null(span_traceparent());
    INSTRUMENT(&outer, arms[0], INFO, "outer");
}

/* As if it was made in a poll of `outer`. */
static void make_inner(void)
{
    span_current = &outer.span;
    assert_ptr_equal(span_traceparent(), &outer.span.as_parent);
    INSTRUMENT(&inner, arms[1], INFO, "inner");
    span_current = NULL;
}

static void end(void)
{
    future_drop(&inner.future);
    future_drop(&outer.future);
    down();
    log_close();
}

/* OTEL-c */
static void a_span_inside_belongs_to_the_same_trace(void **state)
{
    struct traceparent *out = &outer.span.as_parent;
    struct traceparent *in = &inner.span.as_parent;
    begin();
    make_inner();
    assert_true(out->span && out->sampled && (out->trace[0] | out->trace[1]));
    assert_true(outer.span.above == 0);
    assert_memory_equal(in->trace, out->trace, sizeof out->trace);
    assert_true(in->span != out->span && in->sampled);
    assert_true(inner.span.above == out->span);
    assert_false(outer.span.remote || inner.span.remote);
    end();
}

/* OTEL-c */
static void two_roots_are_two_traces(void **state)
{
    begin();
    INSTRUMENT(&inner, arms[1], INFO, "another");
    assert_memory_not_equal(outer.span.as_parent.trace,
                            inner.span.as_parent.trace, 16);
    assert_true(inner.span.above == 0);
    end();
}

/* OTEL-c: and so does "sampled" come from there. */
static void a_parent_may_be_in_another_service(void **state)
{
    struct traceparent parent;
    begin();
    assert_true(traceparent_parse(&parent, "00-" TRACE "-" SPAN "-00"));
    span_set_parent(&outer, &parent);
    make_inner();
    assert_true(outer.span.remote && !inner.span.remote);
    assert_true(outer.span.above == parent.span);
    assert_true(outer.span.as_parent.span != parent.span);
    assert_memory_equal(inner.span.as_parent.trace, parent.trace, 16);
    assert_true(inner.span.above == outer.span.as_parent.span);
    assert_false(outer.span.as_parent.sampled || inner.span.as_parent.sampled);
    end();
}

/* OTEL-c */
static void a_span_that_nobody_hears_has_no_parent(void **state)
{
    struct traceparent parent = { { 1, 2 }, 3, true };
    fresh();
    INSTRUMENT(&outer, arms[0], INFO, "outer");
    span_set_parent(&outer, &parent);
    assert_int_equal(outer.span.id, 0);
    future_drop(&outer.future);
}

static void set_parent_too_late(void)
{
    struct traceparent parent = { { 1, 2 }, 3, true };
    begin();
    poll_once(&outer.future);
    span_set_parent(&outer, &parent);
}

/* OTEL-c */
static void a_span_that_has_begun_keeps_its_parent(void **state)
{
    assert_misuse(set_parent_too_late,
                  "span outer: span_set_parent() after its first poll");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_standard_allows_is_read),
        cmocka_unit_test(what_it_forbids_is_ignored),
        cmocka_unit_test(no_beginning_of_a_header_is_one),
        cmocka_unit_test(ids_repeat_with_a_seed_and_on_the_virtual_clock),
        cmocka_unit_test(without_randomness_ids_still_differ),
        cmocka_unit_test(no_id_is_zero),
        cmocka_unit_test(ids_take_no_number_from_the_program),
        cmocka_unit_test(a_span_inside_belongs_to_the_same_trace),
        cmocka_unit_test(two_roots_are_two_traces),
        cmocka_unit_test(a_parent_may_be_in_another_service),
        cmocka_unit_test(a_span_that_nobody_hears_has_no_parent),
        cmocka_unit_test(a_span_that_has_begun_keeps_its_parent),
    };
    unsetenv("EXECUTOR_LOG");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
