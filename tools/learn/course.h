/* course.h: what the course holds, as CMake wrote it to build/course.txt:
 *
 *     root /home/me/async-in-c
 *     program a01_futures a01_waker          room, name
 *     exercise a01_futures a01_countdown
 *     exercise a01_futures a01_boxed second  for the page's second reading
 *     skipped a04_join a04_urls libcurl      not built: what it needs
 */
#ifndef LEARN_COURSE_H
#define LEARN_COURSE_H

#include <stdbool.h>
#include <stddef.h>

enum kind { PROGRAM = 1, SKIPPED = 2, EXERCISE = 4 };

/* Of a check: PASSED; FAILED, the answer is wrong; BROKEN, there is no telling,
 * as the test could not run. */
enum result { NONE, UNTOUCHED, WAITING, CHECKING, PASSED, FAILED, BROKEN };

struct item {
    enum kind kind;
    const char *room, *name;
    const char *needs; /* a skipped program's package */
    bool second;       /* for a second reading: offered when all else is done */
    char version[17];  /* an exercise's: of its test and its shipped file */
    enum result result;
};

struct path { /* passed by value, so nobody has to free it */
    char text[2048];
};

struct course {
    char *text;        /* the manifest; the items point into it */
    const char *root;  /* the checkout */
    struct path build; /* where it was built */
    struct path work;  /* the learner's files: LEARN_WORK, or work/ */
    struct item *items;
    size_t count;
};

struct path path_of(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* As seen from the checkout: work/a01_countdown.c; or as it is. */
struct path path_in_root(const struct course *c, const struct path *path);

/* As short as the reader can use it: without the root when we stand in it. */
struct path path_shown(const struct course *c, const struct path *path);

/* And all above it.  False: errno says why. */
bool folder_make(const struct path *folder);

/* Finds build/ by our own path; `program` is argv[0].  False: it has said
 * why. */
bool course_open(struct course *c, const char *program);
void course_close(struct course *c);

/* Was the exercise updated since we looked at it?  Its version is new then. */
bool course_renew(struct course *c, const struct item *exercise);

struct path course_source(const struct course *c, const struct item *item);
struct path course_answer(const struct course *c, const struct item *item);

/* The first sentence of its top comment, or "". */
struct path course_question(const struct course *c, const struct item *item);

/* The heading of the room's notes page, without its number, or "". */
struct path course_title(const struct course *c, const char *room);

/* The item of one of these kinds called so; what is short and clear will do:
 * waker, a01_wak, work/a01_countdown.c.  NULL: it has said what is near. */
const struct item *course_find(const struct course *c, int kinds,
                               const char *name);

/* The one of `count` words that is near, a letter or two wrong; or NULL. */
const char *nearest(const char *word, const char *const *words, size_t count);
#endif
