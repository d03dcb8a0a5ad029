/* What if several things may come, and only the first one counts?
 *
 * Three runners sleep for a random time each.  select_any() waits for all of
 * them at once and is READY with the first; the others are cancelled.
 *
 * Run:    ./a07_select
 * Watch:  Each line is printed from left to right: the losers give up before
 *         the winner is announced.  What they held is released by then.
 *
 * Expected output:
 *     round  1:  ann  80  bob  40  cat 120   (ann gives up) (cat gives up) bob wins
 *     round  2:  ann  20  bob 160  cat 180   (bob gives up) (cat gives up) ann wins
 *     round  3:  ann  80  bob 100  cat  60   (ann gives up) (bob gives up) cat wins
 *     round  4:  ann  80  bob  40  cat 180   (ann gives up) (cat gives up) bob wins
 *     round  5:  ann  20  bob  40  cat  60   (bob gives up) (cat gives up) ann wins
 *     round  6:  ann 140  bob 160  cat 120   (ann gives up) (bob gives up) cat wins
 *     round  7:  ann  80  bob 160  cat  60   (ann gives up) (bob gives up) cat wins
 *     round  8:  ann  80  bob 160  cat  60   (ann gives up) (bob gives up) cat wins
 *     round  9:  ann  20  bob  40  cat 180   (bob gives up) (cat gives up) ann wins
 *     round 10:  ann  80  bob 100  cat  60   (ann gives up) (bob gives up) cat wins
 *     ann won 3
 *     bob won 2
 *     cat won 5
 *
 * Try:    EXECUTOR_SEED=7 ./a07_select: other winners, and the same ones again
 *         each time you run it with seed 7.
 *         Give bob and cat the same time as ann, and run it with several seeds:
 *         who wins a tie?  And with select_biased()?
 */
#include "runtime.h"
#include "a07_select/select.h"

/* ---- A runner says when it is cancelled ---------------------------------- */

struct runner {
    struct async async;
    const char *name;
    uint64_t ms;
    bool arrived;
    struct sleep nap;
};

static enum poll runner_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct runner);
    AWAIT(sleep_ms(&self->nap, self->ms));
    self->arrived = true;
    ASYNC_FINALLY
    if (!self->arrived)
        printf(" (%s gives up)", self->name);
    ASYNC_END;
}

static const struct future_ops runner_ops = ASYNC_OPS(runner);

static struct future *runner(struct runner *self, const char *name, uint64_t ms)
{
    *self = (struct runner){ .async.future.ops = &runner_ops,
                             .name = name,
                             .ms = ms };
    return &self->async.future;
}

/* ---- Ten rounds ---------------------------------------------------------- */

enum { ROUNDS = 10, RUNNERS = 3 };
static const char *const names[RUNNERS] = { "ann", "bob", "cat" };

struct race {
    struct async async;
    int round;
    struct runner runners[RUNNERS];
    struct future *arms[RUNNERS];
    struct select select;
    int wins[RUNNERS];
};

static enum poll race_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct race);
    for (self->round = 1; self->round <= ROUNDS; self->round++) {
        printf("round %2d:", self->round);
        for (unsigned i = 0; i < RUNNERS; i++) {
            /* 20, 80, 140; 40, 100, 160; 60, 120, 180: never two alike */
            uint64_t ms = 20 * (3 * executor_random(cx->executor, 3) + i + 1);
            self->arms[i] = runner(&self->runners[i], names[i], ms);
            printf("  %s %3d", names[i], (int)ms);
        }
        printf("  ");
        AWAIT(select_any(&self->select, self->arms, RUNNERS));
        printf(" %s wins\n", names[self->select.winner]);
        self->wins[self->select.winner]++;
    }
    ASYNC_END;
}

static const struct future_ops race_ops = ASYNC_OPS(race);

int main(int argc, char **argv)
{
    struct race race = { .async.future.ops = &race_ops };
    struct runtime rt;
    runtime_open(&rt, argc, argv);
    block_on(&rt.executor, &race.async.future);
    for (int i = 0; i < RUNNERS; i++)
        printf("%s won %d\n", names[i], race.wins[i]);
    return runtime_close(&rt);
}
