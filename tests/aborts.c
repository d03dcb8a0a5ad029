/* Every misuse that is noticed while the program runs, and what it says.
 *
 * Each happens in a child process.  NDEBUG removes five checks, whose tests are
 * skipped then: moved, PENDING without a waker, never constructed, inside its
 * own poll, on another thread; and "polled again" no longer knows the future's
 * name. */
#include "support.h"
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef NDEBUG
enum { CHECKED = false };
#define NAME(name) "a future"
#else
enum { CHECKED = true };
#define NAME(name) name
#endif

/* ---- A child process that is to die with these words --------------------- */

static char words[4096];

static void become_child(int out)
{
    struct rlimit none = { 0, 0 };
    int null = open("/dev/null", O_RDWR);
    setrlimit(RLIMIT_CORE, &none);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
}

/* Returns true in the child.  In the parent it waits for the child's end, and
 * compares what it said with a pattern as a shell has it. */
static bool forked(const char *pattern, int signal, int code)
{
    int fds[2], status;
    size_t n = 0;
    ssize_t got;
    pid_t child;
    fflush(NULL);
    assert_int_equal(pipe(fds), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        become_child(fds[1]);
        return true;
    }
    close(fds[1]);
    while ((got = read(fds[0], words + n, sizeof words - 1 - n)) > 0)
        n += (size_t)got;
    words[n] = '\0';
    close(fds[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (fnmatch(pattern, words, 0) != 0)
        assert_string_equal(words, pattern);
    assert_int_equal(WIFSIGNALED(status) ? WTERMSIG(status) : 0, signal);
    assert_int_equal(WIFEXITED(status) ? WEXITSTATUS(status) : 0, code);
    return false;
}

/* What stands in the block after it happens in the child, and must not end. */
#define IN_CHILD(pattern, signal, code) \
    for (; forked(pattern, signal, code); _exit(77))
#define ABORTS(sentence) IN_CHILD("async-in-c: " sentence "\n", SIGABRT, 0)

static struct context nobody(void)
{
    return context_make((struct waker){ NULL, NULL }, NULL);
}

/* ---- Futures ------------------------------------------------------------- */

/* MISUSE-01 */
static void a_future_polled_after_ready(void **state)
{
    ABORTS(NAME("probe") ": polled again after READY or drop; construct a "
                         "new one")
    {
        struct context cx = nobody();
        struct probe p;
        probe(&p, "p");
        p.open = true;
        future_poll(&p.future, &cx);
        future_poll(&p.future, &cx);
    }
}

/* MISUSE-01 */
static void a_future_polled_after_its_drop(void **state)
{
    ABORTS(NAME("worker") ": polled again after READY or drop; construct a "
                          "new one")
    {
        struct context cx = nobody();
        struct worker w;
        future_drop(worker(&w, "w", 1, 0));
        future_poll(&w.async.future, &cx);
    }
}

/* MISUSE-01, TASK-11 */
static void a_join_polled_after_it_gave_its_answer(void **state)
{
    ABORTS(NAME("task_join") ": polled again after READY or drop; construct "
                             "a new one")
    {
        struct context cx = nobody();
        struct join join;
        struct task *t;
        up(NULL);
        t = spawn_worker("w", 1, 0);
        executor_run(&ex);
        future_poll(task_join(&join, t), &cx);
        future_poll(&join.future, &cx);
    }
}

/* MISUSE-02, FUT-09 */
static void a_future_moved_after_its_first_poll(void **state)
{
    if (!CHECKED)
        skip();
    ABORTS("probe: moved from 0x* to 0x* after its first poll; timers, lists "
           "and wakers still point to the old place: put it where it can "
           "stay, then poll")
    {
        struct context cx = nobody();
        struct probe here, there;
        future_poll(probe(&here, "p"), &cx);
        there = here;
        future_poll(&there.future, &cx);
    }
}

/* MISUSE-02, FUT-09 */
static void a_moved_future_that_is_dropped(void **state)
{
    if (!CHECKED)
        skip();
    ABORTS("sleep_ms: moved from 0x* to 0x* after its first poll; *")
    {
        struct sleep here, there;
        struct context cx;
        up(NULL);
        cx = context_make((struct waker){ NULL, NULL }, &ex);
        future_poll(sleep_ms(&here, 10), &cx);
        there = here;
        future_drop(&there.future);
    }
}

struct selfish { /* in its poll it polls or drops its victim */
    struct async async;
    struct future *victim;
    bool drops;
    struct yield yield;
};

static enum poll selfish_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct selfish);
    AWAIT(yield_now(&self->yield));
    if (self->drops)
        future_drop(self->victim);
    else
        future_poll(self->victim, cx);
    ASYNC_END;
}

