/* runtime.h: an event loop and its executor, every step of it checked.
 *
 *     int main(int argc, char **argv)
 *     {
 *         struct runtime rt;
 *         struct chat chat = { .async.future.ops = &chat_ops };
 *         runtime_open(&rt, argc, argv);
 *         return runtime_run(&rt, &chat.async.future);
 *     }
 *
 * This is what #[tokio::main] writes around an async main() in Rust.  What is
 * left when the future is READY is dropped; to wait for all tasks, call
 * executor_run(&rt.executor) before runtime_close().  Every failure is one line
 * on stderr and status 1; see program.h, too.  a02_executor.c shows the inside.
 * Everything here is called on the thread that runs the executor.
 */
#ifndef RUNTIME_H
#define RUNTIME_H

#include "executor.h"
#include "program.h"

struct runtime {
    uv_loop_t loop;
    struct executor executor;
};

/* An error of libuv, which is negative, ends the program:
 *     runtime_check(uv_tcp_init(loop, &tcp), "make a socket"); */
static inline void runtime_check(int rc, const char *what)
{
    if (rc < 0)
        program_exit(1, "cannot %s: %s", what, uv_strerror(rc));
}

static inline void runtime_wait_(void *gate)
{
    uv_sem_wait(gate);
    uv_sem_post(gate);
}

/* libuv starts the threads of its pool with the first job, and aborts if it
 * gets fewer than it wants.  So a program that will use the pool first tries to
 * have as many threads at once. */
static inline void runtime_check_pool(void)
{
    const char *text = getenv("UV_THREADPOOL_SIZE");
    int size = text ? atoi(text) : 4, n = 0, rc = 0;
    uv_thread_t threads[1024]; /* libuv's own limit */
    uv_sem_t gate;
    size = size < 1 ? 1 : size > 1024 ? 1024 : size;
    runtime_check(uv_sem_init(&gate, 0), "make a semaphore");
    while (n < size && rc == 0) {
        rc = uv_thread_create(&threads[n], runtime_wait_, &gate);
        n += rc == 0;
    }
    uv_sem_post(&gate);
    for (int i = 0; i < n; i++)
        uv_thread_join(&threads[i]);
    uv_sem_destroy(&gate);
    runtime_check(rc, "start the threads of the thread pool");
}

/* Call program_begin() or program_begin_options() first.  `options` are those
 * of executor_init(), and may be NULL. */
static inline void runtime_init(struct runtime *rt,
                                const struct executor_options *options)
{
    runtime_check(uv_loop_init(&rt->loop), "open an event loop");
    executor_init(&rt->executor, &rt->loop, options);
}

/* For a program without arguments. */
static inline void runtime_open(struct runtime *rt, int argc, char **argv)
{
    program_begin(argc, argv);
    runtime_init(rt, NULL);
}

/* Drops what is left.  Returns the exit status: return runtime_close(&rt); */
static inline int runtime_close(struct runtime *rt)
{
    runtime_check(executor_close(&rt->executor), "close the executor");
    runtime_check(uv_loop_close(&rt->loop), "close the event loop");
    return program_end(0);
}

/* Until `f` is READY, and then runtime_close(). */
static inline int runtime_run(struct runtime *rt, struct future *f)
{
    block_on(&rt->executor, f);
    return runtime_close(rt);
}
#endif
