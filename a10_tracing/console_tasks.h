/* console_tasks.h: what is counted of each task of a watched program.
 *
 *     EXECUTOR_CONSOLE=1 ./a08_chat --port 4000      and then  ./a10_console
 *
 * threads  The executor's thread counts, and the console's thread reads at any
 *          time, also while a poll computes and does not return.  So an entry
 *          is made of atomics that only one thread writes: no lock, and no
 *          more work than a plain variable.  Entries are in pages, which are
 *          added and freed under console_lock.
 * clock    To read a clock at the begin and the end of each poll can cost more
 *          than the poll.  So the console's thread reads it once a millisecond
 *          and stores it, and the hooks look at the stored time.  During a poll
 *          of 10 us it moves once in a hundred times, and then 1 ms is counted.
 *          So the sum is right on average, as it is for an operating system
 *          that counts processor time by the ticks of its clock.
 * waits    Where a task waits can only be asked on its executor's thread, and
 *          not inside a poll.  The console's thread rings a doorbell there, a
 *          uv_async_t that does not keep the loop alive.
 */
#ifndef A10_CONSOLE_TASKS_H
#define A10_CONSOLE_TASKS_H

#include <stdatomic.h>
#include "a10_tracing/console_protocol.h"
#include "a10_tracing/observe.h"

enum { CONSOLE_PAGE = 64 };

/* An entry: what each poll changes, in one line of the processor's cache.
 * Times are in ns. */
struct console_task {
    _Alignas(64) _Atomic uint64_t since; /* begin of its state */
    _Atomic uint64_t busy, ready, longest, polls, self_wakes;
    _Atomic(struct task *) task;
    _Atomic uint32_t frame; /* bytes */
    atomic_uchar alive;     /* 0: no task; it is written last */
    atomic_uchar state;     /* an enum task_state */
};

struct console_page {
    struct console_task tasks[CONSOLE_PAGE];
    struct { /* what no poll changes */
        const char *_Atomic name;
        _Atomic uint64_t spawned;
    } also[CONSOLE_PAGE];
    unsigned alive;
};

struct console_tasks { /* those of an executor */
    struct console_tasks *next;
    unsigned number;             /* 1, 2, 3 in the order opened */
    struct console_page **pages; /* of ids 0 to 63, 64 to 127 …; or NULL */
    unsigned n_pages;
    _Atomic uint64_t over; /* tasks that are over */
    uv_async_t *doorbell;
};

/* What the console wants to know of some tasks, and an executor answers. */
struct console_ask {
    struct console_ask *next;
    bool wake;   /* the task, before */
    bool failed; /* there was no memory for an answer */
    unsigned n;
    struct {
        unsigned executor, id;
        char *where; /* on the heap; NULL: no answer yet */
    } tasks[CONSOLE_ROWS];
};

extern uv_mutex_t console_lock;             /* of the pages and the lists */
extern _Atomic uint64_t console_clock;      /* uv_hrtime(), but coarse */
extern struct console_tasks *console_first; /* all executors */

/* ---- For the console's thread, with the lock ----------------------------- */

void console_ask(struct console_ask *ask);
void console_unask(struct console_ask *ask); /* forget it, free the answers */
bool console_is_answered(const struct console_ask *ask);

/* ---- The hooks ----------------------------------------------------------- */

#define CONSOLE_GET(p) atomic_load_explicit(p, memory_order_relaxed)
#define CONSOLE_SET(p, value) \
    atomic_store_explicit(p, value, memory_order_relaxed)
#define CONSOLE_ADD(p, n) CONSOLE_SET(p, CONSOLE_GET(p) + (n))

void console_add_page(struct console_tasks *c);
void console_free_page(struct console_tasks *c, unsigned page);

static inline struct console_task *console_entry_(struct console_tasks *c,
                                                  const struct task *t)
{
    return &c->pages[t->id / CONSOLE_PAGE]->tasks[t->id % CONSOLE_PAGE];
}

static inline void console_spawned(struct console_tasks *c, struct task *t,
                                   const char *name)
{
    uint64_t now = CONSOLE_GET(&console_clock);
    struct console_page *page;
    struct console_task *e;
    while (t->id / CONSOLE_PAGE >= c->n_pages)
        console_add_page(c);
    page = c->pages[t->id / CONSOLE_PAGE];
    page->alive++;
    e = console_entry_(c, t);
    CONSOLE_SET(&e->task, t);
    CONSOLE_SET(&page->also[t->id % CONSOLE_PAGE].name, name);
    CONSOLE_SET(&page->also[t->id % CONSOLE_PAGE].spawned, now);
    CONSOLE_SET(&e->since, now);
    CONSOLE_SET(&e->frame, (uint32_t)(t->blocks * 16U - sizeof *t));
    CONSOLE_SET(&e->state, t->state);
    atomic_store_explicit(&e->alive, 1, memory_order_release);
}

/* A task that wakes itself is still polled: poll_ends counts that. */
static inline void console_woken(struct console_tasks *c, const struct task *t)
{
    struct console_task *e;
    if (t->state == TASK_WOKEN)
        return;
    e = console_entry_(c, t);
    CONSOLE_SET(&e->state, TASK_QUEUED);
    CONSOLE_SET(&e->since, CONSOLE_GET(&console_clock));
}

static inline void console_poll_begins(struct console_tasks *c,
                                       const struct task *t)
{
    struct console_task *e = console_entry_(c, t);
    uint64_t now = CONSOLE_GET(&console_clock), since = CONSOLE_GET(&e->since);
    CONSOLE_ADD(&e->polls, 1);
    CONSOLE_SET(&e->state, TASK_POLLED);
    if (now == since)
        return;
    CONSOLE_ADD(&e->ready, now - since);
    CONSOLE_SET(&e->since, now);
}

static inline void console_poll_ends(struct console_tasks *c,
                                     const struct task *t)
{
    struct console_task *e = console_entry_(c, t);
    uint64_t now = CONSOLE_GET(&console_clock), since = CONSOLE_GET(&e->since);
    bool woken = t->state == TASK_WOKEN;
    CONSOLE_SET(&e->state, woken ? TASK_QUEUED : TASK_WAITING);
    if (woken)
        CONSOLE_ADD(&e->self_wakes, 1);
    if (now == since)
        return;
    CONSOLE_ADD(&e->busy, now - since);
    if (now - since > CONSOLE_GET(&e->longest))
        CONSOLE_SET(&e->longest, now - since);
    CONSOLE_SET(&e->since, now);
}

static inline void console_over(struct console_tasks *c, const struct task *t)
{
    unsigned page = t->id / CONSOLE_PAGE;
    struct console_task *e = console_entry_(c, t);
    CONSOLE_SET(&e->alive, 0);
    CONSOLE_ADD(&c->over, 1);
    if (--c->pages[page]->alive == 0 && page + 1 < c->n_pages)
        console_free_page(c, page);
}

void console_closing(struct console_tasks *c, struct executor *ex);
#endif
