/* marc_reader.h, marc_writer.h: dropped at each of their suspension points, and
 * what each of them learns when the other one ends. */
#include "a04_join/join.h"
#include "a08_channels/marc_reader.h"
#include "a08_channels/marc_writer.h"
#include "tests/every_drop.h"

static char path[32]; /* an input of 60 records */
static struct marc_input input;

static void make_input(void)
{
    static unsigned char r[MARC_LONGEST];
    static char note[9000];
    const char *fields[] = { "001one", "24510$aTitle", note };
    FILE *file;
    int fd;
    strcpy(path, "/tmp/a08_marc_XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    file = fdopen(fd, "wb");
    assert_non_null(file);
    for (int i = 0; i < 60; i++) {
        snprintf(note, sizeof note, "500  $a%0*d", i * 140, i);
        fwrite(r, 1, marc_build(r, fields, 3), file);
    }
    assert_int_equal(fclose(file), 0);
}

/* A reader and a writer, as one future. */
struct both {
    struct async async;
    record_tx tx;
    record_rx rx;
    struct file *out;
    struct marc_reader reader;
    struct marc_writer writer;
    struct join_two join;
};

static enum poll both_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct both);
    AWAIT(&self->join.future);
    assert_int_equal(self->reader.status, 0);
    assert_int_equal(self->writer.status, 0);
    assert_int_equal(self->writer.records, 60);
    assert_int_equal(self->out->offset, self->writer.bytes);
    ASYNC_FINALLY
    future_drop(&self->join.future);
    file_close(self->out);
    ASYNC_END;
}

static const struct future_ops both_ops = ASYNC_OPS(both);

static int temporary(void)
{
    FILE *file = tmpfile();
    int fd = file ? dup(fileno(file)) : -1;
    assert_true(fd >= 0);
    fclose(file);
    return fd;
}

static struct future *make_both(void *memory)
{
    struct both *self = memory;
    *self = (struct both){ .async.future.ops = &both_ops };
    input = (struct marc_input){ .name = path, .fd = -1 };
    assert_int_equal(mpsc_open(&self->tx, &self->rx, 4, record_drop), 0);
    assert_int_equal(file_from(&self->out, temporary()), 0);
    join_two(&self->join, marc_reader(&self->reader, &input, self->tx),
             marc_writer(&self->writer, self->rx, self->out, false));
    return &self->async.future;
}

/* Nothing is used after it is freed, nothing leaks; see every_drop.h. */
static void they_can_be_dropped_after_every_poll(void **state)
{
    assert_true(every_drop(sizeof(struct both), make_both) > 10);
}

/* A writer that cannot write ends; its reader hears that nobody receives. */
static void a_reader_ends_after_its_writer(void **state)
{
    static struct both both;
    struct future *f;
    int fd = open("/dev/full", O_WRONLY);
    if (fd < 0)
        skip();
    up(NULL);
    f = make_both(&both);
    file_close(both.out);
    assert_int_equal(file_from(&both.out, fd), 0);
    both.writer.file = both.out;
    block_on(&ex, &both.join.future);
    assert_int_equal(both.writer.status, UV_ENOSPC);
    assert_int_equal(both.reader.status, UV_EPIPE);
    future_drop(f);
    down();
}

/* A reader that cannot read ends; its writer has had all that will come. */
static void a_writer_ends_after_its_reader(void **state)
{
    static struct both both;
    struct future *f;
    up(NULL);
    f = make_both(&both);
    input.name = "/tmp/no/such/file";
    block_on(&ex, &both.join.future);
    assert_int_equal(both.reader.status, UV_ENOENT);
    assert_int_equal(both.writer.status, 0);
    assert_int_equal(both.writer.records, 0);
    future_drop(f);
    down();
}

static int tear_down(void **state)
{
    return unlink(path);
}

static int set_up(void **state)
{
    make_input();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_ends_after_its_writer),
        cmocka_unit_test(a_writer_ends_after_its_reader),
        cmocka_unit_test(they_can_be_dropped_after_every_poll),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
