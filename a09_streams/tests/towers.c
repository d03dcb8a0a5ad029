/* Combinators on combinators, at random: each value is dropped once, whenever
 * the tower is dropped.  And drops from inside. */
#include "a09_streams/buffered.h"
#include "a09_streams/from.h"
#include "a09_streams/generator.h"
#include "a09_streams/into.h"
#include "a09_streams/map.h"
#include "a09_streams/merge.h"
#include "a09_streams/pace.h"
#include "tests/by_hand.h"
#include "tests/every_drop.h"

/* ---- Values that must be dropped ----------------------------------------- */

typedef MPSC_SENDER(int *) tx;
typedef MPSC_RECEIVER(int *) rx;

static int alive;

static void value_free(void *value)
{
    alive -= *(int **)value != NULL;
    free(*(int **)value);
}

static int *value_make(int n)
{
    int *value = malloc(sizeof *value);
    assert_non_null(value);
    *value = n;
    alive++;
    return value;
}

/* ---- A tower ------------------------------------------------------------- */

enum { SOURCES = 4, FLOORS = 5, VALUES = 6 };

struct source {
    struct stream_mpsc stream;
    tx tx;
    rx rx;
    int *item;
};

struct tower {
    struct source sources[SOURCES];
    int used; /* sources */
    struct stream_over over[FLOORS];
    struct stream_two two[FLOORS];
    struct stream_throttle slow[FLOORS];
    struct stream *top;
};

static bool is_even(void *data, void *item)
{
    (void)data;
    return **(int **)item % 2 == 0;
}

static bool is_small(void *data, void *item)
{
    (void)data;
    return **(int **)item < VALUES - 1;
}

static void *same(void *data, void *item)
{
    (void)data;
    return item;
}

static void source_send(struct source *self)
{
    int *value = value_make((int)executor_random(&ex, VALUES));
    if (mpsc_try_send(&self->tx, &value))
        value_free(&value); /* it is full */
}

static struct stream *tower_source(struct tower *self)
{
    struct source *source = &self->sources[self->used++];
    assert_int_equal(mpsc_open(&source->tx, &source->rx, VALUES, value_free),
                     0);
    for (int i = 0; i < 3; i++)
        source_send(source);
    return stream_from_mpsc(&source->stream, &source->rx, &source->item);
}

static struct stream *tower_floor(struct tower *self, int i)
{
    struct stream *s = self->top;
    uint64_t pick = executor_random(&ex, self->used < SOURCES ? 8 : 6);
    size_t n = executor_random(&ex, VALUES);
    if (pick == 0)
        return stream_map(&self->over[i], s, same, NULL);
    if (pick == 1)
        return stream_filter(&self->over[i], s, is_even, NULL);
    if (pick == 2)
        return stream_take(&self->over[i], s, n);
    if (pick == 3)
        return stream_take_while(&self->over[i], s, is_small, NULL);
    if (pick == 4)
        return stream_skip(&self->over[i], s, n);
    if (pick == 5)
        return stream_throttle(&self->slow[i], s, n);
    if (pick == 6)
        return stream_chain(&self->two[i], s, tower_source(self));
    return stream_merge(&self->two[i], tower_source(self), s);
}

static void tower_build(struct tower *self)
{
    memset(self, 0, sizeof *self);
    self->top = tower_source(self);
    for (int i = 0; i < FLOORS; i++)
        self->top = tower_floor(self, i);
}

/* Something happens to one of the sources. */
static void tower_send(struct tower *self)
{
    struct source *s =
        &self->sources[executor_random(&ex, (unsigned)self->used)];
    if (executor_random(&ex, 8) == 0)
        mpsc_sender_drop(&s->tx);
    if (s->tx.tx)
        source_send(s);
}

static void tower_close(struct tower *self)
{
    stream_drop(self->top);
    for (int i = 0; i < self->used; i++) {
        mpsc_sender_drop(&self->sources[i].tx);
        mpsc_receiver_drop(&self->sources[i].rx);
    }
}

/* ---- Each value once ----------------------------------------------------- */

struct visitor { /* polls a tower so often, and then drops it */
    struct async async;
    struct tower tower;
    uint64_t left, what;
    struct stream_next next;
    struct sleep nap;
    int *mine;
};

