/* How does a server end?
 *
 * It begins a job every 60 ms, and jobs take a while.  Then comes Ctrl-C, or a
 * kill.  Now it begins no more jobs, and lets those that run finish, but not
 * longer than 100 ms; the rest is cancelled.  A second signal ends it at once.
 *
 * Run:    ./a07_shutdown                job 3 sends us a SIGTERM
 *         ./a07_shutdown --wait 2000    until you press Ctrl-C, or press it
 *                                       twice; jobs of 2000 ms, 5 s to finish
 * Watch:  Job 2 may finish.  Job 3 takes too long, and undoes what it has
 *         begun.  The program ends with status 0.  After a second signal the
 *         status is 128 plus the number of the signal, as in shells.
 *
 * Expected output:
 *        0 ms  begin job 1
 *       60 ms  begin job 2
 *       90 ms  finish job 1
 *      120 ms  begin job 3
 *      150 ms  no more jobs: signal 15
 *      210 ms  finish job 2
 *      250 ms  time is up, jobs left: 1
 *      250 ms  undo job 3
 *
 * Try:    Make the deadline 40 ms instead of 100: which jobs are undone now?
 *         Make the deadline again in each round, sleep_ms(&self->nap, 100)
 *         instead of keep_lend(): each job that is done delays the end.
 *         Let job 2 compute for 3 s instead of sleeping (--wait), and press
 *         Ctrl-C meanwhile: when is it seen, and what has begun before that?
 */
#include "runtime.h"
#include "a04_join/join_set.h"
#include "a07_select/interval.h"
#include "a07_select/select.h"
#include "a07_select/signals.h"

static struct runtime rt;
static uint64_t job_ms; /* 0: we wait for no real signal */

static void say(const char *what, int number)
{
    printf("%4d ms  %s %d\n", (int)executor_now(&rt.executor) / 10 * 10, what,
           number);
    program_flush();
}

/* ---- A job --------------------------------------------------------------- */

struct job {
    struct async async;
    int number;
    uint64_t ms;
    bool done;
    struct sleep nap;
};

static enum poll job_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct job);
    say("begin job", self->number);
    if (job_ms == 0 && self->number == 3) {
        AWAIT(sleep_ms(&self->nap, 30));
        raise(SIGTERM);                 /* as if somebody had typed kill */
        AWAIT(sleep_ms(&self->nap, 0)); /* libuv sees it before time goes on */
    }
    AWAIT(sleep_ms(&self->nap, self->ms));
    self->done = true;
    ASYNC_FINALLY
    say(self->done ? "finish job" : "undo job", self->number);
    ASYNC_END;
}

static const struct future_ops job_ops = ASYNC_OPS(job);

static struct future *job(struct job *self, int number)
{
    *self = (struct job){ .async.future.ops = &job_ops,
                          .number = number,
                          .ms = job_ms };
    if (job_ms == 0)
        self->ms = 30 + 60 * (uint64_t)number;
    return &self->async.future;
}

/* ---- The server ---------------------------------------------------------- */

struct server {
    struct async async;
    struct join_set jobs;
    struct signals signals;
    struct interval every;
    struct sleep nap;
    struct keep deadline; /* runs once we are stopping */
    struct signals_next signal;
    struct interval_tick tick;
    struct join_set_next done;
    struct select select;
    int begun;     /* jobs */
    bool stopping; /* no more of them */
    bool over;     /* and no more waiting for those that run */
    int status;    /* result: for the shell */
};

static void server_signal(struct server *self)
{
    if (self->stopping) {
        say("end at once: signal", self->signal.signum);
        self->status = 128 + self->signal.signum;
        self->over = true;
    } else {
        say("no more jobs: signal", self->signal.signum);
        keep_init(&self->deadline, sleep_ms(&self->nap, job_ms ? 5000 : 100));
        self->stopping = true;
    }
}

static void server_begin_job(struct server *self)
{
    struct job *j = task_slot(struct job);
    if (join_set_spawn(&self->jobs, &rt.executor, job(j, ++self->begun)))
        program_exit(1, "no memory for job %d", self->begun);
}

/* The signal comes first: otherwise, under load, it would not be polled. */
static enum poll server_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct server);
    join_set_init(&self->jobs);
    interval_init(&self->every, job_ms ? 500 : 60, INTERVAL_DELAY);
    runtime_check(signals_open(&self->signals, &rt.executor),
                  "listen for signals");
    while (!self->over && !(self->stopping && join_set_len(&self->jobs) == 0)) {
        SELECT_BIASED() {
            ARM(signals_next(&self->signal, &self->signals))
                server_signal(self);
            ARM_IF(join_set_len(&self->jobs) > 0,
                   join_set_next(&self->done, &self->jobs))
                task_detach(self->done.task);
            ARM_IF(!self->stopping, interval_tick(&self->tick, &self->every))
                server_begin_job(self);
            ARM_IF(self->stopping, keep_lend(&self->deadline)) {
                say("time is up, jobs left:", (int)join_set_len(&self->jobs));
                self->over = true;
            }
        }
    }
    ASYNC_FINALLY
    join_set_drop(&self->jobs); /* aborts those that are left */
    keep_drop(&self->deadline);
    signals_close(&self->signals);
    ASYNC_END;
}

static const struct future_ops server_ops = ASYNC_OPS(server);

static void parse(int argc, char **argv)
{
    static const struct option options[] = {
        { "wait", required_argument, NULL, 'w' }, { 0 }
    };
    program_begin_options(argc, argv, "[--wait MS]");
    while (program_option(argc, argv, "", options) != -1)
        job_ms = (uint64_t)program_number("--wait", optarg, 1, 86400000);
    program_no_more(argc, argv);
}

int main(int argc, char **argv)
{
    struct server server = { .async.future.ops = &server_ops };
    int status;
    parse(argc, argv);
    runtime_init(&rt, NULL);
    block_on(&rt.executor, &server.async.future);
    status = runtime_close(&rt);
    return status ? status : server.status;
}
