/* Linked into the test `options`: an observer that no test program knows of. */
#include "executor.h"

const struct executor_hooks *observer_hooks;

static void observe(struct executor *ex)
{
    if (observer_hooks)
        ex->options.hooks = observer_hooks;
}

void (*executor_observe)(struct executor *ex) = observe;
