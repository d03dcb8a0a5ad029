/* What does the compiler do with an async function?
 *
 * The macros turn it into a switch.  `launch` is written twice here, once with
 * ASYNC and AWAIT, and once by hand.  Both wait for the same child, and both do
 * the same, poll by poll.
 *
 * Run:    ./a01_async_fn
 * Watch:  Each poll goes on where the last one stopped.  "Point 1" is the first
 *         place where the function stops, "point 2" the second.  The function
 *         remembers the place in `state`: by hand as 1 or 2, with the macros as
 *         the source line of the AWAIT.
 *
 * Expected output:
 *     with AWAIT
 *       poll 1: fuelling              PENDING at point 1
 *       poll 2:                       PENDING at point 1
 *       poll 3: engines on            PENDING at point 2
 *       poll 4: lift-off              READY, result 3
 *     by hand
 *       poll 1: fuelling              PENDING at point 1
 *       poll 2:                       PENDING at point 1
 *       poll 3: engines on            PENDING at point 2
 *       poll 4: lift-off              READY, result 3
 *
 * Try:    Add `int waited = self->waited;` before the second AWAIT and use it
 *         after that AWAIT: the compiler refuses, because C would have
 *         forgotten the value.
 *         Change ticks(…, 2) to ticks(…, 0): a child that is READY at once does
 *         not suspend its parent, so the first point that you see is the second
 *         AWAIT.
 */
#include "async.h"
#include "program.h"
#include "a01_futures/ticks.h" /* PENDING n times, then READY */

/* ---- With AWAIT ---------------------------------------------------------- */

struct launch { /* the frame: what must survive a suspension */
    struct async async;
    struct ticks child;
    int waited; /* result */
};

static enum poll launch_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct launch);
    printf("%-22s", "fuelling");
    AWAIT(ticks(&self->child, 2));
    self->waited += 2;
    printf("%-22s", "engines on");
    AWAIT(ticks(&self->child, 1));
    self->waited += 1;
    printf("%-22s", "lift-off");
    ASYNC_END;
}

static const struct future_ops launch_ops = ASYNC_OPS(launch);

/* ---- By hand: what the macros above do ---------------------------- */

static enum poll by_hand_poll(struct future *f, struct context *cx)
{
    struct launch *self = container_of(f, struct launch, async.future);
    switch (self->async.state) {
    case 0:
        printf("%-22s", "fuelling");
        self->async.child = ticks(&self->child, 2);
        self->async.state = 1;
        /* fall through */
    case 1:
        if (future_poll(self->async.child, cx) == POLL_PENDING)
            return POLL_PENDING;
        self->waited += 2;
        printf("%-22s", "engines on");
        self->async.child = ticks(&self->child, 1);
        self->async.state = 2;
        /* fall through */
    case 2:
        if (future_poll(self->async.child, cx) == POLL_PENDING)
            return POLL_PENDING;
        self->waited += 1;
        printf("%-22s", "lift-off");
    }
    return POLL_READY;
}

static const struct future_ops by_hand_ops = { .name = "by_hand",
                                               .poll = by_hand_poll,
                                               .drop = future_drop_nothing };

/* ---- Poll, and look at the state after each poll ------------------------- */

static void run(const char *title, const struct future_ops *ops)
{
    struct launch launch = { .async.future.ops = ops };
    struct context cx = context_make((struct waker){ NULL, NULL }, NULL);
    int point = 0, last_state = 0;

    printf("%s\n", title);
    for (int poll = 1;; poll++) {
        printf("  poll %d: ", poll);
        if (future_poll(&launch.async.future, &cx) == POLL_READY)
            break;
        if (launch.async.state != last_state)
            point++; /* the line number of the next AWAIT */
        else
            printf("%22s", "");
        last_state = launch.async.state;
        printf("PENDING at point %d\n", point);
    }
    printf("READY, result %d\n", launch.waited);
}

int main(int argc, char **argv)
{
    program_begin(argc, argv);
    run("with AWAIT", &launch_ops);
    run("by hand", &by_hand_ops);
    return program_end(0);
}
