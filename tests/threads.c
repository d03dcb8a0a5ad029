/* Threads and the inbox, their one door.  Run it under ThreadSanitizer too. */
#include "support.h"

enum { THREADS = 4, MESSAGES = 5000 };

static void start(uv_thread_t *thread, uv_thread_cb run, void *arg)
{
    assert_int_equal(uv_thread_create(thread, run, arg), 0);
}

static void finish(uv_thread_t *thread)
{
    assert_int_equal(uv_thread_join(thread), 0);
}

/* ---- Notes: the simplest message ----------------------------------------- */

struct note {
    struct message message;
    int thread, number;
};

static int next_number[THREADS], notes;

static void note_run(struct message *m, struct executor *e)
{
    struct note *note = container_of(m, struct note, message);
    assert_ptr_equal(e, &ex);
    assert_int_equal(note->number, next_number[note->thread]++);
    notes++;
    free(note);
}

static struct message *note(int thread, int number)
{
    struct note *self = malloc(sizeof *self);
    if (!self)
        abort();
    *self = (struct note){ { NULL, note_run }, thread, number };
    return &self->message;
}

static void up_for_notes(const struct executor_options *options)
{
    up(options);
    memset(next_number, 0, sizeof next_number);
    notes = 0;
}

struct poster {
    uv_thread_t thread;
    struct inbox *box;
    int number, refused;
};

static void post_many(void *arg)
{
    struct poster *self = arg;
    for (int i = 0; i < MESSAGES; i++) {
        struct message *m = note(self->number, i);
        int rc = inbox_post(self->box, m);
        if (rc == UV_ECANCELED)
            self->refused++;
        if (rc)
            free(container_of(m, struct note, message));
    }
    inbox_close(self->box);
}

static void start_posters(struct poster *posters)
{
    for (int i = 0; i < THREADS; i++) {
        posters[i] = (struct poster){ .box = inbox_open(&ex), .number = i };
        start(&posters[i].thread, post_many, &posters[i]);
    }
}

/* INBOX-01, INBOX-02 */
static void of_many_messages_none_is_lost_doubled_or_overtaken(void **state)
{
    struct poster posters[THREADS];
    up_for_notes(NULL);
    start_posters(posters);
    executor_run(&ex); /* ends when the last thread has closed its handle */
    assert_int_equal(notes, THREADS * MESSAGES);
    for (int i = 0; i < THREADS; i++)
        finish(&posters[i].thread);
    down();
}

/* INBOX-03, INBOX-04, SHUT-b */
static void threads_may_outlive_the_executor(void **state)
{
    struct poster posters[THREADS];
    int refused = 0;
    up_for_notes(NULL);
    start_posters(posters);
    while (notes < 10)
        uv_run(&loop, UV_RUN_ONCE);
    down();
    for (int i = 0; i < THREADS; i++) {
        finish(&posters[i].thread);
        refused += posters[i].refused;
    }
    assert_int_equal(notes + refused, THREADS * MESSAGES);
}

/* DRV-02 */
static void many_messages_come_in_one_turn_of_the_loop(void **state)
{
    struct inbox *box;
    up_for_notes(NULL);
    box = inbox_open(&ex);
    for (int i = 0; i < 5; i++)
        assert_int_equal(inbox_post(box, note(0, i)), 0);
    assert_int_equal(notes, 0);
    uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(notes, 5);
    inbox_close(box);
    down();
}

/* INBOX-03 */
static void a_closed_executor_refuses_and_the_message_stays_yours(void **state)
{
    struct inbox *box;
    struct message *m = note(0, 0);
    struct probe *p = task_slot(struct probe);
    up_for_notes(NULL);
    box = inbox_open(&ex);
    down();
    assert_int_equal(inbox_post(box, m), UV_ECANCELED);
    free(container_of(m, struct note, message));
    assert_int_equal(inbox_spawn(box, probe(p, "late")), UV_ECANCELED);
    expect_trace("~late");
    assert_null(inbox_open(&ex));
    inbox_close(box);
}

