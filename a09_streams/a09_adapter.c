/* How does one stream own another?
 *
 * The owner has the other stream as a member of its struct.  So there is only
 * one thing to make, to move and to drop.  Here a stream of lines in capitals
 * owns the stream of the lines, and the buffer that they lie in.
 *
 * Run:    ./a09_adapter
 * Watch:  The text comes in pieces, one every 20 ms, and each line comes as
 *         soon as its last piece is there.  The adapter is made in one place,
 *         and then moved to another one.  That is allowed before its first
 *         poll.  One drop of the adapter also drops the read that is under way.
 *
 * Expected output:
 *       0 ms  made, and moved
 *      40 ms  EVERY CAT IS GREY
 *      60 ms  AT NIGHT
 *      70 ms  nothing has come for 10 ms: drop it
 *      70 ms  the read is dropped
 *
 * Try:    Wait for 100 ms: the last line comes, too, and then the end.
 *         Move it once more after its first line: the program stops, because
 *         its lines point to its old place.
 */
#include <ctype.h>
#include "a07_select/timeout.h"
#include "a09_streams/lines.h"
#include "runtime.h"

static void say(struct executor *executor, const char *what)
{
    printf("%3d ms  %s\n", (int)executor_now(executor) / 10 * 10, what);
}

/* ---- The adapter --------------------------------------------------------- */

struct upper {
    struct stream stream;
    struct reader *reader; /* not its own */
    bool begun;
    struct lines lines; /* the stream that it owns */
    char buffer[80];    /* the lines lie here */
};

/* Before its first poll it may move.  Therefore it waits until then before it
 * makes the lines, which point to the buffer. */
static enum stream_poll upper_poll_next(struct stream *s, struct context *cx)
{
    struct upper *self = container_of(s, struct upper, stream);
    enum stream_poll result;
    if (!self->begun)
        lines(&self->lines, self->reader, self->buffer, sizeof self->buffer);
    self->begun = true;
    result = stream_poll_next(&self->lines.stream, cx);
    if (result == STREAM_ITEM) {
        struct line *line = s->item = self->lines.stream.item;
        for (size_t i = 0; i < line->size; i++)
            line->text[i] = (char)toupper((unsigned char)line->text[i]);
    }
    return result;
}

/* Before the first poll the lines are zeroed, and this does nothing. */
static void upper_drop(struct stream *s)
{
    stream_drop(&container_of(s, struct upper, stream)->lines.stream);
}

static void upper_children(struct stream *s, future_visit *visit, void *data)
{
    stream_children(&container_of(s, struct upper, stream)->lines.stream, visit,
                    data);
}

static const struct stream_ops upper_ops = STREAM_COMBINATOR_OPS(upper);

/* Each item is a struct line. */
static struct stream *upper(struct upper *self, struct reader *reader)
{
    *self = (struct upper){ .stream.ops = &upper_ops, .reader = reader };
    return &self->stream;
}

/* ---- A reader that is slow ----------------------------------------------- */

static const char *const pieces[] = { "every cat ", "is grey\nat ni",
                                      "ght\nnot a whole", " line yet" };
enum { PIECES = sizeof pieces / sizeof *pieces };

struct slow {
    struct reader reader;
    size_t i;
    ssize_t n; /* result of the latest read */
    struct slow_read {
        struct async async;
        struct executor *executor; /* for its last words */
        struct slow *slow;
        char *into;
        bool over;
        struct sleep nap;
    } read;
};

static enum poll slow_read_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct slow_read);
    self->executor = cx->executor;
    AWAIT(sleep_ms(&self->nap, 20));
    self->over = true;
    self->slow->n = 0;
    if (self->slow->i == PIECES)
        ASYNC_RETURN((void)0);
    self->slow->n = (ssize_t)strlen(pieces[self->slow->i]);
    memcpy(self->into, pieces[self->slow->i++], (size_t)self->slow->n);
    ASYNC_FINALLY
    if (!self->over)
        say(self->executor, "the read is dropped");
    ASYNC_END;
}

static const struct future_ops slow_read_ops = ASYNC_OPS(slow_read);

static struct future *slow_read(struct reader *r, void *into, size_t size)
{
    struct slow *self = container_of(r, struct slow, reader);
    (void)size; /* the whole text fits into the buffer */
    self->read = (struct slow_read){ .async.future.ops = &slow_read_ops,
                                     .slow = self,
                                     .into = into };
    return &self->read.async.future;
}

static ssize_t slow_result(const struct reader *r)
{
    return container_of(r, const struct slow, reader)->n;
}

/* ---- Who asks ------------------------------------------------------------ */

enum { ENOUGH = 1000, PATIENCE = 10 /* ms, after the first two lines */ };

struct show {
    struct async async;
    struct slow slow;
    struct upper upper;
    int i;
    struct stream_next next;
    struct timeout timeout;
};

static void show_make(struct show *self)
{
    struct upper early;
    self->slow.reader =
        (struct reader){ .read = slow_read, .result = slow_result };
    upper(&early, &self->slow.reader);
    self->upper = early; /* nobody has polled it */
}

static struct future *show_next(struct show *self)
{
    return timeout_ms(&self->timeout,
                      stream_next(&self->next, &self->upper.stream),
                      self->i < 2 ? ENOUGH : PATIENCE);
}

static enum poll show_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct show);
    show_make(self);
    say(cx->executor, "made, and moved");
    for (;; self->i++) {
        AWAIT(show_next(self));
        if (self->timeout.status || !self->next.item)
            break;
        say(cx->executor, ((struct line *)self->next.item)->text);
    }
    say(cx->executor, self->timeout.status
                          ? "nothing has come for 10 ms: drop it"
                          : "the end");
    ASYNC_FINALLY
    stream_drop(&self->upper.stream);
    ASYNC_END;
}

static const struct future_ops show_ops = ASYNC_OPS(show);

int main(int argc, char **argv)
{
    struct runtime rt;
    struct show show = { .async.future.ops = &show_ops };
    runtime_open(&rt, argc, argv);
    return runtime_run(&rt, &show.async.future);
}
