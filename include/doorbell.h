/* doorbell.h: the executor's side of an inbox: the bell rings, and what threads
 * have posted is run.  inbox.h is the threads' side.
 */
#ifndef DOORBELL_H
#define DOORBELL_H

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
static inline void inbox_release(struct inbox *box)
{
    unsigned left;
    uv_mutex_lock(&box->lock);
    if (box->executor && box->holders == 1) /* that is the executor's own */
        misuse("inbox_close() of a handle that was given back before");
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
    inbox_release(box);
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

/* On the executor's thread.  0, or an error: UV_ENOMEM, or libuv's. */
static inline int inbox_create(struct executor *ex)
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
#endif
