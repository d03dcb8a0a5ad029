#include <time.h>
#include "watch.h"

enum { LOOK_MS = 80 };

/* ---- Checks -------------------------------------------------------------- */

static void stop(struct task **t)
{
    if (*t)
        task_abort(*t);
    task_detach(*t);
    *t = NULL;
}

/* Nobody wants to know any more what it says, also if it is over. */
static void stop_check(struct watch *w)
{
    if (w->checking && w->check->verdict != NONE)
        free(w->check->page.bytes);
    stop(&w->checking);
}

void watch_check(struct watch *w)
{
    struct learn *l = w->learn;
    time_t now = time(NULL);
    stop_check(w);
    free(w->said);
    free(w->report);
    w->said = w->report = NULL;
    strftime(w->clock, sizeof w->clock, "%H:%M:%S", localtime(&now));
    w->check = task_slot(struct check);
    w->checking = task_spawn(l->executor, check(w->check, l, w->at));
}

/* Cuts the sanitizer's report out of what a check says.  NULL: it has none. */
static char *cut_report(char *said)
{
    static const char head[] = "\n        The report in full:\n";
    char *at = said ? strstr(said, head) : NULL, *end, *report;
    if (!at)
        return NULL;
    end = at + strlen(head);
    while (*end == '\n' || strncmp(end, "          ", 10) == 0) {
        end += strcspn(end, "\n");
        end += *end == '\n';
    }
    report = strndup(at, (size_t)(end - at));
    if (report)
        memmove(at, end, strlen(end) + 1);
    return report;
}

/* Takes over what the check says, once it is over. */
static void watch_collect(struct watch *w)
{
    if (!w->checking || w->check->verdict == NONE)
        return;
    w->said = w->check->page.bytes;
    w->report = cut_report(w->said);
    w->verdict = w->check->verdict;
    stop(&w->checking);
}

/* Whatever is WAITING, in place of what ran until now. */
static void watch_many(struct watch *w, int how)
{
    const struct course *c = &w->learn->course;
    stop(&w->many);
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].result == CHECKING)
            c->items[i].result = WAITING;
    w->many = check_many(w->learn, how);
}

void watch_check_all(struct watch *w)
{
    stop_check(w);
    check_mark(w->learn, false);
    watch_many(w, STRICT);
}

/* ---- Saves --------------------------------------------------------------- */

static struct stamp stamp_of(const struct path *path)
{
    struct stat s;
    if (stat(path->text, &s) != 0)
        return (struct stamp){ .size = -1 };
    return (struct stamp){ s.st_mtim, s.st_size, s.st_ino };
}

static bool stamp_changed(struct stamp *old, const struct path *path)
{
    struct stamp now = stamp_of(path);
    bool same = now.time.tv_sec == old->time.tv_sec &&
                now.time.tv_nsec == old->time.tv_nsec &&
                now.size == old->size && now.inode == old->inode;
    *old = now;
    return !same && now.size >= 0;
}

/* To what was saved; a check that is under way here goes on beside it, as an
 * editor that saves all files may just be at it. */
static void watch_follow(struct watch *w, const struct item *saved)
{
    struct item *left = &w->learn->course.items[w->at - w->learn->course.items];
    bool unfinished = w->checking;
    watch_go(w, saved);
    if (!unfinished)
        return;
    w->also[left - w->learn->course.items] = true;
    left->result = WAITING;
    watch_many(w, QUIET);
}

/* Checks the exercise on the screen if it was saved; if only another one was,
 * goes there; if several were, checks the others beside it. */
static bool watch_look(struct watch *w)
{
    const struct course *c = &w->learn->course;
    const struct item *other = NULL;
    bool current = false;
    int others = 0;
    for (size_t i = 0; i < c->count; i++) {
        const struct item *item = &c->items[i];
        struct path answer = course_answer(c, item);
        if (item->kind != EXERCISE || !stamp_changed(&w->stamps[i], &answer))
            continue;
        if (item == w->at) {
            current = true;
        } else if (answer_is_begun(w->learn, item)) {
            w->also[i] = true;
            c->items[i].result = WAITING;
            other = item;
            others++;
        }
    }
    if (others || current)
        w->notice[0] = '\0'; /* it was of what came before the save */
    if (others == 1 && !current) {
        watch_follow(w, other);
    } else if (others || current) {
        w->view = VIEW_EXERCISE;
        w->top = 0;
        watch_check(w);
    }
    if (others > 1 || (others && current))
        watch_many(w, QUIET);
    if (stamp_changed(&w->progress, &w->learn->progress.file)) {
        progress_read(&w->learn->progress);
        return true;
    }
    return others || current;
}

