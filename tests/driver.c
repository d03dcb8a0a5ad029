/* The executor and libuv: other people's handles, requests, and hosts. */
#include "support.h"
#include <time.h>
#include <unistd.h>

/* ---- A leaf that owns a libuv handle ------------------------------------- */

struct ticker { /* the handle, on the heap: it outlives the leaf */
    uv_timer_t timer;
    struct tick *owner; /* NULL once the leaf was dropped */
};

struct tick { /* READY when libuv's timer has fired */
    struct future future;
    struct ticker *ticker;
    struct waker waker;
    struct task *kill; /* aborted right in the timer's callback, or NULL */
    uint64_t ms;
    bool fired;
};

static void tick_closed(uv_handle_t *handle)
{
    trace("closed");
    free(container_of((uv_timer_t *)(void *)handle, struct ticker, timer));
}

static void tick_cb(uv_timer_t *timer)
{
    struct ticker *t = container_of(timer, struct ticker, timer);
    trace("fired");
    t->owner->fired = true;
    waker_wake(t->owner->waker);
    if (t->owner->kill)
        task_abort(t->owner->kill);
}

static void tick_close(struct tick *self)
{
    if (!self->ticker)
        return;
    self->ticker->owner = NULL;
    uv_close((uv_handle_t *)&self->ticker->timer, tick_closed);
    self->ticker = NULL;
}

static enum poll tick_poll(struct future *f, struct context *cx)
{
    struct tick *self = container_of(f, struct tick, future);
    self->waker = context_waker(cx);
    if (self->fired) {
        tick_close(self);
        return POLL_READY;
    }
    if (!self->ticker) {
        self->ticker = malloc(sizeof *self->ticker);
        assert_non_null(self->ticker);
        self->ticker->owner = self;
        uv_timer_init(cx->executor->loop, &self->ticker->timer);
        uv_timer_start(&self->ticker->timer, tick_cb, self->ms, 0);
    }
    return POLL_PENDING;
}

static void tick_drop(struct future *f)
{
    trace("~tick");
    tick_close(container_of(f, struct tick, future));
}

static const struct future_ops tick_ops = { .name = "tick",
                                            .poll = tick_poll,
                                            .drop = tick_drop };

static struct future *tick(struct tick *self, uint64_t ms)
{
    *self = (struct tick){ .future.ops = &tick_ops, .ms = ms };
    return &self->future;
}

/* DRV-01 */
static void a_callback_may_drop_the_leaf_whose_handle_is_dispatched(
    void **state)
{
    struct tick *self = task_slot(struct tick);
    struct task *t;
    up(NULL);
    t = task_spawn(&ex, tick(self, 1));
    self->kill = t;
    assert_int_equal(join_status(t), UV_ECANCELED);
    task_detach(t);
    down();
    expect_trace("fired ~tick closed");
}

/* DRV-05 */
static void what_a_drop_closes_is_closed_before_its_memory_goes(void **state)
{
    struct tick main;
    up(NULL);
    block_on(&ex, tick(&main, 1));
    spawn(tick(task_slot(struct tick), 3600000));
    let_run(1);
    down();
    expect_trace("fired ~tick closed closed");
}

static void close_next(uv_handle_t *handle)
{
    trace("closed");
    if (handle->data)
        uv_close(handle->data, close_next);
}

/* DRV-05 */
static void close_turns_the_loop_for_close_callbacks_that_close(void **state)
{
    uv_timer_t first, second;
    up(NULL);
    uv_timer_init(&loop, &first);
    uv_timer_init(&loop, &second);
    first.data = &second;
    second.data = NULL;
    uv_close((uv_handle_t *)&first, close_next);
    down();
    expect_trace("closed closed");
}

/* ---- What keeps the loop alive ------------------------------------------- */

/* DRV-a */
static void an_executor_at_rest_does_not_keep_the_loop_alive(void **state)
{
    struct inbox *box;
    up(NULL);
    assert_false(uv_loop_alive(&loop));
    task_detach(spawn_worker("a", 2, 1));
    executor_run(&ex);
    assert_false(uv_loop_alive(&loop));
    box = inbox_open(&ex);
    assert_true(uv_loop_alive(&loop)); /* a thread may come */
    inbox_close(box);
    executor_run(&ex);
    assert_false(uv_loop_alive(&loop));
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    down();
}

static bool flag;

static void on_async(uv_async_t *async)
{
    flag = true;
}

struct zeros { /* sleeps for nothing until libuv has delivered an event */
    struct async async;
    struct sleep nap;
    int rounds;
};

static enum poll zeros_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct zeros);
    for (; !flag; self->rounds++)
        AWAIT(sleep_ms(&self->nap, 0));
    ASYNC_END;
}

static const struct future_ops zeros_ops = ASYNC_OPS(zeros);

