/* Every job is a probe with a name; each poll writes its name down, so a test
 * is the order in which they must be polled. */
#include "exercise.h"
__attribute__((unused)) static enum poll watched_poll(struct future *f,
                                                      struct context *cx);
#define future_poll watched_poll
#include ANSWER
#undef future_poll

struct probe {
    struct future future;
    struct job job;
    char name;
    int yields;        /* in so many polls it wakes itself                 */
    int at_once;       /* … so many times in each                          */
    bool ends;         /* when it has yielded, it is READY, else PENDING   */
    bool wakes_at_end; /* it wakes itself even in its last poll            */
    struct probe *friend; /* whom it wakes in each poll, or NULL              */
    struct waker waker;   /* of its latest poll                               */
    bool polling, over;
};

static struct run_queue queue;
static struct probe probes[3];
static struct probe *const a = &probes[0], *const b = &probes[1],
                           *const c = &probes[2];
static char polled[1024]; /* the names, in the order polled                   */

/* ---- Probes -------------------------------------------------------------- */

static void wake(struct probe *probe)
{
    size_t before = strlen(polled);
    CHECK(probe->waker.wake,
          "the waker that job %c was polled with is empty: "
          "nothing can wake it",
          probe->name);
    waker_wake(probe->waker);
    CHECK(strlen(polled) == before,
          "waking job %c polled job %c, at once: to wake is to queue, no more",
          probe->name, polled[before]);
}

static void note_poll(struct probe *self)
{
    size_t length = strlen(polled);
    for (int i = 0; i < 3; i++)
        CHECK(!probes[i].polling,
              "job %c was polled inside the poll of job %c: to wake is to "
              "queue, no more",
              self->name, probes[i].name);
    CHECK(length < 200,
          "poll after poll, and the queue never becomes empty: %.20s…  Who "
          "queues a job that nobody woke?",
          polled);
    polled[length] = self->name;
}

static enum poll probe_poll(struct future *f, struct context *cx)
{
    struct probe *self = container_of(f, struct probe, future);
    note_poll(self);
    self->polling = true;
    self->waker = context_waker(cx);
    bool yields = self->yields-- > 0;
    for (int i = 0; i < self->at_once && yields; i++)
        wake(self);
    if (self->friend && yields)
        wake(self->friend);
    if (!yields && self->wakes_at_end)
        wake(self);
    self->polling = false;
    self->over = !yields && self->ends;
    return self->over ? POLL_READY : POLL_PENDING;
}

static void probe_drop(struct future *f)
{
    reject("job %c was dropped: nobody has cancelled it",
           container_of(f, struct probe, future)->name);
}

static enum poll watched_poll(struct future *f, struct context *cx)
{
    struct probe *self = container_of(f, struct probe, future);
    CHECK(!self->over,
          "job %c was READY and was polled again: a wake during its last poll "
          "had queued it, so look at `done` when you take it out",
          self->name);
    return future_poll(f, cx);
}

static const struct future_ops probe_ops = { .name = "probe",
                                             .poll = probe_poll,
                                             .drop = probe_drop };

/* One that is PENDING until it is woken, and has nothing else to do. */
static struct probe waiter(void)
{
    return (struct probe){ .future.ops = &probe_ops };
}

/* One that wakes itself in so many polls, and then is READY. */
static struct probe yielder(int yields)
{
    return (struct probe){
        .future.ops = &probe_ops, .yields = yields, .at_once = 1, .ends = true
    };
}

/* ---- What the tests do --------------------------------------------------- */

static void spawn(struct probe *probe, struct probe behaves)
{
    *probe = behaves;
    probe->name = (char)('a' + (probe - probes));
    run_queue_spawn(&queue, &probe->job, &probe->future);
    CHECK(!polled[0] || polled[strlen(polled) - 1] != probe->name,
          "job %c was polled when it was spawned: that too only queues",
          probe->name);
}

/* Run until the queue is empty. */
static void must_poll(const char *names, const char *why)
{
    int idle = 0;
    memset(polled, 0, sizeof polled);
    while (run_queue_step(&queue))
        CHECK(idle++ < 1000,
              "run_queue_step() finds a job again and again, and nobody has "
              "woken it: does run_queue_pop() take it out?");
    CHECK(strcmp(polled, names) == 0, "polled %s, it should have been %s: %s",
          *polled ? polled : "nobody", *names ? names : "nobody", why);
}

/* ---- In order ------------------------------------------------------------ */

static void a_new_job_is_polled(void **state)
{
    (void)state;
    spawn(a, yielder(0));
    must_poll("a", "a new job gets its first poll");
    must_poll("", "it was READY");
}

static void a_step_is_one_poll(void **state)
{
    (void)state;
    spawn(a, yielder(0));
    spawn(b, yielder(0));
    CHECK(run_queue_step(&queue), "there is a job, and run_queue_step() says "
                                  "there was none");
    CHECK(strlen(polled) == 1,
          "one step polled %s: a step is one poll, for who runs the queue may "
          "have other things to do",
          polled);
    CHECK(run_queue_step(&queue), "there is a job, and run_queue_step() says "
                                  "there was none");
    CHECK(strlen(polled) == 2, "two steps polled %s", polled);
    CHECK(!run_queue_step(&queue), "the queue is empty, and run_queue_step() "
                                   "says there was a job");
    CHECK(run_queue_pop(&queue) == NULL, "the queue is empty, and "
                                         "run_queue_pop() returns a job");
}