/* INBOX-04 */
static void what_was_posted_before_the_close_still_runs(void **state)
{
    struct inbox *box;
    up_for_notes(NULL);
    box = inbox_open(&ex);
    assert_int_equal(inbox_post(box, note(0, 0)), 0);
    inbox_spawn(box, probe(task_slot(struct probe), "task"));
    down();
    assert_int_equal(notes, 1);
    expect_trace("~task"); /* it came, and was dropped without a poll */
    inbox_close(box);
}

struct echo { /* posts itself again, and opens and closes a handle in between */
    struct message message;
    struct inbox *box;
    int left;
};

static void echo_run(struct message *m, struct executor *e)
{
    struct echo *self = container_of(m, struct echo, message);
    trace("%d", self->left);
    inbox_close(inbox_open(e));
    if (self->left-- > 0)
        assert_int_equal(inbox_post(self->box, m), 0);
    else
        inbox_close(self->box);
}

/* INBOX-05, WAKE-07 */
static void a_message_may_use_the_inbox_it_came_from(void **state)
{
    struct echo echo = { { NULL, echo_run }, NULL, 3 };
    up(NULL);
    echo.box = inbox_open(&ex);
    assert_int_equal(inbox_post(echo.box, &echo.message), 0);
    executor_run(&ex);
    expect_trace("3 2 1 0");
    down();
}

/* ---- Tasks from threads -------------------------------------------------- */

static void spawn_one(void *arg)
{
    struct inbox *box = arg;
    inbox_spawn(box, worker(task_slot(struct worker), "t", 1, 0));
    inbox_close(box);
}

struct spinner { /* never rests until somebody else was here */
    struct future future;
};

static enum poll spinner_poll(struct future *f, struct context *cx)
{
    waker_wake(context_waker(cx));
    return trace_text[0] ? POLL_READY : POLL_PENDING;
}

static const struct future_ops spinner_ops = { .name = "spinner",
                                               .poll = spinner_poll,
                                               .drop = future_drop_nothing };

/* BLK-10, INBOX-02 */
static void a_thread_spawns_a_task_and_the_sleeping_executor_runs_it(
    void **state)
{
    uv_thread_t thread;
    up(NULL);
    start(&thread, spawn_one, inbox_open(&ex));
    executor_run(&ex); /* with nothing to do but to wait */
    expect_trace("t1 t.");
    finish(&thread);
    down();
}

/* BLK-10, SCHED-06 */
static void it_is_served_when_the_executor_never_rests(void **state)
{
    uv_thread_t thread;
    struct spinner *spinner = task_slot(struct spinner);
    up(NULL);
    *spinner = (struct spinner){ { .ops = &spinner_ops } };
    spawn(&spinner->future);
    start(&thread, spawn_one, inbox_open(&ex));
    executor_run(&ex);
    expect_trace("t1 t.");
    finish(&thread);
    down();
}

/* ---- Leaves that a thread completes -------------------------------------- */

struct job { /* the message, on the heap: it may outlive the leaf */
    struct message message;
    uv_thread_t thread;
    struct inbox *box;
    struct compute *owner; /* NULL once the leaf was dropped */
    uv_sem_t *go;          /* what the thread waits for first, or NULL */
    int result;
};

struct compute { /* a leaf: a thread multiplies by two */
    struct future future;
    struct waker waker;
    struct job *job;
    uv_sem_t *go;
    int n, result, polls;
};

static void job_done(struct message *m, struct executor *e)
{
    struct job *job = container_of(m, struct job, message);
    finish(&job->thread);
    if (job->owner) {
        job->owner->result = job->result;
        job->owner->job = NULL;
        waker_wake(job->owner->waker);
    }
    trace(job->owner ? "done" : "void");
    free(job);
}

static void job_thread(void *arg)
{
    struct job *job = arg;
    struct inbox *box = job->box; /* the job is gone as soon as it is posted */
    if (job->go)
        uv_sem_wait(job->go);
    job->result *= 2;
    if (inbox_post(box, &job->message))
        abort(); /* no test here closes before the thread is done */
    inbox_close(box);
}

