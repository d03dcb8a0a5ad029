/* work_stealing.h and worker.h.
 *
 * Whatever depends on which thread is faster runs several times; with an
 * argument so many times.  Tests that wait for something that must happen
 * would hang without it. */
#include "tests/by_hand.h"
#include "a05_spawn/blocking.h"
#include "a05_spawn/work_stealing.h"

#ifdef NDEBUG /* removes two of the checks below */
enum { CHECKED = false };
#else
enum { CHECKED = true };
#endif

static int runs = 5;

static struct pool pool;

static void open_pool(unsigned size)
{
    assert_int_equal(pool_init(&pool, size), 0);
}

/* ---- Futures for many threads -------------------------------------------- */

struct flag { /* raised once, by any thread */
    uv_mutex_t lock;
    bool up;
    struct waker waker;
};

static void flag_init(struct flag *flag)
{
    *flag = (struct flag){ .up = false };
    assert_int_equal(uv_mutex_init(&flag->lock), 0);
}

static void flag_raise(struct flag *flag)
{
    uv_mutex_lock(&flag->lock);
    flag->up = true;
    waker_wake(flag->waker);
    uv_mutex_unlock(&flag->lock);
}

static void flag_wake(struct flag *flag) /* for no reason */
{
    uv_mutex_lock(&flag->lock);
    waker_wake(flag->waker);
    uv_mutex_unlock(&flag->lock);
}

struct flag_wait {
    struct future future;
    struct flag *flag;
    atomic_int *polls, *drops; /* or NULL */
};

static enum poll flag_wait_poll(struct future *f, struct context *cx)
{
    struct flag_wait *self = container_of(f, struct flag_wait, future);
    bool up;
    if (self->polls)
        ++*self->polls;
    uv_mutex_lock(&self->flag->lock);
    up = self->flag->up;
    self->flag->waker = up ? (struct waker){ NULL, NULL } : context_waker(cx);
    uv_mutex_unlock(&self->flag->lock);
    return up ? POLL_READY : POLL_PENDING;
}

static void flag_wait_drop(struct future *f)
{
    struct flag_wait *self = container_of(f, struct flag_wait, future);
    uv_mutex_lock(&self->flag->lock);
    self->flag->waker = (struct waker){ NULL, NULL };
    uv_mutex_unlock(&self->flag->lock);
    if (self->drops)
        ++*self->drops;
}

static const struct future_ops flag_wait_ops = { .name = "flag_wait",
                                                 .poll = flag_wait_poll,
                                                 .drop = flag_wait_drop };

static struct future *flag_wait(struct flag_wait *self, struct flag *flag,
                                atomic_int *polls, atomic_int *drops)
{
    *self = (struct flag_wait){ .future.ops = &flag_wait_ops,
                                .flag = flag,
                                .polls = polls,
                                .drops = drops };
    return &self->future;
}

struct
    call { /* READY after `pending` polls that wake themselves; calls then() */
    struct future future;
    int pending;
    void (*then)(void *arg);
    void *arg;
};

static enum poll call_poll(struct future *f, struct context *cx)
{
    struct call *self = container_of(f, struct call, future);
    if (self->pending-- > 0) {
        waker_wake(context_waker(cx));
        return POLL_PENDING;
    }
    self->then(self->arg);
    return POLL_READY;
}

static const struct future_ops call_ops = { .name = "call",
                                            .poll = call_poll,
                                            .drop = future_drop_nothing };

static struct future *call(struct call *self, void (*then)(void *arg),
                           void *arg, int pending)
{
    *self = (struct call){
        .future.ops = &call_ops, .then = then, .arg = arg, .pending = pending
    };
    return &self->future;
}

static void spawn_call(void (*then)(void *arg), void *arg, int pending)
{
    assert_int_equal(pool_spawn(&pool, call(pool_slot(struct call), then, arg,
                                            pending)),
                     0);
}

static void count(void *arg)
{
    atomic_int *n = arg;
    ++*n;
}

