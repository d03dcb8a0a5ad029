#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "progress.h"

static struct mark *mark_find(const struct progress *p, const char *verb,
                              const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->marks[i].verb, verb) == 0 &&
            strcmp(p->marks[i].name, name) == 0)
            return &p->marks[i];
    return NULL;
}

static void mark_put(struct progress *p, const struct mark *mark)
{
    struct mark *old = mark_find(p, mark->verb, mark->name), *more;
    if (old) {
        *old = *mark;
        return;
    }
    more = realloc(p->marks, (p->count + 1) * sizeof *more);
    if (!more)
        return; /* a tick less */
    p->marks = more;
    p->marks[p->count++] = *mark;
}

void progress_open(struct progress *p, const struct course *c)
{
    FILE *file;
    char line[128];
    *p = (struct progress){ .file = path_of("%s/progress", c->work.text) };
    file = fopen(p->file.text, "r");
    while (file && fgets(line, sizeof line, file)) {
        struct mark mark = { .number = 0 };
        if (sscanf(line, "%7[a-z] %63[a-z0-9_] %d", mark.verb, mark.name,
                   &mark.number) >= 2)
            mark_put(p, &mark);
    }
    if (file)
        fclose(file);
}

void progress_close(struct progress *p)
{
    free(p->marks);
    *p = (struct progress){ .count = 0 };
}

const struct mark *progress_find(const struct progress *p, const char *verb,
                                 const char *name)
{
    return mark_find(p, verb, name);
}

/* A new file in place of the old one, so that none is ever half written. */
static void progress_write(const struct progress *p)
{
    struct path fresh = path_of("%s.new", p->file.text);
    struct path work = p->file;
    FILE *file;
    bool good;
    *strrchr(work.text, '/') = '\0';
    mkdir(work.text, 0777);
    file = fopen(fresh.text, "w");
    for (size_t i = 0; file && i < p->count; i++) {
        fprintf(file, "%s %s", p->marks[i].verb, p->marks[i].name);
        if (p->marks[i].number)
            fprintf(file, " %d", p->marks[i].number);
        fputc('\n', file);
    }
    good = file && !ferror(file);
    good = file && fclose(file) == 0 && good;
    if (!good || rename(fresh.text, p->file.text) != 0)
        fprintf(stderr, "learn: cannot write %s: %s; this step is not kept\n",
                p->file.text, strerror(errno));
}

void progress_set(struct progress *p, const char *verb, const char *name,
                  int number)
{
    struct mark mark = { .number = number };
    const struct mark *old = mark_find(p, verb, name);
    if (old && old->number == number)
        return;
    snprintf(mark.verb, sizeof mark.verb, "%s", verb);
    snprintf(mark.name, sizeof mark.name, "%s", name);
    mark_put(p, &mark);
    progress_write(p);
}

void progress_clear(struct progress *p, const char *verb, const char *name)
{
    struct mark *mark = mark_find(p, verb, name);
    if (!mark)
        return;
    *mark = p->marks[--p->count];
    progress_write(p);
}