static enum poll compute_poll(struct future *f, struct context *cx)
{
    struct compute *self = container_of(f, struct compute, future);
    self->waker = context_waker(cx);
    if (self->polls++ == 0) {
        struct job *job = self->job = malloc(sizeof *job);
        assert_non_null(job);
        *job = (struct job){ .message.run = job_done,
                             .box = inbox_open(cx->executor),
                             .owner = self,
                             .go = self->go,
                             .result = self->n };
        start(&job->thread, job_thread, job);
    }
    return self->job ? POLL_PENDING : POLL_READY;
}

static void compute_drop(struct future *f)
{
    struct compute *self = container_of(f, struct compute, future);
    trace("~compute");
    if (self->job)
        self->job->owner = NULL;
}

static const struct future_ops compute_ops = { .name = "compute",
                                               .poll = compute_poll,
                                               .drop = compute_drop };

static struct future *compute(struct compute *self, int n, uv_sem_t *go)
{
    *self = (struct compute){ .future.ops = &compute_ops, .n = n, .go = go };
    return &self->future;
}

/* WAKE-01, WAKE-09, FUT-05 */
static void a_thread_that_is_done_at_once_still_wakes(void **state)
{
    struct compute c;
    up(NULL);
    for (int i = 0; i < 200; i++) {
        block_on(&ex, compute(&c, i, NULL));
        assert_int_equal(c.result, 2 * i);
        assert_int_equal(c.polls, 2);
        trace_text[0] = '\0';
    }
    down();
}

/* INBOX-06, TASK-05 */
static void a_leaf_dropped_meanwhile_is_not_touched_by_its_thread(void **state)
{
    struct task *t;
    uv_sem_t go;
    up(NULL);
    assert_int_equal(uv_sem_init(&go, 0), 0);
    t = task_spawn(&ex, compute(task_slot(struct compute), 1, &go));
    let_run(1);
    task_abort(t);
    task_detach(t);
    uv_sem_post(&go);
    executor_run(&ex);
    expect_trace("~compute void");
    uv_sem_destroy(&go);
    down();
}

/* TIME-f, INBOX-02 */
static void the_virtual_clock_does_not_jump_while_a_thread_has_a_handle(
    void **state)
{
    struct compute c;
    uv_sem_t go;
    up(&virtual_clock);
    assert_int_equal(uv_sem_init(&go, 1), 0);
    task_detach(spawn_worker("hour", 1, 3600000));
    block_on(&ex, compute(&c, 1, &go));
    assert_int_equal(executor_now(&ex), 0);
    executor_run(&ex);
    assert_int_equal(executor_now(&ex), 3600000);
    expect_trace("hour1 done hour.");
    uv_sem_destroy(&go);
    down();
}

/* ---- Wakes and aborts, asked for by threads ------------------------------ */

enum { BURST = 500 };

struct request { /* asks to open a probe, or to abort a task */
    struct message message;
    struct probe *probe;
    struct task *task;
};

struct asker {
    uv_thread_t thread;
    struct inbox *box;
    struct request *requests;
    int count;
};

static void request_run(struct message *m, struct executor *e)
{
    struct request *self = container_of(m, struct request, message);
    if (self->probe)
        probe_open(self->probe);
    if (self->task)
        task_abort(self->task);
}

static void ask(void *arg)
{
    struct asker *self = arg;
    for (int i = 0; i < self->count; i++) {
        self->requests[i].message.run = request_run;
        if (inbox_post(self->box, &self->requests[i].message))
            abort();
    }
    inbox_close(self->box);
}

/* WAKE-01 */
static void of_500_wakes_in_a_burst_each_causes_one_poll(void **state)
{
    static struct request requests[BURST];
    struct asker asker = { .requests = requests, .count = BURST };
    struct task *t[BURST];
    up(NULL);
    for (int i = 0; i < BURST; i++) {
        struct probe *p = task_slot(struct probe);
        t[i] = task_spawn(&ex, probe(p, ""));
        requests[i] = (struct request){ .probe = p };
    }
    let_run(1);
    asker.box = inbox_open(&ex);
    start(&asker.thread, ask, &asker);
    executor_run(&ex);
    finish(&asker.thread);
    for (int i = 0; i < BURST; i++) {
        assert_int_equal(requests[i].probe->polls, 2);
        task_detach(t[i]);
    }
    down();
}

static uv_thread_t dropped_on;

struct local { /* remembers on which thread it is dropped */
    struct probe probe;
};

