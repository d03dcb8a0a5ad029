/* How do you write a stream without a state machine?
 *
 * As an async function that gives items: a generator.  YIELD gives one, and the
 * function goes on below it when the next one is asked for.
 *
 * Run:    ./a09_generator
 * Watch:  The generator's own lines come between those of the reader: it runs
 *         only while an item is asked for.  It waits 20 ms before each item.
 *         The reader stops early, and the generator's ASYNC_FINALLY runs.
 *
 * Expected output:
 *       0 ms  read: give me an item
 *       0 ms  double: I begin
 *      20 ms  read: 1
 *      20 ms  read: give me an item
 *      40 ms  read: 2
 *      40 ms  read: give me an item
 *      60 ms  read: 4
 *      60 ms  read: enough
 *      60 ms  double: I am dropped
 *
 * Try:    Read to the end: ASYNC_FINALLY runs there, too.
 *         Keep the number in a local variable: the compiler refuses, because
 *         the local would be lost between two items.
 */
#include "a09_streams/generator.h"
#include "runtime.h"

static void say(struct executor *executor, const char *what)
{
    printf("%3d ms  %s\n", (int)executor_now(executor) / 10 * 10, what);
}

/* ---- The generator ------------------------------------------------------- */

struct doubler {
    GENERATOR;
    struct executor *executor; /* for its last words */
    int number, last;
    struct sleep nap;
};

static enum poll doubler_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct doubler);
    say(cx->executor, "double: I begin");
    for (self->number = 1; self->number <= self->last; self->number *= 2) {
        AWAIT(sleep_ms(&self->nap, 20));
        YIELD(&self->number);
    }
    say(cx->executor, "double: I am at my end");
    ASYNC_FINALLY
    if (self->number <= self->last)
        say(self->executor, "double: I am dropped");
    ASYNC_END;
}

GENERATOR_OPS(doubler);

static struct stream *doubler(struct doubler *self, struct executor *executor,
                              int last)
{
    *self = (struct doubler){ .generator = GENERATOR_OF(doubler),
                              .executor = executor,
                              .last = last };
    return &self->generator.stream;
}

/* ---- Who asks ------------------------------------------------------------ */

enum { ENOUGH = 3 };

struct reader {
    struct async async;
    struct doubler doubler;
    struct stream *numbers;
    struct stream_next next;
    int i;
};

static enum poll reader_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct reader);
    self->numbers = doubler(&self->doubler, cx->executor, 16);
    for (; self->i < ENOUGH; self->i++) {
        say(cx->executor, "read: give me an item");
        AWAIT(stream_next(&self->next, self->numbers));
        if (!self->next.item)
            break;
        printf("%3d ms  read: %d\n", (int)executor_now(cx->executor) / 10 * 10,
               *(int *)self->next.item);
    }
    say(cx->executor, "read: enough");
    ASYNC_FINALLY
    stream_drop(self->numbers);
    ASYNC_END;
}

static const struct future_ops reader_ops = ASYNC_OPS(reader);

int main(int argc, char **argv)
{
    struct runtime rt;
    struct reader reader = { .async.future.ops = &reader_ops };
    runtime_open(&rt, argc, argv);
    return runtime_run(&rt, &reader.async.future);
}