static void post(void *arg)
{
    uv_sem_post(arg);
}

static void hold(void *arg) /* keeps its worker from everything else */
{
    uv_sem_wait(arg);
}

/* ---- One deque ----------------------------------------------------------- */

/* WS-a, WS-01, SCHED-07 */
static void a_thief_takes_the_oldest_half(void **state)
{
    static struct pool_task tasks[DEQUE_SIZE];
    struct pool_task *loot[DEQUE_HALF];
    struct deque d = { .count = 0 };
    assert_int_equal(uv_mutex_init(&d.lock), 0);
    for (int i = 0; i < 4; i++)
        assert_true(deque_push(&d, &tasks[i]));
    assert_int_equal(deque_take(&d, loot, DEQUE_HALF), 2);
    assert_ptr_equal(loot[0], &tasks[0]);
    assert_ptr_equal(loot[1], &tasks[1]);
    assert_int_equal(deque_take(&d, loot, DEQUE_HALF), 1);
    assert_ptr_equal(loot[0], &tasks[2]);
    assert_int_equal(deque_take(&d, loot, DEQUE_HALF), 1);
    assert_ptr_equal(loot[0], &tasks[3]);
    assert_int_equal(deque_take(&d, loot, DEQUE_HALF), 0);
    for (int round = 0; round < 3; round++) { /* round the ring */
        for (int i = 0; i < DEQUE_SIZE; i++)
            assert_true(deque_push(&d, &tasks[i]));
        assert_false(deque_push(&d, &tasks[0]));
        assert_int_equal(deque_take(&d, loot, DEQUE_HALF), DEQUE_HALF);
        for (int i = DEQUE_HALF; i < DEQUE_SIZE; i++) {
            assert_int_equal(deque_take(&d, loot, 1), 1);
            assert_ptr_equal(loot[0], &tasks[i]);
        }
    }
    uv_mutex_destroy(&d.lock);
}

/* ---- Each task once ------------------------------------------------------ */

enum { CALLS = 2000 };
static atomic_int ran[CALLS];

static void expect_each_ran_once(int n)
{
    for (int i = 0; i < n; i++)
        assert_int_equal(atomic_exchange(&ran[i], 0), 1);
}

static void spawn_half(void *arg) /* … of CALLS, from inside */
{
    for (int i = 0; i < CALLS / 2; i++)
        spawn_call(count, &ran[i], i % 3);
}

static void spawn_quarter(void *arg) /* from a thread of its own */
{
    int *first = arg;
    for (int i = *first; i < *first + CALLS / 4; i++)
        spawn_call(count, &ran[i], i % 3);
}

/* WS-01, WAKE-01, BLK-10 */
static void each_task_runs_once_whoever_spawns_and_steals(void **state)
{
    for (int run = 0; run < runs; run++) {
        uv_thread_t threads[2];
        int first[2] = { CALLS / 2, CALLS * 3 / 4 };
        unsigned polls = 0, expected = 1;
        open_pool(3);
        spawn_call(spawn_half, NULL, 0);
        for (int i = 0; i < 2; i++)
            uv_thread_create(&threads[i], spawn_quarter, &first[i]);
        for (int i = 0; i < 2; i++)
            uv_thread_join(&threads[i]);
        pool_wait(&pool);
        for (unsigned i = 0; i < pool.size; i++)
            polls += pool.workers[i].polls;
        for (int i = 0; i < CALLS; i++)
            expected += (unsigned)i % 3 + 1;
        assert_int_equal(polls, expected);
        pool_close(&pool);
        expect_each_ran_once(CALLS);
    }
}

static void spawn_256_and_one(void *arg)
{
    struct pool_worker *w = pool_worker_running;
    for (int i = 0; i < DEQUE_SIZE; i++)
        spawn_call(count, &ran[i], 0);
    assert_int_equal(w->spilt, 0);
    assert_int_equal(w->deque.count, DEQUE_SIZE);
    spawn_call(count, &ran[DEQUE_SIZE], 0);
    assert_int_equal(w->spilt, DEQUE_HALF + 1);
    assert_int_equal(w->deque.count, DEQUE_HALF);
}

