/* url_list.h: the list of a04_urls: read it, save what comes, print it.
 *
 * Nothing async here.  A body goes into DIR/N_name.part and is renamed when it
 * is complete, so that an interrupted run leaves only whole files.  Out of
 * memory: says so, exit 1.
 */
#ifndef A04_URL_LIST_H
#define A04_URL_LIST_H

#include <ctype.h>
#include <errno.h>
#include <unistd.h>
#include "a04_join/fetch.h"

struct url {
    char *text;
    size_t number;  /* 1, 2, 3: its place in the list */
    FILE *file;     /* the body, while it comes, or NULL */
    char path[512]; /* where it goes, or "" */
    bool done;
    long status;
    uint64_t bytes, ms;
    char *error; /* why it failed, or NULL */
};

struct url_list {
    struct url *urls;
    size_t n, room;
};

static inline void *url_memory_(void *p)
{
    if (!p) {
        fprintf(stderr, "a04_urls: no memory\n");
        exit(1);
    }
    return p;
}

static inline char *url_copy_(const char *text)
{
    char *copy = url_memory_(malloc(strlen(text) + 1));
    return strcpy(copy, text);
}

/* Copies the text. */
static inline void url_list_add(struct url_list *list, const char *text)
{
    if (list->n == list->room) {
        list->room = list->room ? 2 * list->room : 16;
        list->urls =
            url_memory_(realloc(list->urls, list->room * sizeof *list->urls));
    }
    list->urls[list->n] =
        (struct url){ .text = url_copy_(text), .number = list->n + 1 };
    list->n++;
}

/* One URL in a line; empty lines and those with # are skipped.  "-" is
 * standard input.  False, and said so: it cannot be read. */
static inline bool url_list_read(struct url_list *list, const char *path)
{
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    char *line = NULL;
    size_t size = 0;
    if (!in) {
        fprintf(stderr, "a04_urls: %s: %s\n", path, strerror(errno));
        return false;
    }
    for (ssize_t n; (n = getline(&line, &size, in)) >= 0;) {
        while (n > 0 && isspace((unsigned char)line[n - 1]))
            line[--n] = '\0';
        if (n > 0 && *line != '#')
            url_list_add(list, line);
    }
    free(line);
    if (in != stdin)
        fclose(in);
    return true;
}

/* ---- Saving -------------------------------------------------------------- */

/* DIR/0007_example.org_index.html, for the 7th. */
static inline bool url_open_file(struct url *u, const char *dir)
{
    char part[sizeof u->path + 8], name[64];
    const char *from = strstr(u->text, "://");
    size_t n = 0;
    from = from ? from + 3 : u->text;
    for (; *from && n < sizeof name - 1; from++)
        name[n++] = isalnum((unsigned char)*from) || *from == '.' ? *from : '_';
    name[n] = '\0';
    snprintf(u->path, sizeof u->path, "%s/%04zu_%s", dir, u->number, name);
    snprintf(part, sizeof part, "%s.part", u->path);
    u->file = fopen(part, "wb");
    if (!u->file) {
        u->error = url_copy_(strerror(errno));
        u->done = true;
    }
    return u->file != NULL;
}

/* Nothing is left of a body that is not complete. */
static inline void url_discard_file(struct url *u)
{
    char part[sizeof u->path + 8];
    snprintf(part, sizeof part, "%s.part", u->path);
    if (u->file) {
        fclose(u->file);
        unlink(part);
    }
    u->file = NULL;
}

static inline void url_keep_file_(struct url *u)
{
    char part[sizeof u->path + 8];
    int rc = fclose(u->file);
    u->file = NULL;
    snprintf(part, sizeof part, "%s.part", u->path);
    if (rc || rename(part, u->path))
        u->error = url_copy_(strerror(errno));
}

static inline void url_finish(struct url *u, const struct fetch *f)
{
    u->done = true;
    u->status = f->status;
    u->bytes = f->bytes;
    u->ms = f->ms;
    if (*f->error)
        u->error = url_copy_(f->error);
    if (u->file && u->error)
        url_discard_file(u);
    else if (u->file)
        url_keep_file_(u);
}

/* ---- Showing ------------------------------------------------------------- */

/* One line that is written over and over, on a terminal only. */
static inline void url_list_progress(const struct url_list *list, size_t done)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%zu of %zu%s", done, list->n,
                done == list->n ? "\r            \r" : "");
}

/* A row for each, in the order given; how many failed. */
static inline size_t url_list_print(const struct url_list *list)
{
    size_t failed = 0;
    printf("%6s %10s %7s  %s\n", "status", "bytes", "ms", "url");
    for (size_t i = 0; i < list->n; i++) {
        const struct url *u = &list->urls[i];
        const char *error = u->done ? u->error : "cancelled";
        printf("%6ld %10llu %7llu  %s%s%s\n", u->status,
               (unsigned long long)u->bytes, (unsigned long long)u->ms, u->text,
               error ? ": " : "", error ? error : "");
        failed += u->done && u->error;
    }
    return failed;
}

static inline void url_list_free(struct url_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->urls[i].text);
        free(list->urls[i].error);
    }
    free(list->urls);
}
#endif
