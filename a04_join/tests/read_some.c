/* read_some.h: reads that succeed, fail, and are dropped on their way. */
#include "executor.h"

static bool no_memory; /* malloc() in read_some.h fails */
#define malloc(size) (no_memory ? NULL : malloc(size))
#include "a04_join/read_some.h"
#undef malloc

#include "children.h"
#include <fcntl.h>

static struct read_some reading;
static FILE *file; /* "hello" */
static char buffer[8];

static void open_file(void)
{
    up(NULL);
    file = tmpfile();
    assert_non_null(file);
    fputs("hello", file);
    fflush(file);
    memset(buffer, 0, sizeof buffer);
}

static void close_file(void)
{
    down();
    fclose(file);
}

static ssize_t read_at(int64_t offset, size_t size)
{
    block_on(&ex, read_some(&reading, fileno(file), offset, buffer, size));
    return reading.n;
}

static void it_reads_from_an_offset_to_the_end(void **state)
{
    open_file();
    assert_int_equal(read_at(0, 4), 4);
    assert_string_equal(buffer, "hell");
    assert_int_equal(read_at(4, 4), 1);
    assert_string_equal(buffer, "oell");
    assert_int_equal(read_at(5, 4), 0);
    close_file();
}

static void an_error_is_the_result(void **state)
{
    struct read_some folder;
    int fd = open("/", O_RDONLY);
    open_file();
    block_on(&ex, read_some(&folder, fd, 0, buffer, 4));
    assert_int_equal(folder.n, UV_EISDIR);
    no_memory = true;
    assert_int_equal(read_at(0, 4), UV_ENOMEM);
    no_memory = false;
    close(fd);
    close_file();
}

/* BLOCK: what runs in the pool finishes into the void. */
static void a_drop_leaves_the_job_to_the_pool(void **state)
{
    static struct read_some many[50]; /* some in the pool, most in its queue */
    open_file();
    fresh();
    for (int i = 0; i < 50; i++) {
        struct context cx = context_make(bell_waker(&bell), &ex);
        read_some(&many[i], fileno(file), 0, buffer, 4);
        assert_int_equal(future_poll(&many[i].future, &cx), POLL_PENDING);
    }
    for (int i = 0; i < 50; i++)
        future_drop(&many[i].future);
    memset(many, 0xff, sizeof many); /* whoever looks there will crash */
    close_file();
    assert_int_equal(bell.rings, 0);
    assert_string_equal(buffer, ""); /* nothing was written either */
}

static struct future *make(void *memory)
{
    return read_some(memory, fileno(file), 0, buffer, 4);
}

static void it_can_be_dropped_after_every_poll(void **state)
{
    file = tmpfile();
    assert_int_equal(every_drop(sizeof(struct read_some), make), 2);
    fclose(file);
}

static void read_without_an_executor(void)
{
    struct read_some r;
    poll_once(read_some(&r, 0, 0, buffer, 4));
}

#ifndef NDEBUG
static void idle_after_reading(void)
{
    struct read_some r;
    open_file();
    no_memory = true; /* READY in the first poll */
    poll_idler(read_some(&r, fileno(file), 0, buffer, 4));
}
#endif

static void misuse_is_reported(void **state)
{
    assert_misuse(read_without_an_executor, "read_some: this context has no");
#ifndef NDEBUG
    assert_misuse(idle_after_reading, "idler returned PENDING but took no");
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_reads_from_an_offset_to_the_end),
        cmocka_unit_test(an_error_is_the_result),
        cmocka_unit_test(a_drop_leaves_the_job_to_the_pool),
        cmocka_unit_test(it_can_be_dropped_after_every_poll),
        cmocka_unit_test(misuse_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