static const struct future_ops selfish_ops = ASYNC_OPS(selfish);

struct parent {
    struct async async;
    struct selfish child;
};

static enum poll parent_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct parent);
    AWAIT(&self->child.async.future);
    ASYNC_END;
}

static const struct future_ops parent_ops = ASYNC_OPS(parent);

static void run_selfish(bool drops, bool its_parent)
{
    struct parent parent = {
        .async.future.ops = &parent_ops,
        .child = { .async.future.ops = &selfish_ops, .drops = drops },
    };
    parent.child.victim =
        its_parent ? &parent.async.future : &parent.child.async.future;
    up(NULL);
    block_on(&ex, &parent.async.future);
}

/* MISUSE-21 */
static void a_future_dropped_or_polled_inside_its_own_poll(void **state)
{
    if (!CHECKED)
        skip();
    ABORTS("selfish: polled or dropped inside its own poll; *")
    {
        run_selfish(true, false);
    }
    ABORTS("selfish: polled or dropped inside its own poll; *")
    {
        run_selfish(false, false);
    }
}

/* MISUSE-21 */
static void a_parent_dropped_inside_the_poll_of_its_child(void **state)
{
    if (!CHECKED)
        skip();
    ABORTS("parent: polled or dropped inside its own poll; *")
    {
        run_selfish(true, true);
    }
}

/* MISUSE-03 */
static void a_future_never_constructed(void **state)
{
    if (!CHECKED)
        skip();
    ABORTS("a future was polled that its constructor has not filled in")
    {
        struct context cx = nobody();
        struct probe p = { .name = "p" };
        future_poll(&p.future, &cx);
    }
}

/* ---- PENDING, and nobody will wake --------------------------------------- */

static enum poll mute_poll(struct future *f, struct context *cx)
{
    return POLL_PENDING;
}

static const struct future_ops mute_ops = { .name = "mute",
                                            .poll = mute_poll,
                                            .drop = future_drop_nothing };

struct waits { /* waits for a leaf beside a probe that does take the waker */
    struct async async;
    struct probe sibling;
    struct future mute;
};

static enum poll both_poll(struct future *f, struct context *cx)
{
    struct waits *self = container_of(f, struct waits, async.future);
    future_poll(&self->sibling.future, cx);
    return future_poll(&self->mute, cx);
}

static const struct future_ops both_ops = { .name = "both",
                                            .poll = both_poll,
                                            .drop = future_drop_nothing };

/* The same, with a waker of its own, as a set of futures has it. */
static enum poll own_poll(struct future *f, struct context *cx)
{
    struct waits *self = container_of(f, struct waits, async.future);
    struct context own = context_child(cx, context_waker(cx));
    (void)future_poll(&self->mute, &own);
    context_merge(cx, &own);
    return POLL_PENDING;
}

static const struct future_ops own_ops = { .name = "own",
                                           .poll = own_poll,
                                           .drop = future_drop_nothing };

static struct future *waits(struct waits *self, const struct future_ops *ops)
{
    *self = (struct waits){ .async.future.ops = ops, .mute.ops = &mute_ops };
    probe(&self->sibling, "sibling");
    return &self->async.future;
}

struct outer {
    struct async async;
    struct waits waits;
};

