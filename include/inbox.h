/* inbox.h: the one door for threads into an executor.
 *
 * A thread posts a message; its run() is called on the executor's thread, in
 * the order posted.  Whatever a thread wants, to spawn, to wake, to hand over a
 * result, is a message, so tasks and wakers need no locks and no atomics.
 *
 * inbox_open      on the executor's thread; a handle for each thread.  While
 *                 one is out the executor stays up, and time does not jump.
 * inbox_post, inbox_spawn, inbox_close    on any thread.
 * errors          UV_ECANCELED once the executor is closed; UV_ENOMEM.
 * a leaf that a thread completes owns a job on the heap, the message, whose
 *                 pointer to the leaf is cleared by the leaf's drop.
 */
#ifndef INBOX_H
#define INBOX_H

#include "executor.h"

struct message {          /* the first member of what you post */
    struct message *next; /* link in inbox.head */
    void (*run)(struct message *m, struct executor *ex); /* now it owns m */
};

struct inbox {
    uv_mutex_t lock;              /* protects all below */
    struct executor *executor;    /* NULL once it is closed */
    struct message *head, **tail; /* posted, oldest first */
    unsigned holders;             /* open handles, and 1 for the executor */
    uv_async_t doorbell;          /* rung under the lock, so it still exists */
};

/* Let go; the last one frees.  Returns how many still hold it. */
static inline unsigned inbox_release_(struct inbox *box)
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
    return left;
}

/* Empty it first, then run: what runs may post again. */
static inline void inbox_deliver_(struct inbox *box, struct executor *ex)
{
    struct message *m, *next;
    uv_mutex_lock(&box->lock);
    m = box->head;
    box->head = NULL;
    box->tail = &box->head;
    ex->threads = box->holders > 1;
    uv_mutex_unlock(&box->lock);
    if (!ex->threads)
        uv_unref((uv_handle_t *)&box->doorbell);
    for (; m; m = next) {
        next = m->next;
        m->run(m, ex);
    }
}

static inline void inbox_doorbell_cb_(uv_async_t *doorbell)
{
    struct inbox *box = container_of(doorbell, struct inbox, doorbell);
    inbox_deliver_(box, doorbell->data);
}

static inline void inbox_closed_cb_(uv_handle_t *doorbell)
{
    struct inbox *box =
        container_of((uv_async_t *)(void *)doorbell, struct inbox, doorbell);
    executor_closed_cb_(doorbell);
    inbox_release_(box);
}

/* At executor_close(): refuse what comes, run what has come. */
static inline void inbox_shut_(struct executor *ex)
{
    struct inbox *box = ex->inbox;
    uv_mutex_lock(&box->lock);
    box->executor = NULL;
    uv_mutex_unlock(&box->lock);
    inbox_deliver_(box, ex);
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
    if (ex->closed || (!ex->inbox && inbox_create_(ex)))
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
    task_start_(ex, spawn->task);
    free(spawn);
}

/* Spawn a future made in task_slot(), detached.  On an error it is dropped. */
static inline int inbox_spawn(struct inbox *box, struct future *f)
{
    struct inbox_spawn_ *spawn = malloc(sizeof *spawn);
    int rc = UV_ENOMEM;
    if (spawn) {
        spawn->message.run = inbox_spawn_run_;
        spawn->task = task_of_slot_(f);
        rc = inbox_post(box, &spawn->message);
    }
    if (rc) {
        future_drop(f);
        free(task_of_slot_(f));
        free(spawn);
    }
    return rc;
}
#endif
