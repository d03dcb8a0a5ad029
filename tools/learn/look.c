#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "look.h"

struct look look = {
    .bold = "",
    .faint = "",
    .good = "",
    .bad = "",
    .off = "",
    .done = "[x]",
    .failed = "[!]",
    .open = "[ ]",
    .mark_width = 3,
};

void look_init(void)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    bool plain = (no && *no) || !term || strcmp(term, "dumb") == 0;
    look.colours = isatty(STDOUT_FILENO) && !plain;
    if (!look.colours)
        return;
    look.bold = "\033[1m";
    look.faint = "\033[2m";
    look.good = "\033[32m";
    look.bad = "\033[31m";
    look.off = "\033[0m";
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        return;
    look.done = "✓";
    look.failed = "✗";
    look.open = "·";
    look.mark_width = 1;
}

/* How many columns: UTF-8's continuation bytes take none. */
static int width(const char *text, size_t bytes)
{
    int columns = 0;
    for (size_t i = 0; i < bytes; i++)
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return columns;
}

void print_column(int at, int column, const char *text)
{
    bool first = true; /* of its line */
    if (*text && at + 2 > column && at > 0) {
        putchar('\n');
        at = 0;
    }
    while (*text) {
        size_t word = strcspn(text, " ");
        int columns = width(text, word);
        if (!first && at + 1 + columns > 80) {
            putchar('\n');
            at = 0;
            first = true;
        }
        printf("%*s", first ? column - at : 1, "");
        at = (first ? column : at + 1) + columns;
        first = false;
        fwrite(text, 1, word, stdout);
        text += word + strspn(text + word, " ");
    }
    putchar('\n');
}
