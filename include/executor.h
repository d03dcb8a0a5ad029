/* executor.h: the page that lessons include.  Its parts, in reading order:
 *
 * base.h future.h   what a future is: poll, drop, wakers
 * async.h           async functions: AWAIT, ASYNC_RETURN, ASYNC_FINALLY
 * backtrace.h       where a future waits
 * list.h wheel.h    lists, and the timers of sleeping futures
 * state.h           what an executor and a task are made of
 * clock.h           time and chance
 * slot.h task.h     a task's memory; its life from spawn to detach
 * run.h block_on.h  the run loop: read at least this one
 * host.h            inside another program's loop
 * open.h leaves.h   init and close; yield_now, sleep_ms, task_join
 * inbox.h           the door for threads, with doorbell.h: where you need it
 *
 * threads  One executor, one thread: everything is called on it, wakers too.
 *          Other threads use inbox.h.
 * units    Milliseconds since executor_init().  Errors are libuv's: 0, or
 *          negative for uv_strerror().  No memory for a task: says so, exit 1.
 * misuse   aborts with a sentence.  NDEBUG removes the checks that future.h
 *          names, those of list.h and wheel.h, and the ones for "another
 *          thread" and for NULL or what is not open.
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