/* WS-03, WS-d */
static void what_does_not_fit_goes_to_the_global_queue(void **state)
{
    open_pool(1);
    spawn_call(spawn_256_and_one, NULL, 0);
    pool_wait(&pool);
    assert_int_equal(pool.workers[0].stolen, 0);
    pool_close(&pool);
    expect_each_ran_once(DEQUE_SIZE + 1);
}

/* WS-c */
static void one_worker_is_a_pool_and_none_is_not(void **state)
{
    struct call c;
    atomic_int n = 0;
    assert_int_equal(pool_init(&pool, 0), UV_EINVAL);
    open_pool(1);
    pool_block_on(&pool, call(&c, count, &n, 3));
    assert_int_equal(n, 1);
    assert_int_equal(pool.workers[0].polls, 4);
    pool_close(&pool);
}

static void spawn_next(void *arg)
{
    atomic_int *left = arg;
    if (--*left > 0)
        spawn_call(spawn_next, left, 1);
}

/* TASK-02, BLK-06 */
static void tasks_spawn_tasks_to_any_depth(void **state)
{
    atomic_int left = 1000;
    open_pool(2);
    spawn_call(spawn_next, &left, 0);
    pool_wait(&pool);
    assert_int_equal(left, 0);
    pool_wait(&pool); /* of nothing: at once */
    pool_close(&pool);
}

/* ---- Sleeping and waking ------------------------------------------------- */

static void spawn_and_wait(void *arg) /* one worker waits for another one */
{
    uv_sem_t done;
    uv_sem_init(&done, 0);
    spawn_call(post, &done, 0);
    uv_sem_wait(&done);
    uv_sem_destroy(&done);
}

/* WS-04 */
static void no_worker_sleeps_while_there_is_work(void **state)
{
    for (int run = 0; run < runs; run++) {
        struct call c;
        open_pool(2);
        for (int i = 0; i < 20; i++)
            pool_block_on(&pool, call(&c, spawn_and_wait, NULL, i % 2));
        pool_close(&pool);
    }
}

/* WS-04, WAKE-10: what comes between the last look and the sleep */
static void who_lies_down_looks_once_more(void **state)
{
    struct pool_worker me = { .pool = &pool };
    open_pool(1);
    pool.waiting++; /* pushed by somebody who saw nobody asleep */
    worker_park(&me);
    assert_int_equal(me.naps, 0);
    pool.waiting--;
    pool_close(&pool);
}

/* WS-04, BLK-10, WAKE-10 */
static void a_push_from_outside_wakes_a_sleeper(void **state)
{
    for (int run = 0; run < runs; run++) {
        struct call c;
        atomic_int n = 0;
        open_pool(3);
        for (int i = 0; i < 100; i++)
            pool_block_on(&pool, call(&c, count, &n, 0));
        assert_int_equal(n, 100);
        pool_close(&pool);
    }
}

enum { CROWD = 300 };

static void raise_all(void *arg)
{
    struct flag *flags = arg;
    for (int i = 0; i < CROWD; i++)
        flag_raise(&flags[i]);
}

/* WAKE-01, WAKE-02 */
static void a_burst_of_wakes_loses_none(void **state)
{
    static struct flag flags[CROWD];
    for (int run = 0; run < runs; run++) {
        uv_thread_t thread;
        atomic_int polls = 0;
        open_pool(2);
        for (int i = 0; i < CROWD; i++) {
            flag_init(&flags[i]);
            assert_int_equal(pool_spawn(&pool,
                                        flag_wait(pool_slot(struct flag_wait),
                                                  &flags[i], &polls, NULL)),
                             0);
        }
        uv_thread_create(&thread, raise_all, flags);
        pool_wait(&pool);
        uv_thread_join(&thread);
        assert_in_range(polls, CROWD, 2 * CROWD); /* one, or PENDING and one */
        pool_close(&pool);
        for (int i = 0; i < CROWD; i++)
            uv_mutex_destroy(&flags[i].lock);
    }
}

