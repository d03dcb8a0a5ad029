#include <errno.h>
#include <unistd.h>
#include "learn.h"

/* ---- Build what changed -------------------------------------------------- */

/* What the compiler said, without what the build tools say around it. */
static void print_complaints(const char *log, FILE *out)
{
    static const char *const tools[] = { "[", "make", "gmake", "ninja: build",
                                         "FAILED" };
    bool command = false; /* stands below FAILED */
    while (*log) {
        int n = (int)strcspn(log, "\n");
        const char *word = log; /* behind its colour */
        if (*word == '\033' && word[strcspn(word, "m\n")] == 'm')
            word += strcspn(word, "m\n") + 1;
        bool skip = command;
        for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
            skip = skip || strncmp(word, tools[i], strlen(tools[i])) == 0;
        command = strncmp(word, "FAILED", 6) == 0;
        if (!skip)
            fprintf(out, "%.*s\n", n, log);
        log += n + (log[n] != '\0');
    }
}

static void build_end(struct build *self)
{
    const char *log = self->log.bytes;
    self->status = self->cmake.status;
    if (self->status < 0)
        fprintf(self->out, "cannot start cmake: %s\n",
                uv_strerror(self->status));
    else if (self->status || strstr(log, "warning:"))
        print_complaints(log, self->out);
    if (self->status > 0 && !strstr(log, "FAILED: ") &&
        !strstr(log, "] Error "))
        fprintf(self->out,
                "The build itself failed, not the program.  If it fails "
                "again, delete the folder\n%s and start %s again.\n",
                self->learn->course.build.text, self->learn->as);
}

static enum poll build_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct build);
    if (access(self->learn->course.build.text, W_OK) != 0)
        ASYNC_RETURN((void)0);
    page_begin(&self->log);
    unsetenv("NINJA_STATUS"); /* build_end() knows what it says without */
    AWAIT(process(&self->cmake, self->argv, NULL, self->log.out));
    fflush(self->log.out);
    build_end(self);
    ASYNC_FINALLY
    if (self->log.out)
        page_end(&self->log);
    free(self->log.bytes);
    ASYNC_END;
}
static const struct future_ops build_ops = ASYNC_OPS(build);

struct future *build(struct build *self, const struct learn *l,
                     const char *target, FILE *out)
{
    *self = (struct build){
        .async.future.ops = &build_ops,
        .learn = l,
        .argv = { "cmake", "--build", l->course.build.text, "--target",
                  target },
        .out = out,
    };
    return &self->async.future;
}

struct path program_path(const struct learn *l, const struct item *program)
{
    return path_of("%s/bin/%s", l->course.build.text, program->name);
}

/* ---- run NAME [ARGUMENTS] ------------------------------------------------ */

int run_command(struct learn *l, char **argv)
{
    const struct item *program;
    struct path path;
    struct task *t;
    int status;
    if (!argv[0]) {
        complain("run which program? %s list shows them", l->as);
        return 2;
    }
    program = course_find(&l->course, PROGRAM | SKIPPED, argv[0]);
    if (!program)
        return 2;
    if (program->kind == SKIPPED) {
        complain("%s needs %s, which is not here; %s --install gets it",
                 program->name, program->needs, l->as);
        return 1;
    }
    t = task_spawn(l->executor,
                   build(task_slot(struct build), l, program->name, stderr));
    status = learn_await(l, t);
    if (status == 0)
        status = task_output(t, struct build)->status ? 1 : 0;
    task_detach(t);
    if (status)
        return status;
    progress_set(&l->progress, "ran", program->name, "");
    path = program_path(l, program);
    argv[0] = path.text;
    fflush(NULL);
    execv(path.text, argv); /* it takes our place: terminal, signals, status */
    complain("cannot run %s: %s", path.text, strerror(errno));
    return 1;
}
