/* Which child woke me?
 *
 * A task with many futures has one waker.  When that is called, the task knows
 * only that one of them can go on, and has to poll them all.  With a waker for
 * each child, the set knows which one it is, and polls only that one.
 *
 * Run:    ./a04_unordered
 * Watch:  One child after the other becomes ready.  Polling all of them costs n
 *         * n / 2 polls.  With a waker for each child, two polls per child are
 *         enough: one to leave the waker and one to get the result.
 *
 * Expected output:
 *     children   one waker for all   a waker each
 *           10                  65             20
 *          100                5150            200
 *         1000              501500           2000
 *        10000                   -          20000
 *
 * Try:    Raise MOST to 10000: how long do 50 million polls take?
 *         Let `ring` call one guest at a time as before, but wake all guests
 *         that have not left: what do the two columns say now, and why?
 */
#include "runtime.h"
#include "a04_join/unordered.h"

enum { MOST = 1000 }; /* children, where each wake polls all of them */

/* ---- A child: waits until it is called ----------------------------------- */

struct guest {
    struct future future;
    struct child child; /* what a set needs beside the future */
    struct waker waker;
    bool called, left;
};

static struct guest guests[10000];
static long polls; /* of guests */

static enum poll guest_poll(struct future *f, struct context *cx)
{
    struct guest *self = container_of(f, struct guest, future);
    polls++;
    self->waker = context_waker(cx);
    self->left = self->called;
    return self->left ? POLL_READY : POLL_PENDING;
}

static const struct future_ops guest_ops = { .name = "guest",
                                             .poll = guest_poll,
                                             .drop = future_drop_nothing };

/* ---- One waker for all: poll all that are still here --------------------- */

struct ask_all {
    struct future future;
    int n;
};

static enum poll ask_all_poll(struct future *f, struct context *cx)
{
    struct ask_all *self = container_of(f, struct ask_all, future);
    enum poll result = POLL_READY;
    for (int i = 0; i < self->n; i++)
        if (!guests[i].left &&
            future_poll(&guests[i].future, cx) == POLL_PENDING)
            result = POLL_PENDING;
    return result;
}

static const struct future_ops ask_all_ops = { .name = "ask_all",
                                               .poll = ask_all_poll,
                                               .drop = future_drop_nothing };

/* ---- A waker each: the set polls the one that was woken ------------------ */

struct ask_one {
    struct async async;
    int n;
    struct unordered set;
    struct unordered_next next;
};

static enum poll ask_one_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct ask_one);
    unordered_init(&self->set);
    for (int i = 0; i < self->n; i++)
        unordered_push(&self->set, &guests[i].child, &guests[i].future);
    while (unordered_len(&self->set) > 0)
        AWAIT(unordered_next(&self->next, &self->set));
    ASYNC_FINALLY
    unordered_drop(&self->set);
    ASYNC_END;
}

static const struct future_ops ask_one_ops = ASYNC_OPS(ask_one);

/* ---- The one that calls them --------------------------------------------- */

struct ring {
    struct async async;
    int n, i;
    struct yield yield;
};

static enum poll ring_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct ring);
    AWAIT(yield_now(&self->yield)); /* until all of them wait */
    for (self->i = 0; self->i < self->n; self->i++) {
        guests[self->i].called = true;
        waker_wake(guests[self->i].waker);
        AWAIT(yield_now(&self->yield));
    }
    ASYNC_END;
}

static const struct future_ops ring_ops = ASYNC_OPS(ring);

/* How many polls of guests it takes until `f` is READY, with n guests. */
static long count(struct executor *ex, int n, struct future *f)
{
    struct ring *ring = task_slot(struct ring);
    *ring = (struct ring){ .async.future.ops = &ring_ops, .n = n };
    for (int i = 0; i < n; i++)
        guests[i] = (struct guest){ .future.ops = &guest_ops };
    polls = 0;
    task_detach(task_spawn(ex, &ring->async.future));
    block_on(ex, f);
    return polls;
}

int main(int argc, char **argv)
{
    struct runtime rt;

    runtime_open(&rt, argc, argv);
    printf("children   one waker for all   a waker each\n");
    for (int n = 10; n <= 10000; n *= 10) {
        struct ask_all all = { .future.ops = &ask_all_ops, .n = n };
        struct ask_one one = { .async.future.ops = &ask_one_ops, .n = n };
        printf("%8d   ", n);
        if (n <= MOST)
            printf("%17ld", count(&rt.executor, n, &all.future));
        else
            printf("%17s", "-");
        printf("   %12ld\n", count(&rt.executor, n, &one.async.future));
    }
    return runtime_close(&rt);
}
