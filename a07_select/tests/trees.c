/* Random trees of futures, each with a duration that is known beforehand.
 *
 * A tree is grown by chance from a seed: leaves that sleep, tick, yield or eat
 * the budget; over them joins, selects, timeouts, sets, tasks, aborts.  Each
 * node says how many milliseconds of the virtual clock it takes: a join as long
 * as its slowest child, a select as its quickest.  A `visit` around each node
 * compares.  A `pest` polls without need and gives its child a fresh waker in
 * each poll; an old one must never be called again.  Some trees are aborted in
 * the middle, or dropped with their executor: then nothing may be left.
 *
 * test_trees [SEEDS [FIRST]].  planted.sh tries it on bugs. */
#include "a04_join/buffered.h"
#include "a04_join/join.h"
#include "a04_join/join_set.h"
#include "a07_select/interval.h"
#include "a07_select/select.h"
#include "a07_select/timeout.h"
#include "tests/support.h"

enum { KIDS = 4, LIMIT = 3, ARENA = 1 << 23 };

static _Alignas(max_align_t) char arena[ARENA];
static size_t arena_used;
static uint64_t chance; /* the state of roll() */
static uint64_t seed_now;
static int alive; /* visits that have begun and have not cleaned up */
static int checked;

/* Zeroed memory that lasts as long as the tree. */
static void *take_memory(size_t size)
{
    void *p = arena + arena_used;
    arena_used += (size + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
    assert_true(arena_used < ARENA);
    return p;
}
#define MAKE(type) ((struct type *)take_memory(sizeof(struct type)))

static unsigned roll(unsigned below)
{
    chance = chance * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(chance >> 33) % below;
}

/* What grows: a future, and how long it will take. */
struct tree {
    struct future *future;
    uint64_t ms;
};

static struct tree grow(int depth);

/* ---- visit: does it take as long as was said? ---------------------------- */

struct visit {
    struct async async;
    struct tree tree;
    const char *kind;
    uint64_t start;
    bool begun;
};

static enum poll visit_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct visit);
    alive++;
    self->begun = true;
    self->start = executor_now(cx->executor);
    AWAIT(self->tree.future);
    checked++;
    if (executor_now(cx->executor) - self->start != self->tree.ms)
        fail_msg("seed %d: %s took %d ms, not %d", (int)seed_now, self->kind,
                 (int)(executor_now(cx->executor) - self->start),
                 (int)self->tree.ms);
    ASYNC_FINALLY
    alive -= self->begun;
    future_drop(self->begun ? NULL : self->tree.future);
    ASYNC_END;
}

static const struct future_ops visit_ops = ASYNC_OPS(visit);

static struct visit *make_visit(struct visit *v, const char *kind,
                                struct future *f, uint64_t ms)
{
    *v = (struct visit){ .async.future.ops = &visit_ops,
                         .kind = kind,
                         .tree = { f, ms } };
    return v;
}

static struct tree visit(const char *kind, struct future *f, uint64_t ms)
{
    struct visit *v = make_visit(MAKE(visit), kind, f, ms);
    return (struct tree){ &v->async.future, ms };
}

/* ---- pest: a fresh waker in each poll, and polls without need ------------ */

enum { OLD = 64 }; /* wakers before one is used again */

struct pest {
    struct future future;
    struct future *child;
    struct waker waker;
    unsigned polls, needless;
    struct pest_waker {
        struct pest *pest;
        unsigned poll;
    } wakers[OLD];
};

static void pest_wake(void *data)
{
    struct pest_waker *w = data;
    if (!w->pest)
        fail_msg("seed %d: a waker was called after its future was over",
                 (int)seed_now);
    if (w->poll != w->pest->polls)
        fail_msg("seed %d: the waker of poll %u was called after poll %u",
                 (int)seed_now, w->poll, w->pest->polls);
    waker_wake(w->pest->waker);
}

static void pest_silence(struct pest *self)
{
    for (int i = 0; i < OLD; i++)
        self->wakers[i].pest = NULL;
}

