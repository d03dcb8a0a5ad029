/* desk.h: the terminal in watch mode: keys without Enter, its size, a screen.
 *
 * The screen is drawn again at each change, in one write.  No library draws it:
 * pages bring the compiler's colours and links, which ncurses would have to be
 * taught, and there is nothing but lines of text on it.
 */
#ifndef LEARN_DESK_H
#define LEARN_DESK_H

#include "learn.h"

enum key {
    KEY_NONE = 0,
    KEY_INTERRUPT = 3, /* Ctrl-C */
    KEY_BACKSPACE = 8,
    KEY_ENTER = 13,
    KEY_STOP = 26, /* Ctrl-Z */
    KEY_ESCAPE = 27,
    KEY_UP = 256,
    KEY_DOWN,
    KEY_PAGE_UP,
    KEY_PAGE_DOWN,
    KEY_HOME,
    KEY_END
};

struct desk; /* on the heap: libuv needs its handles until they are closed */

/* NULL: it has said why. */
struct desk *desk_open(struct learn *l);
void desk_close(struct desk *d);

/* Another program may have the terminal; ours again. */
void desk_lend(struct desk *d);
void desk_take_back(struct desk *d);

/* The oldest key that was not asked for yet, or KEY_NONE. */
int desk_key(struct desk *d);
void desk_size(struct desk *d, int *width, int *height);

/* Draws the lines of `page` from `top` on, as many as fit above the lines of
 * `bar`, which is never folded.  Returns the top that it took, one from which
 * there is something to see. */
int desk_draw(struct desk *d, const char *page, int top, const char *bar,
              int bars);

/* READY when there was a key, another size, or news of the runner's. */
struct desk_event {
    struct future future;
    struct desk *desk;
};
struct future *desk_event(struct desk_event *self, struct desk *d);
#endif
