/* look.h: how the runner's pages look.  Colours, ticks and links stand only
 * where a person reads: on a terminal; colours and ticks not with NO_COLOR. */
#ifndef LEARN_LOOK_H
#define LEARN_LOOK_H

#include "course.h"

struct look {
    bool terminal; /* we print on one that knows more than plain lines */
    bool colours;
    const char *bold, *faint, *good, *bad, *off; /* "" without colours */
    const char *done, *failed, *open, *busy;     /* in front of a name */
};
extern struct look look;

/* Sets it, and tells the compilers that we start of colours and width. */
void look_init(void);

/* A file as the reader can use it: its name, on terminals a link to it. */
struct path path_link(const struct course *c, const struct path *path);
#endif