static enum poll outer_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct outer);
    AWAIT(waits(&self->waits, &both_ops));
    ASYNC_END;
}

static const struct future_ops outer_ops = ASYNC_OPS(outer);

#define MUTE(trace)                                                       \
    IN_CHILD("waiting: " trace                                            \
             "\nasync-in-c: mute returned PENDING but took no waker, so " \
             "nothing can wake it; call context_waker(cx) in every such " \
             "poll and keep what it gives\n",                             \
             SIGABRT, 0)

/* MISUSE-04, FUT-02 */
static void pending_without_taking_the_waker(void **state)
{
    if (!CHECKED)
        skip();
    MUTE("mute")
    {
        struct future mute = { .ops = &mute_ops };
        up(NULL);
        block_on(&ex, &mute);
    }
    IN_CHILD("waiting: \nasync-in-c: a future returned PENDING but took no "
             "waker, *\n",
             SIGABRT, 0)
    {
        static const struct future_ops ops = { .poll = mute_poll,
                                               .drop = future_drop_nothing };
        struct future mute = { .ops = &ops };
        up(NULL);
        block_on(&ex, &mute);
    }
}

struct waiter {
    struct async async;
    struct future mute;
};

static enum poll waiter_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct waiter);
    AWAIT(&self->mute);
    ASYNC_END;
}

static const struct future_ops waiter_ops = ASYNC_OPS(waiter);

/* MISUSE-04, FUT-02: the leaf is blamed, not who waits for it */
static void pending_without_a_waker_deep_inside(void **state)
{
    if (!CHECKED)
        skip();
    MUTE("waiter at aborts.c:[0-9]* -> mute")
    {
        struct waiter self = { .async.future.ops = &waiter_ops,
                               .mute.ops = &mute_ops };
        up(NULL);
        block_on(&ex, &self.async.future);
    }
}

/* MISUSE-04, FUT-02, TASK-14 */
static void pending_without_a_waker_beside_a_sibling_that_took_it(void **state)
{
    if (!CHECKED)
        skip();
    MUTE("outer at aborts.c:[0-9]* -> both")
    {
        struct outer *self = task_slot(struct outer);
        *self = (struct outer){ .async.future.ops = &outer_ops };
        up(NULL);
        spawn(&self->async.future);
        executor_run(&ex);
    }
}

/* MISUSE-04, FUT-02 */
static void pending_without_a_waker_under_somebody_elses_context(void **state)
{
    if (!CHECKED)
        skip();
    MUTE("own")
    {
        struct waits self;
        up(NULL);
        block_on(&ex, waits(&self, &own_ops));
    }
}

static enum poll either_poll(struct future *f, struct context *cx)
{
    struct waits *self = container_of(f, struct waits, async.future);
    (void)future_poll(&self->mute, cx);
    return future_poll(&self->sibling.future, cx);
}

static const struct future_ops either_ops = { .name = "either",
                                              .poll = either_poll,
                                              .drop = future_drop_nothing };

struct lenient { /* in one poll: either is READY, then we are PENDING */
    struct async async;
    struct waits waits;
    struct yield yield;
};

static enum poll lenient_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct lenient);
    waits(&self->waits, &either_ops);
    self->waits.sibling.open = true;
    AWAIT(&self->waits.async.future);
    AWAIT(yield_now(&self->yield));
    ASYNC_END;
}

static const struct future_ops lenient_ops = ASYNC_OPS(lenient);

/* FUT-02 */
static void but_not_if_the_parent_is_ready_all_the_same(void **state)
{
    struct lenient self = { .async.future.ops = &lenient_ops };
    up(NULL);
    block_on(&ex, &self.async.future);
    expect_trace("sibling!");
    down();
}

/* ---- Async functions ----------------------------------------------------- */

struct fn {
    struct async async;
    struct yield yield;
};

#define SWITCH switch /* in disguise, as tools/check_async.awk refuses it */

