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

/* ---- The timeline, and the program's own hooks --------------------------- */

/* These are functions of their own, so that without them a hook of the console
 * is short: it is called three times for each poll. */
#define OTHERS __attribute__((noinline)) static void

static void note(const struct observed *o, struct task *t,
                 enum timeline_kind kind)
{
    if (o->timeline)
        timeline_note(t, kind);
}

OTHERS others_spawned(const struct observed *o, struct task *t)
{
    note(o, t, TIMELINE_SPAWNED);
    if (o->own->spawned)
        o->own->spawned(t);
}

OTHERS others_woken(const struct observed *o, struct task *t)
{
    note(o, t, TIMELINE_WOKEN);
    if (o->own->woken)
        o->own->woken(t);
}

OTHERS others_poll_begins(const struct observed *o, struct task *t)
{
    note(o, t, TIMELINE_POLL);
    if (o->own->poll_begins)
        o->own->poll_begins(t);
}

OTHERS others_poll_ends(const struct observed *o, struct task *t,
                        enum poll result)
{
    note(o, t, result == POLL_READY ? TIMELINE_READY : TIMELINE_PENDING);
    if (o->own->poll_ends)
        o->own->poll_ends(t, result);
}

OTHERS others_finished(const struct observed *o, struct task *t)
{
    note(o, t, TIMELINE_FINISHED);
    if (o->own->finished)
        o->own->finished(t);
}

OTHERS others_dropped(const struct observed *o, struct task *t)
{
    note(o, t, TIMELINE_DROPPED);
    if (o->own->dropped)
        o->own->dropped(t);
}

/* ---- What the executor calls --------------------------------------------- */

static void on_spawned(struct task *t)
{
    const struct observed *o = observed(t->executor);
    if (o->console)
        console_spawned(o->console, t, timeline_task_name(t));
    if (o->others)
        others_spawned(o, t);
}

static void on_woken(struct task *t)
{
    const struct observed *o = observed(t->executor);
    if (o->console)
        console_woken(o->console, t);
    if (o->others)
        others_woken(o, t);
}

static void on_poll_begins(struct task *t)
{
    const struct observed *o = observed(t->executor);
    if (o->console)
        console_poll_begins(o->console, t);
    if (o->others)
        others_poll_begins(o, t);
}

static void on_poll_ends(struct task *t, enum poll result)
{
    const struct observed *o = observed(t->executor);
    if (o->console)
        console_poll_ends(o->console, t);
    if (o->others)
        others_poll_ends(o, t, result);
}

static void on_finished(struct task *t)
{
    const struct observed *o = observed(t->executor);
    if (o->console)
        console_over(o->console, t);
    if (o->others)
        others_finished(o, t);
}

static void on_dropped(struct task *t)
{
    const struct observed *o = observed(t->executor);
    if (o->console)
        console_over(o->console, t);
    if (o->others)
        others_dropped(o, t);
}

/* Nobody walks it, but a leak checker finds them here. */
static _Atomic(struct observed *) closed;

/* From now on the executor has the program's hooks again. */
static void on_closing(struct executor *ex)
{
    struct observed *o = observed(ex);
    if (o->console)
        console_closing(o->console, ex);
    if (o->own->closing)
        o->own->closing(ex);
    ex->options.hooks = o->own;
    o->next = atomic_exchange(&closed, o);
}

/* The program is about to abort. */
static void on_deadlock(struct executor *ex)
{
    const struct observed *o = observed(ex);
    if (o->own->deadlock)
        o->own->deadlock(ex);
    if (o->timeline)
        timeline_deadlock();
}

static const struct executor_hooks no_hooks;

/* An executor may be given a copy of another one's options.  Then its hooks are
 * those of the other's observer, and behind these are the program's.  The other
 * executor may have been closed meanwhile. */
static const struct executor_hooks *own_hooks(const struct executor *ex)
{
    const struct executor_hooks *hooks = ex->options.hooks;
    if (!hooks)
        return &no_hooks;
    return hooks->spawned == on_spawned ? observed(ex)->own : hooks;
}

static void observe(struct executor *ex)
{
    bool timeline = timeline_observe(ex);
    struct console_tasks *console = console_observe(ex);
    const struct executor_hooks *own = own_hooks(ex);
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
                   .closing = on_closing,
                   .deadlock = on_deadlock },
        .own = own,
        .others = timeline || own != &no_hooks,
        .timeline = timeline,
        .console = console,
    };
    ex->options.hooks = &o->hooks;
}

void (*executor_observe)(struct executor *ex) = observe;
