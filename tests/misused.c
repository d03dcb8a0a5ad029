/* Misuse by state: what was never opened, is closed, is NULL, or belongs to
 * another thread.  Each row is an act and the sentence that it must end with;
 * no act may hang, crash without a word, or go on.
 *
 * aborts.c has the other misuses.  NDEBUG removes the checks of include/, so
 * without them only the rows of the blocks are tried.
 */
#include "a04_join/buffered.h"
#include "a04_join/join.h"
#include "a04_join/join_set.h"
#include "a05_spawn/blocking.h"
#include "a05_spawn/tcp.h"
#include "a05_spawn/tcp_listen.h"
#include "a05_spawn/work_stealing.h"
#include "a07_select/interval.h"
#include "a07_select/signals.h"
#include "runtime.h"
#include "tests/by_hand.h"

struct row {
    const char *what;
    void (*act)(void);
    const char *words;
};

static struct executor closed; /* zeroed: executor_init() was not called */
static struct sleep nap;
static struct yield yield;

static void on_a_thread(uv_thread_cb run, void *arg)
{
    uv_thread_t thread;
    uv_thread_create(&thread, run, arg);
    uv_thread_join(&thread);
}

static struct task *a_task(void)
{
    return task_spawn(&ex, sleep_ms(task_slot(struct sleep), 5));
}

/* An act whose body is its argument. */
#define ACT(name, ...)      \
    static void name(void)  \
    {                       \
        up(&virtual_clock); \
        __VA_ARGS__;        \
    }

/* ---- An executor that is not there --------------------------------------- */

ACT(init_without_a_loop, executor_init(&closed, NULL, NULL))
ACT(init_nothing, executor_init(NULL, &loop, NULL))
ACT(init_twice, executor_init(&ex, &loop, NULL))
ACT(spawn_on_nothing, task_spawn(NULL, sleep_ms(task_slot(struct sleep), 1)))
ACT(spawn_unopened, task_spawn(&closed, sleep_ms(task_slot(struct sleep), 1)))
ACT(block_on_nothing, block_on(NULL, sleep_ms(&nap, 1)))
ACT(block_on_unopened, block_on(&closed, sleep_ms(&nap, 1)))
ACT(run_nothing, executor_run(NULL))
ACT(run_unopened, executor_run(&closed))
ACT(attach_unopened, executor_attach(&closed))
ACT(close_nothing, executor_close(NULL))
ACT(close_unopened, executor_close(&closed))
ACT(now_of_nothing, executor_now(NULL))
ACT(now_of_unopened, executor_now(&closed))
ACT(random_of_nothing, executor_random(NULL, 6))
ACT(print_nothing, executor_print_tasks(NULL, stderr))
ACT(inbox_of_nothing, inbox_open(NULL))
ACT(inbox_of_unopened, inbox_open(&closed))
ACT(listen_on_unopened, struct tcp *t; tcp_listen(&t, &closed, "127.0.0.1", 0))
ACT(signals_of_nothing, struct signals s; signals_open(&s, NULL))
ACT(run_unopened_runtime, static struct runtime rt;
    runtime_run(&rt, sleep_ms(&nap, 1)))
ACT(close_unopened_runtime, static struct runtime rt; runtime_close(&rt))

static void block_on_cb(uv_timer_t *timer)
{
    block_on(&ex, sleep_ms(timer->data, 1));
}

ACT(block_on_in_callback, uv_timer_t timer; static struct sleep inner;
    uv_timer_init(&loop, &timer); timer.data = &inner;
    uv_timer_start(&timer, block_on_cb, 1, 0); ex.options.virtual_clock = false;
    block_on(&ex, sleep_ms(&nap, 50)))

#define NOTHING "there is no executor (NULL)"
#define UNOPENED "this executor is not open; call executor_init() first"

