/* Every job is a probe with a name; each poll writes its name down, so a test
 * is the order in which they must be polled. */
#include "future.h"
__attribute__((unused)) static enum poll watched_poll_(struct future *f,
                                                       struct context *cx);
#define future_poll watched_poll_
#include ANSWER
#undef future_poll
#include "exercise.h"
#include "probes.h"

struct probe_ {
    struct future future;
    struct job job;
    char name;
    int yields;        /* in so many polls it wakes itself                 */
    int at_once;       /* … so many times in each                          */
    bool ends;         /* when it has yielded, it is READY, else PENDING   */
    bool wakes_at_end; /* it wakes itself even in its last poll            */
    struct probe_ *friend; /* whom it wakes in each poll, or NULL */
    struct waker waker; /* of its latest poll                               */
    bool polling, over;
};

static struct run_queue queue_;
static struct probe_ probes_[3];
static struct probe_ *const a_ = &probes_[0], *const b_ = &probes_[1],
                            *const c_ = &probes_[2];
static char
    polled_[1024]; /* the names, in the order polled                   */

/* ---- Probes -------------------------------------------------------------- */

static void wake_(struct probe_ *probe)
{
    size_t before = strlen(polled_);
    CHECK(probe->waker.wake,
          "the waker that job %c was polled with is empty: "
          "nothing can wake it",
          probe->name);
    waker_wake(probe->waker);
    CHECK(strlen(polled_) == before,
          "waking job %c polled job %c at once: a wake must only put the job "
          "into the queue",
          probe->name, polled_[before]);
}

static void note_poll_(struct probe_ *self)
{
    size_t length = strlen(polled_);
    for (int i = 0; i < 3; i++)
        CHECK(!probes_[i].polling,
              "job %c was polled inside the poll of job %c: a wake must only "
              "put the job into the queue",
              self->name, probes_[i].name);
    CHECK(length < 200,
          "poll after poll, and the queue never becomes empty: %.20s…  Which "
          "line queues a job although nobody has woken that job?",
          polled_);
    polled_[length] = self->name;
}

static enum poll probe_poll_(struct future *f, struct context *cx)
{
    struct probe_ *self = container_of(f, struct probe_, future);
    note_poll_(self);
    CHECK(f->home == f,
          "job %c was polled through its ops: call future_poll(), which checks "
          "the contract",
          self->name);
    f->home = NULL; /* future_poll() notes it anew each time */
    self->polling = true;
    self->waker = context_waker(cx);
    bool yields = self->yields-- > 0;
    for (int i = 0; i < self->at_once && yields; i++)
        wake_(self);
    if (self->friend && yields)
        wake_(self->friend);
    if (!yields && self->wakes_at_end)
        wake_(self);
    self->polling = false;
    self->over = !yields && self->ends;
    return self->over ? POLL_READY : POLL_PENDING;
}

static void probe_drop_(struct future *f)
{
    reject("job %c was dropped: nobody has cancelled it",
           container_of(f, struct probe_, future)->name);
}

static enum poll watched_poll_(struct future *f, struct context *cx)
{
    CHECK(f->ops != &future_over_ops,
          "a job was READY and was polled again: a wake during its last poll "
          "had queued it, so check `done` when you take it out");
    return future_poll(f, cx);
}

static const struct future_ops probe_ops_ = { .name = "probe",
                                              .poll = probe_poll_,
                                              .drop = probe_drop_ };

/* One that is PENDING until it is woken, and has nothing else to do. */
static struct probe_ waiter_(void)
{
    return (struct probe_){ .future.ops = &probe_ops_ };
}

/* One that wakes itself in so many polls, and then is READY. */
static struct probe_ yielder_(int yields)
{
    return (struct probe_){
        .future.ops = &probe_ops_, .yields = yields, .at_once = 1, .ends = true
    };
}

/* ---- What the tests do --------------------------------------------------- */

static void spawn_(struct probe_ *probe, struct probe_ behaves)
{
    *probe = behaves;
    probe->name = (char)('a' + (probe - probes_));
    run_queue_spawn(&queue_, &probe->job, &probe->future);
    CHECK(!polled_[0] || polled_[strlen(polled_) - 1] != probe->name,
          "job %c was polled when it was spawned: a spawn must only put the "
          "job into the queue",
          probe->name);
}

/* Run until the queue is empty. */
static void must_poll_(const char *names, const char *why)
{
    int idle = 0;
    memset(polled_, 0, sizeof polled_);
    while (run_queue_step(&queue_))
        CHECK(idle++ < 1000,
              "run_queue_step() finds a job again and again, and nobody has "
              "woken it: does run_queue_pop() take it out?");
    CHECK(strcmp(polled_, names) == 0, "polled %s, it should have been %s: %s",
          *polled_ ? polled_ : "nobody", *names ? names : "nobody", why);
}

/* ---- In order ------------------------------------------------------------ */

static void a_new_job_is_polled(void **state)
{
    (void)state;
    spawn_(a_, yielder_(0));
    must_poll_("a", "a new job gets its first poll");
    must_poll_("", "it was READY");
}

