/* What if time is up between two steps that belong together?
 *
 * A worker takes a message out of a queue, and stores it.  Storing takes time,
 * and the worker waits for 40 ms at most.  If time is up between the two steps,
 * everything that is only in the worker's frame is dropped.
 *
 * Run:    ./a07_half_done
 * Watch:  "take, then store" loses each message that is slow to store.  There
 *         are two ways out.  Take the message off the queue only when it is
 *         stored.  Or let a task of its own store it, so that the timeout drops
 *         only the waiting.
 *
 * Expected output:
 *     6 messages             timeouts   stored   lost
 *     take, then store              2        4      2
 *     store, then take              2        6      0
 *     a task of its own             2        6      0
 *
 * Try:    In "store, then take" print seen.tries: two messages are tried twice.
 *         In a real store the first try may have stored the message, but its
 *         answer comes too late.  Then the second try stores it again.  Which
 *         side has to notice that?
 *         Leave out executor_run(): the third version loses a message too,
 *         because its task is dropped when the executor is closed.
 */
#include "runtime.h"
#include "a07_select/timeout.h"

enum { MESSAGES = 6 };

static struct {
    int next, stored, timeouts;
    int tries[MESSAGES];
} seen;

/* ---- Storing: every third message is slow, the first time ---------------- */

struct store {
    struct async async;
    int message;
    struct sleep nap;
};

static enum poll store_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct store);
    seen.tries[self->message]++;
    if (self->message % 3 == 1 && seen.tries[self->message] == 1)
        AWAIT(sleep_ms(&self->nap, 80));
    else
        AWAIT(sleep_ms(&self->nap, 20));
    seen.stored++;
    ASYNC_END;
}

static const struct future_ops store_ops = ASYNC_OPS(store);

static struct future *store(struct store *self, int message)
{
    *self =
        (struct store){ .async.future.ops = &store_ops, .message = message };
    return &self->async.future;
}

/* ---- The two steps, three times ------------------------------------------ */

enum version { TAKE_THEN_STORE, STORE_THEN_TAKE, OWN_TASK };

struct move { /* one message from the queue into the store */
    struct async async;
    enum version version;
    struct store store;
    struct task *task;
    struct join join;
};

static enum poll move_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct move);
    if (self->version == TAKE_THEN_STORE) {
        AWAIT(store(&self->store, seen.next++)); /* taken; not yet stored */
    } else if (self->version == STORE_THEN_TAKE) {
        AWAIT(store(&self->store, seen.next));
        seen.next++; /* nothing comes between these two lines */
    } else {
        self->task = task_spawn(cx->executor,
                                store(task_slot(struct store), seen.next++));
        AWAIT(task_join(&self->join, self->task));
    }
    ASYNC_FINALLY
    task_detach(self->task); /* it runs on, also without us */
    ASYNC_END;
}

static const struct future_ops move_ops = ASYNC_OPS(move);

static struct future *move(struct move *self, enum version version)
{
    *self = (struct move){ .async.future.ops = &move_ops, .version = version };
    return &self->async.future;
}

struct worker {
    struct async async;
    enum version version;
    struct move move;
    struct timeout timeout;
};

static enum poll worker_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct worker);
    while (seen.next < MESSAGES) {
        AWAIT(timeout_ms(&self->timeout, move(&self->move, self->version), 40));
        seen.timeouts += self->timeout.status != 0;
    }
    ASYNC_END;
}

static const struct future_ops worker_ops = ASYNC_OPS(worker);

static void run(struct executor *ex, const char *title, enum version version)
{
    struct worker worker = { .async.future.ops = &worker_ops,
                             .version = version };
    memset(&seen, 0, sizeof seen);
    block_on(ex, &worker.async.future);
    executor_run(ex); /* the tasks that are left */
    printf("%-22s %8d %8d %6d\n", title, seen.timeouts, seen.stored,
           MESSAGES - seen.stored);
}

int main(int argc, char **argv)
{
    struct runtime rt;
    runtime_open(&rt, argc, argv);
    printf("%-22s %8s %8s %6s\n", "6 messages", "timeouts", "stored", "lost");
    run(&rt.executor, "take, then store", TAKE_THEN_STORE);
    run(&rt.executor, "store, then take", STORE_THEN_TAKE);
    run(&rt.executor, "a task of its own", OWN_TASK);
    return runtime_close(&rt);
}
