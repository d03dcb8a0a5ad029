#include "learn.h"

enum { CHECK_MS = 60000 }; /* the test has its own limits; this is the last */

/* ---- One answer ---------------------------------------------------------- */

static void check_prepare(struct check *self)
{
    const struct course *c = &self->learn->course;
    const char *name = self->exercise->name;
    struct path answer = course_answer(c, self->exercise);
    self->script = path_of("%s/exercise.sh", c->build.text);
    self->test = path_of("%s/exercises/%s.test.c", self->exercise->room, name);
    self->answer = path_in_root(c, &answer);
    self->argv[0] = self->script.text;
    self->argv[1] = self->test.text;
    self->argv[2] = self->answer.text;
    self->unread = self->quiet ? tmpfile() : NULL;
}

static void check_passed(const struct check *self)
{
    struct learn *l = self->learn;
    const struct item *next;
    struct path answer;
    progress_set(&l->progress, "passed", self->exercise->name, 0);
    if (self->quiet)
        return;
    printf("\n%s%s %s passed%s\n\n", look.good, look.done, self->exercise->name,
           look.off);
    next = item_next(l, EXERCISE, NULL);
    if (!self->watching || !next || answer_make(l, next) < 0) {
        print_next(l);
        return;
    }
    answer = course_answer(&l->course, next);
    printf("Next: %s%s%s\n", look.bold, path_shown(&l->course, &answer).text,
           look.off);
}

static void check_failed(const struct check *self)
{
    if (self->limit.late)
        complain("the test of %s took over %d seconds and was stopped",
                 self->exercise->name, CHECK_MS / 1000);
    else if (self->process.status == UV_ENOENT)
        complain("no exercise can be checked: there is no %s; has this "
                 "compiler no sanitizers?",
                 self->script.text);
    else if (self->process.status < 0)
        complain("cannot start %s: %s", self->script.text,
                 uv_strerror(self->process.status));
    else if (!self->quiet)
        printf("\nStuck? %s hint %s\n", self->learn->as, self->exercise->name);
}

static enum poll check_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct check);
    check_prepare(self);
    AWAIT(within(&self->limit, CHECK_MS,
                 process(&self->process, self->argv, self->learn->course.root,
                         self->unread)));
    self->passed = !self->limit.late && self->process.status == 0;
    if (self->passed)
        check_passed(self);
    else
        check_failed(self);
    fflush(stdout);
    ASYNC_FINALLY
    if (self->unread)
        fclose(self->unread);
    ASYNC_END;
}
static const struct future_ops check_ops = ASYNC_OPS(check);

struct future *check(struct check *self, struct learn *l,
                     const struct item *exercise)
{
    *self = (struct check){ .async.future.ops = &check_ops,
                            .learn = l,
                            .exercise = exercise };
    return &self->async.future;
}

static int check_one(struct learn *l, const struct item *exercise)
{
    struct path answer = course_answer(&l->course, exercise);
    struct task *t;
    int status = answer_make(l, exercise);
    if (status < 0)
        return 1;
    if (status)
        printf("Made %s%s%s: it is yours to fill in.\n\n", look.bold,
               path_shown(&l->course, &answer).text, look.off);
    t = task_spawn(l->executor, check(task_slot(struct check), l, exercise));
    status = learn_await(l, t);
    if (status == 0)
        status = task_output(t, struct check)->passed ? 0 : 1;
    task_detach(t);
    return status;
}

/* ---- All answers --------------------------------------------------------- */

struct check_all {
    struct async async;
    struct learn *learn;
    size_t at;
    struct check check;
    int passed, failed, untouched; /* results */
};

static const struct item *exercise_at(const struct learn *l, size_t at)
{
    const struct item *item = &l->course.items[at];
    return item->kind == EXERCISE ? item : NULL;
}

static void print_result(const char *colour, const char *mark, const char *name,
                         const char *remark)
{
    printf("  %s%s%s %s%s\n", colour, mark, look.off, name, remark);
    fflush(stdout);
}

static enum poll check_all_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct check_all);
    for (; self->at < self->learn->course.count; self->at++) {
        if (!exercise_at(self->learn, self->at))
            continue;
        check(&self->check, self->learn, exercise_at(self->learn, self->at));
        self->check.quiet = true;
        if (!answer_is_begun(self->learn, self->check.exercise)) {
            self->untouched++;
            print_result(look.faint, look.open, self->check.exercise->name,
                         ": not begun");
            continue;
        }
        AWAIT(&self->check.async.future);
        if (self->check.passed)
            print_result(look.good, look.done, self->check.exercise->name, "");
        else
            print_result(look.bad, look.failed, self->check.exercise->name, "");
        self->passed += self->check.passed;
        self->failed += !self->check.passed;
    }
    ASYNC_END;
}
static const struct future_ops check_all_ops = ASYNC_OPS(check_all);

static struct future *check_all(struct check_all *self, struct learn *l)
{
    *self =
        (struct check_all){ .async.future.ops = &check_all_ops, .learn = l };
    return &self->async.future;
}

static int check_everything(struct learn *l)
{
    struct task *t =
        task_spawn(l->executor, check_all(task_slot(struct check_all), l));
    int status = learn_await(l, t);
    if (status == 0) {
        const struct check_all *all = task_output(t, struct check_all);
        printf("\n%d passed, %d failed, %d not begun\n", all->passed,
               all->failed, all->untouched);
        status = all->failed || all->untouched ? 1 : 0;
    }
    task_detach(t);
    return status;
}

int check_command(struct learn *l, char **argv)
{
    const struct item *exercise;
    if (argv[0] && strcmp(argv[0], "--all") == 0)
        return check_everything(l);
    exercise = exercise_named(l, argv[0]);
    if (!exercise)
        return argv[0] ? 2 : 0;
    return check_one(l, exercise);
}
