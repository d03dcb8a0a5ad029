/* trace_json.c: what it costs to log as JSON; built only with jansson. */
#include "a10_tracing/json.h"
#include "bench.h"

static struct cost trace_json(int n)
{
    struct world w;
    struct json_log json;
    uint64_t start;
    FILE *sink = fopen("/dev/null", "w");
    must(sink != NULL, "no /dev/null");
    world_open(&w);
    unsetenv("EXECUTOR_LOG");
    log_open(&w.ex);
    log_subscribe(json_log(&json, sink));
    start = uv_hrtime();
    for (int i = 0; i < n; i++)
        LOG(INFO, "event", FIELD("i", i));
    start = uv_hrtime() - start;
    must(json.lost == 0, "a line was lost");
    world_close(&w);
    log_close();
    fclose(sink);
    return cost_of(start, n);
}

const struct workload trace_json_workloads[] = {
    { .name = "trace_json",
      .n = 200000,
      .run = trace_json,
      .what = "an event as a line of JSON, into /dev/null" },
    { .name = NULL },
};
