/* May a program have two executors?
 *
 * It may have one on each thread.  It may not have two on the same thread, one
 * inside the other: the inner block_on would put the thread to sleep, and the
 * outer one needs that thread.
 *
 * Run:    ./a02_two_executors
 * Watch:  Two threads, each with a loop and an executor of its own, count at
 *         the same time.  Then async code calls plain code, and the plain code
 *         wants to run async code.  On another thread this works; on the same
 *         thread it is refused.
 *
 * Expected output:
 *     thread 1 on its own executor: 3 naps
 *     thread 2 on its own executor: 3 naps
 *     both took <n> ms of real time
 *     plain -> async -> plain -> async, on the thread pool: 3 naps
 *     plain -> async -> plain -> async, on the same thread:
 *     async-in-c: block_on() or executor_run() inside a running task: the thread would wait for itself; AWAIT the future instead
 *       the process was stopped by abort()
 *
 * Try:    Count to 30 naps in thread 2: thread 1 does not wait for it.
 *         Let caller_poll() poll naps(), as AWAIT does, instead of calling
 *         plain code: this is what you would really do.
 */
#include "program_try.h"
#include "runtime.h"

struct naps {
    struct async async;
    int times, done;
    struct sleep sleep;
};

static enum poll naps_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct naps);
    for (; self->done < self->times; self->done++)
        AWAIT(sleep_ms(&self->sleep, 20));
    ASYNC_END;
}

static const struct future_ops naps_ops = ASYNC_OPS(naps);

static struct future *naps(struct naps *self, int times)
{
    *self = (struct naps){ .async.future.ops = &naps_ops, .times = times };
    return &self->async.future;
}

/* Plain code with async code inside: returns when it is done. */
static int nap_blocking(int times)
{
    struct runtime rt;
    struct naps n;
    runtime_init(&rt, NULL);
    runtime_run(&rt, naps(&n, times));
    return n.done;
}

/* ---- A thread each ------------------------------------------------------- */

static void thread_main(void *result)
{
    *(int *)result = nap_blocking(3);
}

static void two_threads(void)
{
    uv_thread_t threads[2];
    int done[2];
    uint64_t start = uv_hrtime();
    for (int i = 0; i < 2; i++)
        runtime_check(uv_thread_create(&threads[i], thread_main, &done[i]),
                      "start a thread");
    for (int i = 0; i < 2; i++) {
        uv_thread_join(&threads[i]);
        printf("thread %d on its own executor: %d naps\n", i + 1, done[i]);
    }
    printf("both took %d ms of real time\n",
           (int)((uv_hrtime() - start) / 1000000));
}

/* ---- One inside the other ------------------------------------------------ */

struct caller { /* a future that calls plain code, here or on the thread pool */
    struct future future;
    bool here;
    bool started, over; /* the request */
    int done;           /* naps; until `over`, only the pool's thread uses it */
    uv_work_t request;
    struct waker waker;
};

static void caller_work(uv_work_t *request)
{
    struct caller *self = container_of(request, struct caller, request);
    self->done = nap_blocking(3);
}

static void caller_done(uv_work_t *request, int status)
{
    struct caller *self = container_of(request, struct caller, request);
    (void)status;
    self->over = true;
    waker_wake(self->waker);
}

static enum poll caller_poll(struct future *f, struct context *cx)
{
    struct caller *self = container_of(f, struct caller, future);
    self->waker = context_waker(cx);
    if (self->here) {
        self->done = nap_blocking(3);
        return POLL_READY;
    }
    if (!self->started)
        runtime_check(uv_queue_work(cx->executor->loop, &self->request,
                                    caller_work, caller_done),
                      "queue a job");
    self->started = true;
    return self->over ? POLL_READY : POLL_PENDING;
}

static const struct future_ops caller_ops = { .name = "caller",
                                              .poll = caller_poll,
                                              .drop = future_drop_nothing };

static void call(void *here)
{
    struct runtime rt;
    struct caller c = { .future.ops = &caller_ops, .here = *(bool *)here };
    runtime_init(&rt, NULL);
    block_on(&rt.executor, &c.future);
    printf("plain -> async -> plain -> async, on the thread pool: %d naps\n",
           c.done);
    runtime_close(&rt);
}

int main(int argc, char **argv)
{
    bool here = true, elsewhere = false;
    program_begin(argc, argv);
    runtime_check_pool();
    two_threads();
    call(&elsewhere);
    printf("plain -> async -> plain -> async, on the same thread:\n");
    program_try(call, &here);
    return program_end(0);
}
