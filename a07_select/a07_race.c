/* Three mirrors have the same file; which one do you ask?
 *
 * Ask all of them, and take the first answer.  Or send a hedged request, which
 * is cheaper: ask one, and only if it has not answered after 50 ms, ask a
 * second one as well.
 *
 * Run:    ./a07_race [--mirrors N]
 * Watch:  The losers hang up before the winner is announced.  The hedge asks a
 *         second mirror only when the first is slow.  So it needs one more
 *         request now and then, and few answers are as slow as the slowest
 *         mirror.
 *
 * Expected output:
 *     ask all 3
 *         0 ms  mirror 1 is asked
 *         0 ms  mirror 2 is asked
 *         0 ms  mirror 3 is asked
 *       100 ms  mirror 2 answers
 *       100 ms  mirror 1 hangs up
 *       100 ms  mirror 3 hangs up
 *       => mirror 2
 *     hedged, and the first is quick
 *         0 ms  mirror 1 is asked
 *        30 ms  mirror 1 answers
 *       => mirror 1
 *     hedged, and the first is slow
 *         0 ms  mirror 1 is asked
 *        50 ms  mirror 2 is asked
 *        90 ms  mirror 2 answers
 *        90 ms  mirror 1 hangs up
 *       => mirror 2
 *
 * Try:    ./a07_race --mirrors 20: the answer comes sooner, and more work is
 *         thrown away.
 *         EXECUTOR_SEED=5 ./a07_race: other delays.
 *         Leave out the keep_drop() of the reaction: when does the first mirror
 *         hang up now?
 */
#include "runtime.h"
#include "a07_select/select.h"

static struct runtime rt;
static uint64_t start; /* of the request */

/* ---- A mirror answers after a while -------------------------------------- */

struct mirror {
    struct async async;
    int number;
    uint64_t ms;
    bool answered;
    struct sleep nap;
};

static void say(int mirror, const char *what)
{
    printf("  %3d ms  mirror %d %s\n",
           (int)(executor_now(&rt.executor) - start) / 10 * 10, mirror, what);
}

static enum poll mirror_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct mirror);
    say(self->number, "is asked");
    AWAIT(sleep_ms(&self->nap, self->ms));
    say(self->number, "answers");
    self->answered = true;
    ASYNC_FINALLY
    if (!self->answered)
        say(self->number, "hangs up");
    ASYNC_END;
}

static const struct future_ops mirror_ops = ASYNC_OPS(mirror);

static struct future *mirror(struct mirror *self, int number, uint64_t ms)
{
    *self = (struct mirror){ .async.future.ops = &mirror_ops,
                             .number = number,
                             .ms = ms };
    return &self->async.future;
}

/* ---- Ask all ------------------------------------------------------------- */

enum { MIRRORS = 99 }; /* the most */

struct race {
    struct async async;
    size_t n;
    struct mirror mirrors[MIRRORS];
    struct future *arms[MIRRORS];
    struct select select;
};

static enum poll race_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct race);
    for (unsigned i = 0; i < self->n; i++) {
        uint64_t ms = 20 * (1 + executor_random(&rt.executor, 8));
        self->arms[i] = mirror(&self->mirrors[i], (int)i + 1, ms);
    }
    AWAIT(select_biased(&self->select, self->arms, self->n));
    printf("  => mirror %zu\n", self->select.winner + 1);
    ASYNC_END;
}

static const struct future_ops race_ops = ASYNC_OPS(race);

/* ---- Ask one, and a second one if that is slow --------------------------- */

struct hedged {
    struct async async;
    uint64_t ms[2]; /* how long the two mirrors take */
    struct mirror first, second;
    struct keep kept; /* the first */
    struct sleep patience;
    struct select select;
    int winner;
};

static enum poll hedged_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct hedged);
    keep_init(&self->kept, mirror(&self->first, 1, self->ms[0]));
    SELECT_BIASED() {
        ARM(keep_lend(&self->kept))
            self->winner = 1;
        ARM(sleep_ms(&self->patience, 50))
            SELECT_BIASED() { /* the first goes on meanwhile */
                ARM(keep_lend(&self->kept))
                    self->winner = 1;
                ARM(mirror(&self->second, 2, self->ms[1])) {
                    keep_drop(&self->kept); /* it has lost */
                    self->winner = 2;
                }
            }
    }
    printf("  => mirror %d\n", self->winner);
    ASYNC_FINALLY
    keep_drop(&self->kept);
    ASYNC_END;
}

static const struct future_ops hedged_ops = ASYNC_OPS(hedged);

static void hedge(const char *title, uint64_t first, uint64_t second)
{
    struct hedged hedged = { .async.future.ops = &hedged_ops,
                             .ms = { first, second } };
    printf("%s\n", title);
    start = executor_now(&rt.executor);
    block_on(&rt.executor, &hedged.async.future);
}

static size_t mirrors_wanted(int argc, char **argv)
{
    static const struct option options[] = {
        { "mirrors", required_argument, NULL, 'm' }, { 0 }
    };
    long n = 3;
    program_begin_options(argc, argv, "[--mirrors N]");
    while (program_option(argc, argv, "", options) != -1)
        n = program_number("--mirrors", optarg, 1, MIRRORS);
    program_no_more(argc, argv);
    return (size_t)n;
}

int main(int argc, char **argv)
{
    static struct race race = { .async.future.ops = &race_ops };
    race.n = mirrors_wanted(argc, argv);
    runtime_init(&rt, NULL);
    printf("ask all %zu\n", race.n);
    block_on(&rt.executor, &race.async.future);
    hedge("hedged, and the first is quick", 30, 40);
    hedge("hedged, and the first is slow", 200, 40);
    return runtime_close(&rt);
}
