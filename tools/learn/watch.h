/* watch.h: watch mode: what its parts share.
 *
 *   watch.c    the loop: draws, waits for a key or a save, starts checks
 *   views.c    what stands on the screen
 *   keys.c     what each key does
 *   errand.c   what takes its time: a program, an editor, a difference
 *
 * A save is seen by looking at the answers twelve times a second.  That sees
 * files that were replaced, links, a work folder that was exchanged and network
 * file systems, and costs a few microseconds each time.
 */
#ifndef LEARN_WATCH_H
#define LEARN_WATCH_H

#include <sys/stat.h>
#include "desk.h"

enum view { VIEW_EXERCISE, VIEW_LIST, VIEW_GRID, VIEW_PAGE, VIEW_PROGRAM };

/* What a key has asked for that cannot be done at once. */
enum errand_kind { ERRAND_NONE, ERRAND_RUN, ERRAND_EDIT, ERRAND_DIFFERENCE };

struct errand {
    struct async async;
    struct watch *watch;
    enum errand_kind kind;
    struct path path, other, shell;
    const char *argv[8];
    struct build build;
    struct process process;
    struct page page;
};

struct stamp { /* differs after each save */
    struct timespec time;
    off_t size;
    ino_t inode;
};

struct watch {
    struct async async;
    struct learn *learn;
    struct desk *desk;
    struct desk_event event;
    struct timeout look;            /* at the files, if nothing else happens */
    struct stamp *stamps, progress; /* of each item's answer */
    const struct item *at;          /* the exercise */
    struct task *checking;          /* its check, or NULL */
    struct check *check;            /* that task's */
    char *said;                     /* what the last one said, or NULL */
    char *report;        /* of the sanitizer, cut out of it, or NULL */
    enum result verdict; /* of that */
    bool *also;          /* of items: saved beside it, and checked */
    struct task *many;   /* checks of several, or NULL */
    enum view view;
    char *page;                   /* of VIEW_PAGE */
    int top;                      /* the first line on the screen */
    const struct item *selected;  /* in the list */
    const struct item *program;   /* that r ran last, or NULL */
    char search[32];              /* what the list is narrowed to */
    bool only_open;               /* the list leaves out what is done */
    bool searching, asking, quit; /* asking: is it to begin again? */
    enum errand_kind kind;        /* to be done now */
    struct errand errand;
    char clock[16], notice[NOTICE]; /* of the last save; a line to be shown */
};

/* ---- watch.c ------------------------------------------------------------- */

void watch_go(struct watch *w, const struct item *exercise);
void watch_check(struct watch *w);
void watch_check_all(struct watch *w);

/* Ends a page, takes it over and shows it from its first line on. */
void watch_show(struct watch *w, struct page *page);

/* ---- views.c ------------------------------------------------------------- */

void watch_draw(struct watch *w);

/* Whether the list shows it, narrowed as it is. */
bool list_shows(const struct watch *w, const struct item *item);
void print_keys(const struct learn *l, FILE *out);

/* ---- keys.c, errand.c ---------------------------------------------------- */

void watch_key(struct watch *w, int key);
struct future *errand(struct errand *self, struct watch *w,
                      enum errand_kind kind);
#endif
