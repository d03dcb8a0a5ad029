/* virtual.c: an executor on the virtual clock, in one line. */
#include "exercise_executor.h"
#include "machinery.h"

static uv_loop_t loop;
static struct executor executor;
static bool is_open;

static void note_first(struct future *child, void *first)
{
    struct future **at = first;
    if (!*at)
        *at = child;
}

/* The leaf: where the chain of first children ends. */
static const char *leaf_name(struct future *f)
{
    for (struct future *child = f; child; f = child ? child : f) {
        child = NULL;
        if (f->ops->children)
            f->ops->children(f, note_first, &child);
    }
    return f->ops->name;
}

void poll_budget(struct task *t)
{
    static uint64_t moment;
    static int polls;
    uint64_t now = executor_now(t->executor);
    if (now != moment)
        polls = 0;
    moment = now;
    if (++polls == 100000)
        reject("%s was polled 100,000 times while no time passed: does it wake "
               "itself instead of waiting?",
               leaf_name(task_future(t)));
}

static void poll_begins(struct task *t)
{
    poll_budget(t);
    exercise_naps_poll(true);
}

static void poll_ends(struct task *t, enum poll result)
{
    (void)t, (void)result;
    exercise_naps_poll(false);
}

struct executor *virtual_executor(void)
{
    static const struct executor_hooks hooks = { .poll_begins = poll_begins,
                                                 .poll_ends = poll_ends };
    struct executor_options options = { .virtual_clock = true,
                                        .hooks = &hooks };
    if (is_open)
        return &executor;
    if (uv_loop_init(&loop) != 0)
        reject("the test itself: uv_loop_init() failed");
    executor_init(&executor, &loop, &options);
    is_open = true;
    exercise_at_end = virtual_executor_close;
    return &executor;
}

void virtual_executor_close(void)
{
    if (!is_open)
        return;
    is_open = false;
    CHECK(executor_close(&executor) == 0 && uv_loop_close(&loop) == 0,
          "a libuv handle is still open at the end: uv_close() is missing");
}