static enum poll pest_poll(struct future *f, struct context *cx)
{
    struct pest *self = container_of(f, struct pest, future);
    struct pest_waker *w = &self->wakers[++self->polls % OLD];
    struct context own = context_child(cx, (struct waker){ pest_wake, w });
    enum poll result;
    *w = (struct pest_waker){ self, self->polls };
    self->waker = context_waker(cx);
    result = future_poll(self->child, &own);
    context_merge(cx, &own);
    if (result == POLL_READY)
        pest_silence(self);
    else if (self->needless > 0 && self->needless--)
        waker_wake(self->waker);
    return result;
}

static void pest_drop(struct future *f)
{
    struct pest *self = container_of(f, struct pest, future);
    future_drop(self->child);
    pest_silence(self);
}

static void pest_children(struct future *f, future_visit *look, void *data)
{
    look(container_of(f, struct pest, future)->child, data);
}

static const struct future_ops pest_ops = COMBINATOR_OPS(pest);

static struct tree with_pest(struct tree t)
{
    struct pest *self = MAKE(pest);
    *self = (struct pest){ .future.ops = &pest_ops,
                           .child = t.future,
                           .needless = roll(4) };
    return (struct tree){ &self->future, t.ms };
}

/* ---- Leaves -------------------------------------------------------------- */

struct loop { /* so many yields, steps of the budget, or ticks */
    struct async async;
    int yields, steps, ticks;
    struct yield yield;
    struct budget budget;
    struct interval every;
    struct interval_tick tick;
};

static enum poll loop_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct loop);
    for (; self->yields > 0; self->yields--)
        AWAIT(yield_now(&self->yield));
    for (; self->steps > 0; self->steps--)
        AWAIT(budget_step(&self->budget));
    for (; self->ticks > 0; self->ticks--)
        AWAIT(interval_tick(&self->tick, &self->every));
    ASYNC_END;
}

static const struct future_ops loop_ops = ASYNC_OPS(loop);

static struct tree grow_leaf(void)
{
    struct loop *l = MAKE(loop);
    struct sleep *s = MAKE(sleep);
    uint64_t ms = roll(40), period = 1 + roll(9), ticks = 1 + roll(4);
    *l = (struct loop){ .async.future.ops = &loop_ops };
    switch (roll(6)) {
    case 0:
        l->yields = 1 + (int)roll(3);
        return visit("yields", &l->async.future, 0);
    case 1:
        l->steps = (int)roll(3 * BUDGET_STEPS);
        return visit("steps", &l->async.future, 0);
    case 2:
        l->ticks = (int)ticks;
        interval_init(&l->every, period, INTERVAL_BURST);
        return visit("ticks", &l->async.future, (ticks - 1) * period);
    default:
        return visit("sleep", sleep_ms(s, ms), ms);
    }
}

/* ---- Children ------------------------------------------------------------ */

struct kids { /* some trees, in all the forms in which they are wanted */
    unsigned n;
    struct tree trees[KIDS];
    struct child children[KIDS];
    struct future *arms[KIDS];
    int statuses[KIDS];
};

static struct kids *grow_kids(int depth)
{
    struct kids *k = MAKE(kids);
    k->n = 1 + roll(KIDS);
    for (unsigned i = 0; i < k->n; i++) {
        k->trees[i] = grow(depth - 1);
        k->arms[i] = k->children[i].future = k->trees[i].future;
        k->children[i].status = &k->statuses[i];
    }
    return k;
}

