/* cancel.h: a token that asks many tasks to stop.
 *
 *     token_init(&server->stop, NULL);
 *     token_init(&session->stop, &server->stop);       a child
 *     AWAIT(token_cancelled(&self->stopped, &session->stop));
 *     AWAIT(token_run(&self->run, &self->stop, download(&self->download)));
 *     token_cancel(&server->stop);
 *
 * tree    Cancelling a token cancels its children and their children, but never
 *         its parent or its parent's other children.  A child that is made
 *         later is cancelled from the start.  A token stays cancelled.
 * asks    An abort drops a task wherever it waits.  A token only asks: a task
 *         that waits for the token learns of it, and ends in its own way.
 * run     status 0: the future was READY.  UV_ECANCELED: the token was
 *         cancelled, and the future is dropped.  If the token is cancelled
 *         before the first poll, the future is not polled at all.  Later it is
 *         polled first, so if it is READY then, the status is 0.
 * dropped  token_cancelled() is cancel-safe; token_run() is if its future is.
 * end     A token must not move, and owns no memory.  Drop each one, in any
 *         order.  A drop cancels nothing, and the children become children of
 *         the parent.  token_drop() aborts the program if a future still waits;
 *         drop that future first.
 * threads All of it belongs to the executor's thread.
 */
#ifndef A08_CANCEL_H
#define A08_CANCEL_H

#include "a08_channels/wait_list.h"

struct token {
    bool cancelled;
    struct token *parent; /* NULL: none; also when cancelled */
    struct list link;     /* in parent's children */
    struct list children;
    struct list waiters;
};

/* ---- Tokens -------------------------------------------------------------- */

/* A token that is cancelled needs no lists any more. */
static inline void token_check_(const struct token *token)
{
    if (!token->cancelled)
        wait_check(&token->waiters, "token: this one");
}

static inline void token_adopt_(struct token *parent, struct token *child)
{
    child->parent = parent;
    if (parent)
        list_append(&parent->children, &child->link);
}

/* `parent` may be NULL. */
static inline void token_init(struct token *token, struct token *parent)
{
    if (parent)
        token_check_(parent);
    *token = (struct token){ .cancelled = parent && parent->cancelled };
    list_init(&token->children);
    list_init(&token->waiters);
    if (!token->cancelled)
        token_adopt_(parent, token);
}

static inline bool token_is_cancelled(const struct token *token)
{
    token_check_(token);
    return token->cancelled;
}

static inline void token_leave_parent_(struct token *token)
{
    if (token->parent)
        list_remove(&token->link);
    token->parent = NULL;
}

static inline struct token *token_first_(const struct list *tokens)
{
    return !tokens->next || list_is_empty(tokens)
               ? NULL
               : container_of(tokens->next, struct token, link);
}

/* Cancel this one and all below it.  First all are cancelled, then all waiters
 * are woken, because a waker may do anything, also drop tokens. */
static inline void token_cancel(struct token *token)
{
    struct list below, waiters;
    token_check_(token);
    list_init(&below);
    list_init(&waiters);
    token_leave_parent_(token);
    list_append(&below, &token->link);
    while ((token = token_first_(&below)) != NULL) {
        struct token *child;
        list_remove(&token->link);
        token->parent = NULL;
        token->cancelled = true;
        wait_move_all(&waiters, &token->waiters);
        while ((child = token_first_(&token->children)) != NULL) {
            list_remove(&child->link);
            list_append(&below, &child->link);
        }
    }
    wait_wake_all(&waiters);
}

/* A token that is all zeroes is left alone. */
static inline void token_drop(struct token *token)
{
    struct token *child;
    if (!token->waiters.next)
        return;
    wait_check(&token->waiters, "token: this one");
    if (wait_first(&token->waiters))
        misuse("token: it is dropped while a token_cancelled() waits at it; "
               "drop that first");
    while ((child = token_first_(&token->children)) != NULL) {
        list_remove(&child->link);
        token_adopt_(token->parent, child);
    }
    token_leave_parent_(token);
    *token = (struct token){ .cancelled = token->cancelled };
}

/* ---- Wait for it --------------------------------------------------------- */

struct token_cancelled {
    struct future future;
    struct token *token;
    struct waiter waiter;
};

static inline void token_cancelled_drop(struct future *f)
{
    wait_leave(&container_of(f, struct token_cancelled, future)->waiter);
}

static inline enum poll token_cancelled_poll(struct future *f,
                                             struct context *cx)
{
    struct token_cancelled *self =
        container_of(f, struct token_cancelled, future);
    /* If it was woken, the token may be gone already. */
    if (self->waiter.woken || self->token->cancelled) {
        token_cancelled_drop(f);
        return POLL_READY;
    }
    wait_in(&self->token->waiters, &self->waiter, cx);
    return POLL_PENDING;
}

static const struct future_ops token_cancelled_ops_ =
    FUTURE_OPS(token_cancelled);

/* READY when the token is cancelled. */
static inline struct future *token_cancelled(struct token_cancelled *self,
                                             struct token *token)
{
    *self = (struct token_cancelled){ .future.ops = &token_cancelled_ops_,
                                      .token = token };
    return &self->future;
}

/* ---- A future, unless it is cancelled ------------------------------------ */

struct token_run {
    struct future future;
    struct future *inner;
    struct token_cancelled stop;
    bool began;
    int status; /* result: 0 or UV_ECANCELED */
};

static inline void token_run_drop(struct future *f)
{
    struct token_run *self = container_of(f, struct token_run, future);
    future_drop(self->inner);
    future_drop(&self->stop.future);
}

static inline enum poll token_run_poll(struct future *f, struct context *cx)
{
    struct token_run *self = container_of(f, struct token_run, future);
    bool too_late = !self->began && self->stop.token->cancelled;
    self->began = true;
    if (!too_late && future_poll(self->inner, cx) == POLL_READY)
        self->status = 0;
    else if (future_poll(&self->stop.future, cx) == POLL_READY)
        self->status = UV_ECANCELED;
    else
        return POLL_PENDING;
    token_run_drop(f); /* the READY one is over, so this drops the other */
    return POLL_READY;
}

static inline void token_run_children(struct future *f, future_visit *visit,
                                      void *data)
{
    struct token_run *self = container_of(f, struct token_run, future);
    visit(self->inner, data);
    visit(&self->stop.future, data);
}

static const struct future_ops token_run_ops_ = COMBINATOR_OPS(token_run);

/* `inner`, unless the token is cancelled before it is READY. */
static inline struct future *token_run(struct token_run *self,
                                       struct token *token,
                                       struct future *inner)
{
    *self = (struct token_run){ .future.ops = &token_run_ops_, .inner = inner };
    token_cancelled(&self->stop, token);
    return &self->future;
}
#endif
