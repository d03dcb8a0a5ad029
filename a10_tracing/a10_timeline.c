/* What do all the tasks do at the same time?
 *
 * A cook makes three dishes and puts each into a channel with room for one.  A
 * waiter takes them out and serves them.  A bookkeeper computes and yields in
 * between, and then sleeps until the next month.
 *
 * Run:    ./a10_timeline
 *         EXECUTOR_TRACE=run.svg ./a10_timeline, and open run.svg in a browser
 *         EXECUTOR_TRACE=run.json ./a10_timeline, and open run.json in
 *         ui.perfetto.dev or chrome://tracing
 * Watch:  The picture shows what the output does not.  The cook waits in
 *         mpsc_send, because the channel has room for one dish only.  The
 *         waiter wakes the cook.  The bookkeeper wakes himself, and is dropped
 *         at the end.  Every program of the course can be watched like this.
 *
 * Expected output:
 *     100 ms  the cook is done
 *     260 ms  the waiter is done
 *     260 ms  the evening is over
 *
 * Try:    Give the channel room for 3: the cook is done at 60 ms.
 *         EXECUTOR_SEED=2 EXECUTOR_TRACE=run.svg ./a10_timeline: the tasks take
 *         turns in another order.
 *         End the name in .png: the program says which endings it knows.
 */
#include "a08_channels/mpsc.h"
#include "runtime.h"

enum { DISHES = 3, ROOM = 1 };

static void say(const struct context *cx, const char *what)
{
    printf("%3d ms  %s\n", (int)executor_now(cx->executor) / 10 * 10, what);
}

/* ---- The cook ------------------------------------------------------------ */

struct cook {
    struct async async;
    MPSC_SENDER(int) hatch; /* his own */
    int dish;
    struct sleep cooking;
    struct mpsc_send send;
};

static enum poll cook_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct cook);
    for (self->dish = 1; self->dish <= DISHES; self->dish++) {
        AWAIT(sleep_ms(&self->cooking, 20));
        AWAIT(mpsc_send(&self->send, &self->hatch, &self->dish));
    }
    say(cx, "the cook is done");
    ASYNC_FINALLY
    mpsc_sender_drop(&self->hatch);
    ASYNC_END;
}

static const struct future_ops cook_ops = ASYNC_OPS(cook);

/* ---- The waiter ---------------------------------------------------------- */

struct serve {
    struct async async;
    MPSC_RECEIVER(int) hatch; /* his own */
    int dish;
    struct mpsc_recv recv;
    struct sleep way;
};

static enum poll serve_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct serve);
    for (;;) {
        AWAIT(mpsc_recv(&self->recv, &self->hatch, &self->dish));
        if (self->recv.status) /* UV_EOF */
            break;
        AWAIT(sleep_ms(&self->way, 80));
    }
    say(cx, "the waiter is done");
    ASYNC_FINALLY
    mpsc_receiver_drop(&self->hatch);
    ASYNC_END;
}

static const struct future_ops serve_ops = ASYNC_OPS(serve);

/* ---- The bookkeeper ------------------------------------------------------ */

struct books {
    struct async async;
    int page;
    struct yield yield;
    struct sleep month;
};

static enum poll books_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct books);
    for (self->page = 0; self->page < 3; self->page++)
        AWAIT(yield_now(&self->yield)); /* a page is computed in one poll */
    AWAIT(sleep_ms(&self->month, 1000));
    say(cx, "the bookkeeper begins again");
    ASYNC_END;
}

static const struct future_ops books_ops = ASYNC_OPS(books);

/* ---- The evening --------------------------------------------------------- */

struct evening {
    struct async async;
    struct task *serve;
    struct join join;
};

static void evening_begin(struct evening *self, struct executor *ex)
{
    struct cook *cook = task_slot(struct cook);
    struct serve *serve = task_slot(struct serve);
    struct books *books = task_slot(struct books);
    *cook = (struct cook){ .async.future.ops = &cook_ops };
    *serve = (struct serve){ .async.future.ops = &serve_ops };
    *books = (struct books){ .async.future.ops = &books_ops };
    runtime_check(mpsc_open(&cook->hatch, &serve->hatch, ROOM, NULL),
                  "open a channel");
    task_detach(task_spawn(ex, &cook->async.future));
    self->serve = task_spawn(ex, &serve->async.future);
    task_detach(task_spawn(ex, &books->async.future));
}

static enum poll evening_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct evening);
    evening_begin(self, cx->executor);
    AWAIT(task_join(&self->join, self->serve));
    say(cx, "the evening is over");
    ASYNC_FINALLY
    task_detach(self->serve); /* NULL, if it never began */
    ASYNC_END;
}

static const struct future_ops evening_ops = ASYNC_OPS(evening);

int main(int argc, char **argv)
{
    struct runtime rt;
    struct evening evening = { .async.future.ops = &evening_ops };
    runtime_open(&rt, argc, argv);
    return runtime_run(&rt, &evening.async.future);
}
