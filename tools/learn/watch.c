#include <time.h>
#include "learn.h"

#define CLEAR "\033[H\033[2J" /* a terminal: home, erase */

enum { SETTLE_MS = 40 }; /* editors save in several steps */

/* On the heap: libuv needs the handle until it is closed. */
struct watcher {
    uv_fs_event_t handle;
    const struct course *course;
    const struct item *saved; /* the last one not yet looked at, or NULL */
    struct waker waker;       /* who waits for one */
};

static void watcher_cb(uv_fs_event_t *handle, const char *file, int events,
                       int status)
{
    struct watcher *w = container_of(handle, struct watcher, handle);
    (void)events;
    for (size_t i = 0; file && status == 0 && i < w->course->count; i++) {
        const struct item *item = &w->course->items[i];
        size_t length = strlen(item->name);
        if (item->kind == EXERCISE && strncmp(file, item->name, length) == 0 &&
            strcmp(file + length, ".c") == 0) {
            w->saved = item;
            waker_wake(w->waker);
        }
    }
}

static void watcher_closed_cb(uv_handle_t *handle)
{
    free(container_of((uv_fs_event_t *)(void *)handle, struct watcher, handle));
}

/* NULL: it has said why. */
static struct watcher *watcher_open(struct learn *l)
{
    struct watcher *w = calloc(1, sizeof *w);
    int rc;
    if (!w)
        return NULL;
    w->course = &l->course;
    uv_fs_event_init(l->executor->loop, &w->handle);
    rc = uv_fs_event_start(&w->handle, watcher_cb, l->course.work.text, 0);
    if (rc == 0)
        return w;
    complain("cannot watch %s: %s", l->course.work.text, uv_strerror(rc));
    uv_close((uv_handle_t *)&w->handle, watcher_closed_cb);
    return NULL;
}

/* ---- A leaf: an answer was saved ----------------------------------------- */

struct saved {
    struct future future;
    struct watcher *watcher;
};

static enum poll saved_poll(struct future *f, struct context *cx)
{
    struct saved *self = container_of(f, struct saved, future);
    self->watcher->waker = context_waker(cx);
    if (!self->watcher->saved)
        return POLL_PENDING;
    self->watcher->waker = (struct waker){ NULL, NULL };
    return POLL_READY;
}

static void saved_drop(struct future *f)
{
    struct saved *self = container_of(f, struct saved, future);
    self->watcher->waker = (struct waker){ NULL, NULL };
}

static const struct future_ops saved_ops = { .name = "saved",
                                             .poll = saved_poll,
                                             .drop = saved_drop };

static struct future *saved(struct saved *self, struct watcher *watcher)
{
    *self = (struct saved){ .future.ops = &saved_ops, .watcher = watcher };
    return &self->future;
}

/* ---- watch: each save drops the check of the one before ------------------ */

struct watch {
    struct async async;
    struct learn *learn;
    struct watcher *watcher;
    struct saved saved;
    struct sleep settle;
    struct task *checking; /* the latest check, or NULL */
};

static void watch_stop(struct watch *self)
{
    if (self->checking)
        task_abort(self->checking);
    task_detach(self->checking);
    self->checking = NULL;
}

static void watch_check(struct watch *self, const struct item *exercise)
{
    struct learn *l = self->learn;
    struct path answer = course_answer(&l->course, exercise);
    struct check *frame = task_slot(struct check);
    time_t now = time(NULL);
    char clock[16];
    strftime(clock, sizeof clock, "%H:%M:%S", localtime(&now));
    watch_stop(self);
    printf("%s%s%s%s, saved at %s\n\n", look.colours ? CLEAR : "\n", look.bold,
           path_shown(&l->course, &answer).text, look.off, clock);
    check(frame, l, exercise);
    frame->watching = true;
    self->checking = task_spawn(l->executor, &frame->async.future);
}

static enum poll watch_poll(struct future *f, struct context *cx)
{
    ASYNC_BEGIN(struct watch);
    self->watcher = watcher_open(self->learn);
    if (!self->watcher)
        ASYNC_RETURN((void)0);
    for (;;) {
        AWAIT(saved(&self->saved, self->watcher));
        AWAIT(sleep_ms(&self->settle, SETTLE_MS));
        if (answer_is_begun(self->learn, self->watcher->saved))
            watch_check(self, self->watcher->saved);
        self->watcher->saved = NULL;
    }
    ASYNC_FINALLY
    watch_stop(self);
    if (self->watcher)
        uv_close((uv_handle_t *)&self->watcher->handle, watcher_closed_cb);
    ASYNC_END;
}
static const struct future_ops watch_ops = ASYNC_OPS(watch);

static struct future *watch(struct watch *self, struct learn *l)
{
    *self = (struct watch){ .async.future.ops = &watch_ops, .learn = l };
    return &self->async.future;
}

int watch_command(struct learn *l, char **argv)
{
    const struct item *exercise = exercise_named(l, argv[0]);
    struct path answer;
    struct task *t;
    int status;
    if (!exercise)
        return argv[0] ? 2 : 0;
    if (answer_make(l, exercise) < 0)
        return 1;
    answer = course_answer(&l->course, exercise);
    printf("Open %s%s%s in your editor.\n"
           "Each exercise that you save is checked at once.  Ctrl-C ends.\n",
           look.bold, path_shown(&l->course, &answer).text, look.off);
    fflush(stdout);
    t = task_spawn(l->executor, watch(task_slot(struct watch), l));
    status = learn_await(l, t);
    task_detach(t);
    if (status == 128 + SIGINT) {
        putchar('\n');
        return 0;
    }
    return status ? status : 1;
}
