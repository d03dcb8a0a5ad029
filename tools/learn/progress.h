/* progress.h: what the learner has done, one line each in work/progress:
 *
 *     at a04_join_two                        where watch mode was last
 *     ran a01_futures
 *     hint a01_countdown 2                   how many were seen
 *     passed a01_countdown 9f3c21d06a7b4e58  what was passed: item_version()
 *
 * writers  Each change is made in what the file holds at that moment, under a
 *          lock, and the new file takes the place of the old one in one step.
 *          So several runners at once lose nothing.
 * damage   A file with other lines in it is set aside as progress.damaged, and
 *          the lines that make sense are kept.
 * errors   What cannot be written is said once, kept in memory, and written
 *          with the next change.
 */
#ifndef LEARN_PROGRESS_H
#define LEARN_PROGRESS_H

#include "course.h"

struct mark {
    char verb[8];
    char name[64];
    char value[24]; /* or "" */
    bool removed;   /* only in `changes` */
};

struct marks {
    struct mark *at;
    size_t count;
};

struct progress {
    struct path file;
    struct marks marks;   /* all there are */
    struct marks changes; /* ours that are not yet written */
    bool complained;
};

void progress_open(struct progress *p, const struct course *c);
void progress_close(struct progress *p);

/* Sees what other runners have written since. */
void progress_read(struct progress *p);

/* The value; NULL: there is no such mark. */
const char *progress_find(const struct progress *p, const char *verb,
                          const char *name);

/* The exercise where watch mode was last, or NULL. */
const char *progress_at(const struct progress *p);

/* Writes the file at once, unless it says so already.  NULL: no such mark. */
void progress_set(struct progress *p, const char *verb, const char *name,
                  const char *value);
#endif
