/* machinery.h: what the parts of the harness know of each other.
 *
 *   run.c       the parent: a process for each test
 *   show.c      the parent: what the learner sees of it
 *   watch.c     the parent: does the process sleep, or run and run?
 *   verdict.c   in the process: reject(), and all that leads to it
 *   memory.c    in the process: what AddressSanitizer found, in plain words
 *   leaks.c     in the process: every block that is not freed
 *   poller.c    polling by hand
 *   probes.c    what the tests of many exercises need
 *   virtual.c   an executor on the virtual clock
 */
#ifndef MACHINERY_H
#define MACHINERY_H

#include <sys/types.h>
#include "exercise.h"

/* A verdict is one line on a pipe of its own.  Only these words are a pass, so
 * that no exit status, and no early end, can be taken for one. */
#define VERDICT_PASSED "\1 passed"
#define VERDICT_ABORTED '\2' /* misuse() has printed why; then follows where */

extern const char *answer_path; /* the learner's file, as shown to them      */

enum { OUTPUT_MAX = 1 << 16 }; /* bytes                                       */

struct run { /* one test, seen from the parent                                */
    const struct CMUnitTest *test;
    pid_t pid;
    int output, verdict; /* the reading ends of its pipes                     */
    char text[OUTPUT_MAX];
    size_t length; /* of text                                                 */
    char words[1024];
    const char *killed; /* why we ended it, or NULL                           */
    int status;
};

/* show.c */
void show(const struct run *run, bool passed);

/* How we know that a test will not end, however loaded the machine is. */
enum {
    BUSY_MS = 250,    /* of processor time: a right answer needs a few        */
    ASLEEP_MS = 800,  /* in all: what would wake it has had its chance        */
    GRACE_MS = 300,   /* after either, for it to say where it is              */
    LIMIT_MS = 10000, /* if neither can be told                               */
};

/* verdict.c */
void verdict_open(int pipe);
_Noreturn void verdict_pass(void);
extern void (*at_end_of_test)(void); /* closes the test's executor, if any */

/* poller.c */
enum poll poll_in(struct future *f, struct waker waker,
                  struct executor *executor);

/* memory.c */
extern const char *exercise_forbidden_; /* why nobody may touch it now       */
void memory_open(void);
const char *where_in_answer(void *const *frames, int count);
const char *place_in_answer(const char *from, const char *end, char *out,
                            size_t size);

/* leaks.c */
void leaks_begin(void);
void leaks_end(void);

/* watch.c */
bool process_sleeps(pid_t pid);
int process_cpu_ms(pid_t pid);
void kill_descendants(void);
#endif
