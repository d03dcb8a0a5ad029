#include "a04_join/buffered.h"
#include "learn.h"

enum { CHECK_MS = 600000 }; /* the test has its own limits; this is the last */

static void result_set(struct learn *l, const struct item *exercise,
                       enum result result)
{
    l->course.items[exercise - l->course.items].result = result;
    waker_wake(l->news);
}

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
    if (course_renew(&self->learn->course, self->exercise))
        complain("%s was updated; start %s again to build what else is new",
                 name, self->learn->as);
    page_begin(&self->page);
    result_set(self->learn, self->exercise, CHECKING);
}

/* 0 and 1 are verdicts; all else means that the test itself had no chance. */
static enum result check_verdict(struct check *self)
{
    int status = self->process.status;
    FILE *out = self->page.out;
    if (self->limit.status == UV_ETIMEDOUT)
        fprintf(out, "The test took over %d seconds and was stopped.\n",
                CHECK_MS / 1000);
    else if (status == UV_ENOENT)
        fprintf(out,
                "No exercise can be checked: there is no %s.  Does this "
                "compiler lack the sanitizers?\n",
                self->script.text);
    else if (status < 0)
        fprintf(out, "Cannot start %s: %s.\n", self->script.text,
                uv_strerror(status));
    else if (status <= 1)
        return status == 0 ? PASSED : FAILED;
    return BROKEN;
}

static void check_record(const struct check *self)
{
    struct progress *p = &self->learn->progress;
    const struct item *exercise = self->exercise;
    if (self->verdict == PASSED)
        progress_set(p, "passed", exercise->name, exercise->version);
    if (self->verdict == FAILED &&
        (self->strict || is_stale(self->learn, exercise)))
        progress_set(p, "passed", exercise->name, NULL);
}

static enum poll check_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct check);
    check_prepare(self);
    AWAIT(timeout_ms(&self->limit,
                     process(&self->process, self->argv,
                             self->learn->course.root, self->page.out),
                     CHECK_MS));
    self->verdict = check_verdict(self);
    check_record(self);
    page_end(&self->page);
    ASYNC_FINALLY
    if (self->page.out) { /* dropped: nobody will read it */
        page_end(&self->page);
        free(self->page.bytes);
    }
    result_set(self->learn, self->exercise, self->verdict);
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

void print_verdict(const char *said, FILE *out)
{
    while (*said) {
        int n = (int)strcspn(said, "\n");
        bool ok = strncmp(said, "  ok    ", 8) == 0;
        if (ok || strncmp(said, "  FAIL  ", 8) == 0)
            fprintf(out, "%s%.8s%s%.*s\n", ok ? look.good : look.bad, said,
                    look.off, n - 8, said + 8);
        else
            fprintf(out, "%.*s\n", n, said);
        said += n + (said[n] != '\0');
    }
}

static void print_outcome(struct learn *l, const struct check *done)
{
    const struct item *exercise = done->exercise;
    struct page page;
    page_begin(&page);
    print_verdict(done->page.bytes, page.out);
    if (done->verdict == PASSED) {
        fprintf(page.out, "\n%s%s %s passed%s\n\n", look.good, look.done,
                exercise->name, look.off);
        print_next(l, page.out);
    } else if (done->verdict == FAILED) {
        fprintf(page.out, "\nStuck? %s hint %s\n", l->as, exercise->name);
    }
    page_print(&page);
}

static int check_one(struct learn *l, const struct item *exercise)
{
    struct path answer = course_answer(&l->course, exercise);
    struct check *done;
    struct task *t;
    int status = answer_make(l, exercise);
    if (status < 0)
        return 1;
    if (status)
        printf("Made %s%s%s: it is yours to fill in.\n\n", look.bold,
               path_link(&l->course, &answer).text, look.off);
    t = task_spawn(l->executor, check(task_slot(struct check), l, exercise));
    status = learn_await(l, t);
    if (status == 0) {
        done = task_output(t, struct check);
        print_outcome(l, done);
        free(done->page.bytes);
        status = done->verdict == PASSED ? 0 : done->verdict == FAILED ? 1 : 2;
    }
    task_detach(t);
    return status;
}

/* ---- Several at once ----------------------------------------------------- */

struct check_slot {
    bool busy;
    struct check check;
    struct child child;
};

struct check_many {
    struct async async;
    struct learn *learn;
    size_t at; /* in course.items: what is looked at next */
    int how;   /* PRINT: a line for each, in their order */
    size_t limit;
    struct check_slot *slots; /* as many as the limit */
    struct buffered jobs;
    struct buffered_next next;
};

