/* The source does what a script says, and counts how often it is asked. */
#include ANSWER
#include "exercise.h"
#include "probes.h"
#include "a09_streams/tests/source.h"

static struct case_ { /* a take_n, its source, and the task that asks */
    struct probe_source source;
    struct take_n take;
    struct stream *stream;
    struct poller task;
    size_t n;
    int asked; /* the source, when it had given its latest item */
} case_, *now_;

static void start_(struct case_ *c, const char *script, size_t n)
{
    memset(c, 0, sizeof *c);
    c->n = n;
    c->stream = take_n(&c->take, probe_source(&c->source, script), n);
}

static void look_at_pending_(void)
{
    CHECK(now_->source.items < (int)now_->n,
          "all %zu items were given, and your stream is PENDING: it waits for "
          "an item that it does not want",
          now_->n);
    CHECK(probe_source_waits(&now_->source),
          "your stream is PENDING, and its source is not: nothing would ever "
          "poll your stream again");
}

static enum stream_poll poll_(struct case_ *c)
{
    now_ = c;
    WHILE("an item comes");
    return probe_poll_next(&c->task, c->stream, look_at_pending_);
}

static void must_give_(struct case_ *c, char item)
{
    enum stream_poll result = poll_(c);
    CHECK(result == STREAM_ITEM,
          "%zu items should be taken, item %c comes next, and your stream says "
          "that it %s",
          c->n, item, result == STREAM_END ? "has ended" : "is PENDING");
    probe_item_must_be_new(c->stream);
    CHECK(*(char *)c->stream->item != '?',
          "item %c should come, but it is gone: the source was dropped, or was "
          "asked for one more, before anybody could read the item",
          item);
    CHECK(*(char *)c->stream->item == item,
          "item %c should come, and your stream gives %c", item,
          *(char *)c->stream->item);
    CHECK(c->stream->item == c->source.item,
          "the item is a copy: s->item must be the item of the source, whose "
          "size you do not know");
    c->asked = c->source.polls;
}

static void must_wait_(struct case_ *c)
{
    enum stream_poll result = poll_(c);
    CHECK(result == STREAM_PENDING,
          "the source is pending, and your stream says that it has %s",
          result == STREAM_END ? "ended" : "an item");
}

static void must_end_(struct case_ *c)
{
    enum stream_poll result = poll_(c);
    int n = (int)c->n;
    CHECK(result != STREAM_ITEM, "%d items should be taken, and one more comes",
          n);
    CHECK(c->source.polls == c->asked,
          "the source was asked for one item too many: after %d it must not be "
          "asked again",
          n);
    CHECK(result == STREAM_END, "there is nothing more to take, and your "
                                "stream is PENDING: it waits for an item that "
                                "it does not want");
    probe_source_must_be_over(&c->source, "your stream has ended");
}

static void it_gives_the_first_n(void **state)
{
    (void)state;
    start_(&case_, "abcd|", 2);
    must_give_(&case_, 'a');
    must_give_(&case_, 'b');
    must_end_(&case_);
}

static void it_does_not_ask_for_one_too_many(void **state)
{
    (void)state;
    ASIDE("The source is pending after item b, and stays so.");
    start_(&case_, "ab-", 2);
    must_give_(&case_, 'a');
    must_give_(&case_, 'b');
    must_end_(&case_);
    ASIDE("The source has only item a.");
    start_(&case_, "a|", 1);
    must_give_(&case_, 'a');
    must_end_(&case_);
}

static void to_take_none_is_to_end(void **state)
{
    (void)state;
    start_(&case_, "abc|", 0);
    must_end_(&case_);
}

static void the_source_may_end_earlier(void **state)
{
    (void)state;
    start_(&case_, "a|", 3);
    must_give_(&case_, 'a');
    CHECK(poll_(&case_) == STREAM_END,
          "the source has ended, and your stream, which would take more, has "
          "not");
    start_(&case_, "|", 3);
    CHECK(poll_(&case_) == STREAM_END,
          "the source has ended, and your stream, which would take more, has "
          "not");
}

static void pending_is_no_item(void **state)
{
    (void)state;
    start_(&case_, "-a--b-c|", 2);
    must_wait_(&case_);
    must_wait_(&case_);
    probe_source_goes_on(&case_.source);
    CHECK(case_.task.woken == 1, "the source woke, and the task was not woken");
    must_give_(&case_, 'a');
    must_wait_(&case_);
    probe_source_goes_on(&case_.source);
    must_wait_(&case_);
    probe_source_goes_on(&case_.source);
    must_give_(&case_, 'b');
    must_end_(&case_);
}

static void many_may_be_taken(void **state)
{
    static char script[2 * 300 + 3];
    (void)state;
    for (int i = 0; i < 301; i++)
        memcpy(script + 2 * i, "-a", 2);
    start_(&case_, script, 300);
    for (int i = 0; i < 300; i++) {
        must_wait_(&case_);
        probe_source_goes_on(&case_.source);
        must_give_(&case_, 'a');
    }
    must_end_(&case_);
}

static void any_number_may_be_wanted(void **state)
{
    static const size_t numbers[] = { 256, 65536, (size_t)1 << 31, SIZE_MAX };
    (void)state;
    for (int i = 0; i < 8; i++) {
        start_(&case_, "abc|", numbers[i / 2] + (size_t)(i % 2));
        if (case_.n == 0) /* SIZE_MAX + 1 */
            continue;
        must_give_(&case_, 'a');
        must_give_(&case_, 'b');
        must_give_(&case_, 'c');
        CHECK(poll_(&case_) == STREAM_END,
              "the source has ended, and your stream has not");
    }
}

static void a_mute_source_is_told(void **state)
{
    (void)state;
    start_(&case_, "~", 2);
    probe_must_tell_of_source(case_.stream);
}

static void a_drop_drops_the_source(void **state)
{
    (void)state;
    start_(&case_, "ab|", 1);
    stream_drop(case_.stream);
    probe_source_must_be_over(&case_.source, "your stream was dropped");
    start_(&case_, "ab|", 1);
    must_give_(&case_, 'a');
    stream_drop(case_.stream);
    probe_source_must_be_over(&case_.source,
                              "your stream was dropped after its last item");
    start_(&case_, "-ab|", 1);
    must_wait_(&case_);
    stream_drop(case_.stream);
    probe_source_must_be_over(&case_.source,
                              "your stream was dropped while it waited");
}

/* ---- Two at the same time ------------------------------------------------ */

static void begins_(void *life)
{
    start_(life, "a-bc|", 2);
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

static void two_do_not_know_each_other(void **state)
{
    (void)state;
    PROBE_LIVES(case_, begins_, gives_a_, gives_b_, ends_);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_gives_the_first_n),
    cmocka_unit_test(it_does_not_ask_for_one_too_many),
    cmocka_unit_test(to_take_none_is_to_end),
    cmocka_unit_test(the_source_may_end_earlier),
    cmocka_unit_test(pending_is_no_item),
    cmocka_unit_test(a_drop_drops_the_source),
    cmocka_unit_test(many_may_be_taken),
    cmocka_unit_test(any_number_may_be_wanted),
    cmocka_unit_test(a_mute_source_is_told),
    cmocka_unit_test(two_do_not_know_each_other),
};
EXERCISE_MAIN(tests)
