/* lines.h: the same lines, however the bytes are cut. */
#include <sys/socket.h>
#include "a09_streams/lines.h"
#include "tests/by_hand.h"
#include "tests/every_drop.h"

/* ---- A reader whose reads the test cuts ---------------------------------- */

struct scripted {
    struct reader reader;
    const char *bytes;
    size_t left, most; /* a read gives at most so many */
    ssize_t n;
    bool waits; /* each read is PENDING once */
    int error;  /* instead of the end */
    struct future future;
    void *into;
    size_t size;
    bool waited;
    int reads; /* how many were made */
};

static enum poll scripted_poll(struct future *f, struct context *cx)
{
    struct scripted *self = container_of(f, struct scripted, future);
    size_t n = self->left < self->most ? self->left : self->most;
    if (self->waits && !self->waited) {
        self->waited = true;
        waker_wake(context_waker(cx));
        return POLL_PENDING;
    }
    if (n > self->size)
        n = self->size;
    memcpy(self->into, self->bytes, n);
    self->bytes += n;
    self->left -= n;
    self->n = n ? (ssize_t)n : self->error;
    return POLL_READY;
}

static const struct future_ops scripted_ops = { .name = "scripted",
                                                .poll = scripted_poll,
                                                .drop = future_drop_nothing };

static struct future *scripted_read(struct reader *r, void *into, size_t size)
{
    struct scripted *self = container_of(r, struct scripted, reader);
    assert_true(size > 0);
    self->future = (struct future){ .ops = &scripted_ops };
    self->into = into;
    self->size = size;
    self->waited = false;
    self->reads++;
    return &self->future;
}

static ssize_t scripted_result(const struct reader *r)
{
    return container_of(r, const struct scripted, reader)->n;
}

static struct scripted script;
static struct lines lines_;
static struct stream_next next;

static struct stream *lines_of(const char *bytes, size_t n, size_t most,
                               bool waits, char *buffer, size_t size)
{
    script = (struct scripted){ .reader = { .read = scripted_read,
                                            .result = scripted_result },
                                .bytes = bytes,
                                .left = n,
                                .most = most,
                                .waits = waits };
    return lines(&lines_, &script.reader, buffer, size);
}

/* Until it is READY: each wait loses its future, and makes another. */
static struct line *next_line(struct stream *s)
{
    fresh();
    while (poll_once(stream_next(&next, s)) == POLL_PENDING)
        future_drop(&next.future);
    return next.item;
}

/* "<one><two>": each line in brackets; a NUL is drawn as 0. */
static void draw_lines(struct stream *s, char *to)
{
    struct line *line;
    uint64_t number = 0;
    while ((line = next_line(s))) {
        assert_int_equal(line->number, ++number);
        assert_int_equal(line->text[line->size], '\0');
        *to++ = '<';
        for (size_t i = 0; i < line->size; i++)
            *to++ = line->text[i] ? line->text[i] : '0';
        *to++ = '>';
    }
    *to = '\0';
}

#define assert_lines(bytes, wanted) \
    assert_lines_(bytes, sizeof(bytes) - 1, wanted, __FILE__, __LINE__)
static void assert_lines_(const char *bytes, size_t n, const char *wanted,
                          const char *file, int line)
{
    for (size_t most = 1; most <= n + 1; most++)
        for (int how = 0; how < 4; how++) {
            char buffer[16], got[100];
            struct stream *s =
                lines_of(bytes, n, most, how & 1, buffer, sizeof buffer);
            script.reader.ahead = how & 2;
            draw_lines(s, got);
            _assert_string_equal(got, wanted, file, line);
            assert_int_equal(lines_.status, 0);
        }
}

/* STR-15, STR-16, STR-13: cut in every way, with waits that are dropped. */
static void lines_are_the_same_however_cut(void **state)
{
    assert_lines("", "");
    assert_lines("\n", "<>");
    assert_lines("one\ntwo\n", "<one><two>");
    assert_lines("one\ntwo", "<one><two>");
    assert_lines("one\r\n\r\ntwo\r\n", "<one><><two>");
    assert_lines("\n\n\r\n", "<><><>");
    assert_lines("a\rb\nc\r", "<a\rb><c\r>");
    assert_lines("a\0b\n\0", "<a0b><0>");
    assert_lines("a\r\r\n", "<a\r>");
    assert_lines("12345678901234\nx", "<12345678901234><x>");
    assert_lines("123456789\n123456789\n123456789\n",
                 "<123456789><123456789><123456789>");
}