/* The time of the one that is `rank`th, of those with a status if `failing`. */
static uint64_t kids_ms(const struct kids *k, unsigned rank, bool failing)
{
    uint64_t sorted[KIDS];
    unsigned n = 0;
    for (unsigned i = 0; i < k->n; i++) {
        uint64_t ms = k->trees[i].ms;
        unsigned at = n;
        if (failing && k->statuses[i] == 0)
            continue;
        for (; at > 0 && sorted[at - 1] > ms; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = ms;
        n++;
    }
    return n == 0 ? UINT64_MAX : sorted[rank < n ? rank : n - 1];
}

static uint64_t longest(const struct kids *k)
{
    return kids_ms(k, k->n - 1, false);
}

static uint64_t shortest(const struct kids *k)
{
    return kids_ms(k, 0, false);
}

/* ---- Joins, selects, timeouts -------------------------------------------- */

static struct tree grow_join(int depth)
{
    struct kids *k = grow_kids(depth);
    struct join_all *all = MAKE(join_all);
    struct join_two *two = MAKE(join_two);
    uint64_t failed;
    if (k->n == 2)
        return visit("join_two", join_two(two, k->arms[0], k->arms[1]),
                     longest(k));
    if (roll(2))
        return visit("join_all", join_all(all, k->children, k->n), longest(k));
    for (unsigned i = 0; i < k->n; i++)
        k->statuses[i] = roll(3) ? 0 : UV_EIO;
    failed = kids_ms(k, 0, true);
    return visit("try_join_all", try_join_all(all, k->children, k->n),
                 failed == UINT64_MAX ? longest(k) : failed);
}

static struct tree grow_select(int depth)
{
    struct kids *k = grow_kids(depth);
    struct select *s = MAKE(select);
    unsigned n = k->n;
    if (n < KIDS)
        k->arms[n++] = NULL; /* a disabled arm */
    return roll(2) ? visit("select_any", select_any(s, k->arms, n), shortest(k))
                   : visit("select_biased", select_biased(s, k->arms, n),
                           shortest(k));
}

struct block { /* a block of arms, whose reactions wait too */
    struct async async;
    struct future *one, *two;
    uint64_t ms;
    struct sleep nap;
    struct select select;
};

static enum poll block_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct block);
    SELECT_ANY() {
        ARM(self->one)
            AWAIT(sleep_ms(&self->nap, self->ms));
        ARM_IF(self->two != NULL, self->two)
            AWAIT(sleep_ms(&self->nap, self->ms));
    }
    ASYNC_END;
}

static const struct future_ops block_ops = ASYNC_OPS(block);

static struct tree grow_block(int depth)
{
    struct tree one = grow(depth - 1), two = grow(depth - 1);
    struct block *b = MAKE(block);
    *b = (struct block){ .async.future.ops = &block_ops,
                         .one = one.future,
                         .two = two.future,
                         .ms = roll(10) };
    return visit("block", &b->async.future,
                 (one.ms < two.ms ? one.ms : two.ms) + b->ms);
}

static struct tree grow_timeout(int depth)
{
    struct tree t = grow(depth - 1);
    uint64_t limit = roll(60);
    return visit("timeout", timeout_ms(MAKE(timeout), t.future, limit),
                 t.ms < limit ? t.ms : limit);
}

struct patient { /* a kept future, in rounds of so many ms */
    struct async async;
    struct future *future;
    uint64_t round, pause;
    struct keep keep;
    struct timeout timeout;
    struct sleep nap;
};

static enum poll patient_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct patient);
    keep_init(&self->keep, self->future);
    for (;;) {
        AWAIT(timeout_ms(&self->timeout, keep_lend(&self->keep), self->round));
        if (self->timeout.status == 0)
            break;
        if (self->pause) /* nobody awaits it meanwhile */
            AWAIT(sleep_ms(&self->nap, self->pause));
    }
    ASYNC_FINALLY
    keep_drop(&self->keep);
    ASYNC_END;
}

static const struct future_ops patient_ops = ASYNC_OPS(patient);

static struct tree grow_patient(int depth)
{
    struct patient *p = MAKE(patient);
    struct tree t = grow(depth - 1);
    uint64_t now = 0;
    *p = (struct patient){ .async.future.ops = &patient_ops,
                           .round = 1 + roll(20) };
    if (roll(2)) { /* a sleep goes on while nobody awaits it */
        t.ms = roll(60);
        t.future = sleep_ms(MAKE(sleep), t.ms);
        p->pause = roll(20);
    }
    p->future = t.future;
    while (now + p->round < t.ms)
        now += p->round + p->pause;
    return visit("patient", &p->async.future, now < t.ms ? t.ms : now);
}

/* ---- Sets ---------------------------------------------------------------- */

struct drain { /* takes `wanted` out of a set of children, drops the others */
    struct async async;
    struct kids *kids;
    unsigned i, wanted;
    bool in_order;
    struct unordered set;
    struct unordered_next next;
    struct ordered queue;
    struct ordered_next ordered;
};

static void drain_begin(struct drain *self)
{
    unordered_init(&self->set);
    ordered_init(&self->queue);
    for (unsigned i = 0; i < self->kids->n; i++)
        if (self->in_order)
            ordered_push(&self->queue, &self->kids->children[i],
                         self->kids->arms[i]);
        else
            unordered_push(&self->set, &self->kids->children[i],
                           self->kids->arms[i]);
}