static void a_step_is_one_poll(void **state)
{
    (void)state;
    spawn_(a_, yielder_(0));
    spawn_(b_, yielder_(0));
    CHECK(run_queue_step(&queue_), "there is a job, and run_queue_step() says "
                                   "there was none");
    CHECK(strlen(polled_) == 1,
          "one step polled %s: a step is one poll, because the code that runs "
          "the queue may have other things to do",
          polled_);
    CHECK(run_queue_step(&queue_), "there is a job, and run_queue_step() says "
                                   "there was none");
    CHECK(strlen(polled_) == 2, "two steps polled %s", polled_);
    CHECK(!run_queue_step(&queue_), "the queue is empty, and run_queue_step() "
                                    "says there was a job");
    CHECK(run_queue_pop(&queue_) == NULL, "the queue is empty, and "
                                          "run_queue_pop() returns a job");
}

static void who_is_not_woken_is_not_polled(void **state)
{
    (void)state;
    spawn_(a_, waiter_());
    must_poll_("a", "nobody has woken a since its first poll: after PENDING, "
                    "do not poll before a wake");
    CHECK(!a_->job.done, "a was PENDING, and counts as done");
    CHECK(!a_->job.queued, "a has left the queue, and `queued` is still set: "
                           "its next wake will do nothing");
    wake_(a_);
    must_poll_("a", "a was woken when the queue had become empty: do not "
                    "append it to a job that has left");
}

static void a_popped_job_has_left_the_queue(void **state)
{
    (void)state;
    spawn_(a_, waiter_());
    spawn_(b_, waiter_());
    must_poll_("ab", "the job that was woken first is polled first");
    wake_(a_);
    must_poll_("a", "only a was woken; where does its `next` point to?");
    wake_(b_);
    must_poll_("b", "b was woken when the queue had become empty: do not "
                    "append it to a job that has left");
    wake_(b_);
    wake_(a_);
    must_poll_("ba", "both were woken, b first");
}

static void the_oldest_is_first(void **state)
{
    (void)state;
    spawn_(a_, waiter_());
    spawn_(b_, waiter_());
    spawn_(c_, waiter_());
    must_poll_("abc", "the job that was woken first is polled first");
    wake_(c_);
    wake_(a_);
    wake_(b_);
    must_poll_("cab", "the job that was woken first is polled first");
}

static void what_is_popped_may_be_woken_at_once(void **state)
{
    (void)state;
    spawn_(a_, waiter_());
    spawn_(b_, waiter_());
    CHECK(run_queue_pop(&queue_) == &a_->job,
          "a and b were queued, and run_queue_pop() did not return a");
    CHECK(!a_->job.queued, "run_queue_pop() returned a, and a->queued is still "
                           "set: it is no longer in the queue");
    run_queue_spawn(&queue_, &a_->job, &a_->future);
    CHECK(run_queue_pop(&queue_) == &b_->job &&
              run_queue_pop(&queue_) == &a_->job,
          "a was popped and queued again: now b comes first, and then a");
    CHECK(run_queue_pop(&queue_) == NULL,
          "all were popped, and run_queue_pop() returns one more job");
}

static void there_may_be_hundreds(void **state)
{
    enum { MANY = 300 };
    static struct probe_child children[MANY];
    static struct job jobs[MANY];
    (void)state;
    for (int i = 0; i < MANY; i++) {
        struct future *f = probe_child(&children[i], "one of many jobs");
        children[i].executor = NULL;
        run_queue_spawn(&queue_, &jobs[i], f);
    }
    must_poll_("", "these jobs write down no name");
    for (int i = 0; i < MANY; i++)
        probe_child_can_go(&children[i * 7 % MANY]);
    for (int i = 0; i < MANY; i++) {
        CHECK(run_queue_step(&queue_),
              "%d jobs were woken, and after %d polls the queue is empty", MANY,
              i);
        CHECK(children[i * 7 % MANY].over,
              "%d jobs were woken, and they were not polled in that order",
              MANY);
    }
    must_poll_("", "all are done");
}

/* ---- Several wakes ------------------------------------------------------- */

static void many_wakes_are_one_poll(void **state)
{
    (void)state;
    spawn_(a_, waiter_());
    spawn_(b_, waiter_());
    must_poll_("ab", "the job that was woken first is polled first");
    wake_(a_);
    wake_(a_);
    wake_(b_);
    wake_(a_);
    must_poll_("ab", "a is in the queue once, where its first wake put it");
}

static void a_wake_during_its_own_poll_counts(void **state)
{
    (void)state;
    spawn_(a_, yielder_(1));
    must_poll_("aa", "a woke itself during its first poll, and that wake is "
                     "lost: while a job is polled, neither its `queued` nor "
                     "its `done` may be set");
    spawn_(b_, yielder_(1));
    b_->at_once = 3;
    must_poll_("bb", "b woke itself three times during one poll: that is one "
                     "more poll");
}

