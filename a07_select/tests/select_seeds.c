/* 500 seeds: random trees of futures, dropped at each of their suspension
 * points; and tasks whose losers must not lose anything. */
#include "tests/every_drop.h"
#include "a04_join/join.h"
#include "a07_select/interval.h"
#include "a07_select/select.h"
#include "a07_select/timeout.h"
#include "desk.h"

enum { SEEDS = 500 };

/* ---- Random trees -------------------------------------------------------- */

static int leaves_alive;

struct leaf {
    struct async async;
    int naps;
    bool began;
    uint64_t ms;
    struct sleep nap;
    struct yield yield;
};

static enum poll leaf_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct leaf);
    leaves_alive++;
    self->began = true;
    for (; self->naps > 0; self->naps--)
        if (self->ms)
            AWAIT(sleep_ms(&self->nap, self->ms));
        else
            AWAIT(yield_now(&self->yield));
    ASYNC_FINALLY
    leaves_alive -= self->began;
    ASYNC_END;
}

static const struct future_ops leaf_ops = ASYNC_OPS(leaf);

enum { NODES = 60, ARMS = 3 };

struct node { /* of whichever kind */
    struct leaf leaf;
    struct interval every;
    struct interval_tick tick;
    struct timeout timeout;
    struct select select;
    struct future *arms[ARMS];
    struct join_all all;
    struct child children[ARMS];
    struct keep keep;
};

struct tree {
    struct async async;
    unsigned seed;
    uint64_t random;
    int used;
    struct node nodes[NODES];
};

static unsigned roll(struct tree *t, unsigned below)
{
    t->random = t->random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(t->random >> 33) % below;
}

static struct future *grow_leaf(struct tree *t, struct node *n)
{
    if (roll(t, 4) == 0) {
        interval_init(&n->every, 1 + roll(t, 30), INTERVAL_BURST);
        n->every.started = true; /* so that it has to wait */
        n->every.next = roll(t, 60);
        return interval_tick(&n->tick, &n->every);
    }
    n->leaf = (struct leaf){ .async.future.ops = &leaf_ops,
                             .naps = 1 + (int)roll(t, 4),
                             .ms = roll(t, 3) * 10 };
    return &n->leaf.async.future;
}

static struct future *grow(struct tree *t, int depth);

static struct future *grow_arm(struct tree *t, int depth)
{
    struct node *n = &t->nodes[t->used - 1];
    struct future *f;
    if (roll(t, 6) == 0)
        return NULL;
    f = grow(t, depth);
    if (roll(t, 4) == 0) {
        n = &t->nodes[t->used++];
        keep_init(&n->keep, f);
        f = keep_lend(&n->keep);
    }
    return f;
}

static struct future *grow(struct tree *t, int depth)
{
    struct node *n = &t->nodes[t->used++];
    unsigned kind = roll(t, 5);
    if (depth == 0 || t->used > NODES / 2 || (kind == 0 && depth < 3))
        return grow_leaf(t, n);
    if (kind == 1)
        return timeout_ms(&n->timeout, grow(t, depth - 1), roll(t, 50));
    if (kind == 2) {
        for (int i = 0; i < ARMS; i++)
            n->children[i].future = grow(t, depth - 1);
        return join_all(&n->all, n->children, ARMS);
    }
    n->arms[0] = grow(t, depth - 1);
    for (int i = 1; i < ARMS; i++)
        n->arms[i] = grow_arm(t, depth - 1);
    return kind == 3 ? select_any(&n->select, n->arms, ARMS)
                     : select_biased(&n->select, n->arms, ARMS);
}

static enum poll tree_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct tree);
    leaves_alive = 0;
    AWAIT(grow(self, 3));
    ASYNC_FINALLY
    for (int i = 0; i < self->used; i++)
        keep_drop(&self->nodes[i].keep);
    assert_int_equal(leaves_alive, 0);
    ASYNC_END;
}