/* WAKE-03, WAKE-04 */
static void many_wakes_before_a_poll_are_one(void **state)
{
    struct flag flag;
    uv_sem_t polled, go;
    atomic_int polls = 0;
    flag_init(&flag);
    uv_sem_init(&polled, 0);
    uv_sem_init(&go, 0);
    open_pool(1);
    pool_spawn(&pool,
               flag_wait(pool_slot(struct flag_wait), &flag, &polls, NULL));
    spawn_call(post, &polled, 0);
    spawn_call(hold, &go, 0); /* the only worker is busy */
    uv_sem_wait(&polled);
    for (int i = 0; i < 100; i++)
        flag_wake(&flag);
    flag_raise(&flag);
    uv_sem_post(&go);
    pool_wait(&pool);
    assert_int_equal(polls, 2);
    pool_close(&pool);
    uv_sem_destroy(&go);
    uv_sem_destroy(&polled);
    uv_mutex_destroy(&flag.lock);
}

struct rewoken { /* woken by another thread while it is being polled */
    struct future future;
    uv_sem_t inside, woken;
    struct waker waker;
    int polls;
};

static enum poll rewoken_poll(struct future *f, struct context *cx)
{
    struct rewoken *self = container_of(f, struct rewoken, future);
    self->waker = context_waker(cx);
    if (++self->polls == 2)
        return POLL_READY;
    uv_sem_post(&self->inside);
    uv_sem_wait(&self->woken);
    return POLL_PENDING;
}

static const struct future_ops rewoken_ops = { .name = "rewoken",
                                               .poll = rewoken_poll,
                                               .drop = future_drop_nothing };

static void wake_rewoken(void *arg)
{
    struct rewoken *r = arg;
    uv_sem_wait(&r->inside);
    waker_wake(r->waker);
    waker_wake(r->waker);
    uv_sem_post(&r->woken);
}

/* WAKE-03 */
static void a_wake_during_the_poll_counts_after_it(void **state)
{
    for (int run = 0; run < runs; run++) {
        struct rewoken r = { .future.ops = &rewoken_ops };
        uv_thread_t thread;
        uv_sem_init(&r.inside, 0);
        uv_sem_init(&r.woken, 0);
        open_pool(2);
        uv_thread_create(&thread, wake_rewoken, &r);
        pool_block_on(&pool, &r.future);
        uv_thread_join(&thread);
        assert_int_equal(r.polls, 2);
        pool_close(&pool);
        uv_sem_destroy(&r.inside);
        uv_sem_destroy(&r.woken);
    }
}

static struct { /* no lock: the wakes alone make the words visible */
    struct waker waker;
    uv_sem_t polled, busy;
    int words[2], read[2];
    atomic_int written; /* relaxed, so it makes nothing else visible */
} letter;

static enum poll letter_poll(struct future *f, struct context *cx)
{
    if (atomic_load_explicit(&letter.written, memory_order_relaxed) == 2) {
        memcpy(letter.read, letter.words, sizeof letter.read);
        return POLL_READY;
    }
    letter.waker = context_waker(cx);
    uv_sem_post(&letter.polled);
    return POLL_PENDING;
}

static const struct future_ops letter_ops = { .name = "letter",
                                              .poll = letter_poll,
                                              .drop = future_drop_nothing };

static void write_word(void *arg)
{
    *(int *)arg = 7;
    waker_wake(letter.waker);
    atomic_fetch_add_explicit(&letter.written, 1, memory_order_relaxed);
}

static void wait_until_written(void *arg)
{
    uv_sem_post(&letter.busy);
    while (atomic_load_explicit(&letter.written, memory_order_relaxed) < 2)
        uv_sleep(0);
}

