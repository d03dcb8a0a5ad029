/* Exercise: many send, one collects.
 *
 * Read:   notes/a08_channels.md, "Several senders"
 * Build:  collect(): spawn a worker for each job, receive what all of them
 *         send, and end when no worker is left.
 * Why:    Nobody knows how many results there will be.  One worker finds three,
 *         another one none, and a third one is cancelled.  Only the channel
 *         knows when nobody can send any more.
 * Rules:  All workers run at the same time.  Each has a sender of its own, and
 *         drops it.  Add up what comes: total, and how many results.  When
 *         collect() is over or dropped, even before its first poll, it has no
 *         end of the channel any more.
 * Check:  ./learn check a08_fan_in
 */
#include "a08_channels/mpsc.h"

typedef MPSC_SENDER(int) result_tx;
typedef MPSC_RECEIVER(int) result_rx;

/* ---- Given: a worker ----------------------------------------------------- */

struct job {
    uint64_t ms; /* the work takes so long */
    int value;   /* and has this result */
    int times;   /* so many times, or not at all */
};

struct worker {
    struct async async;
    result_tx tx; /* its own */
    struct job job;
    struct sleep work;
    struct mpsc_send send;
};

static enum poll worker_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct worker);
    AWAIT(sleep_ms(&self->work, self->job.ms));
    while (self->job.times-- > 0) {
        AWAIT(mpsc_send(&self->send, &self->tx, &self->job.value));
        if (self->send.status) /* nobody collects any more */
            break;
    }
    ASYNC_FINALLY
    mpsc_sender_drop(&self->tx);
    ASYNC_END;
}

static const struct future_ops worker_ops = ASYNC_OPS(worker);

/* From here on the sender is the worker's. */
static inline struct future *worker(struct worker *self, result_tx tx,
                                    struct job job)
{
    *self = (struct worker){ .async.future.ops = &worker_ops,
                             .tx = tx,
                             .job = job };
    return &self->async.future;
}

/* ---- Yours --------------------------------------------------------------- */

struct collect {
    struct async async;
    result_tx tx; /* both ends of the channel are ours at first */
    result_rx rx;
    const struct job *jobs;
    size_t n; /* jobs; or none */
    struct mpsc_recv recv;
    int result;
    int total, results; /* result: the sum of what came, and how many */
};

static enum poll collect_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct collect);
    for (size_t i = 0; i < self->n; i++)
        task_detach(
            task_spawn(cx->executor,
                       worker(task_slot(struct worker),
                              mpsc_sender_clone(&self->tx), self->jobs[i])));
    mpsc_sender_drop(&self->tx);
    for (;;) {
        AWAIT(mpsc_recv(&self->recv, &self->rx, &self->result));
        if (self->recv.status)
            break;
        self->total += self->result;
        self->results++;
    }
    ASYNC_FINALLY
    mpsc_sender_drop(&self->tx);
    mpsc_receiver_drop(&self->rx);
    ASYNC_END;
}

static const struct future_ops collect_ops = ASYNC_OPS(collect);

static struct future *collect(struct collect *self, result_tx tx, result_rx rx,
                              const struct job *jobs, size_t n)
{
    *self = (struct collect){ .async.future.ops = &collect_ops,
                              .tx = tx,
                              .rx = rx,
                              .jobs = jobs,
                              .n = n };
    return &self->async.future;
}
