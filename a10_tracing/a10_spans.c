/* Which of all the requests does this line belong to?
 *
 * A span is a time in which something is done.  It has a name and fields, and
 * events that happen in it carry both.  INSTRUMENT() puts a span around a
 * future: the span is entered at each poll and left when that poll returns, so
 * it follows its task, and events of other tasks are never in it.
 *
 * Run:    ./a10_spans
 * Watch:  Two requests run at once, and each line says to which one it belongs.
 *         That holds for the lines of query(), too, which knows nothing of
 *         requests.  Each enter has its exit before the other task is polled.
 *         Request 2 is dropped in the middle, and is closed all the same.
 *
 * Expected output:
 *        0 ms  INFO   task 1  request{id=1}: new
 *        0 ms  INFO   task 1  request{id=1}: enter
 *        0 ms  INFO   task 1  request{id=1}: exit
 *        0 ms  INFO   task 2  request{id=2}: new
 *        0 ms  INFO   task 2  request{id=2}: enter
 *        0 ms  INFO   task 2  request{id=2}: exit
 *       20 ms  INFO   task 1  request{id=1}: enter
 *       20 ms  INFO   task 1  request{id=1}: found table="users"
 *       20 ms  INFO   task 1  request{id=1}: exit
 *       40 ms  INFO   task 2  request{id=2}: enter
 *       40 ms  INFO   task 2  request{id=2}: found table="users"
 *       40 ms  INFO   task 2  request{id=2}: exit
 *       60 ms  WARN   request 2 is too slow
 *       60 ms  INFO   request{id=2}: enter
 *       60 ms  INFO   request{id=2}: exit
 *       60 ms  INFO   request{id=2}: close busy=0ms idle=60ms polls=2
 *       70 ms  INFO   task 1  request{id=1}: enter
 *       70 ms  INFO   task 1  request{id=1}: found table="orders"
 *       70 ms  INFO   task 1  request{id=1}: exit
 *       70 ms  INFO   task 1  request{id=1}: close busy=0ms idle=70ms polls=3
 *
 * Try:    Give the span another level, DEBUG: the lines of both requests look
 *         alike.
 *         EXECUTOR_LOG=debug ./a10_spans: the inner spans are heard, too.
 */
#include "a10_tracing/span.h"
#include "a10_tracing/text.h"
#include "runtime.h"

/* ---- A backend that knows nothing of requests ---------------------------- */

struct query {
    struct async async;
    const char *table;
    uint64_t ms;
    struct sleep nap;
};

static enum poll query_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct query);
    AWAIT(sleep_ms(&self->nap, self->ms));
    LOG(INFO, "found", FIELD("table", self->table));
    ASYNC_FINALLY
    LOG(DEBUG, "the query is over");
    ASYNC_END;
}

static const struct future_ops query_ops = ASYNC_OPS(query);

static struct future *query(struct query *self, const char *table, uint64_t ms)
{
    *self = (struct query){ .async.future.ops = &query_ops,
                            .table = table,
                            .ms = ms };
    return &self->async.future;
}

/* ---- A request ----------------------------------------------------------- */

struct request {
    struct async async;
    int id;
    struct query query;
    struct instrument spanned;
};

static enum poll request_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct request);
    AWAIT(query(&self->query, "users", 20 * (uint64_t)self->id));
    AWAIT(INSTRUMENT(&self->spanned, query(&self->query, "orders", 50), DEBUG,
                     "slow_query", FIELD("limit", 100)));
    ASYNC_END;
}

static const struct future_ops request_ops = ASYNC_OPS(request);

/* A task with its span: the span comes first, because it is what is polled. */
struct spanned_request {
    struct instrument instrument;
    struct request request;
};

static struct task *begin(struct executor *ex, int id)
{
    struct spanned_request *s = task_slot(struct spanned_request);
    s->request = (struct request){ .async.future.ops = &request_ops, .id = id };
    return task_spawn(ex, INSTRUMENT(&s->instrument, &s->request.async.future,
                                     INFO, "request", FIELD("id", id)));
}

int main(int argc, char **argv)
{
    struct runtime rt;
    struct text_log text;
    struct sleep nap;
    struct task *second;
    runtime_open(&rt, argc, argv);
    log_open(&rt.executor);
    log_subscribe(text_log(&text, stdout));
    text.spans = true;
    text.place = false;
    task_detach(begin(&rt.executor, 1));
    second = begin(&rt.executor, 2);
    block_on(&rt.executor, sleep_ms(&nap, 60));
    LOG(WARN, "request 2 is too slow");
    task_abort(second);
    task_detach(second);
    executor_run(&rt.executor);
    return runtime_close(&rt);
}