/* WAKE-09: if not, ThreadSanitizer sees a race */
static void what_was_written_before_a_wake_is_seen_by_its_poll(void **state)
{
    for (int run = 0; run < runs; run++) {
        struct future *f = pool_slot(struct future);
        uv_thread_t threads[2];
        memset(&letter, 0, sizeof letter);
        uv_sem_init(&letter.polled, 0);
        uv_sem_init(&letter.busy, 0);
        open_pool(1);
        *f = (struct future){ .ops = &letter_ops };
        assert_int_equal(pool_spawn(&pool, f), 0);
        uv_sem_wait(&letter.polled);
        spawn_call(wait_until_written, NULL, 0);
        uv_sem_wait(&letter.busy);  /* the only worker is */
        for (int i = 0; i < 2; i++) /* one of them finds the task QUEUED */
            uv_thread_create(&threads[i], write_word, &letter.words[i]);
        pool_wait(&pool);
        assert_int_equal(letter.read[0] + letter.read[1], 14);
        for (int i = 0; i < 2; i++)
            uv_thread_join(&threads[i]);
        pool_close(&pool);
        uv_sem_destroy(&letter.busy);
        uv_sem_destroy(&letter.polled);
    }
}

/* ---- Fair on one worker -------------------------------------------------- */

static void note(void *arg)
{
    trace("%s", (const char *)arg);
}

struct taker { /* yields, and says so */
    struct async async;
    const char *name;
    int i;
    struct yield yield;
};

static enum poll taker_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct taker);
    for (self->i = 1; self->i <= 3; self->i++) {
        trace("%s%d", self->name, self->i);
        AWAIT(yield_now(&self->yield));
    }
    ASYNC_END;
}

static const struct future_ops taker_ops = ASYNC_OPS(taker);

static void spawn_taker(const char *name)
{
    struct taker *t = pool_slot(struct taker);
    *t = (struct taker){ .async.future.ops = &taker_ops, .name = name };
    assert_int_equal(pool_spawn(&pool, &t->async.future), 0);
}

static void spawn_takers(void *arg)
{
    spawn_taker("a");
    spawn_taker("b");
    spawn_call(note, "c", 0);
}

/* SCHED-01, SCHED-02, SCHED-03, SCHED-07 */
static void the_oldest_is_next_and_yielding_tasks_take_turns(void **state)
{
    open_pool(1);
    trace_text[0] = '\0';
    spawn_call(spawn_takers, NULL, 0);
    pool_wait(&pool);
    expect_trace("a1 b1 c a2 b2 a3 b3");
    pool_close(&pool);
}

struct pair { /* two futures that wake each other for ever */
    struct future future;
    struct pair *other;
    struct waker waker;
};

static enum poll pair_poll(struct future *f, struct context *cx)
{
    struct pair *self = container_of(f, struct pair, future);
    self->waker = context_waker(cx);
    waker_wake(self->other->waker);
    return POLL_PENDING;
}

static const struct future_ops pair_ops = { .name = "pair",
                                            .poll = pair_poll,
                                            .drop = future_drop_nothing };

/* SCHED-06, BLK-09, WS-06 */
static void a_pair_that_wakes_each_other_starves_nobody(void **state)
{
    struct pair *a = pool_slot(struct pair), *b = pool_slot(struct pair);
    atomic_int n = 0;
    struct call c;
    *a = (struct pair){ .future.ops = &pair_ops, .other = b };
    *b = (struct pair){ .future.ops = &pair_ops, .other = a };
    open_pool(1);
    assert_int_equal(pool_spawn(&pool, &a->future), 0);
    assert_int_equal(pool_spawn(&pool, &b->future), 0);
    pool_block_on(&pool, call(&c, count, &n, 3));
    assert_int_equal(n, 1);
    pool_close(&pool);
}

/* ---- Closing ------------------------------------------------------------- */

