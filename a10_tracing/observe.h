/* observe.h: the two observers that the build links into every program.
 *
 * executor_init() can call one observer, observe.c.  It asks both of these
 * whether they want to watch, and then passes each hook on to those that do,
 * and after them to the hooks that the program itself has set.
 *
 * timeline   EXECUTOR_TRACE=FILE, see timeline.h
 * console    EXECUTOR_CONSOLE=1, see console_tasks.h
 *
 * If neither wants to watch, nothing is set, and a hook costs what it always
 * costs: one branch.
 */
#ifndef A10_OBSERVE_H
#define A10_OBSERVE_H

#include "executor.h"

struct console_tasks;

struct observed {                     /* an executor that is observed */
    struct executor_hooks hooks;      /* its options.hooks point here */
    const struct executor_hooks *own; /* those of the program; never NULL */
    bool others;                      /* one of the next two is there */
    bool timeline;                    /* wants to watch it */
    struct console_tasks *console;    /* NULL: does not want to */
    struct observed *next;            /* closed, but kept: see own_hooks() */
};

/* Do they want to watch this executor?  Each may end the program with a line
 * if the environment asks for what cannot be had. */
bool timeline_observe(struct executor *ex);
struct console_tasks *console_observe(struct executor *ex);

/* malloc() that ends the program if there is no memory; all bytes are 0. */
void *observe_alloc(size_t n, size_t size);
#endif