static void who_is_not_woken_is_not_polled(void **state)
{
    (void)state;
    spawn(a, waiter());
    must_poll("a", "nobody has woken a since its first poll: PENDING means to "
                   "wait for the waker");
    CHECK(!a->job.done, "a was PENDING, and counts as done");
    CHECK(!a->job.queued, "a has left the queue, and `queued` is still set: "
                          "its next wake will do nothing");
    wake(a);
    must_poll("a", "a was woken when the queue had become empty: do not "
                   "append it to a job that has left");
}

static void a_popped_job_has_left_the_queue(void **state)
{
    (void)state;
    spawn(a, waiter());
    spawn(b, waiter());
    must_poll("ab", "whoever was woken first is polled first");
    wake(a);
    must_poll("a", "only a was woken; where does its `next` point to?");
    wake(b);
    must_poll("b", "b was woken when the queue had become empty: do not "
                   "append it to a job that has left");
    wake(b);
    wake(a);
    must_poll("ba", "both were woken, b first");
}

static void the_oldest_is_first(void **state)
{
    (void)state;
    spawn(a, waiter());
    spawn(b, waiter());
    spawn(c, waiter());
    must_poll("abc", "whoever was woken first is polled first");
    wake(c);
    wake(a);
    wake(b);
    must_poll("cab", "whoever was woken first is polled first");
}

/* ---- Several wakes ------------------------------------------------------- */

static void many_wakes_are_one_poll(void **state)
{
    (void)state;
    spawn(a, waiter());
    spawn(b, waiter());
    must_poll("ab", "whoever was woken first is polled first");
    wake(a);
    wake(a);
    wake(b);
    wake(a);
    must_poll("ab", "a stands in the queue once, where its first wake put it");
}

static void a_wake_during_its_own_poll_counts(void **state)
{
    (void)state;
    spawn(a, yielder(1));
    must_poll("aa", "a woke itself during its first poll, and that wake is "
                    "lost if `queued` is cleared after the poll");
    spawn(b, yielder(1));
    b->at_once = 3;
    must_poll("bb", "b woke itself three times during one poll: that is one "
                    "more poll");
}

static void those_who_yield_take_turns(void **state)
{
    (void)state;
    spawn(a, yielder(3));
    spawn(b, yielder(3));
    spawn(c, yielder(3));
    must_poll("abcabcabcabc", "whoever wakes itself goes behind all that wait");
}

static void a_job_wakes_another(void **state)
{
    (void)state;
    spawn(b, waiter());
    must_poll("b", "a new job gets its first poll");
    spawn(a, yielder(2));
    a->friend = b;
    spawn(c, yielder(1));
    must_poll("acabca", "a woke itself and then b, and c stood before both");
}

static void two_that_wake_each_other_starve_nobody(void **state)
{
    (void)state;
    spawn(a, yielder(0));
    spawn(b, yielder(0));
    a->ends = b->ends = false;
    must_poll("ab", "whoever was woken first is polled first");
    a->yields = b->yields = 2;
    a->at_once = b->at_once = 0;
    a->friend = b;
    b->friend = a;
    spawn(c, yielder(3));
    wake(a);
    must_poll("cacbcacba", "c takes its turn although a and b wake each "
                           "other");
}

/* ---- Done ---------------------------------------------------------------- */

static void a_job_that_is_done_cannot_be_woken(void **state)
{
    (void)state;
    spawn(a, yielder(0));
    must_poll("a", "a new job gets its first poll");
    wake(a);
    CHECK(!a->job.queued,
          "job a is done, and a late wake queued it all the same");
    must_poll("", "a is done: waking it changes nothing");
    spawn(b, yielder(0));
    wake(a);
    spawn(c, yielder(0));
    must_poll("bc", "a is done: waking it changes nothing");
}

static void a_wake_during_the_last_poll_is_void(void **state)
{
    (void)state;
    spawn(a, yielder(0));
    spawn(b, yielder(1));
    a->wakes_at_end = true;
    must_poll("abb", "b stood behind a, which was done: that does not make the "
                     "queue empty");
    wake(a);
    must_poll("", "a is done: waking it changes nothing");
}

/* ---- Two queues ---------------------------------------------------------- */

static void a_job_stays_in_its_queue(void **state)
{
    static struct run_queue second;
    (void)state;
    spawn(a, waiter());
    must_poll("a", "a new job gets its first poll");
    *b = waiter();
    b->name = 'b';
    run_queue_spawn(&second, &b->job, &b->future);
    must_poll("", "b belongs to another queue");
    CHECK(run_queue_step(&second), "b was spawned in a second queue, which is "
                                   "empty");
    wake(b);
    wake(a);
    must_poll("a", "b belongs to another queue");
    CHECK(run_queue_step(&second), "b was woken, and is not in its own queue");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_new_job_is_polled),
    cmocka_unit_test(a_step_is_one_poll),
    cmocka_unit_test(who_is_not_woken_is_not_polled),
    cmocka_unit_test(a_popped_job_has_left_the_queue),
    cmocka_unit_test(the_oldest_is_first),
    cmocka_unit_test(many_wakes_are_one_poll),
    cmocka_unit_test(a_wake_during_its_own_poll_counts),
    cmocka_unit_test(those_who_yield_take_turns),
    cmocka_unit_test(a_job_wakes_another),
    cmocka_unit_test(two_that_wake_each_other_starve_nobody),
    cmocka_unit_test(a_job_that_is_done_cannot_be_woken),
    cmocka_unit_test(a_wake_during_the_last_poll_is_void),
    cmocka_unit_test(a_job_stays_in_its_queue),
};
EXERCISE_MAIN(tests)
