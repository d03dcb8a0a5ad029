/* trace.h, filter.h, text.h, span.h */
#include "a10_tracing/span.h"
#include "a10_tracing/text.h"
#include "tests/by_hand.h"
#include "tests/every_drop.h"

/* ---- A subscriber that traces -------------------------------------------- */

static struct subscriber ear, other_ear;
static unsigned heard; /* by other_ear */

/* "info:message", "new:a", "enter:a", and so on; the task if there is one. */
static void ear_write(struct subscriber *s, const struct record *r)
{
    static const char *const words[] = { "event", "new", "enter", "exit",
                                         "close" };
    if (s == &other_ear) {
        heard++;
        return;
    }
    if (r->kind != RECORD_EVENT)
        trace("%s:%s", words[r->kind], r->site->message);
    else if (r->span)
        trace("%s/%s", r->span->site.message, r->site->message);
    else
        trace("%s", r->site->message);
}

static void hear(const char *text)
{
    up(&virtual_clock);
    log_open(&ex);
    assert_true(filter_parse(&log_state.filter, text));
    ear = other_ear = (struct subscriber){ .write = ear_write };
    heard = 0;
    log_subscribe(&ear);
}

static void hush(void)
{
    down();
    log_close();
    assert_null(span_current);
}

/* ---- Events -------------------------------------------------------------- */

static int evaluated;

static int evaluate(void)
{
    return ++evaluated;
}

/* TRACE-a */
static void without_a_subscriber_no_field_is_evaluated(void **state)
{
    evaluated = 0;
    LOG(ERROR, "nobody", FIELD("n", evaluate()));
    up(&virtual_clock);
    log_open(&ex);
    LOG(ERROR, "nobody", FIELD("n", evaluate()));
    assert_int_equal(evaluated, 0);
    log_subscribe(&ear);
    LOG(DEBUG, "too fine", FIELD("n", evaluate()));
    assert_int_equal(evaluated, 0);
    hush();
    expect_trace("");
}

/* TRACE-a: in an unbraced if and else, too. */
static void every_subscriber_hears_each_event(void **state)
{
    evaluated = 0;
    hear(NULL);
    log_subscribe(&other_ear);
    if (evaluated)
        LOG(INFO, "not", FIELD("n", evaluate()));
    else
        LOG(INFO, "one", FIELD("n", evaluate()));
    LOG(WARN, "two");
    assert_int_equal(evaluated, 1);
    assert_int_equal(heard, 2);
    hush();
    LOG(WARN, "three");
    assert_int_equal(heard, 2);
    expect_trace("one two");
}

static struct record last;
static struct field last_field;

static void keep_last(struct subscriber *s, const struct record *r)
{
    last = *r;
    if (r->kind == RECORD_EVENT)
        last_field = r->fields[0];
}

/* The kind that FIELD() picks for a value. */
#define KIND(value) (FIELD("x", value).kind)

/* TRACE-b */
static void the_compiler_picks_the_kind(void **state)
{
    char text[] = "text";
    const char *constant = text;
    assert_int_equal(KIND(true && text[0]), FIELD_INT); /* C says so */
    assert_int_equal(KIND((bool)1), FIELD_BOOL);
    assert_int_equal(KIND((char)1), FIELD_INT);
    assert_int_equal(KIND((short)1), FIELD_INT);
    assert_int_equal(KIND(-1L), FIELD_INT);
    assert_int_equal(KIND(-1LL), FIELD_INT);
    assert_int_equal(KIND((unsigned char)1), FIELD_UINT);
    assert_int_equal(KIND(sizeof text), FIELD_UINT);
    assert_int_equal(KIND((uint64_t)1), FIELD_UINT);
    assert_int_equal(KIND(1.0f), FIELD_DOUBLE);
    assert_int_equal(KIND(1.0), FIELD_DOUBLE);
    assert_int_equal(KIND(text), FIELD_TEXT);
    assert_int_equal(KIND(constant), FIELD_TEXT);
    assert_true(FIELD("x", UINT64_MAX).value.u == UINT64_MAX);
    assert_true(FIELD("x", INT64_MIN).value.i == INT64_MIN);
    assert_string_equal(FIELD("x", constant).value.text, "text");
}

