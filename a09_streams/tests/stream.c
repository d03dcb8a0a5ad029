/* stream.h, generator.h, from.h: the contract, by hand. */
#include "a07_select/select.h"
#include "a09_streams/from.h"
#include "a09_streams/generator.h"
#include "tests/by_hand.h"
#include "tests/every_drop.h"

/* ---- A stream that waits for probes -------------------------------------- */

struct plan { /* gives one letter for each probe that is open, in order */
    struct stream stream;
    int i, n;
    char letter;
    int drops;
};

static enum stream_poll plan_poll_next(struct stream *s, struct context *cx)
{
    struct plan *self = container_of(s, struct plan, stream);
    if (self->i == self->n)
        return STREAM_END;
    if (future_poll(arms[self->i], cx) == POLL_PENDING)
        return STREAM_PENDING;
    self->letter = names[self->i++][0];
    s->item = &self->letter;
    return STREAM_ITEM;
}

static void plan_drop(struct stream *s)
{
    struct plan *self = container_of(s, struct plan, stream);
    self->drops++;
    future_drop(arms[self->i]);
}

static void plan_children(struct stream *s, future_visit *visit, void *data)
{
    visit(arms[container_of(s, struct plan, stream)->i], data);
}

static const struct stream_ops plan_ops = STREAM_COMBINATOR_OPS(plan);

static struct plan plan_;
static struct stream_next next_;

static struct stream *plan(int n)
{
    fresh();
    plan_ = (struct plan){ .stream.ops = &plan_ops, .n = n };
    return &plan_.stream;
}

static void must_give(struct stream *s, char letter)
{
    assert_int_equal(poll_once(stream_next(&next_, s)), POLL_READY);
    assert_non_null(next_.item);
    assert_int_equal(*(char *)next_.item, letter);
}

static void must_end(struct stream *s)
{
    assert_int_equal(poll_once(stream_next(&next_, s)), POLL_READY);
    assert_null(next_.item);
}

/* STR-01 */
static void items_in_order_then_the_end(void **state)
{
    struct stream *s = plan(3);
    for (int i = 0; i < 3; i++)
        probe_open(&probes[i]);
    must_give(s, 'a');
    must_give(s, 'b');
    must_give(s, 'c');
    must_end(s);
    assert_int_equal(plan_.drops, 0);
    stream_drop(s);
    assert_int_equal(plan_.drops, 0);
}

/* STR-02 */
static void an_item_wakes(void **state)
{
    struct stream *s = plan(1);
    assert_int_equal(poll_once(stream_next(&next_, s)), POLL_PENDING);
    assert_int_equal(bell.rings, 0);
    probe_open(&probes[0]);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_once(&next_.future), POLL_READY);
    assert_int_equal(*(char *)next_.item, 'a');
    stream_drop(s);
}

/* STR-13, FUT-04: a next that is dropped loses nothing, and nobody wakes it,
 * although the stream below still holds a waker. */
static void a_dropped_next_loses_nothing(void **state)
{
    struct stream *s = plan(2);
    assert_int_equal(poll_once(stream_next(&next_, s)), POLL_PENDING);
    future_drop(&next_.future);
    probe_open(&probes[0]);
    assert_int_equal(bell.rings, 0);
    must_give(s, 'a');
    stream_drop(s);
    assert_int_equal(plan_.drops, 1);
    assert_no_waker_left();
    stream_drop(s);
    assert_int_equal(plan_.drops, 1);
}

/* STR-g: one that does not wait is dropped, and the one that waits is woken. */
static void another_next_is_dropped(void **state)
{
    struct stream_next other;
    struct stream *s = plan(2);
    assert_int_equal(poll_once(stream_next(&next_, s)), POLL_PENDING);
    stream_next(&other, s);
    future_drop(&other.future);
    probe_open(&probes[0]);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_once(&next_.future), POLL_READY);
    assert_int_equal(poll_once(stream_next(&other, s)), POLL_PENDING);
    future_drop(&next_.future);
    probe_open(&probes[1]);
    assert_int_equal(bell.rings, 2);
    assert_int_equal(poll_once(&other.future), POLL_READY);
    stream_drop(s);
}