/* ---- Where we are -------------------------------------------------------- */

void watch_show(struct watch *w, struct page *page)
{
    page_end(page);
    free(w->page);
    w->page = page->bytes;
    page->bytes = NULL;
    w->view = VIEW_PAGE;
    w->top = 0;
}

void watch_go(struct watch *w, const struct item *exercise)
{
    struct learn *l = w->learn;
    struct path answer = course_answer(&l->course, exercise);
    stop_check(w);
    w->at = exercise;
    w->selected = exercise;
    w->program = NULL;
    w->view = VIEW_EXERCISE;
    w->top = 0;
    memset(w->also, 0, l->course.count * sizeof *w->also);
    progress_set(&l->progress, "at", exercise->name, "");
    if (answer_make(l, exercise) >= 0)
        w->stamps[exercise - l->course.items] = stamp_of(&answer);
    watch_check(w);
}

static void watch_begin(struct watch *w)
{
    const struct course *c = &w->learn->course;
    w->stamps = calloc(c->count, sizeof *w->stamps);
    w->also = calloc(c->count, sizeof *w->also);
    w->desk = w->stamps && w->also ? desk_open(w->learn) : NULL;
    if (!w->desk)
        return;
    notice = w->notice;
    for (size_t i = 0; i < c->count; i++) {
        struct path answer = course_answer(c, &c->items[i]);
        w->stamps[i] = stamp_of(&answer);
    }
    w->progress = stamp_of(&w->learn->progress.file);
    if (check_mark(w->learn, true) > 0) {
        complain("tests have changed since you passed their exercises: "
                 "checking again");
        watch_many(w, STRICT);
    }
    watch_go(w, w->at);
}

static void watch_end(struct watch *w)
{
    stop_check(w);
    stop(&w->many);
    if (w->desk)
        desk_close(w->desk);
    notice = NULL;
    free(w->stamps);
    free(w->also);
    free(w->said);
    free(w->report);
    free(w->page);
}

/* ---- The loop ------------------------------------------------------------ */

static enum poll watch_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct watch);
    watch_begin(self);
    while (self->desk && !self->quit) {
        watch_collect(self);
        watch_draw(self);
        do {
            AWAIT(timeout_ms(&self->look, desk_event(&self->event, self->desk),
                             LOOK_MS));
        } while (!watch_look(self) && self->look.status == UV_ETIMEDOUT);
        for (int key = KEY_NONE; !self->kind && !self->quit &&
                                 (key = desk_key(self->desk)) != KEY_NONE;)
            watch_key(self, key);
        if (self->kind) {
            AWAIT(errand(&self->errand, self, self->kind));
            self->kind = ERRAND_NONE;
        }
    }
    ASYNC_FINALLY
    watch_end(self);
    ASYNC_END;
}
static const struct future_ops watch_ops = ASYNC_OPS(watch);

static struct future *watch(struct watch *self, struct learn *l,
                            const struct item *at)
{
    *self =
        (struct watch){ .async.future.ops = &watch_ops, .learn = l, .at = at };
    return &self->async.future;
}

int watch_command(struct learn *l, char **argv)
{
    const struct item *at = argv[0] ? course_find(&l->course, EXERCISE, argv[0])
                                    : exercise_current(l);
    struct task *t;
    int status;
    if (!look.terminal || !isatty(STDIN_FILENO)) {
        complain("watch needs a terminal; %s check checks once", l->as);
        return 2;
    }
    for (size_t i = 0; !argv[0] && !at && i < l->course.count; i++)
        if (l->course.items[i].kind == EXERCISE)
            at = &l->course.items[i]; /* all are passed: the last one */
    if (!at)
        return argv[0] ? 2 : stand_command(l, argv);
    t = task_spawn(l->executor, watch(task_slot(struct watch), l, at));
    status = learn_await(l, t);
    task_detach(t);
    if (status == 0)
        printf("%s opens watch mode again where you left it.\n", l->as);
    return status == 128 + SIGINT ? 0 : status;
}