/* WS-05, SHUT-01, SHUT-02 */
static void close_drops_every_future_once(void **state)
{
    for (int run = 0; run < runs; run++) {
        struct flag flags[8];
        uv_sem_t polled, go;
        atomic_int polls = 0, drops = 0;
        uv_sem_init(&polled, 0);
        uv_sem_init(&go, 0);
        open_pool(2);
        for (int i = 0; i < 4; i++) /* they wait; half of them are woken */
            flag_init(&flags[i]);
        for (int i = 0; i < 4; i++)
            pool_spawn(&pool, flag_wait(pool_slot(struct flag_wait), &flags[i],
                                        &polls, &drops));
        while (polls < 4)
            uv_sleep(1);
        for (int i = 0; i < 2; i++)
            spawn_call(hold, &go, 0); /* both workers are busy, or will be */
        for (int i = 4; i < 8; i++)   /* never polled, or nearly never */
            flag_init(&flags[i]);
        for (int i = 4; i < 8; i++)
            pool_spawn(&pool, flag_wait(pool_slot(struct flag_wait), &flags[i],
                                        &polls, &drops));
        flag_wake(&flags[0]);
        flag_wake(&flags[1]);
        for (int i = 0; i < 2; i++)
            uv_sem_post(&go);
        pool_close(&pool);
        assert_int_equal(drops, 8);
        for (int i = 0; i < 8; i++)
            uv_mutex_destroy(&flags[i].lock);
        uv_sem_destroy(&go);
        uv_sem_destroy(&polled);
    }
}

struct last_wish { /* its drop wakes a task and spawns another */
    struct future future;
    struct flag *flag;
    int *rc;
};

static enum poll last_wish_poll(struct future *f, struct context *cx)
{
    (void)context_waker(cx);
    return POLL_PENDING;
}

static void last_wish_drop(struct future *f)
{
    struct last_wish *self = container_of(f, struct last_wish, future);
    flag_wake(self->flag);
    *self->rc = pool_spawn(&pool, probe(pool_slot(struct probe), "late"));
}

static const struct future_ops last_wish_ops = { .name = "last_wish",
                                                 .poll = last_wish_poll,
                                                 .drop = last_wish_drop };

static void spawn_wish(struct flag *flag, int *rc)
{
    struct last_wish *wish = pool_slot(struct last_wish);
    *wish = (struct last_wish){ .future.ops = &last_wish_ops,
                                .flag = flag,
                                .rc = rc };
    pool_spawn(&pool, &wish->future);
}

/* SHUT-05, SHUT-06: those woken are freed one by one, in a queue or not */
static void a_drop_may_wake_others_and_spawn_in_vain(void **state)
{
    for (int older = 0; older <= 1; older++) {
        struct flag flags[3];
        atomic_int polls = 0, drops = 0;
        int rc[3] = { 0 };
        trace_text[0] = '\0';
        open_pool(1);
        for (int i = 0; i < 3; i++) {
            flag_init(&flags[i]);
            if (older)
                spawn_wish(&flags[i], &rc[i]);
            pool_spawn(&pool, flag_wait(pool_slot(struct flag_wait), &flags[i],
                                        &polls, &drops));
            if (!older)
                spawn_wish(&flags[i], &rc[i]);
        }
        while (polls < 3)
            uv_sleep(1);
        pool_close(&pool);
        expect_trace("~late ~late ~late");
        assert_int_equal(drops, 3);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(rc[i], UV_ECANCELED);
            uv_mutex_destroy(&flags[i].lock);
        }
    }
}

/* ---- Bound to a thread --------------------------------------------------- */

struct local { /* a task of executor.h: where is it polled and dropped? */
    struct future future;
    uv_thread_t home;
    struct flag *polled;
    bool strange;
};

static void local_look(struct local *self)
{
    uv_thread_t here = uv_thread_self();
    self->strange = self->strange || !uv_thread_equal(&here, &self->home);
}

static enum poll local_poll(struct future *f, struct context *cx)
{
    struct local *self = container_of(f, struct local, future);
    (void)context_waker(cx);
    local_look(self);
    flag_raise(self->polled);
    return POLL_PENDING;
}

