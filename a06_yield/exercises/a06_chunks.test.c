/* How much does it add between two yields, and is the sum right? */
#include "exercise_executor.h"
#include ANSWER

/* On the heap, exactly as long as it says: a number too many is seen. */
static int *numbers_up_to(size_t n)
{
    int *numbers = malloc((n ? n : 1) * sizeof *numbers);
    for (size_t i = 0; i < n; i++)
        numbers[i] = (int)i + 1;
    return numbers;
}

static long sum_up_to(size_t n)
{
    return (long)(n * (n + 1) / 2);
}

/* Polls to the end; rejects if it adds too much or too little between two
 * yields. */
static void add_up(size_t n)
{
    struct poller task = { 0 };
    int *numbers = numbers_up_to(n);
    struct total t;
    struct future *f = total(&t, numbers, n);
    size_t before = 0;
    while (poll_by(&task, f) == POLL_PENDING) {
        size_t added = t.next - before;
        CHECK(before == 0 || t.next > before,
              "two yields, and between them `next` went from %zu to %zu: does "
              "it start again after each yield?",
              before, t.next);
        CHECK(t.next > 0, "yielded before the first number: there was nothing "
                          "to rest from");
        CHECK(t.next < n || n % CHUNK, "yielded after the last number: the "
                                       "work is done, go home");
        CHECK(t.next < n, "yielded after the last number");
        CHECK(added >= CHUNK,
              "yielded after %zu number%s, a chunk has %d: a "
              "yield costs more than an addition",
              added, added == 1 ? "" : "s", CHUNK);
        CHECK(added <= CHUNK, "%zu numbers without a yield, a chunk has %d",
              added, CHUNK);
        before = t.next;
    }
    CHECK(t.sum == sum_up_to(n), "the sum of %zu numbers is %ld, not %ld", n,
          sum_up_to(n), t.sum);
    CHECK(n - before <= CHUNK,
          "%zu numbers in one go: nobody else could run meanwhile", n - before);
    free(numbers);
}

static void it_adds_what_fits_one_chunk(void **state)
{
    (void)state;
    add_up(3);
    add_up(0);
}

static void it_yields_between_chunks(void **state)
{
    (void)state;
    add_up(250);
}

static void whole_chunks_leave_no_rest(void **state)
{
    (void)state;
    add_up(CHUNK);
    add_up(3 * CHUNK);
    add_up(3 * CHUNK + 1);
}

/* ---- Beside others ------------------------------------------------------- */

static int beats;

struct heart {
    struct async async;
    struct yield yield;
};

static enum poll heart_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct heart);
    for (;;) {
        beats++;
        AWAIT(yield_now(&self->yield));
    }
    ASYNC_END;
}

static const struct future_ops heart_ops = ASYNC_OPS(heart);

static void two_at_the_same_time_do_not_mix(void **state)
{
    struct executor *ex = virtual_executor();
    int *numbers = numbers_up_to(1000);
    struct heart *heart = task_slot(struct heart);
    struct task *one =
        task_spawn(ex, total(task_slot(struct total), numbers, 1000));
    struct total two;
    (void)state;
    *heart = (struct heart){ .async.future.ops = &heart_ops };
    task_detach(task_spawn(ex, &heart->async.future));
    beats = 0;
    block_on(ex, total(&two, numbers, 500));
    CHECK(two.sum == sum_up_to(500),
          "two at the same time: one of them says "
          "%ld, its numbers make %ld",
          two.sum, sum_up_to(500));
    CHECK(beats >= 4, "the heart beat %d times while 5 chunks were added",
          beats);
    while (!one->done)
        block_on(ex, total(&two, numbers, CHUNK + 1));
    CHECK(task_output(one, struct total)->sum == sum_up_to(1000),
          "two at the same time: one of them says %ld, its numbers make %ld",
          task_output(one, struct total)->sum, sum_up_to(1000));
    task_detach(one);
    virtual_executor_close();
    free(numbers);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_adds_what_fits_one_chunk),
    cmocka_unit_test(it_yields_between_chunks),
    cmocka_unit_test(whole_chunks_leave_no_rest),
    cmocka_unit_test(two_at_the_same_time_do_not_mix),
};
EXERCISE_MAIN(tests)
