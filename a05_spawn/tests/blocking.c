/* blocking.h: work on libuv's thread pool, of one thread here, so that a second
 * job is surely queued while the first one runs. */
#include "tests/every_drop.h"

/* Only blocking.h gets its memory here. */
static bool out_of_memory;
#define malloc(size) (out_of_memory ? NULL : malloc(size))
#include "a05_spawn/blocking.h"
#undef malloc

/* ---- A job that says when it runs, and ends when it may ------------------ */

struct job { /* travels to the thread and back */
    int n;   /* the work adds 100 */
    uv_thread_t thread;
};

static uv_sem_t begun, may_end; /* for work that waits: once each per job */
static int runs, discards, discarded; /* discarded: the n of the last one */

static void job_work(void *data)
{
    struct job *job = data;
    job->n += 100;
    job->thread = uv_thread_self();
    runs++; /* one thread: no lock */
}

static void job_work_gated(void *data)
{
    uv_sem_post(&begun);
    uv_sem_wait(&may_end);
    job_work(data);
}

static void job_discard(void *data)
{
    struct job *job = data;
    discards++;
    discarded = job->n;
}

static struct bell bell;

static void start(const struct executor_options *options)
{
    up(options);
    assert_int_equal(uv_sem_init(&begun, 0), 0);
    assert_int_equal(uv_sem_init(&may_end, 0), 0);
    bell.rings = runs = discards = discarded = 0;
}

static void end(void)
{
    down();
    uv_sem_destroy(&begun);
    uv_sem_destroy(&may_end);
}

static enum poll step(struct blocking *b, struct bell *who)
{
    struct context cx = context_make(bell_waker(who), &ex);
    enum poll result = future_poll(&b->future, &cx);
    assert_null(cx.mute);
    return result;
}

static struct future *gated(struct blocking *b, struct job *job, int n)
{
    *job = (struct job){ .n = n };
    return blocking_run_or_discard(b, job_work_gated, job, sizeof *job,
                                   job_discard);
}

static struct future *quick(struct blocking *b, struct job *job, int n)
{
    *job = (struct job){ .n = n };
    return blocking_run_or_discard(b, job_work, job, sizeof *job, job_discard);
}

/* A job that runs, and cannot end before we post may_end. */
static void start_running(struct blocking *b, struct job *job, int n)
{
    gated(b, job, n);
    assert_int_equal(step(b, &bell), POLL_PENDING);
    uv_sem_wait(&begun);
}

/* Until libuv has given back every job. */
static void run_loop(void)
{
    while (loop.active_reqs.count > 0)
        uv_run(&loop, UV_RUN_ONCE);
}

/* ---- There and back ------------------------------------------------------ */

/* BLOCK-01, FUT-01 */
static void work_runs_on_another_thread_and_the_result_comes_back(void **state)
{
    uv_thread_t here = uv_thread_self();
    struct blocking b;
    struct job job;
    start(NULL);
    quick(&b, &job, 7);
    run_loop();
    assert_int_equal(runs, 0); /* lazy: not yet polled */
    block_on(&ex, &b.future);
    assert_int_equal(b.status, 0);
    assert_int_equal(job.n, 107);
    assert_false(uv_thread_equal(&job.thread, &here));
    assert_int_equal(discards, 0);
    end();
}

/* BLOCK-c */
static void data_is_in_one_place_at_a_time(void **state)
{
    struct blocking b;
    struct job job, zero;
    start(NULL);
    memset(&zero, 0, sizeof zero);
    start_running(&b, &job, 7);
    assert_memory_equal(&job, &zero, sizeof job);
    uv_sem_post(&may_end);
    run_loop();
    assert_memory_equal(&job, &zero, sizeof job); /* back in the poll only */
    assert_int_equal(step(&b, &bell), POLL_READY);
    assert_int_equal(job.n, 107);
    end();
}

/* Work without data: it gets a pointer, to nothing. */
static void count_run(void *data)
{
    runs++;
}

