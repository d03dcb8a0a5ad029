/* Who reads ten million lines of log?
 *
 * A program does.  So the subscriber of this one writes JSON, an object for
 * each event, one a line.  Nothing else in the program is different: the code
 * that logs does not know who hears it.
 *
 * Run:    ./a10_json
 * Watch:  A field keeps its type: 20 is a number, true is a bool.  The
 *         message is always the same, so it can be looked for.  The name with
 *         quotation marks and a line break stays one string, in one line.
 *         When a span is closed, its times are in nanoseconds.
 *
 * Expected output:
 *     {"ms":0,"level":"INFO","target":"a10_tracing","file":"a10_json.c","line":72,"message":"three downloads","fields":{"at_most":3}}
 *     {"ms":0,"level":"INFO","task":3,"message":"done","fields":{"ms":0,"slow":false},"spans":[{"id":3,"name":"download","fields":{"name":"a \"name\"\nof two lines"}}]}
 *     {"ms":0,"level":"INFO","task":3,"message":"close","busy_ns":0,"idle_ns":0,"polls":2,"spans":[{"id":3,"name":"download","fields":{"name":"a \"name\"\nof two lines"}}]}
 *     {"ms":20,"level":"INFO","task":1,"message":"done","fields":{"ms":20,"slow":false},"spans":[{"id":1,"name":"download","fields":{"name":"index.html"}}]}
 *     {"ms":20,"level":"INFO","task":1,"message":"close","busy_ns":0,"idle_ns":20000000,"polls":2,"spans":[{"id":1,"name":"download","fields":{"name":"index.html"}}]}
 *     {"ms":80,"level":"INFO","task":2,"message":"done","fields":{"ms":80,"slow":true},"spans":[{"id":2,"name":"download","fields":{"name":"photo.jpg"}}]}
 *     {"ms":80,"level":"INFO","task":2,"message":"close","busy_ns":0,"idle_ns":80000000,"polls":2,"spans":[{"id":2,"name":"download","fields":{"name":"photo.jpg"}}]}
 *
 * Try:    Subscribe a text_log, too: both hear each event.
 *         Give "slow" the value self->ms > 50: in C that is a number.
 *         If you have jq: ./a10_json | jq -c 'select(.fields.slow)'
 */
#include "a10_tracing/json.h"
#include "a10_tracing/span.h"
#include "runtime.h"

struct download {
    struct async async;
    const char *name;
    int ms;
    bool slow;
    struct sleep nap;
};

static enum poll download_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct download);
    AWAIT(sleep_ms(&self->nap, (uint64_t)self->ms));
    self->slow = self->ms > 50;
    LOG(INFO, "done", FIELD("ms", self->ms), FIELD("slow", self->slow));
    ASYNC_END;
}

static const struct future_ops download_ops = ASYNC_OPS(download);

struct spanned_download {
    struct instrument instrument;
    struct download download;
};

static void begin(struct executor *ex, const char *name, int ms)
{
    struct spanned_download *s = task_slot(struct spanned_download);
    s->download = (struct download){ .async.future.ops = &download_ops,
                                     .name = name,
                                     .ms = ms };
    task_detach(
        task_spawn(ex, INSTRUMENT(&s->instrument, &s->download.async.future,
                                  INFO, "download", FIELD("name", name))));
}

int main(int argc, char **argv)
{
    struct runtime rt;
    struct json_log json;
    runtime_open(&rt, argc, argv);
    log_open(&rt.executor);
    log_subscribe(json_log(&json, stdout));
    LOG(INFO, "three downloads", FIELD("at_most", 3));
    begin(&rt.executor, "index.html", 20);
    begin(&rt.executor, "photo.jpg", 80);
    begin(&rt.executor, "a \"name\"\nof two lines", 0);
    json.closes = true;
    json.place = false;
    executor_run(&rt.executor);
    if (json.lost)
        program_exit(1, "lost %d lines of the log", (int)json.lost);
    return runtime_close(&rt);
}
