/* executor.h: the page that lessons include.  Its parts, in reading order:
 *
 * base.h future.h   what a future is: poll, drop, wakers
 * async.h           async functions: AWAIT, ASYNC_RETURN, ASYNC_FINALLY
 * backtrace.h       where a future waits
 * list.h wheel.h    lists, and the timers of sleeping futures
 * state.h           what an executor and a task are made of
 * clock.h           the time, and random numbers
 * slot.h task.h     a task's memory; its life from spawn to detach
 * run.h block_on.h  the run loop: read at least this one
 * host.h            inside another program's loop
 * open.h leaves.h   init and close; yield_now, sleep_ms, task_join
 * inbox.h           for other threads, with doorbell.h; include it yourself
 *
 * threads  One executor, one thread: everything is called on it, wakers too.
 *          Other threads use inbox.h.
 * units    Milliseconds since executor_init().  Errors are libuv's: 0, or
 *          negative for uv_strerror().  If there is no memory for a task, the
 *          program says so and ends with status 1.
 * misuse   aborts with a sentence.  NDEBUG removes nearly all checks of
 *          future.h, those of list.h and wheel.h, and those for a call on
 *          another thread, for NULL, and for an executor that is not open, or
 *          is opened twice.
 *
 * EXECUTOR_CLOCK=virtual   when nothing is ready, time jumps to the next
 *                          deadline
 * EXECUTOR_SEED=n          ready tasks run in a random order, which is the same
 *                          for the same n; 0 is no seed
 */
#ifndef EXECUTOR_H
#define EXECUTOR_H

#include "block_on.h"
#include "leaves.h"
#include "open.h"
#endif