static enum stream_poll eager_poll_next(struct stream *s, struct context *cx)
{
    (void)s;
    waker_wake(context_waker(cx));
    return STREAM_PENDING;
}

static const struct stream_ops eager_ops = { .name = "eager",
                                             .poll_next = eager_poll_next,
                                             .drop = stream_drop_nothing };

/* STR-a: a wake inside the poll is not lost. */
static void a_wake_inside_the_poll(void **state)
{
    struct stream s = { .ops = &eager_ops };
    fresh();
    assert_int_equal(poll_once(stream_next(&next_, &s)), POLL_PENDING);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(poll_once(&next_.future), POLL_PENDING);
    assert_int_equal(bell.rings, 2);
    stream_drop(&s);
}

/* ---- from.h -------------------------------------------------------------- */

/* STR-03 */
static void empty_once_and_pending(void **state)
{
    struct stream s;
    struct stream_array one;
    char letter = 'x';
    fresh();
    must_end(stream_empty(&s));
    must_give(stream_once(&one, &letter), 'x');
    must_end(&one.stream);
    stream_pending(&s);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(poll_once(stream_next(&next_, &s)), POLL_PENDING);
        future_drop(&next_.future);
    }
    stream_drop(&s);
    assert_int_equal(bell.rings, 0);
}

/* STR-b: an array's items are its elements, and cost budget. */
static void an_array(void **state)
{
    static int numbers[300];
    struct stream_array array;
    struct stream *s = stream_from_array(&array, numbers, 300);
    struct context cx = context_make(bell_waker(&bell), NULL);
    int n = 0;
    fresh();
    while (stream_poll_next(s, &cx) == STREAM_ITEM)
        assert_ptr_equal(s->item, &numbers[n++]);
    assert_int_equal(n, BUDGET_STEPS);
    assert_int_equal(bell.rings, 1);
    stream_drop(s);
    must_end(stream_from_array(&array, numbers, 0));
    must_end(stream_from_array(&array, (int *)NULL, 0));
}

/* ---- generator.h --------------------------------------------------------- */

struct counter {
    GENERATOR;
    int n, cleaned;
};

static enum poll counter_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct counter);
    for (; self->n < 3; self->n++) {
        AWAIT(arms[self->n]);
        YIELD(&self->n);
    }
    ASYNC_FINALLY
    self->cleaned++;
    ASYNC_END;
}

GENERATOR_OPS(counter);

static struct stream *counter(struct counter *self)
{
    *self = (struct counter){ .generator = GENERATOR_OF(counter) };
    return &self->generator.stream;
}

/* STR-12 */
static void a_generator_goes_on_where_it_stopped(void **state)
{
    struct counter c;
    struct stream *s = counter(&c);
    fresh();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(poll_once(stream_next(&next_, s)), POLL_PENDING);
        assert_int_equal(poll_once(&next_.future), POLL_PENDING);
        probe_open(&probes[i]);
        assert_int_equal(poll_once(&next_.future), POLL_READY);
        assert_int_equal(*(int *)next_.item, i);
    }
    must_end(s);
    assert_int_equal(c.cleaned, 1);
    expect_trace("a? a? a! b? b? b! c? c? c!");
}

/* STR-12, ASYNC-04: dropped at a YIELD, at an AWAIT, and before it began. */
static void a_generator_cleans_up(void **state)
{
    struct counter c;
    struct stream *s = counter(&c);
    fresh();
    stream_drop(s);
    assert_int_equal(c.cleaned, 1);
    s = counter(&c);
    assert_int_equal(poll_once(stream_next(&next_, s)), POLL_PENDING);
    future_drop(&next_.future);
    stream_drop(s);
    assert_int_equal(c.cleaned, 1);
    expect_trace("a? ~a");
    fresh();
    probe_open(&probes[0]);
    s = counter(&c);
    must_give(s, '\0');
    stream_drop(s);
    assert_int_equal(c.cleaned, 1);
}

/* ---- Misuse -------------------------------------------------------------- */

static enum stream_poll silent_poll_next(struct stream *s, struct context *cx)
{
    (void)s, (void)cx;
    return STREAM_PENDING;
}

static const struct stream_ops silent_ops = { .name = "silent",
                                              .poll_next = silent_poll_next,
                                              .drop = stream_drop_nothing };