static enum poll drain_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct drain);
    drain_begin(self);
    for (; self->i < self->wanted; self->i++)
        if (self->in_order)
            AWAIT(ordered_next(&self->ordered, &self->queue));
        else
            AWAIT(unordered_next(&self->next, &self->set));
    ASYNC_FINALLY
    unordered_drop(&self->set);
    ordered_drop(&self->queue);
    ASYNC_END;
}

static const struct future_ops drain_ops = ASYNC_OPS(drain);

static struct tree grow_drain(int depth)
{
    struct drain *d = MAKE(drain);
    uint64_t ms = 0;
    *d = (struct drain){ .async.future.ops = &drain_ops,
                         .kids = grow_kids(depth),
                         .in_order = roll(2) };
    d->wanted = 1 + roll(d->kids->n);
    for (unsigned i = 0; i < d->wanted; i++)
        if (d->kids->trees[i].ms > ms)
            ms = d->kids->trees[i].ms;
    return d->in_order ? visit("ordered", &d->async.future, ms)
                       : visit("unordered", &d->async.future,
                               kids_ms(d->kids, d->wanted - 1, false));
}

struct flow { /* a buffered set, from the first job to the last */
    struct async async;
    struct kids *kids;
    unsigned asked;
    size_t limit;
    bool in_order;
    struct buffered buffered;
    struct buffered_next next;
};

static struct child *flow_source(void *data)
{
    struct flow *self = data;
    return self->asked == self->kids->n ? NULL
                                        : &self->kids->children[self->asked++];
}

static enum poll flow_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct flow);
    if (self->in_order)
        buffered_init_ordered(&self->buffered, self->limit, flow_source, self);
    else
        buffered_init(&self->buffered, self->limit, flow_source, self);
    do {
        AWAIT(buffered_next(&self->next, &self->buffered));
    } while (self->next.child);
    ASYNC_FINALLY
    buffered_drop(&self->buffered);
    ASYNC_END;
}

static const struct future_ops flow_ops = ASYNC_OPS(flow);

/* When the last job comes out: each begins when a place is free, and a place is
 * free when its job is over, or, in order, when its job has come out. */
static uint64_t flow_ms(const struct flow *self)
{
    uint64_t places[LIMIT] = { 0 }, out = 0;
    for (unsigned i = 0; i < self->kids->n; i++) {
        unsigned place = 0;
        for (unsigned k = 1; k < self->limit; k++)
            if (places[k] < places[place])
                place = k;
        places[place] += self->kids->trees[i].ms;
        if (self->in_order && places[place] < out)
            places[place] = out;
        if (places[place] > out)
            out = places[place];
    }
    return out;
}

static struct tree grow_flow(int depth)
{
    struct flow *self = MAKE(flow);
    *self = (struct flow){ .async.future.ops = &flow_ops,
                           .kids = grow_kids(depth),
                           .limit = 1 + roll(LIMIT),
                           .in_order = roll(2) };
    return visit("buffered", &self->async.future, flow_ms(self));
}

/* ---- Tasks --------------------------------------------------------------- */

/* The visit of this tree, as the future of a task. */
static struct future *in_slot(struct tree t)
{
    return &make_visit(task_slot(struct visit), "task", t.future, t.ms)
                ->async.future;
}

struct boss { /* spawns a task, and joins it; or aborts it after so many ms */
    struct async async;
    struct tree tree;
    bool aborts;
    uint64_t ms;
    struct sleep nap;
    struct task *task;
    struct join join;
};

static enum poll boss_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct boss);
    self->task = task_spawn(cx->executor, in_slot(self->tree));
    if (self->aborts) {
        AWAIT(sleep_ms(&self->nap, self->ms));
        task_abort(self->task);
    }
    AWAIT(task_join(&self->join, self->task));
    ASYNC_FINALLY
    if (self->task) {
        task_abort(self->task);
        task_detach(self->task);
    }
    ASYNC_END;
}

static const struct future_ops boss_ops = ASYNC_OPS(boss);

static struct tree grow_boss(int depth)
{
    struct boss *b = MAKE(boss);
    *b = (struct boss){ .async.future.ops = &boss_ops,
                        .tree = grow(depth - 1),
                        .aborts = roll(3) == 0,
                        .ms = roll(50) };
    return visit(b->aborts ? "abort" : "task", &b->async.future,
                 b->aborts ? b->ms : b->tree.ms);
}

