/* watch.c: what the parent can see of a process, without trusting it. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "machinery.h"

/* A whole small file; its length, 0 if it cannot be read. */
static size_t slurp(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "r");
    size_t n = file ? fread(text, 1, size - 1, file) : 0;
    if (file)
        fclose(file);
    text[n] = '\0';
    return n;
}

/* True if every thread sleeps.  One that only waits for a processor is said to
 * run, so a loaded machine does not look like a deadlock. */
bool process_sleeps(pid_t pid)
{
    char path[300], text[512];
    bool sleeps = true;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    if (!threads)
        return false;
    for (struct dirent *t; sleeps && (t = readdir(threads));) {
        if (t->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/%d/task/%s/stat", (int)pid,
                 t->d_name);
        if (slurp(path, text, sizeof text) == 0)
            continue;
        const char *state = strrchr(text, ')'); /* "12 (name) S …" */
        sleeps = state && strchr("STZX", state[2]);
    }
    closedir(threads);
    return sleeps;
}

/* Processor time so far; 0 if it cannot be told. */
int process_cpu_ms(pid_t pid)
{
    char path[64], text[1024];
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    slurp(path, text, sizeof text);
    const char *name_end = strrchr(text, ')');
    if (!name_end ||
        sscanf(name_end,
               ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
               &system) != 2)
        return 0;
    return (int)((user + system) * 1000 / (unsigned long)sysconf(_SC_CLK_TCK));
}

/* Descendants that left their process group are our children by now. */
void kill_descendants(void)
{
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
    for (int round = 0; round < 100; round++) {
        if (slurp(path, text, sizeof text) == 0)
            return;
        char *at = text, *end;
        for (long pid; (pid = strtol(at, &end, 10)) > 0; at = end)
            kill((pid_t)pid, SIGKILL);
        while (waitpid(-1, NULL, WNOHANG) > 0) {
        }
        usleep(1000);
    }
}
