/* slot.h: the memory of a task: a header, and behind it the task's future.
 *
 * task_slot() makes the memory, a constructor fills the future in, and
 * task_spawn() or inbox_spawn() takes it, once.  The thread remembers its slots
 * that were not taken yet.  So a future from elsewhere, which has no header, is
 * told apart by its address alone.
 */
#ifndef SLOT_H
#define SLOT_H

#include "state.h"

/* The task's future, right behind its header. */
static inline struct future *task_future(struct task *t)
{
    return (struct future *)(void *)(t + 1);
}

/* The newest slot of this thread that was not spawned yet; task.queue links to
 * the older ones.  Its address is kept inverted, so that leak checkers still
 * report a slot that was forgotten.  0: none. */
__attribute__((weak)) _Thread_local uintptr_t task_slots;

static inline void task_set_slots_(struct list *newest)
{
    task_slots = newest ? ~(uintptr_t)newest : 0;
}

static inline struct list *task_get_slots_(void)
{
    return task_slots ? (struct list *)~task_slots : NULL;
}

static inline void *task_slot_(size_t size)
{
    struct task *t = malloc(sizeof *t + size);
    size_t blocks;
    if (!t) {
        fflush(stdout);
        fprintf(stderr, "no memory for a task of %zu bytes\n",
                sizeof *t + size);
        _Exit(1); /* exit() would wait for libuv's threads */
    }
    blocks = (sizeof *t + size + 15) / 16;
    *t = (struct task){
        .queue.next = task_get_slots_(),
        .blocks = blocks < USHRT_MAX ? (unsigned short)blocks : USHRT_MAX,
    };
    task_set_slots_(&t->queue);
    return t + 1;
}

/* Memory for a future that becomes a task:
 *     t = task_spawn(ex, fetch(task_slot(struct fetch), 1, 20)); */
#define task_slot(type) ((type *)task_slot_(sizeof(type)))

/* Is this address in the task's memory?  Only the first MiB counts. */
static inline bool task_holds(const struct task *t, const void *address)
{
    return (uintptr_t)address - (uintptr_t)t < (uintptr_t)t->blocks * 16;
}

/* The task of a future made in task_slot(); each slot is taken once.  Only
 * addresses are compared, as another future has no header to look at. */
static inline struct task *task_of_slot(struct future *f, const char *what)
{
    struct list *newer = NULL, *slot = task_get_slots_();
    struct task *t = NULL;
    for (; slot; newer = slot, slot = slot->next) {
        t = container_of(slot, struct task, queue);
        if (task_future(t) == f)
            break;
    }
    if (!slot)
        misuse("%s: %s needs a future made in task_slot(), with its struct "
               "future first, and takes it once",
               f && f->ops && f->ops->name ? f->ops->name : "a future", what);
    if (newer)
        newer->next = slot->next;
    else
        task_set_slots_(slot->next);
    t->queue.next = NULL;
    return t;
}
#endif