struct crew { /* a join set: takes some out, then drops it or shuts it down */
    struct async async;
    struct kids *kids;
    unsigned i, wanted;
    bool shuts_down;
    struct join_set set;
    struct join_set_next next;
    struct join_set_shutdown shutdown;
};

static enum poll crew_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct crew);
    join_set_init(&self->set);
    for (self->i = 0; self->i < self->kids->n; self->i++)
        assert_int_equal(join_set_spawn(&self->set, cx->executor,
                                        in_slot(self->kids->trees[self->i])),
                         0);
    for (self->i = 0; self->i < self->wanted; self->i++) {
        AWAIT(join_set_next(&self->next, &self->set));
        task_detach(self->next.task);
    }
    if (self->shuts_down)
        AWAIT(join_set_shutdown(&self->shutdown, &self->set));
    ASYNC_FINALLY
    join_set_drop(&self->set);
    ASYNC_END;
}

static const struct future_ops crew_ops = ASYNC_OPS(crew);

static struct tree grow_crew(int depth)
{
    struct crew *c = MAKE(crew);
    *c = (struct crew){ .async.future.ops = &crew_ops,
                        .kids = grow_kids(depth),
                        .shuts_down = roll(2) };
    c->wanted = 1 + roll(c->kids->n);
    return visit("join_set", &c->async.future,
                 kids_ms(c->kids, c->wanted - 1, false));
}

/* ---- One after the other ------------------------------------------------- */

struct row {
    struct async async;
    struct kids *kids;
    unsigned i;
};

static enum poll row_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct row);
    for (self->i = 0; self->i < self->kids->n; self->i++)
        AWAIT(self->kids->arms[self->i]);
    ASYNC_END;
}

static const struct future_ops row_ops = ASYNC_OPS(row);

static struct tree grow_row(int depth)
{
    struct row *r = MAKE(row);
    uint64_t ms = 0;
    *r = (struct row){ .async.future.ops = &row_ops, .kids = grow_kids(depth) };
    for (unsigned i = 0; i < r->kids->n; i++)
        ms += r->kids->trees[i].ms;
    return visit("row", &r->async.future, ms);
}

/* ---- A whole tree -------------------------------------------------------- */

static struct tree grow(int depth)
{
    static struct tree (*const kinds[])(
        int depth) = { grow_join,    grow_join,    grow_select, grow_block,
                       grow_timeout, grow_drain,   grow_flow,   grow_boss,
                       grow_crew,    grow_patient, grow_row };
    struct tree t;
    if (depth == 0 || roll(6) == 0)
        t = grow_leaf();
    else
        t = kinds[roll(sizeof kinds / sizeof *kinds)](depth);
    return roll(4) == 0 ? with_pest(t) : t;
}

static void run_tree(uint64_t seed)
{
    struct executor_options options = { .virtual_clock = true,
                                        .seed = seed % 3 ? seed : 0 };
    struct sleep nap;
    struct tree t;
    struct task *task;
    seed_now = chance = seed;
    memset(arena, 0, arena_used);
    arena_used = 0;
    alive = 0;
    t = grow(6);
    up(&options);
    task = task_spawn(&ex, in_slot(t));
    if (roll(3) == 0) {
        block_on(&ex, sleep_ms(&nap, roll(60)));
        if (roll(2))
            task_abort(task);
    }
    if (roll(8))
        executor_run(&ex); /* to the end; else it is dropped with its tasks */
    task_detach(task);
    down();
    assert_int_equal(alive, 0);
    assert_null(wheel_first(&ex.wheel));
}

static uint64_t seeds = 300, first_seed = 1;

/* SEL-12, JOIN-01, SET-08, SET-14, SET-15, SET-16, TIME-10: by chance */
static void each_node_takes_as_long_as_was_said(void **state)
{
    checked = 0;
    for (uint64_t seed = first_seed; seed < first_seed + seeds; seed++)
        run_tree(seed);
    print_message("%d trees, %d nodes\n", (int)seeds, checked);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_node_takes_as_long_as_was_said),
    };
    if (argc > 1)
        seeds = strtoull(argv[1], NULL, 10);
    if (argc > 2)
        first_seed = strtoull(argv[2], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
