#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "text.h"

enum { WRAPPED = 70 }; /* authors break lines somewhere behind this column */

char *notice;

void complain(const char *format, ...)
{
    char line[2 * NOTICE];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    fflush(stdout);
    if (notice)
        snprintf(notice, NOTICE, "%.*s", NOTICE - 1, line);
    else
        fprintf(stderr, "learn: %s\n", line);
}

void page_begin(struct page *page)
{
    *page = (struct page){ 0 };
    page->out = open_memstream(&page->bytes, &page->size);
    if (page->out)
        return;
    complain("out of memory");
    exit(1);
}

void page_end(struct page *page)
{
    fclose(page->out);
    page->out = NULL;
}

void page_print(struct page *page)
{
    page_end(page);
    fold(page->bytes, terminal_width(), stdout);
    free(page->bytes);
    fflush(stdout);
}

int terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 80;
    return size.ws_col;
}

/* ---- One symbol ---------------------------------------------------------- */

static bool is_printable(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
            return false;
    return true;
}

/* The bytes of an escape sequence, and whether it may be printed. */
static size_t escape_length(const char *s, bool *harmless)
{
    size_t n = 2;
    *harmless = false;
    if (s[1] == '[') {
        n += strspn(s + n, "0123456789;:<=>?");
        *harmless = s[n] == 'm';
        return n + (s[n] != '\0');
    }
    if (s[1] == ']') {
        n += strcspn(s + n, "\a\033\n");
        *harmless = strncmp(s + 2, "8;", 2) == 0 && s[n] == '\033' &&
                    s[n + 1] == '\\' && is_printable(s + 2, n - 2);
        return n + (s[n] == '\a') + (s[n] == '\033' && s[n + 1] == '\\') * 2u;
    }
    return s[1] ? 2 : 1;
}

/* The bytes of the symbol at `s`, and the columns it takes: -1 if it must not
 * be printed. */
static size_t symbol(const char *s, int *columns)
{
    unsigned char c = (unsigned char)*s;
    size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
    bool harmless;
    if (c == '\033') {
        n = escape_length(s, &harmless);
        *columns = harmless ? 0 : -1;
        return n;
    }
    for (size_t i = 1; i < n; i++)
        if (((unsigned char)s[i] & 0xc0) != 0x80)
            n = i;
    *columns = c < ' ' || c == 0x7f ? -1 : 1;
    if (c >= 0x80 && (n == 1 || (c == 0xc2 && (unsigned char)s[1] < 0xa0)))
        *columns = -1; /* no UTF-8, or a control in it */
    else if (c >= 0xf0 || (c >= 0xe3 && c <= 0xed))
        *columns = 2; /* most of these are wide */
    return n;
}

/* ---- Lines --------------------------------------------------------------- */

struct folder {
    FILE *out;
    int width, column, hang;
    char colours[64]; /* in force on this line, to be set again on the next */
};

static void folder_newline(struct folder *f)
{
    fprintf(f->out, "%s\n%*s%s", *f->colours ? "\033[0m" : "", f->hang, "",
            f->colours);
    f->column = f->hang;
}

static void folder_colour(struct folder *f, const char *s, size_t n)
{
    size_t used = strlen(f->colours);
    bool off = n <= 4 && (s[2] == 'm' || s[2] == '0');
    if (s[1] != '[')
        return;
    if (off)
        f->colours[0] = '\0';
    else if (used + n < sizeof f->colours)
        snprintf(f->colours + used, n + 1, "%s", s);
}

/* Prints the symbols from `s` on, `n` bytes of them, broken where they must. */
static void folder_put(struct folder *f, const char *s, size_t n)
{
    for (size_t used; n > 0; s += used, n -= used) {
        int columns;
        used = symbol(s, &columns);
        used = used > n ? n : used;
        if (columns < 0)
            continue;
        if (columns == 0)
            folder_colour(f, s, used);
        else if (f->column + columns > f->width)
            folder_newline(f);
        fwrite(s, 1, used, f->out);
        f->column += columns;
    }
}

/* Up to the next space: its bytes, and its columns. */
static size_t word_length(const char *s, size_t n, int *columns)
{
    size_t at = 0;
    *columns = 0;
    while (at < n && !strchr(" \t\v", s[at])) {
        int more;
        at += symbol(s + at, &more);
        *columns += more > 0 ? more : 0;
    }
    return at > n ? n : at;
}

static void fold_line(struct folder *f, const char *s, size_t n)
{
    const char *end = s + n;
    f->column = f->hang = 0;
    f->colours[0] = '\0';
    while (s < end && *s == ' ' && f->hang + 1 < f->width / 2)
        s++, f->hang++;
    fprintf(f->out, "%*s", f->hang, "");
    f->column = f->hang;
    f->hang += strncmp(s, "- ", 2) == 0 ? 2 : 0;
    while (s < end) {
        int spaces = 0, columns;
        bool mark = false;
        for (; s < end && strchr(" \t\v", *s); s++) {
            mark = mark || *s == '\v';
            spaces += *s == ' '    ? 1
                      : *s == '\t' ? 8 - (f->column + spaces) % 8
                                   : 0;
        }
        n = word_length(s, (size_t)(end - s), &columns);
        if (mark && f->column + spaces <= f->width / 2)
            f->hang = f->column + spaces;
        else if (mark)
            f->hang += f->hang + 4 < f->width / 2 ? 4 : 0;
        if (columns && f->column + spaces + columns > f->width &&
            f->column > f->hang) {
            folder_newline(f);
        } else if (columns || s < end) {
            fprintf(f->out, "%*s", spaces, "");
            f->column += spaces;
        }
        folder_put(f, s, n);
        s += n;
    }
    fputs(*f->colours ? "\033[0m\n" : "\n", f->out);
}

/* ---- Paragraphs ---------------------------------------------------------- */

/* An author broke `line` only because the first word of `next` did not fit, and
 * not because `next` begins something: "Rules:  …". */
static bool is_wrapped(const char *line, size_t n, const char *next)
{
    size_t indent = strspn(line, " "), more = strspn(next, " "), word;
    if (n < 50 || memchr(line, '\v', n) ||
        (more != indent && more < indent + 4))
        return false;
    next += more;
    word = strcspn(next, " \n");
    return word > 0 && !strchr("-#|`^~", *next) && next[word - 1] != ':' &&
           n + 1 + word > WRAPPED;
}

void fold(const char *text, int width, FILE *out)
{
    struct folder f = { .out = out, .width = width < 8 ? 8 : width };
    struct page joined = { 0 };
    while (*text) {
        size_t n = strcspn(text, "\n");
        bool wrapped =
            width < WRAPPED && text[n] && is_wrapped(text, n, text + n + 1);
        if (wrapped || joined.out) {
            const char *from = text;
            if (!joined.out)
                page_begin(&joined);
            else
                from += strspn(from, " ");
            fprintf(joined.out, "%.*s%s", (int)(n - (size_t)(from - text)),
                    from, wrapped ? " " : "");
        }
        if (!wrapped && joined.out) {
            page_end(&joined);
            fold_line(&f, joined.bytes, strlen(joined.bytes));
            free(joined.bytes);
        } else if (!wrapped) {
            fold_line(&f, text, n);
        }
        text += n + (text[n] != '\0');
    }
}
