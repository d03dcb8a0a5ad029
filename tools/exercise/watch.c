/* watch.c: the parent: what can be seen of a process, without trusting it. */
#include <dirent.h>
#include <signal.h>
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

/* One thread: its state, and processor time in clock ticks. */
static char thread_state(const char *path, unsigned long *ticks)
{
    char text[1024];
    unsigned long user = 0, system = 0;
    char state = '\0';
    *ticks = 0;
    if (slurp(path, text, sizeof text) == 0)
        return '\0';
    const char *name_end = strrchr(text, ')'); /* "12 (name) S …" */
    if (name_end &&
        sscanf(name_end, ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
               &state, &user, &system) == 3)
        *ticks = user + system;
    return state;
}

/* It sleeps if every thread does.  One that only waits for a processor is said
 * to run, so a loaded machine does not look like a deadlock. */
struct look exercise_look(pid_t pid)
{
    struct look look = { .asleep = true };
    unsigned long ticks, most = 0, pages = 0;
    char path[300], text[128];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    thread_state(path, &ticks);
    look.cpu_ms = (int)(ticks * 1000 / (unsigned long)sysconf(_SC_CLK_TCK));
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    slurp(path, text, sizeof text);
    if (sscanf(text, "%*u %lu", &pages) == 1)
        look.memory_mb =
            (int)(pages * (unsigned long)sysconf(_SC_PAGESIZE) >> 20);
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    for (struct dirent *t; threads && (t = readdir(threads));) {
        if (t->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/%d/task/%s/stat", (int)pid,
                 t->d_name);
        char state = thread_state(path, &ticks);
        if (state && !strchr("STtZX", state))
            look.asleep = false;
        if (state == 'R' && ticks >= most) {
            most = ticks;
            look.busiest = atoi(t->d_name);
        }
    }
    if (threads)
        closedir(threads);
    return look;
}

/* Descendants that left their process group are our children by now. */
void exercise_kill_descendants(void)
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
