/* Exercise: leave the workshop tidy, also when you are thrown out.
 *
 * Read:   notes/a05_spawn.md, "The trap: a task outlives what it borrowed",
 *         down to the exercise
 * Build:  carve(), an async function that takes a knife, takes wood, lets an
 *         apprentice sand the wood, and in the end brings everything back.
 * Why:    A task may be aborted at any AWAIT.  Then only the code behind
 *         ASYNC_FINALLY runs.  A task that it has spawned runs on, and may have
 *         pointers into memory that is about to be freed.
 * Rules:  In this order: walk for 10 ms (sleep_ms), take a knife; walk for 10
 *         ms, malloc() WOOD bytes of wood; spawn sand() on it and wait for its
 *         end; then `strokes` is the result, the number that sand() counted.
 *         Whether carve() ends or is aborted, at whichever line: afterwards the
 *         knife is back, the wood is freed, and the apprentice is gone.  What
 *         carve() never took, it does not bring back.
 *         The apprentice works on the wood as long as he lives, and wipes it
 *         when he is dropped.
 * Check:  ./learn check a05_abort_cleanup
 */
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
    AWAIT(sleep_ms(&self->sleep, 10));
    self->wood = malloc(WOOD);
    if (!self->wood)
        ASYNC_RETURN((void)0);
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
