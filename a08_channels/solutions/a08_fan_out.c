/* Exercise: one queue of jobs, several workers.
 *
 * Read:   notes/a08_channels.md, "One queue, several workers"
 * Build:  fan_out(): receive one job after the other, and give each to the
 *         first worker that has room for it.
 * Why:    If the workers took turns, a slow one would hold up all the others.
 * Rules:  Each job goes to one worker, and to one only.  If no worker has room,
 *         wait until one has, and do not take another job before.
 *         If a worker is gone (its receiver is dropped), the job goes to
 *         another one.  If all are gone, or there was none, fan_out() ends,
 *         with UV_EPIPE; the job that nobody takes stays in `job`.
 *         If no job will come any more, fan_out() ends, with 0.
 *         When it is over or dropped, even before its first poll, it has no end
 *         of any channel any more.
 * Check:  ./learn check a08_fan_out
 */
#include "a07_select/select.h"
#include "a08_channels/mpsc.h"

enum { WORKERS = 8 }; /* the most */

typedef MPSC_SENDER(int) job_tx;
typedef MPSC_RECEIVER(int) job_rx;

struct fan_out {
    struct async async;
    job_rx jobs;             /* its own */
    job_tx workers[WORKERS]; /* its own: one for each worker */
    size_t count;            /* of the workers that are not gone */
    int job;                 /* the one at hand */
    struct mpsc_recv recv;
    struct mpsc_send sends[WORKERS]; /* one offer of the job to each worker */
    struct future *arms[WORKERS];    /* the same, as futures */
    struct select select;
    int status; /* result: 0 or UV_EPIPE */
};

/* Offer the job to every worker.  The first that has room has it. */
static struct future *offer(struct fan_out *self)
{
    for (size_t i = 0; i < self->count; i++)
        self->arms[i] =
            mpsc_send(&self->sends[i], &self->workers[i], &self->job);
    return select_any(&self->select, self->arms, self->count);
}

/* The winner may be a worker that is gone: the others are asked again. */
static bool is_refused(struct fan_out *self)
{
    size_t winner = self->select.winner;
    if (self->sends[winner].status == 0)
        return false;
    mpsc_sender_drop(&self->workers[winner]);
    self->workers[winner] = self->workers[--self->count];
    return true;
}

static enum poll fan_out_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fan_out);
    for (;;) {
        AWAIT(mpsc_recv(&self->recv, &self->jobs, &self->job));
        if (self->recv.status)
            break;
        do {
            if (self->count == 0)
                ASYNC_RETURN(self->status = UV_EPIPE);
            AWAIT(offer(self));
        } while (is_refused(self));
    }
    ASYNC_FINALLY
    mpsc_receiver_drop(&self->jobs);
    while (self->count > 0)
        mpsc_sender_drop(&self->workers[--self->count]);
    ASYNC_END;
}

static const struct future_ops fan_out_ops = ASYNC_OPS(fan_out);

static struct future *fan_out(struct fan_out *self, job_rx jobs,
                              const job_tx *workers, size_t count)
{
    *self = (struct fan_out){ .async.future.ops = &fan_out_ops,
                              .jobs = jobs,
                              .count = count };
    memcpy(self->workers, workers, count * sizeof *workers);
    return &self->async.future;
}
