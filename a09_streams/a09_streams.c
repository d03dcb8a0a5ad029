/* What is a stream?
 *
 * A future gives one result.  A stream gives items, one after the other, and
 * then its end.  Like a future it is a struct with a poll function; but its
 * poll has three answers: an item, not yet, or no more.
 *
 * Run:    ./a09_streams
 * Watch:  First a countdown is polled by hand.  It waits once, before its last
 *         item.  Then two tasks run beside each other: one takes the items of a
 *         stream that never waits, the other one counts its turns.  Only the
 *         stream that keeps to the budget of a poll lets the other task run.
 *
 * Expected output:
 *     by hand: item 3, item 2, pending, item 1, end
 *     in a task: 3 2 1
 *     greedy: 1000 items, and meanwhile the other task ran 0 times
 *     fair: 1000 items, and meanwhile the other task ran 7 times
 *
 * Try:    Poll the countdown once more after its end: the program stops, and
 *         says why.
 *         Wait without taking the waker: the executor names the stream.
 */
#include "a09_streams/from.h"
#include "runtime.h"

/* ---- A stream by hand ---------------------------------------------------- */

struct countdown {
    struct stream stream;
    int left;
    int number; /* the item: it stays here until the next poll */
    bool waited;
};

static enum stream_poll countdown_poll_next(struct stream *s,
                                            struct context *cx)
{
    struct countdown *self = container_of(s, struct countdown, stream);
    if (self->left == 0)
        return STREAM_END;
    if (self->left == 1 && !self->waited) {
        self->waited = true;
        waker_wake(context_waker(cx)); /* poll me again, soon */
        return STREAM_PENDING;
    }
    self->number = self->left--;
    s->item = &self->number;
    return STREAM_ITEM;
}

static const struct stream_ops countdown_ops = {
    .name = "countdown",
    .poll_next = countdown_poll_next,
    .drop = stream_drop_nothing,
};

static struct stream *countdown(struct countdown *self, int from)
{
    *self = (struct countdown){ .stream.ops = &countdown_ops, .left = from };
    return &self->stream;
}

static void by_hand(void)
{
    struct countdown c;
    struct stream *s = countdown(&c, 3);
    struct waker nobody = { NULL, NULL };
    enum stream_poll got;
    printf("by hand: ");
    do {
        struct context cx = context_make(nobody, NULL);
        got = stream_poll_next(s, &cx);
        if (got == STREAM_ITEM)
            printf("item %d, ", *(int *)s->item);
        else
            printf(got == STREAM_PENDING ? "pending, " : "end\n");
    } while (got != STREAM_END);
}

/* ---- A stream that never waits ------------------------------------------- */

/* The same as stream_from_array(), but without its budget. */
static enum stream_poll greedy_poll_next(struct stream *s, struct context *cx)
{
    struct stream_array *self = container_of(s, struct stream_array, stream);
    (void)cx;
    if (self->next == self->end)
        return STREAM_END;
    s->item = self->next;
    self->next += self->size;
    return STREAM_ITEM;
}

static const struct stream_ops greedy_ops = {
    .name = "greedy",
    .poll_next = greedy_poll_next,
    .drop = stream_drop_nothing,
};

/* ---- Tasks --------------------------------------------------------------- */

enum { ITEMS = 1000 };
static char items[ITEMS];

struct other { /* counts its turns */
    struct async async;
    int turns; /* how often it was polled */
    struct yield yield;
};

static enum poll other_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct other);
    for (;;) {
        self->turns++;
        AWAIT(yield_now(&self->yield));
    }
    ASYNC_END;
}

static const struct future_ops other_ops = ASYNC_OPS(other);

struct reader {
    struct async async;
    struct countdown countdown;
    struct stream_array array;
    struct stream *stream;
    struct stream_next next;
    struct task *task; /* the other one */
    struct other *other;
    int n;
};

static void reader_begin(struct reader *self, struct executor *executor,
                         bool greedy)
{
    self->stream = stream_from_array(&self->array, items, ITEMS);
    if (greedy)
        self->stream->ops = &greedy_ops;
    self->other = task_slot(struct other);
    *self->other = (struct other){ .async.future.ops = &other_ops };
    self->task = task_spawn(executor, &self->other->async.future);
    self->n = 0;
}

static void reader_end(struct reader *self, const char *name)
{
    printf("%s: %d items, and meanwhile the other task ran %d times\n", name,
           self->n, self->other->turns);
    task_abort(self->task);
    task_detach(self->task);
    self->task = NULL;
}

static enum poll reader_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct reader);
    printf("in a task:");
    self->stream = countdown(&self->countdown, 3);
    for (;;) {
        AWAIT(stream_next(&self->next, self->stream));
        if (!self->next.item)
            break;
        printf(" %d", *(int *)self->next.item);
    }
    putchar('\n');
    reader_begin(self, cx->executor, true);
    do {
        AWAIT(stream_next(&self->next, self->stream));
        self->n += self->next.item != NULL;
    } while (self->next.item);
    reader_end(self, "greedy");
    reader_begin(self, cx->executor, false);
    do {
        AWAIT(stream_next(&self->next, self->stream));
        self->n += self->next.item != NULL;
    } while (self->next.item);
    reader_end(self, "fair");
    ASYNC_FINALLY
    stream_drop(self->stream);
    task_abort(self->task);
    task_detach(self->task);
    ASYNC_END;
}

static const struct future_ops reader_ops = ASYNC_OPS(reader);

int main(int argc, char **argv)
{
    struct runtime rt;
    struct reader reader = { .async.future.ops = &reader_ops };
    runtime_open(&rt, argc, argv);
    by_hand();
    return runtime_run(&rt, &reader.async.future);
}
