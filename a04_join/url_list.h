/* url_list.h: the list of a04_urls: read it, hand it out, print what came.
 *
 * Nothing here is async.  Out of memory: one line, exit 1.  What is shown of a
 * URL contains no password, and nothing that a terminal takes as a command.
 */
#ifndef A04_URL_LIST_H
#define A04_URL_LIST_H

#include <ctype.h>
#include "a04_join/fetch.h"
#include "program.h"

struct url {
    char *text;
    size_t number;     /* 1, 2, 3: its place in the list */
    FILE *file;        /* the body, while it comes, or NULL */
    char *path, *part; /* where it goes, and until it is complete; see
                          url_file.h */
    bool done; /* fetched or failed; in the table, others are cancelled */
    long status;
    uint64_t bytes, ms;
    char *error; /* why it failed, or NULL */
};

struct url_list {
    struct url *urls;
    size_t n, room;
    size_t next, done; /* how many were handed out; how many are done */
    int progress;      /* how wide the line on the terminal is */
};

/* ---- Text ---------------------------------------------------------------- */

static inline void *url_memory_(void *p)
{
    if (!p)
        program_exit(1, "no memory");
    return p;
}

/* Like printf(), into memory that the caller frees. */
__attribute__((format(printf, 1, 2))) static inline char *url_format(
    const char *format, ...)
{
    va_list arguments;
    char *text;
    int n;
    va_start(arguments, format);
    n = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    text = url_memory_(malloc((size_t)n + 1));
    va_start(arguments, format);
    vsnprintf(text, (size_t)n + 1, format, arguments);
    va_end(arguments);
    return text;
}

static inline const char *url_behind_at_(const char *from, const char *end)
{
    for (; end > from; end--)
        if (end[-1] == '@')
            return end;
    return NULL;
}

/* Where the host begins, after "scheme://" and "login@"; *login is where the
 * login begins, or would.  A '/' ends the host, but some passwords contain one;
 * in those URLs, what looks like the port is not a number. */
static inline const char *url_host(const char *text, const char **login)
{
    size_t n = strcspn(text, ":/?#@");
    const char *from = text, *end, *host;
    if (text[n] == ':' && text[n + 1] == '/')
        from += n + 1;
    from += strspn(from, "/");
    *login = from;
    end = from + strcspn(from, "/?#");
    host = url_behind_at_(from, end);
    n = strcspn(from, ":/?#[") + 1;
    if (!host && from[n - 1] == ':' &&
        from + n + strspn(from + n, "0123456789") < end)
        host = url_behind_at_(end, end + strlen(end));
    return host ? host : from;
}

/* ---- Reading ------------------------------------------------------------- */

/* Copies the text. */
static inline void url_list_add(struct url_list *list, const char *text)
{
    if (list->n == list->room) {
        list->room = list->room ? 2 * list->room : 16;
        list->urls =
            url_memory_(realloc(list->urls, list->room * sizeof *list->urls));
    }
    list->urls[list->n] =
        (struct url){ .text = url_format("%s", text), .number = list->n + 1 };
    list->n++;
}

/* Without the blanks around it, and without a comment, which begins with a # at
 * the start or after a blank. */
static inline void url_list_add_line_(struct url_list *list, char *line)
{
    size_t n;
    while (isspace((unsigned char)*line))
        line++;
    for (n = 0; line[n]; n++)
        if (line[n] == '#' && (n == 0 || isspace((unsigned char)line[n - 1])))
            break;
    while (n > 0 && isspace((unsigned char)line[n - 1]))
        n--;
    line[n] = '\0';
    if (n > 0)
        url_list_add(list, line);
}

enum { URL_LONGEST = 8000000 }; /* bytes; libcurl takes no more */

/* One URL in a line; lines end in LF, CR LF or CR.  "-" is standard input.  If
 * the file is not a list, that ends the program: one line, exit 2. */
static inline void url_list_read(struct url_list *list, const char *path)
{
    static const char mark[] = "\xEF\xBB\xBF"; /* some files begin with it */
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    char *line = NULL;
    size_t room = 0, n = 0, number = 1;
    int c = 0;
    if (!in)
        program_exit(2, "%s: %s", path, strerror(errno));
    while (c != EOF) {
        c = getc(in);
        if (c == EOF && ferror(in))
            program_exit(2, "%s: %s", path, strerror(errno));
        if (c == '\0' || n > URL_LONGEST)
            program_exit(2, "%s:%zu: %s, so this is no list of URLs", path,
                         number, c ? "no URL is that long" : "a zero byte");
        if (n == room)
            line = url_memory_(realloc(line, room = 2 * room + 128));
        line[n++] = (char)c;
        if (c == '\n' || c == '\r' || c == EOF) {
            line[n - 1] = '\0';
            n = strncmp(line, mark, 3) == 0 ? 3 : 0;
            url_list_add_line_(list, line + n);
            number += c == '\n';
            n = 0;
        }
    }
    free(line);
    if (in != stdin)
        fclose(in);
}

/* ---- Handing out --------------------------------------------------------- */

/* The first URL that no worker has taken, or NULL. */
static inline struct url *url_list_next(struct url_list *list)
{
    return list->next < list->n ? &list->urls[list->next++] : NULL;
}

/* How far the transfer came. */
static inline void url_note(struct url *u, const struct fetch *f)
{
    u->status = f->status;
    u->bytes = f->bytes;
    u->ms = f->ms;
}

/* It failed; the first reason counts. */
static inline void url_fail(struct url *u, const char *why)
{
    if (!u->error)
        u->error = url_format("%s", why);
}

/* Count it as done.  On a terminal, a line shows how many are. */
static inline void url_list_done(struct url_list *list, struct url *u)
{
    u->done = true;
    list->done++;
    if (isatty(STDERR_FILENO))
        list->progress = fprintf(stderr, "\r%zu of %zu", list->done, list->n);
}

/* ---- Showing ------------------------------------------------------------- */

/* Control characters become '?': those of ASCII, and U+0080 to U+009F. */
static inline void url_print_text_(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        bool high = c >= 0x80 && c < 0xA0 && i > 0 && text[i - 1] == '\xC2';
        putchar(c < ' ' || c == 0x7F || high ? '?' : c);
    }
}

/* A row of the table. */
static inline void url_print(const struct url *u)
{
    const char *login, *host = url_host(u->text, &login);
    const char *error = u->error ? u->error : u->done ? NULL : "cancelled";
    printf("%6ld %10llu %7llu  ", u->status, (unsigned long long)u->bytes,
           (unsigned long long)u->ms);
    url_print_text_(u->text, (size_t)(login - u->text));
    if (host > login)
        printf("***@");
    url_print_text_(host, strlen(host));
    if (error) {
        printf(": ");
        url_print_text_(error, strlen(error));
    }
    putchar('\n');
}

/* The head of the table.  It first clears the line on the terminal, which is
 * `progress` columns wide. */
static inline void url_print_head(int progress)
{
    if (progress > 0)
        fprintf(stderr, "\r%*s\r", progress, "");
    printf("%6s %10s %7s  %s\n", "status", "bytes", "ms", "url");
}

/* A row for each, in the order given; how many failed. */
static inline size_t url_list_print(const struct url_list *list)
{
    size_t failed = 0;
    url_print_head(list->progress);
    for (size_t i = 0; i < list->n; i++) {
        url_print(&list->urls[i]);
        failed += list->urls[i].error != NULL;
    }
    return failed;
}

/* Free the list and all texts in it. */
static inline void url_list_free(struct url_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->urls[i].text);
        free(list->urls[i].error);
    }
    free(list->urls);
}
#endif