/* BLOCK-01 */
static void there_may_be_no_data(void **state)
{
    struct blocking b;
    start(NULL);
    block_on(&ex, blocking_run(&b, count_run, NULL, 0));
    assert_int_equal(runs, 1);
    end();
}

/* FUT-06, WAIT-03 */
static void polls_start_it_once_and_the_latest_waker_counts(void **state)
{
    struct bell later = { 0 };
    struct blocking b;
    struct job job;
    start(NULL);
    start_running(&b, &job, 7);
    assert_int_equal(step(&b, &bell), POLL_PENDING);
    assert_int_equal(step(&b, &later), POLL_PENDING);
    uv_sem_post(&may_end);
    run_loop();
    assert_int_equal(bell.rings, 0);
    assert_int_equal(later.rings, 1);
    assert_int_equal(step(&b, &later), POLL_READY);
    assert_int_equal(runs, 1);
    end();
}

/* BLOCK-d */
static void without_memory_the_data_stays(void **state)
{
    struct blocking b;
    struct job job;
    start(NULL);
    out_of_memory = true;
    block_on(&ex, quick(&b, &job, 7));
    out_of_memory = false;
    assert_int_equal(b.status, UV_ENOMEM);
    assert_int_equal(job.n, 7);
    assert_int_equal(runs + discards, 0);
    end();
}

/* ---- Others meanwhile ---------------------------------------------------- */

struct caller { /* an async function around one job */
    struct async async;
    struct blocking work;
    struct job job;
    void (*run)(void *data);
};

static enum poll caller_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct caller);
    AWAIT(blocking_run_or_discard(&self->work, self->run, &self->job,
                                  sizeof self->job, job_discard));
    assert_int_equal(self->work.status, 0);
    trace("got %d", self->job.n);
    ASYNC_END;
}

static const struct future_ops caller_ops = ASYNC_OPS(caller);

static struct future *caller(struct caller *self, void (*run)(void *), int n)
{
    *self = (struct caller){ .async.future.ops = &caller_ops,
                             .run = run,
                             .job.n = n };
    return &self->async.future;
}

struct opener { /* lets a gated job end, after a few yields */
    struct async async;
    struct yield yield;
    int i;
};

static enum poll opener_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct opener);
    for (self->i = 1; self->i <= 3; self->i++) {
        trace("o%d", self->i);
        AWAIT(yield_now(&self->yield));
    }
    uv_sem_wait(&begun);
    uv_sem_post(&may_end);
    ASYNC_END;
}

static const struct future_ops opener_ops = ASYNC_OPS(opener);

static struct future *opener(struct opener *self)
{
    *self = (struct opener){ .async.future.ops = &opener_ops };
    return &self->async.future;
}

/* BLOCK-02 */
static void tasks_run_while_it_blocks(void **state)
{
    start(NULL);
    spawn(caller(task_slot(struct caller), job_work_gated, 7));
    spawn(opener(task_slot(struct opener)));
    executor_run(&ex); /* hangs if the work holds up the other task */
    expect_trace("o1 o2 o3 got 107");
    end();
}

static void open_before_libuv_sleeps(uv_prepare_t *prepare)
{
    uv_sem_wait(&begun);
    uv_sem_post(&may_end);
    uv_close((uv_handle_t *)prepare, NULL);
}

/* BLOCK-03 */
static void its_end_wakes_a_sleeping_executor(void **state)
{
    uv_prepare_t prepare;
    struct task *t;
    start(NULL);
    task_detach(spawn_worker("hour", 1, 3600000)); /* so it would sleep */
    t = task_spawn(&ex, caller(task_slot(struct caller), job_work_gated, 7));
    uv_prepare_init(&loop, &prepare);
    uv_prepare_start(&prepare, open_before_libuv_sleeps);
    let_run(1); /* polled once; nobody has asked for its end */
    assert_int_equal(join_status(t), 0);
    expect_trace("hour1 got 107");
    task_detach(t);
    end();
    expect_trace("~hour");
}