static const struct row executors[] = {
    { "init without a loop", init_without_a_loop, "no loop (NULL)" },
    { "init nothing", init_nothing, "no executor (NULL)" },
    { "init twice", init_twice, "executor_init() a second time" },
    { "spawn on nothing", spawn_on_nothing, "task_spawn(): " NOTHING },
    { "spawn, unopened", spawn_unopened, "task_spawn(): " UNOPENED },
    { "block on nothing", block_on_nothing, "block_on(): " NOTHING },
    { "block on unopened", block_on_unopened, "block_on(): " UNOPENED },
    { "block_on in a callback", block_on_in_callback, "inside a running task" },
    { "run nothing", run_nothing, "executor_run(): " NOTHING },
    { "run unopened", run_unopened, "executor_run(): " UNOPENED },
    { "attach unopened", attach_unopened, "executor_attach(): " UNOPENED },
    { "close nothing", close_nothing, "executor_close(): " NOTHING },
    { "close unopened", close_unopened, "executor_close(): " UNOPENED },
    { "now of nothing", now_of_nothing, "executor_now(): " NOTHING },
    { "now of unopened", now_of_unopened, "executor_now(): " UNOPENED },
    { "random of nothing", random_of_nothing, "executor_random(): " NOTHING },
    { "print nothing", print_nothing, "executor_print_tasks(): " NOTHING },
    { "inbox of nothing", inbox_of_nothing, "inbox_open(): " NOTHING },
    { "inbox of unopened", inbox_of_unopened, "inbox_open(): " UNOPENED },
    { "listen on unopened", listen_on_unopened, "tcp_listen: " UNOPENED },
    { "signals of nothing", signals_of_nothing, "signals_open: " NOTHING },
    { "runtime_run, unopened", run_unopened_runtime, UNOPENED },
    { "runtime_close, unopened", close_unopened_runtime, UNOPENED },
};

/* ---- Another thread ------------------------------------------------------ */

static void run_there(void *unused)
{
    executor_run(&ex);
}

static void close_there(void *unused)
{
    executor_close(&ex);
}

static void abort_there(void *t)
{
    task_abort(t);
}

static void detach_there(void *t)
{
    task_detach(t);
}

static void open_there(void *unused)
{
    inbox_open(&ex);
}

ACT(run_elsewhere, a_task(); on_a_thread(run_there, NULL))
ACT(close_elsewhere, a_task(); on_a_thread(close_there, NULL))
ACT(abort_elsewhere, on_a_thread(abort_there, a_task()))
ACT(detach_elsewhere, on_a_thread(detach_there, a_task()))
ACT(open_elsewhere, a_task(); on_a_thread(open_there, NULL))

static const struct row threads[] = {
    { "run", run_elsewhere, "executor_run() on another thread" },
    { "close", close_elsewhere, "executor_close() on another thread" },
    { "abort", abort_elsewhere, "task_abort() on another thread" },
    { "detach", detach_elsewhere, "task_detach() on another thread" },
    { "open an inbox", open_elsewhere, "inbox_open() on another thread" },
};

/* ---- Futures and tasks --------------------------------------------------- */

static const struct future_ops half_ops = { .name = "half" };

static enum poll narcissus_poll(struct future *f, struct context *cx)
{
    struct join *self = container_of(f, struct join, future);
    static struct join join;
    self->status = 0;
    return future_poll(task_join(&join, cx->executor->current), cx);
}

static const struct future_ops narcissus_ops = { .name = "narcissus",
                                                 .poll = narcissus_poll,
                                                 .drop = future_drop_nothing };

static void join_itself(void)
{
    struct join *self = task_slot(struct join);
    *self = (struct join){ .future.ops = &narcissus_ops };
    up(&virtual_clock);
    spawn(&self->future);
    executor_run(&ex);
}

ACT(drop_half, struct future f = { .ops = &half_ops }; future_drop(&f))
ACT(poll_without_context, future_poll(yield_now(&yield), NULL))
ACT(block_on_no_future, block_on(&ex, NULL))
ACT(join_nothing, struct join j; task_join(&j, NULL))
ACT(over_of_nothing, task_is_over(NULL))
ACT(cancelled_nothing, task_is_cancelled(NULL))
ACT(output_of_nothing, (void)task_output((struct task *)NULL, struct sleep))

