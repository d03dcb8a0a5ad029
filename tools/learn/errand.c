#include "watch.h"

/* ---- A program ----------------------------------------------------------- */

static void program_start(struct errand *self)
{
    const struct learn *l = self->watch->learn;
    const struct item *program = self->watch->program;
    self->path = program_path(l, program);
    self->argv[0] = self->path.text;
    desk_lend(self->watch->desk);
    printf("\n%s$ %s%s\n", look.faint, path_shown(&l->course, &self->path).text,
           look.off);
}

static void program_end(struct errand *self)
{
    struct watch *w = self->watch;
    int status = self->process.status;
    if (status == 0)
        progress_set(&w->learn->progress, "ran", w->program->name, "");
    if (status < 0)
        printf("It cannot be started: %s.\n", uv_strerror(status));
    else if (status)
        printf("It ended with status %d.\n", status);
    printf("\n%sr runs the next program of this room, any other key goes "
           "back%s\n",
           look.faint, look.off);
    fflush(stdout);
    desk_take_back(w->desk);
    w->view = VIEW_PROGRAM;
}

/* ---- An editor ----------------------------------------------------------- */

/* $VISUAL and $EDITOR may be several words, so the shell reads them. */
static void editor_start(struct errand *self)
{
    const struct watch *w = self->watch;
    const char *editor = getenv("VISUAL");
    if (!editor || !*editor)
        editor = getenv("EDITOR");
    if (!editor || !*editor)
        editor = "vi";
    self->shell = path_of("exec %s \"$1\"", editor);
    self->path = course_answer(&w->learn->course, w->at);
    self->argv[0] = "sh";
    self->argv[1] = "-c";
    self->argv[2] = self->shell.text;
    self->argv[3] = "sh";
    self->argv[4] = self->path.text;
    desk_lend(w->desk);
}

static void editor_end(struct errand *self)
{
    desk_take_back(self->watch->desk);
    if (self->process.status)
        complain("the editor ended with status %d: is VISUAL or EDITOR set?",
                 self->process.status);
}

/* ---- The difference to the solution -------------------------------------- */

static void difference_start(struct errand *self)
{
    const struct watch *w = self->watch;
    self->path = course_answer(&w->learn->course, w->at);
    self->other = part_path(w->learn, w->at, "solutions", ".c");
    self->argv[0] = "diff";
    self->argv[1] = "-U1000";
    self->argv[2] = self->path.text;
    self->argv[3] = self->other.text;
    page_begin(&self->page);
}

static void print_difference(const char *diff, const char *name, FILE *out)
{
    fprintf(out, "%s%s%s: %s- your answer%s  %s+ the solution%s\n\n", look.bold,
            name, look.off, look.bad, look.off, look.good, look.off);
    for (int line = 1; *diff; line++) {
        int n = (int)strcspn(diff, "\n");
        const char *colour = *diff == '-'   ? look.bad
                             : *diff == '+' ? look.good
                                            : "";
        if (line > 3) /* the names of the files, and @@ */
            fprintf(out, "%s%.*s%s\n", colour, n, diff, look.off);
        diff += n + (diff[n] != '\0');
    }
}

static void difference_end(struct errand *self)
{
    struct watch *w = self->watch;
    struct page page;
    page_end(&self->page);
    page_begin(&page);
    if (self->process.status == 1)
        print_difference(self->page.bytes, w->at->name, page.out);
    else if (self->process.status == 0)
        fputs("Your answer is the solution, letter for letter.\n", page.out);
    else
        fprintf(page.out, "The two cannot be compared: %s\n", self->page.bytes);
    watch_show(w, &page);
}

/* ---- The errand ---------------------------------------------------------- */

static enum poll errand_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct errand);
    if (self->kind == ERRAND_RUN) {
        page_begin(&self->page);
        AWAIT(build(&self->build, self->watch->learn,
                    self->watch->program->name, self->page.out));
        if (self->build.status) {
            watch_show(self->watch, &self->page);
            ASYNC_RETURN((void)0);
        }
        program_start(self);
        AWAIT(process(&self->process, self->argv, NULL, NULL));
        program_end(self);
    } else if (self->kind == ERRAND_EDIT) {
        editor_start(self);
        AWAIT(process(&self->process, self->argv, NULL, NULL));
        editor_end(self);
    } else {
        difference_start(self);
        AWAIT(process(&self->process, self->argv, NULL, self->page.out));
        difference_end(self);
    }
    ASYNC_FINALLY
    if (self->page.out)
        page_end(&self->page);
    free(self->page.bytes);
    ASYNC_END;
}
static const struct future_ops errand_ops = ASYNC_OPS(errand);

struct future *errand(struct errand *self, struct watch *w,
                      enum errand_kind kind)
{
    *self = (struct errand){ .async.future.ops = &errand_ops,
                             .watch = w,
                             .kind = kind };
    return &self->async.future;
}