int check_mark(struct learn *l, bool stale)
{
    int count = 0;
    for (size_t i = 0; i < l->course.count; i++) {
        struct item *item = &l->course.items[i];
        if (item->kind != EXERCISE || (stale && !is_stale(l, item)))
            continue;
        item->result = answer_is_begun(l, item) ? WAITING : UNTOUCHED;
        if (item->result == UNTOUCHED && stale)
            progress_set(&l->progress, "passed", item->name, NULL);
        count += item->result == WAITING;
    }
    return count;
}

/* The source of `jobs`: the next exercise that is WAITING, in a free slot. */
static struct child *check_many_begin(void *data)
{
    struct check_many *self = data;
    const struct course *c = &self->learn->course;
    struct check_slot *slot = self->slots;
    while (self->at < c->count && c->items[self->at].result != WAITING)
        self->at++;
    if (self->at == c->count)
        return NULL;
    while (slot->busy)
        slot++;
    slot->busy = true;
    slot->child.future =
        check(&slot->check, self->learn, &c->items[self->at++]);
    slot->check.strict = self->how & STRICT;
    return &slot->child;
}

static void print_result(const struct item *exercise)
{
    const char *mark = look.open, *colour = look.faint, *remark = "";
    if (exercise->result == UNTOUCHED)
        remark = ": not begun";
    else if (exercise->result == BROKEN)
        remark = ": its test could not run";
    if (exercise->result == PASSED)
        mark = look.done, colour = look.good;
    else if (exercise->result != UNTOUCHED)
        mark = look.failed, colour = look.bad;
    printf("  %s%s%s %s%s\n", colour, mark, look.off, exercise->name, remark);
    fflush(stdout);
}

static void check_many_end(struct check_many *self, struct child *child)
{
    struct check_slot *slot = container_of(child, struct check_slot, child);
    free(slot->check.page.bytes);
    slot->busy = false;
    if (self->how & PRINT)
        print_result(slot->check.exercise);
}

static enum poll check_many_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct check_many);
    self->slots = calloc(self->limit, sizeof *self->slots);
    if (!self->slots)
        ASYNC_RETURN((void)0);
    buffered_init_ordered(&self->jobs, self->limit, check_many_begin, self);
    for (;;) {
        AWAIT(buffered_next(&self->next, &self->jobs));
        if (!self->next.child)
            break;
        check_many_end(self, self->next.child);
    }
    ASYNC_FINALLY
    if (self->slots)
        buffered_drop(&self->jobs);
    free(self->slots);
    ASYNC_END;
}
static const struct future_ops check_many_ops = ASYNC_OPS(check_many);

struct task *check_many(struct learn *l, int how)
{
    struct check_many *self = task_slot(struct check_many);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    *self = (struct check_many){ .async.future.ops = &check_many_ops,
                                 .learn = l,
                                 .how = how,
                                 .limit = cores > 0 ? (size_t)cores : 1 };
    return task_spawn(l->executor, &self->async.future);
}

static int check_marked(struct learn *l, int how)
{
    struct task *t = check_many(l, PRINT | how);
    int status = learn_await(l, t);
    task_detach(t);
    return status;
}

/* What was passed before its test changed: passed or lost. */
static int check_stale(struct learn *l)
{
    if (check_mark(l, true) == 0)
        return 0;
    printf("You passed these, and their tests have changed since:\n");
    return check_marked(l, STRICT);
}

static int print_sum(const struct learn *l)
{
    int passed = 0, failed = 0, untouched = 0;
    for (size_t i = 0; i < l->course.count; i++) {
        enum result result = l->course.items[i].result;
        if (result == UNTOUCHED)
            print_result(&l->course.items[i]);
        untouched += result == UNTOUCHED;
        passed += result == PASSED;
        failed += result == FAILED || result == BROKEN;
    }
    printf("\n%d passed, %d failed, %d not begun\n", passed, failed, untouched);
    return failed || untouched ? 1 : 0;
}

/* check NAME NAME… */
static int check_named(struct learn *l, char **argv)
{
    int status;
    for (; *argv; argv++) {
        const struct item *exercise = course_find(&l->course, EXERCISE, *argv);
        if (!exercise)
            return 2;
        if (answer_make(l, exercise) < 0)
            return 1;
        l->course.items[exercise - l->course.items].result = WAITING;
    }
    status = check_marked(l, 0);
    return status ? status : print_sum(l);
}

int check_command(struct learn *l, char **argv)
{
    const struct item *exercise;
    int status;
    if (argv[0] && strcmp(argv[0], "--all") == 0) {
        if (argv[1]) {
            complain("check takes names or --all, not both");
            return 2;
        }
        check_mark(l, false);
        status = check_marked(l, STRICT);
        return status ? status : print_sum(l);
    }
    if (argv[0] && argv[1])
        return check_named(l, argv);
    status = argv[0] ? 0 : check_stale(l);
    exercise = status ? NULL : exercise_named(l, argv[0]);
    if (!exercise)
        return argv[0] ? 2 : status;
    return check_one(l, exercise);
}
