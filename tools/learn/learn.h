/* learn.h: the course runner: what its commands share.
 *
 * ./learn, the shell script, sets up and builds; this program does the rest:
 *
 *   course, progress   what there is, and what the learner has done
 *   look, pages        what is only printed: list, where you stand, next steps
 *   run                a program, built anew if it changed; the first lesson
 *   exercise           the learner's files: make, reset, hint, solution
 *   check, watch       test an answer; test each one that is saved
 *   process, within    futures: another program, a time limit
 */
#ifndef LEARN_LEARN_H
#define LEARN_LEARN_H

#include "executor.h"
#include "course.h"
#include "look.h"
#include "process.h"
#include "progress.h"
#include "within.h"

struct learn {
    struct course course;
    struct progress progress;
    struct executor *executor;
    const char *as;    /* how the learner called us: ./learn */
    struct task *task; /* at work, or NULL; what Ctrl-C aborts */
    int signal;        /* that did, or 0 */
};

/* A command: its exit status.  argv holds its arguments; NULL ends them. */
typedef int command_fn(struct learn *l, char **argv);
command_fn stand_command, list_command, run_command, check_command,
    watch_command, reset_command, hint_command, solution_command;

/* Waits until the task is over, or Ctrl-C has aborted it: 0 or 128 + signal.
 * The handle stays the caller's. */
int learn_await(struct learn *l, struct task *t);

/* One line on stderr. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- pages.c ------------------------------------------------------------- */

bool is_done(const struct learn *l, const struct item *item);

/* The first item of this kind that is still to do; room NULL: of any. */
const struct item *item_next(const struct learn *l, enum kind kind,
                             const char *room);

/* A line for each room: how much of it is done. */
void print_rooms(const struct learn *l);

/* Up to three lines: what to read, run and write next. */
void print_next(const struct learn *l);

/* ---- run.c --------------------------------------------------------------- */

/* Builds one target with CMake and is silent unless there is a complaint. */
struct build {
    struct async async;
    const struct learn *learn;
    const char *argv[6]; /* cmake's */
    struct process cmake;
    FILE *log;
    int status; /* result: 0 built */
};
struct future *build(struct build *self, const struct learn *l,
                     const char *target);

/* ---- exercise.c ---------------------------------------------------------- */

/* The one called so; without a name the next one.  NULL: it has said why. */
const struct item *exercise_named(const struct learn *l, const char *name);

/* Makes work/NAME.c if there is none, and for editors compile_flags.txt.  1:
 * made it; 0: it was there; negative: could not, and has said why. */
int answer_make(const struct learn *l, const struct item *exercise);

/* There is an answer, and it is not just what was shipped. */
bool answer_is_begun(const struct learn *l, const struct item *exercise);

/* ---- check.c ------------------------------------------------------------- */

/* Tests an answer, records a pass and says what to do next. */
struct check {
    struct async async;
    struct learn *learn;
    const struct item *exercise;
    bool quiet, watching; /* set before the first poll: print nothing; next is
                             a file to open, not a command */
    FILE *unread;         /* where the test prints when quiet */
    struct path script, test, answer;
    const char *argv[4]; /* these three */
    struct process process;
    struct within limit;
    bool passed; /* result */
};
struct future *check(struct check *self, struct learn *l,
                     const struct item *exercise);
#endif
