/* While one chunk is added, all other numbers are forbidden: so we see what is
 * added between two yields, whatever the frame looks like. */
#include <limits.h>
#include ANSWER
#include "exercise_executor.h"
#include "probes.h"

static const char too_early_[] =
    "goes on to numbers of the next chunk: after 100 numbers it must yield, so "
    "that others can run";
static const char too_late_[] =
    "reads a number of an earlier chunk after a yield: yield once, after 100 "
    "numbers, not before, and add no number twice";

_Static_assert(CHUNK == 100, "please leave CHUNK as it is");

/* On the heap, exactly as long as it says: a number too many is seen. */
static int *numbers_up_to_(size_t n)
{
    int *numbers = malloc(n * sizeof *numbers + !n);
    for (size_t i = 0; i < n; i++)
        numbers[i] = (int)i + 1;
    return numbers;
}

static long sum_up_to_(size_t n)
{
    return (long)(n * (n + 1) / 2);
}

static size_t chunks_in_(size_t n)
{
    return n ? (n + CHUNK - 1) / CHUNK : 1;
}

/* From now on only this chunk may be touched. */
static void allow_chunk_(const int *numbers, size_t n, size_t chunk)
{
    size_t from = chunk * CHUNK, to = from + CHUNK < n ? from + CHUNK : n;
    probe_allow(numbers, n * sizeof *numbers);
    if (from > 0)
        probe_forbid(numbers, from * sizeof *numbers, too_late_);
    if (to < n)
        probe_forbid(numbers + to, (n - to) * sizeof *numbers, too_early_);
}

/* One poll of it, when so many chunks were polled before. */
static enum poll poll_chunk_(struct poller *task, struct future *f,
                             const int *numbers, size_t n, size_t chunk)
{
    int woken = task->woken;
    allow_chunk_(numbers, n, chunk);
    enum poll result = poll_by(task, f);
    probe_allow(numbers, n * sizeof *numbers);
    if (result == POLL_READY)
        return POLL_READY;
    CHECK(chunk + 1 < chunks_in_(n),
          "yielded %zu time%s, and %zu numbers have %zu chunk%s: yield between "
          "two chunks, but not before the first number, and not after the last",
          chunk + 1, chunk ? "s" : "", n, chunks_in_(n),
          chunks_in_(n) == 1 ? "" : "s");
    CHECK(task->woken > woken,
          "PENDING, and the task was not woken: a yield must wake its own "
          "task, otherwise it is never polled again");
    CHECK(task->woken == woken + 1, "one yield woke the task %d times",
          task->woken - woken);
    return POLL_PENDING;
}

static void must_add_up_(size_t n)
{
    struct poller task = { .executor = virtual_executor() };
    int *numbers = numbers_up_to_(n);
    struct total t;
    size_t chunk = 0;
    struct future *f = total(&t, numbers, n);
    while (poll_chunk_(&task, f, numbers, n, chunk) == POLL_PENDING)
        chunk++;
    CHECK(t.sum == sum_up_to_(n), "the sum of %zu numbers is %ld, not %ld", n,
          sum_up_to_(n), t.sum);
    free(numbers);
}

static void it_adds_what_fits_one_chunk(void **state)
{
    (void)state;
    must_add_up_(3);
    must_add_up_(1);
    must_add_up_(0);
}

static void it_yields_between_chunks(void **state)
{
    (void)state;
    must_add_up_(250);
}

static void whole_chunks_leave_no_rest(void **state)
{
    (void)state;
    must_add_up_(CHUNK);
    must_add_up_(CHUNK - 1);
    must_add_up_(3 * CHUNK);
    must_add_up_(3 * CHUNK + 1);
}

static void very_many_numbers(void **state)
{
    (void)state;
    must_add_up_(70000);
}

static void must_be_(long sum, const int *numbers, size_t n)
{
    struct poller task = { .executor = virtual_executor() };
    struct total t;
    CHECK(poll_by(&task, total(&t, numbers, n)) == POLL_READY,
          "%zu numbers are one chunk, and it is PENDING", n);
    CHECK(t.sum == sum,
          "the sum is %ld, it should be %ld: add the values in `numbers`, in a "
          "long",
          t.sum, sum);
}

