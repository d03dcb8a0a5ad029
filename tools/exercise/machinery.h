/* machinery.h: what the parts of the harness know of each other.
 *
 * Before the answer runs a single instruction, the program becomes two.  The
 * parent never runs code of the answer; it forks a process for each test, and
 * only what that process writes to a pipe of its own counts.
 *
 *   run.c       the parent: a process for each test
 *   watch.c     the parent: does the process sleep, or run and run?
 *   places.c    the parent: which line of the answer is at this address?
 *   words.c     the parent: what the sanitizers found, in plain words
 *   show.c      the parent: what the learner sees of a test
 *   verdict.c   in the process: reject(), and all that leads to it
 *   fence.c     in the process: no other process may be reached from it
 *   leaks.c     in the process: every block that is not freed
 *   threads.c   in the process: every thread that is not joined
 *   poller.c    polling by hand
 *   probes.c    what the tests of many exercises need
 *   virtual.c   an executor on the virtual clock
 */
#ifndef MACHINERY_H
#define MACHINERY_H

#include <sys/types.h>
#include "exercise.h"

/* ---- A verdict, as it goes through the pipe ------------------------------ */

enum {
    FRAMES_MAX = 512,
    WORDS_MAX = 1 << 16, /* AddressSanitizer's reports are shorter            */
    STACK_MAX = 64,
};

enum verdict_kind {
    BEGUN = 1, /* a verdict will follow: no clock runs any more               */
    PASSED,    /* `frames`: for each block that is left, size, stack and NULL */
    REJECTED,  /* `words`; and `frames` as for PASSED, or none                */
    PLACED, /* … and `frames` tell where                                   */
    BUSY,   /* `words`: during what; so for the next                       */
    ASLEEP,
    ABORTED,  /* misuse() or assert() has printed why; `words` are the aside */
    EXITED,   /* exit() was called                                           */
    REPORTED, /* `words` are AddressSanitizer's                              */
    UNDEFINED, /* … UndefinedBehaviorSanitizer's: kind, message, place        */
};

struct verdict {
    uint64_t token; /* only verdict.c has it                                  */
    enum verdict_kind kind;
    bool readable; /* REPORTED: what was written to can be read               */
    char
        forbidden[200]; /* REPORTED: why nobody may touch what is poisoned    */
    int frame_count;
    int length; /* of words                                                   */
    void *frames[FRAMES_MAX];
    char words[WORDS_MAX];
};

/* ---- One test, seen from the parent -------------------------------------- */

/* In bytes.  A right answer that prints for debugging, a line for each step of
 * a test that takes very many, needs up to 8 MB. */
enum { OUTPUT_MAX = 1 << 24, OUTPUT_MUCH = 1 << 16 };

struct run {
    const struct CMUnitTest *test;
    pid_t pid;
    int output, pipe; /* the reading ends of its pipes                        */
    size_t length; /* of text                                                 */
    struct verdict verdict;
    size_t arrived; /* bytes of it                                            */
    bool begun;
    pid_t busy; /* the thread that works for too long, or 0                   */
    int memory_mb; /* when we last looked                                     */
    const char *killed; /* why we ended it, or NULL                           */
    int status;
    char why[4096]; /* the reason, for the learner; "" is a pass              */
    char report[1 << 14]; /* of a sanitizer, for those who read such          */
    char text[OUTPUT_MAX]; /* what it printed; large, so it is not cleared   */
};

/* What is too long, in milliseconds. */
enum {
    BUSY_MS = 250, /* of processor time; a right answer needs a few         */
    BUSY_STARTS = 10, /* … and as often the time that this program started in */
    GRACE_MS = 300, /* after either, for it to say where it is               */
    LOOK_NS = 20 * 1000000, /* of these, in ns: until it knows what it does   */
    ASLEEP_MS = 800, /* in all: what would wake it has had its chance         */
    LIMIT_MS = 120000, /* if neither can be told, or a verdict does not end   */
};

/* run.c */
extern uint64_t exercise_token;

/* show.c, words.c */
void exercise_show(struct run *run);
void exercise_reason(struct run *run);

/* places.c */
struct place {
    char function[128], file[256];
    int line;
};
void exercise_places(void *const *frames, int count, struct place *places);
bool exercise_is_answer(const char *file);
const char *exercise_where(void *const *frames, int count);
bool exercise_passes(const char *function, void *const *frames, int count);

/* watch.c */
struct look { /* what can be seen of a process without trusting it            */
    bool asleep;
    int cpu_ms, memory_mb;
    pid_t busiest; /* a thread that runs, or 0                                */
};
struct look exercise_look(pid_t pid);
void exercise_kill_descendants(void);

/* verdict.c */
void exercise_verdict_open(int pipe);
void exercise_verdict_begins(void);
_Noreturn void exercise_verdict(enum verdict_kind kind, const char *words,
                                void *const *frames, int count);
extern void (*exercise_at_end)(void); /* closes the test's executor, if any   */

/* poller.c */
enum poll exercise_poll_in(struct future *f, struct waker waker,
                           struct executor *executor);
void exercise_polls_look(int64_t cpu_ns);

/* probes.c: why nobody may touch it now */
const char *why_forbidden(const void *at);

/* fence.c, leaks.c, naps.c, threads.c */
void exercise_naps_poll(bool begins);
void exercise_fence(void);
void exercise_leaks_begin(void);
void exercise_leaks_count(bool on);
void exercise_leaks_look(void);
int exercise_leaks_end(void **frames, int most);
void exercise_threads_end(void);
#endif