static const struct row futures[] = {
    { "no drop function", drop_half, "half: it has no drop function" },
    { "no context", poll_without_context, "yield_now: polled without a" },
    { "block on NULL", block_on_no_future, "a future was polled that its" },
    { "join itself", join_itself, "narcissus: the task joins itself" },
    { "join NULL", join_nothing, "task_join() of NULL" },
    { "is NULL over", over_of_nothing, "task_is_over() of NULL" },
    { "is NULL cancelled", cancelled_nothing, "task_is_cancelled() of NULL" },
    { "output of NULL", output_of_nothing, "task_output() of NULL" },
};

/* ---- Lists, timers ------------------------------------------------------- */

static struct list head;
static struct list item;
static struct timer timer = { .deadline = 5 };

ACT(is_empty_unopened, list_is_empty(&head))
ACT(append_to_unopened, list_append(&head, &item))
ACT(append_to_moved, list_init(&head); struct list moved = head;
    list_append(&moved, &item))
ACT(append_twice, list_init(&head); list_append(&head, &item);
    list_append(&head, &item))
ACT(remove_twice, list_init(&head); list_append(&head, &item);
    list_remove(&item); list_remove(&item))
ACT(timer_twice, wheel_add(&ex.wheel, &timer); wheel_add(&ex.wheel, &timer))
ACT(timer_too_late, block_on(&ex, sleep_ms(&nap, 6));
    wheel_add(&ex.wheel, &timer))

#define NOT_THERE "a list was not initialised, or has moved since"

static const struct row lists[] = {
    { "is empty, unopened", is_empty_unopened, NOT_THERE },
    { "append, unopened", append_to_unopened, NOT_THERE },
    { "append, moved", append_to_moved, NOT_THERE },
    { "append twice", append_twice, "an item is appended a second time" },
    { "remove twice", remove_twice, "an item is removed that is in no list" },
    { "timer twice", timer_twice, "this timer runs already" },
    { "timer too late", timer_too_late, "its deadline is over" },
};

/* ---- Inboxes ------------------------------------------------------------- */

static void run_nothing_cb(struct message *m, struct executor *e)
{
}

static struct message message = { .run = run_nothing_cb };

ACT(post_nowhere, inbox_post(NULL, &message))
ACT(close_nowhere, inbox_close(NULL))
ACT(spawn_nowhere, inbox_spawn(NULL, sleep_ms(task_slot(struct sleep), 1)))
ACT(post_nothing, inbox_post(inbox_open(&ex), NULL))
ACT(post_without_run, struct message m = { .next = NULL };
    inbox_post(inbox_open(&ex), &m))
ACT(post_twice, struct inbox *box = inbox_open(&ex); inbox_post(box, &message);
    inbox_post(box, &message))
ACT(inbox_close_twice, struct inbox *box = inbox_open(&ex); inbox_close(box);
    inbox_close(box))

static const struct row inboxes[] = {
    { "post nowhere", post_nowhere, "inbox_post(): there is no inbox" },
    { "close nowhere", close_nowhere, "inbox_close(): there is no inbox" },
    { "spawn nowhere", spawn_nowhere, "inbox_spawn(): there is no inbox" },
};

static const struct row messages[] = {
    { "post nothing", post_nothing, "inbox_post(): there is no message" },
    { "without run", post_without_run, "or its `run` is not set" },
    { "post twice", post_twice, "this message is in the inbox already" },
    { "close twice", inbox_close_twice, "of a handle that was given back" },
};

/* ---- a04 ----------------------------------------------------------------- */

static struct child child;

ACT(push_unopened, static struct unordered s;
    unordered_push(&s, &child, yield_now(&yield)))
ACT(push_into_moved, static struct unordered s, moved; unordered_init(&s);
    moved = s; unordered_push(&moved, &child, yield_now(&yield)))
ACT(next_of_unopened, static struct unordered s; struct unordered_next next;
    block_on(&ex, unordered_next(&next, &s)))
