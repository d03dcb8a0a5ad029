/* What do the combinators of streams do?
 *
 * Each takes one or two streams and gives another one.  The pictures are marble
 * diagrams: time goes from left to right, 20 ms for each character; a letter is
 * an item, "-" is nothing, "|" is the end, and the items in parentheses come at
 * the same moment.  The sources are made from their pictures; the last line of
 * each block is drawn from the run.
 *
 * Run:    ./a09_combinators
 * Watch:  Take does not wait for the end of its source.  A merge ends when both
 *         sources have ended, a zip when one of them has.  Throttle loses
 *         nothing, because its source has to wait.
 *
 * Expected output:
 *     map
 *             -a-b--c|
 *          => -A-B--C|
 *     filter
 *             -a-x-b(xc)|
 *          => -a---bc|
 *     take 2
 *             -a-b--c|
 *          => -a-(b|)
 *     take while not x
 *             -a-b-x-c|
 *          => -a-b-|
 *     skip 2
 *             -a-b--c|
 *          => ------c|
 *     chunks of 2
 *             a-b--c-d-e|
 *          => --[ab]----[cd]--([e]|)
 *     throttle
 *             (abc)---d|
 *          => a-b-c-d-|
 *     merge
 *             -a--b|
 *             --c----d|
 *          => -ac-b--d|
 *     zip
 *             a--b---c|
 *             -d-e|
 *          => -[ad]-[be]|
 *     chain
 *             -a-b|
 *             -c-d|
 *          => -a-b-c-d|
 *
 * Try:    Merge with a source that never ends, "-c": neither does the merge.
 *         Let the filter take its items from a stream_take() of 2: only a
 *         comes, because the x is one of the two.
 */
#include "a09_streams/map.h"
#include "a09_streams/marbles.h"
#include "a09_streams/merge.h"
#include "a09_streams/pace.h"
#include "runtime.h"

/* ---- What happens to an item --------------------------------------------- */

static void *upper(void *data, void *item)
{
    char *letter = data;
    *letter = (char)(*(char *)item - 'a' + 'A');
    return letter;
}

static bool is_not_x(void *data, void *item)
{
    (void)data;
    return *(char *)item != 'x';
}

static void chunk_name(char *to, void *item)
{
    struct stream_chunk *chunk = item;
    snprintf(to, 16, "[%.*s]", (int)chunk->n, (char *)chunk->items);
}

static void pair_name(char *to, void *item)
{
    struct stream_pair *pair = item;
    snprintf(to, 16, "[%c%c]", *(char *)pair->a, *(char *)pair->b);
}

/* ---- One combinator after the other -------------------------------------- */

enum { COLUMNS = 24 };

struct show {
    struct async async;
    int i;
    struct marbles one, two;
    char letter, letters[2];
    struct stream_over over;
    struct stream_chunks chunks;
    struct stream_two both;
    struct stream_throttle slow;
    struct draw draw;
};

static const struct {
    const char *name;
    const char *a, *b; /* the sources; b may be NULL */
    void (*item_name)(char *to, void *item);
} shows[] = {
    { "map", "-a-b--c|", NULL, NULL },
    { "filter", "-a-x-b(xc)|", NULL, NULL },
    { "take 2", "-a-b--c|", NULL, NULL },
    { "take while not x", "-a-b-x-c|", NULL, NULL },
    { "skip 2", "-a-b--c|", NULL, NULL },
    { "chunks of 2", "a-b--c-d-e|", NULL, chunk_name },
    { "throttle", "(abc)---d|", NULL, NULL },
    { "merge", "-a--b|", "--c----d|", NULL },
    { "zip", "a--b---c|", "-d-e|", pair_name },
    { "chain", "-a-b|", "-c-d|", NULL },
};
enum { MAP, FILTER, TAKE, TAKE_WHILE, SKIP, CHUNKS, THROTTLE, MERGE, ZIP };
enum { SHOWS = sizeof shows / sizeof *shows };

static struct stream *show_one(struct show *self, struct stream *a,
                               struct stream *b)
{
    switch (self->i) {
    case MAP:
        return stream_map(&self->over, a, upper, &self->letter);
    case FILTER:
        return stream_filter(&self->over, a, is_not_x, NULL);
    case TAKE:
        return stream_take(&self->over, a, 2);
    case TAKE_WHILE:
        return stream_take_while(&self->over, a, is_not_x, NULL);
    case SKIP:
        return stream_skip(&self->over, a, 2);
    case CHUNKS:
        return stream_chunks(&self->chunks, a, self->letters, 2);
    case THROTTLE:
        return stream_throttle(&self->slow, a, 2 * MARBLE_MS);
    case MERGE:
        return stream_merge(&self->both, a, b);
    case ZIP:
        return stream_zip(&self->both, a, b);
    default:
        return stream_chain(&self->both, a, b);
    }
}

/* Prints the sources, then draws what comes of them. */
static struct future *show_next(struct show *self)
{
    struct stream *a = stream_marbles(&self->one, shows[self->i].a), *b = NULL;
    printf("%s\n        %s\n", shows[self->i].name, shows[self->i].a);
    if (shows[self->i].b) {
        b = stream_marbles(&self->two, shows[self->i].b);
        printf("        %s\n", shows[self->i].b);
    }
    return draw(&self->draw, show_one(self, a, b), COLUMNS,
                shows[self->i].item_name);
}

static enum poll show_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct show);
    for (; self->i < SHOWS; self->i++) {
        AWAIT(show_next(self));
        printf("     => %s\n", self->draw.picture);
    }
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
