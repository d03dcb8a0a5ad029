/* streams.c: what an item costs, and a line of a file. */
#include <fcntl.h>
#include <unistd.h>
#include "a09_streams/generator.h"
#include "a09_streams/into.h"
#include "a09_streams/lines.h"
#include "a09_streams/map.h"
#include "bench.h"

/* ---- One task that adds up the items ------------------------------------- */

struct adder {
    struct async async;
    struct stream *stream; /* its own; each item is an uint64_t */
    uint64_t sum;
    struct stream_next next;
};

static enum poll adder_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct adder);
    for (;;) {
        AWAIT(stream_next(&self->next, self->stream));
        if (!self->next.item)
            break;
        self->sum += *(uint64_t *)self->next.item;
    }
    ASYNC_FINALLY
    stream_drop(self->stream);
    ASYNC_END;
}

static const struct future_ops adder_ops = ASYNC_OPS(adder);

static struct cost add_up(struct stream *stream, int n, uint64_t sum)
{
    struct world w;
    struct adder adder = { .async.future.ops = &adder_ops, .stream = stream };
    uint64_t start;
    world_open(&w);
    start = uv_hrtime();
    block_on(&w.ex, &adder.async.future);
    start = uv_hrtime() - start;
    must(adder.sum == sum, "an item was lost");
    world_close(&w);
    return cost_of(start, n);
}

/* ---- map and filter ------------------------------------------------------ */

struct count { /* 0, 1, … below n, within the budget of a poll */
    struct stream stream;
    uint64_t next, n, number;
};

static enum stream_poll count_poll_next(struct stream *s, struct context *cx)
{
    struct count *self = container_of(s, struct count, stream);
    if (self->next == self->n)
        return STREAM_END;
    if (!budget_spend(cx))
        return STREAM_PENDING;
    self->number = self->next++;
    s->item = &self->number;
    return STREAM_ITEM;
}

static const struct stream_ops count_ops = { .name = "count",
                                             .poll_next = count_poll_next,
                                             .drop = stream_drop_nothing };

static void *add_one(void *data, void *item)
{
    uint64_t *number = data;
    *number = *(uint64_t *)item + 1;
    return number;
}

static bool is_odd(void *data, void *item)
{
    (void)data;
    return *(uint64_t *)item % 2;
}

static struct cost stream_map_filter(int n)
{
    struct count count = { .stream.ops = &count_ops, .n = (uint64_t)n };
    struct stream_over map, filter;
    uint64_t number, odd = ((uint64_t)n + 1) / 2;
    stream_map(&map, &count.stream, add_one, &number);
    return add_up(stream_filter(&filter, &map.stream, is_odd, NULL), n,
                  odd * odd);
}

/* ---- A generator --------------------------------------------------------- */

struct generate {
    GENERATOR;
    uint64_t number, n;
};

static enum poll generate_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct generate);
    (void)cx;
    for (; self->number < self->n; self->number++)
        YIELD(&self->number);
    ASYNC_END;
}

GENERATOR_OPS(generate);

static struct cost generator(int n)
{
    struct generate generate = { .generator = GENERATOR_OF(generate),
                                 .n = (uint64_t)n };
    return add_up(&generate.generator.stream, n, sum_below(n));
}

/* ---- Lines of a file ----------------------------------------------------- */

enum { BUFFER = 1024 * 1024 };

static char buffer[BUFFER];

/* A file of n lines that has no name any more, at its beginning. */
static int file_of_lines(int n)
{
    char path[] = "/tmp/bench_linesXXXXXX";
    int fd = mkstemp(path);
    FILE *out = fd < 0 ? NULL : fdopen(dup(fd), "w");
    must(out != NULL, "cannot write a file");
    must(remove(path) == 0, "cannot remove a file");
    for (int i = 0; i < n; i++)
        fprintf(out, "this is line %d\n", i);
    must(fclose(out) == 0, "cannot write a file");
    must(lseek(fd, 0, SEEK_SET) == 0, "cannot rewind a file");
    return fd;
}

struct counter {
    struct async async;
    struct stream *stream;
    int n;
    struct stream_next next;
};

static enum poll counter_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct counter);
    for (;; self->n++) {
        AWAIT(stream_next(&self->next, self->stream));
        if (!self->next.item)
            break;
    }
    ASYNC_FINALLY
    stream_drop(self->stream);
    ASYNC_END;
}

static const struct future_ops counter_ops = ASYNC_OPS(counter);

static void count_line(void *data, void *item)
{
    (void)item;
    ++*(int *)data;
}

static struct cost lines_in(int n, bool each)
{
    struct world w;
    struct counter counter = { .async.future.ops = &counter_ops };
    struct stream_for_each for_each;
    struct file_reader reader;
    struct file *file;
    struct lines source;
    int fd = file_of_lines(n);
    uint64_t start;
    world_open(&w);
    must(file_from(&file, fd) == 0, "no memory");
    counter.stream =
        lines(&source, file_reader(&reader, file), buffer, sizeof buffer);
    stream_for_each(&for_each, counter.stream, count_line, &counter.n);
    start = uv_hrtime();
    block_on(&w.ex, each ? &for_each.future : &counter.async.future);
    start = uv_hrtime() - start;
    must(source.status == 0 && counter.n == n, "a line was lost");
    file_close(file);
    world_close(&w);
    return cost_of(start, n);
}

static struct cost lines_of_a_file(int n)
{
    return lines_in(n, false);
}

static struct cost lines_each(int n)
{
    return lines_in(n, true);
}

/* The limit: a loop of read() that looks for the same newlines. */
static struct cost lines_read(int n)
{
    int fd = file_of_lines(n), found = 0;
    uint64_t start = uv_hrtime();
    ssize_t size;
    while ((size = read(fd, buffer, sizeof buffer)) > 0) {
        const char *at = buffer, *end = buffer + size;
        while ((at = memchr(at, '\n', (size_t)(end - at)))) {
            found++;
            at++;
        }
    }
    start = uv_hrtime() - start;
    must(size == 0 && found == n, "a line was lost");
    close(fd);
    return cost_of(start, n);
}

const struct workload stream_workloads[] = {
    { .name = "stream_map_filter",
      .n = 1000000,
      .run = stream_map_filter,
      .what = "an item through a map and a filter" },
    { .name = "generator",
      .n = 1000000,
      .run = generator,
      .what = "an item that a generator yields" },
    { .name = "lines",
      .n = 1000000,
      .run = lines_of_a_file,
      .what = "a line of a file, some 20 bytes long" },
    { .name = "lines_each",
      .n = 1000000,
      .run = lines_each,
      .what = "the same in a stream_for_each()" },
    { .name = "lines_read",
      .n = 1000000,
      .run = lines_read,
      .what = "the same with read() and memchr() alone" },
    { .name = NULL },
};
