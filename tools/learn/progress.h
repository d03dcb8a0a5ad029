/* progress.h: what the learner has done, one line each in work/progress:
 *
 *     ran a01_futures
 *     hint a01_countdown 2
 *     passed a01_countdown
 *
 * Lines that make no sense are left out, and a file that cannot be read or
 * written costs the learner ticks, never an answer.
 */
#ifndef LEARN_PROGRESS_H
#define LEARN_PROGRESS_H

#include "course.h"

struct mark {
    char verb[8];
    char name[64];
    int number; /* of hints seen; else 0 */
};

struct progress {
    struct path file;
    struct mark *marks;
    size_t count;
};

void progress_open(struct progress *p, const struct course *c);
void progress_close(struct progress *p);

/* NULL: not yet. */
const struct mark *progress_find(const struct progress *p, const char *verb,
                                 const char *name);

/* Both write the file at once. */
void progress_set(struct progress *p, const char *verb, const char *name,
                  int number);
void progress_clear(struct progress *p, const char *verb, const char *name);
#endif
