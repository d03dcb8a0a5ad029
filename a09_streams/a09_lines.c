/* How much memory does it take to read a big file?
 *
 * One buffer, and one piece of the file that is being read.  A stream of lines
 * reads on only when it is asked for lines.  So the task that asks sets the
 * pace, and nothing piles up.  Each file is read by a task of its own, all at
 * the same time.
 *
 * Run:    ./a09_lines                  three tasks read one file
 *         ./a09_lines FILE...          counts lines and bytes, and tells the
 *                                      longest line; "-" is standard input
 *         ./a09_lines --print FILE...  prints the lines, as they come
 * Watch:  The three tasks read the same lines, and none waits for another.  The
 *         memory does not grow with the file: try one of a gigabyte.
 *
 * Expected output:
 *        lines       bytes  longest  file
 *       100000     1788895       19  demo
 *       100000     1788895       19  demo
 *       100000     1788895       19  demo
 *
 * Try:    Make BUFFER 16: a line does not fit, and its number is told.
 *         Put a stream_take() of 10 between the lines and the for_each: it ends
 *         after ten lines, and the rest of the file is not read.
 */
#include "a04_join/join_set.h"
#include "a09_streams/into.h"
#include "a09_streams/lines.h"
#include "runtime.h"

enum { BUFFER = 1024 * 1024, DEMO_LINES = 100000, DEMO_TASKS = 3 };

static bool print;
static int failures;

struct count { /* reads one file */
    struct async async;
    const char *path;
    int fd; /* open already, or -1 */
    size_t lines, bytes, longest;
    int status;
    char *buffer;
    struct file *file;
    struct file_open open;
    struct file_reader reader;
    struct lines source;
    struct stream *stream;
    struct stream_for_each each;
};

static void count_line(void *data, void *item)
{
    struct count *self = data;
    const struct line *line = item;
    self->lines++;
    self->bytes += line->size;
    if (line->size > self->longest)
        self->longest = line->size;
    if (print && fwrite(line->text, 1, line->size, stdout) == line->size)
        putchar('\n');
}

static enum poll count_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct count);
    self->buffer = malloc(BUFFER);
    self->status = self->buffer ? 0 : UV_ENOMEM;
    if (self->status)
        ASYNC_RETURN((void)0);
    if (strcmp(self->path, "-") == 0 &&
        (self->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)) < 0) {
        self->status = uv_translate_sys_error(errno);
    } else if (self->fd >= 0) {
        self->status = file_from(&self->file, self->fd);
    } else {
        AWAIT(file_open(&self->open, &self->file, self->path, O_RDONLY, 0));
        self->status = self->open.status;
    }
    if (self->status)
        ASYNC_RETURN((void)0);
    self->stream = lines(&self->source, file_reader(&self->reader, self->file),
                         self->buffer, BUFFER);
    AWAIT(stream_for_each(&self->each, self->stream, count_line, self));
    self->status = self->source.status;
    ASYNC_FINALLY
    stream_drop(self->stream);
    if (!self->file && self->fd >= 0)
        close(self->fd);
    file_close(self->file);
    free(self->buffer);
    ASYNC_END;
}

static const struct future_ops count_ops = ASYNC_OPS(count);

static void count_tell(const struct count *self)
{
    if (self->status == UV_EMSGSIZE)
        fprintf(stderr, "%s: line %zu is longer than %d bytes\n", self->path,
                self->lines + 1, BUFFER - 2);
    else if (self->status)
        fprintf(stderr, "%s: %s\n", self->path, uv_strerror(self->status));
    else if (!print)
        printf("%8zu %11zu %8zu  %s\n", self->lines, self->bytes, self->longest,
               self->path);
    failures += self->status != 0;
}

/* ---- All at once --------------------------------------------------------- */

struct count_all {
    struct async async;
    char **paths;
    const int *fds; /* of the demo, which ends at the first failure; or NULL */
    int n;
    struct task **tasks;
    int i;
    struct join join;
};

static void count_all_spawn(struct count_all *self, struct executor *executor)
{
    self->tasks = calloc((size_t)self->n, sizeof *self->tasks);
    if (!self->tasks)
        program_exit(1, "cannot read %d files: %s", self->n,
                     uv_strerror(UV_ENOMEM));
    for (int i = 0; i < self->n; i++) {
        struct count *c = task_slot(struct count);
        *c = (struct count){ .async.future.ops = &count_ops,
                             .path = self->fds ? "demo" : self->paths[i],
                             .fd = self->fds ? self->fds[i] : -1 };
        self->tasks[i] = task_spawn(executor, &c->async.future);
    }
}

static enum poll count_all_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct count_all);
    count_all_spawn(self, cx->executor);
    if (!print)
        printf("%8s %11s %8s  file\n", "lines", "bytes", "longest");
    for (; self->i < self->n && !(self->fds && failures); self->i++) {
        AWAIT(task_join(&self->join, self->tasks[self->i]));
        count_tell(task_output(self->tasks[self->i], struct count));
    }
    ASYNC_FINALLY
    for (int i = 0; self->tasks && i < self->n; i++)
        task_detach(self->tasks[i]);
    free(self->tasks);
    ASYNC_END;
}

static const struct future_ops count_all_ops = ASYNC_OPS(count_all);

/* ---- The demo's file ----------------------------------------------------- */

static int demo_fds[DEMO_TASKS];

/* Opened for each task, the file needs no name: nothing can leave it behind. */
static void demo_write(void)
{
    char path[] = "/tmp/a09_linesXXXXXX";
    int fd = mkstemp(path);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    bool ok = out;
    for (int i = 0; ok && i < DEMO_TASKS; i++)
        ok = (demo_fds[i] = open(path, O_RDONLY | O_CLOEXEC)) >= 0;
    if (fd >= 0)
        unlink(path);
    for (int i = 1; ok && i <= DEMO_LINES; i++)
        ok = fprintf(out, "this is line %d%s", i, i % 2 ? "\r\n" : "\n") > 0;
    if (out && fclose(out) != 0)
        ok = false;
    if (!ok)
        program_exit(1, "cannot write a file for the demo: %s",
                     strerror(errno));
}

int main(int argc, char **argv)
{
    static const struct option known[] = { { "print", 0, NULL, 'p' }, { 0 } };
    struct count_all all = { .async.future.ops = &count_all_ops };
    struct runtime rt;
    program_begin_options(argc, argv, "[--print] [FILE...]");
    while (program_option(argc, argv, "", known) != -1)
        print = true;
    all.paths = argv + optind;
    all.n = argc - optind;
    for (int i = 0, standard = 0; i < all.n; i++)
        if (strcmp(all.paths[i], "-") == 0 && standard++)
            program_exit(2, "standard input can be read only once");
    runtime_init(&rt, NULL); /* before files take the descriptors it needs */
    runtime_check_pool();
    if (all.n == 0) {
        demo_write();
        all.fds = demo_fds;
        all.n = DEMO_TASKS;
    }
    return runtime_run(&rt, &all.async.future) || failures ? 1 : 0;
}
