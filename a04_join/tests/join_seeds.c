/* 500 seeds: every way to wait for many, by chance, in tasks beside each other;
 * every third seed drops one of those tasks in the middle. */
#include "executor.h"
#include "a04_join/buffered.h"
#include "a04_join/join.h"
#include "a04_join/join_set.h"
#include "children.h"

enum { CREW = 6 };

struct hand { /* naps or yields, by chance; some fail */
    struct async async;
    struct child child;
    struct sleep nap;
    struct yield yield;
    int naps, status;
    bool taken, began;
};

static int running; /* hands that have begun and are not over */

static enum poll hand_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct hand);
    running++;
    self->began = true;
    while (self->naps-- > 0)
        if (executor_random(cx->executor, 2))
            AWAIT(sleep_ms(&self->nap, executor_random(cx->executor, 5)));
        else
            AWAIT(yield_now(&self->yield));
    ASYNC_FINALLY
    running -= self->began;
    ASYNC_END;
}

static const struct future_ops hand_ops = ASYNC_OPS(hand);

static struct future *hand(struct hand *self, struct executor *e)
{
    *self = (struct hand){ .async.future.ops = &hand_ops,
                           .naps = (int)executor_random(e, 4) };
    if (executor_random(e, 10) == 0)
        self->status = UV_EIO;
    self->child.future = &self->async.future;
    self->child.status = &self->status;
    return &self->async.future;
}

struct boss { /* one of the five ways, over and over */
    struct async async;
    int way, rounds, made, out;
    struct hand hands[CREW];
    struct child children[CREW];
    struct join_two two;
    struct join_all all;
    struct buffered buffered;
    struct buffered_next next;
    struct join_set set;
    struct join_set_next set_next;
};

static struct child *boss_source(void *data)
{
    struct boss *self = data;
    int free = 0;
    if (self->made == 3 * CREW)
        return NULL;
    while (!self->hands[free].taken)
        free++;
    hand(&self->hands[free], &ex);
    self->made++;
    return &self->hands[free].child;
}

static void boss_begin(struct boss *self, struct executor *e)
{
    struct buffered *b = &self->buffered;
    self->made = self->out = 0;
    for (int i = 0; i < CREW; i++) {
        self->children[i].future = hand(&self->hands[i], e);
        self->children[i].status = &self->hands[i].status;
        self->hands[i].taken = true;
    }
    if (self->way == 2)
        buffered_init(b, CREW, boss_source, self);
    if (self->way == 3)
        buffered_init_ordered(b, CREW, boss_source, self);
    join_set_init(&self->set);
}

static void boss_take(struct boss *self)
{
    struct child *c = self->next.child;
    self->out++;
    container_of(c, struct hand, child)->taken = true;
}

static void boss_spawn(struct boss *self, struct executor *e)
{
    struct future *f = hand(task_slot(struct hand), e);
    assert_int_equal(join_set_spawn(&self->set, e, f), 0);
    if (executor_random(e, 12) == 0)
        join_set_abort_all(&self->set);
}

static enum poll boss_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct boss);
    while (self->rounds-- > 0) {
        boss_begin(self, cx->executor);
        if (self->way == 0) {
            AWAIT(join_two(&self->two, self->children[0].future,
                           self->children[1].future));
            assert_true(self->hands[0].naps < 0 && self->hands[1].naps < 0);
        } else if (self->way == 1) {
            AWAIT(try_join_all(&self->all, self->children, CREW));
            assert_int_equal(self->all.status,
                             self->all.failed ? *self->all.failed->status : 0);
        } else if (self->way < 4) {
            AWAIT(buffered_next(&self->next, &self->buffered));
            while (self->next.child) {
                boss_take(self);
                AWAIT(buffered_next(&self->next, &self->buffered));
            }
            assert_int_equal(self->out, 3 * CREW);
        } else {
            for (; self->made < 3 * CREW; self->made++) {
                boss_spawn(self, cx->executor);
                if (executor_random(cx->executor, 2)) {
                    AWAIT(join_set_next(&self->set_next, &self->set));
                    task_detach(self->set_next.task);
                    self->out++;
                }
            }
            self->out += (int)join_set_len(&self->set);
            assert_int_equal(self->out, 3 * CREW);
            join_set_drop(&self->set);
        }
    }
    ASYNC_FINALLY
    join_set_drop(&self->set);
    if (self->way == 2 || self->way == 3)
        buffered_drop(&self->buffered);
    ASYNC_END;
}

static const struct future_ops boss_ops = ASYNC_OPS(boss);

/* JOIN-01, JOIN-08, SET-01, SET-05, SET-15, SET-16, TASK-13: by chance */
static void five_hundred_seeds(void **state)
{
    for (uint64_t seed = 1; seed <= 500; seed++) {
        struct executor_options options = { .virtual_clock = true,
                                            .seed = seed };
        struct task *bosses[5];
        struct sleep nap;
        up(&options);
        for (int way = 0; way < 5; way++) {
            struct boss *b = task_slot(struct boss);
            *b = (struct boss){ .async.future.ops = &boss_ops,
                                .way = way,
                                .rounds = 4 };
            bosses[way] = task_spawn(&ex, &b->async.future);
        }
        if (seed % 3 == 0) {
            block_on(&ex, sleep_ms(&nap, executor_random(&ex, 20)));
            task_abort(bosses[seed / 3 % 5]);
        }
        executor_run(&ex);
        assert_int_equal(running, 0);
        for (int way = 0; way < 5; way++)
            task_detach(bosses[way]);
        down();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_hundred_seeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
