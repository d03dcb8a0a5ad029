/* learn.h: the course runner: what its commands share.
 *
 * ./learn, the shell script, sets up and builds; this program does the rest:
 *
 *   course, names      what there is, and which of it a learner means
 *   progress           what the learner has done
 *   look, text         how it is shown: colours, links, folded pages
 *   pages              what is only shown: list, where you stand, next steps
 *   exercise           the learner's files: make, reset, hint, solution
 *   run                a program, rebuilt if it changed
 *   check              test answers: one, or several at once
 *   watch, desk, keys  watch mode; the terminal and what happens at it; what
 *                      each key does
 *   process            a future: another program
 */
#ifndef LEARN_LEARN_H
#define LEARN_LEARN_H

#include "a07_select/timeout.h"
#include "course.h"
#include "executor.h"
#include "look.h"
#include "process.h"
#include "progress.h"
#include "text.h"

struct learn {
    struct course course;
    struct progress progress;
    struct executor *executor;
    const char *as;    /* how the learner called us: ./learn */
    struct task *task; /* at work, or NULL; what Ctrl-C aborts */
    int signal;        /* that did, or 0 */
    bool lent;         /* another program has the terminal, and its Ctrl-C */
    struct waker news; /* watch mode's: there is something new to show */
};

/* A command: its exit status.  argv holds its arguments; NULL ends them. */
typedef int command_fn(struct learn *l, char **argv);
command_fn stand_command, list_command, run_command, check_command,
    watch_command, reset_command, hint_command, solution_command;

/* Waits until the task is over, or Ctrl-C has aborted it: 0 or 128 + signal.
 * The handle stays the caller's. */
int learn_await(struct learn *l, struct task *t);

/* ---- pages.c ------------------------------------------------------------- */

bool is_done(const struct learn *l, const struct item *item);

/* It was passed, but its test or its shipped file has changed since. */
bool is_stale(const struct learn *l, const struct item *item);

/* How many of these there are, or are done; room NULL: in all rooms. */
int count_items(const struct learn *l, const char *room, enum kind kind,
                bool only_done);

/* The first item of a room; after that of `room`.  NULL: of the first. */
const struct item *room_after(const struct course *c, const char *room);

/* The exercise to do next: the first behind `after` that is not passed, from
 * the first one on after the last.  NULL: all are passed.  `after` may be
 * NULL. */
const struct item *exercise_next(const struct learn *l,
                                 const struct item *after);

/* Where the learner is: in watch mode, or else at the next exercise. */
const struct item *exercise_current(const struct learn *l);

void print_rooms(const struct learn *l, FILE *out);

/* What to read, run and write next. */
void print_next(const struct learn *l, FILE *out);

/* When all is passed: what was done, and where to go on. */
void print_end(const struct learn *l, FILE *out);

/* ---- run.c --------------------------------------------------------------- */

/* Builds one target with CMake and is silent unless there is a complaint.  In
 * a build folder that is not ours to write it takes what is there. */
struct build {
    struct async async;
    const struct learn *learn;
    const char *argv[6]; /* cmake's */
    struct process cmake;
    struct page log;
    FILE *out;  /* for complaints */
    int status; /* result: 0 built */
};
struct future *build(struct build *self, const struct learn *l,
                     const char *target, FILE *out);
struct path program_path(const struct learn *l, const struct item *program);

/* ---- exercise.c ---------------------------------------------------------- */

/* The one called so; without a name the current one.  NULL: it has said why. */
const struct item *exercise_named(const struct learn *l, const char *name);

/* Makes work/NAME.c if there is none, and for editors compile_flags.txt.  1:
 * made it; 0: it was there; negative: could not, and has said why. */
int answer_make(const struct learn *l, const struct item *exercise);

/* There is an answer, and it is not just what was shipped. */
bool answer_is_begun(const struct learn *l, const struct item *exercise);

/* Writes what it did; false: it could not, and has said why. */
bool answer_reset(struct learn *l, const struct item *exercise, FILE *out);

/* Writes the hints so far, and the next one.  True: there are more. */
bool hint_give(struct learn *l, const struct item *exercise, FILE *out);

/* Passed, or all hints were seen: earlier a solution would help nobody. */
bool solution_is_free(const struct learn *l, const struct item *exercise);
struct path part_path(const struct learn *l, const struct item *exercise,
                      const char *part, const char *ending);

/* ---- check.c ------------------------------------------------------------- */

/* Tests an answer, notes the result, and records a pass. */
struct check {
    struct async async;
    struct learn *learn;
    const struct item *exercise;
    bool strict; /* a failure takes an earlier pass away */
    struct path script, test, answer;
    const char *argv[4]; /* these three */
    struct process process;
    struct timeout limit;
    struct page page;    /* what it says; free its bytes once it is over */
    enum result verdict; /* result: PASSED, FAILED or BROKEN */
};
struct future *check(struct check *self, struct learn *l,
                     const struct item *exercise);

/* Tests all that are WAITING, several at once.  `strict` as above. */
enum many { QUIET = 0, PRINT = 1, STRICT = 2 };
struct task *check_many(struct learn *l, int how);

/* What a test says, with its ticks in colour. */
void print_verdict(const char *said, FILE *out);

/* What is WAITING from now on: answers that are begun; if `stale`, of passes
 * that no longer count.  How many. */
int check_mark(struct learn *l, bool stale);
#endif
