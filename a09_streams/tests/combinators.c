/* map.h, merge.h, pace.h: each test is a picture of what goes in and a picture
 * of what comes out; see marbles.h. */
#include "a09_streams/buffered.h"
#include "a09_streams/from.h"
#include "a09_streams/into.h"
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
#ifndef NDEBUG
    assert_null(one.generator.async.future.home); /* it was not polled */
#endif
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

static bool none(void *data, void *item)
{
    (void)item;
    ++*(int *)data;
    return false;
}

/* STR-f: a source that spends the whole budget and gives nothing does not keep
 * the other one waiting. */
static void merge_takes_turns(void **state)
{
    static int many[1000], three[1] = { 3 };
    struct stream_array left, right;
    struct stream_next next;
    int tested = 0;
    struct stream *s =
        stream_merge(&both,
                     stream_filter(&over, stream_from_array(&left, many, 1000),
                                   none, &tested),
                     stream_from_array(&right, three, 1));
    fresh();
    assert_int_equal(poll_once(stream_next(&next, s)), POLL_PENDING);
    assert_int_equal(tested, BUDGET_STEPS);
    assert_int_equal(poll_once(&next.future), POLL_READY);
    assert_ptr_equal(next.item, three);
    assert_int_equal(tested, BUDGET_STEPS);
    stream_drop(s);
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
    assert_draws(stream_throttle(&throttled, a("-(ab)|"), UINT64_MAX),
                 "-a------------------");
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

static void count_visit(struct future *f, void *data)
{
    (void)f;
    ++*(int *)data;
}

/* Only a tick that is waited for is shown in a backtrace. */
static void interval_children(void **state)
{
    struct stream_interval ticks;
    struct stream_next next;
    struct stream *s = stream_interval(&ticks, 5, INTERVAL_BURST);
    int visits = 0;
    up(&virtual_clock);
    stream_children(s, count_visit, &visits);
    assert_int_equal(visits, 0);
    assert_int_equal(poll_with(&ex, stream_next(&next, s)), POLL_READY);
    stream_children(s, count_visit, &visits);
    assert_int_equal(visits, 0);
    assert_int_equal(poll_with(&ex, stream_next(&next, s)), POLL_PENDING);
    stream_children(s, count_visit, &visits);
    assert_int_equal(visits, 1);
    stream_drop(s);
    down();
}

/* ---- buffered.h ---------------------------------------------------------- */

enum { JOBS = 8 };

struct job { /* "3" takes three characters, and is drawn as "3" */
    struct child child;
    struct sleep nap;
    char name;
};

static struct job jobs[JOBS];
static int begun, running, most;

/* Each item becomes a job. */
static void *start_job(void *data, void *item)
{
    struct job *job = &jobs[begun++ % JOBS];
    (void)data;
    job->name = *(char *)item;
    job->child.future =
        sleep_ms(&job->nap, (uint64_t)(job->name - '0') * MARBLE_MS);
    if (++running > most)
        most = running;
    return &job->child;
}

static void job_name(char *to, void *item)
{
    struct job *job = container_of((struct child *)item, struct job, child);
    running--;
    to[0] = job->name;
    to[1] = '\0';
}

static struct stream *jobs_of(const char *picture)
{
    begun = running = most = 0;
    memset(jobs, 0, sizeof jobs);
    return stream_map(&over, a(picture), start_job, NULL);
}

/* SET-16: at most two at a time; a slow source is not its end. */
static void buffered(void **state)
{
    struct stream_buffered buffer;
    assert_draws_as(stream_buffered_unordered(&buffer, jobs_of("(3111)|"), 2),
                    "-11(31|)", job_name, __FILE__, __LINE__);
    assert_int_equal(most, 2);
    assert_draws_as(stream_buffered(&buffer, jobs_of("(3111)|"), 2),
                    "---(31)(11|)", job_name, __FILE__, __LINE__);
    assert_draws_as(stream_buffered_unordered(&buffer, jobs_of("1----1-|"), 2),
                    "-1----1|", job_name, __FILE__, __LINE__);
    assert_draws_as(stream_buffered(&buffer, jobs_of("|"), 2), "|", job_name,
                    __FILE__, __LINE__);
}

static void *first_is_a_job(void *data, void *item)
{
    static struct future ready;
    (void)item;
    if (++*(int *)data > 1)
        return NULL;
    ready = (struct future){ .ops = &ready_ops };
    jobs[0].child.future = &ready;
    return &jobs[0].child;
}

/* STR-f: a source that is always ready does not keep the jobs waiting. */
static void buffered_takes_turns(void **state)
{
    static int many[1000];
    struct stream_array array;
    struct stream_buffered buffer;
    struct stream_next next;
    int asked = 0;
    struct stream *s =
        stream_filter_map(&over, stream_from_array(&array, many, 1000),
                          first_is_a_job, &asked);
    s = stream_buffered_unordered(&buffer, s, 2);
    fresh();
    assert_int_equal(poll_once(stream_next(&next, s)), POLL_PENDING);
    assert_int_equal(asked, BUDGET_STEPS);
    assert_int_equal(poll_once(&next.future), POLL_READY);
    assert_ptr_equal(next.item, &jobs[0].child);
    assert_int_equal(asked, BUDGET_STEPS);
    assert_int_equal(poll_once(stream_next(&next, s)), POLL_PENDING);
    assert_int_equal(asked, 2 * BUDGET_STEPS); /* and the source has its own */
    stream_drop(s);
}

static struct stream_buffered every_buffer;

static struct future *make_buffered(void *memory)
{
    return draw(memory,
                stream_buffered_unordered(&every_buffer, jobs_of("(31)-12|"),
                                          2),
                COLUMNS, job_name);
}

/* ---- Without an executor, without an item -------------------------------- */

static struct stream_next next_;

static void *nothing(void *data, void *item)
{
    (void)data, (void)item;
    return NULL;
}

static void map_to_nothing(void)
{
    static int number;
    struct stream_array array;
    poll_once(
        stream_next(&next_,
                    stream_map(&over, stream_from_array(&array, &number, 1),
                               nothing, NULL)));
}

static void throttle_without_executor(void)
{
    struct stream empty;
    struct stream_throttle throttled;
    poll_once(stream_next(&next_, stream_throttle(&throttled,
                                                  stream_empty(&empty), 5)));
}

static void marbles_without_executor(void)
{
    poll_once(stream_next(&next_, a("-a|")));
}

/* STR-h, MISUSE-06 */
static void misuse_is_said(void **state)
{
    assert_misuse(map_to_nothing,
                  "stream_map: STREAM_ITEM, and s->item is NULL");
    assert_misuse(throttle_without_executor, "stream_throttle: this context");
    assert_misuse(marbles_without_executor, "stream_marbles: this context");
}

/* ---- from.h, into.h ------------------------------------------------------ */

typedef MPSC_SENDER(char *) text_tx;
typedef MPSC_RECEIVER(char *) text_rx;

static int texts;

static void text_drop(void *value)
{
    texts -= *(char **)value != NULL;
    free(*(char **)value);
}

static void send_text(text_tx *tx, const char *from)
{
    char *text = strdup(from);
    assert_int_equal(mpsc_try_send(tx, &text), 0);
    texts++;
}

static void text_name(char *to, void *item)
{
    strcpy(to, *(char **)item);
}

/* STR-e: a channel's values, each dropped once, but for one that was taken. */
static void from_mpsc(void **state)
{
    struct stream_mpsc from;
    struct stream_next next;
    struct stream *s;
    text_tx tx;
    text_rx rx;
    char *text, *taken;
    assert_int_equal(mpsc_open(&tx, &rx, 8, text_drop), 0);
    for (int i = 0; i < 4; i++)
        send_text(&tx, "x");
    s = stream_from_mpsc(&from, &rx, &text);
    fresh();
    assert_int_equal(poll_once(stream_next(&next, s)), POLL_READY);
    assert_ptr_equal(next.item, &text);
    taken = text;
    text = NULL; /* it is ours */
    assert_int_equal(poll_once(stream_next(&next, s)), POLL_READY);
    assert_int_equal(texts, 4);
    assert_int_equal(poll_once(stream_next(&next, s)), POLL_READY);
    assert_int_equal(texts, 3);
    stream_drop(s);
    assert_int_equal(texts, 2);
    free(taken);
    texts--;
    mpsc_sender_drop(&tx);
    assert_draws_as(stream_from_mpsc(&from, &rx, &text), "(x|)", text_name,
                    __FILE__, __LINE__);
    mpsc_receiver_drop(&rx);
    assert_int_equal(texts, 0);
}

static void add(void *data, void *item)
{
    *(int *)data += *(int *)item;
}

/* STR-11 */
static void collect_and_for_each(void **state)
{
    static int numbers[100];
    struct stream_array array;
    struct stream_collect all;
    struct stream_for_each each;
    int sum = 0;
    for (int i = 0; i < 100; i++)
        numbers[i] = i;
    up(&virtual_clock);
    block_on(&ex, stream_collect(&all, stream_from_array(&array, numbers, 100),
                                 int));
    assert_int_equal(all.status, 0);
    assert_int_equal(all.n, 100);
    assert_memory_equal(all.items, numbers, sizeof numbers);
    free(all.items);
    block_on(&ex,
             stream_for_each(&each, stream_from_array(&array, numbers, 100),
                             add, &sum));
    assert_int_equal(sum, 4950);
    block_on(&ex,
             stream_collect(&all, stream_from_array(&array, numbers, 0), int));
    assert_null(all.items);
    down();
}

static int busy_numbers[1000], busy_sum;

static struct future *make_busy(void *memory)
{
    static struct stream_array array;
    busy_sum = 0;
    return stream_for_each(memory,
                           stream_from_array(&array, busy_numbers, 1000), add,
                           &busy_sum);
}

/* STR-11, SCHED-08: it has no item between itself and the stream, and gives way
 * all the same. */
static void for_each_spends_its_budget(void **state)
{
    struct stream_for_each each;
    for (int i = 0; i < 1000; i++)
        busy_numbers[i] = 1;
    fresh();
    assert_int_equal(poll_once(make_busy(&each)), POLL_PENDING);
    assert_int_equal(busy_sum, BUDGET_STEPS);
    future_drop(&each.future);
    assert_null(each.stream->ops);
    assert_true(every_drop(sizeof each, make_busy) > 5);
}

/* STR-11: dropped in the middle, the copies are freed. */
static void a_dropped_collect(void **state)
{
    static char letters[300];
    struct stream_array array;
    struct stream_collect all;
    fresh();
    assert_int_equal(poll_once(
                         stream_collect(&all,
                                        stream_from_array(&array, letters, 300),
                                        char)),
                     POLL_PENDING);
    assert_int_equal(all.n, BUDGET_STEPS);
    future_drop(&all.async.future);
    assert_null(all.items);
    stream_collect(&all, stream_from_array(&array, letters, 300), char);
    future_drop(&all.async.future); /* before its first poll */
    assert_int_equal(all.status, UV_ECANCELED);
    assert_null(array.stream.ops);
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

static void ignore(void *data, void *item)
{
    (void)data, (void)item;
}

static struct future *make_second_tower(void *memory)
{
    static struct stream_interval ticks;
    static struct stream_two chained;
    static struct stream_chunks pairs;
    static char letters[2];
    struct stream *s = stream_chain(&chained, a("-a-b|"), b("-c--d-e|"));
    s = stream_chunks(&pairs, s, letters, 2);
    s = stream_zip(&both, s, stream_interval(&ticks, 7, INTERVAL_BURST));
    return stream_for_each(memory, s, ignore, NULL);
}

/* FUT-04 */
static void dropped_at_every_point(void **state)
{
    assert_true(every_drop(sizeof(struct stream_for_each), make_second_tower) >
                5);
    assert_true(every_drop(sizeof(struct draw), make_tower) > 5);
    assert_true(every_drop(sizeof(struct draw), make_buffered) > 3);
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
        cmocka_unit_test(merge_takes_turns),
        cmocka_unit_test(zip),
        cmocka_unit_test(chain),
        cmocka_unit_test(throttle),
        cmocka_unit_test(interval),
        cmocka_unit_test(interval_children),
        cmocka_unit_test(buffered),
        cmocka_unit_test(buffered_takes_turns),
        cmocka_unit_test(misuse_is_said),
        cmocka_unit_test(from_mpsc),
        cmocka_unit_test(collect_and_for_each),
        cmocka_unit_test(for_each_spends_its_budget),
        cmocka_unit_test(a_dropped_collect),
        cmocka_unit_test(dropped_at_every_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