ACT(ordered_unopened, static struct ordered s;
    ordered_push(&s, &child, yield_now(&yield)))
ACT(buffered_unopened, static struct buffered b; struct buffered_next next;
    block_on(&ex, buffered_next(&next, &b)))
ACT(join_set_unopened, static struct join_set s;
    join_set_spawn(&s, &ex, sleep_ms(task_slot(struct sleep), 1)))
ACT(join_set_next_of_unopened, static struct join_set s;
    struct join_set_next next; block_on(&ex, join_set_next(&next, &s)))
ACT(abort_unopened, static struct join_set s; join_set_abort_all(&s))

static const struct row sets[] = {
    { "unordered_push", push_unopened, NOT_THERE },
    { "unordered_push, moved", push_into_moved, NOT_THERE },
    { "unordered_next", next_of_unopened, NOT_THERE },
    { "ordered_push", ordered_unopened, NOT_THERE },
    { "buffered_next", buffered_unopened, NOT_THERE },
    { "join_set_spawn", join_set_unopened, NOT_THERE },
    { "join_set_next", join_set_next_of_unopened, NOT_THERE },
    { "join_set_abort_all", abort_unopened, NOT_THERE },
};

ACT(no_source, struct buffered b; buffered_init(&b, 1, NULL, NULL))
ACT(no_children, struct join_all j; block_on(&ex, join_all(&j, NULL, 2)))

/* ---- a05, a07 ------------------------------------------------------------ */

static struct pool pool;
static struct tcp *tcp;
static struct signals signals;

static struct future *in_pool_slot(void)
{
    return yield_now(pool_slot(struct yield));
}

static void close_pool(void)
{
    up(&virtual_clock);
    assert_int_equal(pool_init(&pool, 1), 0);
    pool_close(&pool);
}

static void close_tcp(void)
{
    up(&virtual_clock);
    assert_int_equal(tcp_listen(&tcp, &ex, "127.0.0.1", 0), 0);
    tcp_close(tcp);
}

static void open_signals(void)
{
    up(&virtual_clock);
    assert_int_equal(signals_open(&signals, &ex), 0);
}

ACT(no_work, struct blocking b; blocking_run(&b, NULL, NULL, 0))
ACT(no_data, struct blocking b; blocking_run(&b, free, NULL, 8))
ACT(pool_spawn_unopened, pool_spawn(&pool, in_pool_slot()))
ACT(pool_spawn_late, close_pool(); pool_spawn(&pool, in_pool_slot()))
ACT(pool_block_on_late, close_pool(); pool_block_on(&pool, yield_now(&yield)))
ACT(pool_wait_unopened, pool_wait(&pool))
ACT(pool_close_twice, close_pool(); pool_close(&pool))
ACT(read_nothing, struct tcp_read r; char c; tcp_read(&r, NULL, &c, 1))
ACT(write_nothing, struct tcp_write w; tcp_write(&w, NULL, "", 0))
ACT(drain_nothing, struct tcp_drain d; tcp_drain(&d, NULL))
ACT(shutdown_nothing, tcp_shutdown(NULL))
ACT(accept_nothing, struct tcp_accept a; tcp_accept(&a, NULL))
ACT(port_of_nothing, tcp_port(NULL))
ACT(wait_for_nothing, struct tcp_ready r; tcp_ready(&r, NULL, UV_READABLE))
ACT(accept_late, struct tcp_accept a; close_tcp(); tcp_accept(&a, tcp))
ACT(tcp_close_twice, close_tcp(); tcp_close(tcp))
ACT(await_unopened, struct signals_next next;
    block_on(&ex, signals_next(&next, &signals)))
ACT(await_closed, struct signals_next next; open_signals();
    signals_close(&signals); block_on(&ex, signals_next(&next, &signals)))
ACT(open_twice, open_signals(); signals_open(&signals, &ex))
ACT(close_awaited, struct signals_next next; open_signals();
    poll_with(&ex, signals_next(&next, &signals)); signals_close(&signals))
ACT(tick_unopened, static struct interval i; struct interval_tick tick;
    block_on(&ex, interval_tick(&tick, &i)))