static void local_drop(struct future *f)
{
    struct local *self = container_of(f, struct local, future);
    local_look(self);
    trace(self->strange ? "on a strange thread" : "at home");
}

static const struct future_ops local_ops = { .name = "local",
                                             .poll = local_poll,
                                             .drop = local_drop };

static void please_abort_run(struct message *m, struct executor *executor)
{
    task_abort(container_of(executor->tasks.next, struct task, all));
    free(m);
}

struct manager { /* a task of the pool that rules one of executor.h */
    struct async async;
    struct inbox *box;
    uv_thread_t home;
    struct flag *polled;
    struct flag_wait wait;
};

static struct future *local(struct local *self, uv_thread_t home,
                            struct flag *polled)
{
    *self = (struct local){ .future.ops = &local_ops,
                            .home = home,
                            .polled = polled };
    return &self->future;
}

static enum poll manager_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct manager);
    assert_int_equal(inbox_spawn(self->box, local(task_slot(struct local),
                                                  self->home, self->polled)),
                     0);
    AWAIT(flag_wait(&self->wait, self->polled, NULL, NULL));
    {
        struct message *m = malloc(sizeof *m);
        assert_non_null(m);
        m->run = please_abort_run;
        assert_int_equal(inbox_post(self->box, m), 0);
    }
    inbox_close(self->box);
    ASYNC_END;
}

static const struct future_ops manager_ops = ASYNC_OPS(manager);

/* WS-07, TASK-07 */
static void a_task_of_executor_h_never_leaves_its_thread(void **state)
{
    for (int run = 0; run < runs; run++) {
        struct manager *manager = pool_slot(struct manager);
        struct flag polled;
        up(NULL);
        open_pool(2);
        flag_init(&polled);
        *manager = (struct manager){ .async.future.ops = &manager_ops,
                                     .box = inbox_open(&ex),
                                     .home = uv_thread_self(),
                                     .polled = &polled };
        assert_int_equal(pool_spawn(&pool, &manager->async.future), 0);
        executor_run(&ex); /* until the manager closes the inbox */
        pool_wait(&pool);
        expect_trace("at home");
        pool_close(&pool);
        down();
        uv_mutex_destroy(&polled.lock);
    }
}

/* ---- What is refused ----------------------------------------------------- */

static void run_on_pool(struct future *f)
{
    (void)pool_init(&pool, 1);
    pool_block_on(&pool, f);
}

static void sleeping(void)
{
    struct sleep nap;
    run_on_pool(sleep_ms(&nap, 1));
}

static void blocking(void)
{
    struct blocking b;
    run_on_pool(blocking_run(&b, note, NULL, 0));
}

static void run_mute(void)
{
    run_on_pool(&mute);
}

static void wait_inside(void *arg)
{
    pool_wait(&pool);
}

static void block_on_inside(void *arg)
{
    struct call c;
    pool_block_on(&pool, call(&c, note, "never", 0));
}

static void executor_inside(void *arg)
{
    struct call c;
    up(NULL);
    block_on(&ex, call(&c, note, "never", 0));
}

static void calling(void (*what)(void *arg))
{
    struct call c;
    run_on_pool(call(&c, what, NULL, 0));
}

static void waiting_inside(void)
{
    calling(wait_inside);
}

static void blocking_on_inside(void)
{
    calling(block_on_inside);
}

static void an_executor_inside(void)
{
    calling(executor_inside);
}

static void spawn_local(void *arg)
{
    spawn_worker("w", 1, 0);
}

static void spawning_a_local_task_elsewhere(void)
{
    up(NULL);
    task_detach(spawn_worker("w", 1, 0)); /* here is its thread */
    calling(spawn_local);
}

static void spawning_without_a_slot(void)
{
    struct call *c = malloc(sizeof *c); /* nothing stands in front of it */
    (void)pool_init(&pool, 1);
    (void)pool_spawn(&pool, call(c, note, NULL, 0));
}

