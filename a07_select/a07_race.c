/* Three mirrors have the same file; which one do you ask?
 *
 * All of them, and take the first answer.  Or, cheaper, a hedged request: ask
 * one, and only if it has not answered after 50 ms, a second one as well.
 *
 * Run:    ./a07_race [--mirrors N]
 * Watch:  The losers hang up before the winner is announced.  The hedge asks a
 *         second mirror only when the first is slow: one more request now and
 *         then, and few answers are as slow as the slowest mirror.
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
 * Try:    ./a07_race --mirrors 20: an answer sooner, and more work thrown away.
 *         EXECUTOR_SEED=5 ./a07_race: other delays.
 *         Leave out ASYNC_FINALLY of hedged(), and give its second select a
 *         future_keep() of the first mirror too: who hangs up now?
 */
#include "a07_select/select.h"

static struct executor ex;
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
           (int)(executor_now(&ex) - start) / 10 * 10, mirror, what);
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
        uint64_t ms = 20 * (1 + executor_random(&ex, 8));
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
    struct keep keep;
    struct sleep patience;
    struct future *arms[2];
    struct select select;
};

static enum poll hedged_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct hedged);
    mirror(&self->first, 1, self->ms[0]);
    self->arms[0] = future_keep(&self->keep, &self->first.async.future);
    self->arms[1] = sleep_ms(&self->patience, 50);
    AWAIT(select_biased(&self->select, self->arms, 2));
    if (self->select.winner == 1) { /* the first goes on meanwhile */
        self->arms[0] = &self->first.async.future;
        self->arms[1] = mirror(&self->second, 2, self->ms[1]);
        AWAIT(select_biased(&self->select, self->arms, 2));
    }
    printf("  => mirror %zu\n", self->select.winner + 1);
    ASYNC_FINALLY
    future_drop(&self->first.async.future); /* it was kept, so it is ours */
    ASYNC_END;
}

static const struct future_ops hedged_ops = ASYNC_OPS(hedged);

static void hedge(const char *title, uint64_t first, uint64_t second)
{
    struct hedged hedged = { .async.future.ops = &hedged_ops,
                             .ms = { first, second } };
    printf("%s\n", title);
    start = executor_now(&ex);
    block_on(&ex, &hedged.async.future);
}

static int parse(int argc, char **argv)
{
    char *end = "";
    long n = argc == 3 ? strtol(argv[2], &end, 10) : 3;
    bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
    if (argc == 1 || (argc == 3 && strcmp(argv[1], "--mirrors") == 0 &&
                      n >= 1 && n <= MIRRORS && !*end))
        return (int)n;
    fprintf(help ? stdout : stderr,
            "a07_race [--mirrors N]   N from 1 to %d, or 3\n", MIRRORS);
    exit(help ? 0 : 2);
}

int main(int argc, char **argv)
{
    static struct race race = { .async.future.ops = &race_ops };
    uv_loop_t *loop = uv_default_loop();
    race.n = (size_t)parse(argc, argv);
    executor_init(&ex, loop, NULL);
    printf("ask all %d\n", (int)race.n);
    block_on(&ex, &race.async.future);
    hedge("hedged, and the first is quick", 30, 40);
    hedge("hedged, and the first is slow", 200, 40);
    return executor_close(&ex) || uv_loop_close(loop);
}
