/* Exercise: a letterbox that somebody else fills.
 *
 * Read:   notes/a01_futures.md, "Wakers"
 * Build:  collect(), a future that is READY once a letter has come, and
 *         letterbox_deliver(), which brings one, perhaps from another thread.
 * Why:    Every wait has these three steps: store the waker, bring the value,
 *         wake.  A socket, a timer and a channel do the same.
 * Rules:  The lock protects the box: use it only while you hold the lock.
 *         The postman can come whenever you do not hold it.
 *         Each letter is collected once.  Its delivery calls one waker, the
 *         latest.  A waker is called once: the next delivery does not call it
 *         again, unless a poll has stored it again.
 *         The task that you wake may poll at once, inside your waker_wake().
 * Check:  ./learn check a01_store_and_wake
 */
#include <pthread.h>
#include "future.h"

struct letterbox {
    pthread_mutex_t lock; /* protects the three below                         */
    bool full;            /* is there a letter?                               */
    int letter;           /* any number, 0 too                                */
    struct waker waker;   /* of the task that waits; empty: none does         */
};

static void letterbox_init(struct letterbox *box)
{
    *box = (struct letterbox){ .lock = PTHREAD_MUTEX_INITIALIZER };
}

struct collect {
    struct future future;
    struct letterbox *box; /* one task at a time collects from it             */
    int letter;            /* result                                          */
};

static enum poll collect_poll(struct future *f, struct context *cx)
{
    struct collect *self = container_of(f, struct collect, future);
    (void)self, (void)cx;
    TODO("a letter: take it out, READY; otherwise store the waker, PENDING");
}

static void collect_drop(struct future *f)
{
    struct collect *self = container_of(f, struct collect, future);
    (void)self;
    TODO("nobody waits any more: forget the waker, leave the letter");
}

static const struct future_ops collect_ops = { .name = "collect",
                                               .poll = collect_poll,
                                               .drop = collect_drop };

static struct future *collect(struct collect *self, struct letterbox *box)
{
    *self = (struct collect){ .future.ops = &collect_ops, .box = box };
    return &self->future;
}

/* Called on any thread, and only while the box is empty. */
static void letterbox_deliver(struct letterbox *box, int letter)
{
    (void)box, (void)letter;
    TODO("put the letter in; unlock; then wake the task that waits");
}
