/* Which arm wins when several are ready at the same time?
 *
 * A tie is not rare: under load every source always has an item.  Then the
 * order in which the arms are polled decides which sources are served at all.
 *
 * Run:    ./a07_biased
 * Watch:  Two sources, left and right, always have an item.  After 100 items
 *         somebody asks for the end.  In fixed order the first source starves
 *         the second, and the arm for the end is never polled.  So put first
 *         what must not wait.
 *         select_any() polls a random arm first, then the next ones, round the
 *         circle.  As long as nobody asks for the end, its arm is not READY.
 *         Then its chances go to left, the next arm in the circle.
 *
 * Expected output:
 *                                 left  right   end seen
 *     select_any                    73     33   6 items late
 *     select_biased               1000      0   never
 *     select_biased, end first     100      0   0 items late
 *
 * Try:    EXECUTOR_SEED=1, 2, 3 ./a07_biased: how late can the end be seen?
 *         Let source_poll() begin with  if (!budget_spend(cx)) return
 *         POLL_PENDING;  of a06_yield/budget.h.  Now the last arm has its turn
 *         in fixed order too: after how many items, and why?
 */
#include "runtime.h"
#include "a07_select/select.h"

enum { ALL = 1000, WISH = 100 };

/* ---- A source that is always ready, and the wish to end ------------------ */

static int items; /* taken so far, from both */

static enum poll source_poll(struct future *f, struct context *cx)
{
    (void)f, (void)cx;
    items++;
    return POLL_READY;
}

static const struct future_ops source_ops = { .name = "source",
                                              .poll = source_poll,
                                              .drop = future_drop_nothing };

static struct future *source(struct future *self)
{
    *self = (struct future){ .ops = &source_ops };
    return self;
}

static enum poll wish_poll(struct future *f, struct context *cx)
{
    (void)f;
    if (items >= WISH)
        return POLL_READY;
    (void)context_waker(cx); /* never called: another arm is READY anyway */
    return POLL_PENDING;
}

static const struct future_ops wish_ops = { .name = "wish",
                                            .poll = wish_poll,
                                            .drop = future_drop_nothing };

static struct future *wish(struct future *self)
{
    *self = (struct future){ .ops = &wish_ops };
    return self;
}

/* ---- Take items until the end is seen ------------------------------------ */

enum { LEFT, RIGHT, END, ARMS }; /* kinds of arms */

struct taker {
    struct async async;
    bool biased;
    int order[ARMS]; /* which kind is which arm */
    struct future sources[2], wish;
    struct future *arms[ARMS];
    struct select select;
    int wins[ARMS]; /* result */
};

static enum poll taker_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct taker);
    items = 0;
    while (self->wins[END] == 0 && items < ALL) {
        for (int i = 0; i < ARMS; i++) {
            int kind = self->order[i];
            self->arms[i] =
                kind == END ? wish(&self->wish) : source(&self->sources[kind]);
        }
        if (self->biased)
            AWAIT(select_biased(&self->select, self->arms, ARMS));
        else
            AWAIT(select_any(&self->select, self->arms, ARMS));
        self->wins[self->order[self->select.winner]]++;
    }
    ASYNC_END;
}

static const struct future_ops taker_ops = ASYNC_OPS(taker);

static void run(struct executor *ex, const char *title, struct taker taker)
{
    taker.async.future.ops = &taker_ops;
    block_on(ex, &taker.async.future);
    printf("%-26s %5d %6d   ", title, taker.wins[LEFT], taker.wins[RIGHT]);
    if (taker.wins[END])
        printf("%d items late\n", items - WISH);
    else
        printf("never\n");
}

int main(int argc, char **argv)
{
    struct runtime rt;
    runtime_open(&rt, argc, argv);
    printf("%-26s %5s %6s   end seen\n", "", "left", "right");
    run(&rt.executor, "select_any",
        (struct taker){ .order = { LEFT, RIGHT, END } });
    run(&rt.executor, "select_biased",
        (struct taker){ .biased = true, .order = { LEFT, RIGHT, END } });
    run(&rt.executor, "select_biased, end first",
        (struct taker){ .biased = true, .order = { END, LEFT, RIGHT } });
    return runtime_close(&rt);
}
