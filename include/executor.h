/* executor.h: tasks, time and the run loop on libuv.
 *
 * threads  One executor, one thread: everything here is called on it.  Other
 *          threads come in through inbox.h.
 * tasks    belong to the executor, which drops those left, newest first, when
 *          it closes.  A handle belongs to the spawner until task_detach().
 * loop     is the caller's.  Whatever keeps it alive also holds back the
 *          deadlock report and the virtual clock: uv_unref() what should not.
 * units    Milliseconds since executor_init().  Errors are libuv's: 0, or
 *          negative for uv_strerror().  No memory for a task: says so, exit 1.
 * wakers   are for the executor's own thread.
 * misuse   aborts with a sentence.  NDEBUG removes one check: "another thread".
 *
 * EXECUTOR_CLOCK=virtual   when all rests, time jumps to the next deadline
 * EXECUTOR_SEED=n          ready tasks run in random order, always the same for
 *                          the same n; 0 is no seed
 */
#ifndef EXECUTOR_H
#define EXECUTOR_H

#include <errno.h>
#include <uv.h>
#include "async.h"
#include "wheel.h"

struct task;

struct executor_hooks { /* what an observer may see; each may be NULL */
    void (*spawned)(struct task *t);
    void (*woken)(struct task *t);
    void (*poll_begins)(struct task *t);
    void (*poll_ends)(struct task *t, enum poll result);
    void (*finished)(struct task *t);
    void (*dropped)(struct task *t);
};

struct executor_options {               /* zero means the default */
    bool virtual_clock;                 /* the real one */
    uint64_t seed;                      /* 0: the oldest ready task is next */
    int polls_per_turn;                 /* 61: then libuv has its turn */
    const struct executor_hooks *hooks; /* none */
};

struct executor {
    uv_loop_t *loop;                 /* the caller's */
    uv_thread_t thread;              /* of the first spawn; no other may */
    struct executor_options options; /* what holds, environment included */
    struct task *ready, **tail;      /* woken, oldest first */
    struct list tasks;               /* all that are not done */
    struct task *current;            /* being polled, or NULL */
    struct wheel wheel;              /* all running timers */
    uint64_t start, now;             /* uv_hrtime() at init; virtual ms */
    uint64_t random;                 /* the generator's state */
    uv_timer_t alarm;                /* rings when the first timer is due */
    uint64_t alarm_due;              /* what it is set for, while it is */
    uv_idle_t idle;                  /* active: the loop must not sleep */
    struct inbox *inbox;             /* the door for threads, or NULL */
    void (*inbox_shut)(struct executor *ex);
    unsigned last_id; /* task ids */
    unsigned closing; /* handles whose close is under way */
    bool threads;     /* one holds the inbox */
    bool has_thread;  /* `thread` is known */
    bool in_turn;     /* polling: a wake need not stir libuv */
    bool hosted;      /* the host runs the loop */
    bool closed;
};

/* The executor at work on this thread, or NULL. */
__attribute__((weak)) _Thread_local struct executor *executor_running_;

/* executor_init() calls this if some object of the program defines it: so an
 * observer sets its hooks, and no lesson has to know of it. */
__attribute__((weak)) void executor_observe(struct executor *ex);

#define EXECUTOR_HOOK_(ex, hook, ...)                         \
    do {                                                      \
        if ((ex)->options.hooks && (ex)->options.hooks->hook) \
            (ex)->options.hooks->hook(__VA_ARGS__);           \
    } while (0)

/* ---- Time and chance ----------------------------------------------------- */

static inline uint64_t executor_now(const struct executor *ex)
{
    return ex->options.virtual_clock ? ex->now
                                     : (uv_hrtime() - ex->start) / 1000000;
}

/* 0 … below-1, from the executor's seed (splitmix64, public domain). */
static inline uint64_t executor_random(struct executor *ex, uint64_t below)
{
    uint64_t z = ex->random += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (z ^ z >> 31) % below;
}

static inline void executor_alarm_cb_(uv_timer_t *alarm);

/* The virtual clock knows deadlines only.  The real one need not: it rings
 * early at times, does nothing, and is set again. */
static inline uint64_t executor_due_(struct executor *ex)
{
    wheel_first(&ex->wheel); /* forget timers that were dropped */
    return ex->options.virtual_clock ? wheel_deadline(&ex->wheel)
                                     : ex->wheel.next;
}

static inline void executor_set_alarm_(struct executor *ex)
{
    uint64_t now = executor_now(ex), due = executor_due_(ex);
    if (uv_is_active((uv_handle_t *)&ex->alarm) && due == ex->alarm_due)
        return; /* or it would never ring where libuv is often woken */
    ex->alarm_due = due;
    uv_timer_stop(&ex->alarm);
    uv_update_time(ex->loop); /* libuv would count from its last turn */
    if (due != UINT64_MAX)
        uv_timer_start(&ex->alarm, executor_alarm_cb_,
                       due > now ? due - now : 0, 0);
}

