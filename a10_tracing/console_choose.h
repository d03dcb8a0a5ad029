/* console_choose.h: which program is to be watched? */
#ifndef A10_CONSOLE_CHOOSE_H
#define A10_CONSOLE_CHOOSE_H

#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include "a10_tracing/console_folder.h"
#include "program.h"

enum { CONSOLE_FOUND = 64, CONSOLE_PATH = 512 };

struct console_found {
    long pid;
    char name[64];
    char path[CONSOLE_PATH];
};

struct console_list { /* the programs that run */
    int n;
    struct console_found found[CONSOLE_FOUND];
};

/* "executor-NAME-PID.sock": the two parts, or false. */
static inline bool console_parse_name(const char *file, char *name, size_t size,
                                      long *pid)
{
    size_t begin = strlen(CONSOLE_PREFIX), n = strlen(file);
    size_t tail = strlen(CONSOLE_SUFFIX);
    const char *dash = strrchr(file, '-');
    char *end;
    if (n < begin + tail || strncmp(file, CONSOLE_PREFIX, begin) != 0 ||
        strcmp(file + n - tail, CONSOLE_SUFFIX) != 0 || dash < file + begin ||
        (size_t)(dash - file) - begin >= size)
        return false;
    memcpy(name, file + begin, (size_t)(dash - file) - begin);
    name[(size_t)(dash - file) - begin] = '\0';
    *pid = strtol(dash + 1, &end, 10);
    return isdigit((unsigned char)dash[1]) && end == file + n - tail &&
           *pid > 0;
}

/* One that is answered; one whose program is gone is removed. */
static inline void console_note_(struct console_list *list, const char *folder,
                                 const char *file)
{
    struct console_found *found = &list->found[list->n];
    int fd;
    if (list->n == CONSOLE_FOUND ||
        !console_parse_name(file, found->name, sizeof found->name,
                            &found->pid) ||
        snprintf(found->path, sizeof found->path, "%s/%s", folder, file) >=
            (int)sizeof found->path)
        return;
    if (kill((pid_t)found->pid, 0) != 0 && errno == ESRCH) {
        unlink(found->path);
        return;
    }
    fd = console_connect(found->path);
    if (fd < 0)
        return;
    close(fd);
    list->n++;
}

static inline void console_find(struct console_list *list)
{
    char folder[CONSOLE_PATH / 2];
    const char *wrong = console_folder(folder, sizeof folder);
    DIR *dir = wrong ? NULL : opendir(folder);
    struct dirent *entry;
    list->n = 0;
    if (!dir)
        program_exit(1, "cannot look into %s: %s", folder,
                     wrong ? wrong : strerror(errno));
    while ((entry = readdir(dir)))
        console_note_(list, folder, entry->d_name);
    closedir(dir);
}

static inline bool console_is_meant_(const struct console_found *found,
                                     const char *wanted)
{
    char pid[32];
    snprintf(pid, sizeof pid, "%ld", found->pid);
    return !wanted || strcmp(wanted, pid) == 0 ||
           strcmp(wanted, found->name) == 0;
}

/* A connection with what the user means: a path, a pid, a name, or NULL, if
 * only one program runs.  Ends the program if there is none. */
static inline int console_choose_program(const char *wanted)
{
    static struct console_list list;
    const struct console_found *one = NULL;
    char names[300];
    int n = 0, fd;
    if (wanted && strchr(wanted, '/')) {
        fd = console_connect(wanted);
        if (fd < 0)
            program_exit(1, "cannot connect to %s: %s", wanted,
                         strerror(errno));
        return fd;
    }
    console_find(&list);
    for (int i = 0; i < list.n; i++)
        if (console_is_meant_(&list.found[i], wanted)) {
            one = &list.found[i];
            n++;
        }
    if (n == 1 && (fd = console_connect(one->path)) >= 0)
        return fd;
    if (n <= 1 && wanted)
        program_exit(1, "no watched program has the pid or name %s", wanted);
    if (n <= 1)
        program_exit(1, "no program to watch; start one in another terminal: "
                        "EXECUTOR_CONSOLE=1 ./a10_watched");
    for (int i = 0, at = 0; i < list.n && at < (int)sizeof names; i++)
        if (console_is_meant_(&list.found[i], wanted))
            at += snprintf(names + at, sizeof names - (size_t)at, " %ld (%s)",
                           list.found[i].pid, list.found[i].name);
    program_exit(2, "several programs run; name one by its pid:%s", names);
}
#endif
