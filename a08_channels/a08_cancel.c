/* How do you ask many tasks to stop, so that each can finish in its own way?
 *
 * An abort drops a task wherever it waits.  A cancellation token only asks: a
 * task that waits for it learns that it should stop, and may still do what
 * needs time.  Tokens form a tree, so a part of the tasks can be stopped alone.
 * Here two teams dig for treasure, each with a token of its own below that of
 * the whole expedition.
 *
 * Run:    ./a08_cancel
 * Watch:  When anna finds gold, her team stops, the other one digs on.  The
 *         storm stops everybody.  Each digger packs up, which takes 20 ms;
 *         after an abort no task could do that.  Emil comes after the storm, so
 *         his digging is not even polled.
 *
 * Expected output:
 *      60 ms  anna finds gold: her team may stop
 *      60 ms  ben stops, 1 m deep
 *      80 ms  ben is home
 *     150 ms  a storm: all must stop
 *     150 ms  carl stops, 3 m deep
 *     150 ms  dora stops, 2 m deep
 *     150 ms  emil stops, 0 m deep
 *     170 ms  carl is home
 *     170 ms  dora is home
 *     170 ms  emil is home
 *
 * Try:    Let the storm only stop the north: carl and dora dig until they reach
 *         5 m.
 *         Let anna cancel the token of the whole expedition: when the storm
 *         comes, all but emil are home.
 */
#include "a08_channels/cancel.h"
#include "runtime.h"

enum { DIGGERS = 5 };

__attribute__((format(printf, 2, 3))) static void say(struct executor *executor,
                                                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("%3d ms  ", (int)executor_now(executor) / 10 * 10);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
}

/* ---- Work that knows nothing of tokens ----------------------------------- */

struct dig {
    struct async async;
    uint64_t ms; /* for a metre */
    int until;   /* metres */
    int depth;   /* result, also when it is dropped */
    struct sleep nap;
};

static enum poll dig_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct dig);
    for (; self->depth < self->until; self->depth++)
        AWAIT(sleep_ms(&self->nap, self->ms));
    ASYNC_END;
}

static const struct future_ops dig_ops = ASYNC_OPS(dig);

static struct future *dig(struct dig *self, uint64_t ms, int until)
{
    *self =
        (struct dig){ .async.future.ops = &dig_ops, .ms = ms, .until = until };
    return &self->async.future;
}

/* ---- A digger ------------------------------------------------------------ */

struct digger {
    struct async async;
    const char *name;
    struct token *token; /* of its team */
    uint64_t ms;         /* for a metre */
    bool lucky;          /* there is gold 3 m deep */
    struct dig dig;
    struct token_run run;
    struct sleep nap;
};

static enum poll digger_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct digger);
    AWAIT(token_run(&self->run, self->token,
                    dig(&self->dig, self->ms, self->lucky ? 3 : 5)));
    if (self->run.status == UV_ECANCELED) {
        say(cx->executor, "%s stops, %d m deep", self->name, self->dig.depth);
        AWAIT(sleep_ms(&self->nap, 20));
    } else if (self->lucky) {
        say(cx->executor, "%s finds gold: her team may stop", self->name);
        token_cancel(self->token);
        ASYNC_RETURN((void)0);
    }
    say(cx->executor, "%s is home", self->name);
    ASYNC_END;
}

static const struct future_ops digger_ops = ASYNC_OPS(digger);

static struct future *digger(struct digger *self, const char *name,
                             struct token *token, uint64_t ms)
{
    *self = (struct digger){ .async.future.ops = &digger_ops,
                             .name = name,
                             .token = token,
                             .ms = ms,
                             .lucky = strcmp(name, "anna") == 0 };
    return &self->async.future;
}

/* ---- The expedition ------------------------------------------------------ */

struct expedition {
    struct async async;
    struct token all, north, south;
    struct task *diggers[DIGGERS];
    int n, i;
    struct sleep nap;
    struct join join;
};

static void send_out(struct expedition *self, struct executor *executor,
                     const char *name, struct token *team, uint64_t ms)
{
    self->diggers[self->n++] =
        task_spawn(executor, digger(task_slot(struct digger), name, team, ms));
}

static enum poll expedition_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct expedition);
    token_init(&self->all, NULL);
    token_init(&self->north, &self->all);
    token_init(&self->south, &self->all);
    send_out(self, cx->executor, "anna", &self->north, 20);
    send_out(self, cx->executor, "ben", &self->north, 40);
    send_out(self, cx->executor, "carl", &self->south, 40);
    send_out(self, cx->executor, "dora", &self->south, 60);

    AWAIT(sleep_ms(&self->nap, 150));
    say(cx->executor, "a storm: all must stop");
    token_cancel(&self->all);
    send_out(self, cx->executor, "emil", &self->south, 20);
    for (self->i = 0; self->i < self->n; self->i++)
        AWAIT(task_join(&self->join, self->diggers[self->i]));
    ASYNC_FINALLY
    while (self->n > 0) {
        task_abort(self->diggers[--self->n]);
        task_detach(self->diggers[self->n]);
    }
    token_drop(&self->all); /* in any order, when no task waits any more */
    token_drop(&self->north);
    token_drop(&self->south);
    ASYNC_END;
}

static const struct future_ops expedition_ops = ASYNC_OPS(expedition);

int main(int argc, char **argv)
{
    struct runtime rt;
    struct expedition expedition = { .async.future.ops = &expedition_ops };
    runtime_open(&rt, argc, argv);
    return runtime_run(&rt, &expedition.async.future);
}
