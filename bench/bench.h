/* bench.h: what a workload is, for those who add one.
 *
 * A workload is a function that does n operations and says what they cost.
 * It stands in a file of its own, which ends with a table of its workloads;
 * declare that table below, and name it in bench.c and in CMakeLists.txt.
 */
#ifndef BENCH_H
#define BENCH_H

#include "executor.h"

struct cost {
    double ns;    /* an operation */
    double also;  /* an operation, where a workload has a second figure */
    double bytes; /* an item; 0 where it has none */
};

struct workload {
    const char *name;
    const char *also; /* name of the second figure, or NULL */
    int n;            /* operations */
    bool fresh;       /* every repetition has a new process: the first touch
                         of every page counts, and nobody's blocks are reused */
    struct cost (*run)(int n);
    const char *what; /* one operation, in a few words */
};

/* Each ends with a row without a name. */
extern const struct workload limit_workloads[];
extern const struct workload yield_workloads[];
extern const struct workload spawn_workloads[];
extern const struct workload sleep_workloads[];
extern const struct workload thread_to_task_workloads[];
extern const struct workload inbox_post_workloads[];
extern const struct workload spawn_blocking_workloads[];
extern const struct workload steal_workloads[];
extern const struct workload join_workloads[];
extern const struct workload tcp_echo_workloads[];
extern const struct workload oneshot_workloads[];
extern const struct workload mpsc_workloads[];
extern const struct workload broadcast_workloads[];
extern const struct workload semaphore_workloads[];
extern const struct workload stream_workloads[];
extern const struct workload span_workloads[];
extern const struct workload trace_json_workloads[];
extern const struct workload service_workloads[]; /* with libmicrohttpd only */

/* A workload that failed is not a fast one. */
static inline void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

/* The cost of n operations that took so long. */
static inline struct cost cost_of(uint64_t ns, int n)
{
    return (struct cost){ .ns = (double)ns / n };
}

static inline double resident_bytes(void)
{
    size_t bytes = 0;
    must(uv_resident_set_memory(&bytes) == 0, "how much memory do we use?");
    return (double)bytes;
}

/* 0 + 1 + … below n: did every message arrive? */
static inline uint64_t sum_below(int n)
{
    return (uint64_t)n * (uint64_t)(n - 1) / 2;
}

/* What every workload with tasks needs. */
struct world {
    uv_loop_t loop;
    struct executor ex;
};

static inline void world_open(struct world *w)
{
    must(uv_loop_init(&w->loop) == 0, "no event loop");
    executor_init(&w->ex, &w->loop, NULL);
}

static inline void world_close(struct world *w)
{
    must(executor_close(&w->ex) == 0, "executor_close: handles are left");
    must(uv_loop_close(&w->loop) == 0, "uv_loop_close: handles are left");
}
#endif
