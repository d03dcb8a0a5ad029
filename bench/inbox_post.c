/* inbox_post.c: from a plain thread into a task, unbounded.
 *
 * The smallest channel over inbox.h: one sender, one receiver, nobody closes.
 */
#include "bench.h"
#include "inbox.h"

/* All on the executor's thread: here the letters wait for their reader. */
struct mailbox {
    struct message *head, **tail;
    struct waker reader; /* empty while nobody waits */
};

struct letter {
    struct message message;
    struct mailbox *to;
    uint64_t value;
};

/* On the executor's thread: a letter has come. */
static void letter_run(struct message *m, struct executor *ex)
{
    struct mailbox *box = container_of(m, struct letter, message)->to;
    struct waker reader = box->reader;
    (void)ex;
    m->next = NULL;
    *box->tail = m;
    box->tail = &m->next;
    box->reader = (struct waker){ NULL, NULL };
    waker_wake(reader);
}

struct letter_read {
    struct future future;
    struct mailbox *from;
    uint64_t value; /* result */
};

static enum poll letter_read_poll(struct future *f, struct context *cx)
{
    struct letter_read *self = container_of(f, struct letter_read, future);
    struct mailbox *box = self->from;
    struct message *m = box->head;
    if (!m) {
        box->reader = context_waker(cx);
        return POLL_PENDING;
    }
    box->head = m->next;
    if (!m->next)
        box->tail = &box->head;
    self->value = container_of(m, struct letter, message)->value;
    return POLL_READY;
}

static void letter_read_drop(struct future *f)
{
    struct letter_read *self = container_of(f, struct letter_read, future);
    self->from->reader = (struct waker){ NULL, NULL };
}

static const struct future_ops letter_read_ops = { .name = "letter_read",
                                                   .poll = letter_read_poll,
                                                   .drop = letter_read_drop };

static struct future *letter_read(struct letter_read *self,
                                  struct mailbox *from)
{
    *self =
        (struct letter_read){ .future.ops = &letter_read_ops, .from = from };
    return &self->future;
}

struct reader {
    struct async async;
    struct letter_read read;
    struct mailbox *from;
    uint64_t left, sum;
};

static enum poll reader_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct reader);
    while (self->left-- > 0) {
        AWAIT(letter_read(&self->read, self->from));
        self->sum += self->read.value;
    }
    ASYNC_END;
}

static const struct future_ops reader_ops = ASYNC_OPS(reader);

struct writer { /* the thread */
    struct inbox *inbox;
    struct letter *letters;
    int n;
};

static void writer_thread(void *arg)
{
    struct writer *writer = arg;
    for (int i = 0; i < writer->n; i++)
        must(inbox_post(writer->inbox, &writer->letters[i].message) == 0,
             "inbox_post");
    inbox_close(writer->inbox);
}

/* The letters are written beforehand: what is measured is the post. */
static struct cost post_letters(int n)
{
    struct world w;
    struct mailbox box = { .tail = &box.head };
    struct reader reader = { .async.future.ops = &reader_ops,
                             .from = &box,
                             .left = (uint64_t)n };
    struct writer writer = { .n = n };
    uv_thread_t thread;
    uint64_t start;
    world_open(&w);
    writer.inbox = inbox_open(&w.ex);
    writer.letters = malloc((size_t)n * sizeof writer.letters[0]);
    must(writer.inbox && writer.letters, "no memory");
    for (int i = 0; i < n; i++)
        writer.letters[i] = (struct letter){ .message.run = letter_run,
                                             .to = &box,
                                             .value = (uint64_t)i };
    start = uv_hrtime();
    must(uv_thread_create(&thread, writer_thread, &writer) == 0, "no thread");
    block_on(&w.ex, &reader.async.future);
    start = uv_hrtime() - start;
    must(reader.sum == sum_below(n), "a letter was lost");
    uv_thread_join(&thread);
    world_close(&w);
    free(writer.letters);
    return cost_of(start, n);
}

const struct workload inbox_post_workloads[] = {
    { .name = "inbox_post",
      .n = 1000000,
      .run = post_letters,
      .what = "a message from thread to task, any number on the way" },
    { .name = NULL },
};