static inline void executor_alarm_cb_(uv_timer_t *alarm)
{
    struct executor *ex = alarm->data;
    uint64_t due = executor_due_(ex);
    if (due != UINT64_MAX)
        ex->now = due; /* unused by the real clock */
    wheel_turn(&ex->wheel, executor_now(ex));
    if (ex->hosted)
        executor_set_alarm_(ex);
}

#include "task.h" /* what happens to a task, from spawn to detach */

/* ---- The run loop -------------------------------------------------------- */

/* The oldest; with a seed any of the oldest 64, each as likely. */
static inline struct task *executor_pop_(struct executor *ex)
{
    struct task **pick = &ex->ready, **at = &ex->ready, *t;
    for (unsigned n = 1; ex->options.seed && *at && n <= 64; n++) {
        if (executor_random(ex, n) == 0)
            pick = at;
        at = &(*at)->next;
    }
    t = *pick;
    *pick = t->next;
    if (!t->next)
        ex->tail = pick;
    t->queued = false;
    return t;
}

static inline void executor_poll_(struct executor *ex, struct task *t)
{
    struct waker waker = { task_wake_, t };
    struct context cx = context_make(waker, ex);
    enum poll result;
    ex->current = t;
    EXECUTOR_HOOK_(ex, poll_begins, t);
    result = future_poll(t->future, &cx);
    EXECUTOR_HOOK_(ex, poll_ends, t, result);
    ex->current = NULL;
    if (result == POLL_READY) {
        task_end_(t, false);
    } else if (t->cancelled) { /* aborted during its own poll */
        future_drop(t->future);
        task_end_(t, true);
    } else {
        context_check(&cx, t->future);
    }
}

/* So many polls and no more, or the event loop would starve; and none once
 * `until`, which may be NULL, is over. */
static inline void executor_turn_(struct executor *ex, struct task *until)
{
    struct executor *outer = executor_running_;
    executor_running_ = ex;
    ex->in_turn = true;
    if (ex->wheel.next != UINT64_MAX)
        wheel_turn(&ex->wheel, executor_now(ex));
    for (int n = ex->options.polls_per_turn; n > 0 && ex->ready; n--) {
        struct task *t = executor_pop_(ex);
        if (t->done)
            task_free_if_unused_(t); /* aborted while it was queued */
        else
            executor_poll_(ex, t);
        if (until && until->done)
            break;
    }
    ex->in_turn = false;
    executor_running_ = outer;
}

/* Every task, oldest first, with its async backtrace.  In a debugger:
 *     call executor_print_tasks(executor_running_, stderr) */
static inline void executor_print_tasks(struct executor *ex, FILE *out)
{
    for (struct list *l = ex->tasks.next; l != &ex->tasks; l = l->next) {
        struct task *t = container_of(l, struct task, all);
        fprintf(out, "task %u: ", t->id);
        future_backtrace(t->future, out);
        fputc('\n', out);
    }
}

static inline _Noreturn void executor_deadlock_(struct executor *ex)
{
    fflush(stdout);
    executor_print_tasks(ex, stderr);
    misuse_("deadlock: nothing is left that could wake the tasks above; who "
            "was to call their wakers?");
}

/* Between two turns: let libuv work, sleep in it, or move the virtual clock. */
static inline void executor_park_(struct executor *ex)
{
    bool others; /* handles and requests that are not our own */
    uv_idle_stop(&ex->idle);
    others = uv_loop_alive(ex->loop) != 0;
    if (ex->ready) {
        if (others)
            uv_run(ex->loop, UV_RUN_NOWAIT);
    } else if (!others && executor_due_(ex) == UINT64_MAX) {
        executor_deadlock_(ex);
    } else if (!others && ex->options.virtual_clock) {
        ex->now = executor_due_(ex);
        uv_timer_stop(&ex->alarm);
    } else {
        executor_set_alarm_(ex);
        uv_ref((uv_handle_t *)&ex->alarm);
        uv_run(ex->loop, UV_RUN_ONCE);
        uv_unref((uv_handle_t *)&ex->alarm);
    }
}

static inline bool executor_has_work_(struct executor *ex, struct task *until)
{
    return until ? !until->done : ex->threads || !list_is_empty_(&ex->tasks);
}

static inline void executor_run_(struct executor *ex, struct task *until)
{
    if (executor_running_)
        misuse_("block_on() or executor_run() inside a running task: the "
                "thread would wait for itself; AWAIT the future instead");
    if (ex->hosted || ex->closed)
        misuse_("block_on() or executor_run(): this executor is %s",
                ex->closed ? "closed" : "run by its host's uv_run()");
    executor_running_ = ex;
    while (executor_has_work_(ex, until)) {
        executor_turn_(ex, until);
        if (executor_has_work_(ex, until))
            executor_park_(ex);
    }
    executor_running_ = NULL;
}

/* Run until no task is left, and no thread that could bring one. */
static inline void executor_run(struct executor *ex)
{
    executor_run_(ex, NULL);
}

/* Run until `f` is ready, and not one poll longer; tasks run meanwhile, and
 * stay when it returns. */