/* BLOCK-04 */
static void more_jobs_than_threads_all_run(void **state)
{
    start(NULL);
    for (int i = 0; i < 100; i++)
        spawn(caller(task_slot(struct caller), job_work, i));
    executor_run(&ex);
    assert_int_equal(runs, 100);
    trace_text[0] = '\0';
    end();
}

/* ---- Dropped ------------------------------------------------------------- */

/* BLOCK-05, WAIT-01 */
static void a_job_dropped_while_it_is_queued_never_runs(void **state)
{
    struct blocking first, second;
    struct job one, two;
    start(NULL);
    start_running(&first, &one, 1);
    quick(&second, &two, 2);
    assert_int_equal(step(&second, &bell), POLL_PENDING);
    future_drop(&second.future);
    future_drop(&second.future);
    uv_sem_post(&may_end);
    run_loop();
    assert_int_equal(step(&first, &bell), POLL_READY);
    assert_int_equal(runs, 1);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(discards, 1);
    assert_int_equal(discarded, 2);
    end();
}

/* BLOCK-05, BLOCK-07, WAIT-01 */
static void a_job_dropped_while_it_runs_ends_into_the_void(void **state)
{
    struct blocking *b = calloc(1, sizeof *b);
    struct job *job = calloc(1, sizeof *job);
    start(NULL);
    start_running(b, job, 7);
    future_drop(&b->future);
    free(b); /* drop does not wait, so all that was ours may go */
    free(job);
    assert_int_equal(runs, 0);
    uv_sem_post(&may_end);
    run_loop();
    assert_int_equal(runs, 1);
    assert_int_equal(bell.rings, 0);
    assert_int_equal(discards, 1);
    assert_int_equal(discarded, 107);
    end();
}

/* BLOCK-07, WAIT-02 */
static void a_result_that_nobody_fetches_is_discarded(void **state)
{
    struct blocking b;
    struct job job;
    start(NULL);
    quick(&b, &job, 7);
    assert_int_equal(step(&b, &bell), POLL_PENDING);
    run_loop();
    assert_int_equal(bell.rings, 1); /* woken, but never polled again */
    assert_int_equal(discards, 0);
    future_drop(&b.future);
    future_drop(&b.future);
    assert_int_equal(discards, 1);
    assert_int_equal(discarded, 107);
    assert_int_equal(job.n, 0);
    end();
}

/* BLOCK-07 */
static void dropped_before_its_first_poll_it_keeps_the_data(void **state)
{
    struct blocking b;
    struct job job;
    start(NULL);
    future_drop(quick(&b, &job, 7));
    run_loop();
    assert_int_equal(job.n, 7);
    assert_int_equal(runs + discards, 0);
    end();
}

/* BLOCK-05, TASK-05 */
static void aborting_the_task_does_not_wait_for_the_work(void **state)
{
    struct task *t;
    start(NULL);
    t = task_spawn(&ex, caller(task_slot(struct caller), job_work_gated, 7));
    let_run(1);
    uv_sem_wait(&begun);
    task_abort(t);
    assert_int_equal(join_status(t), UV_ECANCELED);
    task_detach(t); /* frame and job.data are freed, the work still runs */
    assert_int_equal(runs, 0);
    uv_sem_post(&may_end);
    run_loop();
    assert_int_equal(discarded, 107);
    expect_trace("");
    end();
}

struct chain { /* two jobs, one after the other */
    struct async async;
    struct blocking work;
    struct job job;
};

static enum poll chain_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct chain);
    AWAIT(quick(&self->work, &self->job, 1));
    AWAIT(quick(&self->work, &self->job, 2));
    ASYNC_END;
}

static const struct future_ops chain_ops = ASYNC_OPS(chain);

static struct future *make_chain(void *memory)
{
    struct chain *self = memory;
    *self = (struct chain){ .async.future.ops = &chain_ops };
    return &self->async.future;
}

/* FUT-04, BLOCK-07 */
static void it_survives_every_drop(void **state)
{
    assert_int_equal(every_drop(sizeof(struct chain), make_chain), 3);
}

