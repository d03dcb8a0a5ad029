/* Exercise: find the stuck task, and mend it.
 *
 * Read:   notes/a10_tracing.md, "A console for a program that runs"
 * Build:  Nothing new.  This bakery has one oven, and the work stops after the
 *         first bread.  Find out who waits for whom: ./learn check prints where
 *         each task waits, as the executor's deadlock report and the console
 *         do.
 *         First let has_the_oven() return the name of the task that keeps all
 *         others waiting.  Then mend that task.
 * Why:    A task that is stuck does nothing wrong at the line where it waits.
 *         What is wrong is somewhere else: in the task that keeps what it
 *         waits for.
 * Rules:  The oven has room for one task at a time.  What is ordered is baked.
 *         Any task may be dropped at any moment; the others go on.
 * Check:  ./learn check a10_stuck_task
 */
#include "a08_channels/mpsc.h"
#include "a08_channels/mutex.h"

typedef MPSC_SENDER(int) int_tx;
typedef MPSC_RECEIVER(int) int_rx;

struct bakery {
    struct mutex oven;
    int in_oven; /* tasks that bake at this moment */
    int breads, cakes;
    const bool *wishes; /* of each customer: a cake, too? */
    int customers;
};

/* Which task has the oven while all of them wait? */
static const char *has_the_oven(void)
{
    return "apprentice";
}

/* ---- Bake: for the task that has the oven -------------------------------- */

struct bake {
    struct async async;
    struct bakery *bakery;
    uint64_t ms;
    struct sleep nap;
};

static enum poll bake_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct bake);
    self->bakery->in_oven++;
    AWAIT(sleep_ms(&self->nap, self->ms));
    ASYNC_FINALLY
    self->bakery->in_oven--;
    ASYNC_END;
}

static const struct future_ops bake_ops = ASYNC_OPS(bake);

static struct future *bake(struct bake *self, struct bakery *bakery,
                           uint64_t ms)
{
    *self = (struct bake){ .async.future.ops = &bake_ops,
                           .bakery = bakery,
                           .ms = ms };
    return &self->async.future;
}

/* ---- The baker: a bread for each customer -------------------------------- */

struct baker {
    struct async async;
    struct bakery *bakery;
    int_tx breads; /* its own */
    int bread;
    struct mutex_lock lock;
    struct guard oven;
    struct bake bake;
    struct mpsc_send send;
};

static enum poll baker_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct baker);
    while (self->bread < self->bakery->customers) {
        AWAIT(mutex_lock(&self->lock, &self->oven, &self->bakery->oven));
        AWAIT(bake(&self->bake, self->bakery, 30));
        mutex_unlock(&self->oven);
        self->bread++;
        AWAIT(mpsc_send(&self->send, &self->breads, &self->bread));
    }
    ASYNC_FINALLY
    mutex_unlock(&self->oven);
    mpsc_sender_drop(&self->breads);
    ASYNC_END;
}

static const struct future_ops baker_ops = ASYNC_OPS(baker);

/* ---- The apprentice: cakes, as they are ordered -------------------------- */

struct apprentice {
    struct async async;
    struct bakery *bakery;
    int_rx orders; /* its own */
    int order;
    struct mutex_lock lock;
    struct guard oven;
    struct bake bake;
    struct mpsc_recv recv;
};

static enum poll apprentice_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct apprentice);
    for (;;) {
        AWAIT(mpsc_recv(&self->recv, &self->orders, &self->order));
        if (self->recv.status)
            ASYNC_RETURN((void)0); /* no more orders */
        AWAIT(mutex_lock(&self->lock, &self->oven, &self->bakery->oven));
        AWAIT(bake(&self->bake, self->bakery, 20));
        mutex_unlock(&self->oven);
        self->bakery->cakes++;
    }
    ASYNC_FINALLY
    mutex_unlock(&self->oven);
    mpsc_receiver_drop(&self->orders);
    ASYNC_END;
}

static const struct future_ops apprentice_ops = ASYNC_OPS(apprentice);

/* ---- The seller: some who buy a bread order a cake ----------------------- */

struct seller {
    struct async async;
    struct bakery *bakery;
    int_rx breads; /* both are its own */
    int_tx orders;
    int bread;
    struct mpsc_recv recv;
    struct mpsc_send send;
};

static enum poll seller_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct seller);
    for (;;) {
        AWAIT(mpsc_recv(&self->recv, &self->breads, &self->bread));
        if (self->recv.status)
            ASYNC_RETURN((void)0); /* no more breads */
        self->bakery->breads++;
        if (self->bakery->wishes[self->bread - 1])
            AWAIT(mpsc_send(&self->send, &self->orders, &self->bread));
    }
    ASYNC_FINALLY
    mpsc_receiver_drop(&self->breads);
    mpsc_sender_drop(&self->orders);
    ASYNC_END;
}

static const struct future_ops seller_ops = ASYNC_OPS(seller);
