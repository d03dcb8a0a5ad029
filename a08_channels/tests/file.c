/* file.h: requests that succeed, fail, and are dropped on their way. */
#include "executor.h"

static bool no_memory; /* malloc() in file.h fails */
#define malloc(size) (no_memory ? NULL : malloc(size))
#include "a08_channels/file.h"
#undef malloc

#include "tests/by_hand.h"
#include "tests/every_drop.h"
#include <sys/stat.h>

static char path[32];
static struct file *file; /* the file at `path`, or NULL */
static struct file_open opening;
static struct file_read reading;
static struct file_write writing;
static char buffer[8];

static int open_descriptors(void)
{
    int n = 0;
    for (int fd = 0; fd < 100; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

/* An executor, and an open file that holds "hello". */
static void begin(void)
{
    int fd;
    strcpy(path, "/tmp/a08_file_XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "hello", 5), 5);
    close(fd);
    up(NULL);
    block_on(&ex, file_open(&opening, &file, path, O_RDWR, 0));
    assert_int_equal(opening.status, 0);
    memset(buffer, 0, sizeof buffer);
}

static void end(void)
{
    file_close(file);
    file = NULL;
    down();
    unlink(path);
}

static ssize_t read_up_to(size_t size)
{
    block_on(&ex, file_read(&reading, file, buffer, size));
    return reading.n;
}

static int write_all(const void *from, size_t size)
{
    block_on(&ex, file_write(&writing, file, from, size));
    return writing.status;
}

/* ---- What it does -------------------------------------------------------- */

/* FILE-01 */
static void reads_follow_each_other(void **state)
{
    begin();
    assert_int_equal(read_up_to(4), 4);
    assert_string_equal(buffer, "hell");
    assert_int_equal(read_up_to(4), 1);
    assert_string_equal(buffer, "oell");
    assert_int_equal(read_up_to(4), 0);
    assert_int_equal(read_up_to(4), 0);
    end();
}

/* FILE-01 */
static void writes_follow_each_other(void **state)
{
    begin();
    assert_int_equal(write_all("HE", 2), 0);
    assert_int_equal(write_all("", 0), 0);
    assert_int_equal(write_all("LLO!", 4), 0);
    assert_int_equal(writing.written, 4);
    file->offset = 0;
    assert_int_equal(read_up_to(7), 6);
    assert_string_equal(buffer, "HELLO!");
    end();
}

/* FILE-02: more than one request takes. */
static void a_write_goes_on_until_all_is_written(void **state)
{
    static char much[3 * FILE_MOST + 1], back[sizeof much];
    size_t n = 0;
    for (size_t i = 0; i < sizeof much; i++)
        much[i] = (char)(i * 7 / 3);
    begin();
    assert_int_equal(write_all(much, sizeof much), 0);
    assert_int_equal(writing.written, sizeof much);
    file->offset = 0;
    do {
        block_on(&ex, file_read(&reading, file, back + n, sizeof back));
        assert_true(reading.n <= FILE_MOST);
        n += (size_t)reading.n;
    } while (reading.n > 0);
    assert_int_equal(n, sizeof much);
    assert_memory_equal(back, much, sizeof much);
    end();
}

static void a_pipe_has_no_offset(void **state)
{
    int fds[2];
    begin();
    file_close(file);
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(file_from(&file, fds[1]), 0);
    assert_int_equal(file->offset, -1);
    assert_int_equal(write_all("hello", 5), 0);
    file_close(file);
    assert_int_equal(file_from(&file, fds[0]), 0);
    assert_int_equal(read_up_to(3), 3);
    assert_int_equal(read_up_to(3), 2);
    assert_string_equal(buffer, "lol");
    assert_int_equal(read_up_to(3), 0);
    end();
}

/* From where the descriptor is. */
static void a_descriptor_is_taken_over(void **state)
{
    int fd;
    begin();
    file_close(file);
    fd = open(path, O_RDONLY);
    assert_int_equal(lseek(fd, 2, SEEK_SET), 2);
    assert_int_equal(file_from(&file, fd), 0);
    assert_int_equal(read_up_to(7), 3);
    assert_string_equal(buffer, "llo");
    end();
}

static void it_creates_with_a_mode(void **state)
{
    struct stat is;
    begin();
    file_close(file);
    unlink(path);
    block_on(&ex, file_open(&opening, &file, path, O_WRONLY | O_CREAT | O_EXCL,
                            0600));
    assert_int_equal(opening.status, 0);
    assert_int_equal(stat(path, &is), 0);
    assert_int_equal(is.st_mode & 0777, 0600);
    end();
}

/* ---- What goes wrong ----------------------------------------------------- */

static int open_status(const char *name, int flags)
{
    struct file *none = file;
    block_on(&ex, file_open(&opening, &none, name, flags, 0600));
    assert_null(none);
    return opening.status;
}

/* FILE-02 */
static void errors_are_the_status(void **state)
{
    struct file *full;
    int before;
    begin();
    before = open_descriptors();
    assert_int_equal(open_status("/tmp/no/such/file", O_RDONLY), UV_ENOENT);
    assert_int_equal(open_status(path, O_CREAT | O_EXCL), UV_EEXIST);
    assert_int_equal(open_descriptors(), before);
    block_on(&ex, file_open(&opening, &full, "/", O_RDONLY, 0));
    assert_int_equal(opening.status, 0);
    block_on(&ex, file_read(&reading, full, buffer, 4));
    assert_int_equal(reading.n, UV_EISDIR);
    assert_int_equal(file_close(full), 0);
    block_on(&ex, file_open(&opening, &full, "/dev/full", O_WRONLY, 0));
    if (opening.status == 0) {
        block_on(&ex, file_write(&writing, full, "x", 1));
        assert_int_equal(writing.status, UV_ENOSPC);
        assert_int_equal(writing.written, 0);
    }
    file_close(full);
    end();
}

static void no_memory_is_an_error(void **state)
{
    begin();
    no_memory = true;
    assert_int_equal(open_status(path, O_RDONLY), UV_ENOMEM);
    assert_int_equal(read_up_to(4), UV_ENOMEM);
    assert_int_equal(write_all("x", 1), UV_ENOMEM);
    no_memory = false;
    assert_int_equal(read_up_to(4), 4);
    end();
}

/* ---- Drop ---------------------------------------------------------------- */

static void start(struct future *f)
{
    assert_int_equal(poll_with(&ex, f), POLL_PENDING);
}

/* FILE-03: what has begun finishes into the void. */
static void a_drop_leaves_the_job_to_the_pool(void **state)
{
    static struct file_read many[50]; /* some in the pool, most in its queue */
    begin();
    fresh();
    for (int i = 0; i < 50; i++) {
        start(file_read(&many[i], file, buffer, 4));
        future_drop(&many[i].future);
    }
    memset(many, 0xff, sizeof many);   /* whoever looks there will crash */
    assert_int_equal(file->offset, 0); /* nothing is lost */
    end();
    assert_int_equal(bell.rings, 0);
    assert_string_equal(buffer, ""); /* nothing was written either */
}

/* FILE-04: the number must not become that of another file, into which the
 * write would go. */
static void a_descriptor_outlives_the_close(void **state)
{
    int fd;
    begin();
    fresh();
    fd = file->fd;
    start(file_write(&writing, file, "HELLO", 5));
    future_drop(&writing.future);
    file_close(file);
    file = NULL;
    assert_true(fcntl(fd, F_GETFD) >= 0);
    end();
    assert_true(fcntl(fd, F_GETFD) < 0);
}

/* FILE-05 */
static void a_dropped_open_leaves_nothing_open(void **state)
{
    struct file *files[20];
    struct file_open opens[20];
    int before = open_descriptors();
    begin();
    fresh();
    for (int i = 0; i < 20; i++)
        start(file_open(&opens[i], &files[i], path, O_RDONLY, 0));
    for (int i = 0; i < 10; i++)
        future_drop(&opens[i].future);
    while (bell.rings < 10) { /* the others are open, and nobody has looked */
        struct sleep nap;
        block_on(&ex, sleep_ms(&nap, 1));
    }
    for (int i = 10; i < 20; i++)
        future_drop(&opens[i].future);
    for (int i = 0; i < 20; i++)
        assert_null(files[i]);
    end();
    assert_int_equal(open_descriptors(), before);
}

static char work[2 * FILE_MOST];

static struct future *make_open(void *memory)
{
    file_close(file); /* what the last one has opened */
    return file_open(memory, &file, "/dev/null", O_RDWR, 0);
}

static struct future *make_read(void *memory)
{
    return file_read(memory, file, work, 4);
}

static struct future *make_write(void *memory)
{
    return file_write(memory, file, work, sizeof work);
}

/* At each suspension point. */
static void it_can_be_dropped_after_every_poll(void **state)
{
    assert_int_equal(every_drop(sizeof(struct file_open), make_open), 2);
    file_close(file);
    assert_int_equal(file_from(&file, open("/dev/null", O_RDWR)), 0);
    assert_int_equal(every_drop(sizeof(struct file_read), make_read), 2);
    assert_int_equal(every_drop(sizeof(struct file_write), make_write), 3);
    file_close(file);
    file = NULL;
}

/* ---- Misuse -------------------------------------------------------------- */

static void two_at_once(void)
{
    begin();
    unlink(path);
    start(file_read(&reading, file, buffer, 4));
    start(file_write(&writing, file, "x", 1));
}

static void close_while_it_is_read(void)
{
    begin();
    unlink(path);
    start(file_read(&reading, file, buffer, 4));
    file_close(file);
}

static void read_without_an_executor(void)
{
    begin();
    unlink(path);
    poll_once(file_read(&reading, file, buffer, 4));
}

static void misuse_is_reported(void **state)
{
    assert_misuse(two_at_once, "two futures use one file");
    assert_misuse(close_while_it_is_read, "a future still uses this file");
    assert_misuse(read_without_an_executor, "this context has no executor");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse_is_reported), /* forks before any thread */
        cmocka_unit_test(reads_follow_each_other),
        cmocka_unit_test(writes_follow_each_other),
        cmocka_unit_test(a_write_goes_on_until_all_is_written),
        cmocka_unit_test(a_pipe_has_no_offset),
        cmocka_unit_test(a_descriptor_is_taken_over),
        cmocka_unit_test(it_creates_with_a_mode),
        cmocka_unit_test(errors_are_the_status),
        cmocka_unit_test(no_memory_is_an_error),
        cmocka_unit_test(a_drop_leaves_the_job_to_the_pool),
        cmocka_unit_test(a_descriptor_outlives_the_close),
        cmocka_unit_test(a_dropped_open_leaves_nothing_open),
        cmocka_unit_test(it_can_be_dropped_after_every_poll),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
