/* Exercise: a run queue, the heart of every executor.
 *
 * Read:   notes/a02_block_on.md, "An executor in three steps", down to the
 *         exercise
 * Build:  job_wake(), which queues a job; run_queue_pop(), which takes out the
 *         oldest; and run_queue_step(), which polls it.
 * Why:    An executor is a queue of the tasks that were woken.  It promises
 *         that no wake is lost and that all take turns; these lines keep both
 *         promises.
 * Rules:  A wake only puts the job into the queue: only run_queue_step() polls.
 *         A job is in the queue once, however often it is woken before its
 *         poll, and keeps its place there.
 *         A wake during the job's own poll counts: one more poll, later.
 *         A job that is done is never polled again, even if it is woken.
 * Check:  ./learn check a02_woken_queue
 */
#include "future.h"

struct job {
    struct run_queue *queue; /* the queue that it belongs to                  */
    struct future *future;   /* what to poll                                  */
    struct job *next;        /* the job behind it in the queue, or NULL       */
    bool queued;             /* it is in the queue                            */
    bool done;               /* its future was READY                          */
};

struct run_queue {
    struct job *first; /* the oldest, polled next; NULL: the queue is empty   */
    struct job *last;  /* the youngest; has no meaning if first is NULL       */
};

/* What a waker calls; `data` is the job. */
static void job_wake(void *data)
{
    struct job *job = data;
    (void)job;
    TODO("unless it is queued or done: put it behind the last");
}

/* The oldest job, which is no longer queued; NULL: the queue is empty. */
static struct job *run_queue_pop(struct run_queue *queue)
{
    (void)queue;
    TODO("take out the first, and clear `queued`");
}

/* Poll the oldest job, once.  False: the queue was empty. */
static bool run_queue_step(struct run_queue *queue)
{
    (void)queue;
    TODO("pop; if it is not done: poll it, with a waker that calls job_wake()");
}

/* A new job is queued at once: nobody else would wake it for its first poll. */
static void run_queue_spawn(struct run_queue *queue, struct job *job,
                            struct future *future)
{
    *job = (struct job){ .queue = queue, .future = future };
    job_wake(job);
}