static const struct future_ops tree_ops = ASYNC_OPS(tree);

static struct future *make_tree(void *memory)
{
    struct tree *t = memory;
    memset(t, 0, sizeof *t);
    t->async.future.ops = &tree_ops;
    t->random = every_drop_options.seed;
    return &t->async.future;
}

/* SEL-12, SEL-04, TIME-10 */
static void a_tree_can_be_dropped_anywhere(void **state)
{
    int polls = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        every_drop_options.seed = seed;
        polls += every_drop(sizeof(struct tree), make_tree);
    }
    print_message("%d trees, %d polls\n", SEEDS, polls);
    assert_true(polls > 3 * SEEDS); /* they are not all trivial */
}

/* ---- Nothing is lost ----------------------------------------------------- */

enum { PRODUCERS = 3, CONSUMERS = 3, ITEMS = 20 };

static struct desk desk;
static int produced, consumed, ticks;

struct producer {
    struct async async;
    int i;
    struct sleep nap;
};

static enum poll producer_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct producer);
    for (self->i = 0; self->i < ITEMS; self->i++) {
        AWAIT(sleep_ms(&self->nap, executor_random(cx->executor, 30)));
        produced++;
        desk_put(&desk);
    }
    ASYNC_END;
}

static const struct future_ops producer_ops = ASYNC_OPS(producer);

struct consumer { /* takes items beside ticks, until all were consumed */
    struct async async;
    int number;
    struct select select;
    struct future *arms[3];
    struct take take;
    struct interval every;
    struct interval_tick tick;
    struct sleep end;
    struct keep keep;
};

static enum poll consumer_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct consumer);
    interval_init(&self->every, 7, INTERVAL_SKIP);
    keep_init(&self->keep, sleep_ms(&self->end, 10000));
    do {
        self->arms[0] = take(&self->take, &desk);
        self->arms[1] = interval_tick(&self->tick, &self->every);
        self->arms[2] = keep_lend(&self->keep);
        if (self->number % 2)
            AWAIT(select_biased(&self->select, self->arms, 3));
        else
            AWAIT(select_any(&self->select, self->arms, 3));
        consumed += self->select.winner == 0;
        ticks += self->select.winner == 1;
    } while (self->select.winner != 2);
    ASYNC_FINALLY
    keep_drop(&self->keep);
    ASYNC_END;
}

static const struct future_ops consumer_ops = ASYNC_OPS(consumer);

static uint64_t hash;

static void hash_poll(struct task *t)
{
    hash = hash * 31 + t->id + executor_now(t->executor);
}

static uint64_t run_all(uint64_t seed)
{
    static const struct executor_hooks hooks = { .poll_begins = hash_poll };
    hash = 0;
    produced = consumed = ticks = 0;
    list_init(&desk.waiters);
    desk.items = 0;
    up(&(struct executor_options){
        .virtual_clock = true, .seed = seed, .hooks = &hooks });
    for (int i = 0; i < PRODUCERS; i++) {
        struct producer *p = task_slot(struct producer);
        *p = (struct producer){ .async.future.ops = &producer_ops };
        spawn(&p->async.future);
    }
    for (int i = 0; i < CONSUMERS; i++) {
        struct consumer *c = task_slot(struct consumer);
        *c =
            (struct consumer){ .async.future.ops = &consumer_ops, .number = i };
        spawn(&c->async.future);
    }
    executor_run(&ex);
    down();
    return hash;
}

/* SEL-04, SEL-05, SEL-11 */
static void nothing_is_lost_and_a_seed_repeats_a_run(void **state)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        uint64_t first = run_all(seed);
        assert_int_equal(produced, PRODUCERS * ITEMS);
        assert_int_equal(consumed, produced);
        assert_true(ticks > 100);
        if (seed % 10 == 0)
            assert_true(run_all(seed) == first);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_can_be_dropped_anywhere),
        cmocka_unit_test(nothing_is_lost_and_a_seed_repeats_a_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