static void local_drop(struct future *f)
{
    probe_drop(f);
    dropped_on = uv_thread_self();
}

static const struct future_ops local_ops = { .name = "local",
                                             .poll = probe_poll,
                                             .drop = local_drop };

/* TASK-07, DRV-06 */
static void an_abort_asked_for_by_a_thread_drops_on_our_own(void **state)
{
    struct request request = { .probe = NULL };
    struct asker asker = { .requests = &request, .count = 1 };
    struct local *self = task_slot(struct local);
    uv_thread_t here = uv_thread_self();
    up(NULL);
    probe(&self->probe, "p")->ops = &local_ops;
    request.task = task_spawn(&ex, &self->probe.future);
    let_run(1);
    asker.box = inbox_open(&ex);
    start(&asker.thread, ask, &asker);
    assert_int_equal(join_status(request.task), UV_ECANCELED);
    assert_true(uv_thread_equal(&dropped_on, &here));
    expect_trace("p? ~p");
    finish(&asker.thread);
    task_detach(request.task);
    down();
}

/* ---- An executor in each of two threads ---------------------------------- */

struct side {
    uv_loop_t loop;
    struct executor executor;
    struct inbox *inbox; /* a handle for the other side */
    struct side *other;
    int hops;
};

struct ball {
    struct message message;
    struct side *at;
    int left;
};

static void ball_run(struct message *m, struct executor *e)
{
    struct ball *ball = container_of(m, struct ball, message);
    struct side *here = ball->at;
    int left = ball->left--; /* once posted, the ball is the other side's */
    assert_ptr_equal(e, &here->executor);
    here->hops++;
    ball->at = here->other;
    if (left > 0 && inbox_post(here->other->inbox, m))
        abort();
    if (left <= 1)
        inbox_close(here->other->inbox);
}

static void side_up(struct side *self, struct side *other)
{
    *self = (struct side){ .other = other };
    assert_int_equal(uv_loop_init(&self->loop), 0);
    executor_init(&self->executor, &self->loop, NULL);
    self->inbox = inbox_open(&self->executor);
}

static void side_run(void *arg)
{
    struct side *self = arg;
    struct sleep nap;
    block_on(&self->executor, sleep_ms(&nap, 1));
    executor_run(&self->executor);
    if (executor_close(&self->executor) || uv_loop_close(&self->loop))
        abort();
}

/* INBOX-07, BLK-c */
static void executors_in_two_threads_know_each_other_by_inbox_only(void **state)
{
    static struct side left, right;
    struct ball ball = { { NULL, ball_run }, &right, 1000 };
    uv_thread_t thread;
    side_up(&left, &right);
    side_up(&right, &left);
    assert_int_equal(inbox_post(right.inbox, &ball.message), 0);
    start(&thread, side_run, &right);
    side_run(&left);
    finish(&thread);
    assert_int_equal(left.hops, 500);
    assert_int_equal(right.hops, 501);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_many_messages_none_is_lost_doubled_or_overtaken),
        cmocka_unit_test(threads_may_outlive_the_executor),
        cmocka_unit_test(many_messages_come_in_one_turn_of_the_loop),
        cmocka_unit_test(a_closed_executor_refuses_and_the_message_stays_yours),
        cmocka_unit_test(what_was_posted_before_the_close_still_runs),
        cmocka_unit_test(a_message_may_use_the_inbox_it_came_from),
        cmocka_unit_test(
            a_thread_spawns_a_task_and_the_sleeping_executor_runs_it),
        cmocka_unit_test(it_is_served_when_the_executor_never_rests),
        cmocka_unit_test(a_thread_that_is_done_at_once_still_wakes),
        cmocka_unit_test(a_leaf_dropped_meanwhile_is_not_touched_by_its_thread),
        cmocka_unit_test(
            the_virtual_clock_does_not_jump_while_a_thread_has_a_handle),
        cmocka_unit_test(of_500_wakes_in_a_burst_each_causes_one_poll),
        cmocka_unit_test(an_abort_asked_for_by_a_thread_drops_on_our_own),
        cmocka_unit_test(
            executors_in_two_threads_know_each_other_by_inbox_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
