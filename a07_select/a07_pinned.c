/* How can one operation last for many rounds of a loop?
 *
 * A download runs beside a ticking interval, and each tick reports how far it
 * is.  The future of a tick is made again in each round; that of the download
 * must not be.
 *
 * Run:    ./a07_pinned
 * Watch:  If it is made again, the download starts from the beginning after
 *         each tick, so it works all the time and never ends.  If it is kept,
 *         it stays where it is between the rounds: in Rust one says that it is
 *         pinned.
 *
 * Expected output:
 *     made again in each round
 *        80 ms  tick: 1 of 4 parts
 *       160 ms  tick: 1 of 4 parts
 *       240 ms  tick: 1 of 4 parts
 *       320 ms  tick: 1 of 4 parts
 *               given up
 *     kept
 *        80 ms  tick: 1 of 4 parts
 *       160 ms  tick: 3 of 4 parts
 *       180 ms  done: 4 of 4 parts
 *
 * Try:    Add a third arm, a deadline: sleep_ms(&self->limit, 150).  If it is
 *         made again in each round, it never comes.  If it is made before the
 *         loop and kept (by a struct keep of its own), it comes after 150 ms.
 *         Then set `done`, because a future that is over must not be lent
 *         again.
 *         Let download_poll() print a line in ASYNC_FINALLY, and set PATIENCE
 *         to 1: which line drops the download that is kept?
 */
#include "runtime.h"
#include "a07_select/interval.h"
#include "a07_select/select.h"

/* ---- A download in four parts -------------------------------------------- */

enum { PARTS = 4 };

struct download {
    struct async async;
    int parts;
    struct sleep nap;
};

static enum poll download_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct download);
    AWAIT(sleep_ms(&self->nap, 20)); /* connect */
    while (self->parts < PARTS) {
        AWAIT(sleep_ms(&self->nap, 40));
        self->parts++;
    }
    ASYNC_END;
}

static const struct future_ops download_ops = ASYNC_OPS(download);

static struct future *download(struct download *self)
{
    *self = (struct download){ .async.future.ops = &download_ops };
    return &self->async.future;
}

/* ---- A loop beside it ---------------------------------------------------- */

enum { PATIENCE = 4 }; /* ticks */

struct watcher {
    struct async async;
    bool kept, done;
    uint64_t start;
    int ticks;
    struct interval every;
    struct interval_tick tick;
    struct download download;
    struct keep keep;
    struct select select;
};

static void say(const struct watcher *self, struct executor *ex,
                const char *what)
{
    printf("  %3d ms  %s: %d of %d parts\n",
           (int)(executor_now(ex) - self->start) / 10 * 10, what,
           self->download.parts, PARTS);
}

static enum poll watcher_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct watcher);
    self->start = executor_now(cx->executor);
    interval_init(&self->every, 80, INTERVAL_BURST);
    AWAIT(interval_tick(&self->tick, &self->every)); /* the first is now */
    keep_init(&self->keep, download(&self->download));
    while (!self->done && self->ticks < PATIENCE) {
        SELECT_ANY() {
            ARM(self->kept ? keep_lend(&self->keep)
                           : download(&self->download)) {
                say(self, cx->executor, "done");
                self->done = true;
            }
            ARM(interval_tick(&self->tick, &self->every)) {
                say(self, cx->executor, "tick");
                self->ticks++;
            }
        }
    }
    ASYNC_FINALLY
    keep_drop(&self->keep);
    ASYNC_END;
}

static const struct future_ops watcher_ops = ASYNC_OPS(watcher);

static void run(struct executor *ex, const char *title, bool kept)
{
    struct watcher w = { .async.future.ops = &watcher_ops, .kept = kept };
    printf("%s\n", title);
    block_on(ex, &w.async.future);
    if (w.ticks == PATIENCE)
        printf("          given up\n");
}

int main(int argc, char **argv)
{
    struct runtime rt;
    runtime_open(&rt, argc, argv);
    run(&rt.executor, "made again in each round", false);
    run(&rt.executor, "kept", true);
    return runtime_close(&rt);
}
