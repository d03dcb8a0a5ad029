/* Passes each hook on to those who want to watch; see observe.h. */
#include <unistd.h>
#include "a10_tracing/observe.h"
#include "a10_tracing/console_tasks.h"
#include "a10_tracing/timeline.h"

void *observe_alloc(size_t n, size_t size)
{
    void *memory = calloc(n ? n : 1, size);
    if (!memory) {
        fputs("no memory to observe the program\n", stderr);
        _exit(1);
    }
    return memory;
}

static struct observed *observed(const struct executor *ex)
{
    return container_of(ex->options.hooks, struct observed, hooks);
}

#define PASS_ON(o, hook, ...)            \
    do {                                 \
        if ((o)->own->hook)              \
            (o)->own->hook(__VA_ARGS__); \
    } while (0)

static void on_spawned(struct task *t)
{
    const struct observed *o = observed(t->executor);
    if (o->console)
        console_spawned(o->console, t, timeline_task_name(t));
    if (o->timeline)
        timeline_note(t, TIMELINE_SPAWNED);
    PASS_ON(o, spawned, t);
}

static void on_woken(struct task *t)
{
    const struct observed *o = observed(t->executor);
    if (o->console)
        console_woken(o->console, t);
    if (o->timeline)
        timeline_note(t, TIMELINE_WOKEN);
    PASS_ON(o, woken, t);
}

static void on_poll_begins(struct task *t)
{
    const struct observed *o = observed(t->executor);
    if (o->console)
        console_poll_begins(o->console, t);
    if (o->timeline)
        timeline_note(t, TIMELINE_POLL);
    PASS_ON(o, poll_begins, t);
}

static void on_poll_ends(struct task *t, enum poll result)
{
    const struct observed *o = observed(t->executor);
    if (o->console)
        console_poll_ends(o->console, t);
    if (o->timeline)
        timeline_note(t,
                      result == POLL_READY ? TIMELINE_READY : TIMELINE_PENDING);
    PASS_ON(o, poll_ends, t, result);
}

static void on_finished(struct task *t)
{
    const struct observed *o = observed(t->executor);
    if (o->console)
        console_over(o->console, t);
    if (o->timeline)
        timeline_note(t, TIMELINE_FINISHED);
    PASS_ON(o, finished, t);
}

static void on_dropped(struct task *t)
{
    const struct observed *o = observed(t->executor);
    if (o->console)
        console_over(o->console, t);
    if (o->timeline)
        timeline_note(t, TIMELINE_DROPPED);
    PASS_ON(o, dropped, t);
}

/* From now on the executor has the program's hooks again. */
static void on_closing(struct executor *ex)
{
    struct observed *o = observed(ex);
    if (o->console)
        console_closing(o->console, ex);
    PASS_ON(o, closing, ex);
    ex->options.hooks = o->own;
    free(o);
}

static const struct executor_hooks no_hooks;

/* An executor may be given a copy of another one's options.  Then it has the
 * hooks of that one's observer, which are not its own. */
static const struct executor_hooks *own_hooks(const struct executor *ex)
{
    const struct executor_hooks *hooks = ex->options.hooks;
    return hooks && hooks->spawned != on_spawned ? hooks : &no_hooks;
}

static void observe(struct executor *ex)
{
    bool timeline = timeline_observe(ex);
    struct console_tasks *console = console_observe(ex);
    struct observed *o;
    if (!timeline && !console)
        return;
    o = observe_alloc(1, sizeof *o);
    *o = (struct observed){
        .hooks = { .spawned = on_spawned,
                   .woken = on_woken,
                   .poll_begins = on_poll_begins,
                   .poll_ends = on_poll_ends,
                   .finished = on_finished,
                   .dropped = on_dropped,
                   .closing = on_closing },
        .own = own_hooks(ex),
        .timeline = timeline,
        .console = console,
    };
    ex->options.hooks = &o->hooks;
}

void (*executor_observe)(struct executor *ex) = observe;
