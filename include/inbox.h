/* inbox.h: the one door through which threads reach an executor.
 *
 * A thread posts a message, and the executor's thread calls its run(), in the
 * order posted.  Whatever a thread wants (spawn, wake, hand over a result) is a
 * message, so tasks and wakers need no locks and no atomics.
 *
 * inbox_open      on the executor's thread; a handle for each thread.  While
 *                 one is open, the executor runs, and virtual time waits.
 * inbox_post, inbox_spawn, inbox_close    on any thread.
 * fairness        At most 64 messages run for each poll that a turn may have.
 * errors          UV_ECANCELED once the executor is closed; UV_ENOMEM.
 * A leaf that a thread completes owns a job on the heap, the message.  The
 * leaf's drop clears the job's pointer to the leaf.
 */
#ifndef INBOX_H
#define INBOX_H

#include "executor.h"

struct message {          /* the first member of what you post */
    struct message *next; /* link in inbox.head */
    void (*run)(struct message *m, struct executor *ex); /* now it owns m */
};

struct inbox {
    struct message *taken; /* next to run; only the executor's thread looks */
    uv_mutex_t lock;       /* protects all below */
    struct executor *executor;    /* NULL once it is closed */
    struct message *head, **tail; /* posted, oldest first */
    unsigned holders;             /* open handles, and 1 for the executor */
    uv_async_t doorbell;          /* rung under the lock, so it still exists */
};

/* The last holder frees it. */
static inline void inbox_release_(struct inbox *box)
{
    unsigned left;
    uv_mutex_lock(&box->lock);
    left = --box->holders;
    if (left == 1 && box->executor)
        uv_async_send(&box->doorbell); /* it need not stay up for threads */
    uv_mutex_unlock(&box->lock);
    if (left == 0) {
        uv_mutex_destroy(&box->lock);
        free(box);
    }
}

/* Run the oldest messages, `most` of them.  The lock is not held meanwhile, as
 * what runs may post. */
static inline void inbox_deliver_(struct inbox *box, struct executor *ex,
                                  int64_t most)
{
    if (!box->taken) {
        uv_mutex_lock(&box->lock);
        box->taken = box->head;
        box->head = NULL;
        box->tail = &box->head;
        uv_mutex_unlock(&box->lock);
    }
    for (; box->taken && most > 0; most--) {
        struct message *m = box->taken;
        box->taken = m->next;
        m->run(m, ex);
    }
}

static inline void inbox_doorbell_cb_(uv_async_t *doorbell)
{
    struct inbox *box = container_of(doorbell, struct inbox, doorbell);
    struct executor *ex = doorbell->data;
    bool more;
    inbox_deliver_(box, ex, (int64_t)64 * ex->options.polls_per_turn);
    uv_mutex_lock(&box->lock);
    more = box->taken || box->head;
    ex->threads = more || box->holders > 1;
    if (more)
        uv_async_send(doorbell);
    uv_mutex_unlock(&box->lock);
    if (!ex->threads) {
        uv_unref((uv_handle_t *)doorbell);
        executor_stir(ex); /* it may have nothing left to wait for */
    }
}

static inline void inbox_closed_cb_(uv_handle_t *doorbell)
{
    struct inbox *box =
        container_of((uv_async_t *)(void *)doorbell, struct inbox, doorbell);
    struct executor *ex = doorbell->data;
    ex->closing--;
    inbox_release_(box);
}

/* At executor_close(): refuse new messages, run those that were posted. */
static inline void inbox_shut_(struct executor *ex)
{
    struct inbox *box = ex->inbox;
    uv_mutex_lock(&box->lock);
    box->executor = NULL;
    uv_mutex_unlock(&box->lock);
    ex->threads = false;
    while (box->taken || box->head)
        inbox_deliver_(box, ex, INT64_MAX);
    ex->closing++;
    uv_close((uv_handle_t *)&box->doorbell, inbox_closed_cb_);
}

static inline int inbox_create_(struct executor *ex)
{
    struct inbox *box = malloc(sizeof *box);
    int rc = box ? uv_mutex_init(&box->lock) : UV_ENOMEM;
    if (rc == 0) {
        rc = uv_async_init(ex->loop, &box->doorbell, inbox_doorbell_cb_);
        if (rc)
            uv_mutex_destroy(&box->lock);
    }
    if (rc) {
        free(box);
        return rc;
    }
    box->taken = NULL;
    box->doorbell.data = box->executor = ex;
    box->holders = 1;
    box->head = NULL;
    box->tail = &box->head;
    ex->inbox = box;
    ex->inbox_shut = inbox_shut_;
    return 0;
}

/* A handle to give to a thread, which closes it.  NULL: no memory or file
 * descriptors, or the executor is closed. */
static inline struct inbox *inbox_open(struct executor *ex)
{
    if (ex->closed || (!ex->inbox && inbox_create_(ex) != 0))
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
    inbox_release_(box);
}

/* Set m->run before.  On an error the message is still yours. */
static inline int inbox_post(struct inbox *box, struct message *m)
{
    int rc = UV_ECANCELED;
    uv_mutex_lock(&box->lock);
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
    struct inbox_spawn_ *spawn = malloc(sizeof *spawn);
    int rc = UV_ENOMEM;
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
