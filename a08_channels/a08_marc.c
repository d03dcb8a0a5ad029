/* How can many tasks write into one file, so that each record stays whole?
 *
 * One task owns the file: the writer.  Each input has a task that reads records
 * of MARC 21, as libraries exchange them, and sends them to the writer, through
 * a channel with room for 16.  So a reader that is too fast waits.
 *
 * Run:    ./a08_marc FILE... -o OUT           all good records, in OUT
 *         ./a08_marc --titles FILE... -o OUT  a line with the title of each
 *         ./a08_marc                          no FILE: a demo, with three files
 *                                             of its own
 * Watch:  The second novel is cut short.  Its reader says where, finds the next
 *         good record, and goes on.  OUT has every good record of all inputs:
 *         in order within one input, in any order between two.
 *
 * Expected output:
 *     novels: record 2 at byte 110: the leader says 111 bytes, but there are 55
 *            3 records  poems
 *            2 records, 1 broken  novels
 *            3 records  plays
 *            8 records, 920 bytes  in all
 *
 * Try:    ./a08_marc -o sample.mrc, then --titles sample.mrc -o titles.txt.
 *         ./a08_marc /etc/passwd -o none.mrc: no record is there, status 1.
 *         Forget mpsc_sender_drop() in merge_poll(): the writer waits for more
 *         records.  So does the program, until you press Ctrl-C.
 */
#include "a04_join/join_set.h"
#include "a07_select/select.h"
#include "a07_select/signals.h"
#include "a08_channels/marc_files.h"  /* the command line, OUT */
#include "a08_channels/marc_reader.h" /* a task for each input */
#include "a08_channels/marc_writer.h" /* the task that owns OUT */
#include "runtime.h"

enum { ON_THE_WAY = 16, READERS = 8 }; /* records; tasks that read at once */

/* ---- The readers and the writer ------------------------------------------ */

struct merge {
    struct async async;
    struct marc_files *files;
    struct file *out;
    struct task *writer;
    record_tx tx; /* cloned for each reader */
    struct join_set readers;
    size_t begun;       /* readers */
    const char *failed; /* result: the name of the file, if there is a status */
    int status;         /* result */
    uint64_t records, bytes; /* result */
    struct join_set_next over;
    struct join join;
};

static int merge_begin_writer(struct merge *self, struct executor *executor)
{
    record_rx rx;
    int rc = mpsc_open(&self->tx, &rx, ON_THE_WAY, record_drop);
    if (rc == 0)
        self->writer =
            task_spawn(executor, marc_writer(task_slot(struct marc_writer), rx,
                                             self->out, self->files->titles));
    return rc;
}

static int merge_begin_readers(struct merge *self, struct executor *executor)
{
    int rc = 0;
    while (rc == 0 && self->begun < self->files->n &&
           join_set_len(&self->readers) < READERS) {
        struct marc_input *input = &self->files->inputs[self->begun++];
        struct future *f = marc_reader(task_slot(struct marc_reader), input,
                                       mpsc_sender_clone(&self->tx));
        rc = join_set_spawn(&self->readers, executor, f);
        self->failed = input->name;
    }
    return rc;
}

static void merge_reader_over(struct merge *self)
{
    struct marc_reader *reader =
        task_output(self->over.task, struct marc_reader);
    self->status = reader->status;
    self->failed = reader->input->name;
    task_detach(self->over.task);
}

static void merge_writer_over(struct merge *self)
{
    struct marc_writer *writer = task_output(self->writer, struct marc_writer);
    self->status = writer->status;
    self->failed = self->files->part ? self->files->part : "the output";
    self->records = writer->records;
    self->bytes = writer->bytes;
}

static enum poll merge_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct merge);
    self->failed = "the channel";
    join_set_init(&self->readers);
    self->status = merge_begin_writer(self, cx->executor);
    while (self->status == 0) {
        self->status = merge_begin_readers(self, cx->executor);
        if (self->status || join_set_len(&self->readers) == 0)
            break;
        AWAIT(join_set_next(&self->over, &self->readers));
        merge_reader_over(self);
    }
    mpsc_sender_drop(&self->tx); /* the writer ends when all readers have */
    /* UV_EPIPE: the writer has ended, and its status says why. */
    if (self->status == 0 || self->status == UV_EPIPE) {
        AWAIT(task_join(&self->join, self->writer));
        merge_writer_over(self);
    }
    ASYNC_FINALLY
    join_set_drop(&self->readers);
    mpsc_sender_drop(&self->tx);
    if (self->writer) {
        task_abort(self->writer);
        task_detach(self->writer);
    }
    ASYNC_END;
}

static const struct future_ops merge_ops = ASYNC_OPS(merge);

/* ---- The program --------------------------------------------------------- */

/* Close and rename: only now it is certain that all is written. */
static void keep_output(struct merge *merge)
{
    int rc = file_close(merge->out);
    if (rc == 0)
        rc = marc_out_keep(merge->files);
    if (rc)
        marc_out_give_up(merge->files, 1, merge->failed, uv_strerror(rc));
}

int main(int argc, char **argv)
{
    struct runtime rt;
    struct signals signals;
    struct signals_next stop;
    struct select select;
    struct marc_files files = marc_files(argc, argv);
    struct merge merge = { .async.future.ops = &merge_ops, .files = &files };
    struct future *arms[2] = { NULL, &merge.async.future };
    int status;

    signal(SIGXFSZ, SIG_IGN); /* a file over the limit is an error of write() */
    signal(SIGPIPE, SIG_IGN); /* also if nobody reads what we print */
    runtime_init(&rt, NULL);
    runtime_check_pool();
    runtime_check(signals_open(&signals, &rt.executor), "watch signals");
    marc_files_open(&files, &merge.out);
    arms[0] = signals_next(&stop, &signals);
    block_on(&rt.executor, select_biased(&select, arms, 2));
    if (select.winner == 0)
        marc_out_give_up(&files, 128 + stop.signum, "stopped",
                         strsignal(stop.signum));
    if (merge.status)
        marc_out_give_up(&files, 1, merge.failed, uv_strerror(merge.status));
    keep_output(&merge);
    status = marc_files_print(&files, merge.records, merge.bytes);
    signals_close(&signals);
    marc_files_free(&files);
    return runtime_close(&rt) ? 1 : status;
}
