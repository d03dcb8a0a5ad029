/* Two sources do what their scripts say. */
#include ANSWER
#include "exercise.h"
#include "probes.h"
#include "a09_streams/tests/source.h"

static struct case_ { /* a merge_two, its sources, and the task that asks */
    struct probe_source a, b;
    struct merge_two merge;
    struct stream *stream;
    struct poller task;
    char last; /* its latest item, and how often it came in a row */
    int row;
} case_, *now_;

static void start_(struct case_ *c, const char *a, const char *b)
{
    memset(c, 0, sizeof *c);
    c->stream =
        merge_two(&c->merge, probe_source(&c->a, a), probe_source(&c->b, b));
}

static void look_at_(const struct probe_source *source, const char *name,
                     const char *other)
{
    if (!source->stream.ops)
        return;
    CHECK(*source->script == '-',
          "the %s source has %s, and your stream is PENDING because of the %s "
          "one",
          name, *source->script == '|' ? "come to its end" : "an item", other);
    CHECK(source->waker.wake,
          "your stream is PENDING, and the %s source was not asked: it has no "
          "waker, so nothing tells of its next item",
          name);
}

static void look_at_pending_(void)
{
    CHECK(now_->a.stream.ops || now_->b.stream.ops,
          "both sources have ended, and your stream is PENDING");
    look_at_(&now_->a, "first", "second");
    look_at_(&now_->b, "second", "first");
}

static enum stream_poll poll_(struct case_ *c)
{
    now_ = c;
    WHILE("an item comes");
    return probe_poll_next(&c->task, c->stream, look_at_pending_);
}

static char next_(struct case_ *c)
{
    int items = c->a.items + c->b.items;
    enum stream_poll result = poll_(c);
    CHECK(result != STREAM_END || !c->a.stream.ops || !c->b.stream.ops,
          "your stream has ended, and neither of its sources has");
    CHECK(result != STREAM_END,
          "your stream has ended, and one of its sources has not: that one "
          "still has items");
    CHECK(result == STREAM_ITEM,
          "a source has an item, and your stream is PENDING");
    probe_item_must_be_new(c->stream);
    CHECK(*(char *)c->stream->item != '?',
          "the source of this item was asked for one more, and that has "
          "overwritten the item");
    CHECK(c->a.items + c->b.items == items + 1,
          "one item was given, and both sources were asked for one: the other "
          "item is lost if your stream is dropped now, or overwritten");
    return *(char *)c->stream->item;
}

static void must_give_(struct case_ *c, char item)
{
    char got = next_(c);
    CHECK(got == item, "item %c should come, and your stream gives %c", item,
          got);
}

static void must_wait_(struct case_ *c)
{
    enum stream_poll result = poll_(c);
    CHECK(result != STREAM_ITEM,
          "no source has an item, and your stream gives one");
    CHECK(result == STREAM_PENDING,
          "your stream has ended, and there is a source that is only pending: "
          "that is not its end");
}

static void must_end_(struct case_ *c)
{
    CHECK(poll_(c) == STREAM_END,
          "both sources have ended, and your stream has not");
    CHECK(!c->a.stream.ops && !c->b.stream.ops,
          "your stream has ended before both sources have");
}

static void it_gives_the_items_of_both(void **state)
{
    char items[4];
    (void)state;
    start_(&case_, "ab|", "cd|");
    for (int i = 0; i < 4; i++)
        items[i] = next_(&case_);
    for (int i = 0; i < 4; i++)
        CHECK(memchr(items, "abcd"[i], 4),
              "of the items a, b, c and d came %.4s: %c is missing", items,
              "abcd"[i]);
    must_end_(&case_);
}

static void pending_is_not_the_end(void **state)
{
    (void)state;
    start_(&case_, "-a|", "-b|");
    must_wait_(&case_);
    probe_source_goes_on(&case_.b);
    CHECK(case_.task.woken == 1,
          "the second source woke, and the task was not woken");
    must_give_(&case_, 'b');
    must_wait_(&case_);
    probe_source_goes_on(&case_.a);
    must_give_(&case_, 'a');
    must_end_(&case_);
}

static void one_that_is_pending_does_not_hold_up_the_other(void **state)
{
    (void)state;
    start_(&case_, "-", "bcd|");
    must_give_(&case_, 'b');
    must_give_(&case_, 'c');
    must_give_(&case_, 'd');
    must_wait_(&case_);
    stream_drop(case_.stream);
    start_(&case_, "bcd|", "-");
    must_give_(&case_, 'b');
    must_give_(&case_, 'c');
    must_give_(&case_, 'd');
    must_wait_(&case_);
    stream_drop(case_.stream);
}