/* STR-d: a line that does not fit is named, and those before it were given. */
static void a_line_that_is_too_long(void **state)
{
    static const char text[] = "one\n1234567890123456\nthree\n";
    for (size_t most = 1; most < sizeof text; most++) {
        char buffer[16], got[100];
        draw_lines(lines_of(text, sizeof text - 1, most, false, buffer,
                            sizeof buffer),
                   got);
        assert_string_equal(got, "<one>");
        assert_int_equal(lines_.status, UV_EMSGSIZE);
        assert_int_equal(lines_.line.number, 2);
    }
}

/* STR-15, STR-d: a line fits if its length and its end do; without an end, one
 * more byte, for the read that finds none. */
static void the_longest_line(void **state)
{
    static const char *const ends[] = { "", "\n", "\r\n" };
    for (int length = 13; length <= 17; length++)
        for (int e = 0; e < 3; e++)
            for (size_t most = 1; most < 20; most++) {
                char text[32], buffer[16], got[64], wanted[64] = "";
                bool fits = length + (e == 2 ? 2 : 1) <= 16;
                int n = sprintf(text, "%0*d%s", length, 7, ends[e]);
                if (fits)
                    sprintf(wanted, "<%0*d>", length, 7);
                draw_lines(lines_of(text, (size_t)n, most, false, buffer,
                                    sizeof buffer),
                           got);
                assert_string_equal(got, wanted);
                assert_int_equal(lines_.status, fits ? 0 : UV_EMSGSIZE);
            }
}

/* STR-j: while its lines are used, the next read is under way, and never more
 * than one; an end that came meanwhile keeps no line back. */
static void files_are_read_ahead(void **state)
{
    char buffer[16];
    struct stream *s = lines_of("a\nb\nc\nd", 7, 4, true, buffer, 16);
    assert_string_equal(next_line(s)->text, "a");
    assert_int_equal(script.reads, 1); /* a socket is not asked before */
    stream_drop(s);

    s = lines_of("a\nb\nc\nd", 7, 4, true, buffer, 16);
    script.reader.ahead = true;
    assert_string_equal(next_line(s)->text, "a");
    assert_int_equal(script.reads, 2);
    assert_true(script.waited); /* it has begun */
    assert_string_equal(next_line(s)->text, "b");
    assert_int_equal(script.reads, 2);
    assert_string_equal(next_line(s)->text, "c");
    assert_int_equal(script.reads, 3);
    assert_string_equal(next_line(s)->text, "d");
    assert_null(next_line(s));
    assert_int_equal(script.reads, 3);

    s = lines_of("a\nb", 3, 9, false, buffer, 16);
    script.reader.ahead = true;
    script.error = UV_EIO;
    assert_string_equal(next_line(s)->text, "a"); /* the error has come */
    assert_null(next_line(s));
    assert_int_equal(lines_.status, UV_EIO);
}

/* STR-j: nobody but a file, which knows where it is. */
static void pipes_are_not_read_ahead(void **state)
{
    struct file file = { .offset = -1 };
    struct file_reader reader;
    assert_false(file_reader(&reader, &file)->ahead);
    file.offset = 0;
    assert_true(file_reader(&reader, &file)->ahead);
}

/* STR-m: with many quiet connections in one task, none may wake it for nothing.
 */
static void a_wait_costs_no_budget(void **state)
{
    struct context cx = context_make(bell_waker(&bell), NULL);
    char buffer[16];
    struct stream *s = lines_of("a\nb\n", 4, 4, true, buffer, sizeof buffer);
    fresh();
    assert_int_equal(stream_poll_next(s, &cx), STREAM_PENDING);
    assert_int_equal(cx.spent, 0);
    assert_int_equal(stream_poll_next(s, &cx), STREAM_ITEM);
    assert_int_equal(stream_poll_next(s, &cx), STREAM_ITEM);
    assert_int_equal(cx.spent, 2);
    cx.spent = BUDGET_STEPS;
    bell.rings = 0;
    assert_int_equal(stream_poll_next(s, &cx), STREAM_PENDING);
    assert_int_equal(bell.rings, 1);
    stream_drop(s);
}

