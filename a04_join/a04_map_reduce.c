/* How many words are in these files?
 *
 * Fork and join.  Map: each file has a future that counts it, and all of them
 * run at once.  Reduce: when all are READY, add up.  If one file cannot be
 * read, the other futures are dropped (try_join_all).
 *
 * Run:    ./a04_map_reduce [FILE...]     without a file: three texts of its own
 * Watch:  The last line.  All files are read at the same time, but two are
 *         never counted at the same time, because one executor is one thread.
 *         Waiting overlaps.  Computing does not, however many futures there
 *         are.
 *
 * Expected output:
 *         3000 words    14000 bytes  one two three
 *         5000 words    17000 bytes  a rose is a rose
 *         6000 words    19000 bytes  to be or not to be
 *        14000 words    50000 bytes  in all
 *     at the same time: 3 reads, 1 count
 *
 * Try:    ./a04_map_reduce /etc/passwd /tmp     one of the two is no file.
 *         UV_THREADPOOL_SIZE=1 ./a04_map_reduce: reads are still asked for all
 *         at once, and served one after the other.
 */
#include <ctype.h>
#include "runtime.h"
#include "a04_join/join.h"
#include "a04_join/read_some.h"

static struct { /* how many at the same time: now, and at most */
    int reads, most_reads, counts, most_counts;
} together;

static void begin(int *now, int *most)
{
    if (++*now > *most)
        *most = *now;
}

/* ---- Map: count one file ------------------------------------------------- */

struct count {
    struct async async;
    const char *name;
    FILE *file;
    long words, bytes; /* result */
    int status;        /* result: 0, or libuv's error */
    bool in_word;
    struct read_some read;
    char buffer[4096];
};

/* Here a core works: between two awaits. */
static void count_words(struct count *self, ssize_t n)
{
    begin(&together.counts, &together.most_counts);
    for (ssize_t i = 0; i < n; i++) {
        bool space = isspace((unsigned char)self->buffer[i]) != 0;
        if (self->in_word && space)
            self->words++;
        self->in_word = !space;
    }
    self->bytes += n > 0 ? n : 0;
    together.counts--;
}

static enum poll count_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct count);
    do {
        begin(&together.reads, &together.most_reads);
        AWAIT(read_some(&self->read, fileno(self->file), self->bytes,
                        self->buffer, sizeof self->buffer));
        together.reads--;
        count_words(self, self->read.n);
    } while (self->read.n > 0);
    self->words += self->in_word;
    self->status = (int)self->read.n;
    ASYNC_END;
}

static const struct future_ops count_ops = ASYNC_OPS(count);

static struct future *count(struct count *self, const char *name, FILE *file)
{
    *self = (struct count){ .async.future.ops = &count_ops,
                            .name = name,
                            .file = file };
    return &self->async.future;
}

/* ---- Fork, join, reduce -------------------------------------------------- */

static void map_reduce(struct executor *ex, struct count *counts,
                       struct child *children, size_t n)
{
    struct join_all all;
    long words = 0, bytes = 0;
    block_on(ex, try_join_all(&all, children, n));
    if (all.status < 0) {
        struct count *bad =
            container_of(all.failed->future, struct count, async.future);
        program_exit(1, "%s: %s", bad->name, uv_strerror(all.status));
    }
    for (size_t i = 0; i < n; i++) {
        printf("%8ld words %8ld bytes  %s\n", counts[i].words, counts[i].bytes,
               counts[i].name);
        words += counts[i].words;
        bytes += counts[i].bytes;
    }
    printf("%8ld words %8ld bytes  in all\n", words, bytes);
    printf("at the same time: %d reads, %d count\n", together.most_reads,
           together.most_counts);
}

/* ---- The files ----------------------------------------------------------- */

static char *own_texts[] = { "one two three", "a rose is a rose",
                             "to be or not to be" };

/* The file; `own`: a new file that holds its name, a thousand times. */
static FILE *open_file(const char *name, bool own)
{
    FILE *file = own ? tmpfile() : fopen(name, "r");
    for (int i = 0; file && own && i < 1000; i++)
        fprintf(file, "%s\n", name);
    if (!file || (own && fflush(file) != 0))
        program_exit(1, "%s: %s", own ? "a file of its own" : name,
                     strerror(errno));
    return file;
}

static void count_files(struct runtime *rt, char **names, size_t n, bool own)
{
    struct count *counts = calloc(n, sizeof *counts);
    struct child *children = calloc(n, sizeof *children);
    if (!counts || !children)
        program_exit(1, "no memory for %zu files", n);
    for (size_t i = 0; i < n; i++) {
        FILE *file = open_file(names[i], own);
        children[i].future = count(&counts[i], names[i], file);
        children[i].status = &counts[i].status;
    }
    map_reduce(&rt->executor, counts, children, n);
    for (size_t i = 0; i < n; i++)
        fclose(counts[i].file);
    free(counts);
    free(children);
}

int main(int argc, char **argv)
{
    struct runtime rt;
    program_begin_options(argc, argv, "[FILE...]");
    while (program_option(argc, argv, "", &(struct option){ 0 }) != -1) {
    }
    runtime_init(&rt, NULL);
    runtime_check_pool();
    if (optind < argc)
        count_files(&rt, argv + optind, (size_t)(argc - optind), false);
    else
        count_files(&rt, own_texts, 3, true);
    return runtime_close(&rt);
}
