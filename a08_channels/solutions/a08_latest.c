/* Exercise: only the latest value counts.
 *
 * Read:   notes/a08_channels.md, "watch: only the newest value", up to the
 *         place where this exercise is named
 * Build:  A watch: a value that can be set, and a future that waits until there
 *         is one that this observer has not seen.
 * Why:    An observer of a state wants the state of now.  A slow one must not
 *         work through old values, and must not take the news from the others.
 * Rules:  When an observer begins, it has seen the value of that moment.
 *         Each set is news, also a set of the same value.
 *         A wait that is READY gives the newest value, which is seen from then
 *         on.  If the value was set several times before, that is news once.
 *         What one observer has seen is still news for the others.
 *         A value that is not seen comes before the end.
 *         The one you wake may poll at once.  If a wait is dropped, nothing is
 *         lost.
 * Check:  ./learn check a08_latest
 */
#include "a08_channels/wait_list.h"

struct watch {
    int value;
    uint64_t version;    /* how often it was set */
    bool ended;          /* it will not be set any more */
    struct list waiting; /* the waiters of those who wait */
};

static void watch_init(struct watch *w, int value)
{
    *w = (struct watch){ .value = value };
    list_init(&w->waiting);
}

static void watch_end(struct watch *w)
{
    w->ended = true;
    wait_wake_all(&w->waiting); /* each leaves the list, and is woken */
}

static void watch_set(struct watch *w, int value)
{
    w->value = value;
    w->version++;
    wait_wake_all(&w->waiting);
}

/* ---- Who looks ----------------------------------------------------------- */

struct observer {
    struct watch *watch;
    uint64_t seen; /* the version */
};

static void observe(struct observer *self, struct watch *w)
{
    *self = (struct observer){ .watch = w, .seen = w->version };
}

struct changed {
    struct future future;
    struct observer *observer;
    struct waiter waiter;
    bool ok;   /* result: there is news; false: there will be none */
    int value; /* result, if ok: the newest value */
};

static enum poll changed_poll(struct future *f, struct context *cx)
{
    struct changed *self = container_of(f, struct changed, future);
    struct observer *observer = self->observer;
    struct watch *w = observer->watch;
    self->ok = observer->seen != w->version;
    if (!self->ok && !w->ended) {
        wait_in(&w->waiting, &self->waiter, cx);
        return POLL_PENDING;
    }
    observer->seen = w->version;
    self->value = w->value;
    wait_leave(&self->waiter);
    return POLL_READY;
}

static void changed_drop(struct future *f)
{
    struct changed *self = container_of(f, struct changed, future);
    wait_leave(&self->waiter);
}

static const struct future_ops changed_ops = FUTURE_OPS(changed);

/* Wait for news.  One at a time for each observer. */
static struct future *changed(struct changed *self, struct observer *observer)
{
    *self =
        (struct changed){ .future.ops = &changed_ops, .observer = observer };
    return &self->future;
}
