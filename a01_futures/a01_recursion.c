/* Why does recursion need a box?
 *
 * An async function's frame holds the frames of its children.  A frame that
 * held another frame of its own type would be infinitely large.  So a recursive
 * child lives on the heap, in a box, and its parent's frame holds a pointer.
 *
 * Run:    ./a01_recursion
 * Watch:  fib(5) calls itself 14 times, but 7 boxes are enough, because a call
 *         that returned leaves its box to the next call.  There are never more
 *         than 4 boxes at once: that is the depth of the recursion.  The chain
 *         of waits goes through all boxes, down to the leaf.
 *
 * Expected output:
 *     struct fib has <n> bytes: a pointer to a child, not a child
 *     suspended for the first time, 4 boxes deep:
 *       fib(5) awaits fib(4)
 *       fib(4) awaits fib(3)
 *       fib(3) awaits fib(2)
 *       fib(2) awaits fib(1)
 *       fib(1) awaits ticks
 *     fib(5) = 5 after 14 calls: 7 boxes, at most 4 at once, 0 left
 *     dropped in the middle: 0 boxes left
 *
 * Try:    Write `struct fib child;` instead of `struct fib *child;`: the
 *         compiler says that the type is incomplete.
 *         Delete the line after ASYNC_FINALLY: the run that finished leaves 7
 *         boxes behind, and the run that was dropped leaves 4 more.
 */
#include "async.h"
#include "program.h"
#include "a01_futures/ticks.h"

static struct {
    int made, live, most;
} boxes;
static int calls;

/* ---- The recursive async function ---------------------------------------- */

struct fib {
    struct async async;
    int n, sum;
    struct fib *child; /* the box, or NULL */
    struct ticks pause;
    int result;
};

static struct fib *box_new(void)
{
    struct fib *box = malloc(sizeof *box);
    if (!box)
        program_exit(1, "no memory for a box");
    boxes.made++;
    if (++boxes.live > boxes.most)
        boxes.most = boxes.live;
    return box;
}

static void box_free(struct fib *box)
{
    if (!box)
        return;
    boxes.live--;
    free(box);
}

static struct future *fib(struct fib *self, int n);

static enum poll fib_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct fib);
    if (self->n < 2) {
        AWAIT(ticks(&self->pause, 1));
        ASYNC_RETURN(self->result = self->n);
    }
    self->child = box_new();
    AWAIT(fib(self->child, self->n - 1));
    self->sum = self->child->result;
    AWAIT(fib(self->child, self->n - 2)); /* in the same box */
    self->result = self->sum + self->child->result;
    ASYNC_FINALLY
    box_free(self->child); /* the child in it is already over */
    ASYNC_END;
}

static const struct future_ops fib_ops = ASYNC_OPS(fib);

static struct future *fib(struct fib *self, int n)
{
    *self = (struct fib){ .async.future.ops = &fib_ops, .n = n };
    calls++;
    return &self->async.future;
}

/* future_backtrace() prints such a chain for any future, with source lines. */
static void print_chain(const struct fib *self)
{
    for (; self->child; self = self->child)
        printf("  fib(%d) awaits fib(%d)\n", self->n, self->child->n);
    printf("  fib(%d) awaits ticks\n", self->n);
}

int main(int argc, char **argv)
{
    struct fib root;
    struct context cx = context_make((struct waker){ NULL, NULL }, NULL);
    struct future *f = fib(&root, 5);

    program_begin(argc, argv);
    printf("struct fib has %zu bytes: a pointer to a child, not a child\n",
           sizeof root);
    (void)future_poll(f, &cx);
    printf("suspended for the first time, %d boxes deep:\n", boxes.live);
    print_chain(&root);
    while (future_poll(f, &cx) == POLL_PENDING) {
    }
    printf("fib(5) = %d after %d calls: %d boxes, at most %d at once, %d "
           "left\n",
           root.result, calls - 1, boxes.made, boxes.most, boxes.live);

    f = fib(&root, 5);
    (void)future_poll(f, &cx);
    future_drop(f);
    printf("dropped in the middle: %d boxes left\n", boxes.live);
    return program_end(0);
}
