/* Exercise: the size of a folder, with all the folders in it.
 *
 * Read:   notes/a01_futures.md, "Recursion"
 * Build:  du(), an async function that adds up a tree: it waits for its folder,
 *         then calls itself for each folder inside, one after the other.
 * Why:    A frame cannot hold another frame of its own type, because it would
 *         be infinitely large.  So the frame of each inner call is in a box of
 *         its own, on the heap, and you decide when to free it.
 * Rules:  Free a box as soon as its call is READY.  So there are never more
 *         boxes than the tree is deep.
 *         du() may be dropped while it waits, at any depth: that frees all
 *         boxes.
 *         Construct each call before you await it: du(box, folder).
 *         You may use a box again for the next folder inside, if you construct
 *         the call again.  But when du() is READY, no box is left.
 * Check:  ./learn check a01_boxed
 */
#include "async.h"

struct folder {
    long bytes;           /* of its own files, without the folders inside     */
    struct folder *first; /* the first folder inside, or NULL                 */
    struct folder *next;  /* the next folder beside this one, or NULL         */
    bool here;            /* has the disc delivered it?                       */
    struct waker waker;   /* of the task that waits for the disc              */
};

/* ---- Given: look() waits until the disc has delivered a folder ----------- */

struct look {
    struct future future;
    struct folder *folder;
};

static enum poll look_poll(struct future *f, struct context *cx)
{
    struct look *self = container_of(f, struct look, future);
    if (self->folder->here)
        return POLL_READY;
    self->folder->waker = context_waker(cx);
    return POLL_PENDING;
}

static void look_drop(struct future *f)
{
    struct look *self = container_of(f, struct look, future);
    self->folder->waker = (struct waker){ NULL, NULL };
}

static const struct future_ops look_ops = { .name = "look",
                                            .poll = look_poll,
                                            .drop = look_drop };

static struct future *look(struct look *self, struct folder *folder)
{
    *self = (struct look){ .future.ops = &look_ops, .folder = folder };
    return &self->future;
}

/* ---- Yours --------------------------------------------------------------- */

struct du {
    struct async async;
    struct folder *folder; /* the one to add up                               */
    struct look look;      /* waits for it                                    */
    struct folder *inside; /* the inner folder that is read now               */
    struct du *box;        /* the call for that one, on the heap, or NULL     */
    long bytes;            /* result                                          */
};

static struct future *du(struct du *self, struct folder *folder);

/* Memory for one call; free() it.  Without memory, the program ends. */
static inline struct du *box_new(void)
{
    struct du *box = malloc(sizeof *box);
    if (!box) {
        fprintf(stderr, "no memory for a box\n");
        exit(1);
    }
    return box;
}

static enum poll du_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct du);
    AWAIT(look(&self->look, self->folder));
    self->bytes = self->folder->bytes;
    for (self->inside = self->folder->first; self->inside;
         self->inside = self->inside->next) {
        self->box = box_new();
        AWAIT(du(self->box, self->inside));
        self->bytes += self->box->bytes;
        free(self->box);
        self->box = NULL;
    }
    ASYNC_FINALLY
    free(self->box); /* its call was dropped before: it is our child */
    ASYNC_END;
}

static const struct future_ops du_ops = ASYNC_OPS(du);

static struct future *du(struct du *self, struct folder *folder)
{
    *self = (struct du){ .async.future.ops = &du_ops, .folder = folder };
    return &self->async.future;
}