static enum poll switcher_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fn);
    SWITCH(cx->executor ? 1 : 0)
    {
    case 1:
        AWAIT(yield_now(&self->yield));
    }
    ASYNC_END;
}

static const struct future_ops switcher_ops = ASYNC_OPS(switcher);

/* MISUSE-05 */
static void an_await_inside_a_switch(void **state)
{
    ABORTS("switcher: cannot resume at line [0-9]*; is that AWAIT inside a "
           "switch?")
    {
        struct fn fn = { .async.future.ops = &switcher_ops };
        up(NULL);
        block_on(&ex, &fn.async.future);
    }
}

/* ---- The executor -------------------------------------------------------- */

/* MISUSE-06, BLK-11 */
static void a_sleep_without_an_executor(void **state)
{
    ABORTS("sleep_ms: this context has no executor; run it by block_on() or "
           "task_spawn() of executor.h")
    {
        struct context cx = nobody();
        struct sleep nap;
        future_poll(sleep_ms(&nap, 10), &cx);
    }
}

static void (*act)(struct executor *e);

struct actor { /* does in its poll what only the outside may do */
    struct future future;
};

static enum poll actor_poll(struct future *f, struct context *cx)
{
    act(cx->executor);
    return POLL_READY;
}

static const struct future_ops actor_ops = { .name = "actor",
                                             .poll = actor_poll,
                                             .drop = future_drop_nothing };

static void act_inside_a_task(void (*what)(struct executor *e))
{
    struct actor *self = task_slot(struct actor);
    *self = (struct actor){ { .ops = &actor_ops } };
    act = what;
    up(NULL);
    spawn(&self->future);
    executor_run(&ex);
}

static void block_on_sleep(struct executor *e)
{
    struct sleep nap;
    block_on(e, sleep_ms(&nap, 1));
}

static void block_on_another(struct executor *e)
{
    struct executor second;
    executor_init(&second, e->loop, NULL);
    block_on_sleep(&second);
}

static void close_executor(struct executor *e)
{
    executor_close(e);
}

#define NESTED                                                              \
    "block_on() or executor_run() inside a running task: the thread would " \
    "wait for itself; AWAIT the future instead"

static void random_below_zero(struct executor *e)
{
    executor_random(e, 0);
}

/* MISUSE-20 */
static void a_random_number_below_zero(void **state)
{
    ABORTS("executor_random(ex, 0): no number is below 0")
    act_inside_a_task(random_below_zero);
}

static void run_the_loop(struct executor *e)
{
    uv_run(e->loop, UV_RUN_NOWAIT);
}

/* MISUSE-19 */
static void uv_run_inside_a_poll_of_a_hosted_executor(void **state)
{
    ABORTS("uv_run() inside a poll: the host's loop runs this poll; return "
           "POLL_PENDING, and wake from a callback")
    {
        struct actor *self = task_slot(struct actor);
        *self = (struct actor){ { .ops = &actor_ops } };
        act = run_the_loop;
        up(NULL);
        executor_attach(&ex);
        spawn(&self->future);
        uv_run(&loop, UV_RUN_DEFAULT);
    }
}

/* MISUSE-19 */
static void attaching_too_late_or_twice(void **state)
{
    ABORTS("executor_attach() after executor_close()")
    {
        up(NULL);
        assert_int_equal(executor_close(&ex), 0);
        executor_attach(&ex);
    }
    ABORTS("executor_attach() a second time")
    {
        up(NULL);
        executor_attach(&ex);
        executor_attach(&ex);
    }
    ABORTS("executor_attach() inside a running task")
    act_inside_a_task(executor_attach);
}

static void detach(struct task *t)
{
    task_detach(t);
}

static void observed(const struct executor_hooks *hooks)
{
    struct executor_options options = { .virtual_clock = true, .hooks = hooks };
    up(&options);
    spawn_worker("w", 1, 1);
    executor_run(&ex);
}