static void sleep_for_nothing(const struct executor_options *options)
{
    struct zeros self = { .async.future.ops = &zeros_ops };
    uv_async_t async;
    up(options);
    flag = false;
    uv_async_init(&loop, &async, on_async);
    uv_async_send(&async);
    block_on(&ex, &self.async.future);
    assert_in_range(self.rounds, 0, 10);
    uv_close((uv_handle_t *)&async, NULL);
    down();
}

/* DRV-04, TIME-02 */
static void sleeps_of_zero_do_not_shut_out_io(void **state)
{
    sleep_for_nothing(NULL);
    sleep_for_nothing(&virtual_clock);
}

/* SHUT-f */
static void close_says_busy_while_somebody_elses_handle_is_open(void **state)
{
    uv_timer_t timer;
    up(NULL);
    uv_timer_init(&loop, &timer); /* not even active */
    assert_int_equal(executor_close(&ex), UV_EBUSY);
    assert_int_equal(uv_loop_close(&loop), UV_EBUSY);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

/* ---- Work on libuv's threads --------------------------------------------- */

struct job { /* waits on its thread until the loop's thread lets it go */
    uv_work_t work;
    uv_sem_t go;
    struct probe *probe; /* opened when done; NULL: nobody is interested */
};

static void job_work(uv_work_t *work)
{
    uv_sem_wait(&container_of(work, struct job, work)->go);
}

static void job_done(uv_work_t *work, int status)
{
    struct job *job = container_of(work, struct job, work);
    trace("done");
    if (job->probe)
        probe_open(job->probe);
    uv_sem_destroy(&job->go);
}

static void job_start(struct job *job, struct probe *p)
{
    job->probe = p;
    assert_int_equal(uv_sem_init(&job->go, 0), 0);
    assert_int_equal(uv_queue_work(&loop, &job->work, job_work, job_done), 0);
}

struct boss { /* lets the job go after a while */
    struct async async;
    struct job *job;
    struct sleep nap;
};

static enum poll boss_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct boss);
    AWAIT(sleep_ms(&self->nap, 10));
    trace("go");
    uv_sem_post(&self->job->go);
    ASYNC_END;
}

static const struct future_ops boss_ops = ASYNC_OPS(boss);

static struct future *boss(struct boss *self, struct job *job)
{
    *self = (struct boss){ .async.future.ops = &boss_ops, .job = job };
    return &self->async.future;
}

/* TIME-b, TIME-f */
static void the_virtual_clock_does_not_jump_while_work_is_out(void **state)
{
    struct job job;
    struct probe p;
    up(&virtual_clock);
    job_start(&job, &p);
    task_detach(spawn_worker("hour", 1, 3600000));
    spawn(boss(task_slot(struct boss), &job));
    block_on(&ex, probe(&p, "p"));
    assert_int_equal(executor_now(&ex), 10);
    expect_trace("hour1 p? go done p!");
    executor_run(&ex);
    assert_int_equal(executor_now(&ex), 3600000);
    down();
}

static void let_go(void *job)
{
    struct timespec moment = { .tv_nsec = 5000000 };
    nanosleep(&moment, NULL);
    uv_sem_post(&((struct job *)job)->go);
}

/* SHUT-g */
static void close_waits_for_work_in_flight(void **state)
{
    struct job job;
    uv_thread_t thread;
    up(NULL);
    job_start(&job, NULL);
    assert_int_equal(uv_thread_create(&thread, let_go, &job), 0);
    task_detach(spawn_worker("a", 2, 1000));
    let_run(1);
    down();
    expect_trace("a1 ~a done");
    uv_thread_join(&thread);
}

/* SHUT-g: a request of a handle that is not ours may never end. */
static void close_does_not_wait_for_a_write_that_nobody_reads(void **state)
{
    static char much[1 << 20];
    int ends[2];
    uv_pipe_t pipe_in;
    uv_write_t write;
    uv_buf_t buf = uv_buf_init(much, sizeof much);
    up(NULL);
    assert_int_equal(uv_pipe(ends, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE), 0);
    uv_pipe_init(&loop, &pipe_in, 0);
    uv_pipe_open(&pipe_in, ends[1]);
    assert_int_equal(uv_write(&write, (uv_stream_t *)&pipe_in, &buf, 1, NULL),
                     0);
    assert_int_equal(executor_close(&ex), UV_EBUSY);
    uv_close((uv_handle_t *)&pipe_in, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    close(ends[0]);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_callback_may_drop_the_leaf_whose_handle_is_dispatched),
        cmocka_unit_test(what_a_drop_closes_is_closed_before_its_memory_goes),
        cmocka_unit_test(close_turns_the_loop_for_close_callbacks_that_close),
        cmocka_unit_test(an_executor_at_rest_does_not_keep_the_loop_alive),
        cmocka_unit_test(sleeps_of_zero_do_not_shut_out_io),
        cmocka_unit_test(close_says_busy_while_somebody_elses_handle_is_open),
        cmocka_unit_test(the_virtual_clock_does_not_jump_while_work_is_out),
        cmocka_unit_test(close_waits_for_work_in_flight),
        cmocka_unit_test(close_does_not_wait_for_a_write_that_nobody_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