static void those_who_yield_take_turns(void **state)
{
    (void)state;
    spawn_(a_, yielder_(3));
    spawn_(b_, yielder_(3));
    spawn_(c_, yielder_(3));
    must_poll_("abcabcabcabc",
               "a job that wakes itself goes behind all jobs that wait");
}

static void a_job_wakes_another(void **state)
{
    (void)state;
    spawn_(b_, waiter_());
    must_poll_("b", "a new job gets its first poll");
    spawn_(a_, yielder_(2));
    a_->friend = b_;
    spawn_(c_, yielder_(1));
    must_poll_("acabca",
               "a woke itself and then b, and c was before both in the queue");
}

static void two_that_wake_each_other_starve_nobody(void **state)
{
    (void)state;
    spawn_(a_, yielder_(0));
    spawn_(b_, yielder_(0));
    a_->ends = b_->ends = false;
    must_poll_("ab", "the job that was woken first is polled first");
    a_->yields = b_->yields = 2;
    a_->at_once = b_->at_once = 0;
    a_->friend = b_;
    b_->friend = a_;
    spawn_(c_, yielder_(3));
    wake_(a_);
    must_poll_("cacbcacba", "c takes its turn although a and b wake each "
                            "other");
}

/* ---- Done ---------------------------------------------------------------- */

static void a_job_that_is_done_cannot_be_woken(void **state)
{
    (void)state;
    spawn_(a_, yielder_(0));
    must_poll_("a", "a new job gets its first poll");
    wake_(a_);
    CHECK(!a_->job.queued,
          "job a is done, and a late wake queued it nevertheless");
    must_poll_("", "a is done: waking it changes nothing");
    spawn_(b_, yielder_(0));
    wake_(a_);
    spawn_(c_, yielder_(0));
    must_poll_("bc", "a is done: waking it changes nothing");
}

static void a_wake_during_the_last_poll_is_void(void **state)
{
    (void)state;
    spawn_(a_, yielder_(0));
    spawn_(b_, yielder_(1));
    a_->wakes_at_end = true;
    must_poll_("abb",
               "b was behind a, which was done: so the queue was not empty");
    wake_(a_);
    must_poll_("", "a is done: waking it changes nothing");
}

/* ---- Two queues ---------------------------------------------------------- */

static void a_job_stays_in_its_queue(void **state)
{
    static struct run_queue second;
    (void)state;
    spawn_(a_, waiter_());
    must_poll_("a", "a new job gets its first poll");
    *b_ = waiter_();
    b_->name = 'b';
    run_queue_spawn(&second, &b_->job, &b_->future);
    must_poll_("", "b belongs to another queue");
    CHECK(run_queue_step(&second), "b was spawned in a second queue, which is "
                                   "empty");
    wake_(b_);
    wake_(a_);
    must_poll_("a", "b belongs to another queue");
    CHECK(run_queue_step(&second), "b was woken, and is not in its own queue");
}

struct life_ {
    struct run_queue queue;
    struct job jobs[2];
    struct probe_child children[2];
};

static void spawn_child_(struct life_ *me, int i)
{
    struct future *f = probe_child(&me->children[i], "the job");
    me->children[i].executor = NULL;
    run_queue_spawn(&me->queue, &me->jobs[i], f);
}

static void begins_(void *life)
{
    struct life_ *me = life;
    me->queue = (struct run_queue){ 0 };
    spawn_child_(me, 0);
}

static void spawns_another_(void *life)
{
    spawn_child_(life, 1);
}

static void must_step_(struct life_ *me, int i)
{
    int polls = me->children[i].polls;
    CHECK(run_queue_step(&me->queue) && me->children[i].polls == polls + 1,
          "a job is the oldest in its queue, but a step of that queue does not "
          "poll it");
}

static void polls_both_(void *life)
{
    must_step_(life, 0);
    must_step_(life, 1);
}

static void wakes_the_second_(void *life)
{
    struct life_ *me = life;
    probe_child_wakes(&me->children[1]);
    probe_child_wakes(&me->children[1]);
}

static void lets_the_first_end_(void *life)
{
    struct life_ *me = life;
    probe_child_can_go(&me->children[0]);
}

static void polls_the_second_first_(void *life)
{
    struct life_ *me = life;
    must_step_(me, 1);
    must_step_(me, 0);
    CHECK(me->jobs[0].done && !me->jobs[1].done,
          "the first of two futures was READY, but `done` does not say so");
    CHECK(!run_queue_step(&me->queue),
          "both jobs were polled, but their queue still holds a job");
}

static void two_queues_do_not_know_each_other(void **state)
{
    (void)state;
    PROBE_LIVES(life_, begins_, spawns_another_, polls_both_, wakes_the_second_,
                lets_the_first_end_, polls_the_second_first_);
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
    cmocka_unit_test(what_is_popped_may_be_woken_at_once),
    cmocka_unit_test(there_may_be_hundreds),
    cmocka_unit_test(a_job_stays_in_its_queue),
    cmocka_unit_test(two_queues_do_not_know_each_other),
};
EXERCISE_MAIN(tests)