/* HOOK-03 */
static void a_hook_that_does_more_than_look(void **state)
{
    ABORTS("task_abort() inside the hook spawned, finished or dropped: there a "
           "task is neither running nor over; let another task do it")
    {
        struct executor_hooks hooks = { .spawned = task_abort };
        observed(&hooks);
    }
    ABORTS("task_detach() inside the hook spawned, finished or dropped: there "
           "a task is neither running nor over; let another task do it")
    {
        struct executor_hooks hooks = { .finished = detach };
        observed(&hooks);
    }
}

/* MISUSE-07, BLK-07 */
static void block_on_inside_a_task(void **state)
{
    ABORTS(NESTED)
    act_inside_a_task(block_on_sleep);
    ABORTS(NESTED)
    act_inside_a_task(block_on_another);
    ABORTS(NESTED)
    act_inside_a_task(executor_run);
}

/* MISUSE-08, BLK-d */
static void executor_close_inside_a_task(void **state)
{
    ABORTS("executor_close() inside a running task")
    act_inside_a_task(close_executor);
}

/* MISUSE-08 */
static void executor_close_a_second_time(void **state)
{
    ABORTS("executor_close() a second time")
    {
        up(NULL);
        executor_close(&ex);
        executor_close(&ex);
    }
}

/* MISUSE-09 */
static void block_on_a_closed_executor(void **state)
{
    ABORTS("block_on() or executor_run(): this executor is closed")
    {
        up(NULL);
        executor_close(&ex);
        block_on_sleep(&ex);
    }
}

/* MISUSE-09 */
static void block_on_an_executor_that_its_host_runs(void **state)
{
    ABORTS("block_on() or executor_run(): this executor is run by its host's "
           "uv_run()")
    {
        up(NULL);
        executor_attach(&ex);
        executor_run(&ex);
    }
}

/* ---- Async functions and wakers ------------------------------------------ */

#define BREAK break /* in disguise, as tools/check_async.awk refuses it */

struct leaver {
    struct async async;
    struct probe probe;
};

static enum poll leaver_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct leaver);
    AWAIT(probe(&self->probe, "p"));
    if (self->probe.polls > 0)
        BREAK;
    trace("not reached");
    ASYNC_FINALLY
    trace("skipped");
    ASYNC_END;
}

static const struct future_ops leaver_ops = ASYNC_OPS(leaver);

/* MISUSE-17 */
static void a_break_outside_of_a_loop(void **state)
{
    ABORTS("leaver: a `break` outside of a loop skips ASYNC_FINALLY; use "
           "ASYNC_RETURN()")
    {
        struct context cx = nobody();
        struct leaver l = { .async.future.ops = &leaver_ops };
        future_poll(&l.async.future, &cx);
        l.probe.open = true;
        future_poll(&l.async.future, &cx);
    }
}

static void wake_probe(void *p)
{
    probe_open(p);
}

static void spawn_here(void *unused)
{
    spawn(probe(task_slot(struct probe), "p"));
}

static void on_a_thread(uv_thread_cb run, void *arg)
{
    uv_thread_t thread;
    uv_thread_create(&thread, run, arg);
    uv_thread_join(&thread);
}

/* MISUSE-18 */
static void a_waker_called_on_another_thread(void **state)
{
    if (!CHECKED)
        skip();
    ABORTS("a waker was called on another thread than the executor's; post a "
           "message, see inbox.h")
    {
        struct probe *p = task_slot(struct probe);
        up(NULL);
        spawn(probe(p, "p"));
        let_run(1);
        on_a_thread(wake_probe, p);
    }
}

/* MISUSE-18 */
static void a_task_spawned_on_another_thread(void **state)
{
    if (!CHECKED)
        skip();
    ABORTS("task_spawn() or block_on() on another thread than the executor's; "
           "*, see inbox.h")
    {
        up(NULL);
        let_run(1);
        on_a_thread(spawn_here, NULL);
    }
}

/* ---- Tasks --------------------------------------------------------------- */

