/* What a task is called, and what it waits for. */
#include "a10_tracing/timeline.h"

struct look {
    size_t n;
    struct future *first[2];
};

static void look_at(struct future *child, void *data)
{
    struct look *look = data;
    if (look->n < 2)
        look->first[look->n] = child;
    look->n++;
}

static struct look children(struct future *f)
{
    struct look look = { 0, { NULL, NULL } };
    if (f && f->ops && f->ops->children)
        f->ops->children(f, look_at, &look);
    return look;
}

/* Down to the leaf, or to where the way forks if `fork` is not NULL. */
static const char *last_name(struct future *f, struct look *fork)
{
    const char *name = NULL;
    for (int depth = 0; f && f->ops && depth < BACKTRACE_CHAIN; depth++) {
        struct look look = children(f);
        if (f->ops->name)
            name = f->ops->name;
        if (fork && look.n > 1) {
            *fork = look;
            break;
        }
        f = look.first[0];
    }
    return name;
}

void timeline_note_wait(struct timeline_event *e, struct task *t)
{
    struct look fork = { 0, { NULL, NULL } };
    e->name = last_name(task_future(t), &fork);
    e->children = fork.n;
    for (size_t i = 0; i < 2 && i < fork.n; i++)
        e->leaves[i] = last_name(fork.first[i], NULL);
}

const char *timeline_task_name(struct task *t)
{
    return t->ops && t->ops->name ? t->ops->name
                                  : last_name(task_future(t), NULL);
}

void timeline_wait_name(char *text, size_t size, const struct timeline_event *e)
{
    int n = snprintf(text, size, "%s", e->name ? e->name : "?");
    for (size_t i = 0; i < 2 && i < e->children; i++)
        if (n >= 0 && (size_t)n < size)
            n += snprintf(text + n, size - (size_t)n, "%s%s", i ? ", " : ": ",
                          e->leaves[i] ? e->leaves[i] : "?");
    if (e->children > 2 && n >= 0 && (size_t)n < size)
        snprintf(text + n, size - (size_t)n, ", %zu more", e->children - 2);
}
