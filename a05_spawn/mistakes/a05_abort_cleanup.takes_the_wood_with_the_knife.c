/* Expect: after 15 ms the wood is there */
/* Both at the first stop. */
#include "executor.h"

enum { WOOD = 8 };

/* ---- Given: the apprentice ----------------------------------------------- */

struct sand {
    struct async async;
    char *wood; /* borrowed                                                   */
    int strokes;
    struct sleep sleep;
};

static enum poll sand_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct sand);
    for (; self->strokes < 3; self->strokes++) {
        AWAIT(sleep_ms(&self->sleep, 10));
        memset(self->wood, 's', WOOD);
    }
    ASYNC_FINALLY
    memset(self->wood, ' ', WOOD);
    ASYNC_END;
}

static const struct future_ops sand_ops = ASYNC_OPS(sand);

static struct future *sand(struct sand *self, char *wood)
{
    *self = (struct sand){ .async.future.ops = &sand_ops, .wood = wood };
    return &self->async.future;
}

/* ---- The master ---------------------------------------------------------- */

struct carve {
    struct async async;
    int *knives; /* on the wall: take one, ++ brings it back                  */
    int *strokes; /* where the result goes                                    */
    bool has_knife;
    char *wood;              /* NULL: none                                    */
    struct task *apprentice; /* NULL: none                                    */
    struct sleep sleep;
    struct join join;
};

static enum poll carve_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct carve);
    AWAIT(sleep_ms(&self->sleep, 10));
    --*self->knives;
    self->has_knife = true;
    self->wood = malloc(WOOD);
    if (!self->wood)
        ASYNC_RETURN((void)0);
    AWAIT(sleep_ms(&self->sleep, 10));
    self->apprentice =
        task_spawn(cx->executor, sand(task_slot(struct sand), self->wood));
    AWAIT(task_join(&self->join, self->apprentice));
    *self->strokes = task_output(self->apprentice, struct sand)->strokes;

    ASYNC_FINALLY
    if (self->apprentice) {
        task_abort(self->apprentice); /* before his wood is gone */
        task_detach(self->apprentice);
    }
    free(self->wood);
    if (self->has_knife)
        ++*self->knives;
    ASYNC_END;
}

static const struct future_ops carve_ops = ASYNC_OPS(carve);

static struct future *carve(struct carve *self, int *knives, int *strokes)
{
    *self = (struct carve){ .async.future.ops = &carve_ops,
                            .knives = knives,
                            .strokes = strokes };
    return &self->async.future;
}
