/* sleep.c: a million timers. */
#include "bench.h"
#include <time.h>

static uint64_t cpu_time(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Each task is one sleep of 1 to 1.999 s.  The first figure is what the wall
 * clock shows beyond the longest sleep, the second what the processor did. */
static struct cost sleepers(int n)
{
    struct world w;
    uint64_t longest = 0, start = uv_hrtime(), cpu = cpu_time();
    double before = resident_bytes();
    struct cost cost;
    world_open(&w);
    for (int i = 0; i < n; i++) {
        uint64_t ms = 1000 + executor_random(&w.ex, 1000);
        longest = ms > longest ? ms : longest;
        task_detach(task_spawn(&w.ex, sleep_ms(task_slot(struct sleep), ms)));
    }
    cost.bytes = (resident_bytes() - before) / n;
    executor_run(&w.ex);
    cost.ns = (double)(uv_hrtime() - start - longest * 1000000) / n;
    cost.also = (double)(cpu_time() - cpu) / n;
    world_close(&w);
    return cost;
}

const struct workload sleep_workloads[] = {
    { .name = "sleepers_late",
      .also = "sleepers_cpu",
      .n = 1000000,
      .fresh = true,
      .run = sleepers,
      .what = "sleep 1 to 1.999 s: time beyond the longest" },
    { .name = NULL },
};
