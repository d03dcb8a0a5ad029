/* exercise_executor.h: an executor for the tests that want one. */
#ifndef EXERCISE_EXECUTOR_H
#define EXERCISE_EXECUTOR_H

#include "executor.h"

#define virtual_executor exercise_virtual_executor_
#define virtual_executor_close exercise_virtual_executor_close_
#define poll_budget exercise_poll_budget_

/* The executor of this test: virtual clock, oldest task first, and 100,000
 * polls while the clock stands still are a rejection.  The first call opens
 * it; it is closed, and nothing may be left in its loop, when the test ends. */
struct executor *virtual_executor(void);

/* Close it now: to see what the tasks that are left do when dropped. */
void virtual_executor_close(void);

/* For a test with hooks of its own: the poll budget, as poll_begins. */
void poll_budget(struct task *t);

#include "exercise.h" /* last, for the names that it gives a prefix */
#endif