static void any_numbers(void **state)
{
    static const int large[] = { 2000000000, -7, 2000000000 };
    static const int zero[] = { 5, 0, 0, 6, 0 };
    static const int balance[] = { 0, -3, 3, 0, 4 };
    static const int later[] = { 1, 1, 1, 1, 1, 1, 1, 0, 0, 1 };
    static const int least[] = { INT_MIN, INT_MIN, -1, 0, INT_MIN };
    (void)state;
    must_be_(3999999993, large, 3);
    must_be_(11, zero, 5);
    must_be_(4, balance, 5);
    must_be_(8, later, 10);
    must_be_(3L * INT_MIN - 1, least, 5);
    must_be_(0, NULL, 0);
}

static void dropped_between_two_chunks_it_leaves_nothing(void **state)
{
    struct poller task = { .executor = virtual_executor() };
    int *numbers = numbers_up_to_(250);
    struct total t;
    struct future *f = total(&t, numbers, 250);
    (void)state;
    (void)poll_by(&task, f);
    future_drop(f);
    CHECK(task.woken == 1, "dropped, and it woke the task once more");
    free(numbers);
}

/* ---- Two at the same time ------------------------------------------------ */

struct life_ {
    struct poller task;
    struct total total;
    struct future *future;
    size_t n;
    int numbers[330];
};

static void begins_(void *life)
{
    static int number;
    struct life_ *me = life;
    me->task = (struct poller){ .executor = virtual_executor() };
    me->n = 301 + (size_t)(number++ % 30);
    for (size_t i = 0; i < me->n; i++)
        me->numbers[i] = number;
    me->future = total(&me->total, me->numbers, me->n);
}

static void adds_(struct life_ *me, size_t chunk)
{
    enum poll expected = chunk < 3 ? POLL_PENDING : POLL_READY;
    CHECK(poll_chunk_(&me->task, me->future, me->numbers, me->n, chunk) ==
              expected,
          "%zu numbers, %zu chunks were added, and it is %s", me->n, chunk + 1,
          expected == POLL_READY ? "PENDING" : "READY");
}

static void adds_the_first_(void *life)
{
    adds_(life, 0);
}

static void adds_the_second_(void *life)
{
    adds_(life, 1);
}

static void adds_the_third_(void *life)
{
    adds_(life, 2);
}

static void adds_the_rest_(void *life)
{
    struct life_ *me = life;
    adds_(me, 3);
    CHECK(me->total.sum == (long)me->n * me->numbers[0],
          "the sum of %zu times %d is not %ld", me->n, me->numbers[0],
          me->total.sum);
}

static void two_at_the_same_time_do_not_mix(void **state)
{
    (void)state;
    PROBE_LIVES(life_, begins_, adds_the_first_, adds_the_second_,
                adds_the_third_, adds_the_rest_);
}

/* ---- Beside others ------------------------------------------------------- */

static int beats_;

struct heart_ {
    struct async async;
    struct yield yield;
};

static enum poll heart__poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct heart_);
    for (;;) {
        beats_++;
        AWAIT(yield_now(&self->yield));
    }
    ASYNC_END;
}

static const struct future_ops heart_ops_ = ASYNC_OPS(heart_);

static void a_heartbeat_goes_on(void **state)
{
    struct executor *ex = virtual_executor();
    int *numbers = numbers_up_to_(500);
    struct heart_ *heart = task_slot(struct heart_);
    struct total t;
    (void)state;
    *heart = (struct heart_){ .async.future.ops = &heart_ops_ };
    task_detach(task_spawn(ex, &heart->async.future));
    block_on(ex, total(&t, numbers, 500));
    CHECK(t.sum == sum_up_to_(500), "the sum of 500 numbers is %ld, not %ld",
          sum_up_to_(500), t.sum);
    CHECK(beats_ >= 4, "the heart beat %d times while 5 chunks were added",
          beats_);
    virtual_executor_close();
    free(numbers);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_adds_what_fits_one_chunk),
    cmocka_unit_test(it_yields_between_chunks),
    cmocka_unit_test(whole_chunks_leave_no_rest),
    cmocka_unit_test(any_numbers),
    cmocka_unit_test(dropped_between_two_chunks_it_leaves_nothing),
    cmocka_unit_test(very_many_numbers),
    cmocka_unit_test(two_at_the_same_time_do_not_mix),
    cmocka_unit_test(a_heartbeat_goes_on),
};
EXERCISE_MAIN(tests)
