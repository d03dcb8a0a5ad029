/* places.c: the parent: which line of the answer is at this address?
 *
 * The parent was there before the test's process, so what stands where is the
 * same in both.  addr2line reads the debug information of this program only:
 * where libc's is installed, to read it would take longer than all the rest. */
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include "machinery.h"

enum { ASKED_MAX = 200 };

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool exercise_is_answer(const char *file)
{
    return strcmp(file_name(file), file_name(exercise_answer_)) == 0;
}

static int note_base(struct dl_phdr_info *info, size_t size, void *base)
{
    (void)size;
    *(uintptr_t *)base = info->dlpi_addr;
    return 1; /* the first is this program */
}

/* addr2line's answer: a line with the function, a line with file:line. */
static void read_places(FILE *from, struct place *places, const int *asked,
                        int count)
{
    char line[512];
    for (int i = 0; i < count && fgets(line, sizeof line, from); i++) {
        struct place *p = &places[asked[i]];
        snprintf(p->function, sizeof p->function, "%.*s",
                 (int)strcspn(line, "\n"), line);
        if (!fgets(line, sizeof line, from))
            return;
        char *colon = strrchr(line, ':');
        p->line = colon ? atoi(colon + 1) : 0;
        if (p->line)
            snprintf(p->file, sizeof p->file, "%.*s", (int)(colon - line),
                     line);
    }
}

static void ask(char **argv, struct place *places, const int *asked, int count)
{
    extern char **environ;
    posix_spawn_file_actions_t actions;
    int ends[2];
    pid_t pid;
    if (count == 0 || pipe2(ends, O_CLOEXEC) != 0)
        return;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
                                     O_WRONLY, 0);
    if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) == 0) {
        close(ends[1]);
        FILE *from = fdopen(ends[0], "r");
        if (from) {
            read_places(from, places, asked, count);
            fclose(from);
        }
        waitpid(pid, NULL, 0);
    }
    posix_spawn_file_actions_destroy(&actions);
}

/* The addresses are those behind calls. */
void exercise_places(void *const *frames, int count, struct place *places)
{
    static char self[4096], text[ASKED_MAX][24];
    static char *argv[ASKED_MAX + 5] = { ADDR2LINE, "-f", "-e", self };
    static int asked[ASKED_MAX];
    uintptr_t base = 0;
    int n = 0;
    Dl_info here = { 0 }, at;
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length > 0 ? length : 0] = '\0';
    dl_iterate_phdr(note_base, &base);
    dladdr(&exercise_token, &here);
    memset(places, 0, (size_t)count * sizeof *places);
    for (int i = 0; i < count; i++) {
        uintptr_t call = (uintptr_t)frames[i] - 1;
        if (!frames[i] || !dladdr((void *)call, &at))
            continue;
        if (at.dli_fbase != here.dli_fbase) {
            snprintf(places[i].function, sizeof places[i].function, "%s",
                     at.dli_sname ? at.dli_sname : "");
        } else if (n < ASKED_MAX) {
            snprintf(text[n], sizeof text[n], "0x%jx",
                     (uintmax_t)(call - base));
            argv[4 + n] = text[n];
            asked[n++] = i;
        }
    }
    argv[4 + n] = NULL;
    ask(argv, places, asked, n);
}

/* Is one of these in this function? */
bool exercise_passes(const char *function, void *const *frames, int count)
{
    static struct place places[FRAMES_MAX];
    exercise_places(frames, count, places);
    for (int i = 0; i < count; i++)
        if (strcmp(places[i].function, function) == 0)
            return true;
    return false;
}

/* "work/a01_countdown.c:23: countdown_poll()" for the first of these that lies
 * in the answer, or "". */
const char *exercise_where(void *const *frames, int count)
{
    static struct place places[FRAMES_MAX];
    static char where[512];
    exercise_places(frames, count, places);
    for (int i = 0; i < count; i++) {
        if (!exercise_is_answer(places[i].file))
            continue;
        snprintf(where, sizeof where, "%s:%d: %s()", exercise_answer_,
                 places[i].line, places[i].function);
        return where;
    }
    return "";
}
