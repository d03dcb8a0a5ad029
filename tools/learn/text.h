/* text.h: pages are written into memory, then folded at the terminal's width.
 *
 * A page is lines of text with SGR sequences (colours) and OSC 8 (links).  A
 * vertical tab in a line marks the column at which the lines folded from it
 * begin; without one they begin where the line begins.  Everything else that
 * could move the cursor is left out when a page is folded, because programs
 * that learners wrote print on it, too.
 */
#ifndef LEARN_TEXT_H
#define LEARN_TEXT_H

#include <stdbool.h>
#include <stdio.h>

enum { NOTICE = 400 };

/* One line, on stderr; watch mode shows it in its own place instead. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern char *notice; /* of NOTICE bytes; NULL: stderr */

struct page {
    FILE *out;   /* write here */
    char *bytes; /* after page_end(): the page, for free() */
    size_t size;
};

/* No memory for a page: says so and exits 1. */
void page_begin(struct page *page);
void page_end(struct page *page);

/* Ends the page, prints it folded, frees it. */
void page_print(struct page *page);

/* The columns of the terminal that we print on; 80 if it is none. */
int terminal_width(void);

void fold(const char *text, int width, FILE *out);
#endif
