/* How do threads and tasks talk to each other?
 *
 * Through a channel with a lock, whose ends may be on any thread.  A sensor, in
 * a thread of its own, sends numbers to a task.  The task passes them on to two
 * threads that compute.  They send what they find to another task.
 *
 *     sensor (thread) -> dispatch (task) -> 2 x compute -> collect (task)
 *
 * Run:    ./a08_threads              some 1,000,000 messages
 *         ./a08_threads --numbers N  other than 340000
 * Watch:  Nothing is lost, and no channel ever holds more than 64 messages,
 *         because a sender that is too quick has to wait.  A thread that waits
 *         blocks; a task that waits lets other tasks run.
 *
 * Expected output:
 *     dispatch: 340000 passed on
 *     collect: 340000 results, the longest walk takes 442 steps
 *
 * Try:    Make the task `collect` stop after 100 results: the others hear, one
 *         after the other, that nobody receives any more, and they stop, too.
 *         Make THREADS 4: the same results.
 */
#include "a08_channels/thread_channel.h"
#include "runtime.h"

enum { ON_THE_WAY = 64, THREADS = 2 };
typedef THREAD_SENDER(uint32_t) number_tx;
typedef THREAD_RECEIVER(uint32_t) number_rx;

/* ---- Threads ------------------------------------------------------------- */

struct sensor {
    uv_thread_t thread;
    number_tx tx; /* its own */
    uint32_t n;
};

static void sensor_run(void *arg)
{
    struct sensor *self = arg;
    for (uint32_t i = 1; i <= self->n; i++)
        if (thread_channel_blocking_send(&self->tx, &i))
            break; /* nobody receives any more */
    thread_channel_sender_drop(&self->tx);
}

struct compute {
    uv_thread_t thread;
    number_rx jobs;
    number_tx results;
};

static uint32_t walk(uint64_t n) /* to 1, by the rule of Collatz */
{
    uint32_t steps = 0;
    for (; n > 1; steps++)
        n = n % 2 ? 3 * n + 1 : n / 2;
    return steps;
}

static void compute_run(void *arg)
{
    struct compute *self = arg;
    uint32_t job;
    while (thread_channel_blocking_recv(&self->jobs, &job) == 0) {
        uint32_t steps = walk(job);
        if (thread_channel_blocking_send(&self->results, &steps))
            break;
    }
    thread_channel_receiver_drop(&self->jobs);
    thread_channel_sender_drop(&self->results);
}

/* ---- Tasks --------------------------------------------------------------- */

struct dispatch {
    struct async async;
    number_rx from;
    number_tx to;
    uint32_t number, passed;
    struct thread_channel_wait recv, send;
};

static enum poll dispatch_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct dispatch);
    for (;; self->passed++) {
        AWAIT(thread_channel_recv(&self->recv, &self->from, &self->number));
        if (self->recv.status)
            break; /* the sensor has ended */
        AWAIT(thread_channel_send(&self->send, &self->to, &self->number));
        if (self->send.status)
            break; /* nobody computes any more */
    }
    printf("dispatch: %u passed on\n", (unsigned)self->passed);
    ASYNC_FINALLY
    thread_channel_receiver_drop(&self->from);
    thread_channel_sender_drop(&self->to);
    ASYNC_END;
}

static const struct future_ops dispatch_ops = ASYNC_OPS(dispatch);

struct collect {
    struct async async;
    number_rx from;
    uint32_t steps, most, results;
    struct thread_channel_wait recv;
};

static enum poll collect_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct collect);
    for (;; self->results++) {
        AWAIT(thread_channel_recv(&self->recv, &self->from, &self->steps));
        if (self->recv.status)
            break; /* all that compute have ended */
        if (self->steps > self->most)
            self->most = self->steps;
    }
    ASYNC_FINALLY
    thread_channel_receiver_drop(&self->from);
    ASYNC_END;
}

static const struct future_ops collect_ops = ASYNC_OPS(collect);

/* ---- Who is connected to whom -------------------------------------------- */

struct plant {
    struct sensor sensor;
    struct compute compute[THREADS];
    struct dispatch *dispatch; /* a task */
    struct collect collect;    /* what main() waits for */
};

static void connect_with(struct executor *executor, number_tx *tx,
                         number_rx *rx)
{
    runtime_check(thread_channel_open(tx, rx, executor, ON_THE_WAY, NULL),
                  "open a channel");
}

static void start(uv_thread_t *thread, uv_thread_cb run, void *arg)
{
    runtime_check(uv_thread_create(thread, run, arg), "start a thread");
}

static void plant_open(struct plant *self, struct executor *executor)
{
    number_tx results;
    number_rx jobs;
    self->dispatch = task_slot(struct dispatch);
    *self->dispatch = (struct dispatch){ .async.future.ops = &dispatch_ops };
    self->collect.async.future.ops = &collect_ops;
    connect_with(executor, &self->sensor.tx, &self->dispatch->from);
    connect_with(executor, &self->dispatch->to, &jobs);
    connect_with(executor, &results, &self->collect.from);
    for (int i = 0; i < THREADS; i++) {
        self->compute[i].jobs = thread_channel_receiver_clone(&jobs);
        self->compute[i].results = thread_channel_sender_clone(&results);
        start(&self->compute[i].thread, compute_run, &self->compute[i]);
    }
    start(&self->sensor.thread, sensor_run, &self->sensor);
    thread_channel_receiver_drop(&jobs);
    thread_channel_sender_drop(&results);
    task_detach(task_spawn(executor, &self->dispatch->async.future));
}

static void plant_join(struct plant *self)
{
    uv_thread_join(&self->sensor.thread);
    for (int i = 0; i < THREADS; i++)
        uv_thread_join(&self->compute[i].thread);
    printf("collect: %u results, the longest walk takes %u steps\n",
           (unsigned)self->collect.results, (unsigned)self->collect.most);
}

static long parse(int argc, char **argv)
{
    static const struct option known[] = { { "numbers", 1, NULL, 'n' }, { 0 } };
    long n = 340000;
    program_begin_options(argc, argv, "[--numbers N]");
    while (program_option(argc, argv, "", known) != -1)
        n = program_number("--numbers", optarg, 1, 100000000);
    program_no_more(argc, argv);
    return n;
}

int main(int argc, char **argv)
{
    struct plant plant = { .sensor.n = (uint32_t)parse(argc, argv) };
    struct runtime rt;
    runtime_init(&rt, NULL);
    plant_open(&plant, &rt.executor);
    block_on(&rt.executor, &plant.collect.async.future);
    executor_run(&rt.executor); /* until the threads have dropped their ends */
    plant_join(&plant);
    return runtime_close(&rt);
}
