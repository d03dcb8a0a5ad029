/* May a future move in memory?
 *
 * Until its first poll it may.  After that it must not, because something may
 * point into it.  Here that is the future itself: it has a cursor into its own
 * buffer.
 *
 * Run:    ./a01_pinning
 * Watch:  The copy that was made before the first poll works.  The copy that
 *         was made after it still points into the old place; the next poll
 *         aborts and says so.  (That poll happens in a child process, so that
 *         you can see how it ends.)
 *
 * Expected output:
 *     moved before the first poll:
 *       polled until READY: "HELLO"
 *     moved after the first poll:
 *       one poll at the old place, then copied: the cursor points to the old one
 *       polling the copy:
 *     async-in-c: shout: moved from <text> to <text> after its first poll; timers, lists and wakers still point to the old place: put it where it can stay, then poll
 *       the process was stopped by abort()
 *
 * Try:    Replace the cursor by an index: now a move would do no harm, but the
 *         check cannot know that, and stops the program.  Rust's compiler
 *         knows: it calls such types Unpin.  tokio's Sleep is not Unpin.
 *         Delete the line #undef NDEBUG, and compile with -DNDEBUG, as the
 *         preset release does: the check is gone, and the copy is polled as if
 *         nothing had happened.
 */
#undef NDEBUG /* this lesson is about a check */
#include <ctype.h>
#include "future.h"
#include "program_try.h"

/* ---- A future that points into itself ------------------------------------ */

struct shout {
    struct future future;
    char text[16];
    char *cursor; /* into text: one more letter at each poll */
};

static enum poll shout_poll(struct future *f, struct context *cx)
{
    struct shout *self = container_of(f, struct shout, future);
    if (!self->cursor)
        self->cursor = self->text; /* from here on we must not move */
    if (*self->cursor == '\0')
        return POLL_READY;
    *self->cursor = (char)toupper((unsigned char)*self->cursor);
    self->cursor++;
    waker_wake(context_waker(cx));
    return POLL_PENDING;
}

static const struct future_ops shout_ops = { .name = "shout",
                                             .poll = shout_poll,
                                             .drop = future_drop_nothing };

/* Sets no pointer into itself: that is what makes a constructed future movable,
 * so it can be returned, stored in an array or copied into a task. */
static struct future *shout(struct shout *self, const char *text)
{
    *self = (struct shout){ .future.ops = &shout_ops };
    snprintf(self->text, sizeof self->text, "%s", text);
    return &self->future;
}

/* ---- Two moves ----------------------------------------------------------- */

static void move_before(struct context *cx)
{
    struct shout here, there;
    printf("moved before the first poll:\n");
    shout(&here, "hello");
    there = here;
    while (future_poll(&there.future, cx) == POLL_PENDING) {
    }
    printf("  polled until READY: \"%s\"\n", there.text);
}

static void move_after(void *context)
{
    struct context *cx = context;
    struct shout here, there;
    printf("moved after the first poll:\n");
    (void)future_poll(shout(&here, "hello"), cx);
    there = here;
    printf("  one poll at the old place, then copied: the cursor points to "
           "%s\n",
           there.cursor == there.text + 1 ? "the copy" : "the old one");
    printf("  polling the copy:\n");
    (void)future_poll(&there.future, cx);
}

int main(int argc, char **argv)
{
    struct context cx = context_make((struct waker){ NULL, NULL }, NULL);
    program_begin(argc, argv);
    move_before(&cx);
    program_try(move_after, &cx);
    return program_end(0);
}
