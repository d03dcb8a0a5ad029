/* How long does the heartbeat stop?
 *
 * A hog computes for 100,000 rounds, and a heartbeat wants to beat as often as
 * it can.  How often it beats depends on how often the hog gives the thread
 * back.
 *
 * Run:    ./a06_starvation
 * Watch:  The longest gap between two beats, in rounds of the hog and in real
 *         time.  A yield in every round is the fairest, and costs the most.
 *         One yield in a thousand rounds costs next to nothing, and the gap is
 *         too short to be noticed.
 *
 * Expected output:
 *     the hog                  beats   longest gap   longest in us   in all us
 *     never yields                 1        100000         <n>        <n>
 *     yields every 1000          101          1000         <n>        <n>
 *     has a budget               782           129         <n>        <n>
 *     yields every round      100001             1         <n>        <n>
 *
 * Try:    Spawn a second heartbeat in run(): do they beat equally often?
 *         Let the heartbeat sleep_ms(1) between beats, on the real clock, and
 *         give the hog ten million rounds: how late does a beat come in each of
 *         the four rows?  (A beat is in time up to 2 ms after the last one,
 *         because a sleep is never too short.)
 */
#include "runtime.h"
#include "a06_yield/budget.h"

/* ---- The heartbeat ------------------------------------------------------- */

static struct {
    long rounds; /* of the hog, so far */
    bool over;
    long beats, last_rounds, longest_rounds;
    uint64_t last_ns, longest_ns;
} seen;

static void beat(void)
{
    uint64_t now = uv_hrtime();
    if (seen.beats++ > 0) {
        if (seen.rounds - seen.last_rounds > seen.longest_rounds)
            seen.longest_rounds = seen.rounds - seen.last_rounds;
        if (now - seen.last_ns > seen.longest_ns)
            seen.longest_ns = now - seen.last_ns;
    }
    seen.last_rounds = seen.rounds;
    seen.last_ns = now;
}

struct heart {
    struct async async;
    struct yield yield;
};

static enum poll heart_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct heart);
    do {
        beat();
        AWAIT(yield_now(&self->yield));
    } while (!seen.over);
    beat();
    ASYNC_END;
}

static const struct future_ops heart_ops = ASYNC_OPS(heart);

static struct future *heart(struct heart *self)
{
    *self = (struct heart){ .async.future.ops = &heart_ops };
    return &self->async.future;
}

/* ---- The hog ------------------------------------------------------------- */

enum { ROUNDS = 100000 };

struct hog {
    struct async async;
    long every; /* a yield in so many rounds; 0: never; -1: a budget */
    volatile double x;
    struct yield yield;
    struct budget budget;
};

static enum poll hog_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct hog);
    while (seen.rounds < ROUNDS) {
        self->x = self->x * 0.5 + 1; /* hard work */
        seen.rounds++;
        if (self->every > 0 && seen.rounds % self->every == 0)
            AWAIT(yield_now(&self->yield));
        else if (self->every < 0)
            AWAIT(budget_step(&self->budget));
    }
    seen.over = true;
    ASYNC_END;
}

static const struct future_ops hog_ops = ASYNC_OPS(hog);

static struct future *hog(struct hog *self, long every)
{
    *self = (struct hog){ .async.future.ops = &hog_ops, .every = every };
    return &self->async.future;
}

/* ---- The table ----------------------------------------------------------- */

static void run(struct executor *ex, const char *title, long every)
{
    uint64_t start = uv_hrtime();
    memset(&seen, 0, sizeof seen);
    task_detach(task_spawn(ex, heart(task_slot(struct heart))));
    task_detach(task_spawn(ex, hog(task_slot(struct hog), every)));
    executor_run(ex);
    printf("%-22s %7ld %13ld %15d %11d\n", title, seen.beats - 1,
           seen.longest_rounds, (int)(seen.longest_ns / 1000),
           (int)((uv_hrtime() - start) / 1000));
}

int main(int argc, char **argv)
{
    struct runtime rt;
    runtime_open(&rt, argc, argv);
    printf("%-22s %7s %13s %15s %11s\n", "the hog", "beats", "longest gap",
           "longest in us", "in all us");
    run(&rt.executor, "never yields", 0);
    run(&rt.executor, "yields every 1000", 1000);
    run(&rt.executor, "has a budget", -1);
    run(&rt.executor, "yields every round", 1);
    return runtime_close(&rt);
}