/* BLOCK-07, FUT-04: at every point; AddressSanitizer sees what is touched */
static void it_may_be_dropped_at_any_moment(void **state)
{
    for (int polls = 0; polls <= 3; polls++)
        for (int wait = 0; wait <= 1; wait++) {
            struct chain *c = calloc(1, sizeof *c);
            struct context cx = context_make(bell_waker(&bell), &ex);
            start(NULL);
            c->async.future.ops = &chain_ops;
            for (int i = 0; i < polls; i++) {
                (void)future_poll(&c->async.future, &cx);
                if (wait || i + 1 < polls)
                    run_loop();
            }
            future_drop(&c->async.future);
            free(c);
            run_loop();
            assert_int_equal(discards, polls == 1 || polls == 2);
            end();
        }
}

/* ---- The clock ----------------------------------------------------------- */

static void nap_work(void *data)
{
    uv_sem_post(&begun);
    uv_sleep(10);
    job_work(data);
}

/* BLOCK-e */
static void the_virtual_clock_does_not_jump_while_work_is_out(void **state)
{
    start(&virtual_clock);
    task_detach(spawn_worker("hour", 1, 3600000));
    spawn(caller(task_slot(struct caller), nap_work, 7));
    executor_run(&ex);
    expect_trace("hour1 got 107 hour.");
    assert_int_equal(executor_now(&ex), 3600000);
    end();
}

/* BLOCK-e */
static void nor_while_dropped_work_still_runs(void **state)
{
    struct worker hour;
    struct task *t;
    start(&virtual_clock);
    t = task_spawn(&ex, caller(task_slot(struct caller), nap_work, 7));
    let_run(1);
    uv_sem_wait(&begun);
    task_abort(t);
    task_detach(t);
    block_on(&ex, worker(&hour, "hour", 1, 3600000));
    assert_int_equal(discarded, 107);
    end();
}

/* ---- Closing ------------------------------------------------------------- */

struct at_close { /* waits for ever; its drop does something */
    struct future future;
    void (*then)(void);
};

static enum poll at_close_poll(struct future *f, struct context *cx)
{
    (void)context_waker(cx);
    return POLL_PENDING;
}

static void at_close_drop(struct future *f)
{
    container_of(f, struct at_close, future)->then();
}

static const struct future_ops at_close_ops = { .name = "at_close",
                                                .poll = at_close_poll,
                                                .drop = at_close_drop };

static void spawn_at_close(void (*then)(void))
{
    struct at_close *self = task_slot(struct at_close);
    *self = (struct at_close){ .future.ops = &at_close_ops, .then = then };
    spawn(&self->future);
}

static void let_it_end(void)
{
    uv_sem_post(&may_end);
}

/* BLOCK-06 */
static void close_waits_for_what_runs_and_cancels_what_is_queued(void **state)
{
    start(NULL);
    spawn_at_close(let_it_end); /* the oldest, so it is dropped last */
    spawn(caller(task_slot(struct caller), job_work_gated, 1));
    spawn(caller(task_slot(struct caller), job_work, 2));
    let_run(1);
    uv_sem_wait(&begun);
    end();
    assert_int_equal(runs, 1);
    assert_int_equal(discards, 2);
    expect_trace("");
}

/* BLOCK-06, WAIT-04 */
static void what_was_started_before_the_close_can_be_fetched_after(void **state)
{
    struct blocking b;
    struct job job;
    start(NULL);
    start_running(&b, &job, 7); /* in no task, so the close does not drop it */
    uv_sem_post(&may_end);
    assert_int_equal(executor_close(&ex), 0);
    assert_int_equal(bell.rings, 1);
    assert_int_equal(step(&b, &bell), POLL_READY);
    assert_int_equal(b.status, 0);
    assert_int_equal(job.n, 107);
    assert_int_equal(uv_loop_close(&loop), 0);
}

/* BLOCK-06 */
static void after_the_close_it_is_cancelled_at_once(void **state)
{
    struct blocking b;
    struct job job;
    start(NULL);
    end();
    quick(&b, &job, 7);
    assert_int_equal(step(&b, &bell), POLL_READY);
    assert_int_equal(b.status, UV_ECANCELED);
    assert_int_equal(job.n, 7);
    assert_int_equal(runs, 0);
}

