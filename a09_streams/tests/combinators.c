/* map.h, merge.h, pace.h: each test is a picture of what goes in and a picture
 * of what comes out; see marbles.h. */
#include "a09_streams/map.h"
#include "a09_streams/marbles.h"
#include "a09_streams/merge.h"
#include "a09_streams/pace.h"
#include "tests/by_hand.h"
#include "tests/every_drop.h"

enum { COLUMNS = 20 };

static struct marbles one, two;
static struct stream_over over;
static struct stream_two both;
static struct draw drawing;

static struct stream *a(const char *picture)
{
    return stream_marbles(&one, picture);
}

static struct stream *b(const char *picture)
{
    return stream_marbles(&two, picture);
}

static void assert_draws_as(struct stream *s, const char *picture,
                            void (*name)(char *, void *), const char *file,
                            int line)
{
    up(&virtual_clock);
    block_on(&ex, draw(&drawing, s, COLUMNS, name));
    _assert_string_equal(drawing.picture, picture, file, line);
    down();
}
#define assert_draws(s, picture) \
    assert_draws_as(s, picture, NULL, __FILE__, __LINE__)

/* STR-c: a picture comes back as it was. */
static void marbles(void **state)
{
    assert_draws(a("-a-b--|"), "-a-b--|");
    assert_draws(a("|"), "|");
    assert_draws(a("a|"), "a|");
    assert_draws(a("-(abc)-d|"), "-(abc)-d|");
    assert_draws(a("-a"), "-a------------------");
    assert_draws(a(""), "--------------------");
}

/* ---- map.h --------------------------------------------------------------- */

static int calls;

static void *upper(void *data, void *item)
{
    static char letter;
    (void)data;
    calls++;
    letter = (char)(*(char *)item - 'a' + 'A');
    return &letter;
}

static bool is_not_x(void *data, void *item)
{
    (void)data;
    return *(char *)item != 'x';
}

static void *upper_but_x(void *data, void *item)
{
    return is_not_x(data, item) ? upper(data, item) : NULL;
}

/* STR-05 */
static void map(void **state)
{
    calls = 0;
    assert_draws(stream_map(&over, a("-a-b--c|"), upper, NULL), "-A-B--C|");
    assert_int_equal(calls, 3);
    assert_draws(stream_map(&over, a("|"), upper, NULL), "|");
}

/* STR-06 */
static void filter(void **state)
{
    assert_draws(stream_filter(&over, a("-a-x-b(xcx)|"), is_not_x, NULL),
                 "-a---bc|");
    assert_draws(stream_filter(&over, a("xx|"), is_not_x, NULL), "--|");
    assert_draws(stream_filter_map(&over, a("-a-x-b(xcx)|"), upper_but_x, NULL),
                 "-A---BC|");
}

/* STR-07 */
static void take(void **state)
{
    assert_draws(stream_take(&over, a("-a-b-c|"), 2), "-a-(b|)");
    assert_draws(stream_take(&over, a("-a-b-c|"), 0), "|");
    assert_null(one.generator.async.future.home); /* it was not polled */
    assert_draws(stream_take(&over, a("-a-b-c|"), 9), "-a-b-c|");
}

static void take_while(void **state)
{
    assert_draws(stream_take_while(&over, a("-a-b-x-c|"), is_not_x, NULL),
                 "-a-b-|");
    assert_draws(stream_take_while(&over, a("-a-b|"), is_not_x, NULL), "-a-b|");
}

static void skip_some(void **state)
{
    assert_draws(stream_skip(&over, a("-a-b-c|"), 2), "-----c|");
    assert_draws(stream_skip(&over, a("-a-b-c|"), 0), "-a-b-c|");
    assert_draws(stream_skip(&over, a("-a-b-c|"), 9), "------|");
}

static void chunk_name(char *to, void *item)
{
    struct stream_chunk *chunk = item;
    snprintf(to, 16, "[%.*s]", (int)chunk->n, (char *)chunk->items);
}