/* STR-18 */
static void an_error_is_not_the_end(void **state)
{
    char buffer[16], got[100];
    struct stream *s = lines_of("one\ntw", 6, 3, false, buffer, sizeof buffer);
    script.error = UV_EIO;
    draw_lines(s, got);
    assert_string_equal(got, "<one>");
    assert_int_equal(lines_.status, UV_EIO);
}

/* ---- Files and connections ----------------------------------------------- */

struct counter { /* counts the lines of a stream, which it owns */
    struct async async;
    struct stream *stream;
    size_t lines, bytes;
    struct stream_next next;
};

static enum poll counter_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct counter);
    for (;;) {
        AWAIT(stream_next(&self->next, self->stream));
        if (!self->next.item)
            break;
        self->lines++;
        self->bytes += ((struct line *)self->next.item)->size;
    }
    ASYNC_FINALLY
    stream_drop(self->stream);
    ASYNC_END;
}

static const struct future_ops counter_ops = ASYNC_OPS(counter);

/* STR-15 */
static void lines_of_a_file(void **state)
{
    struct file *file;
    struct file_open open_it;
    struct file_reader reader;
    struct lines l;
    struct counter c = { .async.future.ops = &counter_ops };
    char buffer[512], path[] = "/tmp/linesXXXXXX";
    int fd = mkstemp(path);
    FILE *out = fdopen(fd, "w");
    assert_non_null(out);
    for (int i = 0; i < 1000; i++)
        fprintf(out, "this is line %d%s", i, i % 2 ? "\r\n" : "\n");
    fclose(out);
    up(NULL);
    block_on(&ex, file_open(&open_it, &file, path, O_RDONLY, 0));
    assert_int_equal(open_it.status, 0);
    c.stream = lines(&l, file_reader(&reader, file), buffer, sizeof buffer);
    block_on(&ex, &c.async.future);
    assert_int_equal(l.status, 0);
    assert_int_equal(c.lines, 1000);
    assert_int_equal(c.bytes, 1000 * 13 + 10 + 90 * 2 + 900 * 3);
    file_close(file);
    down();
    remove(path);
}

static char every_buffer[64];

static struct future *make_counter(void *memory)
{
    struct counter *self = memory;
    *self = (struct counter){ .async.future.ops = &counter_ops };
    self->stream = lines_of("one\ntwo\nthree", 13, 2, true, every_buffer,
                            sizeof every_buffer);
    return &self->async.future;
}

static struct future *make_counter_ahead(void *memory)
{
    struct future *f = make_counter(memory);
    script.reader.ahead = true;
    return f;
}

/* FUT-04 */
static void dropped_at_every_point(void **state)
{
    assert_true(every_drop(sizeof(struct counter), make_counter) > 5);
    assert_true(every_drop(sizeof(struct counter), make_counter_ahead) > 1);
}

static void no_reader(void)
{
    struct lines l;
    char buffer[8];
    lines(&l, NULL, buffer, sizeof buffer);
}

static void zeroed_reader(void)
{
    struct lines l;
    struct file_reader zeroed = { .file = NULL };
    char buffer[8];
    lines(&l, &zeroed.reader, buffer, sizeof buffer);
}

static void tiny_buffer(void)
{
    char buffer[1];
    lines_of("", 0, 1, false, buffer, sizeof buffer);
}

/* STR-d, STR-i */
static void misuse_is_said(void **state)
{
    assert_misuse(tiny_buffer, "has no room for a line");
    assert_misuse(no_reader, "lines: the reader is NULL or all zeroes");
    assert_misuse(zeroed_reader, "lines: the reader is NULL or all zeroes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_the_same_however_cut),
        cmocka_unit_test(a_line_that_is_too_long),
        cmocka_unit_test(the_longest_line),
        cmocka_unit_test(files_are_read_ahead),
        cmocka_unit_test(pipes_are_not_read_ahead),
        cmocka_unit_test(a_wait_costs_no_budget),
        cmocka_unit_test(an_error_is_not_the_end),
        cmocka_unit_test(lines_of_a_file),
        cmocka_unit_test(dropped_at_every_point),
        cmocka_unit_test(misuse_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