/* MISUSE-10 */
static void two_joins_on_one_task(void **state)
{
    ABORTS("worker: two joins wait for one task; let one of them tell the "
           "other")
    {
        struct context cx = nobody();
        struct join first, second;
        struct task *t;
        up(NULL);
        t = spawn_worker("w", 1, 0);
        future_poll(task_join(&first, t), &cx);
        future_poll(task_join(&second, t), &cx);
    }
}

/* MISUSE-11 */
static void the_output_of_a_cancelled_task(void **state)
{
    ABORTS("worker: no output, the task was cancelled; look at join.status "
           "first")
    {
        struct task *t;
        up(NULL);
        t = spawn_worker("w", 1, 0);
        task_abort(t);
        task_output(t, struct worker)->result++;
    }
}

/* MISUSE-11 */
static void the_output_of_a_task_that_is_not_done(void **state)
{
    ABORTS("worker: no output, the task has not finished; AWAIT task_join() "
           "first")
    {
        up(NULL);
        task_output(spawn_worker("w", 1, 0), struct worker)->result++;
    }
}

/* MISUSE-12 */
static void detaching_while_a_join_waits(void **state)
{
    ABORTS("worker: task_detach() while a join waits for it")
    {
        struct context cx = nobody();
        struct join join;
        struct task *t;
        up(NULL);
        t = spawn_worker("w", 1, 0);
        future_poll(task_join(&join, t), &cx);
        task_detach(t);
    }
}

/* MISUSE-13 */
static void spawning_what_was_not_made_in_a_slot(void **state)
{
    ABORTS("worker: task_spawn() needs a future made in task_slot(), with its "
           "struct future first, and takes it once")
    {
        static struct worker outside; /* nothing in front of it may be read */
        up(NULL);
        task_spawn(&ex, worker(&outside, "w", 1, 0));
    }
    ABORTS("sleep_ms: task_spawn() needs a future made in task_slot(), with "
           "its struct future first, and takes it once")
    {
        struct sleep *nap = task_slot(struct sleep);
        up(NULL);
        task_detach(task_spawn(&ex, sleep_ms(nap, 5)));
        task_spawn(&ex, &nap->future);
    }
}

/* ---- Deadlock ------------------------------------------------------------ */

struct lonely { /* waits for a probe that nobody opens */
    struct async async;
    struct probe probe;
};

static enum poll lonely_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct lonely);
    AWAIT(probe(&self->probe, "p"));
    ASYNC_END;
}

static const struct future_ops lonely_ops = ASYNC_OPS(lonely);

static struct future *lonely(struct lonely *self)
{
    *self = (struct lonely){ .async.future.ops = &lonely_ops };
    return &self->async.future;
}

#define DEADLOCK(tasks)                                                        \
    IN_CHILD(tasks                                                             \
             "async-in-c: deadlock: nothing is left that could wake "          \
             "the tasks above; which code should have called their wakers?\n", \
             SIGABRT, 0)

static void on_deadlock(struct executor *stuck)
{
    fprintf(stderr, "the hook: task %u\n",
            container_of(stuck->tasks.next, struct task, all)->id);
}

/* MISUSE-14, TASK-14, HOOK-05 */
static void a_deadlock_names_every_task_and_where_it_waits(void **state)
{
    DEADLOCK("the hook: task 1\n"
             "task 1: lonely at aborts.c:[0-9]* -> probe\n"
             "task 2: probe\n"
             "task 3: lonely at aborts.c:[0-9]* -> probe\n")
    {
        struct executor_hooks hooks = { .deadlock = on_deadlock };
        struct lonely main;
        up(&(struct executor_options){ .hooks = &hooks });
        spawn(lonely(task_slot(struct lonely)));
        spawn(probe(task_slot(struct probe), "p"));
        block_on(&ex, lonely(&main));
    }
}

