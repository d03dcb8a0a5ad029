/* How does a program say what it does, without printf()?
 *
 * It logs events: a level, a message, and fields, which have a name and a
 * value.  Subscribers write the events down, and a filter says which of them.
 * An event that nobody hears costs one branch.
 *
 * Run:    ./a10_tracing
 * Watch:  Three tasks log, and each line names its task.  Without a filter the
 *         levels up to INFO are heard, so some events below are silent.  The
 *         name with a line break in it cannot begin a line of its own.
 *
 * Expected output:
 *        0 ms  INFO   three downloads  a10_tracing.c:80
 *        0 ms  ERROR  task 3  empty name="x\n0 ms  WARN"  a10_tracing.c:56
 *       20 ms  INFO   task 1  done ms=20 slow=false  a10_tracing.c:58
 *       80 ms  WARN   task 2  slow name="photo.jpg" limit=50  a10_tracing.c:54
 *       80 ms  INFO   task 2  done ms=80 slow=true  a10_tracing.c:58
 *     the fields of the TRACE events were evaluated 0 times
 *
 * Try:    EXECUTOR_LOG=trace ./a10_tracing: everything is heard.
 *         EXECUTOR_LOG=off,a10_tracing=warn ./a10_tracing: only the warnings
 *         and errors of this lesson.
 *         EXECUTOR_LOG=loud ./a10_tracing: one line says what is allowed.
 *         Subscribe a second text_log: each event is written twice.
 */
#include "a10_tracing/text.h"
#include "runtime.h"

enum { SLOW = 50 };

static int evaluated; /* how often the fields of the TRACE events were */

static int count(void)
{
    return ++evaluated;
}

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
    LOG(DEBUG, "begin", FIELD("name", self->name));
    AWAIT(sleep_ms(&self->nap, (uint64_t)self->ms));
    LOG(TRACE, "the sleep is over", FIELD("evaluated", count()));
    self->slow = self->ms > SLOW; /* the comparison alone is an int */
    if (self->slow)
        LOG(WARN, "slow", FIELD("name", self->name), FIELD("limit", SLOW));
    if (self->ms == 0)
        LOG(ERROR, "empty", FIELD("name", self->name));
    else
        LOG(INFO, "done", FIELD("ms", self->ms), FIELD("slow", self->slow));
    ASYNC_END;
}

static const struct future_ops download_ops = ASYNC_OPS(download);

static void begin(struct executor *ex, const char *name, int ms)
{
    struct download *d = task_slot(struct download);
    *d = (struct download){ .async.future.ops = &download_ops,
                            .name = name,
                            .ms = ms };
    task_detach(task_spawn(ex, &d->async.future));
}

int main(int argc, char **argv)
{
    struct runtime rt;
    struct text_log text;
    runtime_open(&rt, argc, argv);
    log_open(&rt.executor);
    log_subscribe(text_log(&text, stdout));
    LOG(INFO, "three downloads");
    begin(&rt.executor, "index.html", 20);
    begin(&rt.executor, "photo.jpg", 80);
    begin(&rt.executor, "x\n0 ms  WARN", 0);
    executor_run(&rt.executor);
    printf("the fields of the TRACE events were evaluated %d times\n",
           evaluated);
    return runtime_close(&rt);
}