/* TRACE-b: level, place, time and field of an event. */
static void an_event_says_where_it_is_from(void **state)
{
    char target[FILTER_NAME];
    struct subscriber s = { .write = keep_last };
    struct sleep nap;
    hear("off");
    filter_parse(&log_state.filter, "trace");
    log_subscribe(&s);
    block_on(&ex, sleep_ms(&nap, 25));
    LOG(TRACE, "here", FIELD("answer", 42));
    assert_int_equal(last.site->line, __LINE__ - 1);
    assert_string_equal(site_file(last.site), "trace.c");
    site_target(last.site, target);
    assert_string_equal(target, "tests");
    assert_int_equal(last.site->level, LEVEL_TRACE);
    assert_true(last.ns == 25000000);
    assert_int_equal(last.task, 0);
    assert_string_equal(last_field.name, "answer");
    hush();
}

/* TRACE-b */
static void a_target_is_the_folder_unless_it_is_given(void **state)
{
    char target[FILTER_NAME];
    struct site site = { .file = "a.c" };
    site_target(&site, target);
    assert_string_equal(target, "");
    site.file = "/x/a08_channels/a.c";
    site_target(&site, target);
    assert_string_equal(target, "a08_channels");
    site.file = "/a.c";
    site_target(&site, target);
    assert_string_equal(target, "");
    site.target = "disk";
    site_target(&site, target);
    assert_string_equal(target, "disk");
    assert_string_equal(site_file(&site), "a.c");
}

/* ---- The filter ---------------------------------------------------------- */

static void expect_level(const char *text, enum level level)
{
    struct filter f;
    assert_true(filter_parse(&f, text));
    assert_int_equal(filter_find(&f, "a08_channels", "a08_chat.c"), level);
}

/* TRACE-c */
static void the_most_exact_rule_counts(void **state)
{
    expect_level(NULL, LEVEL_INFO);
    expect_level("", LEVEL_INFO);
    expect_level("warn", LEVEL_WARN);
    expect_level("Debug", LEVEL_DEBUG);
    expect_level("off,a08_chat=debug", LEVEL_DEBUG);
    expect_level("a08_channels=trace,warn", LEVEL_TRACE);
    expect_level("a08_chat=error,a08_channels=trace", LEVEL_ERROR);
    expect_level("a08_channels=trace,a08_chat=error", LEVEL_ERROR);
    expect_level("a08_chat=error,a08_chat=off", LEVEL_OFF);
    expect_level("a08=trace,chat=trace", LEVEL_INFO);
}

static void expect_bad(const char *text, const char *bad)
{
    struct filter f;
    assert_false(filter_parse(&f, text));
    assert_string_equal(f.bad, bad);
}

#define NO_LEVEL " has no level: off, error, warn, info, debug or trace"

/* TRACE-c */
static void what_is_wrong_in_a_filter_is_said(void **state)
{
    expect_bad("loud", "'loud'" NO_LEVEL);
    expect_bad("inf", "'inf'" NO_LEVEL);
    expect_bad("info,", "''" NO_LEVEL);
    expect_bad(",info", "''" NO_LEVEL);
    expect_bad("a=b=info", "'a=b=info'" NO_LEVEL);
    expect_bad("warn,a08_chat=", "'a08_chat='" NO_LEVEL);
    expect_bad("=info", "'=info' names no lesson and no file");
    expect_bad(" a08_chat=info",
               "' a08_chat=info' names no lesson and no file");
    expect_bad("a08_chat.c=info",
               "'a08_chat.c=info' names no lesson and no file");
    expect_bad("a08_channels/a08_chat=info",
               "'a08_channels/a08_chat=info' names no lesson and no file");
    expect_bad("warn;a=info", "'warn;a=info' names no lesson and no file");
    expect_bad("*=debug", "'*=debug' names no lesson and no file");
    expect_bad("in\nfo\x1b[31m", "'in?fo?[31m'" NO_LEVEL);
    expect_bad("12345678901234567890123456789012=info",
               "'12345678901234567890123456789012=info' "
               "names no lesson and no file");
    expect_bad("a=off,a=off,a=off,a=off,a=off,a=off,a=off,a=off,"
               "a=off,a=off,a=off,a=off,a=off,a=off,a=off,a=off,z=off",
               "'z=off' is one rule too many; 16 are allowed");
}