/* MISUSE-14, TIME-05 */
static void a_long_sleep_that_was_dropped_does_not_delay_the_report(
    void **state)
{
    DEADLOCK("task 1: probe\n")
    {
        struct task *hour;
        up(NULL);
        spawn(probe(task_slot(struct probe), "p"));
        hour = spawn_worker("hour", 1, 3600000);
        let_run(1);
        task_abort(hour);
        task_detach(hour);
        executor_run(&ex);
    }
}

/* ---- The environment, and memory ----------------------------------------- */

/* MISUSE-15, OPT-02 */
static void words_in_the_environment_that_nobody_knows(void **state)
{
    const char *seeds[] = { "", "x", "-1", "1x", " 1", "99999999999999999999" };
    for (unsigned i = 0; i < sizeof seeds / sizeof *seeds; i++)
        IN_CHILD("EXECUTOR_SEED is not a number\n", 0, 2)
        {
            setenv("EXECUTOR_SEED", seeds[i], 1);
            up(NULL);
        }
    IN_CHILD("EXECUTOR_CLOCK is neither virtual nor real\n", 0, 2)
    {
        setenv("EXECUTOR_CLOCK", "Virtual", 1);
        up(NULL);
    }
}

#ifdef __has_feature /* clang */
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* MISUSE-16 */
static void no_memory_for_a_task(void **state)
{
    if (SANITIZED)
        skip(); /* their malloc() does not return NULL */
    IN_CHILD("no memory for a task of [0-9]* bytes\n", 0, 1)
    {
        struct huge {
            char bytes[SIZE_MAX / 32]; /* the most that clang takes */
        };
        (void)task_slot(struct huge);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_future_polled_after_ready),
        cmocka_unit_test(a_future_polled_after_its_drop),
        cmocka_unit_test(a_join_polled_after_it_gave_its_answer),
        cmocka_unit_test(a_future_moved_after_its_first_poll),
        cmocka_unit_test(a_moved_future_that_is_dropped),
        cmocka_unit_test(a_future_dropped_or_polled_inside_its_own_poll),
        cmocka_unit_test(a_parent_dropped_inside_the_poll_of_its_child),
        cmocka_unit_test(a_future_never_constructed),
        cmocka_unit_test(pending_without_taking_the_waker),
        cmocka_unit_test(pending_without_a_waker_deep_inside),
        cmocka_unit_test(pending_without_a_waker_beside_a_sibling_that_took_it),
        cmocka_unit_test(pending_without_a_waker_under_somebody_elses_context),
        cmocka_unit_test(but_not_if_the_parent_is_ready_all_the_same),
        cmocka_unit_test(an_await_inside_a_switch),
        cmocka_unit_test(a_sleep_without_an_executor),
        cmocka_unit_test(a_random_number_below_zero),
        cmocka_unit_test(uv_run_inside_a_poll_of_a_hosted_executor),
        cmocka_unit_test(attaching_too_late_or_twice),
        cmocka_unit_test(a_hook_that_does_more_than_look),
        cmocka_unit_test(block_on_inside_a_task),
        cmocka_unit_test(executor_close_inside_a_task),
        cmocka_unit_test(executor_close_a_second_time),
        cmocka_unit_test(block_on_a_closed_executor),
        cmocka_unit_test(a_break_outside_of_a_loop),
        cmocka_unit_test(a_waker_called_on_another_thread),
        cmocka_unit_test(a_task_spawned_on_another_thread),
        cmocka_unit_test(block_on_an_executor_that_its_host_runs),
        cmocka_unit_test(two_joins_on_one_task),
        cmocka_unit_test(the_output_of_a_cancelled_task),
        cmocka_unit_test(the_output_of_a_task_that_is_not_done),
        cmocka_unit_test(detaching_while_a_join_waits),
        cmocka_unit_test(spawning_what_was_not_made_in_a_slot),
        cmocka_unit_test(a_deadlock_names_every_task_and_where_it_waits),
        cmocka_unit_test(
            a_long_sleep_that_was_dropped_does_not_delay_the_report),
        cmocka_unit_test(words_in_the_environment_that_nobody_knows),
        cmocka_unit_test(no_memory_for_a_task),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
