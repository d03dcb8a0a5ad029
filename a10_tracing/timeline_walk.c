/* From the events of a timeline to what each task does in between. */
#include "a10_tracing/timeline.h"

struct walker { /* a task */
    enum timeline_state state;
    size_t begin; /* the event since which it is in this state */
    bool woken;   /* during its own poll */
};

struct walk {
    const struct timeline *tl;
    struct walker *walkers;
    void (*f)(const struct timeline_span *span, void *data);
    void *data;
};

static void change(struct walk *w, size_t i, enum timeline_state state)
{
    const struct timeline_event *e = &w->tl->events[i];
    struct walker *at = &w->walkers[timeline_index(w->tl, e)];
    if (at->state != TIMELINE_NOTHING)
        w->f(&(struct timeline_span){ e, at->state, at->begin, i }, w->data);
    at->state = state;
    at->begin = i;
}

static void step(struct walk *w, size_t i)
{
    const struct timeline_event *e = &w->tl->events[i];
    struct walker *at = &w->walkers[timeline_index(w->tl, e)];
    switch (e->kind) {
    case TIMELINE_SPAWNED:
        break;
    case TIMELINE_WOKEN:
        if (at->state == TIMELINE_RUNNING)
            at->woken = true;
        else
            change(w, i, TIMELINE_QUEUED);
        break;
    case TIMELINE_POLL:
        at->woken = false;
        change(w, i, TIMELINE_RUNNING);
        break;
    case TIMELINE_PENDING:
        change(w, i, at->woken ? TIMELINE_QUEUED : TIMELINE_WAITING);
        break;
    case TIMELINE_READY:
    case TIMELINE_FINISHED:
    case TIMELINE_DROPPED:
        change(w, i, TIMELINE_NOTHING);
        break;
    }
}

void timeline_walk(const struct timeline *tl, size_t n,
                   void (*f)(const struct timeline_span *span, void *data),
                   void *data)
{
    size_t tasks = timeline_tasks(tl);
    struct walk w = { tl, observe_alloc(tasks, sizeof *w.walkers), f, data };
    for (size_t i = 0; i < n; i++)
        step(&w, i);
    for (size_t i = 0; i < tasks && n > 0; i++) {
        const struct walker *at = &w.walkers[i];
        if (at->state != TIMELINE_NOTHING)
            f(&(struct timeline_span){ &tl->events[at->begin], at->state,
                                       at->begin, n - 1 },
              data);
    }
    free(w.walkers);
}