/* TRACE-c */
static void a_bad_environment_ends_the_program(void **state)
{
    int status;
    pid_t pid = (fflush(stdout), fork());
    assert_true(pid >= 0);
    if (pid == 0) {
        setenv("EXECUTOR_LOG", "loud", 1);
        fclose(stderr);
        up(NULL);
        log_open(&ex);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 2);
}

/* TRACE-c: the filter silences spans as it does events. */
static void a_rule_for_another_file_lets_nothing_through(void **state)
{
    struct instrument span;
    fresh();
    hear("off,elsewhere=trace");
    LOG(ERROR, "silent");
    INSTRUMENT(&span, arms[0], INFO, "silent");
    probes[0].open = true;
    assert_int_equal(poll_once(&span.future), POLL_READY);
    hush();
    expect_trace("a!");
}

/* ---- Text ---------------------------------------------------------------- */

static char *written;
static size_t written_size;
static struct text_log text;

static void write_text(void)
{
    FILE *out = open_memstream(&written, &written_size);
    assert_non_null(out);
    hear("trace");
    log_subscribe(text_log(&text, out));
    assert_false(text.colour);
    text.place = false;
    trace_text[0] = '\0';
}

static void expect_text(const char *expected)
{
    hush();
    fclose(text.out);
    assert_string_equal(written, expected);
    free(written);
    trace_text[0] = '\0';
}

/* TRACE-d: what comes from outside cannot forge a line. */
static void text_writes_each_kind(void **state)
{
    write_text();
    LOG(INFO, "all", FIELD("b", (bool)1), FIELD("i", -7), FIELD("u", 7u),
        FIELD("d", 0.5), FIELD("t", "a\n\"\\\x01\x7f\xc3\xa4"),
        FIELD("n", (const char *)NULL));
    LOG(ERROR, "bare");
    expect_text("   0 ms  INFO   all b=true i=-7 u=7 d=0.5 "
                "t=\"a\\n\\\"\\\\\\x01\\x7f\xc3\xa4\" n=null\n"
                "   0 ms  ERROR  bare\n");
}

/* TRACE-d: U+0080 to U+009F are commands for a terminal, too. */
static void text_has_no_control_characters(void **state)
{
    write_text();
    LOG(INFO, "one",
        FIELD("t", "\xc2\x9b"
                   "1A\xc2\x85\xc2\xc2\x80\xc2"));
    LOG(INFO, "two", FIELD("t", "\xc2\xa0\xc3\x9b\xe4\xba\x9b"));
    expect_text("   0 ms  INFO   one t=\"\\x9b1A\\x85\\xc2\\x80\\xc2\"\n"
                "   0 ms  INFO   two t=\"\xc2\xa0\xc3\x9b\xe4\xba\x9b\"\n");
}