static void chunks(void **state)
{
    struct stream_chunks chunked;
    char two_items[2];
    assert_draws_as(stream_chunks(&chunked, a("ab-c-d-e|"), two_items, 2),
                    "-[ab]---[cd]--([e]|)", chunk_name, __FILE__, __LINE__);
    assert_draws_as(stream_chunks(&chunked, a("ab|"), two_items, 2), "-[ab]|",
                    chunk_name, __FILE__, __LINE__);
    assert_draws_as(stream_chunks(&chunked, a("|"), two_items, 2), "|",
                    chunk_name, __FILE__, __LINE__);
}

/* ---- merge.h ------------------------------------------------------------- */

/* STR-08, STR-10 */
static void merge(void **state)
{
    assert_draws(stream_merge(&both, a("-a--b|"), b("--c----d|")), "-ac-b--d|");
    assert_draws(stream_merge(&both, a("-a--b---e|"), b("--c|")), "-ac-b---e|");
    assert_draws(stream_merge(&both, a("|"), b("--c|")), "--c|");
    assert_draws(stream_merge(&both, a("|"), b("|")), "|");
}

/* STR-09 */
static void merge_is_fair(void **state)
{
    assert_draws(stream_merge(&both, a("(aaaa)|"), b("(bb)|")), "(ababaa)|");
}

static void pair_name(char *to, void *item)
{
    struct stream_pair *pair = item;
    snprintf(to, 16, "%c%c", *(char *)pair->a, *(char *)pair->b);
}

static void zip(void **state)
{
    assert_draws_as(stream_zip(&both, a("a--b---c|"), b("-d-e|")), "-ad-be|",
                    pair_name, __FILE__, __LINE__);
    assert_draws_as(stream_zip(&both, a("|"), b("-d|")), "|", pair_name,
                    __FILE__, __LINE__);
}

static void chain(void **state)
{
    assert_draws(stream_chain(&both, a("-a-b|"), b("-c-d|")), "-a-b-c-d|");
    assert_draws(stream_chain(&both, a("|"), b("-c|")), "-c|");
}

/* ---- pace.h -------------------------------------------------------------- */

static void throttle(void **state)
{
    struct stream_throttle throttled;
    assert_draws(stream_throttle(&throttled, a("(abc)---d-e|"), 2 * MARBLE_MS),
                 "a-b-c-d-e-|");
}

static void dot_name(char *to, void *item)
{
    (void)item;
    strcpy(to, "o");
}

static void interval(void **state)
{
    struct stream_interval ticks;
    assert_draws_as(stream_take(&over,
                                stream_interval(&ticks, 3 * MARBLE_MS,
                                                INTERVAL_BURST),
                                3),
                    "o--o--(o|)", dot_name, __FILE__, __LINE__);
}

/* ---- Dropped ------------------------------------------------------------- */

static struct stream_over filtered, taken;
static struct stream_throttle slow;

static struct future *make_tower(void *memory)
{
    struct stream *s = stream_filter(&filtered, a("-a-x-b-c|"), is_not_x, NULL);
    s = stream_throttle(&slow, s, MARBLE_MS);
    s = stream_merge(&both, s, b("-d--e|"));
    return draw(memory, stream_take(&taken, s, 4), COLUMNS, NULL);
}

/* FUT-04 */
static void dropped_at_every_point(void **state)
{
    assert_true(every_drop(sizeof(struct draw), make_tower) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marbles),
        cmocka_unit_test(map),
        cmocka_unit_test(filter),
        cmocka_unit_test(take),
        cmocka_unit_test(take_while),
        cmocka_unit_test(skip_some),
        cmocka_unit_test(chunks),
        cmocka_unit_test(merge),
        cmocka_unit_test(merge_is_fair),
        cmocka_unit_test(zip),
        cmocka_unit_test(chain),
        cmocka_unit_test(throttle),
        cmocka_unit_test(interval),
        cmocka_unit_test(dropped_at_every_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