static void spawning_twice(void)
{
    struct future *f = call(pool_slot(struct call), note, NULL, 0);
    (void)pool_init(&pool, 1);
    (void)pool_slot(struct call); /* a slot that waits, too */
    (void)pool_spawn(&pool, f);
    (void)pool_spawn(&pool, f);
}

static void (*in_executor)(void);

static enum poll in_executor_poll(struct future *f, struct context *cx)
{
    in_executor();
    return POLL_READY;
}

/* Does this in a task of executor.h. */
static void calling_in_executor(void (*what)(void))
{
    static const struct future_ops ops = { .name = "caller",
                                           .poll = in_executor_poll,
                                           .drop = future_drop_nothing };
    struct future f = { .ops = &ops };
    in_executor = what;
    up(NULL);
    block_on(&ex, &f);
}

static void wait_for_pool(void)
{
    (void)pool_init(&pool, 1);
    pool_wait(&pool);
}

static void block_on_pool(void)
{
    struct call c;
    run_on_pool(call(&c, note, "never", 0));
}

static void close_pool(void)
{
    (void)pool_init(&pool, 1);
    pool_close(&pool);
}

static void waiting_in_executor(void)
{
    calling_in_executor(wait_for_pool);
}

static void blocking_in_executor(void)
{
    calling_in_executor(block_on_pool);
}

static void closing_in_executor(void)
{
    calling_in_executor(close_pool);
}

/* WS-07, BLK-11, BLK-07 */
static void what_a_pool_cannot_do_it_refuses(void **state)
{
    assert_misuse(sleeping, "sleep_ms: this context has no executor");
    assert_misuse(blocking, "blocking_run: this context has no executor");
    assert_misuse(waiting_inside, "pool_wait() inside a running task");
    assert_misuse(blocking_on_inside, "pool_block_on() inside a running task");
    assert_misuse(waiting_in_executor,
                  "pool_wait() inside a running task of executor.h");
    assert_misuse(blocking_in_executor,
                  "pool_block_on() inside a running task of executor.h");
    assert_misuse(closing_in_executor,
                  "pool_close() inside a running task of executor.h");
    assert_misuse(an_executor_inside, "block_on() or executor_run() inside");
    assert_misuse(spawning_without_a_slot, "pool_spawn() needs a future made");
    assert_misuse(spawning_twice, "pool_spawn() needs a future made");
    if (CHECKED) {
        assert_misuse(run_mute, "returned PENDING but took no waker");
        assert_misuse(spawning_a_local_task_elsewhere,
                      "task_spawn() or block_on() on another thread");
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_pool_cannot_do_it_refuses),
        cmocka_unit_test(a_thief_takes_the_oldest_half),
        cmocka_unit_test(each_task_runs_once_whoever_spawns_and_steals),
        cmocka_unit_test(what_does_not_fit_goes_to_the_global_queue),
        cmocka_unit_test(one_worker_is_a_pool_and_none_is_not),
        cmocka_unit_test(tasks_spawn_tasks_to_any_depth),
        cmocka_unit_test(no_worker_sleeps_while_there_is_work),
        cmocka_unit_test(who_lies_down_looks_once_more),
        cmocka_unit_test(a_push_from_outside_wakes_a_sleeper),
        cmocka_unit_test(a_burst_of_wakes_loses_none),
        cmocka_unit_test(many_wakes_before_a_poll_are_one),
        cmocka_unit_test(a_wake_during_the_poll_counts_after_it),
        cmocka_unit_test(what_was_written_before_a_wake_is_seen_by_its_poll),
        cmocka_unit_test(the_oldest_is_next_and_yielding_tasks_take_turns),
        cmocka_unit_test(a_pair_that_wakes_each_other_starves_nobody),
        cmocka_unit_test(close_drops_every_future_once),
        cmocka_unit_test(a_drop_may_wake_others_and_spawn_in_vain),
        cmocka_unit_test(a_task_of_executor_h_never_leaves_its_thread),
    };
    if (argc > 1)
        runs = atoi(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