static inline void block_on(struct executor *ex, struct future *f)
{
    struct task *t = (struct task *)task_slot_(0) - 1;
    t->future = f; /* the only task whose future is not its own */
    t->handle = true;
    task_start_(ex, t);
    executor_run_(ex, t);
    task_detach(t);
}

/* ---- Inside a host's loop ------------------------------------------------ */

static inline void executor_idle_cb_(uv_idle_t *idle)
{
    struct executor *ex = idle->data;
    if (!ex->hosted) {
        if (executor_running_ != ex)
            uv_idle_stop(idle); /* somebody runs the loop, but not the tasks */
        return;
    }
    executor_turn_(ex, NULL);
    if (!ex->ready)
        uv_idle_stop(idle);
    executor_set_alarm_(ex);
}

/* From now on the host's uv_run() runs the tasks.  It returns when none can
 * go on; the virtual clock runs at real pace. */
static inline void executor_attach(struct executor *ex)
{
    ex->hosted = true;
    uv_ref((uv_handle_t *)&ex->alarm);
    uv_ref((uv_handle_t *)&ex->idle);
    uv_idle_start(&ex->idle, executor_idle_cb_);
}

/* ---- Open and close ------------------------------------------------------ */

/* The environment's word counts more than the program's. */
static inline void executor_environment_(struct executor_options *options)
{
    const char *clock = getenv("EXECUTOR_CLOCK"), *bad = NULL;
    const char *seed = getenv("EXECUTOR_SEED");
    char *end = NULL;
    if (clock)
        options->virtual_clock = strcmp(clock, "virtual") == 0;
    if (clock && !options->virtual_clock && strcmp(clock, "real") != 0)
        bad = "EXECUTOR_CLOCK is neither virtual nor real";
    errno = 0;
    if (seed)
        options->seed = strtoull(seed, &end, 10);
    if (seed && (*seed < '0' || *seed > '9' || *end || errno))
        bad = "EXECUTOR_SEED is not a number";
    if (bad) {
        fprintf(stderr, "%s\n", bad);
        exit(2);
    }
}

/* `options` may be NULL and is copied.  The loop must outlive the executor. */
static inline void executor_init(struct executor *ex, uv_loop_t *loop,
                                 const struct executor_options *options)
{
    *ex = (struct executor){ .loop = loop, .start = uv_hrtime() };
    if (options)
        ex->options = *options;
    executor_environment_(&ex->options);
    if (ex->options.polls_per_turn <= 0)
        ex->options.polls_per_turn = 61;
    ex->random = ex->options.seed;
    ex->tail = &ex->ready;
    list_init_(&ex->tasks);
    wheel_init(&ex->wheel, 0);
    uv_timer_init(loop, &ex->alarm);
    uv_idle_init(loop, &ex->idle);
    uv_unref((uv_handle_t *)&ex->alarm);
    uv_unref((uv_handle_t *)&ex->idle);
    ex->alarm.data = ex->idle.data = ex;
    if (executor_observe)
        executor_observe(ex);
}

static inline void executor_closed_cb_(uv_handle_t *handle)
{
    struct executor *ex = handle->data;
    ex->closing--;
}

static inline void executor_count_cb_(uv_handle_t *handle, void *count)
{
    *(int *)count += !uv_is_closing(handle);
}

/* Handles in the loop that are not ours, when ours are closing. */
static inline int executor_strangers_(struct executor *ex)
{
    int count = 0;
    uv_walk(ex->loop, executor_count_cb_, &count);
    return count;
}

/* Drop every task, refuse threads, close our handles, and wait for work that is
 * still on the thread pool.  0, or UV_EBUSY: handles that are not ours are
 * open, so uv_loop_close() would fail; then it waits for nothing, as a request
 * of theirs may never end. */
static inline int executor_close(struct executor *ex)
{
    if (executor_running_ || ex->closed)
        misuse_("executor_close() %s",
                ex->closed ? "a second time" : "inside a running task");
    ex->closed = ex->in_turn = true; /* from now on no wake starts the loop */
    while (!list_is_empty_(&ex->tasks))
        task_abort(container_of(ex->tasks.prev, struct task, all));
    if (ex->inbox)
        ex->inbox_shut(ex);
    while (ex->ready)
        task_free_if_unused_(executor_pop_(ex));
    ex->closing += 2;
    uv_close((uv_handle_t *)&ex->alarm, executor_closed_cb_);
    uv_close((uv_handle_t *)&ex->idle, executor_closed_cb_);
    while (ex->closing)
        uv_run(ex->loop, UV_RUN_NOWAIT);
    while (ex->loop->active_reqs.count > 0 && !executor_strangers_(ex))
        uv_run(ex->loop, UV_RUN_ONCE);
    uv_run(ex->loop, UV_RUN_NOWAIT); /* what those requests closed */
    return executor_strangers_(ex) ? UV_EBUSY : 0;
}

#include "leaves.h" /* yield_now, sleep_ms, task_join */
#endif
