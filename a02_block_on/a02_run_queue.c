/* How does an executor know which future to poll?
 *
 * It could simply poll everything, all the time.  Here an executor grows from
 * that in three steps.  First do the exercise a02_woken_queue: it asks for the
 * queue of step 2, with a list in place of the ring.
 *
 * Run:    ./a02_run_queue
 * Watch:  Step 1 polls all three jobs in turn until they are done.  In step 2 a
 *         waker puts its job into a queue, and only jobs in the queue are
 *         polled: 12 polls are enough, but between them the thread looks at an
 *         empty queue all the time.  In step 3 it sleeps until a waker has put
 *         something there.
 *
 * Expected output:
 *                                  polls     looks   sleeps processor
 *     1 polls everything            <n>          0        0  <n> ms
 *     2 polls what was woken          12       <n>        0  <n> ms
 *     3 sleeps when it is empty        12        12  <n>     <n> ms
 *
 * Try:    Make JOBS 30: steps 2 and 3 need 120 polls, four for each job.
 *         Delete the while loop in run_queue_pop(): step 3 never sleeps.
 */
#include "async.h"
#include "program.h"
#include "a01_futures/alarm.h" /* a leaf that a thread completes */

enum { JOBS = 3 };

struct naps { /* three naps: four polls, if none is made for nothing */
    struct async async;
    struct alarm alarm;
    int ms, i;
};

static enum poll naps_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct naps);
    for (; self->i < 3; self->i++)
        AWAIT(alarm_ms(&self->alarm, self->ms));
    ASYNC_END;
}

static const struct future_ops naps_ops = ASYNC_OPS(naps);

static struct {
    long polls, looks, sleeps;
} counted;

/* ---- Step 1: poll everything --------------------------------------------- */

struct job {
    struct naps naps;        /* the future that it runs */
    bool done;               /* it was READY */
    struct run_queue *queue; /* step 2: where a waker puts it */
    bool queued;             /* it is there */
};

/* One poll.  True: now the job is done. */
static bool job_poll(struct job *job, struct waker waker)
{
    struct context cx = context_make(waker, NULL);
    counted.polls++;
    job->done = future_poll(&job->naps.async.future, &cx) == POLL_READY;
    return job->done;
}

static void run_everything(struct job *jobs)
{
    struct waker nobody = { NULL, NULL };
    for (int left = JOBS; left > 0;)
        for (int i = 0; i < JOBS; i++)
            if (!jobs[i].done && job_poll(&jobs[i], nobody))
                left--;
}

/* ---- Step 2: a queue of the woken ---------------------------------------- */

struct run_queue {
    pthread_mutex_t lock; /* protects all below, and every job's `queued` */
    pthread_cond_t filled;
    struct job *ring[JOBS]; /* a job is here at most once, so all fit in */
    int first, count;
};

static void job_wake(void *data) /* on any thread; it polls nothing */
{
    struct job *job = data;
    struct run_queue *q = job->queue;
    pthread_mutex_lock(&q->lock);
    if (!job->queued) {
        q->ring[(q->first + q->count++) % JOBS] = job;
        job->queued = true;
        pthread_cond_signal(&q->filled); /* step 3: the thread may sleep */
    }
    pthread_mutex_unlock(&q->lock);
}

/* The oldest, or NULL: the queue is empty. */
static struct job *run_queue_pop(struct run_queue *q, bool may_sleep)
{
    struct job *job = NULL;
    pthread_mutex_lock(&q->lock);
    counted.looks++;
    while (may_sleep && q->count == 0) { /* step 3 */
        counted.sleeps++;
        pthread_cond_wait(&q->filled, &q->lock);
    }
    if (q->count > 0) {
        job = q->ring[q->first];
        q->first = (q->first + 1) % JOBS;
        q->count--;
        job->queued = false; /* before its poll: a wake during it counts */
    }
    pthread_mutex_unlock(&q->lock);
    return job;
}

static void run_woken(struct job *jobs, bool may_sleep)
{
    for (int i = 0; i < JOBS; i++)
        job_wake(&jobs[i]); /* for the first poll: nobody else wakes it */
    for (int left = JOBS; left > 0;) {
        struct job *job = run_queue_pop(jobs[0].queue, may_sleep);
        if (job && job_poll(job, (struct waker){ job_wake, job }))
            left--;
    }
}

/* ---- Three runs ---------------------------------------------------------- */

static double processor_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void run(int step, const char *what)
{
    struct run_queue queue = { .lock = PTHREAD_MUTEX_INITIALIZER,
                               .filled = PTHREAD_COND_INITIALIZER };
    struct job jobs[JOBS] = { { .done = false } };
    double start = processor_ms();
    memset(&counted, 0, sizeof counted);
    for (int i = 0; i < JOBS; i++)
        jobs[i] = (struct job){ .naps = { .async.future.ops = &naps_ops,
                                          .ms = 10 + 10 * (i % 3) },
                                .queue = &queue };
    if (step == 1)
        run_everything(jobs);
    else
        run_woken(jobs, step == 3);
    printf("%d %-22s %9ld %9ld %8ld %6.0f ms\n", step, what, counted.polls,
           counted.looks, counted.sleeps, processor_ms() - start);
}

int main(int argc, char **argv)
{
    program_begin(argc, argv);
    printf("%-24s %9s %9s %8s %9s\n", "", "polls", "looks", "sleeps",
           "processor");
    run(1, "polls everything");
    run(2, "polls what was woken");
    run(3, "sleeps when it is empty");
    return program_end(0);
}
