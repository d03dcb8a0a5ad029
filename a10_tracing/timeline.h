/* timeline.h: what happened to the tasks of a program, as a picture or a file.
 *
 *     EXECUTOR_TRACE=run.svg ./a04_join     a picture
 *     EXECUTOR_TRACE=run.json ./a04_join    for Perfetto and chrome://tracing
 *
 * The build links this into every program of the course, see observe.h.  The
 * file is opened at once and written when the program ends by exit(), by
 * leaving main(), or in a deadlock.  A program that aborts for another reason
 * or is killed leaves it empty.  Until then no other program can have it.
 * Memory has a bound: the first TIMELINE_EVENTS events are kept, the rest is
 * counted.
 *
 * On the virtual clock the same run gives the same file, byte by byte.
 */
#ifndef A10_TIMELINE_H
#define A10_TIMELINE_H

#include "a10_tracing/observe.h"

enum { TIMELINE_EVENTS = 50000 };

enum timeline_kind {
    TIMELINE_SPAWNED,
    TIMELINE_WOKEN,
    TIMELINE_POLL,    /* begins */
    TIMELINE_PENDING, /* how it ended */
    TIMELINE_READY,
    TIMELINE_FINISHED,
    TIMELINE_DROPPED
};

struct timeline_event {
    uint64_t ns;           /* since the first executor; it never goes back */
    const char *name;      /* SPAWNED: the task's; PENDING: what it waits for */
    const char *leaves[2]; /* PENDING in a join, a select: the first two */
    size_t children;       /* so many it has */
    unsigned executor;     /* 0, 1, 2 in the order opened */
    unsigned task;         /* its id */
    unsigned from;         /* the task that spawned or woke it; 0: none */
    enum timeline_kind kind;
};

struct timeline_executor {
    struct executor *executor; /* a later one may lie there, too */
    uint64_t start;            /* ns, when it was opened */
    unsigned tasks;            /* spawned within `events` */
    unsigned first;            /* the index of its task 1 */
    bool virtual_clock;
    unsigned ended; /* the task whose join is about to be woken, or 0 */
};

struct timeline {
    struct timeline_event *events;
    size_t n, room;
    size_t lost; /* events after the first n */
    struct timeline_executor *executors;
    unsigned n_executors;
    size_t tasks, polls; /* in all, also those that were not kept */
    bool deadlock;       /* after the last event */
};

/* What a task does between two of its events. */
enum timeline_state {
    TIMELINE_NOTHING,
    TIMELINE_QUEUED,
    TIMELINE_RUNNING,
    TIMELINE_WAITING
};

struct timeline_span {
    const struct timeline_event *task; /* any event of the task */
    enum timeline_state state;
    size_t begin, end; /* the two events */
};

/* Calls f for all of these among the first n events, in the order in which
 * they end. */
void timeline_walk(const struct timeline *tl, size_t n,
                   void (*f)(const struct timeline_span *span, void *data),
                   void *data);

/* 0, 1, 2: a number for each task of all executors. */
static inline size_t timeline_index(const struct timeline *tl,
                                    const struct timeline_event *e)
{
    return tl->executors[e->executor].first + e->task - 1;
}

static inline size_t timeline_tasks(const struct timeline *tl)
{
    const struct timeline_executor *last = &tl->executors[tl->n_executors - 1];
    return last->first + last->tasks;
}

/* Is this the wake with which every spawn ends? */
static inline bool timeline_is_first_wake(const struct timeline *tl, size_t i)
{
    const struct timeline_event *e = &tl->events[i];
    return i > 0 && e->kind == TIMELINE_WOKEN &&
           e[-1].kind == TIMELINE_SPAWNED && e[-1].task == e->task &&
           e[-1].executor == e->executor;
}

/* What a hook tells. */
void timeline_note(struct task *t, enum timeline_kind kind);

/* The program is about to abort: write the file now. */
void timeline_deadlock(void);

/* For the recorder: fills in e->name and what belongs to it. */
void timeline_note_wait(struct timeline_event *e, struct task *t);

const char *timeline_task_name(struct task *t); /* may be NULL */

/* "sleep_ms", or "join_two: sleep_ms, sleep_ms" */
void timeline_wait_name(char *text, size_t size,
                        const struct timeline_event *e);

/* The picture without its rows: the frame, and below y what the signs mean. */
void timeline_page(FILE *out, int width, int height);
void timeline_key(FILE *out, int y);
void timeline_over(FILE *out, bool dropped, int x, int y);

void timeline_write_svg(const struct timeline *tl, FILE *out);
void timeline_write_json(const struct timeline *tl, FILE *out);
#endif
