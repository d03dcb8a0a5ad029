/* state.h: what an executor is made of: its tasks, its queue, its options.
 *
 * A task is a future that runs on its own.  Header and future are one block of
 * memory; it is freed when the task is over and its handle was given back.
 *
 *     slot -1-> QUEUED -2-> POLLED -5-> FINISHED or CANCELLED -7-> freed
 *                 ^           |          ^
 *                 |           3          |
 *                 4           v          |
 *                 +------- WAITING --6---+
 *
 * 1 task_spawn()               5 READY; or aborted while it was POLLED, then it
 * 2 executor_turn()              is dropped right after that poll
 * 3 PENDING                    6 task_abort(), executor_close(); from QUEUED
 * 4 a wake                       as well
 *                              7 task_detach(); at once if it came earlier
 *
 * A wake that comes during the task's own poll puts it into the queue at once:
 * it is WOKEN, and QUEUED when that poll has returned PENDING.
 */
#ifndef STATE_H
#define STATE_H

#include <limits.h>
#include <uv.h>
#include "async.h"
#include "list.h"
#include "wheel.h"

enum task_state {
    TASK_WAITING,
    TASK_QUEUED,
    TASK_POLLED,
    TASK_WOKEN,    /* POLLED, and in the queue again */
    TASK_ABORTED,  /* POLLED, and to be dropped after this poll */
    TASK_FINISHED, /* READY: over, its output can be read */
    TASK_CANCELLED /* dropped: over, without output */
};

struct task {                              /* is right before its future */
    _Alignas(max_align_t) struct list all; /* link in executor.tasks */
    struct list queue;                     /* link in executor.ready */
    struct executor *executor;             /* where it runs */
    const struct future_ops *ops; /* what it is, also when it is over */
    struct join *join;            /* the task_join() that awaits it, or NULL */
    unsigned id;                  /* 1, 2, 3 in the order spawned */
    unsigned short blocks;        /* of 16 bytes; USHRT_MAX: or more */
    unsigned char state;          /* an enum task_state */
    bool handle;                  /* task_detach() is still to come */
};
_Static_assert(sizeof(struct task) <= 64, "a header of 64 bytes at most");
_Static_assert(sizeof(struct task) % _Alignof(max_align_t) == 0,
               "what follows the header is aligned");

struct executor_hooks { /* what an observer may see; each may be NULL */
    void (*spawned)(struct task *t);
    void (*woken)(struct task *t);
    void (*poll_begins)(struct task *t);
    void (*poll_ends)(struct task *t, enum poll result);
    void (*finished)(struct task *t);
    void (*dropped)(struct task *t);
    void (*closing)(struct executor *ex); /* its tasks are gone, the loop not */
    void (*deadlock)(struct executor *ex); /* before the report, and abort() */
};

struct executor_options { /* 0, false or NULL means the default */
    bool virtual_clock;   /* default: the real clock */
    uint64_t seed;        /* default: no seed, the oldest ready task is next */
    int polls_per_turn;   /* default: 61, and then libuv has its turn */
    const struct executor_hooks *hooks; /* default: none */
};

struct executor {
    uv_loop_t *loop;                 /* the caller's */
    struct executor_options options; /* what holds, environment included */
    struct list ready;               /* woken tasks, oldest first */
    struct list tasks;               /* all tasks that are not over */
    struct task *current;            /* the task being polled, or NULL */
    struct wheel wheel;              /* all running timers */
    uint64_t start;                  /* real clock: uv_hrtime() at init */
    uint64_t told;                   /* real clock: the latest executor_now() */
    uint64_t virtual_now;            /* virtual clock: its time, in ms */
    uint64_t random;                 /* the random generator's state */
    uint64_t glance;                 /* the last ms in which libuv had a turn */
    uint64_t alarm_due;              /* when the alarm rings, while it is set */
    uv_timer_t alarm;                /* ends libuv's sleep for the next timer */
    uv_idle_t idle;                  /* active: libuv must not sleep */
    uv_prepare_t host;               /* active: a host's loop runs the tasks */
    struct inbox *inbox;             /* the door for threads, or NULL */
    void (*inbox_shut)(struct executor *ex); /* what closes it */
    uv_thread_t thread; /* the executor's, once has_thread is set */
    unsigned last_id;   /* of a task */
    unsigned closing;   /* handles whose close is under way */
    bool has_thread;
    bool threads; /* some thread holds the inbox */
    bool in_turn; /* tasks are being polled, so libuv does not sleep */
    bool in_hook; /* in spawned, finished or dropped */
    bool closed;
};

/* The executor at work on this thread, or NULL. */
__attribute__((weak)) _Thread_local struct executor *executor_running;

/* An observer defines this in one file of the program, with a function that
 * sets options.hooks; executor_init() then calls it, so that a lesson can be
 * observed unchanged.  `common`: linkers also look for it in libraries. */
__attribute__((common)) void (*executor_observe)(struct executor *ex);

#define EXECUTOR_HOOK(ex, hook, ...)                          \
    do {                                                      \
        if ((ex)->options.hooks && (ex)->options.hooks->hook) \
            (ex)->options.hooks->hook(__VA_ARGS__);           \
    } while (0)

/* ---- Checks of the caller ------------------------------------------------ */

static inline void executor_check(const struct executor *ex, const char *what)
{
#ifndef NDEBUG
    if (!ex || !ex->loop)
        misuse("%s: %s", what,
               ex ? "this executor is not open; call executor_init() first"
                  : "there is no executor (NULL); run it by block_on() or "
                    "task_spawn() of executor.h");
#endif
    (void)ex, (void)what;
}

/* While a task begins or ends, an observer may only look at it. */
static inline void executor_check_hook(struct executor *ex, const char *what)
{
    if (ex->in_hook)
        misuse("%s inside the hook spawned, finished or dropped: there a task "
               "is neither running nor over; let another task do it",
               what);
}

/* The first call decides which thread is the executor's. */
static inline void executor_check_thread(struct executor *ex, const char *what,
                                         const char *instead)
{
#ifndef NDEBUG
    uv_thread_t here = uv_thread_self();
    executor_check(ex, what);
    if (!ex->has_thread)
        ex->thread = here;
    ex->has_thread = true;
    if (!uv_thread_equal(&here, &ex->thread))
        misuse("%s on another thread than the executor's; %s, see inbox.h",
               what, instead);
#endif
    (void)ex, (void)what, (void)instead;
}
#endif