static void poll_a_mute_stream(void)
{
    struct stream s = { .ops = &silent_ops };
    poll_with(&ex, stream_next(&next_, &s));
}

static void poll_after_the_end(void)
{
    struct stream s;
    fresh();
    must_end(stream_empty(&s));
    poll_once(stream_next(&next_, &s));
}

static void two_nexts(void)
{
    struct stream_next other;
    struct stream *s = plan(1);
    poll_once(stream_next(&next_, s));
    poll_once(stream_next(&other, s));
}

static void poll_no_stream(void)
{
    poll_once(stream_next(&next_, NULL));
}

static void poll_zeroes(void)
{
    struct stream zeroed = { .ops = NULL };
    poll_once(stream_next(&next_, &zeroed));
}

static void poll_moved(void)
{
    struct stream here, there;
    poll_once(stream_next(&next_, stream_pending(&here)));
    future_drop(&next_.future);
    there = here;
    poll_once(stream_next(&next_, &there));
}

/* Its poll took the waker before the YIELD, so it is not a mute one. */
struct nothing {
    GENERATOR;
    struct select select;
};

static enum poll nothing_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct nothing);
    SELECT_BIASED() {
        ARM(arms[0]) {
        }
        ARM(arms[1]) {
        }
    }
    YIELD(NULL);
    ASYNC_END;
}

GENERATOR_OPS(nothing);

static void yield_nothing(void)
{
    struct nothing n = { .generator = GENERATOR_OF(nothing) };
    fresh();
    probe_open(&probes[1]);
    poll_once(stream_next(&next_, &n.generator.stream));
}

/* STR-04, STR-h, MISUSE-04, STR-g, STR-i */
static void misuse_is_said(void **state)
{
    assert_misuse(poll_no_stream, "stream: a stream that is NULL is polled");
    assert_misuse(poll_zeroes,
                  "stream: a stream that is only zeroed is polled");
    assert_misuse(poll_moved, "stream_pending: moved after its first poll");
    assert_misuse(poll_after_the_end, "stream_empty: polled again");
    assert_misuse(poll_a_mute_stream, "silent");
    assert_misuse(two_nexts, "another one waits for this stream already");
    assert_misuse(yield_nothing, "nothing: YIELD(NULL); an item is never NULL");
}

/* ---- In a task ----------------------------------------------------------- */

struct sleeper {
    GENERATOR;
    int i;
    struct sleep nap;
};

static enum poll sleeper_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct sleeper);
    for (; self->i < 3; self->i++) {
        AWAIT(sleep_ms(&self->nap, 5));
        YIELD(&self->i);
    }
    ASYNC_END;
}

GENERATOR_OPS(sleeper);

struct reader {
    struct async async;
    struct sleeper sleeper;
    struct stream_next next;
};

static enum poll reader_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct reader);
    do {
        AWAIT(stream_next(&self->next, &self->sleeper.generator.stream));
    } while (self->next.item);
    ASYNC_FINALLY
    stream_drop(&self->sleeper.generator.stream);
    ASYNC_END;
}

static const struct future_ops reader_ops = ASYNC_OPS(reader);

static struct future *make_reader(void *memory)
{
    struct reader *self = memory;
    *self = (struct reader){ .async.future.ops = &reader_ops };
    self->sleeper = (struct sleeper){ .generator = GENERATOR_OF(sleeper) };
    return &self->async.future;
}

/* FUT-04 */
static void dropped_at_every_point(void **state)
{
    assert_int_equal(every_drop(sizeof(struct reader), make_reader), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_in_order_then_the_end),
        cmocka_unit_test(an_item_wakes),
        cmocka_unit_test(a_dropped_next_loses_nothing),
        cmocka_unit_test(another_next_is_dropped),
        cmocka_unit_test(a_wake_inside_the_poll),
        cmocka_unit_test(empty_once_and_pending),
        cmocka_unit_test(an_array),
        cmocka_unit_test(a_generator_goes_on_where_it_stopped),
        cmocka_unit_test(a_generator_cleans_up),
        cmocka_unit_test(misuse_is_said),
        cmocka_unit_test(dropped_at_every_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