/* TRACE-d: grep 3.8 does not show a line with a wrong byte. */
static void text_is_utf8(void **state)
{
    (void)state;
    write_text();
    LOG(INFO, "one", FIELD("t", "\xff\x80\xc0\xaf\xe0\x80\xaf\xed\xa0\x80"));
    LOG(INFO, "two",
        FIELD("t", "\xf4\x90\x80\x80\xf0\x8f\xbf\xbf\xf5\xe4\xba"));
    LOG(INFO, "all",
        FIELD("t", "\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xef\xbf\xbd"));
    LOG(INFO, "four", FIELD("t", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"));
    expect_text(
        "   0 ms  INFO   one t=\"\\xff\\x80\\xc0\\xaf"
        "\\xe0\\x80\\xaf\\xed\\xa0\\x80\"\n"
        "   0 ms  INFO   two t=\"\\xf4\\x90\\x80\\x80"
        "\\xf0\\x8f\\xbf\\xbf\\xf5\\xe4\\xba\"\n"
        "   0 ms  INFO   all t=\"\xdf\xbf\xe0\xa0\x80"
        "\xed\x9f\xbf\xef\xbf\xbd\"\n"
        "   0 ms  INFO   four t=\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"\n");
}

/* TRACE-d */
static void text_has_colour_and_place(void **state)
{
    char expected[100];
    write_text();
    text.colour = text.place = true;
    LOG(WARN, "red");
    snprintf(expected, sizeof expected,
             "   0 ms  \033[33mWARN \033[0m  red  trace.c:%d\n", __LINE__ - 2);
    expect_text(expected);
}

/* TRACE-d */
static void text_names_the_spans(void **state)
{
    struct instrument outer, inner;
    fresh();
    write_text();
    INSTRUMENT(&inner, arms[0], INFO, "inner");
    INSTRUMENT(&outer, &inner.future, INFO, "outer", FIELD("id", 7),
               FIELD("x", true ? "y" : "z"));
    assert_int_equal(poll_once(&outer.future), POLL_PENDING);
    text.spans = true;
    future_drop(&outer.future);
    expect_text(
        "   0 ms  INFO   outer{id=7 x=\"y\"}: enter\n"
        "   0 ms  INFO   outer{id=7 x=\"y\"}: inner: enter\n"
        "   0 ms  INFO   outer{id=7 x=\"y\"}: inner: exit\n"
        "   0 ms  INFO   outer{id=7 x=\"y\"}: inner: close busy=0ms idle=0ms "
        "polls=1\n"
        "   0 ms  INFO   outer{id=7 x=\"y\"}: exit\n"
        "   0 ms  INFO   outer{id=7 x=\"y\"}: close busy=0ms idle=0ms "
        "polls=1\n");
}

enum { THREADS = 4, LINES = 200 };

static void log_many(void *unused)
{
    for (int i = 0; i < LINES; i++)
        LOG(INFO, "line", FIELD("i", i), FIELD("t", "text"));
}

/* TRACE-l: every line is whole, and none is missing. */
static void lines_of_threads_do_not_mix(void **state)
{
    uv_thread_t threads[THREADS];
    char line[100];
    int n = 0, ms, i, end;
    FILE *out = tmpfile();
    assert_non_null(out);
    up(NULL);
    log_open(&ex);
    log_subscribe(text_log(&text, out));
    text.place = false;
    for (int t = 0; t < THREADS; t++)
        assert_int_equal(uv_thread_create(&threads[t], log_many, NULL), 0);
    for (int t = 0; t < THREADS; t++)
        uv_thread_join(&threads[t]);
    hush();
    rewind(out);
    for (; fgets(line, sizeof line, out); n++) {
        end = 0;
        sscanf(line, "%d ms INFO line i=%d t=\"text\"%n", &ms, &i, &end);
        assert_true(end > 0 && line[end] == '\n');
    }
    assert_int_equal(n, THREADS * LINES);
    fclose(out);
}

/* ---- Spans --------------------------------------------------------------- */

struct talker { /* logs, sleeps, logs, and so on; and when it is over */
    struct async async;
    const char *name;
    int rounds;
    struct sleep nap;
};

static enum poll talker_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct talker);
    while (self->rounds-- > 0) {
        LOG(INFO, "on");
        AWAIT(sleep_ms(&self->nap, 10));
    }
    ASYNC_FINALLY
    LOG(INFO, "end");
    ASYNC_END;
}

static const struct future_ops talker_ops = ASYNC_OPS(talker);

struct spanned_talker {
    struct instrument instrument;
    struct talker talker;
};

static struct future *talker(struct spanned_talker *s, bool first, int rounds)
{
    s->talker =
        (struct talker){ .async.future.ops = &talker_ops, .rounds = rounds };
    if (first)
        return INSTRUMENT(&s->instrument, &s->talker.async.future, INFO, "a");
    return INSTRUMENT(&s->instrument, &s->talker.async.future, INFO, "b");
}

static struct task *spawn_talker(bool first, int rounds)
{
    return task_spawn(&ex,
                      talker(task_slot(struct spanned_talker), first, rounds));
}

/* TRACE-01 */
static void spans_of_interleaved_tasks_do_not_nest(void **state)
{
    hear(NULL);
    task_detach(spawn_talker(true, 2));
    task_detach(spawn_talker(false, 1));
    spawn(worker(task_slot(struct worker), "w", 1, 5));
    executor_run(&ex);
    hush();
    expect_trace("new:a enter:a a/on exit:a new:b enter:b b/on exit:b w1 w. "
                 "enter:a a/on exit:a enter:b b/end exit:b close:b "
                 "enter:a a/end exit:a close:a");
}

/* TRACE-02: aborted while it waits, and before its first poll. */
static void a_drop_happens_inside_the_span(void **state)
{
    struct task *t;
    hear(NULL);
    t = spawn_talker(true, 2);
    let_run(1);
    task_abort(t);
    LOG(INFO, "outside");
    task_detach(t);
    t = spawn_talker(false, 2);
    task_abort(t);
    task_detach(t);
    hush();
    expect_trace("new:a enter:a a/on exit:a enter:a a/end exit:a close:a "
                 "outside new:b enter:b b/end exit:b close:b");
}

/* TRACE-02: with the executor, newest first. */
static void a_closing_executor_drops_inside_the_spans(void **state)
{
    hear(NULL);
    task_detach(spawn_talker(true, 2));
    task_detach(spawn_talker(false, 2));
    let_run(1);
    trace_text[0] = '\0';
    hush();
    expect_trace("enter:b b/end exit:b close:b enter:a a/end exit:a close:a");
}

/* The virtual clock does not move in a poll, so this future moves it by hand;
 * there are no timers. */
static enum poll heavy_poll(struct future *f, struct context *cx)
{
    ex.virtual_now += 5;
    return probe_poll(f, cx);
}

static const struct future_ops heavy_ops = { .name = "heavy",
                                             .poll = heavy_poll,
                                             .drop = probe_drop };

/* TRACE-e */
static void busy_is_inside_polls_and_idle_between(void **state)
{
    struct instrument span;
    fresh();
    hear(NULL);
    probes[0].future.ops = &heavy_ops;
    INSTRUMENT(&span, arms[0], INFO, "s");
    ex.virtual_now += 100;
    assert_int_equal(poll_once(&span.future), POLL_PENDING);
    ex.virtual_now += 30;
    probe_open(&probes[0]);
    assert_int_equal(poll_once(&span.future), POLL_READY);
    assert_true(span.span.busy == 10000000);
    assert_true(span.span.idle == 130000000);
    assert_true(span.span.polls == 2);
    hush();
}

/* TRACE-e */
static void a_span_knows_its_parent(void **state)
{
    struct instrument outer, inner;
    fresh();
    hear(NULL);
    INSTRUMENT(&outer, arms[0], INFO, "outer");
    span_current = &outer.span;
    INSTRUMENT(&inner, arms[1], INFO, "inner");
    span_current = NULL;
    assert_true(outer.span.id != 0 && outer.span.parent == 0);
    assert_true(inner.span.id != outer.span.id);
    assert_true(inner.span.parent == outer.span.id);
    future_drop(&inner.future);
    future_drop(&outer.future);
    hush();
}

/* TRACE-e: a span that nobody heard begin is not heard later, and one whose
 * subscribers are gone goes on in silence. */
static void a_span_that_nobody_heard_begin_stays_silent(void **state)
{
    struct instrument span;
    fresh();
    INSTRUMENT(&span, arms[0], INFO, "s");
    hear(NULL);
    assert_int_equal(poll_once(&span.future), POLL_PENDING);
    expect_trace("a?");
    future_drop(&span.future);
    INSTRUMENT(&span, arms[1], INFO, "t");
    assert_int_equal(poll_once(&span.future), POLL_PENDING);
    hush();
    future_drop(&span.future);
    assert_null(span_current);
    expect_trace("~a new:t enter:t b? exit:t ~b");
}

#define F FIELD("f", 1) /* compilers differ in the line of a long macro call */

enum { FIFTH_FIELD = __LINE__ + 5 };
static void a_fifth_field(void)
{
    struct instrument span;
    hear(NULL);
    INSTRUMENT(&span, arms[0], INFO, "s", F, F, F, F, F);
}

static void again(void)
{
    struct instrument span;
    hear(NULL);
    probes[0].open = true;
    INSTRUMENT(&span, arms[0], INFO, "s");
    poll_once(&span.future);
    poll_once(&span.future);
}

static void subscribe_twice(void)
{
    hear(NULL);
    log_subscribe(&ear);
}

static void subscribe_closed(void)
{
    log_close();
    log_subscribe(&ear);
}

static void log_again(struct subscriber *s, const struct record *r)
{
    (void)s, (void)r;
    LOG(INFO, "heard something");
}

static void a_subscriber_that_logs(void)
{
    static struct subscriber s = { .write = log_again };
    hear(NULL);
    log_subscribe(&s);
    LOG(INFO, "something");
}

#ifndef NDEBUG
static void poll_mute_in_a_span(void)
{
    struct instrument span;
    hear(NULL);
    poll_once(INSTRUMENT(&span, &mute, INFO, "s"));
}
#endif

/* TRACE-f: with the caller's line. */
static void misuse_is_said(void **state)
{
    char fifth[100];
    fresh();
    snprintf(fifth, sizeof fifth, "trace.c:%d: span s: more than 4 fields",
             FIFTH_FIELD);
    assert_misuse(a_fifth_field, fifth);
    assert_misuse(again, "polled again after READY or drop");
    assert_misuse(subscribe_twice, "this subscriber hears already");
    assert_misuse(subscribe_closed, "before log_open()");
    assert_misuse(a_subscriber_that_logs, "a subscriber must not LOG()");
#ifndef NDEBUG
    assert_misuse(poll_mute_in_a_span, "mute returned PENDING");
#endif
}

/* ---- Drops --------------------------------------------------------------- */

static struct {
    int opened, closed, inside;
} balance;

static void balance_write(struct subscriber *s, const struct record *r)
{
    balance.opened += r->kind == SPAN_NEW;
    balance.closed += r->kind == SPAN_CLOSE;
    balance.inside += (r->kind == SPAN_ENTER) - (r->kind == SPAN_EXIT);
}

static struct subscriber balancing;

static struct future *make_talker(void *memory)
{
    log_close();
    log_open(&ex);
    balancing = (struct subscriber){ .write = balance_write };
    log_subscribe(&balancing);
    return talker(memory, true, 3);
}

/* FUT-04, TRACE-02: what is opened is closed, at every point. */
static void dropped_at_every_point(void **state)
{
    int polls = every_drop(sizeof(struct spanned_talker), make_talker);
    assert_int_equal(polls, 4);
    assert_int_equal(balance.opened, 5 * 2 * DROP_HOWS);
    assert_int_equal(balance.closed, balance.opened);
    assert_int_equal(balance.inside, 0);
    assert_null(span_current);
    log_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_subscriber_no_field_is_evaluated),
        cmocka_unit_test(every_subscriber_hears_each_event),
        cmocka_unit_test(the_compiler_picks_the_kind),
        cmocka_unit_test(an_event_says_where_it_is_from),
        cmocka_unit_test(a_target_is_the_folder_unless_it_is_given),
        cmocka_unit_test(the_most_exact_rule_counts),
        cmocka_unit_test(what_is_wrong_in_a_filter_is_said),
        cmocka_unit_test(a_bad_environment_ends_the_program),
        cmocka_unit_test(a_rule_for_another_file_lets_nothing_through),
        cmocka_unit_test(text_writes_each_kind),
        cmocka_unit_test(text_has_no_control_characters),
        cmocka_unit_test(text_is_utf8),
        cmocka_unit_test(text_has_colour_and_place),
        cmocka_unit_test(text_names_the_spans),
        cmocka_unit_test(lines_of_threads_do_not_mix),
        cmocka_unit_test(spans_of_interleaved_tasks_do_not_nest),
        cmocka_unit_test(a_drop_happens_inside_the_span),
        cmocka_unit_test(a_closing_executor_drops_inside_the_spans),
        cmocka_unit_test(busy_is_inside_polls_and_idle_between),
        cmocka_unit_test(a_span_knows_its_parent),
        cmocka_unit_test(a_span_that_nobody_heard_begin_stays_silent),
        cmocka_unit_test(misuse_is_said),
        cmocka_unit_test(dropped_at_every_point),
    };
    unsetenv("EXECUTOR_LOG");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
