/* Why not simply a thread for each thing that waits?
 *
 * Often a thread for each is right.  This program measures, on your machine,
 * what it costs to do nothing but wait: 10,000 threads, then 1,000,000 tasks.
 *
 * Run:    ./a02_threads_vs_tasks [--threads N] [--tasks N]
 * Watch:  The bytes are the memory that really became resident.  A thread also
 *         takes some 16 KiB in the kernel, and reserves 8 MiB of addresses for
 *         its stack; both are not counted here.
 *
 * Expected output:
 *                     count   bytes each   us each
 *     threads         <n>       <n>      <n>
 *     tasks           <n>       <n>      <n>
 *     one thread costs as much memory as <n> tasks
 *
 * Try:    --threads 100000: few systems allow it; see where yours refuses.
 *         Give struct visit a buffer of 4 KiB: a task is as big as its frame,
 *         and in most servers a frame needs a buffer too.
 */
#include <pthread.h>
#include "runtime.h"

struct cost {
    long count;
    double bytes, us; /* each */
};

/* Bytes of this process in memory now; 0 where the system does not tell. */
static double resident(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f) {
        if (fscanf(f, "%*d %ld", &pages) != 1)
            pages = 0;
        fclose(f);
    }
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* ---- Threads that wait for a gate ---------------------------------------- */

static struct {
    pthread_mutex_t lock; /* protects the two counts */
    pthread_cond_t all_here;
    long waiting, expected;
    pthread_rwlock_t closed; /* write-locked: nobody passes */
} gate = { .lock = PTHREAD_MUTEX_INITIALIZER,
           .all_here = PTHREAD_COND_INITIALIZER,
           .closed = PTHREAD_RWLOCK_INITIALIZER };

static void *thread_main(void *unused)
{
    pthread_mutex_lock(&gate.lock);
    if (++gate.waiting == gate.expected)
        pthread_cond_signal(&gate.all_here);
    pthread_mutex_unlock(&gate.lock);
    pthread_rwlock_rdlock(&gate.closed);
    pthread_rwlock_unlock(&gate.closed);
    return unused;
}

static struct cost measure_threads(long wanted)
{
    pthread_t *threads = calloc((size_t)wanted, sizeof *threads);
    double before = resident(), bytes;
    uint64_t start = uv_hrtime();
    long n = 0;
    int rc = 0;

    if (!threads)
        program_exit(1, "no memory for %ld threads", wanted);
    pthread_rwlock_wrlock(&gate.closed);
    while (n < wanted &&
           (rc = pthread_create(&threads[n], NULL, thread_main, NULL)) == 0)
        n++;
    if (n == 0)
        program_exit(1, "cannot start a thread: %s", strerror(rc));
    if (n < wanted)
        printf("after %ld threads: %s\n", n, strerror(rc));

    pthread_mutex_lock(&gate.lock);
    gate.expected = n;
    while (gate.waiting < n)
        pthread_cond_wait(&gate.all_here, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
    bytes = resident() - before;
    pthread_rwlock_unlock(&gate.closed);

    for (long i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    return (struct cost){ n, bytes / (double)n,
                          (double)(uv_hrtime() - start) / 1e3 / (double)n };
}

/* ---- Tasks that wait for a gate ------------------------------------------ */

struct visit {
    struct future future;
    struct list link; /* in gate_tasks */
    struct waker waker;
};

static struct list gate_tasks;
static bool gate_is_open;

static enum poll visit_poll(struct future *f, struct context *cx)
{
    struct visit *self = container_of(f, struct visit, future);
    self->waker = context_waker(cx);
    if (!self->link.next)
        list_append(&gate_tasks, &self->link);
    return gate_is_open ? POLL_READY : POLL_PENDING;
}

static const struct future_ops visit_ops = { .name = "visit",
                                             .poll = visit_poll,
                                             .drop = future_drop_nothing };

static struct cost measure_tasks(long n)
{
    struct runtime rt;
    struct executor *ex = &rt.executor;
    struct yield turn;
    double before = resident(), bytes;
    uint64_t start = uv_hrtime();

    list_init(&gate_tasks);
    runtime_init(&rt, NULL);
    for (long i = 0; i < n; i++) {
        struct visit *v = task_slot(struct visit);
        *v = (struct visit){ .future.ops = &visit_ops };
        task_detach(task_spawn(ex, &v->future));
    }
    block_on(ex, yield_now(&turn)); /* all go to the gate */
    bytes = resident() - before;

    gate_is_open = true;
    for (struct list *l = gate_tasks.next; l != &gate_tasks; l = l->next)
        waker_wake(container_of(l, struct visit, link)->waker);
    executor_run(ex);
    runtime_close(&rt);
    return (struct cost){ n, bytes / (double)n,
                          (double)(uv_hrtime() - start) / 1e3 / (double)n };
}

/* ---- The table ----------------------------------------------------------- */

static void show(const char *what, struct cost c)
{
    printf("%-10s %10ld %12.0f %9.2f\n", what, c.count, c.bytes, c.us);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        { "threads", required_argument, NULL, 't' },
        { "tasks", required_argument, NULL, 'k' },
        { 0 }
    };
    long threads = 10000, tasks = 1000000;
    struct cost thread, task;

    program_begin_options(argc, argv, "[--threads N] [--tasks N]");
    for (int c; (c = program_option(argc, argv, "", options)) != -1;) {
        if (c == 't')
            threads = program_number("--threads", optarg, 1, 100000000);
        else
            tasks = program_number("--tasks", optarg, 1, 100000000);
    }
    program_no_more(argc, argv);

    thread = measure_threads(threads);
    task = measure_tasks(tasks);
    printf("%10s %10s %12s %9s\n", "", "count", "bytes each", "us each");
    show("threads", thread);
    show("tasks", task);
    if (thread.bytes > 0 && task.bytes > 0)
        printf("one thread costs as much memory as %.0f tasks\n",
               thread.bytes / task.bytes);
    return program_end(0);
}
