/* poller.c: polling by hand. */
#include "machinery.h"

static void poller_wake(void *data)
{
    struct poller *who = data;
    who->woken++;
    if (who->on_wake)
        who->on_wake();
}

/* Should it never return, the learner is told so. */
static enum poll poll_with_words(struct future *f, struct context *cx)
{
    const char *before = exercise_while_;
    WHILE("it is polled: a poll never waits, it returns POLL_PENDING");
    enum poll result = future_poll(f, cx);
    WHILE(before);
    return result;
}

enum poll poll_by(struct poller *who, struct future *f)
{
    static const struct future *waiting; /* was PENDING, and took a waker */
    struct context cx =
        context_make((struct waker){ poller_wake, who }, who->executor);
    who->polls++;
    if (poll_with_words(f, &cx) == POLL_READY) {
        waiting = NULL;
        return POLL_READY;
    }
    if (cx.mute_ && waiting == f)
        reject("%s kept an old waker: in this poll it returned PENDING but "
               "took no waker.  The latest one counts, the future may have "
               "changed hands: call context_waker(cx) in every such poll",
               cx.mute_);
    if (cx.mute_)
        reject("%s returned PENDING but took no waker: nothing can wake it",
               cx.mute_);
    waiting = f;
    return POLL_PENDING;
}
