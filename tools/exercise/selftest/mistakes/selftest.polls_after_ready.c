/* Expect: yield_now: polled again after READY */
#include "executor.h"

static void answer(void)
{
    struct poller task = { 0 };
    struct yield yield;
    struct future *f = yield_now(&yield);
    for (;;)
        poll_by(&task, f);
}