static struct blocking late;
static struct job late_job;

static void submit_late(void)
{
    assert_int_equal(step(&late, &bell), POLL_READY);
}

/* BLOCK-06 */
static void also_during_the_close(void **state)
{
    start(NULL);
    quick(&late, &late_job, 7);
    spawn_at_close(submit_late);
    let_run(1);
    end();
    assert_int_equal(late.status, UV_ECANCELED);
    assert_int_equal(runs, 0);
}

/* ---- From the work to the executor --------------------------------------- */

static struct inbox *box;

static void spawning_work(void *data)
{
    assert_int_equal(inbox_spawn(box,
                                 caller(task_slot(struct caller), job_work, 7)),
                     0);
}

/* BLOCK-a */
static void work_can_spawn_tasks_that_run_more_work(void **state)
{
    struct blocking b;
    start(NULL);
    box = inbox_open(&ex);
    block_on(&ex, blocking_run(&b, spawning_work, NULL, 0));
    inbox_close(box);
    executor_run(&ex);
    expect_trace("got 107");
    end();
}

/* ---- In any order -------------------------------------------------------- */

static uint64_t seeds = 20;

/* SEED-02, BLOCK-04, BLOCK-05 */
static void any_order_of_tasks_gives_the_same_results(void **state)
{
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct executor_options options = { .virtual_clock = true,
                                            .seed = seed };
        struct task *t[8];
        int finished = 0;
        start(&options);
        for (int i = 0; i < 8; i++)
            t[i] =
                task_spawn(&ex, caller(task_slot(struct caller), job_work, i));
        let_run(1 + (int)(seed % 3));
        for (int i = 0; i < 8; i += 2)
            task_abort(t[i]);
        executor_run(&ex);
        for (int i = 0; i < 8; i++) {
            if (!task_is_cancelled(t[i])) {
                assert_int_equal(task_output(t[i], struct caller)->job.n,
                                 100 + i);
                finished++;
            }
            task_detach(t[i]);
        }
        assert_true(finished >= 4);
        end();
        assert_true(runs >= finished && discards <= 8 - finished);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_runs_on_another_thread_and_the_result_comes_back),
        cmocka_unit_test(data_is_in_one_place_at_a_time),
        cmocka_unit_test(there_may_be_no_data),
        cmocka_unit_test(polls_start_it_once_and_the_latest_waker_counts),
        cmocka_unit_test(without_memory_the_data_stays),
        cmocka_unit_test(tasks_run_while_it_blocks),
        cmocka_unit_test(its_end_wakes_a_sleeping_executor),
        cmocka_unit_test(more_jobs_than_threads_all_run),
        cmocka_unit_test(a_job_dropped_while_it_is_queued_never_runs),
        cmocka_unit_test(a_job_dropped_while_it_runs_ends_into_the_void),
        cmocka_unit_test(a_result_that_nobody_fetches_is_discarded),
        cmocka_unit_test(dropped_before_its_first_poll_it_keeps_the_data),
        cmocka_unit_test(aborting_the_task_does_not_wait_for_the_work),
        cmocka_unit_test(it_may_be_dropped_at_any_moment),
        cmocka_unit_test(it_survives_every_drop),
        cmocka_unit_test(the_virtual_clock_does_not_jump_while_work_is_out),
        cmocka_unit_test(nor_while_dropped_work_still_runs),
        cmocka_unit_test(close_waits_for_what_runs_and_cancels_what_is_queued),
        cmocka_unit_test(
            what_was_started_before_the_close_can_be_fetched_after),
        cmocka_unit_test(after_the_close_it_is_cancelled_at_once),
        cmocka_unit_test(also_during_the_close),
        cmocka_unit_test(work_can_spawn_tasks_that_run_more_work),
        cmocka_unit_test(any_order_of_tasks_gives_the_same_results),
    };
    setenv("UV_THREADPOOL_SIZE", "1", 1);
    if (argc > 1)
        seeds = strtoull(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
