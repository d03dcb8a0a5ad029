/* The source does what a script says; an x is left out. */
#include ANSWER
#include "exercise.h"
#include "probes.h"
#include "a09_streams/tests/source.h"

static struct case_ { /* a filter, its source, and the task that asks */
    struct probe_source source;
    struct filter filter;
    struct stream *stream;
    struct poller task;
    int asked; /* how often keep() was */
    int woken; /* how often the task was, before this poll */
} case_, *now_;

static bool is_not_x_(void *item)
{
    now_->asked++;
    CHECK(item == now_->source.item,
          "keep() was not called with the source's item");
    return *(char *)item != 'x';
}

static void start_(struct case_ *c, const char *script)
{
    memset(c, 0, sizeof *c);
    c->stream = filter(&c->filter, probe_source(&c->source, script), is_not_x_);
}

static void look_at_pending_(void)
{
    CHECK(probe_source_waits(&now_->source) || now_->task.woken == now_->woken,
          "an item was left out, and your filter is PENDING and wakes itself.  "
          "Its source is not pending: ask it for the next item in the same "
          "poll");
    CHECK(probe_source_waits(&now_->source),
          "%s, and your filter is PENDING.  Its source was not pending, so it "
          "did not take the waker: nothing would ever poll the filter again",
          *now_->source.item == 'x' ? "an item was left out"
                                    : "its source has an item");
}

static enum stream_poll poll_(struct case_ *c)
{
    now_ = c;
    c->woken = c->task.woken;
    WHILE("an item is kept, or the source is pending");
    return probe_poll_next(&c->task, c->stream, look_at_pending_);
}

static void must_give_(struct case_ *c, char item)
{
    enum stream_poll result = poll_(c);
    CHECK(result == STREAM_ITEM,
          "item %c should come, and the filter says that it %s", item,
          result == STREAM_END ? "has ended" : "is PENDING");
    probe_item_must_be_new(c->stream);
    CHECK(*(char *)c->stream->item != 'x',
          "the source gave an x, keep() said false, and the filter gives it");
    CHECK(*(char *)c->stream->item != '?',
          "item %c should come, but the source was asked for one more, and "
          "that has overwritten the item",
          item);
    CHECK(*(char *)c->stream->item == item,
          "item %c should come, and the filter gives %c", item,
          *(char *)c->stream->item);
    CHECK(c->stream->item == c->source.item,
          "the item is a copy: s->item must be the item of the source");
}

static void must_wait_(struct case_ *c)
{
    int before = c->task.woken;
    enum stream_poll result = poll_(c);
    CHECK(result == STREAM_PENDING,
          "the source is pending, and the filter says that it has %s",
          result == STREAM_END ? "ended" : "an item");
    CHECK(c->task.woken == before,
          "your filter wakes itself, although its source is pending");
}

static void must_end_(struct case_ *c)
{
    CHECK(poll_(c) == STREAM_END,
          "the source has ended, and the filter has not");
    CHECK(!c->source.stream.ops,
          "the filter has ended, and its source has not");
}

static void it_gives_what_is_kept(void **state)
{
    (void)state;
    start_(&case_, "ab|");
    must_give_(&case_, 'a');
    must_give_(&case_, 'b');
    must_end_(&case_);
}

static void what_is_left_out_does_not_come(void **state)
{
    (void)state;
    start_(&case_, "xaxxb|");
    must_give_(&case_, 'a');
    must_give_(&case_, 'b');
    must_end_(&case_);
    start_(&case_, "axx|");
    must_give_(&case_, 'a');
    must_end_(&case_);
}

static void keep_is_asked_once_for_each_item(void **state)
{
    (void)state;
    start_(&case_, "axbx|");
    must_give_(&case_, 'a');
    CHECK(case_.source.items == 1,
          "one item was given, and %d were asked for: the next one may not be "
          "needed",
          case_.source.items);
    must_give_(&case_, 'b');
    must_end_(&case_);
    CHECK(case_.asked == 4,
          "the source has given 4 items, and keep() was asked %d times",
          case_.asked);
}

static void it_waits_when_its_source_waits(void **state)
{
    (void)state;
    start_(&case_, "-ax-xb|");
    must_wait_(&case_);
    must_wait_(&case_);
    probe_source_goes_on(&case_.source);
    CHECK(case_.task.woken == 1, "the source woke, and the task was not woken");
    must_give_(&case_, 'a');
    must_wait_(&case_);
    probe_source_goes_on(&case_.source);
    must_give_(&case_, 'b');
    must_end_(&case_);
}

static void a_drop_drops_the_source(void **state)
{
    (void)state;
    start_(&case_, "-a|");
    stream_drop(case_.stream);
    probe_source_must_be_over(&case_.source, "the filter was dropped");
    start_(&case_, "x-a|");
    must_wait_(&case_);
    stream_drop(case_.stream);
    probe_source_must_be_over(&case_.source,
                              "the filter was dropped while it waited");
}

static void any_number_may_be_left_out(void **state)
{
    static char script[30000 + 3];
    (void)state;
    memset(script, 'x', sizeof script - 3);
    memcpy(script + sizeof script - 3, "a|", 3);
    start_(&case_, script);
    ASIDE("30,000 items were left out in a row.");
    must_give_(&case_, 'a');
    ASIDE("");
    must_end_(&case_);
}

static void a_mute_source_is_told(void **state)
{
    (void)state;
    start_(&case_, "~");
    probe_must_tell_of_source(case_.stream);
}

/* ---- Two filters at the same time ---------------------------------------- */

static void begins_(void *life)
{
    start_(life, "xa-xxb|");
}

static void gives_a_(void *life)
{
    must_give_(life, 'a');
    must_wait_(life);
}

static void gives_b_(void *life)
{
    struct case_ *me = life;
    probe_source_goes_on(&me->source);
    must_give_(me, 'b');
}

static void ends_(void *life)
{
    must_end_(life);
}

static void two_filters_do_not_know_each_other(void **state)
{
    (void)state;
    PROBE_LIVES(case_, begins_, gives_a_, gives_b_, ends_);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_gives_what_is_kept),
    cmocka_unit_test(what_is_left_out_does_not_come),
    cmocka_unit_test(keep_is_asked_once_for_each_item),
    cmocka_unit_test(it_waits_when_its_source_waits),
    cmocka_unit_test(a_drop_drops_the_source),
    cmocka_unit_test(any_number_may_be_left_out),
    cmocka_unit_test(a_mute_source_is_told),
    cmocka_unit_test(two_filters_do_not_know_each_other),
};
EXERCISE_MAIN(tests)