static enum poll visitor_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct visitor);
    tower_build(&self->tower);
    for (self->left = executor_random(cx->executor, 40);
         self->left > 0 && self->tower.top->ops; self->left--) {
        self->what = executor_random(cx->executor, 3);
        if (self->what == 0) {
            tower_send(&self->tower);
            continue;
        }
        self->next.item = NULL;
        stream_next(&self->next, self->tower.top);
        if (future_poll(&self->next.future, cx) == POLL_PENDING)
            future_drop(&self->next.future);
        if (self->next.item && self->what == 1) { /* take it out */
            self->mine = *(int **)self->next.item;
            *(int **)self->next.item = NULL;
            value_free(&self->mine);
        }
        AWAIT(sleep_ms(&self->nap, 1));
    }
    ASYNC_FINALLY
    tower_close(&self->tower);
    ASYNC_END;
}

static const struct future_ops visitor_ops = ASYNC_OPS(visitor);

/* STR-e, STR-k */
static void each_value_is_dropped_once(void **state)
{
    for (unsigned seed = 1; seed <= 3000; seed++) {
        struct executor_options options = { .virtual_clock = true,
                                            .seed = seed };
        struct visitor visitor = { .async.future.ops = &visitor_ops };
        up(&options);
        block_on(&ex, &visitor.async.future);
        down();
        if (alive != 0)
            fail_msg("seed %u: %d values are left", seed, alive);
    }
}

/* ---- Inside its own poll ------------------------------------------------- */

static struct stream *victim;

static void drop_the_victim(void *value)
{
    free(*(int **)value);
    stream_drop(victim);
}

static void value_drops_its_stream(void)
{
    struct source source;
    struct stream_next next;
    int *value = value_make(1);
    assert_int_equal(mpsc_open(&source.tx, &source.rx, 4, drop_the_victim), 0);
    assert_int_equal(mpsc_try_send(&source.tx, &value), 0);
    victim = stream_from_mpsc(&source.stream, &source.rx, &source.item);
    poll_once(stream_next(&next, victim));
    poll_once(stream_next(&next, victim));
}

static void *map_drops_its_stream(void *data, void *item)
{
    (void)data;
    stream_drop(victim);
    return item;
}

static void map_drops(void)
{
    static int numbers[3];
    struct stream_array array;
    struct stream_over over;
    struct stream_next next;
    victim = stream_map(&over, stream_from_array(&array, numbers, 3),
                        map_drops_its_stream, NULL);
    poll_once(stream_next(&next, victim));
}

static void *map_polls_its_stream(void *data, void *item)
{
    struct context cx = context_make(bell_waker(&bell), NULL);
    (void)data;
    stream_poll_next(victim, &cx);
    return item;
}

static void map_polls(void)
{
    static int numbers[3];
    struct stream_array array;
    struct stream_over over;
    struct stream_next next;
    victim = stream_map(&over, stream_from_array(&array, numbers, 3),
                        map_polls_its_stream, NULL);
    poll_once(stream_next(&next, victim));
}

/* STR-l */
static void inside_its_own_poll(void **state)
{
    assert_misuse(value_drops_its_stream, "stream_mpsc: polled or dropped "
                                          "inside its own poll");
    assert_misuse(map_drops, "stream_map: polled or dropped inside its own");
    assert_misuse(map_polls, "stream_map: polled or dropped inside its own");
}

/* STR-l: a value's drop function drops the stream, which is dropped already. */
static void inside_its_own_drop(void **state)
{
    struct source source;
    struct stream_next next;
    int *value = malloc(sizeof *value);
    assert_int_equal(mpsc_open(&source.tx, &source.rx, 4, drop_the_victim), 0);
    assert_int_equal(mpsc_try_send(&source.tx, &value), 0);
    victim = stream_from_mpsc(&source.stream, &source.rx, &source.item);
    fresh();
    assert_int_equal(poll_once(stream_next(&next, victim)), POLL_READY);
    stream_drop(victim);
    assert_null(victim->ops);
    mpsc_sender_drop(&source.tx);
    mpsc_receiver_drop(&source.rx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_value_is_dropped_once),
        cmocka_unit_test(inside_its_own_poll),
        cmocka_unit_test(inside_its_own_drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
