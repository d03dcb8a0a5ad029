#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "progress.h"
#include "text.h"

/* ---- Marks --------------------------------------------------------------- */

/* There is one `at`, and one mark of each other verb for each name. */
static struct mark *mark_find(const struct marks *m, const char *verb,
                              const char *name)
{
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->at[i].verb, verb) == 0 &&
            (strcmp(verb, "at") == 0 || strcmp(m->at[i].name, name) == 0))
            return &m->at[i];
    return NULL;
}

static void mark_put(struct marks *m, const struct mark *mark)
{
    struct mark *old = mark_find(m, mark->verb, mark->name), *more;
    if (old) {
        *old = *mark;
        return;
    }
    more = realloc(m->at, (m->count + 1) * sizeof *more);
    if (!more)
        return; /* a tick less */
    m->at = more;
    m->at[m->count++] = *mark;
}

static void mark_apply(struct marks *m, const struct mark *change)
{
    struct mark *old = mark_find(m, change->verb, change->name);
    if (!change->removed)
        mark_put(m, change);
    else if (old)
        *old = m->at[--m->count];
}

static bool mark_parse(struct mark *mark, char *line)
{
    static const char *const verbs[] = { "at", "ran", "hint", "passed" };
    size_t length = strcspn(line, "\r\n");
    int end = 0;
    *mark = (struct mark){ .removed = false };
    if (line[length] == '\0')
        return false; /* too long, or cut off */
    line[length] = '\0';
    if (sscanf(line, "%7[a-z] %63[a-z0-9_]%n %23[a-z0-9]%n", mark->verb,
               mark->name, &end, mark->value, &end) < 2 ||
        line[end] != '\0')
        return false;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(mark->verb, verbs[i]) == 0)
            return true;
    return false;
}

/* ---- The file ------------------------------------------------------------ */

static void complain_once(struct progress *p, const char *what)
{
    if (!p->complained)
        complain("cannot %s %s: %s; from now on your progress is not kept",
                 what, p->file.text, strerror(errno));
    p->complained = true;
}

/* False: some lines make no sense. */
static bool marks_read(struct marks *m, FILE *file)
{
    bool good = true;
    char line[128];
    m->count = 0;
    rewind(file);
    while (fgets(line, sizeof line, file)) {
        struct mark mark;
        if (mark_parse(&mark, line))
            mark_put(m, &mark);
        else
            good = false;
    }
    return good && !ferror(file);
}

/* Opens and locks the file: one that is still in place when we have the lock.
 * Where locks do not work (some network file systems) we go on without. */
static FILE *file_lock(const struct progress *p)
{
    for (;;) {
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
        struct stat ours, named;
        FILE *file = fopen(p->file.text, "a+");
        if (!file)
            return NULL;
        while (fcntl(fileno(file), F_SETLKW, &lock) != 0 && errno == EINTR) {
        }
        if (fstat(fileno(file), &ours) == 0 &&
            stat(p->file.text, &named) == 0 && ours.st_ino == named.st_ino)
            return file;
        fclose(file);
    }
}

/* On disc before it takes the old one's place. */
static bool file_replace(const struct progress *p)
{
    struct path fresh = path_of("%s.new", p->file.text);
    FILE *file = fopen(fresh.text, "w");
    bool good = file != NULL;
    int why;
    for (size_t i = 0; good && i < p->marks.count; i++) {
        const struct mark *m = &p->marks.at[i];
        good = fprintf(file, "%s %s%s%s\n", m->verb, m->name,
                       *m->value ? " " : "", m->value) > 0;
    }
    good = good && fflush(file) == 0 && fsync(fileno(file)) == 0;
    why = errno;
    if (file && fclose(file) != 0 && good) {
        good = false;
        why = errno;
    }
    if (good && rename(fresh.text, p->file.text) == 0)
        return true;
    errno = good ? errno : why;
    why = errno;
    unlink(fresh.text);
    errno = why;
    return false;
}

static void folder_sync(const struct path *folder)
{
    int fd = open(folder->text, O_RDONLY);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

static void set_aside(const struct progress *p)
{
    struct path aside = path_of("%s.damaged", p->file.text);
    for (int n = 2; access(aside.text, F_OK) == 0 && n < 100; n++)
        aside = path_of("%s.damaged%d", p->file.text, n);
    if (rename(p->file.text, aside.text) == 0)
        complain("%s was damaged and is renamed to %s; what could be read of "
                 "it is kept",
                 p->file.text, aside.text);
}

static void progress_write(struct progress *p)
{
    struct path folder = p->file;
    FILE *file;
    *strrchr(folder.text, '/') = '\0';
    folder_make(&folder);
    file = file_lock(p);
    if (!file) {
        complain_once(p, "write");
        return;
    }
    if (!marks_read(&p->marks, file))
        set_aside(p);
    for (size_t i = 0; i < p->changes.count; i++)
        mark_apply(&p->marks, &p->changes.at[i]);
    if (file_replace(p)) {
        folder_sync(&folder);
        p->changes.count = 0;
    } else {
        complain_once(p, "write");
    }
    fclose(file); /* and with it the lock */
}

/* ---- For the runner ------------------------------------------------------ */

void progress_read(struct progress *p)
{
    FILE *file = fopen(p->file.text, "r");
    bool good = !file || marks_read(&p->marks, file);
    if (file)
        fclose(file);
    else if (errno != ENOENT && errno != ENOTDIR)
        complain_once(p, "read");
    if (!good && errno == EISDIR)
        set_aside(p);
    else if (!good)
        progress_write(p);
    for (size_t i = 0; i < p->changes.count; i++)
        mark_apply(&p->marks, &p->changes.at[i]);
}

void progress_open(struct progress *p, const struct course *c)
{
    *p = (struct progress){ .file = path_of("%s/progress", c->work.text) };
    progress_read(p);
}

void progress_close(struct progress *p)
{
    free(p->marks.at);
    free(p->changes.at);
    *p = (struct progress){ .complained = false };
}

const char *progress_find(const struct progress *p, const char *verb,
                          const char *name)
{
    const struct mark *mark = mark_find(&p->marks, verb, name);
    return mark ? mark->value : NULL;
}

const char *progress_at(const struct progress *p)
{
    const struct mark *mark = mark_find(&p->marks, "at", "");
    return mark ? mark->name : NULL;
}

void progress_set(struct progress *p, const char *verb, const char *name,
                  const char *value)
{
    struct mark change = { .removed = value == NULL };
    const struct mark *old = mark_find(&p->marks, verb, name);
    if (old ? value && strcmp(old->name, name) == 0 &&
                  strcmp(old->value, value) == 0
            : !value)
        return;
    snprintf(change.verb, sizeof change.verb, "%s", verb);
    snprintf(change.name, sizeof change.name, "%s", name);
    snprintf(change.value, sizeof change.value, "%s", value ? value : "");
    mark_put(&p->changes, &change);
    mark_apply(&p->marks, &change);
    progress_write(p);
}
