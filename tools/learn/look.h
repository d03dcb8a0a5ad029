/* look.h: how the runner's pages look.  Colours and ticks stand only where a
 * person reads: on a terminal, unless NO_COLOR is set. */
#ifndef LEARN_LOOK_H
#define LEARN_LOOK_H

#include <stdbool.h>

struct look {
    bool colours; /* and signs; false: plain words */
    const char *bold, *faint, *good, *bad, *off; /* "" without colours */
    const char *done, *failed, *open;            /* in front of a name */
    int mark_width;                              /* columns of those three */
};
extern struct look look;

void look_init(void);

/* From column `at` of the line on: `text`, by words, within 80 columns, each
 * line from `column`; then a newline. */
void print_column(int at, int column, const char *text);
#endif
