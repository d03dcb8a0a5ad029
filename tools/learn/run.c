#include <errno.h>
#include <unistd.h>
#include "learn.h"

/* ---- Build what changed -------------------------------------------------- */

/* What the compiler said, without what the build tools say around it. */
static void print_complaints(const struct course *c, FILE *log)
{
    struct path text; /* a line; most begin with the name of a file */
    char *line = text.text;
    bool starts = true, skip = false, command = false;
    rewind(log);
    while (fgets(line, sizeof text.text, log)) {
        if (starts) {
            skip = command || *line == '[' || strncmp(line, "make", 4) == 0 ||
                   strncmp(line, "gmake", 5) == 0 ||
                   strncmp(line, "ninja", 5) == 0 ||
                   strncmp(line, "FAILED", 6) == 0;
            command = strncmp(line, "FAILED", 6) == 0; /* stands below it */
        }
        if (!skip)
            fputs(path_shown(c, &text).text, stderr);
        starts = strchr(line, '\n') != NULL;
    }
}

static bool has_warning(FILE *log)
{
    char line[1024];
    rewind(log);
    while (fgets(line, sizeof line, log))
        if (strstr(line, "warning:"))
            return true;
    return false;
}

static enum poll build_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct build);
    self->log = tmpfile(); /* NULL: then we see all of it */
    AWAIT(process(&self->cmake, self->argv, NULL, self->log));
    self->status = self->cmake.status;
    if (self->status < 0)
        complain("cannot start cmake: %s", uv_strerror(self->status));
    else if (self->log && (self->status || has_warning(self->log)))
        print_complaints(&self->learn->course, self->log);
    ASYNC_FINALLY
    if (self->log)
        fclose(self->log);
    ASYNC_END;
}
static const struct future_ops build_ops = ASYNC_OPS(build);

struct future *build(struct build *self, const struct learn *l,
                     const char *target)
{
    *self = (struct build){
        .async.future.ops = &build_ops,
        .learn = l,
        .argv = { "cmake", "--build", l->course.build.text, "--target",
                  target },
    };
    return &self->async.future;
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
                   build(task_slot(struct build), l, program->name));
    status = learn_await(l, t);
    if (status == 0)
        status = task_output(t, struct build)->status ? 1 : 0;
    task_detach(t);
    if (status)
        return status;
    progress_set(&l->progress, "ran", program->name, 0);
    path = path_of("%s/bin/%s", l->course.build.text, program->name);
    argv[0] = path.text;
    fflush(NULL);
    execv(path.text, argv); /* it takes our place: terminal, signals, status */
    complain("cannot run %s: %s", path.text, strerror(errno));
    return 1;
}

/* ---- No command: where you stand ----------------------------------------- */

struct first_lesson {
    struct async async;
    struct learn *learn;
    const struct item *program;
    struct path path;
    const char *argv[2]; /* the path                                          */
    struct process process;
    int status; /* result: the program's                                      */
};

static enum poll first_lesson_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct first_lesson);
    self->path = path_of("%s/bin/%s", self->learn->course.build.text,
                         self->program->name);
    self->argv[0] = self->path.text;
    printf("%s$ build/bin/%s%s\n", look.faint, self->program->name, look.off);
    AWAIT(process(&self->process, self->argv, NULL, NULL));
    if (self->process.status == 0)
        progress_set(&self->learn->progress, "ran", self->program->name, 0);
    self->status = self->process.status;
    ASYNC_END;
}
static const struct future_ops first_lesson_ops = ASYNC_OPS(first_lesson);

static struct future *first_lesson(struct first_lesson *self, struct learn *l,
                                   const struct item *program)
{
    *self = (struct first_lesson){ .async.future.ops = &first_lesson_ops,
                                   .learn = l,
                                   .program = program };
    return &self->async.future;
}

static int welcome(struct learn *l, const struct item *program)
{
    struct task *t =
        task_spawn(l->executor,
                   first_lesson(task_slot(struct first_lesson), l, program));
    struct path source;
    int status;
    printf("%sasync-in-c%s: asynchronous programming, from the first poll\n\n",
           look.bold, look.off);
    printf("The first program asks: %s\n\n",
           course_question(&l->course, program).text);
    status = learn_await(l, t);
    if (status == 0)
        status = task_output(t, struct first_lesson)->status;
    task_detach(t);
    if (status) {
        complain("%s failed, status %d", program->name, status);
        return 1;
    }
    source = course_source(&l->course, program);
    printf("\nThat was %s%s%s: it is short, read it.\n\n", look.bold,
           path_shown(&l->course, &source).text, look.off);
    print_next(l);
    printf("\n%s list shows all there is, %s where you stand.\n", l->as, l->as);
    return 0;
}

int stand_command(struct learn *l, char **argv)
{
    const struct item *first = item_next(l, PROGRAM, NULL);
    (void)argv;
    if (l->progress.count == 0 && first)
        return welcome(l, first);
    print_rooms(l);
    putchar('\n');
    print_next(l);
    printf("\n%s list shows all there is, %s watch checks what you save.\n",
           l->as, l->as);
    return 0;
}