static void the_end_of_one_is_not_the_end(void **state)
{
    (void)state;
    start_(&case_, "|", "b-c|");
    must_give_(&case_, 'b');
    must_wait_(&case_);
    probe_source_goes_on(&case_.b);
    must_give_(&case_, 'c');
    must_end_(&case_);
    start_(&case_, "b-c|", "|");
    must_give_(&case_, 'b');
    must_wait_(&case_);
    probe_source_goes_on(&case_.a);
    must_give_(&case_, 'c');
    must_end_(&case_);
}

static void both_may_end_at_once(void **state)
{
    (void)state;
    start_(&case_, "|", "|");
    must_end_(&case_);
    start_(&case_, "-|", "-|");
    must_wait_(&case_);
    probe_source_goes_on(&case_.a);
    must_wait_(&case_);
    probe_source_goes_on(&case_.b);
    must_end_(&case_);
}

/* When both always have an item. */
static void must_be_fair_(struct case_ *c)
{
    char item = next_(c);
    c->row = item == c->last ? c->row + 1 : 1;
    c->last = item;
    CHECK(c->row <= 2,
          "both sources have an item each time, and the %s one has given "
          "three in a row: the other one may never have its turn",
          item == 'a' ? "first" : "second");
}

static void it_is_fair(void **state)
{
    (void)state;
    start_(&case_, "aaaaaaaaaaaaaaaa|", "bbbbbbbbbbbbbbbb|");
    for (int i = 0; i < 16; i++)
        must_be_fair_(&case_);
    stream_drop(case_.stream);
}

static void a_drop_drops_both(void **state)
{
    (void)state;
    start_(&case_, "-a|", "-b|");
    must_wait_(&case_);
    stream_drop(case_.stream);
    ASIDE("This is about the first source.");
    probe_source_must_be_over(&case_.a, "your stream was dropped");
    ASIDE("This is about the second source.");
    probe_source_must_be_over(&case_.b, "your stream was dropped");
    ASIDE("The other source had ended.");
    start_(&case_, "|", "-b|");
    must_wait_(&case_);
    stream_drop(case_.stream);
    probe_source_must_be_over(&case_.b, "your stream was dropped");
    CHECK(case_.a.drops == 0, "a source that has ended was dropped");
    ASIDE("");
}

/* ---- Two at the same time ------------------------------------------------ */

static void begins_(void *life)
{
    start_(life, "a-|", "-b|");
}

static void gives_a_(void *life)
{
    must_give_(life, 'a');
    must_wait_(life);
}

static void gives_b_(void *life)
{
    struct case_ *me = life;
    probe_source_goes_on(&me->a);
    must_wait_(me);
    probe_source_goes_on(&me->b);
    must_give_(me, 'b');
}

static void ends_(void *life)
{
    must_end_(life);
}

static void begins_to_be_fair_(void *life)
{
    start_(life, "aaaaaaaaaaaaaaaa|", "bbbbbbbbbbbbbbbb|");
}

static void is_fair_(void *life)
{
    must_be_fair_(life);
}

static void is_dropped_(void *life)
{
    struct case_ *me = life;
    stream_drop(me->stream);
}

static void two_do_not_know_each_other(void **state)
{
    (void)state;
    PROBE_LIVES(case_, begins_, gives_a_, gives_b_, ends_);
    PROBE_LIVES(case_, begins_to_be_fair_, is_fair_, is_fair_, is_fair_,
                is_fair_, is_fair_, is_fair_, is_dropped_);
}

static void a_mute_source_is_told(void **state)
{
    (void)state;
    start_(&case_, "~", "-");
    probe_must_tell_of_source(case_.stream);
    start_(&case_, "-", "~");
    probe_must_tell_of_source(case_.stream);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_gives_the_items_of_both),
    cmocka_unit_test(pending_is_not_the_end),
    cmocka_unit_test(one_that_is_pending_does_not_hold_up_the_other),
    cmocka_unit_test(the_end_of_one_is_not_the_end),
    cmocka_unit_test(both_may_end_at_once),
    cmocka_unit_test(it_is_fair),
    cmocka_unit_test(a_drop_drops_both),
    cmocka_unit_test(two_do_not_know_each_other),
    cmocka_unit_test(a_mute_source_is_told),
};
EXERCISE_MAIN(tests)