#define POOL "this pool is not open"
#define SOCKET "there is no socket (NULL)"

static const struct row blocks[] = {
    { "no source", no_source, "buffered: there is no source" },
    { "no children", no_children, "join_all: there is no array of children" },
    { "no work", no_work, "blocking_run: no work to run (NULL)" },
    { "no data", no_data, "blocking_run: no data (NULL)" },
    { "pool_spawn, unopened", pool_spawn_unopened, "pool_spawn(): " POOL },
    { "pool_spawn, late", pool_spawn_late, "pool_spawn(): " POOL },
    { "pool_block_on, late", pool_block_on_late, "pool_block_on(): " POOL },
    { "pool_wait, unopened", pool_wait_unopened, "pool_wait(): " POOL },
    { "pool_close twice", pool_close_twice, "pool_close(): " POOL },
    { "tcp_read", read_nothing, "tcp_read: " SOCKET },
    { "tcp_write", write_nothing, "tcp_write: " SOCKET },
    { "tcp_drain", drain_nothing, "tcp_drain: " SOCKET },
    { "tcp_shutdown", shutdown_nothing, "tcp_shutdown: " SOCKET },
    { "tcp_accept", accept_nothing, "tcp_accept: " SOCKET },
    { "tcp_port", port_of_nothing, "tcp_port: " SOCKET },
    { "tcp_ready", wait_for_nothing, "tcp_ready: " SOCKET },
    { "tcp_accept, late", accept_late, "tcp_accept: this socket was closed" },
    { "tcp_close twice", tcp_close_twice, "tcp_close: this socket was closed" },
    { "signals, unopened", await_unopened, "these signals are not open" },
    { "signals, closed", await_closed, "these signals are not open" },
    { "signals, twice", open_twice, "these signals are open" },
    { "signals, awaited", close_awaited, "a future still waits for these" },
    { "interval, unopened", tick_unopened, "this interval is not initialised" },
};

/* ---- All rows ------------------------------------------------------------ */

#define TRY(rows) try_all(rows, sizeof rows / sizeof rows[0])

static void try_all(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        print_message("%s\n", rows[i].what);
        assert_misuse(rows[i].act, rows[i].words);
    }
}

static void try_checked(const struct row *rows, size_t n)
{
#ifdef NDEBUG
    (void)rows, (void)n;
    skip();
#else
    try_all(rows, n);
#endif
}

#define TRY_CHECKED(rows) try_checked(rows, sizeof rows / sizeof rows[0])

/* MISUSE-22 */
static void an_executor_that_is_not_there(void **state)
{
    TRY_CHECKED(executors);
}

/* MISUSE-18 */
static void another_thread(void **state)
{
    TRY_CHECKED(threads);
}

/* MISUSE-23 */
static void a_future_or_a_task_that_is_none(void **state)
{
    TRY_CHECKED(futures);
}

/* MISUSE-24 */
static void a_list_or_a_timer_in_a_wrong_state(void **state)
{
    TRY_CHECKED(lists);
}

/* MISUSE-25 */
static void an_inbox_that_is_not_there(void **state)
{
    TRY_CHECKED(inboxes);
}

/* MISUSE-25 */
static void a_message_that_cannot_be_run(void **state)
{
    TRY(messages);
}

/* MISUSE-24 */
static void a_set_that_is_not_initialised(void **state)
{
    TRY_CHECKED(sets);
}

/* MISUSE-26 */
static void a_block_in_a_wrong_state(void **state)
{
    TRY(blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_executor_that_is_not_there),
        cmocka_unit_test(another_thread),
        cmocka_unit_test(a_future_or_a_task_that_is_none),
        cmocka_unit_test(a_list_or_a_timer_in_a_wrong_state),
        cmocka_unit_test(an_inbox_that_is_not_there),
        cmocka_unit_test(a_message_that_cannot_be_run),
        cmocka_unit_test(a_set_that_is_not_initialised),
        cmocka_unit_test(a_block_in_a_wrong_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
