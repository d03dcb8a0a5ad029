/* What is a future?
 *
 * A struct with a poll function.  This one counts down.  Only main polls it, by
 * hand, so you see every step.
 *
 * Run:    ./a01_futures
 * Watch:  Making the future prints nothing: nothing happens before the first
 *         poll.  PENDING means "ask me again", READY means "look at my result".
 *
 * Expected output:
 *     made a countdown from 3; nothing has happened yet
 *     poll 1: 3 to go -> PENDING
 *     poll 2: 2 to go -> PENDING
 *     poll 3: 1 to go -> PENDING
 *     poll 4: lift-off -> READY
 *     result: 4 polls
 *
 *     made another countdown, and dropped it after one poll
 *     poll 1: 9 to go -> PENDING
 *     dropped with 8 to go: it will never run again
 *
 * Try:    Delete the line that polls `other`: a future that nobody polls does
 *         nothing at all.
 *         Poll once more after READY: the program aborts with a sentence that
 *         says why.
 */
#include "future.h"
#include "program.h"

/* ---- The future ---------------------------------------------------------- */

struct countdown {
    struct future future; /* first: code that polls us knows only this */
    int left;             /* ticks still to come */
    int polls;            /* result: how often we were asked */
};

static enum poll countdown_poll(struct future *f, struct context *cx)
{
    struct countdown *self = container_of(f, struct countdown, future);
    self->polls++;
    if (self->left == 0) {
        printf("poll %d: lift-off -> READY\n", self->polls);
        return POLL_READY;
    }
    printf("poll %d: %d to go -> PENDING\n", self->polls, self->left);
    self->left--;
    waker_wake(context_waker(cx)); /* ask me again at once; see a01_waker */
    return POLL_PENDING;
}

static void countdown_drop(struct future *f)
{
    struct countdown *self = container_of(f, struct countdown, future);
    printf("dropped with %d to go: it will never run again\n", self->left);
}

static const struct future_ops countdown_ops = { .name = "countdown",
                                                 .poll = countdown_poll,
                                                 .drop = countdown_drop };

/* The constructor: fills in the struct that the caller provides, runs nothing,
 * and returns the part that everybody knows how to poll. */
static struct future *countdown(struct countdown *self, int from)
{
    *self = (struct countdown){ .future.ops = &countdown_ops, .left = from };
    return &self->future;
}

/* ---- Poll it by hand ----------------------------------------------------- */

int main(int argc, char **argv)
{
    struct countdown mine, other;
    struct waker nobody = { NULL, NULL };
    struct context cx = context_make(nobody, NULL);
    program_begin(argc, argv);

    /* [poll] */
    struct future *f = countdown(&mine, 3);
    printf("made a countdown from 3; nothing has happened yet\n");
    while (future_poll(f, &cx) == POLL_PENDING) {
    }
    printf("result: %d polls\n\n", mine.polls);
    /* [/poll] */

    f = countdown(&other, 9);
    printf("made another countdown, and dropped it after one poll\n");
    (void)future_poll(f, &cx);
    future_drop(f);
    return program_end(0);
}
