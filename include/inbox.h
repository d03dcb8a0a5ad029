/* inbox.h: the one door through which threads reach an executor.
 *
 * A thread posts a message, and the executor's thread calls its run(), in the
 * order posted.  Whatever a thread wants (spawn, wake, hand over a result) is a
 * message, so tasks and wakers need no locks and no atomics.
 *
 * inbox_open      on the executor's thread; a handle for each thread.  While
 *                 one is open, executor_run() does not return, and the virtual
 *                 clock does not jump.
 * inbox_post, inbox_spawn, inbox_close    on any thread.
 * fairness        Between two turns at most 64 times options.polls_per_turn
 *                 messages run.
 * errors          UV_ECANCELED once the executor is closed; UV_ENOMEM.
 * doorbell.h has the executor's side, and struct message.
 * A leaf that a thread completes has a job on the heap: the message.  The drop
 * of the leaf clears the job's pointer to the leaf; the job's run() frees the
 * job.
 */
#ifndef INBOX_H
#define INBOX_H

#include "doorbell.h"

static inline void inbox_check_(const struct inbox *box, const char *what)
{
#ifndef NDEBUG
    if (!box)
        misuse("%s: there is no inbox (NULL); look at what inbox_open() has "
               "returned",
               what);
#endif
    (void)box, (void)what;
}

/* A handle to give to a thread, which closes it.  NULL: no memory or file
 * descriptors, or the executor is closed. */
static inline struct inbox *inbox_open(struct executor *ex)
{
    executor_check(ex, "inbox_open()");
    if (ex->has_thread) /* until then the caller may be any */
        executor_check_thread(ex, "inbox_open()", "open it beforehand");
    if (ex->closed || (!ex->inbox && inbox_create(ex) != 0))
        return NULL;
    uv_mutex_lock(&ex->inbox->lock);
    ex->inbox->holders++;
    uv_mutex_unlock(&ex->inbox->lock);
    ex->threads = true;
    uv_ref((uv_handle_t *)&ex->inbox->doorbell);
    return ex->inbox;
}

/* Give the handle back; do not use it again. */
static inline void inbox_close(struct inbox *box)
{
    inbox_check_(box, "inbox_close()");
    inbox_release(box);
}

/* Set m->run before.  On an error the message is still yours. */
static inline int inbox_post(struct inbox *box, struct message *m)
{
    int rc = UV_ECANCELED;
    inbox_check_(box, "inbox_post()");
    if (!m || !m->run)
        misuse("inbox_post(): there is no message, or its `run` is not set");
    uv_mutex_lock(&box->lock);
    if (box->tail == &m->next)
        misuse("inbox_post(): this message is in the inbox already");
    if (box->executor) {
        m->next = NULL;
        *box->tail = m;
        box->tail = &m->next;
        uv_async_send(&box->doorbell); /* it fails only when closed */
        rc = 0;
    }
    uv_mutex_unlock(&box->lock);
    return rc;
}

struct inbox_spawn_ {
    struct message message;
    struct task *task;
};

static inline void inbox_spawn_run_(struct message *m, struct executor *ex)
{
    struct inbox_spawn_ *spawn = container_of(m, struct inbox_spawn_, message);
    task_start(ex, spawn->task, task_future(spawn->task)->ops);
    free(spawn);
}

/* Spawn a future that this thread made in task_slot(), detached.  On an error
 * it is dropped. */
static inline int inbox_spawn(struct inbox *box, struct future *f)
{
    struct task *t = task_of_slot(f, "inbox_spawn()");
    struct inbox_spawn_ *spawn;
    int rc = UV_ENOMEM;
    inbox_check_(box, "inbox_spawn()");
    spawn = malloc(sizeof *spawn);
    if (spawn) {
        spawn->message.run = inbox_spawn_run_;
        spawn->task = t;
        rc = inbox_post(box, &spawn->message);
    }
    if (rc) {
        future_drop(f);
        free(t);
        free(spawn);
    }
    return rc;
}
#endif
