/* How long will you wait?
 *
 * A query connects, asks and waits for the answer.  A limit is a select between
 * the query and a sleep.  timeout_ms() is that select with a name.  When time
 * is up, the query is dropped wherever it is, and its ASYNC_FINALLY releases
 * what it has by then.
 *
 * Run:    ./a07_timeout
 * Watch:  "closed" is printed before "too late": a query that lost has released
 *         everything when its caller goes on.  The last query never got a
 *         connection, so it has nothing to close.
 *
 * Expected output:
 *     answer in 60 ms, at most 120; as a select
 *         0 ms  connecting
 *        20 ms  connected, asking
 *        80 ms  answer: 42
 *               connection closed, buffer freed
 *        80 ms  in time
 *     answer in 200 ms, at most 120
 *        80 ms  connecting
 *       100 ms  connected, asking
 *               connection closed, buffer freed
 *       200 ms  too late
 *     answer in 60 ms, at most 0
 *       200 ms  connecting
 *       200 ms  too late
 *     the last status is: connection timed out
 *
 * Try:    Make the limit of the first query 80, and run it with
 *         EXECUTOR_CLOCK=virtual: answer and deadline come at the same moment.
 *         Which of them wins, and which if you swap the two arms?
 *         Forget to free the buffer in ASYNC_FINALLY, and build with the preset
 *         asan: which of the three queries leak?
 */
#include "runtime.h"
#include "a07_select/select.h"
#include "a07_select/timeout.h"

/* ---- A query, and what it holds ------------------------------------------ */

struct query {
    struct async async;
    uint64_t ms;    /* until the answer */
    bool connected; /* it has a connection */
    char *buffer;   /* for the answer, or NULL */
    struct sleep nap;
    int answer; /* result */
};

static void say(struct executor *ex, const char *what)
{
    printf("  %3d ms  %s\n", (int)executor_now(ex) / 10 * 10, what);
}

static enum poll query_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct query);
    say(cx->executor, "connecting");
    AWAIT(sleep_ms(&self->nap, 20));
    self->connected = true;
    self->buffer = malloc(4096);
    if (!self->buffer)
        program_exit(1, "no memory for an answer");
    say(cx->executor, "connected, asking");
    AWAIT(sleep_ms(&self->nap, self->ms));
    say(cx->executor, "answer: 42");
    self->answer = 42;
    ASYNC_FINALLY
    free(self->buffer);
    if (self->connected)
        printf("          connection closed, buffer freed\n");
    ASYNC_END;
}

static const struct future_ops query_ops = ASYNC_OPS(query);

static struct future *query(struct query *self, uint64_t ms)
{
    *self = (struct query){ .async.future.ops = &query_ops, .ms = ms };
    return &self->async.future;
}

/* ---- The limit, twice ---------------------------------------------------- */

struct client {
    struct async async;
    struct query query;
    struct sleep limit;
    struct select select;
    struct timeout timeout;
};

static enum poll client_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct client);

    printf("answer in 60 ms, at most 120; as a select\n");
    SELECT_BIASED() {
        ARM(query(&self->query, 60))
            say(cx->executor, "in time");
        ARM(sleep_ms(&self->limit, 120))
            say(cx->executor, "too late");
    }

    printf("answer in 200 ms, at most 120\n");
    AWAIT(timeout_ms(&self->timeout, query(&self->query, 200), 120));
    say(cx->executor, self->timeout.status == 0 ? "in time" : "too late");

    printf("answer in 60 ms, at most 0\n");
    AWAIT(timeout_ms(&self->timeout, query(&self->query, 60), 0));
    say(cx->executor, self->timeout.status == 0 ? "in time" : "too late");

    printf("the last status is: %s\n", uv_strerror(self->timeout.status));
    ASYNC_END;
}

static const struct future_ops client_ops = ASYNC_OPS(client);

int main(int argc, char **argv)
{
    struct client client = { .async.future.ops = &client_ops };
    struct runtime rt;
    runtime_open(&rt, argc, argv);
    return runtime_run(&rt, &client.async.future);
}
