/* How much does it add between two yields, and is the sum right? */
#include ANSWER
#include "exercise_executor.h"

/* On the heap, exactly as long as it says: a number too many is seen. */
static int *numbers_up_to_(size_t n)
{
    int *numbers = malloc(n * sizeof *numbers);
    for (size_t i = 0; i < n; i++)
        numbers[i] = (int)i + 1;
    return numbers;
}

static long sum_up_to_(size_t n)
{
    return (long)(n * (n + 1) / 2);
}

/* Of how many numbers is it the sum?  0: of none, or it is not kept there. */
static size_t numbers_in_(long sum)
{
    size_t n = 0;
    while (sum_up_to_(n) < sum)
        n++;
    return sum_up_to_(n) == sum ? n : 0;
}

/* Polls to the end; rejects if it adds too much or too little between two
 * yields. */
static void add_up_(size_t n)
{
    struct poller task = { .executor = virtual_executor() };
    int *numbers = numbers_up_to_(n);
    struct total t;
    struct future *f = total(&t, numbers, n);
    size_t before = 0;
    long sum = 0;
    while (poll_by(&task, f) == POLL_PENDING) {
        size_t added = t.next - before, in_sum = numbers_in_(t.sum);
        CHECK(task.woken == task.polls,
              "PENDING, and the task was not woken: a yield wakes itself, or "
              "nobody polls again");
        CHECK(in_sum == 0 || in_sum == t.next,
              "yielded with the sum of %zu numbers, and `next` is %zu: it is "
              "the first that is not added yet",
              in_sum, t.next);
        CHECK(before == 0 || t.next != before || t.sum != sum,
              "yielded twice, and no number was added between: one yield is "
              "enough");
        CHECK(before == 0 || t.next > before,
              "two yields, and between them `next` went from %zu to %zu: does "
              "it start again after each yield?",
              before, t.next);
        CHECK(t.next > 0, "yielded before the first number: there was nothing "
                          "to rest from");
        CHECK(t.next < n, "yielded after the last number: the work is done, go "
                          "home");
        CHECK(added >= CHUNK,
              "yielded after %zu number%s, a chunk has %d: a "
              "yield costs more than an addition",
              added, added == 1 ? "" : "s", CHUNK);
        CHECK(added <= CHUNK, "%zu numbers without a yield, a chunk has %d",
              added, CHUNK);
        before = t.next;
        sum = t.sum;
    }
    CHECK(t.sum == sum_up_to_(n), "the sum of %zu numbers is %ld, not %ld", n,
          sum_up_to_(n), t.sum);
    CHECK(n - before <= CHUNK,
          "%zu numbers in one go: nobody else could run meanwhile", n - before);
    free(numbers);
}

static void it_adds_what_fits_one_chunk(void **state)
{
    (void)state;
    add_up_(3);
    add_up_(0);
}

static void it_yields_between_chunks(void **state)
{
    (void)state;
    add_up_(250);
}

static void whole_chunks_leave_no_rest(void **state)
{
    (void)state;
    add_up_(CHUNK);
    add_up_(3 * CHUNK);
    add_up_(3 * CHUNK + 1);
}

static void it_adds_the_numbers_themselves(void **state)
{
    static const int numbers[3] = { 2000000000, -7, 2000000000 };
    struct poller task = { .executor = virtual_executor() };
    struct total t;
    (void)state;
    (void)poll_by(&task, total(&t, numbers, 3));
    CHECK(t.sum == 3999999993L,
          "2000000000 - 7 + 2000000000 is 3999999993, not %ld: add what stands "
          "in `numbers`, in a long",
          t.sum);
}

/* ---- Dropped, and beside others ----------------------------------------- */

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

static void dropped_between_two_chunks_it_leaves_nothing(void **state)
{
    struct poller task = { .executor = virtual_executor() };
    int *numbers = numbers_up_to_(250);
    struct total t;
    (void)state;
    (void)poll_by(&task, total(&t, numbers, 250));
    future_drop(&t.async.future);
    CHECK(task.woken == 1, "dropped, and it woke the task once more");
    free(numbers);
}

static void each_counts_its_own_chunk(void **state)
{
    struct poller task = { .executor = virtual_executor() };
    int *numbers = numbers_up_to_(250);
    struct total one, two;
    struct future *f = total(&one, numbers, 250);
    (void)state;
    (void)poll_by(&task, f);
    (void)poll_by(&task, total(&two, numbers, 37)); /* to its end */
    (void)poll_by(&task, f);
    CHECK(one.next == 2 * CHUNK,
          "another one added 37 numbers meanwhile, and now a chunk has %d: "
          "what "
          "it counts belongs into its frame",
          (int)one.next - CHUNK);
    future_drop(f);
    free(numbers);
}

static void two_at_the_same_time_do_not_mix(void **state)
{
    struct executor *ex = virtual_executor();
    int *numbers = numbers_up_to_(1000);
    struct heart_ *heart = task_slot(struct heart_);
    struct task *one =
        task_spawn(ex, total(task_slot(struct total), numbers, 1000));
    struct total two;
    (void)state;
    *heart = (struct heart_){ .async.future.ops = &heart_ops_ };
    task_detach(task_spawn(ex, &heart->async.future));
    beats_ = 0;
    block_on(ex, total(&two, numbers, 500));
    CHECK(two.sum == sum_up_to_(500),
          "two at the same time: one of them says "
          "%ld, its numbers make %ld",
          two.sum, sum_up_to_(500));
    CHECK(beats_ >= 4, "the heart beat %d times while 5 chunks were added",
          beats_);
    while (!one->done)
        block_on(ex, total(&two, numbers, CHUNK + 1));
    CHECK(task_output(one, struct total)->sum == sum_up_to_(1000),
          "two at the same time: one of them says %ld, its numbers make %ld",
          task_output(one, struct total)->sum, sum_up_to_(1000));
    task_detach(one);
    virtual_executor_close();
    free(numbers);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_adds_what_fits_one_chunk),
    cmocka_unit_test(it_yields_between_chunks),
    cmocka_unit_test(whole_chunks_leave_no_rest),
    cmocka_unit_test(it_adds_the_numbers_themselves),
    cmocka_unit_test(dropped_between_two_chunks_it_leaves_nothing),
    cmocka_unit_test(each_counts_its_own_chunk),
    cmocka_unit_test(two_at_the_same_time_do_not_mix),
};
EXERCISE_MAIN(tests)
