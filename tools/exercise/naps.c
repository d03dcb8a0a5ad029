/* naps.c: inside the test's process: a poll that puts its thread to sleep.
 *
 * poller.c finds whatever waits, but only in polls of its own, and if it is a
 * habit.  Here the calls of answer and test arrive (--wrap), so one is enough,
 * also in a poll of the executor's. */
#include <execinfo.h>
#include <time.h>
#include <unistd.h>
#include "machinery.h"

static _Thread_local int polls; /* inside of each other, on this thread */

void exercise_naps_poll(bool begins)
{
    polls += begins ? 1 : -1;
}

static void look(void)
{
    void *frames[STACK_MAX];
    if (polls > 0)
        exercise_verdict(PLACED,
                         "puts the thread to sleep in a poll: meanwhile no "
                         "other task can run; a poll never waits; it returns "
                         "POLL_PENDING",
                         frames, backtrace(frames, STACK_MAX));
}

/* `name` with these parameters: only if no poll is under way.  With -flto the
 * compiler sees no call of it: it is made by the linker. */
#define WRAP(type, name, parameters, arguments)          \
    type __real_##name parameters;                       \
    type __wrap_##name parameters __attribute__((used)); \
    type __wrap_##name parameters                        \
    {                                                    \
        look();                                          \
        return __real_##name arguments;                  \
    }

WRAP(int, nanosleep, (const struct timespec *t, struct timespec *left),
     (t, left))
WRAP(int, clock_nanosleep,
     (clockid_t clock, int flags, const struct timespec *t,
      struct timespec *left),
     (clock, flags, t, left))
WRAP(unsigned, sleep, (unsigned seconds), (seconds))
WRAP(int, usleep, (useconds_t us), (us))
